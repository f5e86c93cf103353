// What a request may ask of an answer beyond its text: scored tokens, calls in parts, short thoughts, an answer that goes
// on, a count without an answer.
import Foundation
import Inference
import Media
import Testing

struct AnswerOptionsTests {
    let tokenizer: Tokenizer

    init() throws { tokenizer = try ChatFixtures.tokenizer() }

    func special(_ name: String) throws -> Int { try #require(tokenizer.specialID(name)) }

    /// An engine whose next token depends on the whole sequence so far.
    func engine(_ next: @escaping @Sendable ([Int]) -> [Int: Float]) throws -> CoreEngine<FakeCore> {
        let count = tokenizer.count
        let core = FakeCore { contents in
            var logits = [Float](repeating: 0, count: count)
            for (token, logit) in next(contents) { logits[token] = logit }
            return logits
        }
        let abilities = Abilities(
            modelName: "fake", contextTokens: 1000, readsImages: true, readsVideo: true, callsTools: true,
            followsInstructions: true)
        return try CoreEngine(core, tokenizer, abilities: abilities, endTokens: [])
    }

    func events(_ engine: some Engine, _ request: GenerationRequest) async throws -> [GenerationEvent] {
        var events: [GenerationEvent] = []
        for try await event in engine.generate(request) { events.append(event) }
        return events
    }

    func text(_ events: [GenerationEvent]) -> String {
        events.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }

    func thoughts(_ events: [GenerationEvent]) -> String {
        events.map { if case .reasoning(let text) = $0 { text } else { "" } }.joined()
    }

    let hello = Conversation([Message(.user, "Hi")])

    @Test func tokensOfTheTextAreToldWithTheirLogarithms() async throws {
        let (a, b, end) = (tokenizer.encode("a")[0], tokenizer.encode("b")[0], try special("<|im_end|>"))
        let count = tokenizer.count
        let engine = try engine { $0.last == a ? [end: 50] : [a: 3, b: 2] }
        var request = GenerationRequest(hello)
        request.scoredAlternatives = 2
        let scored = try await events(engine, request).compactMap {
            if case .token(let token) = $0 { token } else { nil }
        }
        let normaliser = log(exp(3.0) + exp(2.0) + Double(count - 2))
        try #require(scored.count == 1)
        #expect(scored[0].chosen.bytes == Array("a".utf8))
        #expect(abs(scored[0].chosen.logProbability - (3 - normaliser)) < 1e-9)
        #expect(scored[0].likeliest.map(\.bytes) == [Array("a".utf8), Array("b".utf8)])
        #expect(abs(scored[0].likeliest[1].logProbability - (2 - normaliser)) < 1e-9)
        request.scoredAlternatives = nil
        #expect(try await events(engine, request).allSatisfy { if case .token = $0 { false } else { true } })
    }

    @Test func callsAreToldInPartsThenWhole() async throws {
        let call =
            [try special("<|tool_calls_section_begin|>"), try special("<|tool_call_begin|>")]
            + tokenizer.encode("functions.go:0") + [try special("<|tool_call_argument_begin|>")]
            + tokenizer.encode("{\"x\": 1}")
            + [
                try special("<|tool_call_end|>"), try special("<|tool_calls_section_end|>"),
                try special("<|im_end|>"),
            ]
        let close = try special("</think>")
        let engine = try engine { contents in
            let written = contents.count - (contents.lastIndex(of: close) ?? 0) - 1
            return [call[min(written, call.count - 1)]: 9]
        }
        let tool = Tool(name: "go", description: "", parameters: "{}")
        let all = try await events(engine, GenerationRequest(Conversation(hello.messages, tools: [tool])))
        let parts = all.compactMap { if case .toolCallPart(let part) = $0 { part } else { nil } }
        #expect(parts.first == ToolCallPart(index: 0, id: "functions.go:0", name: "go", arguments: ""))
        #expect(parts.map(\.arguments).joined() == "{\"x\": 1}")
        #expect(parts.count > 2)
        let whole = all.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
        #expect(whole == [ToolCall(id: "functions.go:0", name: "go", arguments: "{\"x\": 1}")])
        guard case .finished(let summary)? = all.last else { throw EngineError.unavailable("no end") }
        #expect(summary.reason == .toolCalls)
    }

    @Test func thoughtsEndWhereTheirBoundIs() async throws {
        let (word, answer) = (tokenizer.encode("m")[0], tokenizer.encode("y")[0])
        let (close, end) = (try special("</think>"), try special("<|im_end|>"))
        let engine = try engine { contents in
            contents.last == answer ? [end: 9] : contents.last == close ? [answer: 9] : [word: 9]
        }
        var request = GenerationRequest(hello, thinking: true, maxTokens: 50)
        request.thinkingTokens = 3
        let bounded = try await events(engine, request)
        #expect(thoughts(bounded) == "mmm")
        #expect(text(bounded) == "y")
        request.thinkingTokens = nil
        #expect(thoughts(try await events(engine, request)) == String(repeating: "m", count: 50))
    }

    @Test func anAnswerGoesOnInTheTextOrTheThoughtsOfTheLastMessage() async throws {
        let end = try special("<|im_end|>")
        let more = tokenizer.encode("c")[0]
        let close = try special("</think>")
        let engine = try engine { contents in
            contents.last == more ? [end: 9] : [more: 9]
        }
        var request = GenerationRequest(Conversation(hello.messages + [Message(.assistant, "ab")]))
        request.continuesLastMessage = true
        let inText = try await events(engine, request)
        #expect(text(inText) == "c")
        let template = try ChatTemplate(tokenizer)
        let whole = try template.render(request.conversation, thinking: false, continuesLastMessage: true)
        guard case .tokens(let ids)? = whole.last else { throw EngineError.unavailable("no prompt") }
        #expect(Array(ids.suffix(1 + tokenizer.encode("ab").count)) == [close] + tokenizer.encode("ab"))

        request.conversation.messages[1] = Message(.assistant, [], reasoning: "hm")
        request.thinking = true
        let inThoughts = try await events(engine, request)
        #expect(thoughts(inThoughts) == "c")
        #expect(text(inThoughts).isEmpty)
    }

    @Test(arguments: [
        Message(.user, "Hi"), Message(.assistant, [.image(Image(width: 1, height: 1, fill: (0, 0, 0)))]),
        Message(.assistant, [], toolCalls: [ToolCall(id: "functions.f:0", name: "f", arguments: "{}")]),
    ])
    func whatCannotBeContinuedIsRefused(last: Message) async throws {
        var request = GenerationRequest(Conversation(hello.messages + [last]))
        request.continuesLastMessage = true
        let engine = try engine { _ in [:] }
        await #expect(throws: EngineError.self) { _ = try await events(engine, request) }
    }

    @Test func aPromptIsCountedAsItIsRead() async throws {
        let end = try special("<|im_end|>")
        let engine = try engine { _ in [end: 9] }
        let picture = Image(width: 3, height: 2, fill: (1, 2, 3))
        let request = GenerationRequest(Conversation([Message(.user, [.image(picture), .text("What is it?")])]))
        guard case .finished(let summary)? = try await events(engine, request).last else {
            throw EngineError.unavailable("no end")
        }
        #expect(try await engine.promptTokens(of: request) == summary.promptTokens)
    }

    @Test(arguments: [ToolChoice.required, .named("stop")])
    func aToolThatIsNotThereCannotBeDemanded(choice: ToolChoice) async throws {
        var request = GenerationRequest(hello)
        request.toolChoice = choice
        let engine = try engine { _ in [:] }
        await #expect(throws: EngineError.self) { _ = try await events(engine, request) }
    }
}
