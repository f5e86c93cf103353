// Numbers about the store: what a key used on a day, how long the queue is, what a sweep removed.

/// What one key used on one day (UTC).
package struct UsageDay: Codable, Sendable, Equatable {
    /// `YYYY-MM-DD`.
    package var date: String
    /// Conversions that succeeded.
    package var conversions = 0
    /// Edits that succeeded.
    package var edits = 0
    /// Batches that became a project, retries included.
    package var batches = 0
    /// Workflows that succeeded.
    package var workflows = 0
    /// Jobs that failed.
    package var failed = 0
    package var visionTokens = 0
    package var promptTokens = 0
    package var cachedTokens = 0
    package var completionTokens = 0
    /// Bytes of the pictures and videos that were accepted.
    package var uploadBytes = 0

    /// A day on which nothing happened.
    package init(date: String) { self.date = date }
}

/// How much there is to do.
package struct QueueCounts: Sendable, Equatable {
    package var queued: Int
    package var running: Int
    /// Age of the job that has waited longest; nil when none waits.
    package var oldestQueuedSeconds: Double?
}

/// What a sweep removed.
package struct SweepReport: Sendable, Equatable {
    /// Conversions that were too old.
    package var expiredConversions = 0
    /// Conversions that made room for others.
    package var evictedConversions = 0
    /// Files that were too old.
    package var expiredFiles = 0
    /// Uploads that nothing refers to.
    package var removedUploads = 0
    /// Remembered requests that may now be sent anew.
    package var forgottenRequests = 0
    /// Bytes of designs and results that are still kept.
    package var keptBytes = 0
}
