// Prompts are counted where each kind of server counts them; a server that fails is not the last word.
import Foundation
import Inference
import Media
import NIOHTTP1
import Support
import Testing

struct PromptCountTests {
    /// What servers answer, from Fixtures/remote/counts.json.
    static func answer(_ name: String) throws -> [UInt8] {
        let all = try JSONValue(parsing: Array(try Fixtures.data("remote/counts.json")))
        return Array(try #require(all[name]).text(.compact).utf8)
    }

    /// A server that answers each path with a recorded answer.
    static func server(_ answers: [String: String]) async throws -> ScriptedServer {
        let bodies = try answers.mapValues { try answer($0) }
        return try await ScriptedServer { request, exchange in
            if let body = bodies[request.path] {
                try await exchange.answer(200, body)
            } else {
                try await exchange.answer(404, Remote.error("no such path"))
            }
        }
    }

    static let tool = Tool(name: "f", description: "", parameters: "{}")

    static let request: GenerationRequest = {
        var request = GenerationRequest(Conversation([Message(.user, "Hi")], tools: [tool]), thinking: true)
        request.toolChoice = .required
        request.stop = ["x"]
        return request
    }()

    func count(
        _ servers: [ScriptedServer], _ form: RequestForm, _ request: GenerationRequest = PromptCountTests.request
    ) async throws -> Int {
        try await Remote.engine(servers) { $0.form = form }.promptTokens(of: request)
    }

    func failure(
        _ servers: [ScriptedServer], _ form: RequestForm, _ request: GenerationRequest = PromptCountTests.request
    ) async -> EngineError? {
        do { _ = try await count(servers, form, request) } catch { return error as? EngineError }
        return nil
    }

    let declared = #"[{"type": "function", "function": {"name": "f", "description": "", "parameters": {}}}]"#

    @Test func vLLMCountsMessagesBesideV1() async throws {
        let server = try await Self.server(["/tokenize": "vLLM"])
        #expect(try await count([server], .vLLM) == 5)
        let asked = try #require(server.requests.first)
        #expect(asked.method == "POST")
        #expect(asked.headers["accept"] == ["application/json"])
        #expect(
            asked.json
                == (try JSONValue(
                    parsing: #"""
                        {"model": "kimi", "messages": [{"role": "user", "content": "Hi"}],
                         "chat_template_kwargs": {"thinking": true}, "tools": \#(declared)}
                        """#)))
    }

    @Test func aPromptThatGoesOnIsCountedSo() async throws {
        let server = try await Self.server(["/tokenize": "vLLM"])
        var request = GenerationRequest(Conversation([Message(.user, "Hi"), Message(.assistant, "<bo")]))
        request.continuesLastMessage = true
        #expect(try await count([server], .vLLM, request) == 5)
        #expect(server.requests.first?.json["continue_final_message"] == .bool(true))
        #expect(server.requests.first?.json["add_generation_prompt"] == .bool(false))
    }

    @Test func moonshotEstimates() async throws {
        let server = try await Self.server(["/v1/tokenizers/estimate-token-count": "Moonshot"])
        var request = Self.request
        request.thinking = false
        #expect(try await count([server], .moonshot, request) == 80)
        #expect(
            server.requests.first?.json
                == (try JSONValue(
                    parsing: #"""
                        {"model": "kimi", "messages": [{"role": "user", "content": "Hi"}], "tools": \#(declared)}
                        """#)))
    }

    @Test func llamaServerWritesThePromptAndCutsIt() async throws {
        let server = try await Self.server([
            "/apply-template": "llama-server template", "/tokenize": "llama-server tokenize",
        ])
        #expect(try await count([server], .llamaServer) == 8)
        #expect(server.requests.map(\.path) == ["/apply-template", "/tokenize"])
        #expect(
            server.requests.last?.json
                == (try JSONValue(
                    parsing: #"""
                        {"content": "<|im_user|>user<|im_middle|>Hi<|im_end|><|im_assistant|>assistant<|im_middle|>",
                         "add_special": true, "parse_special": true}
                        """#)))
    }

    @Test func llamaServerDoesNotCountPicturesInTexts() async throws {
        let server = try await Self.server([:])
        let picture = Message(.user, [.image(Image(width: 2, height: 2, fill: (1, 2, 3)))])
        let request = GenerationRequest(Conversation([picture]))
        #expect(
            await failure([server], .llamaServer, request)
                == .unsupported("the server counts the tokens of texts, not of pictures"))
        #expect(server.requests.isEmpty)
    }

    @Test func newerLlamaServersCountEverything() async throws {
        let server = try await Self.server(["/v1/chat/completions/input_tokens": "llama-server input_tokens"])
        var form = RequestForm.llamaServer
        form.tokenCount = .inputTokens
        let picture = Message(.user, [.image(Image(width: 2, height: 2, fill: (1, 2, 3)))])
        #expect(try await count([server], form, GenerationRequest(Conversation([picture]))) == 11)
    }

    @Test func openAIDoesNotSay() async throws {
        let server = try await Self.server([:])
        #expect(
            await failure([server], .openAI) == .unsupported("the server does not say how many tokens a prompt has"))
        #expect(server.requests.isEmpty)
    }

    @Test func whatTheAbilitiesExcludeIsNotCounted() async throws {
        let server = try await Self.server([:])
        var request = GenerationRequest(Conversation([]))
        request.toolChoice = .required
        #expect(
            await failure([server], .vLLM, request) == .unsupported("a tool must be called and none is declared"))
    }

    @Test func anotherServerIsAskedWhenOneFails() async throws {
        let broken = try await ScriptedServer { _, exchange in try await exchange.answer(500, Remote.error("oops")) }
        let sound = try await Self.server(["/tokenize": "vLLM"])
        #expect(try await count([broken, sound], .vLLM) == 5)
        #expect(broken.requests.count == 1)
    }

    @Test func whenAllFailTheLastSaysWhy() async throws {
        let servers = [
            try await ScriptedServer { _, exchange in try await exchange.answer(500, Remote.error("oops")) },
            try await ScriptedServer { _, exchange in try await exchange.answer(200, Array("{}".utf8)) },
        ]
        #expect(
            await failure(servers, .vLLM)
                == .unavailable("127.0.0.1:\(servers[1].port): answers without a count of tokens"))
        #expect(servers.map(\.requests.count) == [1, 1])
    }

    @Test func aServerThatFailedIsNotAskedAgainWhileTheOtherRests() async throws {
        let broken = try await ScriptedServer { _, exchange in try await exchange.answer(500, Remote.error("oops")) }
        let busy = try await ScriptedServer { _, exchange in
            try await exchange.answer(429, Remote.error("slow down"), ["Retry-After": "600"])
        }
        let engine = try Remote.engine([broken, busy])
        for count in 1...2 {
            await #expect(throws: EngineError.self) { _ = try await engine.promptTokens(of: Self.request) }
            #expect(broken.requests.count == count)
        }
        #expect(busy.requests.count == 1)
    }

    @Test func aRefusalIsTheLastWord() async throws {
        let servers = [
            try await ScriptedServer { _, exchange in try await exchange.answer(400, Remote.error("no prompt")) },
            try await Self.server(["/tokenize": "vLLM"]),
        ]
        #expect(
            await failure(servers, .vLLM)
                == .unsupported("127.0.0.1:\(servers[0].port): refuses the request (status 400): no prompt"))
        #expect(servers[1].requests.isEmpty)
    }
}
