// What a request asks of an answer besides its words: a format, calls, a bound for thoughts, a beginning, probabilities.
// Each kind of server is told in its own way, and what it has no way to do is refused.
import Foundation
import Inference
import Media
import Testing

struct RequestTermsTests {
    static let tools = ["f", "g"].map { Tool(name: $0, description: "", parameters: "{}") }

    /// The body of a request.
    func body(
        _ form: RequestForm, _ messages: [Message] = [Message(.user, "Hi")], tools: [Tool] = [],
        _ change: (inout GenerationRequest) -> Void
    ) throws -> JSONValue {
        var request = GenerationRequest(Conversation(messages, tools: tools))
        change(&request)
        let body = try RequestBody(request, form: form, reasoningKey: nil)
        return try JSONValue(parsing: try body.bytes(model: "kimi", maxTokens: 100))
    }

    func refusal(
        _ form: RequestForm, _ messages: [Message] = [Message(.user, "Hi")], tools: [Tool] = [],
        _ change: (inout GenerationRequest) -> Void
    ) -> String? {
        do { _ = try body(form, messages, tools: tools, change) } catch {
            return if case .unsupported(let words)? = error as? EngineError { words } else { "\(error)" }
        }
        return nil
    }

    func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    // MARK: Formats

    @Test func formatsAreSentAsOpenAIWritesThem() throws {
        #expect(try body(.vLLM) { _ in }["response_format"] == nil)
        #expect(
            try body(.moonshot) { $0.format = .jsonObject }["response_format"]
                == (try json(#"{"type": "json_object"}"#)))
        let schema = #"{"type": "object", "required": ["b", "a"]}"#
        #expect(
            try body(.openAI) { $0.format = .jsonSchema(name: "pair", schema: schema) }["response_format"]
                == (try json(
                    #"{"type": "json_schema", "json_schema": {"name": "pair", "schema": \#(schema), "strict": true}}"#))
        )
        #expect(
            refusal(.vLLM) { $0.format = .jsonSchema(name: "pair", schema: "{") }?
                .hasPrefix("the JSON Schema pair is not JSON: ") == true)
    }

    // MARK: Calls

    @Test(arguments: [
        (ToolChoice.auto, #""auto""#), (.none, #""none""#), (.required, #""required""#),
        (.named("g"), #"{"type": "function", "function": {"name": "g"}}"#),
    ])
    func theChoiceOfToolsIsSent(choice: ToolChoice, sent: String) throws {
        let body = try body(.vLLM, tools: Self.tools) { $0.toolChoice = choice }
        #expect(body["tool_choice"] == (try json(sent)))
        #expect(body["tools"]?.count == 2)
    }

    @Test func whatTheFormSaysHoldsOnlyWhereTheModelDecides() throws {
        var form = RequestForm.vLLM
        form.toolChoice = .unsaid
        #expect(try body(form, tools: Self.tools) { _ in }["tool_choice"] == nil)
        #expect(try body(form, tools: Self.tools) { $0.toolChoice = .none }["tool_choice"] == .string("none"))
        #expect(try body(form, tools: Self.tools) { $0.toolChoice = .required }["tool_choice"] == .string("required"))
    }

    @Test func llamaServerIsShownTheNamedToolAlone() throws {
        let body = try body(.llamaServer, tools: Self.tools) { $0.toolChoice = .named("g") }
        #expect(body["tool_choice"] == .string("required"))
        #expect(body["tools"]?.count == 1)
        #expect(body["tools"]?.first?["function"]?["name"] == .string("g"))
        #expect(body["parallel_tool_calls"] == .bool(false))
    }

    @Test func moonshotIsNotForcedToCallWhileItThinks() throws {
        let words = "the server refuses that a tool must be called while the model thinks; do not think"
        for choice in [ToolChoice.required, .named("f")] {
            #expect(
                refusal(.moonshot, tools: Self.tools) {
                    $0.thinking = true
                    $0.toolChoice = choice
                } == words)
            #expect(refusal(.moonshot, tools: Self.tools) { $0.toolChoice = choice } == nil)
            #expect(
                refusal(.vLLM, tools: Self.tools) {
                    $0.thinking = true
                    $0.toolChoice = choice
                } == nil)
        }
        var form = RequestForm.moonshot
        form.toolChoice = .required
        #expect(refusal(form, tools: Self.tools) { $0.thinking = true } == words)
        #expect(refusal(form) { $0.thinking = true } == nil)
    }

    @Test(arguments: [
        (RequestForm.vLLM, true, JSONValue?.none), (.vLLM, false, .bool(false)),
        (.llamaServer, true, .bool(true)), (.llamaServer, false, .bool(false)),
        (.moonshot, true, nil), (.moonshot, false, nil),
    ])
    func severalCallsAreAllowedOrForbidden(form: RequestForm, parallel: Bool, sent: JSONValue?) throws {
        #expect(
            try body(form, tools: Self.tools) { $0.callsInParallel = parallel }["parallel_tool_calls"] == sent)
        #expect(try body(form) { $0.callsInParallel = parallel }["parallel_tool_calls"] == nil)
    }

    // MARK: Thoughts

    @Test(arguments: [
        (RequestForm.vLLM, "thinking_token_budget", "64"),
        (.llamaServer, "thinking_budget_tokens", "64"),
        (.sglang, "custom_params", #"{"thinking_budget": 64}"#),
    ])
    func thoughtsAreBoundedByTheServersOwnField(form: RequestForm, key: String, sent: String) throws {
        let found = try body(form) {
            $0.thinking = true
            $0.thinkingTokens = 64
        }
        #expect(found[key] == (try json(sent)))
        #expect(try body(form) { $0.thinking = true }[key] == nil)
        #expect(try body(form) { $0.thinkingTokens = 64 }[key] == nil)
    }

    @Test(arguments: [RequestForm.moonshot, .openAI])
    func aBoundThatTheServerLacksIsRefusedWhereThereAreThoughts(form: RequestForm) {
        #expect(
            refusal(form) {
                $0.thinking = true
                $0.thinkingTokens = 64
            } == "the server cannot bound thoughts alone; bound the whole answer")
        #expect(refusal(form) { $0.thinkingTokens = 64 } == nil)
    }

    // MARK: Going on

    static let begun = [Message(.user, "Hi"), Message(.assistant, "<bo")]

    @Test(arguments: [RequestForm.vLLM, .sglang, .llamaServer])
    func serversAreAskedToGoOn(form: RequestForm) throws {
        let found = try body(form, Self.begun) { $0.continuesLastMessage = true }
        #expect(found["continue_final_message"] == .bool(true))
        #expect(found["add_generation_prompt"] == .bool(false))
        #expect(try body(form) { _ in }["add_generation_prompt"] == nil)
    }

    @Test func moonshotIsAskedInTheMessage() throws {
        let found = try body(.moonshot, Self.begun) { $0.continuesLastMessage = true }
        #expect(
            found["messages"]
                == (try json(
                    #"""
                    [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "<bo", "partial": true}]
                    """#)))
        #expect(found["continue_final_message"] == nil)
        #expect(try body(.moonshot, Self.begun) { _ in }["messages"]?.items?.last?["partial"] == nil)
    }

    @Test func whereNobodyCanGoOnItIsRefused() {
        #expect(
            refusal(.openAI, Self.begun) { $0.continuesLastMessage = true } == "the server cannot go on with a message")
    }

    @Test func llamaServerWouldGoOnUnasked() {
        #expect(
            refusal(.llamaServer, Self.begun) { _ in }
                == "the server would go on with the last message, one of the assistant's, though not asked")
        #expect(refusal(.vLLM, Self.begun) { _ in } == nil)
    }

    @Test(arguments: [
        Message(.user, "a"), Message(.assistant, ""), Message(.assistant, [], reasoning: "r"),
        Message(.assistant, [.text("a"), .image(Image(width: 2, height: 2, fill: (1, 2, 3)))]),
        Message(.assistant, [.text("a")], toolCalls: [ToolCall(id: "functions.f:0", name: "f", arguments: "{}")]),
    ])
    func onlyTextCanBeContinued(message: Message) {
        #expect(
            refusal(.vLLM, [Message(.user, "Hi"), message]) { $0.continuesLastMessage = true }
                == "only a last message of the assistant's that is text alone can be continued")
    }

    // MARK: Probabilities

    @Test(arguments: [(0, "1"), (1, "1"), (20, "20")])
    func probabilitiesAreAskedFor(count: Int, sent: String) throws {
        let found = try body(.vLLM) { $0.scoredAlternatives = count }
        #expect(found["logprobs"] == .bool(true))
        #expect(found["top_logprobs"] == .number(sent))
        #expect(try body(.vLLM) { _ in }["logprobs"] == nil)
    }

    @Test func moonshotTellsNoProbabilities() {
        #expect(refusal(.moonshot) { $0.scoredAlternatives = 0 } == "the server tells no probabilities of tokens")
    }

    // MARK: Forms

    @Test(arguments: [
        ("vLLM", RequestForm.vLLM), ("sglang", .sglang), ("llamaServer", .llamaServer), ("moonshot", .moonshot),
        ("openAI", .openAI),
    ])
    func aFormMayBeginWithThePresetOfItsServer(server: String, preset: RequestForm) throws {
        var expected = preset
        expected.sendsStop = false
        let text = "{\"server\": \"\(server)\", \"sendsStop\": false}"
        #expect(try JSONDecoder().decode(RequestForm.self, from: Data(text.utf8)) == expected)
        #expect(try JSONDecoder().decode(RequestForm.self, from: JSONEncoder().encode(preset)) == preset)
    }

    @Test func aServerOfWhichNothingIsKnownHasNoPreset() {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(RequestForm.self, from: Data(#"{"server": "other"}"#.utf8))
        }
    }
}

extension JSONValue {
    fileprivate var items: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    fileprivate var count: Int? { items?.count }
    fileprivate var first: JSONValue? { items?.first }
}
