// What a job that succeeded leaves behind: a numbered set of files that never changes, and what it cost.
package import Foundation
package import UIToCode

/// Where the time of a job went, and its tokens. Sums over all its designs.
package struct JobReport: Codable, Sendable, Equatable {
    /// The engine's model; `none` for an edit that needed no engine.
    package var engine: String
    /// `stop`, or `length` when at least one page was cut.
    package var finishReason: String
    /// Seconds to read and decode the pictures.
    package var decodeSeconds: Double
    /// Seconds from pixels to vision tokens.
    package var encodeSeconds: Double
    /// Seconds to read the prompts.
    package var prefillSeconds: Double
    /// Seconds between the first and the last written tokens.
    package var generateSeconds: Double
    /// Seconds of the whole work, without the time in the queue.
    package var totalSeconds: Double
    package var visionTokens: Int
    /// Vision tokens included.
    package var promptTokens: Int
    /// How many of the prompt's tokens the engine had read before.
    package var cachedTokens: Int
    package var completionTokens: Int
    /// Seconds to show, compare and repair pages; nil where nothing was measured.
    package var measureSeconds: Double?

    /// Describes what a job cost.
    package init(
        engine: String, finishReason: String = "stop", decodeSeconds: Double = 0, encodeSeconds: Double = 0,
        prefillSeconds: Double = 0, generateSeconds: Double = 0, totalSeconds: Double = 0, visionTokens: Int = 0,
        promptTokens: Int = 0, cachedTokens: Int = 0, completionTokens: Int = 0
    ) {
        self.engine = engine
        self.finishReason = finishReason
        self.decodeSeconds = decodeSeconds
        self.encodeSeconds = encodeSeconds
        self.prefillSeconds = prefillSeconds
        self.generateSeconds = generateSeconds
        self.totalSeconds = totalSeconds
        self.visionTokens = visionTokens
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.completionTokens = completionTokens
    }
}

/// A file of a revision, as its manifest has it.
package struct StoredFile: Codable, Sendable, Equatable {
    /// Relative, with `/` between folders.
    package var path: String
    /// `Project.mediaType(of:)` of the path.
    package var mediaType: String
    /// SHA-256, 64 lower-case hexadecimal digits.
    package var digest: String
    package var byteCount: Int

    /// Describes a stored file.
    package init(path: String, mediaType: String, digest: String, byteCount: Int) {
        self.path = path
        self.mediaType = mediaType
        self.digest = digest
        self.byteCount = byteCount
    }
}

/// What a batch or a workflow came to, in numbers. A batch's designs tell of themselves (`StoredDesign.item`).
package enum Outcome: Codable, Sendable, Equatable {
    case batch(BatchOutcome)
    case workflow(WorkflowOutcome)
}

/// What a batch came to.
package struct BatchOutcome: Codable, Sendable, Equatable {
    /// Components written once and used at least twice.
    package var components: Int
    package var tokens: Int
    /// 0 to 1; see `BatchReport`.
    package var consistencyBefore: Double?
    package var consistency: Double?
}

/// What a workflow came to.
package struct WorkflowOutcome: Codable, Sendable, Equatable {
    package var steps: Int
    package var screens: Int
    /// The share of steps whose screen the prototype reached, 0 to 1; nil where it was not tried.
    package var replayed: Double?
    /// Why the recording was not read to its end, in words; nil when it was.
    package var damage: String?
}

/// The files a job made.
package struct Revision: Sendable, Equatable {
    package var conversionID: String
    /// From 1, without gaps.
    package var number: Int
    /// The revision that was edited; nil for the first.
    package var parent: Int?
    /// The job that made it.
    package var jobID: String
    /// What was changed; nil for the first.
    package var edit: Edit?
    /// The path of the file that opens the project.
    package var entry: String
    /// In the order the project has them.
    package var files: [StoredFile]
    package var report: JobReport
    /// How faithful each design's page is, in the order of the designs; empty for revisions of versions that measured
    /// nothing.
    package var receipts: [StoredReceipt] = []
    /// What a batch or a workflow came to; nil for other kinds.
    package var outcome: Outcome?
    package var createdAt: Date
    /// Where the files lie, relative to the data directory.
    var folder: String
}
