// A job: one run of the engine for one conversion, and what can become of it. Jobs are rows of the database; the values
// here are copies that were true when they were read. Whoever wants to change one asks `JobStore`.
package import Foundation
package import UIToCode

/// One piece of work on a conversion.
///
/// Every arrow is one `UPDATE … WHERE state = …` of the function it names, so that of two who race only one wins and a
/// job ends exactly once.
///
///              create, createEdit
///                      │
///                      ▼     claimNext
///     ┌───────────► queued ─────────────► running ──────┬─► succeeded   succeed
///     │                │                     │          ├─► failed      fail;
///     │                │ cancel              │          │               open, claimNext: attempts used up
///     │                ▼                     │          └─► cancelled   finishCancelled;
///     │            cancelled                 │                          open, claimNext: cancel was requested
///     └──────────────────────────────────────┘
///       release; open (its process died), claimNext (its lease ran out)
///
/// `cancel` marks a running job (`isCancelRequested`); its worker ends it. A job that succeeds before its worker has
/// seen the mark has succeeded. `delete` and `sweep` remove a conversion with its jobs; a worker then finds its lease
/// lost.
///
/// Proof: `JobStateTests`.
package struct Job: Sendable, Equatable {
    /// What the job does.
    package enum Kind: String, Codable, Sendable {
        case convert, edit, batch, workflow

        /// The kind of conversion it works on.
        package var ofConversion: Conversion.Kind {
            switch self {
            case .convert, .edit: .conversion
            case .batch: .batch
            case .workflow: .workflow
            }
        }
    }

    /// Where the job is in its life.
    package enum State: String, Codable, Sendable, CaseIterable {
        case queued, running, succeeded, failed, cancelled

        /// Nothing changes a job in this state.
        package var isFinal: Bool { self != .queued && self != .running }
    }

    /// `job_` and 26 characters; later jobs sort after earlier ones.
    package var id: String
    /// The conversion it works on.
    package var conversionID: String
    /// Whose job it is: an `ApiKey.id`, or `local`.
    package var keyID: String
    package var kind: Kind
    package var state: State
    /// What a running job was last known to do: a `StageEvent.Stage`; nil otherwise.
    /// Follows the work by up to a second.
    package var stage: String?
    /// What an edit changes; nil for a conversion.
    package var edit: Edit?
    /// The file an edit changes; nil for the revision's entry.
    package var file: String?
    /// Whether it converts what earlier jobs of its batch failed at.
    package var isRetry: Bool
    /// The revision it starts from, or follows. Nil until the job is claimed when the latest was asked for; nil for the
    /// first job of a conversion.
    package var parentRevision: Int?
    /// The revision it made; nil unless it succeeded.
    package var revision: Int?
    /// How often it was begun since it last got on: without the times that do not count (see `JobStore.release`), and of a
    /// batch or a workflow, without those before the last design or screen was finished (see `JobStore.noteProgress`).
    package var attempts: Int
    /// How often it was claimed, counted or not. Names its lease, its result folder and its events.
    package var claims: Int
    package var createdAt: Date
    /// When it was first begun; nil for one that never was.
    package var startedAt: Date?
    /// When it ended; nil unless the state is final.
    package var finishedAt: Date?
    /// Why it failed; nil unless it did.
    package var failure: JobFailure?
    /// Somebody asked for a running job to be cancelled.
    package var isCancelRequested: Bool
}

/// Why a job failed, in the words of the service.
package struct JobFailure: Error, Codable, Sendable, Equatable {
    /// Stable and machine-readable: `blank_result`, `engine_unavailable`, …
    package var code: String
    /// One line for people.
    package var message: String
    /// The same request may succeed another time.
    package var isRetryable: Bool

    /// Describes a failure.
    package init(code: String, message: String, isRetryable: Bool) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
    }
}

/// What a worker finds when it renews its lease.
package enum LeaseState: Sendable, Equatable {
    /// The job is still the worker's.
    case held
    /// The job is still the worker's, and somebody wants it cancelled.
    case cancelRequested
    /// The job ended, was given to another worker, or was deleted. The worker has nothing more to say about it.
    case lost
}
