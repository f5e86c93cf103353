// Answers end to end over a core without weights: events, endings, stops, order, cancellation.
import Foundation
import Inference
import Media
import Model
import Synchronization
import Testing

struct CoreEngineTests {
    let tokenizer: Tokenizer

    init() throws { tokenizer = try ChatFixtures.tokenizer() }

    /// An engine whose answers are written in advance.
    func engine(
        answering answer: [Int], contextTokens: Int = 1000, endTokens: [Int] = [],
        _ change: (inout Abilities) -> Void = { _ in }
    ) throws -> CoreEngine<FakeCore> {
        let count = tokenizer.count
        let promptEnds = [tokenizer.specialID("<think>"), tokenizer.specialID("</think>")]
        let core = FakeCore { contents in
            // The answer has as many tokens as stand behind the prompt already.
            let written = (0...answer.count).last { written in
                contents.count > written && contents.suffix(written).elementsEqual(answer.prefix(written))
                    && promptEnds.contains(contents[contents.count - written - 1])
            }
            var logits = [Float](repeating: 0, count: count)
            if let written, written < answer.count { logits[answer[written]] = 10 }
            return logits
        }
        return try engine(core, contextTokens: contextTokens, endTokens: endTokens, change)
    }

    func engine(
        _ core: FakeCore, contextTokens: Int = 1000, endTokens: [Int] = [],
        _ change: (inout Abilities) -> Void = { _ in }
    ) throws -> CoreEngine<FakeCore> {
        var abilities = Abilities(
            modelName: "fake", contextTokens: contextTokens, readsImages: true, readsVideo: true, callsTools: true,
            followsInstructions: true)
        change(&abilities)
        return try CoreEngine(core, tokenizer, abilities: abilities, endTokens: endTokens)
    }

    func special(_ name: String) throws -> Int { try #require(tokenizer.specialID(name)) }

    /// The events of an answer, with times that differ from run to run set to 0.
    func events(_ engine: some Engine, _ request: GenerationRequest) async throws -> [GenerationEvent] {
        var events: [GenerationEvent] = []
        for try await event in engine.generate(request) {
            switch event {
            case .encoded(let tokens, let seconds, let reused):
                #expect(seconds >= 0)
                events.append(.encoded(tokens: tokens, seconds: 0, reused: reused))
            case .prefilled(let tokens, let reused, let seconds):
                #expect(seconds >= 0)
                events.append(.prefilled(tokens: tokens, reused: reused, seconds: 0))
            case .finished(var summary):
                #expect(summary.decodeSeconds >= 0)
                summary.decodeSeconds = 0
                events.append(.finished(summary))
            default: events.append(event)
            }
        }
        return events
    }

    func text(_ events: [GenerationEvent]) -> String {
        events.map { event in if case .text(let text) = event { text } else { "" } }.joined()
    }

    func summary(_ events: [GenerationEvent]) throws -> GenerationSummary {
        let last = try #require(events.last)
        guard case .finished(let summary) = last else {
            Issue.record("the last event is \(last)")
            throw EngineError.unavailable("no summary")
        }
        return summary
    }

    func error(_ engine: some Engine, _ request: GenerationRequest) async -> EngineError? {
        do {
            _ = try await events(engine, request)
            return nil
        } catch { return error as? EngineError }
    }

    let hello = Conversation([Message(.user, "Hi")])

    @Test func endTokensThatAreNoTokensMeanNothing() async throws {
        let answer = tokenizer.encode("{}") + [try special("<|im_end|>")]
        var request = GenerationRequest(hello)
        request.format = .jsonObject
        let events = try await events(try engine(answering: answer, endTokens: [-1, tokenizer.count]), request)
        #expect(text(events) == "{}")
    }

    // MARK: Events

    @Test func eventsComeInTheOrderOfTheWork() async throws {
        let answer =
            tokenizer.encode("Blue") + [try special("</think>")] + tokenizer.encode("It is.") + [
                try special("<|im_end|>")
            ]
        let engine = try engine(answering: answer)
        let picture = Image(width: 3, height: 2, fill: (1, 2, 3))
        let conversation = Conversation([Message(.user, [.image(picture), .text("Which colour?")])])
        let events = try await events(engine, GenerationRequest(conversation, thinking: true))
        #expect(events.first == .encoded(tokens: 6, seconds: 0, reused: false))
        guard case .prefilled(let tokens, 0, _) = events[1] else {
            Issue.record("\(events[1])")
            return
        }
        let thoughts = events.map { event in if case .reasoning(let text) = event { text } else { "" } }.joined()
        #expect(thoughts == "Blue")
        #expect(text(events) == "It is.")
        #expect(
            events.last
                == .finished(
                    GenerationSummary(
                        reason: .stop, promptTokens: tokens, cachedTokens: 0, completionTokens: answer.count,
                        decodeSeconds: 0)))
        let kinds = events.map { event in
            switch event {
            case .encoded: 0
            case .prefilled: 1
            case .reasoning: 2
            case .token, .text: 3
            case .toolCallPart, .toolCall: 4
            case .finished: 5
            }
        }
        #expect(kinds == kinds.sorted())
    }

    @Test func theNextTurnReusesPromptAndAnswer() async throws {
        let answer = tokenizer.encode("It is blue.")
        let engine = try engine(answering: answer + [try special("<|im_end|>")])
        let first = try summary(try await events(engine, GenerationRequest(hello)))
        var next = hello
        next.messages += [Message(.assistant, "It is blue."), Message(.user, "Sure?")]
        let second = try summary(try await events(engine, GenerationRequest(next)))
        #expect(second.cachedTokens == first.promptTokens + answer.count)
        #expect(first.cachedTokens == 0)
    }

    @Test func aPictureSeenBeforeIsReportedAsReused() async throws {
        let engine = try engine(answering: [try special("<|im_end|>")])
        let picture = Conversation([Message(.user, [.image(Image(width: 3, height: 2, fill: (1, 2, 3)))])])
        let first = try await events(engine, GenerationRequest(picture))
        let second = try await events(engine, GenerationRequest(picture))
        #expect(first.first == .encoded(tokens: 6, seconds: 0, reused: false))
        #expect(second.first == .encoded(tokens: 6, seconds: 0, reused: true))
    }

    @Test func toolCallsComeWholeAndNameTheReason() async throws {
        let names = [
            "<|tool_calls_section_begin|>", "<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>",
            "<|tool_calls_section_end|>", "<|im_end|>",
        ]
        let marks = try names.map(special)
        let answer =
            tokenizer.encode("Wait.") + [marks[0], marks[1]] + tokenizer.encode("functions.delay:1") + [marks[2]]
            + tokenizer.encode("{\"ms\": 5}") + marks[3...]
        var conversation = hello
        conversation.tools = [Tool(name: "delay", description: "", parameters: "{}")]
        conversation.messages += [
            Message(.assistant, [], toolCalls: [ToolCall(id: "call_1", name: "delay", arguments: "{}")]),
            Message(.tool, [.text("ok")], toolCallID: "call_1"),
        ]
        let events = try await events(try engine(answering: answer), GenerationRequest(conversation, stop: ["zzz"]))
        #expect(text(events) == "Wait.")
        #expect(
            events.dropLast().last
                == .toolCall(ToolCall(id: "functions.delay:1", name: "delay", arguments: "{\"ms\": 5}")))
        #expect(try summary(events).reason == .toolCalls)
    }

    @Test func aCallThatTheLimitCutsOffIsDropped() async throws {
        let answer =
            [try special("<|tool_calls_section_begin|>"), try special("<|tool_call_begin|>")] + tokenizer.encode("f:0")
            + [try special("<|tool_call_argument_begin|>")] + tokenizer.encode("{\"text\": \"long, long")
        let events = try await events(try engine(answering: answer), GenerationRequest(hello, maxTokens: answer.count))
        #expect(events.count == 2)
        #expect(try summary(events).reason == .length)
    }

    // MARK: Endings

    @Test func endsAtEveryEndToken() async throws {
        let own = try special("[EOT]")
        for end in [try special("<|im_end|>"), try special("[EOS]"), own] {
            let engine = try engine(answering: tokenizer.encode("Yes") + [end, 65, 66], endTokens: [own])
            let events = try await events(engine, GenerationRequest(hello))
            #expect(text(events) == "Yes")
            #expect(try summary(events).reason == .stop)
            #expect(try summary(events).completionTokens == tokenizer.encode("Yes").count + 1)
        }
    }

    @Test func endsAfterMaxTokens() async throws {
        let events = try await events(
            try engine(answering: Array("abcdef".utf8).map { Int($0) }), GenerationRequest(hello, maxTokens: 4))
        #expect(text(events) == "abcd")
        #expect(try summary(events).reason == .length)
        #expect(try summary(events).completionTokens == 4)
    }

    @Test func endsWhenTheContextIsFull() async throws {
        let roomy = try await events(try engine(answering: [65]), GenerationRequest(hello, maxTokens: 1))
        let prompt = try summary(roomy).promptTokens
        let letters = Array("abcdef".utf8).map { Int($0) }
        let tight = try await events(
            try engine(answering: letters, contextTokens: prompt + 3), GenerationRequest(hello))
        #expect(text(tight) == "abc")
        #expect(try summary(tight).reason == .length)
        #expect(
            await error(try engine(answering: letters, contextTokens: prompt), GenerationRequest(hello))
                == .contextExceeded(promptTokens: prompt, contextTokens: prompt))
    }

    @Test func endsBeforeAStopStringAndNeverShowsAPartOfIt() async throws {
        let answer = Array("one</bod></body>two".utf8).map { Int($0) }
        let events = try await events(
            try engine(answering: answer), GenerationRequest(hello, stop: ["</body>", "zzz"]))
        #expect(text(events) == "one</bod>")
        #expect(try summary(events).reason == .stop)
        #expect(try summary(events).completionTokens == 16)
    }

    @Test func heldBackTextComesWhenTheAnswerEnds() async throws {
        let answer = Array("one</bo".utf8).map { Int($0) } + [try special("<|im_end|>")]
        let events = try await events(try engine(answering: answer), GenerationRequest(hello, stop: ["</body>"]))
        #expect(text(events) == "one</bo")
    }

    @Test func stopStringsDoNotEndThoughts() async throws {
        let answer =
            tokenizer.encode("stop") + [try special("</think>")] + tokenizer.encode("a stop b") + [
                try special("<|im_end|>")
            ]
        let events = try await events(
            try engine(answering: answer), GenerationRequest(hello, thinking: true, stop: ["stop"]))
        let thoughts = events.map { event in if case .reasoning(let text) = event { text } else { "" } }.joined()
        #expect(thoughts == "stop")
        #expect(text(events) == "a ")
    }

    @Test func aCharacterInPiecesComesWhole() async throws {
        let answer = Array("a😀b".utf8).map { Int($0) } + [0xf0, 0x9f, try special("<|im_end|>")]
        let events = try await events(try engine(answering: answer), GenerationRequest(hello))
        let texts = events.compactMap { event in if case .text(let text) = event { text } else { nil } }
        #expect(texts == ["a", "😀", "b", "\u{fffd}"])
    }

    // MARK: Sampling

    @Test func theSameSeedGivesTheSameText() async throws {
        let count = tokenizer.count
        func answer(_ seed: UInt64) async throws -> String {
            let engine = try engine(FakeCore { scatteredLogits($0, count: count) })
            let sampling = Sampling(temperature: 0.9, topP: 0.9, topK: 200, seed: seed)
            return text(try await events(engine, GenerationRequest(hello, sampling: sampling, maxTokens: 60)))
        }
        let first = try await answer(1)
        #expect(first.utf8.count > 20)
        #expect(try await answer(1) == first)
        #expect(try await answer(2) != first)
    }

    // MARK: Refusals

    @Test func whatTheAbilitiesExcludeIsRefused() async throws {
        let engine = try engine(answering: []) { abilities in
            abilities.readsImages = false
            abilities.readsVideo = false
            abilities.callsTools = false
        }
        let picture = Image(width: 1, height: 1, fill: (0, 0, 0))
        let image = Conversation([Message(.user, [.image(picture)])])
        let video = Conversation([Message(.user, [.video(VideoClip(frames: [picture], seconds: [0]))])])
        let tools = Conversation([], tools: [Tool(name: "f", description: "", parameters: "{}")])
        #expect(await error(engine, GenerationRequest(image)) == .unsupported("fake reads no pictures"))
        #expect(await error(engine, GenerationRequest(video)) == .unsupported("fake reads no video"))
        #expect(await error(engine, GenerationRequest(tools)) == .unsupported("fake calls no tools"))
    }

    @Test func requestsThatMakeNoSenseAreRefused() async throws {
        let engine = try engine(answering: [])
        #expect(
            await error(engine, GenerationRequest(hello, maxTokens: 0))
                == .unsupported("an answer of at most 0 tokens; it must be at least 1"))
        #expect(
            await error(engine, GenerationRequest(hello, sampling: Sampling(temperature: -1)))
                == .unsupported("the temperature is -1.0; it must be 0 or more"))
    }

    @Test func aBrokenModelIsReportedAndTheNextAnswerIsTriedAgain() async throws {
        let count = tokenizer.count
        let core = FakeCore { _ in [Float](repeating: .nan, count: count) }
        let engine = try engine(core)
        for _ in 0..<2 {
            #expect(
                await error(engine, GenerationRequest(hello))
                    == .unavailable("the model computed nan as the logit of token 0"))
        }
    }

    @Test func aModelThatFollowsNoInstructionsDoesNotThink() async throws {
        let engine = try engine(answering: tokenizer.encode("page") + [try special("<|im_end|>")]) {
            $0.followsInstructions = false
        }
        let events = try await events(engine, GenerationRequest(hello, thinking: true))
        #expect(text(events) == "page")
    }
}
