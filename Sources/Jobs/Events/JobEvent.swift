// What is told about a job while it runs. Events have ids that sort, so that a reader who was cut off can go on where
// it stopped.
import Render
package import UIToCode

/// One thing that happened to a job.
package struct JobEvent: Sendable, Equatable {
    /// Where an event stands among those of its job.
    package struct ID: Sendable, Hashable, CustomStringConvertible {
        /// `Job.claims` when it happened; 0 before the first.
        package var attempt: Int
        /// Rises by at least 1 from event to event, from attempt to attempt too.
        package var sequence: Int

        /// Names an event.
        package init(attempt: Int, sequence: Int) {
            self.attempt = attempt
            self.sequence = sequence
        }

        /// Reads what `description` wrote; nil for anything else.
        package init?(parsing text: some StringProtocol) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
                let attempt = Int(parts[0]), let sequence = Int(parts[1])
            else { return nil }
            self.init(attempt: attempt, sequence: sequence)
        }

        /// `ATTEMPT-SEQUENCE`: `2-17`.
        package var description: String { "\(attempt)-\(sequence)" }
    }

    /// What happened.
    package enum Body: Sendable, Equatable {
        /// The job waits (its place, 1 = next, when known) or runs.
        case status(Job.State, position: Int?)
        /// A stage ended; `write` and `measure`: began.
        case stage(StageEvent)
        /// The model wrote more of a file.
        case delta(path: String, text: String)
        /// A file as it would look if the model stopped here. Replaces the draft before.
        case draft(path: String, html: String)
        /// A draft was shown and scored.
        case scored(ScoreEvent)
        /// A repair was tried.
        case repaired(RepairEvent)
        /// How a design of a batch stands. Replaces what was told of it before.
        case item(ItemEvent)
        /// How far a stage is. Replaces what was told before.
        case progress(ProgressEvent)
        /// The receipt of a design's page is on disk. Comes after the job has succeeded.
        case receipt(design: Int)
        /// A file is on disk. Comes after the job has succeeded.
        case file(path: String)
        /// What the job cost. Comes after the job has succeeded.
        case usage(JobReport)
        /// The text so far is void; this attempt writes it anew. Also told to a reader who fell too far behind.
        case restart(attempt: Int)
        /// The end of a job that made a revision.
        case succeeded(revision: Int)
        /// The end of a job that failed.
        case failed(JobFailure)
        /// The end of a job that was cancelled.
        case cancelled

        /// Nothing comes after it.
        package var isTerminal: Bool {
            switch self {
            case .succeeded, .failed, .cancelled: true
            default: false
            }
        }
    }

    package var id: ID
    package var body: Body
}

/// A stage of a job, with its numbers.
package struct StageEvent: Codable, Sendable, Equatable {
    /// What a job does, in this order for each design; `save` once, at the end. `measure` is showing, scoring and
    /// repairing the page, further drafts included.
    ///
    /// A batch does `convert` for all its designs, `share` and `save`; a workflow does `observe`, `convert` for its
    /// screens, `describe`, `replay` and `save`.
    package enum Stage: String, Codable, Sendable, CaseIterable {
        case decode, encode, prefill, write, measure, save
        case observe, convert, share, describe, replay
    }

    package var stage: Stage
    /// Index of the design; 0 for `save`.
    package var design: Int
    /// How long the stage took; nil for `write` and `measure`, which are told when they begin.
    package var seconds: Double?
    /// Pixels, after `decode`.
    package var width: Int?
    /// Pixels, after `decode`.
    package var height: Int?
    /// Vision tokens after `encode`, prompt tokens after `prefill`.
    package var tokens: Int?

    /// Describes a stage.
    package init(
        stage: Stage, design: Int, seconds: Double? = nil, width: Int? = nil, height: Int? = nil, tokens: Int? = nil
    ) {
        self.stage = stage
        self.design = design
        self.seconds = seconds
        self.width = width
        self.height = height
        self.tokens = tokens
    }
}

/// How a design of a batch stands.
package struct ItemEvent: Sendable, Equatable {
    /// Index of the design.
    package var index: Int
    package var item: BatchItem
    /// What is being done for it; nil unless it is running.
    package var stage: StageEvent.Stage?
    /// Estimate of the seconds until all designs are done; nil before there is ground for one.
    package var secondsLeft: Double?

    /// Describes a design of a batch.
    package init(index: Int, item: BatchItem, stage: StageEvent.Stage? = nil, secondsLeft: Double? = nil) {
        self.index = index
        self.item = item
        self.stage = stage
        self.secondsLeft = secondsLeft
    }
}

/// How far a stage is.
package struct ProgressEvent: Sendable, Equatable {
    package var stage: StageEvent.Stage
    /// 0 to 1; nil where nobody knows.
    package var fraction: Double?
    /// In words, such as `screen 2 of 5`.
    package var words: String?

    /// Describes how far a stage is.
    package init(stage: StageEvent.Stage, fraction: Double? = nil, words: String? = nil) {
        self.stage = stage
        self.fraction = fraction
        self.words = words
    }
}

/// A draft that was shown and scored.
package struct ScoreEvent: Sendable, Equatable {
    /// Index of the design.
    package var design: Int
    /// From 1.
    package var attempt: Int
    /// 0 to 1; nil when it could not be shown.
    package var total: Double?
    /// Why there is no total, in words.
    package var failure: String?

    /// Describes a draft's score.
    package init(design: Int, attempt: Int, total: Double?, failure: String?) {
        self.design = design
        self.attempt = attempt
        self.total = total
        self.failure = failure
    }
}

/// A repair that was tried.
package struct RepairEvent: Sendable, Equatable {
    /// Index of the design.
    package var design: Int
    /// The draft that is repaired, from 1.
    package var attempt: Int
    /// The repair that proposed it, such as `colours`.
    package var repair: String
    /// What it changes, in words.
    package var change: String
    /// The total without it.
    package var before: Double
    /// The total with it; nil when that could not be shown.
    package var after: Double?
    package var outcome: RepairStep.Outcome
    /// Why it was not kept, in words.
    package var reason: String?
    package var seconds: Double

    /// What a step of the repairs tells of itself.
    package init(_ step: RepairStep, design: Int, attempt: Int) {
        self.design = design
        self.attempt = attempt
        repair = step.repair
        change = step.change
        before = step.before.total
        after = step.after?.total
        outcome = step.outcome
        reason = step.reason
        seconds = step.seconds
    }
}
