// The protocol over HTTP: sessions, versions, the shapes of answers, and who is let in.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Testing

@testable import Server

@Suite struct MCPRoutesTests {
    private static let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#

    @Test(arguments: [("2024-11-05", false), ("2025-03-26", false), ("2025-06-18", true), ("2025-11-25", true)])
    func aSessionSpeaksTheRevisionThatIsWanted(version: String, isStructured: Bool) async throws {
        try await TestService.run { service in
            let opened = try await MCPTestClient.post(service, MCPTestClient.initialize(version))
            #expect(opened.value("result", "protocolVersion") as? String == version)
            #expect(opened.value("result", "serverInfo", "name") as? String == "bottega")
            #expect(opened.value("result", "capabilities", "tools") is [String: Any])
            let session = try #require(opened.headers[.mcpSessionID])
            #expect(session.count == 64 && session.allSatisfy { $0.isHexDigit })

            let client = MCPTestClient(service: service, session: session)
            let list = try await client.request("tools/list")
            let names = try #require(list.value("result", "tools") as? [[String: Any]])
            #expect(names.map { $0["name"] as? String } == ["convert", "edit", "compare", "batch", "workflow"])
            #expect(names.allSatisfy { ($0["outputSchema"] != nil) == isStructured })
            let made = try await client.convert()
            #expect((made.value("result", "structuredContent") != nil) == isStructured)
            let content = try #require(made.value("result", "content") as? [[String: Any]])
            #expect(content.contains { $0["type"] as? String == "resource_link" } == isStructured)
        }
    }

    @Test func requestsBelongToASession() async throws {
        try await TestService.run(works: false) { service in
            let none = try await MCPTestClient.post(service, Self.ping)
            #expect(none.status == .badRequest)
            #expect(none.code == "invalid_request")
            let wrong = try await MCPTestClient.post(service, Self.ping, headers: [.mcpSessionID: "x"])
            #expect(wrong.status == .notFound)

            let client = try await MCPTestClient.open(service)
            #expect(try await client.request("ping").value("result") as? [String: String] == [:])
            let again = try await client.post(MCPTestClient.initialize("2025-06-18"))
            #expect(again.headers[.mcpSessionID] != client.session)
            let ended = try await service.send(.delete, "/mcp", headers: [.mcpSessionID: client.session])
            #expect(ended.status == .noContent)
            #expect(try await client.request("ping").status == .notFound)
            let twice = try await service.send(.delete, "/mcp", headers: [.mcpSessionID: client.session])
            #expect(twice.status == .notFound)
            #expect(try await service.send(.delete, "/mcp").status == .badRequest)
        }
    }

    @Test func aSessionIsItsCallersAlone() async throws {
        try await TestService.run(works: false) { service in
            let (_, mine) = try await service.store.createKey(name: "mine")
            let (_, other) = try await service.store.createKey(name: "other")
            let stranger = try await MCPTestClient.post(service, MCPTestClient.initialize("2025-06-18"))
            #expect(stranger.status == .unauthorized)
            var client = try await MCPTestClient.open(service, headers: [.authorization: "Bearer \(mine)"])
            #expect(try await client.request("ping").status == .ok)
            client.headers = [.authorization: "Bearer \(other)"]
            #expect(try await client.request("ping").status == .notFound)
        }
    }

    @Test func theSessionUnusedLongestMakesRoom() async throws {
        try await TestService.run(works: false) { service in
            let first = try await MCPTestClient.open(service)
            let second = try await MCPTestClient.open(service)
            for _ in 2..<MCPSessions.limit { _ = try await MCPTestClient.open(service) }
            #expect(try await first.request("ping").status == .ok)
            _ = try await MCPTestClient.open(service)
            #expect(try await first.request("ping").status == .ok)
            #expect(try await second.request("ping").status == .notFound)
        }
    }

    @Test func whatWantsNoAnswerIsAccepted() async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service)
            for message in [
                #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
                #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
                #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":null}}"#,
                #"{"jsonrpc":"2.0","method":"nobody/knows"}"#, #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            ] {
                let answer = try await client.post(message)
                #expect(answer.status == .accepted)
                #expect(answer.body.readableBytes == 0)
            }
        }
    }

    @Test(arguments: [
        ("{", 400, -32700), ("", 400, -32700), (#"{"jsonrpc":"2.0","id":1}"#, 400, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#, 400, -32602),
        ("[]", 200, -32600), (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, 200, -32600), ("7", 200, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel"}"#, 200, -32601),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}"#, 200, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{"cursor":"x"}}"#, 200, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, 200, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}"#, 200, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"edit","arguments":[]}}"#, 200, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{}}"#, 200, -32602),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"bottega://x"}}"#, 200, -32002),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}"#, 200, -32002),
    ])
    func faultsHaveTheCodesOfTheProtocol(message: String, status: Int, code: Int) async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service)
            let answer = try await client.post(message)
            #expect(answer.status.code == status)
            #expect(answer.fault == code)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.value("jsonrpc") as? String == "2.0")
        }
    }

    @Test func nothingIsAnsweredBeforeInitializeButPing() async throws {
        try await TestService.run(works: false) { service in
            let bad = #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#
            let answer = try await MCPTestClient.post(service, bad)
            #expect(answer.fault == -32602)
            #expect(answer.headers[.mcpSessionID] == nil)
        }
    }

    @Test func severalMessagesAtOnceAreForTheRevisionThatHasThem() async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service, version: "2025-03-26")
            let note = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
            let answer = try await client.post("[\(Self.ping),\(note),7]")
            let items = try #require(try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [[String: Any]])
            #expect(items.count == 2)
            #expect(items[0]["id"] as? Int == 1 && items[0]["result"] != nil)
            #expect((items[1]["error"] as? [String: Any])?["code"] as? Int == -32600)
            #expect(try await client.post("[\(note)]").status == .accepted)
            let many = Array(repeating: note, count: MCPSession.batchLimit)
            #expect(try await client.post("[\(many.joined(separator: ","))]").status == .accepted)
            #expect(try await client.post("[\((many + [note]).joined(separator: ","))]").fault == -32600)
        }
    }

    @Test(arguments: [
        ("application/json", "ping", "application/json"), ("text/event-stream", "ping", "text/event-stream"),
        (MCPTestClient.both, "ping", "application/json"), ("*/*", "tools/list", "application/json"),
    ])
    func acceptDecidesTheShape(accept: String, method: String, type: String) async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service)
            let answer = try await client.post(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)"}"#, accept: accept)
            #expect(answer.headers[.contentType] == type)
            if type == "text/event-stream" {
                #expect(answer.text == "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n")
            }
        }
    }

    @Test func otherRequestsAreRefusedAsEverywhere() async throws {
        try await TestService.run(works: false) {
            $0.limits.jsonBytes = 1024
        } _: { service in
            let client = try await MCPTestClient.open(service)
            let html = try await client.post(Self.ping, accept: "text/html")
            #expect(html.code == "not_acceptable")
            let text = try await service.send(
                .post, "/mcp", headers: [.contentType: "text/plain", .mcpSessionID: client.session],
                body: ByteBuffer(string: Self.ping))
            #expect(text.code == "unsupported_media")
            let long = try await client.convert(#","name":"\#(String(repeating: "x", count: 1000))""#)
            #expect(long.code == "body_too_large")
            let get = try await service.send(.get, "/mcp", headers: [.accept: "text/event-stream"])
            #expect(get.status == .methodNotAllowed)
            #expect(get.headers[.allow] == "DELETE, POST")
            let version = try await MCPTestClient.post(
                service, Self.ping, headers: [.mcpSessionID: client.session, .mcpProtocolVersion: "2026-07-28"])
            #expect(version.status == .badRequest)
            #expect(version.string("error", "param") == "MCP-Protocol-Version")
            let known = try await MCPTestClient.post(
                service, Self.ping, headers: [.mcpSessionID: client.session, .mcpProtocolVersion: "2025-06-18"])
            #expect(known.status == .ok)
        }
    }

    @Test func pagesOfOtherSitesAreKeptOut() async throws {
        try await TestService.run(works: false) { service in
            let message = MCPTestClient.initialize("2025-06-18")
            let foreign = try await MCPTestClient.post(service, message, headers: [.origin: "https://example.org"])
            #expect(foreign.code == "origin_forbidden")
            let get = try await service.send(.get, "/mcp", headers: [.origin: "https://example.org"])
            #expect(get.code == "origin_forbidden")
        }
    }

    @Test func requestsAreCounted() async throws {
        try await TestService.run(works: false) {
            $0.requestsPerMinute = 2
        } _: { service in
            let client = try await MCPTestClient.open(service)
            let second = try await client.request("ping")
            #expect(second.headers[.rateLimitRemaining] == "0")
            let third = try await client.request("ping")
            #expect(third.status == .tooManyRequests)
            #expect(third.code == "rate_limited")
        }
    }
}
