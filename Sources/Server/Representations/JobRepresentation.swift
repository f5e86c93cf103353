// A job on the wire, and the error that a failed one carries. The same words answer a request that waited for the job,
// end its event stream and stand in the conversion, so that a client learns one vocabulary.
// Reads: the object · its error · what the error amounts to.
import HTTPTypes
import Jobs
import UIToCode

/// The job object.
struct JobRepresentation: Encodable, Sendable {
    var object = "job"
    let id: String
    let kind: Job.Kind
    let status: Job.State
    let conversion: String
    @Nullable var revision: Int?
    @Nullable var parentRevision: Int?
    @Nullable var edit: Edit?
    @Nullable var position: Int?
    @Nullable var stage: String?
    let attempts: Int
    let createdAt: WireDate
    @Nullable var startedAt: WireDate?
    @Nullable var finishedAt: WireDate?
    @Nullable var error: FailureRepresentation?
    let url: String

    /// - Parameter position: 1 for the next one to run; nil unless the job is queued.
    init(_ job: Job, position: Int?) {
        id = job.id
        kind = job.kind
        status = job.state
        conversion = job.conversionID
        revision = job.revision
        parentRevision = job.parentRevision
        edit = job.edit
        self.position = job.state == .queued ? position : nil
        stage = job.state == .running ? job.stage : nil
        attempts = job.attempts
        createdAt = WireDate(job.createdAt)
        startedAt = WireDate(job.startedAt)
        finishedAt = WireDate(job.finishedAt)
        error = FailureRepresentation(job)
        url = Links.job(job.id)
    }
}

/// Why a job did not succeed.
struct FailureRepresentation: Encodable, Sendable {
    let type: Problem.Kind
    let code: String
    let message: String
    let retryable: Bool

    /// Nil unless the job failed or was cancelled.
    init?(_ job: Job) {
        guard let problem = Problem(job) else { return nil }
        type = problem.code.kind
        code = problem.code.rawValue
        message = problem.message
        retryable = problem.retryable
    }
}

extension Problem {
    /// What a job that failed or was cancelled amounts to; nil for any other.
    init?(_ job: Job) {
        switch job.state {
        case .queued, .running, .succeeded: return nil
        case .cancelled: self = Problem(.cancelled, "the job was cancelled")
        case .failed:
            guard let failure = job.failure else { return nil }
            self = Problem(failure)
        }
        details = ["conversion": .text(job.conversionID), "job": .text(job.id)]
    }

    /// What a job's failure amounts to.
    init(_ failure: JobFailure) {
        self.init(Code(rawValue: failure.code) ?? .internal, failure.message)
        retryable = failure.isRetryable
        // A picture was refused for its bytes while it came in; here only its pixels can be too many.
        if code == .imageTooLarge { status = .unprocessableContent }
    }
}
