// What the faults of the layers below mean to a client. Words that could show a path of this machine stay in the log.
// Pictures and archives have theirs beside `PictureIntake`, jobs beside `JobRepresentation`; codes and statuses are
// `Problem`'s alone.
import Jobs

extension StoreError: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .full: Problem(.storageFull, "there is no room left on the service's disk")
        case .queueFull(let retryAfter):
            Problem(.queueFull, description, retryAfterSeconds: max(1, Int(retryAfter.rounded(.up))))
        case .activeJobLimit: Problem(.concurrencyLimited, description)
        case .fileLimit, .fileByteLimit: Problem(.tooManyFiles, description)
        case .idempotencyMismatch:
            Problem(
                .idempotencyConflict, "this Idempotency-Key was used for a different request", param: "Idempotency-Key")
        case .notFound: Problem(.notFound, description)
        case .revisionMissing: Problem(.notFound, description, param: "revision")
        case .busy: Problem(.revisionPending, description)
        case .invalidCursor: Problem(.invalidParameter, "cursor is not one that a listing gave", param: "cursor")
        case .locked, .corrupt, .cannotOpen, .leaseLost, .io:
            .unforeseen
        }
    }
}

extension Problem {
    /// What is wrong with a form.
    init(_ error: MultipartError) {
        switch error {
        case .badContentType: self.init(.invalidRequest, error.description, param: "Content-Type")
        case .tooManyParts: self.init(.tooManyFiles, error.description)
        case .encodedPart: self.init(.unsupportedMedia, error.description, param: error.field)
        case .fieldTooLong: self.init(.invalidParameter, error.description, param: error.field)
        case .noBoundary, .badBoundaryLine, .endedEarly, .headersTooLong, .tooManyHeaders, .badHeader:
            self.init(.invalidRequest, error.description)
        }
    }

    /// What is wrong with the options of a conversion.
    init(_ error: ConvertBodyError) {
        self.init(Code(rawValue: error.code) ?? .invalidRequest, error.description, param: error.parameter)
    }

    /// What is wrong with a data: URL.
    init(_ error: DataURLError, in parameter: String) {
        switch error {
        case .tooLong: self.init(.imageTooLarge, "\(parameter): \(error.description)", param: parameter)
        case .notDataURL, .noContent, .badContent:
            self.init(.invalidParameter, "\(parameter): \(error.description)", param: parameter)
        }
    }
}
