// What went wrong, in the words of the service. A code says what a client can do about it.
import Inference
import Media
import UIToCode

extension JobFailure {
    /// The failure that an error of a job's work is.
    init(_ error: any Error) {
        switch error {
        case let error as JobFailure: self = error
        case let error as DesignFault:
            self.init(error.cause)
            message = "\(error.name): \(message)"
        case let error as ConvertError: self.init(error)
        case let error as BatchError: self.init(error)
        case let error as WorkflowError: self.init(error)
        case let error as MediaError: self.init(error)
        case let error as ProjectError: self.init(error)
        case let error as StoreError: self.init(error)
        case is CancellationError: self.init(ConvertError.cancelled)
        default: self.init(code: "internal", message: "the job failed in an unforeseen way", isRetryable: true)
        }
    }

    private init(_ error: ConvertError) {
        let (code, isRetryable): (String, Bool) =
            switch error {
            case .engineCannotSee: ("engine_no_vision", false)
            case .engineCannotFollow: ("engine_no_instructions", false)
            case .blankAnswer, .noPage: ("blank_result", false)
            case .engine(.contextExceeded): ("engine_context_exceeded", false)
            case .engine(.unsupported): ("engine_refused", false)
            case .engine(.unavailable): ("engine_unavailable", true)
            case .edit(let error): (error.isTargetMissing ? "edit_target_missing" : "edit_invalid", false)
            case .stack(.project(let error)): (JobFailure(error).code, JobFailure(error).isRetryable)
            case .stack, .picture: ("internal", false)
            case .project(let error): (JobFailure(error).code, JobFailure(error).isRetryable)
            // Nobody asked for it: the engine ended its answer by itself.
            case .cancelled: ("engine_unavailable", true)
            }
        let message = error == .cancelled ? "the engine stopped without an answer" : error.description
        self.init(code: code, message: message, isRetryable: isRetryable)
    }

    private init(_ error: BatchError) {
        switch error {
        case .engine(let error): self.init(ConvertError.engine(error))
        case .project(let error): self.init(error)
        case .stack(let error): self.init(ConvertError.stack(error))
        case .cancelled: self.init(ConvertError.cancelled)
        case .unreadable, .busy, .outputIsInput:
            self.init(code: "internal", message: "the batch's data cannot be read or written", isRetryable: true)
        }
    }

    private init(_ error: WorkflowError) {
        switch error {
        case .video(let error), .picture(let error): self.init(error)
        case .noFrame: self.init(code: "corrupt_media", message: error.description, isRetryable: false)
        case .engine(let error): self.init(error)
        case .project(let error): self.init(error)
        case .cancelled: self.init(ConvertError.cancelled)
        }
    }

    private init(_ error: MediaError) {
        let code =
            switch error {
            case .unsupportedFormat, .unsupportedFeature, .notAVideo, .unreadableVideo: "unsupported_media"
            case .tooLarge, .tooManyBytes, .videoTooLarge, .videoTooLong, .tooManyFrames: "image_too_large"
            case .corrupt, .damagedVideo, .videoTooSlow: "corrupt_media"
            case .unreadable, .unencodable, .cancelled: "internal"
            }
        self.init(code: code, message: error.description, isRetryable: false)
    }

    private init(_ error: ProjectError) {
        switch error {
        case .unsafePath, .pathTaken: self.init(code: "unsafe_path", message: error.description, isRetryable: false)
        case .cannotWrite(_, let reason) where Disk.saysNoSpace(reason):
            self.init(code: "storage_full", message: error.description, isRetryable: true)
        case .outputExists, .notAFolder, .cannotWrite, .cannotRead:
            self.init(code: "internal", message: "the project cannot be read or written", isRetryable: true)
        }
    }

    private init(_ error: StoreError) {
        if case .full = error {
            self.init(code: "storage_full", message: "no space is left for the result", isRetryable: true)
        } else {
            self.init(code: "internal", message: "the job's data cannot be read or written", isRetryable: true)
        }
    }
}
