// Chat completions as OpenAI's clients send and read them.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Inference
import Jobs
import Media
import Testing

@testable import Server

struct CompletionRoutesTests {
    func completion(
        _ json: String, _ engine: ChatScript, _ test: @escaping @Sendable (TestResponse) throws -> Void
    ) async throws {
        try await run(engine) { service in try test(try await service.post("/v1/chat/completions", json: json)) }
    }

    func run(_ engine: ChatScript, _ test: @escaping @Sendable (TestService) async throws -> Void) async throws {
        try await TestService.run(chat: engine, works: false, test)
    }

    static let hello = #""messages": [{"role": "user", "content": "Hi"}]"#

    // MARK: Answers

    @Test func anAnswerHasTextThoughtsCallsAndCosts() async throws {
        let call = ToolCall(id: "functions.go:0", name: "go", arguments: #"{"x": 1}"#)
        let engine = ChatScript([.reasoning("hm"), .text("Go"), .text("od"), .toolCall(call)])
        let tools = #""tools": [{"type": "function", "function": {"name": "go", "parameters": {"type": "object"}}}]"#
        try await completion("{\(Self.hello), \(tools)}", engine) { answer in
            #expect(answer.status == .ok)
            #expect(answer.value("object") as? String == "chat.completion")
            #expect(answer.value("model") as? String == "script")
            #expect(answer.value("choices", 0, "message", "content") as? String == "Good")
            #expect(answer.value("choices", 0, "message", "reasoning_content") as? String == "hm")
            let told = answer.value("choices", 0, "message", "tool_calls", 0)
            #expect((told as? [String: Any])?.at("id") as? String == "functions.go:0")
            #expect((told as? [String: Any])?.at("function", "arguments") as? String == #"{"x": 1}"#)
            #expect(answer.value("choices", 0, "finish_reason") as? String == "tool_calls")
            #expect(answer.value("usage", "prompt_tokens") as? Int == 20)
            #expect(answer.value("usage", "total_tokens") as? Int == 25)
            #expect(answer.value("usage", "cached_tokens") as? Int == 8)
            #expect(answer.value("usage", "prompt_tokens_details", "cached_tokens") as? Int == 8)
        }
    }

    @Test func aStreamBeginsWithTheRoleAndEndsWithTheReasonTheCostsAndDone() async throws {
        let engine = ChatScript([.reasoning("hm"), .text("Go"), .text("od")])
        let stream = #""stream": true, "stream_options": {"include_usage": true}"#
        try await completion("{\(Self.hello), \(stream)}", engine) { answer in
            #expect(answer.headers[.contentType] == "text/event-stream")
            #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
            let chunks = answer.chunks
            #expect(chunks.first?.at("choices", 0, "delta", "role") as? String == "assistant")
            #expect(chunks.compactMap { $0.at("choices", 0, "delta", "content") as? String }.joined() == "Good")
            #expect(chunks.compactMap { $0.at("choices", 0, "delta", "reasoning_content") as? String } == ["hm"])
            #expect(chunks.dropLast().last?.at("choices", 0, "finish_reason") as? String == "stop")
            #expect(chunks.last?.at("usage", "completion_tokens") as? Int == 5)
            #expect((chunks.last?.at("choices") as? [Any])?.isEmpty == true)
            #expect(chunks.first?.keys.contains("usage") == true)
            #expect(Set(chunks.compactMap { $0["id"] as? String }).count == 1)
        }
    }

    @Test func aStreamedCallBeginsWithItsNameAndGoesOnWithItsArguments() async throws {
        func part(_ index: Int, _ name: String, _ more: String) -> GenerationEvent {
            .toolCallPart(ToolCallPart(index: index, id: "functions.\(name):\(index)", name: name, arguments: more))
        }
        let engine = ChatScript([
            part(0, "go", ""), part(0, "go", #"{"x""#), part(0, "go", ": 1}"),
            .toolCall(ToolCall(id: "functions.go:0", name: "go", arguments: #"{"x": 1}"#)),
            .toolCall(ToolCall(id: "functions.stay:1", name: "stay", arguments: "{}")),
        ])
        try await completion("{\(Self.hello), \"stream\": true}", engine) { answer in
            let pieces = answer.chunks.compactMap { $0.at("choices", 0, "delta", "tool_calls", 0) as? [String: Any] }
            #expect(pieces.map { $0.at("index") as? Int } == [0, 0, 0, 1])
            #expect(pieces[0].at("id") as? String == "functions.go:0")
            #expect(pieces[0].at("function", "name") as? String == "go")
            #expect(pieces[1].at("id") == nil)
            let first = pieces.prefix(3).compactMap { $0.at("function", "arguments") as? String }
            #expect(first.joined() == #"{"x": 1}"#)
            #expect(pieces[3].at("function", "arguments") as? String == "{}")
        }
    }

    @Test func partsOfSeveralCallsGoToTheirOwn() async throws {
        func part(_ index: Int, _ more: String) -> GenerationEvent {
            .toolCallPart(ToolCallPart(index: index, id: "functions.go:\(index)", name: "go", arguments: more))
        }
        let engine = ChatScript([part(0, ""), part(1, ""), part(0, "{}"), part(1, "[]")])
        try await completion("{\(Self.hello), \"stream\": true}", engine) { answer in
            let pieces = answer.chunks.compactMap { $0.at("choices", 0, "delta", "tool_calls", 0) as? [String: Any] }
            #expect(pieces.map { $0.at("index") as? Int } == [0, 1, 0, 1])
            #expect(pieces[2].at("function", "arguments") as? String == "{}")
        }
    }

    @Test func scoredTokensStandBesideTheTextTheyBelongTo() async throws {
        let token = ScoredToken(
            .init(bytes: Array("Go".utf8), logProbability: -0.5),
            likeliest: [.init(bytes: [0xff], logProbability: -.infinity)])
        let engine = ChatScript([.token(token), .text("Go")])
        let ask = #""logprobs": true, "top_logprobs": 1"#
        try await completion("{\(Self.hello), \(ask)}", engine) { answer in
            #expect(answer.value("choices", 0, "logprobs", "content", 0, "token") as? String == "Go")
            #expect(answer.value("choices", 0, "logprobs", "content", 0, "logprob") as? Double == -0.5)
            #expect(
                answer.value("choices", 0, "logprobs", "content", 0, "top_logprobs", 0, "logprob") as? Double == -9999)
        }
        #expect(engine.request?.scoredAlternatives == 1)
        try await completion("{\(Self.hello), \(ask), \"stream\": true}", engine) { answer in
            let chunk = answer.chunks.first { $0.at("choices", 0, "delta", "content") as? String == "Go" }
            #expect(chunk?.at("choices", 0, "logprobs", "content", 0, "bytes", 1) as? Int == 111)
        }
    }

    // MARK: Requests

    @Test func whatIsAskedReachesTheEngine() async throws {
        let engine = ChatScript([.text("x")])
        let body = """
            {"model": "any", "messages": [
              {"role": "developer", "content": "Be brief."},
              {"role": "user", "name": "ada", "content": [{"type": "text", "text": "What?"},
                {"type": "image_url", "image_url": {"url": "\(ChatPicture.url)", "detail": "high"}}]},
              {"role": "assistant", "content": null, "reasoning_content": "look", "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "go", "arguments": "{}"}}]},
              {"role": "tool", "tool_call_id": "call_1", "content": "done"},
              {"role": "assistant", "content": "It is", "partial": true}],
             "tools": [{"type": "function", "function": {"name": "go", "description": "Goes.",
               "parameters": {"type": "object", "properties": {}}}}],
             "tool_choice": {"type": "function", "function": {"name": "go"}}, "parallel_tool_calls": false,
             "response_format": {"type": "json_object"}, "temperature": 0.25, "top_p": 0.5, "top_k": 7, "seed": 9,
             "max_completion_tokens": 11, "stop": ["a", "b"], "thinking": {"type": "disabled"},
             "thinking_token_budget": 5, "n": 1, "presence_penalty": 0, "user": "u", "metadata": {"a": "b"}}
            """
        try await completion(body, engine) { #expect($0.status == .ok, "\($0.text)") }
        let request = try #require(engine.request)
        #expect(request.conversation.messages.map(\.role) == [.system, .user, .assistant, .tool, .assistant])
        #expect(request.conversation.messages[1].name == "ada")
        #expect(
            request.conversation.messages[1].content
                == [.text("What?"), .image(Image(width: 8, height: 6, fill: (200, 100, 50)))])
        #expect(request.conversation.messages[2].reasoning == "look")
        #expect(request.conversation.messages[3].toolCallID == "call_1")
        #expect(request.conversation.tools.map(\.description) == ["Goes."])
        #expect(request.toolChoice == .named("go"))
        #expect(!request.callsInParallel)
        #expect(request.format == .jsonObject)
        #expect(request.sampling == Sampling(temperature: 0.25, topP: 0.5, topK: 7, seed: 9))
        #expect(request.maxTokens == 11)
        #expect(request.stop == ["a", "b"])
        #expect(!request.thinking)
        #expect(request.thinkingTokens == 5)
        #expect(request.continuesLastMessage)
    }

    // A seed that went through a `Double` was rounded, and the largest refused.
    @Test(arguments: [9_007_199_254_740_993, Int.max])
    func aSeedKeepsItsDigits(seed: Int) async throws {
        let engine = ChatScript([.text("x")])
        try await completion("{\(Self.hello), \"seed\": \(seed)}", engine) { #expect($0.status == .ok) }
        #expect(engine.request?.sampling.seed == UInt64(seed))
    }

    @Test(arguments: [
        (#""thinking": {"type": "enabled"}"#, true), (#""reasoning_effort": "none""#, false),
        (#""reasoning_effort": "high""#, true), (#""chat_template_kwargs": {"thinking": false}"#, false),
        (#""user": "nobody""#, true),
    ])
    func thinkingIsSwitchedInEveryWayThatClientsKnow(ask: String, isOn: Bool) async throws {
        let engine = ChatScript([.text("x")])
        try await completion("{\(Self.hello), \(ask)}", engine) { #expect($0.status == .ok) }
        #expect(engine.request?.thinking == isOn)
        #expect(engine.request?.sampling.temperature == (isOn ? 1 : 0.6))
    }

    @Test(arguments: [
        "data:image/png;base64, \(ChatPicture.base64)", "data:image/.png;base64,\(ChatPicture.base64)",
        "DATA:;base64,\(ChatPicture.base64)",
    ])
    func pictureURLsAreForgivenWhatClientsGetWrong(url: String) async throws {
        let engine = ChatScript([.text("x")])
        let content = #"[{"type": "image_url", "image_url": "\#(url)"}]"#
        try await completion(#"{"messages": [{"role": "user", "content": \#(content)}]}"#, engine) {
            #expect($0.status == .ok, "\($0.text)")
        }
    }

    @Test(arguments: [
        (#"{"messages": []}"#, "messages"), ("{}", "messages"), (#"{"messages": 1}"#, "messages"),
        (#"{\#(hello), "n": 2}"#, "n"), (#"{\#(hello), "frequency_penalty": 0.5}"#, "frequency_penalty"),
        (#"{\#(hello), "logit_bias": {"1": 2}}"#, "logit_bias"), (#"{\#(hello), "what": 1}"#, "what"),
        (#"{\#(hello), "temperature": 3}"#, "temperature"), (#"{\#(hello), "top_logprobs": 2}"#, "top_logprobs"),
        (#"{\#(hello), "tool_choice": "required"}"#, "tool_choice"),
        (#"{\#(hello), "response_format": {"type": "yaml"}}"#, "response_format.type"),
        (
            #"{\#(hello), "tools": [{"type": "builtin_function", "function": {"name": "$web_search"}}]}"#,
            "tools[0].type"
        ),
        (#"{"messages": [{"role": "user"}]}"#, "messages[0].content"),
        (#"{"messages": [{"role": "robot", "content": "x"}]}"#, "messages[0].role"),
        (#"{"messages": [{"role": "user", "content": [{"type": "audio"}]}]}"#, "messages[0].content[0].type"),
        (
            #"{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y"}}]}]}"#,
            "messages[0].content[0].image_url.url"
        ),
        (
            #"{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,x"}}]}]}"#,
            "messages[0].content[0].image_url.url"
        ),
        (#"{"messages": [{"role": "tool", "tool_call_id": "c", "content": "x"}]}"#, "messages[0].tool_call_id"),
        (
            #"{"messages": [{"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f"}}]}, "#
                + #"{"role": "user", "content": "x"}]}"#, "messages[1]"
        ),
    ])
    func whatIsWrongIsNamedByItsPlace(body: String, param: String) async throws {
        let engine = ChatScript([.text("x")])
        try await completion(body, engine) { answer in
            #expect(answer.status == .badRequest || answer.status == .unsupportedMediaType, "\(answer.text)")
            #expect(answer.value("error", "param") as? String == param)
            #expect(answer.value("error", "type") as? String == "invalid_request_error")
            #expect(!(answer.value("error", "message") as? String ?? "").isEmpty)
        }
        #expect(engine.request == nil)
    }

    // Its path on the service's machine was told.
    @Test func whatIsWrongWithAKeptFileIsSaidOfItsPlace() async throws {
        try await run(ChatScript([.text("x")])) { service in
            // The head is whole, so that the file is kept.
            let cut = Array(Picture.png().dropLast(20))
            let form = Form().field("purpose", "image").file("a.png", cut, field: "file")
            let id = try #require(try await service.post("/v1/files", form: form).string("id"))
            let content = #"[{"type": "image_url", "image_url": {"url": "ms://\#(id)"}}]"#
            let answer = try await service.post(
                "/v1/chat/completions", json: #"{"messages": [{"role": "user", "content": \#(content)}]}"#)
            #expect(answer.value("error", "code") as? String == "corrupt_media")
            let message = try #require(answer.value("error", "message") as? String)
            #expect(message.hasPrefix("messages[0].content[0].image_url.url: "))
            #expect(!message.contains(service.store.directory))
        }
    }

    @Test func thePicturesOfAConversationHaveOnlySoManyPixels() async throws {
        try await run(ChatScript()) { service in
            let media = ChatMedia(
                store: service.store, limits: ServerConfiguration().limits, abilities: ChatScript().abilities,
                keyID: "local", mostPixels: 100)
            let place = try RequestPlace(body: Array(#"{"url": "\#(ChatPicture.url)"}"#.utf8)).required("url")
            for _ in 0..<2 { _ = try await media.image(place) }
            await #expect(throws: Problem.self) { _ = try await media.image(place) }
        }
    }

    // MARK: Failures

    @Test(arguments: [
        (EngineError.contextExceeded(promptTokens: 9, contextTokens: 8), 400, "engine_context_exceeded"),
        (.unsupported("no"), 400, "engine_refused"), (.unavailable("gone"), 503, "engine_unavailable"),
    ])
    func anEngineThatFailsBeforeItSpeaksGivesAStatus(error: EngineError, status: Int, code: String) async throws {
        for stream in ["false", "true"] {
            try await completion("{\(Self.hello), \"stream\": \(stream)}", ChatScript(failure: error)) { answer in
                #expect(Int(answer.status.code) == status)
                #expect(answer.value("error", "code") as? String == code)
            }
        }
    }

    @Test func anEngineThatFailsWhileItSpeaksSaysSoInTheStream() async throws {
        let engine = ChatScript([.text("Go")], failure: .unavailable("gone"))
        try await completion("{\(Self.hello), \"stream\": true}", engine) { answer in
            #expect(answer.status == .ok)
            #expect(answer.chunks.last?.at("error", "code") as? String == "engine_unavailable")
            #expect(!answer.text.contains("[DONE]"))
        }
    }

    // The stream ended as if its answer was whole.
    @Test func aServiceThatShutsDownSaysSoInTheStream() async throws {
        let engine = ChatScript([.text("Good")], held: true)
        let (ports, hasBegun) = (AsyncStream<Int>.makeStream(), HangUpSignal())
        let listener = Task {
            defer { hasBegun.fire() }
            guard let port = await ports.stream.first(where: { _ in true }) else { return "" }
            return try await RawConnection.open(port: port) { connection in
                let body = "{\(Self.hello), \"stream\": true}"
                try await connection.say(
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                try await connection.hear("Good")
                hasBegun.fire()
                return try await connection.hear("shutting_down")
            }
        }
        try await TestService.run(.live, chat: engine, works: false) { service in
            ports.continuation.yield(try #require(service.client.port))
            await hasBegun.wait()
        }
        let heard = try await listener.value
        #expect(heard.contains("shutting_down"))
        #expect(!heard.contains("[DONE]"))
    }

    @Test func aClientThatHangsUpEndsTheAnswer() async throws {
        for stream in ["false", "true"] {
            let engine = ChatScript([.text("Go")], held: true)
            try await TestService.run(.live, chat: engine, works: false) { service in
                let port = try #require(service.client.port)
                let body = "{\(Self.hello), \"stream\": \(stream)}"
                try await RawConnection.open(port: port) { connection in
                    try await connection.say(
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                    while engine.request == nil { try await Task.sleep(for: .milliseconds(5)) }
                }
                await engine.wasCancelled.wait()
            }
        }
    }

    // MARK: Engines that write pages

    @Test func anEngineWithoutInstructionsIsShownThePictureAndItsAnswerIsAPage() async throws {
        let dialect = Dialect(stylesheet: ".b{color:red}")
        let engine = ChatScript(
            [.text("<body><p class=\"b\">One"), .text("</p></body>")], followsInstructions: false, dialect: dialect)
        let content =
            #"[{"type": "text", "text": "Convert"}, {"type": "image_url", "image_url": "\#(ChatPicture.url)"}]"#
        for stream in ["false", "true"] {
            let body = #"{"messages": [{"role": "user", "content": \#(content)}], "stream": \#(stream)}"#
            try await completion(body, engine) { answer in
                let whole = answer.value("choices", 0, "message", "content") as? String
                let pieces = answer.chunks.compactMap { $0.at("choices", 0, "delta", "content") as? String }
                let page = whole ?? pieces.joined()
                #expect(page.hasPrefix("<!doctype html>"))
                #expect(page.contains("One"))
                #expect(page.contains("color:red") || page.contains("color: red"))
            }
        }
        #expect(engine.request?.conversation.messages.map(\.content.count) == [1])
        #expect(engine.request?.sampling.temperature == 0)
        try await completion("{\(Self.hello)}", engine) { answer in
            #expect(answer.status == .badRequest)
            #expect(answer.value("error", "code") as? String == "engine_no_instructions")
        }
    }

    // MARK: Models and counts

    @Test func theModelIsListedAndRead() async throws {
        try await run(ChatScript()) { service in
            let list = try await service.send(.get, "/v1/models")
            #expect(list.value("data", 0, "id") as? String == "script")
            #expect(list.value("data", 0, "max_model_len") as? Int == 4096)
            #expect(try await service.send(.get, "/v1/models/script").value("object") as? String == "model")
            let other = try await service.send(.get, "/v1/models/other")
            #expect(other.status == .notFound)
            #expect(other.value("error", "type") as? String == "resource_not_found_error")
        }
    }

    @Test func aModelIsReadByANameWithASlash() async throws {
        try await run(ChatScript(modelName: "moonshotai/Kimi-K2.5")) { service in
            for name in ["moonshotai/Kimi-K2.5", "moonshotai%2FKimi-K2.5"] {
                let model = try await service.send(.get, "/v1/models/" + name)
                #expect(model.value("id") as? String == "moonshotai/Kimi-K2.5")
            }
        }
    }

    @Test func tokensAreCounted() async throws {
        try await run(ChatScript()) { service in
            let count = try await service.post("/v1/tokenizers/estimate-token-count", json: "{\(Self.hello)}")
            #expect(count.value("data", "total_tokens") as? Int == 42)
        }
    }
}
