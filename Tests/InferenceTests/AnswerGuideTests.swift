// Answers that are kept to a format or to calls, written by a core that would write anything.
import Foundation
import Inference
import Model
import Testing

struct AnswerGuideTests {
    let tokenizer: Tokenizer

    init() throws { tokenizer = try ChatFixtures.tokenizer() }

    /// An engine that finds every token about as likely as any other, and likes some tokens best.
    func engine(liking liked: [Int] = [], seed: Int = 0) throws -> CoreEngine<FakeCore> {
        let count = tokenizer.count
        let core = FakeCore { contents in
            var logits = scatteredLogits(contents + [seed], count: count)
            for token in liked { logits[token] += 20 }
            return logits
        }
        let abilities = Abilities(
            modelName: "fake", contextTokens: 4000, readsImages: true, readsVideo: true, callsTools: true,
            followsInstructions: true)
        return try CoreEngine(core, tokenizer, abilities: abilities, endTokens: [])
    }

    struct Heard {
        var text = ""
        var reasoning = ""
        var calls: [ToolCall] = []
        var reason = GenerationSummary.FinishReason.cancelled
        var tokens = 0
    }

    func answer(_ engine: some Engine, _ request: GenerationRequest) async throws -> Heard {
        var heard = Heard()
        for try await event in engine.generate(request) {
            switch event {
            case .text(let more): heard.text += more
            case .reasoning(let more): heard.reasoning += more
            case .toolCall(let call): heard.calls.append(call)
            case .finished(let summary): (heard.reason, heard.tokens) = (summary.reason, summary.completionTokens)
            case .encoded, .prefilled, .token, .toolCallPart: break
            }
        }
        return heard
    }

    func special(_ name: String) throws -> Int { try #require(tokenizer.specialID(name)) }

    static let schema = """
        {"type": "object", "properties": {"name": {"type": "string"}, "sizes": {"type": "array", "items": \
        {"type": "integer", "minimum": 1, "maximum": 9}, "minItems": 2}, "kind": {"enum": ["a", "b"]}}, \
        "required": ["name", "sizes", "kind"], "additionalProperties": false}
        """

    func request(
        _ format: AnswerFormat = .text, tools: [Tool] = [], choice: ToolChoice = .auto, thinking: Bool = false,
        maxTokens: Int = 400, seed: Int
    ) -> GenerationRequest {
        var request = GenerationRequest(
            Conversation([Message(.user, "Hi")], tools: tools), thinking: thinking,
            sampling: Sampling(temperature: 1, seed: UInt64(seed)), maxTokens: maxTokens)
        request.format = format
        request.toolChoice = choice
        return request
    }

    func expectFits(_ text: String) throws {
        let value = try JSONValue(parsing: text)
        guard case .object(let members) = value, case .string? = value["name"], case .array(let sizes)? = value["sizes"]
        else {
            Issue.record("\(text)")
            return
        }
        #expect(members.count == 3)
        #expect(sizes.count >= 2)
        #expect([.string("a"), .string("b")].contains(value["kind"]))
    }

    @Test(arguments: [120, 400]) func whateverTheModelLikesJSONOfASchemaComesOut(maxTokens: Int) async throws {
        for seed in 0..<4 {
            let heard = try await answer(
                try engine(seed: seed),
                request(.jsonSchema(name: "x", schema: Self.schema), maxTokens: maxTokens, seed: seed))
            try expectFits(heard.text)
            #expect(heard.tokens <= maxTokens)
        }
    }

    @Test func aJSONObjectComesToItsEndWhereTheTokensDo() async throws {
        let open = tokenizer.encode("{") + tokenizer.encode("[")
        for limit in [8, 20, 61] {
            let heard = try await answer(try engine(liking: open), request(.jsonObject, maxTokens: limit, seed: limit))
            _ = try JSONValue(parsing: heard.text)
            #expect(heard.tokens <= limit)
        }
    }

    @Test func thoughtsLeaveRoomForTheFormat() async throws {
        let heard = try await answer(
            try engine(liking: tokenizer.encode("m")),
            request(.jsonSchema(name: "x", schema: Self.schema), thinking: true, maxTokens: 150, seed: 3))
        #expect(!heard.reasoning.isEmpty)
        try expectFits(heard.text)
    }

    let tools = [
        Tool(name: "resize", description: "", parameters: schema),
        Tool(name: "list_all", description: "", parameters: #"{"type": "object", "properties": {}}"#),
    ]

    @Test func requiredCallsAreOfToolsThatAreThere() async throws {
        for seed in 0..<4 {
            let heard = try await answer(
                try engine(seed: seed), request(tools: tools, choice: .required, maxTokens: 300, seed: seed))
            #expect(!heard.calls.isEmpty)
            #expect(heard.text.isEmpty)
            for (index, call) in heard.calls.enumerated() {
                #expect(call.id == "functions.\(call.name):\(index)")
                if call.name == "resize" { try expectFits(call.arguments) } else { #expect(call.name == "list_all") }
            }
        }
    }

    @Test func oneNamedToolIsCalledOnce() async throws {
        let begin = try special("<|tool_call_begin|>")
        let heard = try await answer(
            try engine(liking: [begin]), request(tools: tools, choice: .named("resize"), seed: 5))
        #expect(heard.calls.map(\.name) == ["resize"])
        #expect(heard.reason == .toolCalls)
    }

    @Test func callsComeOneByOneWhereTheyMayNotComeTogether() async throws {
        let begin = try special("<|tool_call_begin|>")
        var request = request(tools: tools, choice: .required, seed: 6)
        request.callsInParallel = false
        #expect(try await answer(try engine(liking: [begin]), request).calls.count == 1)
        request.callsInParallel = true
        #expect(try await answer(try engine(liking: [begin]), request).calls.count > 1)
    }

    @Test func noToolIsCalledWhereNoneMayBe() async throws {
        let begin = try special("<|tool_calls_section_begin|>")
        let free = try await answer(try engine(liking: [begin]), request(tools: tools, maxTokens: 200, seed: 7))
        #expect(!free.calls.isEmpty)
        let kept = try await answer(
            try engine(liking: [begin]), request(tools: tools, choice: .none, maxTokens: 30, seed: 7))
        #expect(kept.calls.isEmpty)
        #expect(!kept.text.isEmpty)
        let thought = try await answer(
            try engine(liking: [begin]), request(tools: tools, choice: .none, thinking: true, maxTokens: 30, seed: 7))
        #expect(thought.calls.isEmpty)
    }

    /// An end of a call without its beginning ended nothing for the reader of the answer, but let a call begin.
    @Test func marksOfCallsOutsideOfCallsMeanNothing() async throws {
        let (begin, end) = (try special("<|tool_call_begin|>"), try special("<|tool_call_end|>"))
        for thinking in [false, true] {
            let kept = try await answer(
                try engine(liking: [begin, end]), request(tools: tools, choice: .none, thinking: thinking, seed: 8))
            #expect(kept.calls.isEmpty)
        }
        let called = try await answer(
            try engine(liking: [end, try special("<|tool_calls_section_end|>")]),
            request(tools: tools, choice: .named("list_all"), thinking: true, seed: 8))
        #expect(called.calls.map(\.name) == ["list_all"])
    }

    @Test func aSchemaThatCannotBeKeptIsRefused() async throws {
        let strange = #"{"not": {"type": "string"}}"#
        let engine = try engine()
        await #expect(throws: EngineError.self) {
            _ = try await answer(engine, request(.jsonSchema(name: "x", schema: strange), seed: 1))
        }
        await #expect(throws: EngineError.self) {
            _ = try await answer(engine, request(.jsonSchema(name: "x", schema: "{"), seed: 1))
        }
    }

    @Test func anEndIsWrittenAsItWasFound() async throws {
        // A member that nobody asked for would be shorter to begin than the one that must stand.
        let schema =
            #"{"type": "object", "properties": {"a_name_of_some_length": {}}, "required": ["a_name_of_some_length"]}"#
        for limit in 40..<60 {
            let heard = try await answer(
                try engine(liking: tokenizer.encode(" "), seed: limit),
                request(.jsonSchema(name: "x", schema: schema), maxTokens: limit, seed: limit))
            let value = try JSONValue(parsing: heard.text)
            #expect(value["a_name_of_some_length"] != nil, "\(heard.text)")
        }
    }
}
