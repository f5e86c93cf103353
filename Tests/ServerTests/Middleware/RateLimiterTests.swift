import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Server

@Suite struct RateLimiterTests {
    // Names the caller after a header, as Authentication would after a key.
    private struct Announce: RouterMiddleware {
        func handle(
            _ request: Request, context: TestContext, next: (Request, TestContext) async throws -> Response
        ) async throws -> Response {
            var context = context
            let limit = request.headers[.from].flatMap { Int($0) }
            context.caller = Caller(keyID: request.headers[.userAgent] ?? "local", requestsPerMinute: limit)
            return try await next(request, context)
        }
    }

    private final class Clock: Sendable {
        private let state = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { state.withLock { $0 } }
        func advance(_ duration: Duration) { state.withLock { $0 = $0 + duration } }
    }

    private static func run(
        perMinute: Int, clock: Clock, _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = Router(context: TestContext.self)
        router.add(middleware: RequestIdentity())
        router.add(middleware: Announce())
        router.add(middleware: RateLimiter(requestsPerMinute: perMinute, now: { clock.now }))
        router.get("v1/thing") { _, _ in "thing" }
        router.get("v1/missing") { _, _ -> String in throw Problem(.notFound, "nothing") }
        router.get("docs") { _, _ in "docs" }
        try await Application(router: router).test(.router, test)
    }

    @Test func answersSayWhatIsLeft() async throws {
        try await Self.run(perMinute: 60, clock: Clock()) { client in
            let first = try await client.execute(uri: "/v1/thing", method: .get)
            #expect(first.headers[.rateLimitLimit] == "60")
            #expect(first.headers[.rateLimitRemaining] == "59")
            #expect(first.headers[.rateLimitReset] == "1")
            let failed = try await client.execute(uri: "/v1/missing", method: .get)
            #expect(failed.status == .notFound && failed.headers[.rateLimitRemaining] == "58")
        }
    }

    @Test func whoAsksTooOftenIsToldWhenToTryAgain() async throws {
        let clock = Clock()
        try await Self.run(perMinute: 2, clock: clock) { client in
            for _ in 0..<2 { #expect(try await client.execute(uri: "/v1/thing", method: .get).status == .ok) }
            let refused = try await client.execute(uri: "/v1/thing", method: .get)
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers[.retryAfter] == "30" && refused.headers[.rateLimitRemaining] == "0")
            #expect(String(buffer: refused.body).contains("rate_limited"))
            clock.advance(.seconds(31))
            #expect(try await client.execute(uri: "/v1/thing", method: .get).status == .ok)
        }
    }

    @Test func aKeysOwnLimitCountsAndKeysAreApart() async throws {
        try await Self.run(perMinute: 100, clock: Clock()) { client in
            let small: HTTPFields = [.userAgent: "small", .from: "1"]
            let first = try await client.execute(uri: "/v1/thing", method: .get, headers: small)
            let second = try await client.execute(uri: "/v1/thing", method: .get, headers: small)
            let other = try await client.execute(uri: "/v1/thing", method: .get, headers: [.userAgent: "other"])
            #expect(first.status == .ok && second.status == .tooManyRequests && other.status == .ok)
        }
    }

    @Test func onlyTheInterfaceIsLimited() async throws {
        try await Self.run(perMinute: 1, clock: Clock()) { client in
            for _ in 0..<5 {
                let response = try await client.execute(uri: "/docs", method: .get)
                #expect(response.status == .ok && response.headers[.rateLimitLimit] == nil)
            }
        }
    }
}
