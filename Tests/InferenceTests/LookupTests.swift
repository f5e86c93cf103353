// Guessed tokens: that they change nothing but the number of steps, and how many steps they save and cost.
import Foundation
import Inference
import Media
import Model
import Support
import Testing

struct LookupTests {
    let tokenizer: Tokenizer

    init() throws { tokenizer = try ChatFixtures.tokenizer() }

    func engine(_ core: FakeCore, guesses: Bool) throws -> CoreEngine<FakeCore> {
        let abilities = Abilities(
            modelName: "fake", contextTokens: 20_000, readsImages: true, readsVideo: true, callsTools: true,
            followsInstructions: true)
        return try CoreEngine(core, tokenizer, abilities: abilities, endTokens: [], guesses: guesses)
    }

    /// A core that repeats itself: what comes next depends on the last two tokens, and every hundred tokens the whole
    /// changes. One token too many in its memory would change what it says.
    func repeatingCore() -> FakeCore {
        let count = tokenizer.count
        let end = tokenizer.specialID("<|im_end|>") ?? 0
        return FakeCore { contents in
            var logits = scatteredLogits(contents.suffix(2) + [contents.count / 100], count: count)
            let likely = Int(scatteredLogits(contents.suffix(2) + [contents.count / 100], count: 1)[0] * 1e5)
            logits[0x61 + abs(likely) % 5] += 4
            logits[end] = -20
            return logits
        }
    }

    /// Tokens run behind each of several memories, step by step.
    func steps(_ core: FakeCore) -> [[Int]] {
        core.takeCalls().compactMap { if case .decode(let tokens) = $0 { tokens } else { nil } }
    }

    func events(_ stream: AsyncThrowingStream<GenerationEvent, any Error>) async throws -> [GenerationEvent] {
        var events: [GenerationEvent] = []
        for try await event in stream {
            switch event {
            case .encoded, .prefilled: break
            case .finished(var summary):
                summary.decodeSeconds = 0
                summary.cachedTokens = 0
                events.append(.finished(summary))
            default: events.append(event)
            }
        }
        return events
    }

    func requests() -> [GenerationRequest] {
        (0..<14).map { number in
            var request = GenerationRequest(
                Conversation([Message(.user, "abcd \(number)")]), maxTokens: 105 + number,
                stop: number % 5 == 2 ? ["abcab", "eee", "bcb"] : [])
            request.sampling = Sampling(temperature: Double(number % 3) * 0.4, topP: 0.95, seed: UInt64(number))
            if number % 4 == 1 { request.format = .jsonObject }
            if number % 6 == 3 {
                request.thinking = true
                request.thinkingTokens = 40 + number
            }
            if number % 7 == 4 { request.scoredAlternatives = 3 }
            return request
        }
    }

    @Test func guessesChangeNothingButTheNumberOfSteps() async throws {
        let core = repeatingCore()
        for request in requests() {
            let without = try await events(try engine(core, guesses: false).generate(request))
            let stepsWithout = steps(core).count
            let with = try await events(try engine(core, guesses: true).generate(request))
            #expect(with == without)
            #expect(steps(core).count <= stepsWithout)
        }
    }

    @Test func guessesOfManyAnswersGoIntoOneBoundedStep() async throws {
        let core = repeatingCore()
        var without: [[GenerationEvent]] = []
        for request in requests() {
            without.append(try await events(try engine(core, guesses: false).generate(request)))
        }
        _ = core.takeCalls()
        let engine = try engine(core, guesses: true)
        let streams = requests().map { engine.generate($0) }
        for (index, stream) in streams.enumerated() { #expect(try await events(stream) == without[index]) }
        let steps = steps(core)
        #expect(steps.allSatisfy { $0.reduce(0, +) <= 16 })
        #expect(steps.contains { $0.count > 2 && $0.reduce(0, +) == 16 })
    }

    @Test func textThatRepeatsItselfTakesFewSteps() async throws {
        let core = repeatingCore()
        let request = GenerationRequest(Conversation([Message(.user, "Hi")]), maxTokens: 400)
        _ = try await events(try engine(core, guesses: true).generate(request))
        let taken = steps(core)
        #expect(taken.count < 400 / 4)
        #expect(taken.allSatisfy { $0[0] <= 9 })
    }

    /// Two tokens that come again and again, with another one behind them each time.
    @Test func textThatOnlySeemsToRepeatItselfCostsLittle() async throws {
        let count = tokenizer.count
        let core = FakeCore { contents in
            var logits = [Float](repeating: 0, count: count)
            let turn = contents.count % 3
            logits[turn < 2 ? 0x61 + turn : 300 + contents.count / 3 * 7 % 1000] = 1
            return logits
        }
        let request = GenerationRequest(Conversation([Message(.user, "Hi")]), maxTokens: 2900)
        _ = try await events(try engine(core, guesses: true).generate(request))
        let taken = steps(core)
        #expect(taken.count == 2899)
        let guessed = taken.reduce(0) { $0 + $1[0] } - taken.count
        #expect((1...2900 * 3 / 100).contains(guessed), "\(guessed) guessed")
    }

    @Test func theMemoryOfAnAnswerWithGuessesServesTheNextTurn() async throws {
        let core = repeatingCore()
        var conversation = Conversation([Message(.user, "Hi")])
        var text = ""
        let engine = try engine(core, guesses: true)
        for try await event in engine.generate(GenerationRequest(conversation, maxTokens: 103)) {
            if case .text(let more) = event { text += more }
        }
        conversation.messages += [Message(.assistant, text), Message(.user, "more")]
        let next = GenerationRequest(conversation, maxTokens: 50)
        let warm = try await events(engine.generate(next))
        #expect(try await events(try self.engine(core, guesses: false).generate(next)) == warm)
    }
}
