// What a request is answered with when it cannot be done: one envelope, one table of codes. Every error that leaves the
// service has a code from the table; the code alone decides the type, the status and whether trying again may help.
//
//     {"error":{"type":"invalid_request","code":"stack_unknown","message":"…","param":"stack",
//               "request_id":"…","retryable":false,"details":{}}}
//
// Messages are one sentence for the person who sent the request; they never quote secrets, prompts or picture data.
package import Foundation
package import HTTPTypes
package import Hummingbird
import Inference
import NIOHTTP1

/// An error with an HTTP answer.
package struct Problem: Error, Sendable, Equatable {
    /// The families of errors.
    package enum Kind: String, Sendable, Encodable {
        case invalidRequest = "invalid_request"
        case authentication, permission
        case notFound = "not_found"
        case conflict, limit, engine, render, storage, `internal`
    }

    /// What exactly is wrong. The raw values are the wire's.
    package enum Code: String, Sendable, CaseIterable, Encodable {
        case invalidRequest = "invalid_request"
        case invalidJSON = "invalid_json"
        case invalidParameter = "invalid_parameter"
        case missingImage = "missing_image"
        case unauthorized
        case originForbidden = "origin_forbidden"
        case hostForbidden = "host_forbidden"
        case addressRefused = "address_refused"
        case captureDisabled = "capture_disabled"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case notAcceptable = "not_acceptable"
        case requestTimeout = "request_timeout"
        case idempotencyInFlight = "idempotency_in_flight"
        case revisionPending = "revision_pending"
        case cancelled
        case bodyTooLarge = "body_too_large"
        case imageTooLarge = "image_too_large"
        case videoTooLarge = "video_too_large"
        case unsupportedMedia = "unsupported_media"
        case tooManyFiles = "too_many_files"
        case corruptMedia = "corrupt_media"
        case corruptArchive = "corrupt_archive"
        case archiveTooLarge = "archive_too_large"
        case unsafePath = "unsafe_path"
        case stackUnknown = "stack_unknown"
        case editTargetMissing = "edit_target_missing"
        case editInvalid = "edit_invalid"
        case idempotencyConflict = "idempotency_conflict"
        case engineNoVision = "engine_no_vision"
        case engineNoInstructions = "engine_no_instructions"
        case engineContextExceeded = "engine_context_exceeded"
        case engineRefused = "engine_refused"
        case blankResult = "blank_result"
        case renderFailed = "render_failed"
        case rateLimited = "rate_limited"
        case concurrencyLimited = "concurrency_limited"
        case queueFull = "queue_full"
        case rendererBusy = "renderer_busy"
        case `internal`
        case attemptsExhausted = "attempts_exhausted"
        case captureFailed = "capture_failed"
        case engineUnavailable = "engine_unavailable"
        case rendererUnavailable = "renderer_unavailable"
        case shuttingDown = "shutting_down"
        case storageFull = "storage_full"
    }

    /// A value of `details`.
    package enum Detail: Sendable, Equatable {
        case text(String)
        case number(Int)
        case list([String])
    }

    package var code: Code
    /// One sentence: the thing, what was expected, what was found.
    package var message: String
    /// The parameter, field or header at fault.
    package var param: String?
    /// The code's status, except that a picture with too many pixels is `image_too_large` with 422.
    package var status: HTTPResponse.Status
    /// Whether the same request may succeed later.
    package var retryable: Bool
    package var details: [String: Detail]
    /// `Retry-After`, in seconds; where the code has the header and this is nil, 1.
    package var retryAfterSeconds: Int?
    /// `Allow`, for `method_not_allowed`.
    package var allowedMethods: [HTTPRequest.Method] = []

    package init(
        _ code: Code, _ message: String, param: String? = nil, status: HTTPResponse.Status? = nil,
        details: [String: Detail] = [:], retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.param = param
        let standard = HTTPResponseStatus(statusCode: code.status)
        self.status = status ?? HTTPResponse.Status(code: code.status, reasonPhrase: standard.reasonPhrase)
        self.retryable = code.isRetryable
        self.details = details
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// What a client is told of a fault that is none of its business.
    package static var unforeseen: Problem {
        Problem(.internal, "something went wrong inside the service; its log names the cause")
    }

    /// `method_not_allowed` with its `Allow` header.
    package static func methodNotAllowed(_ method: HTTPRequest.Method, allowed: [HTTPRequest.Method]) -> Problem {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        var problem = Problem(.methodNotAllowed, "\(method.rawValue) is not possible here; allowed: \(names)")
        problem.allowedMethods = allowed
        return problem
    }
}

extension Problem.Code {
    package var kind: Problem.Kind { row.kind }
    package var status: Int { row.status }
    package var isRetryable: Bool { row.isRetryable }

    // The table. Retryable is what time alone may mend: a limit, a lack of room, a fault of the service.
    private var row: (kind: Problem.Kind, status: Int, isRetryable: Bool) {
        switch self {
        case .invalidRequest, .invalidJSON, .invalidParameter, .missingImage: (.invalidRequest, 400, false)
        case .unauthorized: (.authentication, 401, false)
        case .originForbidden, .hostForbidden, .addressRefused, .captureDisabled: (.permission, 403, false)
        case .notFound: (.notFound, 404, false)
        case .methodNotAllowed: (.invalidRequest, 405, false)
        case .notAcceptable: (.invalidRequest, 406, false)
        case .requestTimeout: (.invalidRequest, 408, true)
        case .idempotencyInFlight, .revisionPending: (.conflict, 409, true)
        case .cancelled: (.conflict, 409, false)
        case .bodyTooLarge, .imageTooLarge, .videoTooLarge: (.limit, 413, false)
        case .unsupportedMedia: (.invalidRequest, 415, false)
        case .tooManyFiles, .archiveTooLarge: (.limit, 422, false)
        case .corruptMedia, .corruptArchive, .unsafePath, .stackUnknown: (.invalidRequest, 422, false)
        case .editTargetMissing, .editInvalid: (.invalidRequest, 422, false)
        case .idempotencyConflict: (.conflict, 422, false)
        case .engineNoVision, .engineNoInstructions, .engineContextExceeded, .engineRefused, .blankResult:
            (.engine, 422, false)
        case .renderFailed: (.render, 422, false)
        case .rateLimited, .concurrencyLimited, .queueFull, .rendererBusy: (.limit, 429, true)
        case .internal: (.internal, 500, true)
        case .attemptsExhausted: (.internal, 500, false)
        case .captureFailed: (.render, 502, true)
        case .engineUnavailable: (.engine, 503, true)
        case .rendererUnavailable: (.render, 503, false)
        case .shuttingDown: (.internal, 503, true)
        case .storageFull: (.storage, 507, true)
        }
    }

    fileprivate var hasRetryAfter: Bool {
        switch self {
        case .rateLimited, .concurrencyLimited, .queueFull, .rendererBusy, .engineUnavailable, .shuttingDown: true
        default: false
        }
    }
}

/// An error of another module that knows its answer.
package protocol ProblemConvertible: Error {
    var problem: Problem { get }
}

extension Problem {
    /// The problem that any error amounts to. What is not known to be the sender's fault is `internal`, and its words
    /// are for the log, not for the sender.
    package init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as any ProblemConvertible: self = error.problem
        case let error as any HTTPResponseError: self = Self.framework(error)
        default: self = .unforeseen
        }
    }

    // Errors that Hummingbird itself throws.
    private static func framework(_ error: any HTTPResponseError) -> Problem {
        switch error.status.code {
        case 404: Problem(.notFound, "there is nothing at this address")
        case 408: Problem(.requestTimeout, "the request did not arrive in time")
        case 413: Problem(.bodyTooLarge, "the body is too large")
        case 415: Problem(.unsupportedMedia, "the body's Content-Type is not supported here")
        case 400..<500: Problem(.invalidRequest, (error as? HTTPError)?.body ?? "the request cannot be understood")
        default: .unforeseen
        }
    }
}

extension Problem: HTTPResponseError {
    /// The envelope with its headers, for the request of the context.
    package func response(from request: Request, context: some RequestContext) throws -> Response {
        let requestID = (context as? any ServiceRequestContext)?.requestID ?? context.id
        let shape = ErrorShape(path: request.uri.path)
        let body =
            switch shape {
            case .own: envelope(requestID: requestID)
            case .openAI: Data(openAI(requestID: requestID).text(.compact).utf8)
            case .anthropic: Data(anthropic(requestID: requestID).text(.compact).utf8)
            }
        var headers = self.headers
        headers[.contentType] = "application/json"
        headers[.contentLength] = String(body.count)
        let response = Response(
            status: status(in: shape), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// `WWW-Authenticate`, `Retry-After` and `Allow`, where the code has them.
    package var headers: HTTPFields {
        var headers = HTTPFields()
        if code == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"bottega\"" }
        if let seconds = retryAfterSeconds ?? (code.hasRetryAfter ? 1 : nil) {
            headers[.retryAfter] = String(max(1, seconds))
        }
        if code == .methodNotAllowed { headers[.allow] = allowedMethods.map(\.rawValue).joined(separator: ", ") }
        return headers
    }

    /// The envelope as JSON, one line, keys in alphabetical order.
    package func envelope(requestID: String) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return try encoder.encode(Envelope(error: Body(self, requestID: requestID))) } catch {
            preconditionFailure("an envelope always has a JSON form: \(error)")
        }
    }

    /// The envelope's content, for representations that hold one. `request_id` is left out where there is no request.
    package func body(requestID: String?) -> some Encodable & Sendable { Body(self, requestID: requestID) }

    private struct Envelope: Encodable {
        let error: Body
    }

    private struct Body: Encodable, Sendable {
        let problem: Problem
        let requestID: String?

        enum Key: String, CodingKey {
            case type, code, message, param, retryable, details
            case requestID = "request_id"
        }

        init(_ problem: Problem, requestID: String?) {
            self.problem = problem
            self.requestID = requestID
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(problem.code.kind, forKey: .type)
            try container.encode(problem.code, forKey: .code)
            try container.encode(problem.message, forKey: .message)
            try container.encode(problem.param, forKey: .param)
            try container.encodeIfPresent(requestID, forKey: .requestID)
            try container.encode(problem.retryable, forKey: .retryable)
            try container.encode(problem.details, forKey: .details)
        }
    }
}

extension Problem.Detail: Encodable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .number(value) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .list(let list): try container.encode(list)
        }
    }
}

extension Problem: CustomStringConvertible {
    package var description: String { message }
}
