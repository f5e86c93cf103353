// Requests are written as each server documents them; the texts here are what goes over the wire.
import Foundation
import Inference
import Media
import Testing

struct RequestBodyTests {
    func text(
        _ request: GenerationRequest, _ form: RequestForm, key: RequestForm.ReasoningKey? = nil, maxTokens: Int = 100
    ) throws -> String {
        let body = try RequestBody(request, form: form, reasoningKey: key)
        return String(decoding: try body.bytes(model: "kimi", maxTokens: maxTokens), as: UTF8.self)
    }

    func messages(_ messages: [Message], thinking: Bool = false, _ form: RequestForm = .vLLM) throws -> JSONValue {
        let text = try text(GenerationRequest(Conversation(messages), thinking: thinking), form)
        return try #require(JSONValue(parsing: text)["messages"])
    }

    func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    let hello = Conversation([Message(.user, "Hi")])

    // MARK: Fields

    @Test func vLLM() throws {
        let request = GenerationRequest(
            hello, thinking: true, sampling: Sampling(temperature: 1, topP: 0.95, topK: 40, seed: 7), stop: ["</html>"])
        #expect(
            try text(request, .vLLM)
                == #"{"model":"kimi","messages":[{"role":"user","content":"Hi"}],"stream":true,"max_tokens":100,"#
                + #""stream_options":{"include_usage":true,"continuous_usage_stats":true},"temperature":1.0,"#
                + #""top_p":0.95,"top_k":40,"seed":7,"chat_template_kwargs":{"thinking":true},"stop":["</html>"]}"#)
    }

    @Test func moonshot() throws {
        let request = GenerationRequest(hello, sampling: Sampling(temperature: 0.6, topP: 0.95, seed: 7))
        #expect(
            try text(request, .moonshot)
                == #"{"model":"kimi","messages":[{"role":"user","content":"Hi"}],"stream":true,"max_tokens":100,"#
                + #""stream_options":{"include_usage":true},"thinking":{"type":"disabled"}}"#)
        #expect(
            try text(GenerationRequest(hello, thinking: true), .moonshot)
                .contains(#""thinking":{"type":"enabled"}"#))
    }

    @Test func openAI() throws {
        #expect(
            try text(GenerationRequest(hello), .openAI)
                == #"{"model":"kimi","messages":[{"role":"user","content":"Hi"}],"stream":true,"max_tokens":100,"#
                + #""stream_options":{"include_usage":true},"temperature":0.0,"top_p":1.0}"#)
    }

    @Test func everySwitchIsFollowed() throws {
        var form = RequestForm.vLLM
        form.thinkingArgument = "enable_thinking"
        form.lengthKey = .maxCompletionTokens
        form.sendsStop = false
        form.asksUsage = false
        form.sendsSeed = false
        form.extraFields = ["reasoning_effort": "\"low\"", "top_p": "0.5"]
        let request = GenerationRequest(hello, sampling: Sampling(temperature: 1, seed: 7), stop: ["x"])
        #expect(
            try text(request, form)
                == #"{"model":"kimi","messages":[{"role":"user","content":"Hi"}],"stream":true,"#
                + #""max_completion_tokens":100,"temperature":1.0,"chat_template_kwargs":{"enable_thinking":false},"#
                + #""reasoning_effort":"low","top_p":0.5}"#)
    }

    @Test func seedsOfMoreThan31BitsAreFolded() throws {
        let request = GenerationRequest(hello, sampling: Sampling(temperature: 1, seed: 0xffff_ffff_0000_0001))
        #expect(try text(request, .vLLM).contains("\"seed\":2147483646"))
    }

    @Test func whatTheServerCannotTakeIsRefused() throws {
        let topK = GenerationRequest(hello, sampling: Sampling(temperature: 1, topK: 5))
        #expect(throws: EngineError.self) { try text(topK, .openAI) }
        var form = RequestForm.vLLM
        form.extraFields = ["x": "{"]
        #expect(throws: EngineError.self) { try text(GenerationRequest(hello), form) }
        let tool = Tool(name: "f", description: "", parameters: "[]")
        #expect(throws: EngineError.self) {
            try text(GenerationRequest(Conversation(hello.messages, tools: [tool])), .vLLM)
        }
        let empty = Message(.user, [.video(VideoClip(frames: [], seconds: []))])
        #expect(throws: EngineError.self) { try text(GenerationRequest(Conversation([empty])), .vLLM) }
    }

    // MARK: Tools

    @Test func toolsAreDeclared() throws {
        let tool = Tool(name: "f", description: "Does it.", parameters: #"{"type": "object", "properties": {}}"#)
        let request = GenerationRequest(Conversation(hello.messages, tools: [tool]))
        let declared =
            #""tools":[{"type":"function","function":{"name":"f","description":"Does it.","#
            + #""parameters":{"properties":{},"type":"object"}}}]"#
        #expect(try text(request, .vLLM).hasSuffix(declared + #","tool_choice":"auto"}"#))
        var form = RequestForm.vLLM
        form.toolChoice = .required
        #expect(try text(request, form).hasSuffix(declared + #","tool_choice":"required"}"#))
        form.toolChoice = .unsaid
        #expect(try text(request, form).hasSuffix(declared + "}"))
    }

    @Test func callsAndTheirAnswersHaveTheFormThatKimiKnows() throws {
        let found = try messages([
            Message(.user, "Go"),
            Message(.assistant, [], toolCalls: [ToolCall(id: "call_7", name: "f", arguments: "{\"a\": 1}")]),
            Message(.tool, [.text("done")], name: "f", toolCallID: "call_7"),
        ])
        #expect(
            found
                == (try json(
                    #"""
                    [{"role": "user", "content": "Go"},
                     {"role": "assistant", "content": null, "tool_calls": [{"id": "functions.f:0", "type": "function",
                      "function": {"name": "f", "arguments": "{\"a\": 1}"}}]},
                     {"role": "tool", "name": "f", "content": "done", "tool_call_id": "functions.f:0"}]
                    """#)))
    }

    // MARK: Thoughts

    @Test func thoughtsGoBackUnderTheServersOwnName() throws {
        let said = Conversation([Message(.assistant, [.text("a")], reasoning: "r"), Message(.user, "b")])
        let request = GenerationRequest(said)
        #expect(try text(request, .vLLM).contains(#""content":"a","reasoning_content":"r"}"#))
        #expect(try text(request, .vLLM, key: .reasoning).contains(#""content":"a","reasoning":"r"}"#))
        #expect(try text(request, .moonshot, key: .reasoning).contains(#""content":"a","reasoning_content":"r"}"#))
    }

    @Test func missingThoughtsBehindCallsAreFilledWhileThinking() throws {
        let said = [
            Message(.assistant, "before"),
            Message(.assistant, [.text("a")], toolCalls: [ToolCall(id: "functions.f:0", name: "f", arguments: "{}")]),
        ]
        let field = { (value: JSONValue, index: Int) in
            guard case .array(let messages) = value else { return JSONValue?.none }
            return messages[index]["reasoning_content"]
        }
        let thinking = try messages(said, thinking: true)
        #expect(field(thinking, 0) == nil)
        #expect(field(thinking, 1) == .string(""))
        #expect(field(try messages(said, thinking: false), 1) == nil)
        #expect(field(try messages(said, thinking: true, .openAI), 1) == nil)
    }

    // MARK: Pictures and videos

    @Test func picturesAreDataURLs() throws {
        let picture = Image(width: 3, height: 2, fill: (1, 2, 3))
        let png = Data(try picture.encodedPNG()).base64EncodedString()
        let found = try messages([Message(.user, [.text(""), .image(picture), .text("What?")])])
        #expect(
            found
                == (try json(
                    #"""
                    [{"role": "user", "content": [
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,\#(png)"}},
                        {"type": "text", "text": "What?"}]}]
                    """#)))
        let decoded = try #require(Data(base64Encoded: png))
        #expect(try Image.decode(Array(decoded), name: "sent") == picture)
    }

    @Test func textsWithoutPicturesAreOneString() throws {
        #expect(
            try messages([Message(.system, [.text("a"), .text(""), .text("b")])])
                == (try json(#"[{"role": "system", "content": "ab"}]"#)))
    }

    @Test func videosAreKeyframesWithTheirTimes() throws {
        let frames = [Image(width: 2, height: 2, fill: (9, 9, 9)), Image(width: 4, height: 4, fill: (1, 1, 1))]
        let png = try frames.map { Data(try $0.encodedPNG()).base64EncodedString() }
        let message = Message(.user, [.video(VideoClip(frames: frames, seconds: [0, 61.25]))])
        #expect(
            try messages([message])
                == (try json(
                    #"""
                    [{"role": "user", "content": [
                        {"type": "text", "text": "00:00:00.000"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,\#(png[0])"}},
                        {"type": "text", "text": "00:01:01.250"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,\#(png[1])"}}]}]
                    """#)))
        var form = RequestForm.vLLM
        form.videoForm = .frameList
        #expect(
            try messages([message], form)
                == (try json(
                    #"""
                    [{"role": "user", "content": [{"type": "video_url",
                        "video_url": {"url": "data:video/jpeg;base64,\#(png[0]),\#(png[1])"}}]}]
                    """#)))
    }
}
