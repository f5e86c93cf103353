import HTTPTypes
import Hummingbird
import Testing

@testable import Server

@Suite struct OriginGuardTests {
    private let local = OriginGuard<TestContext>(isLoopback: true, hosts: ["bottega.test"], origins: [])
    private let open = OriginGuard<TestContext>(isLoopback: false, hosts: [], origins: ["https://design.example"])

    @Test(arguments: [
        "localhost", "localhost:8080", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080", "[::1]", "bottega.test",
        "localhost.",
    ])
    func thisMachinesNamesAreAnswered(host: String) async throws {
        #expect(try await local.outcome(.get, "/", host: host).status == .ok)
    }

    @Test(arguments: [
        "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::2]",
        "127.0.0.1:8080.evil.example", "[::1].evil.example", "localhost:", "localhost:80a", "localhost:99999",
    ])
    func aForeignNameIsRefusedWhileOnlyThisMachineIsServed(host: String) async throws {
        let problem = await #expect(throws: Problem.self) { try await local.outcome(.get, "/healthz", host: host) }
        #expect(problem?.code == .hostForbidden)
        #expect(try await open.outcome(.get, "/healthz", host: host).status == .ok)
    }

    @Test func aRequestWithoutAHostIsRefusedToo() async throws {
        let problem = await #expect(throws: Problem.self) { try await local.outcome(.get, "/", host: nil) }
        #expect(problem?.code == .hostForbidden)
    }

    @Test(arguments: [
        ("http://localhost:8080", "localhost:8080"), ("https://localhost:8080", "localhost:8080"),
        ("https://bottega.test", "bottega.test"), ("http://bottega.test", "bottega.test:80"),
        ("http://[::1]:8080", "[::1]:8080"),
    ])
    func thePageItselfMayAsk(origin: String, host: String) async throws {
        #expect(try await local.outcome(.post, "/v1/convert", host: host, headers: [.origin: origin]).status == .ok)
    }

    @Test(arguments: [
        "http://evil.example", "http://localhost:3000", "null", "http://localhost",
        "https://localhost.evil.example:8080",
        "http://localhost:8080.evil.example", "localhost:8080",
    ])
    func anotherSiteMayNot(origin: String) async throws {
        for (method, path) in [(HTTPRequest.Method.post, "/v1/convert"), (.get, "/v1/jobs"), (.delete, "//v1/jobs/x")] {
            let problem = await #expect(throws: Problem.self) {
                try await local.outcome(method, path, headers: [.origin: origin])
            }
            #expect(problem?.code == .originForbidden)
        }
        #expect(try await local.outcome(.get, "/docs", headers: [.origin: origin]).status == .ok)
    }

    @Test func crossSiteRequestsWithoutAnOriginAreRefusedToo() async throws {
        let headers: HTTPFields = [.secFetchSite: "cross-site"]
        let problem = await #expect(throws: Problem.self) {
            try await local.outcome(.get, "/v1/conversions", headers: headers)
        }
        #expect(problem?.code == .originForbidden)
        #expect(try await local.outcome(.get, "/", headers: headers).status == .ok)
        #expect(try await local.outcome(.get, "/v1/jobs", headers: [.secFetchSite: "same-origin"]).status == .ok)
    }

    @Test func aListedOriginGetsWhatBrowsersAskFor() async throws {
        let headers: HTTPFields = [.origin: "https://design.example", .secFetchSite: "cross-site"]
        let answer = try await open.outcome(.get, "/v1/jobs", headers: headers)
        #expect(answer.headers[.accessControlAllowOrigin] == "https://design.example")
        #expect(answer.headers[.vary] == "Origin")
        #expect(answer.headers[.accessControlExposeHeaders]?.contains("Location") == true)

        var asked = headers
        asked[.accessControlRequestMethod] = "POST"
        let preflight = try await open.outcome(.options, "/v1/convert", headers: asked)
        #expect(preflight.status == .noContent)
        #expect(preflight.headers[.accessControlAllowMethods]?.contains("DELETE") == true)
        #expect(preflight.headers[.accessControlAllowHeaders]?.contains("Idempotency-Key") == true)
        #expect(preflight.headers[.accessControlAllowHeaders]?.contains("X-Api-Key") == true)
    }

    @Test func aListedOriginCanReadErrors() async throws {
        let head = HTTPRequest(
            method: .get, scheme: "http", authority: "localhost", path: "/v1/jobs/x",
            headerFields: [.origin: "https://design.example"])
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        let answer = try await open.handle(request, context: .alone) { _, _ in throw Problem(.notFound, "nothing") }
        #expect(answer.status == .notFound)
        #expect(answer.headers[.accessControlAllowOrigin] == "https://design.example")
    }

    @Test func originsAreClosedUnlessListed() async throws {
        let headers: HTTPFields = [.origin: "http://localhost:8080", .accessControlRequestMethod: "POST"]
        let answer = try await local.outcome(.options, "/v1/convert", headers: headers)
        #expect(answer.headers[.accessControlAllowOrigin] == nil)
    }
}
