// What a page of another site may do with the service through its visitor's browser: nothing, unless its origin is
// listed. Three checks, on every request:
//
//   Host             while the service listens on this machine only, it answers to this machine's names alone; a
//                    foreign name that resolves here (DNS rebinding) is refused
//   Origin           of another site: refused, for whatever changes something and for all of /v1 and /mcp
//   Sec-Fetch-Site   cross-site: likewise; browsers send it where they send no Origin
//
// Listed origins get CORS headers and answers to preflights. Hummingbird's CORSMiddleware is not used because it turns
// an error into an answer without the service's envelope.
import HTTPTypes
package import Hummingbird

/// Keeps other sites' pages out.
package struct OriginGuard<Context: ServiceRequestContext>: RouterMiddleware {
    /// Nil answers to every name.
    private let names: Set<String>?
    private let origins: Set<String>

    /// - Parameters:
    ///   - isLoopback: whether the service listens on this machine only.
    ///   - hosts: names it is asked for besides this machine's own.
    ///   - origins: origins of pages that may use the service.
    package init(isLoopback: Bool, hosts: [String], origins: [String]) {
        names = isLoopback ? Set(["localhost", "127.0.0.1", "::1"] + hosts) : nil
        self.origins = Set(origins)
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let authority = Authority(request.head.authority ?? "")
        if let names, !names.contains(authority.host) {
            throw Problem(
                .hostForbidden, "the service is not known as \"\(authority.host.prefix(100))\" on this machine")
        }
        guard let origin = request.headers[.origin] else {
            if request.headers[.secFetchSite] == "cross-site", isGuarded(request) {
                throw Self.forbidden("another site")
            }
            return try await next(request, context)
        }
        guard origins.contains(origin) else {
            if isGuarded(request), !authority.isSite(of: origin) { throw Self.forbidden(origin) }
            return try await next(request, context)
        }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            return Response(status: .noContent, headers: Self.preflight(origin))
        }
        var response = try await context.answer(request, next)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.exposed
        response.headers[values: .vary].append("Origin")
        return response
    }

    private func isGuarded(_ request: Request) -> Bool {
        guard [.get, .head, .options].contains(request.method) else { return true }
        return ["v1", "mcp"].contains(request.uri.path.split(separator: "/").first ?? "")
    }

    private static func forbidden(_ origin: String) -> Problem {
        Problem(
            .originForbidden, "pages of \(origin.prefix(200)) may not use this service; cors.origins would list them")
    }

    private static func preflight(_ origin: String) -> HTTPFields {
        [
            .accessControlAllowOrigin: origin,
            .accessControlAllowMethods: "GET, HEAD, POST, DELETE",
            .accessControlAllowHeaders:
                "Accept, Anthropic-Version, Authorization, Content-Type, Idempotency-Key, If-None-Match, "
                + "Last-Event-ID, MCP-Protocol-Version, Mcp-Session-Id, Prefer, X-Api-Key, X-Request-Id",
            .accessControlMaxAge: "600",
            .vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ]
    }

    private static var exposed: String {
        "ETag, Idempotency-Replayed, Location, Mcp-Session-Id, Preference-Applied, RateLimit-Limit, "
            + "RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id"
    }
}

/// A host with its port, as in `Host` and in origins.
private struct Authority {
    /// Lower case, without brackets and without the dot that may end a full name; empty for what is no authority.
    let host: String
    /// Nil when it is not said.
    let port: Int?

    init(_ text: some StringProtocol) {
        let text = Substring(text.lowercased())
        let name: Substring
        let rest: Substring
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            name = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        } else {
            name = text.prefix { $0 != ":" }
            rest = text[name.endIndex...]
        }
        let digits = rest.dropFirst()
        let number = digits.allSatisfy { $0.isASCII && $0.isNumber } ? UInt16(digits) : nil
        guard rest.isEmpty || rest.first == ":" && number != nil else {
            (host, port) = ("", nil)
            return
        }
        host = String(name.hasSuffix(".") ? name.dropLast() : name)
        port = number.map { Int($0) }
    }

    /// Whether an origin is the site that a request with this authority was sent to. Before a proxy that ends TLS the
    /// scheme differs, and an origin leaves out the port that its scheme implies.
    func isSite(of origin: String) -> Bool {
        let implied: Int
        let rest: Substring
        if origin.hasPrefix("http://") {
            (implied, rest) = (80, origin.dropFirst(7))
        } else if origin.hasPrefix("https://") {
            (implied, rest) = (443, origin.dropFirst(8))
        } else {
            return false
        }
        let site = Authority(rest)
        return !host.isEmpty && site.host == host && (site.port ?? implied) == (port ?? implied)
    }
}
