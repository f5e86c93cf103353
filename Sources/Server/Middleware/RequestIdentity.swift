// The outermost middleware: gives each request its name, sees to it that every answer carries the name and the headers
// that keep browsers careful, and that every error leaves as the service's envelope.
import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOHTTP1

/// Names requests and dresses answers.
package struct RequestIdentity<Context: ServiceRequestContext>: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        let name = request.headers[.xRequestID].flatMap { Self.isName($0) ? $0 : nil } ?? Self.madeName()
        context.requestID = name
        context.logger[metadataKey: "request_id"] = .string(name)
        context.logger[metadataKey: "hb.request.id"] = nil
        var response = try await context.answer(request, next)
        response.headers[.xRequestID] = name
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        if response.headers[.crossOriginResourcePolicy] == nil {
            response.headers[.crossOriginResourcePolicy] = "same-origin"
        }
        return response
    }

    /// Whether a client's name for its request is taken over: 1 to 128 letters, digits, dots, underscores, hyphens.
    static func isName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
                }
            }
    }

    // 96 random bits: no two requests of one log have the same.
    private static func madeName() -> String {
        let high = String(UInt64.random(in: .min ... .max), radix: 36)
        let low = String(UInt32.random(in: .min ... .max), radix: 36)
        return "req_" + high + low
    }
}

extension ServiceRequestContext {
    /// The response of `next`; an error becomes the response it amounts to, and one that is not the client's fault is
    /// logged. Only what breaks the connection itself is thrown on.
    func answer(_ request: Request, _ next: (Request, Self) async throws -> Response) async throws -> Response {
        do {
            return try await next(request, self)
        } catch let error as HTTPParserError {
            throw error  // Hummingbird answers 400 and closes the connection
        } catch is CancellationError {
            let problem = Problem(.shuttingDown, "the service is shutting down; try again in a moment")
            return try problem.response(from: request, context: self)
        } catch {
            let problem = Problem(error)
            if problem.status.kind == .serverError {
                logger.error("request failed", metadata: ["code": .string(problem.code.rawValue), "error": "\(error)"])
            }
            return try problem.response(from: request, context: self)
        }
    }
}

extension HTTPField.Name {
    static let xRequestID = HTTPField.Name(known: "X-Request-Id")
    static let referrerPolicy = HTTPField.Name(known: "Referrer-Policy")
    static let secFetchSite = HTTPField.Name(known: "Sec-Fetch-Site")
    static let rateLimitLimit = HTTPField.Name(known: "RateLimit-Limit")
    static let rateLimitRemaining = HTTPField.Name(known: "RateLimit-Remaining")
    static let rateLimitReset = HTTPField.Name(known: "RateLimit-Reset")

    private init(known name: String) {
        guard let made = HTTPField.Name(name) else { preconditionFailure("\(name) is a header's name") }
        self = made
    }
}
