// Messages as Anthropic's clients send and read them.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Inference
import Jobs
import Media
import Testing

@testable import Server

struct MessageRoutesTests {
    func message(
        _ json: String, _ engine: ChatScript, _ test: @escaping @Sendable (TestResponse) throws -> Void
    ) async throws {
        try await TestService.run(chat: engine, works: false) { service in
            try test(try await service.post("/v1/messages", json: json))
        }
    }

    static let hello = #""max_tokens": 50, "messages": [{"role": "user", "content": "Hi"}]"#

    @Test func anAnswerIsBlocksInOrder() async throws {
        let call = ToolCall(id: "functions.go:0", name: "go", arguments: #"{"x": 1}"#)
        let engine = ChatScript([.reasoning("hm"), .text("Good"), .toolCall(call)])
        try await message("{\(Self.hello)}", engine) { answer in
            #expect(answer.status == .ok)
            #expect(answer.value("type") as? String == "message")
            #expect(answer.value("content", 0, "thinking") as? String == "hm")
            #expect(answer.value("content", 1, "text") as? String == "Good")
            #expect(answer.value("content", 2, "name") as? String == "go")
            #expect(answer.value("content", 2, "input", "x") as? Int == 1)
            #expect(answer.value("stop_reason") as? String == "tool_use")
            #expect(answer.value("usage", "input_tokens") as? Int == 12)
            #expect(answer.value("usage", "cache_read_input_tokens") as? Int == 8)
            #expect(answer.value("usage", "output_tokens") as? Int == 5)
        }
    }

    @Test func aStreamOpensFillsAndClosesItsBlocks() async throws {
        let part = ToolCallPart(index: 0, id: "functions.go:0", name: "go", arguments: "")
        var more = part
        more.arguments = #"{"x": 1}"#
        let engine = ChatScript([
            .reasoning("hm"), .text("Go"), .text("od"), .toolCallPart(part), .toolCallPart(more),
            .toolCall(ToolCall(id: "functions.go:0", name: "go", arguments: #"{"x": 1}"#)),
        ])
        try await message("{\(Self.hello), \"stream\": true}", engine) { answer in
            #expect(
                answer.eventNames == [
                    "message_start", "ping", "content_block_start", "content_block_delta", "content_block_delta",
                    "content_block_stop", "content_block_start", "content_block_delta", "content_block_delta",
                    "content_block_stop", "content_block_start", "content_block_delta", "content_block_stop",
                    "message_delta", "message_stop",
                ])
            let chunks = answer.chunks
            #expect(chunks.map { $0["type"] as? String } == answer.eventNames)
            #expect(chunks.compactMap { $0.at("delta", "text") as? String } == ["Go", "od"])
            #expect(chunks.compactMap { $0.at("delta", "partial_json") as? String } == [#"{"x": 1}"#])
            let starts = chunks.filter { $0["type"] as? String == "content_block_start" }
            #expect(starts.map { $0["index"] as? Int } == [0, 1, 2])
            #expect(chunks.dropLast().last?.at("delta", "stop_reason") as? String == "tool_use")
        }
    }

    @Test func whatIsAskedReachesTheEngine() async throws {
        let engine = ChatScript([.text("x")])
        let body = """
            {"model": "any", "max_tokens": 11, "system": [{"type": "text", "text": "Be brief.",
               "cache_control": {"type": "ephemeral"}}],
             "messages": [
              {"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "image", "source":
                {"type": "base64", "media_type": "image/png", "data": "\(ChatPicture.base64)"}}]},
              {"role": "assistant", "content": [{"type": "thinking", "thinking": "look", "signature": "s"},
                {"type": "tool_use", "id": "t1", "name": "go", "input": {"x": 1}}]},
              {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "is_error": true,
                "content": [{"type": "text", "text": "no"}]}, {"type": "text", "text": "Again"}]},
              {"role": "assistant", "content": "It is"}],
             "tools": [{"name": "go", "description": "Goes.", "input_schema": {"type": "object"}}],
             "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
             "thinking": {"type": "enabled", "budget_tokens": 1024}, "temperature": 0.5, "top_k": 3,
             "stop_sequences": ["END"], "metadata": {"user_id": "u"}}
            """
        try await message(body, engine) { #expect($0.status == .ok, "\($0.text)") }
        let request = try #require(engine.request)
        let messages = request.conversation.messages
        #expect(messages.map(\.role) == [.system, .user, .assistant, .tool, .user, .assistant])
        #expect(messages[1].content.count == 2)
        #expect(messages[2].reasoning == "look")
        #expect(messages[2].toolCalls == [ToolCall(id: "t1", name: "go", arguments: #"{"x": 1}"#)])
        #expect(messages[3].content == [.text("Error: "), .text("no")])
        #expect(messages[3].toolCallID == "t1")
        #expect(request.continuesLastMessage)
        #expect(request.toolChoice == .required)
        #expect(!request.callsInParallel)
        #expect(request.thinking)
        #expect(request.thinkingTokens == 1024)
        #expect(request.maxTokens == 11)
        #expect(request.stop == ["END"])
        #expect(request.sampling.topK == 3)
    }

    @Test(arguments: [
        (#"{"messages": [{"role": "user", "content": "Hi"}]}"#, "max_tokens"),
        (#"{"max_tokens": 1, "messages": []}"#, "messages"), (#"{\#(hello), "mcp_servers": []}"#, "mcp_servers"),
        (#"{\#(hello), "tools": [{"type": "web_search_20250305", "name": "web_search"}]}"#, "tools[0].type"),
        (
            #"{\#(hello), "tools": [{"name": "a", "input_schema": {}}, {"name": "a", "input_schema": {}}]}"#,
            "tools[1].name"
        ),
        (#"{"max_tokens": 1, "messages": [{"role": "system", "content": "x"}]}"#, "messages[0].role"),
        (
            #"{"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "document"}]}]}"#,
            "messages[0].content[0].type"
        ),
    ])
    func whatIsWrongIsToldInTheClientsWords(body: String, param: String) async throws {
        try await message(body, ChatScript([.text("x")])) { answer in
            #expect(answer.status == .badRequest)
            #expect(answer.value("type") as? String == "error")
            #expect(answer.value("error", "type") as? String == "invalid_request_error")
            #expect(answer.value("error", "param") as? String == param)
        }
    }

    @Test func anEngineThatFailsWhileItSpeaksSaysSoInTheStream() async throws {
        let engine = ChatScript([.text("Go")], failure: .unavailable("gone"))
        try await message("{\(Self.hello), \"stream\": true}", engine) { answer in
            #expect(answer.eventNames.last == "error")
            #expect(answer.chunks.last?.at("error", "type") as? String == "overloaded_error")
        }
    }

    @Test func tokensAreCountedWithoutABound() async throws {
        try await TestService.run(chat: ChatScript(), works: false) { service in
            let body = #"{"messages": [{"role": "user", "content": "Hi"}]}"#
            let count = try await service.post("/v1/messages/count_tokens", json: body)
            #expect(count.value("input_tokens") as? Int == 42)
        }
    }

    @Test func theKeyMayComeAsAnthropicsClientsSendIt() async throws {
        try await TestService.run(chat: ChatScript([.text("x")]), works: false, configure: { $0.auth = .required }) {
            service in
            let key = try await service.store.createKey(name: "test")
            let body = "{\(Self.hello)}"
            #expect(try await service.post("/v1/messages", json: body).status == .unauthorized)
            let right = try await service.post("/v1/messages", json: body, headers: [.apiKey: key.secret])
            #expect(right.status == .ok)
            let wrong = try await service.post("/v1/messages", json: body, headers: [.apiKey: "bk_no_no"])
            #expect(wrong.status == .unauthorized)
            #expect(wrong.value("error", "type") as? String == "authentication_error")
        }
    }
}
