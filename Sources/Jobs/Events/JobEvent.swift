// What is told about a job while it runs. Events have ids that sort, so that a reader who was cut off can go on where
// it stopped.

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
        /// A stage ended; `write`: began.
        case stage(StageEvent)
        /// The model wrote more of a file.
        case delta(path: String, text: String)
        /// A file as it would look if the model stopped here. Replaces the draft before.
        case draft(path: String, html: String)
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
    /// What a job does, in this order for each design; `save` once, at the end.
    package enum Stage: String, Codable, Sendable, CaseIterable { case decode, encode, prefill, write, save }

    package var stage: Stage
    /// Index of the design; 0 for `save`.
    package var design: Int
    /// How long the stage took; nil for `write`, which is told when it begins.
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
