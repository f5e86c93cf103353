// Answers over real connections: what is asked, what comes back, and on which way.
import Foundation
import Inference
import Media
import NIOHTTP1
import Support
import Synchronization
import Testing

struct RemoteEngineTests: RemoteSuite {
    @Test(arguments: RecordedStream.all)
    func recordedStreamsBecomeEvents(stream: RecordedStream) async throws {
        let bytes = try stream.bytes
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(bytes) }
        let events = try await events(try Remote.engine([server]))
        #expect(events.map { if case .reasoning(let text) = $0 { text } else { "" } }.joined() == stream.reasoning)
        #expect(events.map { if case .text(let text) = $0 { text } else { "" } }.joined() == stream.text)
        #expect(events.compactMap { if case .toolCall(let call) = $0 { call } else { nil } } == stream.calls)
        guard case .finished(let summary)? = events.last else {
            Issue.record("the last event is \(String(describing: events.last))")
            return
        }
        #expect(summary.reason == stream.reason)
        #expect(summary.promptTokens == stream.usage.promptTokens)
        #expect(summary.cachedTokens == stream.usage.cachedTokens ?? 0)
        #expect(summary.completionTokens == stream.usage.completionTokens)
    }

    @Test func bytesThatComeOneByOneBecomeTheSameEvents() async throws {
        let bytes = try RecordedStream.all[0].bytes
        let server = try await ScriptedServer { _, exchange in
            try await exchange.head()
            for byte in bytes { try await exchange.write([byte]) }
            try await exchange.end()
        }
        let events = try await events(try Remote.engine([server]))
        #expect(
            events.dropLast().dropFirst() == [
                .reasoning("A sign-in"), .reasoning(" form."), .text("<body>"), .text("café 登录 😀"), .text("</body>"),
            ])
        guard case .prefilled(312, 0, let seconds)? = events.first else {
            Issue.record("\(String(describing: events.first))")
            return
        }
        #expect(seconds > 0)
    }

    @Test func theRequestCarriesKeyHeadersModelAndPicture() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let engine = try Remote.engine([server]) {
            $0.endpoints[0].model = "own-name"
            $0.key = "sk-test"
            $0.headers = ["X-Team": "design", "user-agent": "tests"]
        }
        let picture = Image(width: 2, height: 2, fill: (1, 2, 3))
        let request = GenerationRequest(Conversation([Message(.user, [.image(picture)])]), maxTokens: 9)
        #expect(try await text(engine, request) == "ok")
        let asked = try #require(server.requests.first)
        #expect(asked.method == "POST")
        #expect(asked.path == "/v1/chat/completions")
        #expect(asked.headers["authorization"] == ["Bearer sk-test"])
        #expect(asked.headers["x-team"] == ["design"])
        #expect(asked.headers["user-agent"] == ["tests"])
        #expect(asked.headers["content-type"] == ["application/json"])
        #expect(asked.json["model"] == .string("own-name"))
        #expect(asked.json["max_tokens"] == .number("9"))
        #expect(String(decoding: asked.body, as: UTF8.self).contains("data:image/png;base64,"))
    }

    @Test func aConnectionIsUsedAgain() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let engine = try Remote.engine([server])
        for _ in 0..<3 { #expect(try await text(engine) == "ok") }
        #expect(Set(server.requests.map(\.connection)) == [1])
    }

    @Test func whatTheAbilitiesExcludeIsNotSent() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let blind = RemoteAbilities(model: "kimi", contextTokens: 10, readsImages: false, callsTools: false)
        let engine = try RemoteEngine(Remote.configuration([server]), knowing: blind)
        let picture = Message(.user, [.image(Image(width: 2, height: 2, fill: (1, 2, 3)))])
        #expect(
            await failure(engine, GenerationRequest(Conversation([picture]))).error
                == .unsupported("kimi reads no pictures"))
        let tool = Tool(name: "f", description: "", parameters: "{}")
        #expect(
            await failure(engine, GenerationRequest(Conversation([Message(.user, "a")], tools: [tool]))).error
                == .unsupported("kimi calls no tools"))
        #expect(server.requests.isEmpty)
        #expect(engine.abilities.followsInstructions)
    }

    @Test func requestsGoThroughAProxy() async throws {
        let proxy = try await ScriptedServer { _, exchange in try await exchange.answer(407, []) }
        var configuration = RemoteConfiguration(["http://far-away.invalid:8000/v1"], model: "kimi")
        configuration.health.intervalSeconds = 0
        configuration.retries.attempts = 1
        configuration.proxy = .init(host: "127.0.0.1", port: proxy.port, user: "u", password: "p")
        let engine = try RemoteEngine(configuration, knowing: Remote.found)
        #expect(
            await failure(engine).error
                == .unavailable("far-away.invalid:8000: the proxy does not accept the user and the password"))
        let asked = try #require(proxy.requests.first)
        #expect(asked.method == "CONNECT")
        #expect(asked.path == "far-away.invalid:8000")
        #expect(asked.headers["proxy-authorization"] == ["Basic dTpw"])
    }

    @Test func aModelThatWritesADialectIsNotAskedToThink() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let request = GenerationRequest(Remote.hello.conversation, thinking: true)
        _ = try await text(try Remote.engine([server]), request)
        let engine = try Remote.engine([server]) { $0.knowledge.dialect = Fixtures.path("model/stylesheet.css") }
        _ = try await text(engine, request)
        let asked = server.requests.map { $0.json["chat_template_kwargs"]?["thinking"] }
        #expect(asked == [.bool(true), .bool(false)])
    }
}
