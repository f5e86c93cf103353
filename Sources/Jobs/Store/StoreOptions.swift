// How a store behaves, and what it asks of the world around it.
package import Foundation

/// Bounds of a store.
package struct StoreOptions: Sendable {
    /// Jobs that may wait; another is refused with `queueFull`.
    package var queueLimit = 100
    /// Times a job is begun before it is given up.
    package var attempts = 3
    /// A worker that is silent for so long has lost its job.
    package var leaseSeconds = 30.0
    /// Conversions untouched for so long are removed; nil keeps them.
    package var retentionSeconds: Double? = 7 * 86_400
    /// Bytes of designs and results that are kept; beyond, the conversions untouched longest go. Nil for no bound.
    package var retentionBytes: Int? = 10_000_000_000
    /// How long a request can be repeated under its idempotency key.
    package var idempotencySeconds = 86_400.0
    /// Below so much free space, nothing new is accepted: what is left belongs to the jobs that were.
    package var minimumFreeBytes = 64_000_000

    /// 100 waiting jobs, 3 attempts, 30 s leases, 7 days, 10 GB, 24 h, 64 MB.
    package init() {}
}

/// What a store cannot know by itself. Tests give it other clocks and smaller disks.
package struct Surroundings: Sendable {
    /// The time of day.
    package var now: @Sendable () -> Date
    /// Bytes that may still be written below a folder.
    package var freeBytes: @Sendable (_ folder: String) -> Int

    /// The system's clock and the file system's free space.
    package init(
        now: @escaping @Sendable () -> Date = { Date() },
        freeBytes: @escaping @Sendable (String) -> Int = { Disk.freeBytes($0) }
    ) {
        self.now = now
        self.freeBytes = freeBytes
    }
}
