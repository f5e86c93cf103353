import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Server

@Suite struct AuthenticationTests {
    private struct Ring: Keyring {
        var secrets: [String: Caller] = [:]

        func caller(presenting secret: String) async throws -> Caller? { secrets[secret] }
        func hasKeys() async throws -> Bool { !secrets.isEmpty }
    }

    private static let ring = Ring(secrets: ["bk_one_secret": Caller(keyID: "one", requestsPerMinute: 5)])
    private static let right: HTTPFields = [.authorization: "Bearer bk_one_secret"]

    private static func run(
        _ policy: ServerConfiguration.Authorization, loopback: Bool = true, ring: Ring = ring,
        _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = Router(context: TestContext.self)
        let start = ContinuousClock.now  // the clock stands still
        router.add(middleware: RequestIdentity())
        router.add(
            middleware: Authentication(
                policy: policy, isLoopback: loopback, keyring: ring, failureDelay: .zero, now: { start }))
        for path in ["v1/who", "docs", "assets/page.js", "metrics", "preview/token/index.html", "openapi.json"] {
            router.get(RouterPath(path)) { _, context in context.caller.keyID }
        }
        router.get("/") { _, context in context.caller.keyID }
        try await Application(router: router).test(.router, test)
    }

    @Test func aRightKeySaysWhoCalls() async throws {
        try await Self.run(.required) { client in
            let response = try await client.execute(uri: "/v1/who", method: .get, headers: Self.right)
            #expect(response.status == .ok && String(buffer: response.body) == "one")
            let lower: HTTPFields = [.authorization: "bearer  bk_one_secret"]
            #expect(try await client.execute(uri: "/v1/who", method: .get, headers: lower).status == .ok)
        }
    }

    @Test(arguments: [
        nil, "bk_one_secret", "Bearer", "Bearer bk_one_other", "Bearer bk_two_secret", "Basic bk_one_secret",
        "Bearer one_secret", "Bearer bk_one_secret x",
    ])
    func anythingElseIsRefused(header: String?) async throws {
        try await Self.run(.required) { client in
            var headers = HTTPFields()
            headers[.authorization] = header
            let response = try await client.execute(uri: "/v1/who", method: .get, headers: headers)
            #expect(response.status == .unauthorized)
            #expect(response.headers[.wwwAuthenticate] == "Bearer realm=\"bottega\"")
            #expect(String(buffer: response.body).contains("\"type\":\"authentication\""))
        }
    }

    @Test(arguments: [
        (ServerConfiguration.Authorization.auto, true, false, true), (.auto, true, true, false),
        (.auto, false, false, false), (.off, false, true, true), (.required, true, false, false),
    ])
    func whetherAKeyIsNeededDependsOnThePolicy(
        policy: ServerConfiguration.Authorization, loopback: Bool, hasKeys: Bool, isOpen: Bool
    ) async throws {
        try await Self.run(policy, loopback: loopback, ring: hasKeys ? Self.ring : Ring()) { client in
            let response = try await client.execute(uri: "/v1/who", method: .get)
            #expect((response.status == .ok) == isOpen)
            if isOpen { #expect(String(buffer: response.body) == "local") }
        }
    }

    @Test(arguments: ["/", "/docs", "/assets/page.js", "/preview/token/index.html", "/openapi.json"])
    func pagesProbesAndPreviewsNeedNoKey(path: String) async throws {
        try await Self.run(.required) { client in
            let response = try await client.execute(uri: path, method: .get)
            #expect(response.status == .ok)
        }
    }

    @Test(arguments: ["/metrics", "/v1/who", "//v1/who", "/v1/who/"])
    func everythingElseNeedsOne(path: String) async throws {
        try await Self.run(.required) { client in
            let response = try await client.execute(uri: path, method: .get)
            #expect(response.status == .unauthorized)
        }
    }

    @Test func anAddressThatKeepsTryingIsToldToWaitAndARightKeyStillWorks() async throws {
        try await Self.run(.required) { client in
            let wrong: HTTPFields = [.authorization: "Bearer bk_one_wrong"]
            for _ in 0..<20 {
                #expect(try await client.execute(uri: "/v1/who", method: .get, headers: wrong).status == .unauthorized)
            }
            let refused = try await client.execute(uri: "/v1/who", method: .get, headers: wrong)
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] == "3")
            #expect(try await client.execute(uri: "/v1/who", method: .get, headers: Self.right).status == .ok)
        }
    }
}
