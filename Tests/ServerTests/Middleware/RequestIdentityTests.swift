import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Server

@Suite struct RequestIdentityTests {
    private struct Unforeseen: Error {}

    private static func run(_ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let router = Router(context: TestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestIdentity())
        router.get("name") { _, context in context.requestID }
        router.get("problem") { _, _ -> String in
            throw Problem(.stackUnknown, "there is no stack \"x\"", param: "stack")
        }
        router.get("fault") { _, _ -> String in throw Unforeseen() }
        router.get("framework") { _, _ -> String in throw HTTPError(.badRequest, message: "what?") }
        try await Application(router: router).test(.router, test)
    }

    @Test func aNameTheClientGivesIsTakenOver() async throws {
        try await Self.run { client in
            let response = try await client.execute(uri: "/name", method: .get, headers: [.xRequestID: "a.B-9_z"])
            #expect(response.headers[.xRequestID] == "a.B-9_z")
            #expect(String(buffer: response.body) == "a.B-9_z")
        }
    }

    @Test(arguments: ["a b", "a\"b", "é", String(repeating: "a", count: 129)])
    func aNameThatCouldDoHarmIsReplaced(name: String) async throws {
        try await Self.run { client in
            let headers: HTTPFields = HTTPField.isValidValue(name) ? [.xRequestID: name] : [:]
            let response = try await client.execute(uri: "/name", method: .get, headers: headers)
            let made = try #require(response.headers[.xRequestID])
            #expect(made != name && RequestIdentity<TestContext>.isName(made))
        }
    }

    @Test func everyRequestHasANameOfItsOwn() async throws {
        try await Self.run { client in
            var names: Set<String> = []
            for _ in 0..<20 {
                let response = try await client.execute(uri: "/name", method: .get)
                names.insert(String(buffer: response.body))
            }
            #expect(names.count == 20)
        }
    }

    @Test(arguments: ["/name", "/problem", "/fault", "/nowhere"])
    func everyAnswerCarriesTheCarefulHeaders(path: String) async throws {
        try await Self.run { client in
            let response = try await client.execute(uri: path, method: .get)
            #expect(response.headers[.xContentTypeOptions] == "nosniff")
            #expect(response.headers[.referrerPolicy] == "no-referrer")
            #expect(response.headers[.crossOriginResourcePolicy] == "same-origin")
            #expect(response.headers[.xRequestID] != nil)
        }
    }

    @Test func aProblemLeavesAsTheEnvelope() async throws {
        try await Self.run { client in
            let response = try await client.execute(uri: "/problem", method: .get, headers: [.xRequestID: "r1"])
            #expect(response.status == .unprocessableContent)
            #expect(response.headers[.contentType] == "application/json")
            #expect(
                String(buffer: response.body) == """
                    {"error":{"code":"stack_unknown","details":{},"message":"there is no stack \\"x\\"",\
                    "param":"stack","request_id":"r1","retryable":false,"type":"invalid_request"}}
                    """)
        }
    }

    @Test func whatNobodyForesawIsInternalAndKeepsItsWordsToItself() async throws {
        try await Self.run { client in
            let response = try await client.execute(uri: "/fault", method: .get)
            #expect(response.status == .internalServerError)
            let body = String(buffer: response.body)
            #expect(body.contains("\"code\":\"internal\"") && !body.contains("Unforeseen"))
        }
    }

    @Test(arguments: [("/nowhere", 404, "not_found"), ("/framework", 400, "invalid_request")])
    func errorsOfTheFrameworkAreTranslated(path: String, status: Int, code: String) async throws {
        try await Self.run { client in
            let response = try await client.execute(uri: path, method: .get)
            #expect(response.status.code == status)
            #expect(String(buffer: response.body).contains("\"code\":\"\(code)\""))
        }
    }

    @Test func anErrorForHeadHasNoBody() async throws {
        try await Self.run { client in
            let response = try await client.execute(uri: "/problem", method: .head)
            #expect(response.status == .unprocessableContent && response.body.readableBytes == 0)
        }
    }
}
