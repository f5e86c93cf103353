// Errors in the words of the protocol that a path belongs to. The codes are the service's own everywhere; what differs is
// the envelope, the names of the families, and that OpenAI's and Anthropic's clients know no 422.
import Foundation
import HTTPTypes
import Inference

/// How errors are written down.
enum ErrorShape: Sendable {
    /// The service's own envelope.
    case own
    /// OpenAI's, with Moonshot's names of families.
    case openAI
    /// Anthropic's.
    case anthropic

    /// The shape of the protocol that a path belongs to.
    init(path: String) {
        let parts = path.split(separator: "/").prefix(2)
        guard parts.count == 2, parts[0] == "v1" else {
            self = .own
            return
        }
        switch parts[1] {
        case "chat", "models", "tokenizers": self = .openAI
        case "messages": self = .anthropic
        default: self = .own
        }
    }
}

extension Problem {
    /// The status in a shape: what is wrong with a request is 400 to the clients of chats.
    func status(in shape: ErrorShape) -> HTTPResponse.Status {
        shape != .own && status.code == 422 ? .badRequest : status
    }

    /// The error as OpenAI's clients read it.
    func openAI(requestID: String) -> JSONValue {
        let type =
            switch status.code {
            case 401: "invalid_authentication_error"
            case 403: "permission_denied_error"
            case 404: "resource_not_found_error"
            case 429: code == .rateLimited ? "rate_limit_reached_error" : "engine_overloaded_error"
            case 400..<500: "invalid_request_error"
            default: "server_error"
            }
        return .object([.init("error", .object(members(type: type, requestID: requestID)))])
    }

    /// The error as Anthropic's clients read it.
    func anthropic(requestID: String) -> JSONValue {
        let type =
            switch status.code {
            case 401: "authentication_error"
            case 403: "permission_error"
            case 404: "not_found_error"
            case 413: "request_too_large"
            case 429: "rate_limit_error"
            case 503: "overloaded_error"
            case 400..<500: "invalid_request_error"
            default: "api_error"
            }
        return .object([
            .init("type", .string("error")), .init("error", .object(members(type: type, requestID: requestID))),
            .init("request_id", .string(requestID)),
        ])
    }

    private func members(type: String, requestID: String) -> [JSONValue.Member] {
        [
            .init("type", .string(type)), .init("message", .string(message)), .init("code", .string(code.rawValue)),
            .init("param", param.map { .string($0) } ?? .null), .init("request_id", .string(requestID)),
        ]
    }
}
