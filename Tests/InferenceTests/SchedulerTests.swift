// Answers that are made at the same time: that they are what they would be alone, whose turn it is, what they share.
import Foundation
import Media
import Model
import Support
import Testing

@testable import Inference

struct SchedulerTests {
    let tokenizer: Tokenizer

    init() throws { tokenizer = try ChatFixtures.tokenizer() }

    /// An engine that guesses nothing, so that a step is a token.
    func engine(
        _ core: FakeCore, disk: DiskShelf<FakeCore>? = nil, idleBytes: Int? = nil
    ) throws -> CoreEngine<FakeCore> {
        let abilities = Abilities(
            modelName: "fake", contextTokens: 20_000, readsImages: true, readsVideo: true, callsTools: true,
            followsInstructions: true)
        return try CoreEngine(
            core, tokenizer, abilities: abilities, endTokens: [], disk: disk, idleBytes: idleBytes, guesses: false)
    }

    /// A core that stops at a gate whenever logits are computed, and likes `a` best.
    func gatedCore(_ gate: Gate) -> FakeCore {
        let count = tokenizer.count
        return FakeCore { _ in
            gate.pass()
            var logits = [Float](repeating: 0, count: count)
            logits[0x61] = 1
            return logits
        }
    }

    func request(_ text: String, maxTokens: Int = 1) -> GenerationRequest {
        GenerationRequest(Conversation([Message(.user, text)]), maxTokens: maxTokens)
    }

    /// What of an answer does not depend on what else is done: all but times and what was at hand.
    struct Heard: Equatable, Sendable {
        var events: [GenerationEvent] = []
        var error: EngineError?
        var cachedTokens = 0
    }

    func heard(_ stream: AsyncThrowingStream<GenerationEvent, any Error>) async -> Heard {
        var heard = Heard()
        do {
            for try await event in stream {
                switch event {
                case .encoded, .prefilled: break
                case .finished(var summary):
                    heard.cachedTokens = summary.cachedTokens
                    (summary.decodeSeconds, summary.cachedTokens) = (0, 0)
                    heard.events.append(.finished(summary))
                default: heard.events.append(event)
                }
            }
        } catch { heard.error = error as? EngineError }
        return heard
    }

    // MARK: What comes out

    /// Requests of every kind: sampled, kept to a format, stopped by a string, with thoughts, scores and pictures.
    func mixedRequests() -> [GenerationRequest] {
        (0..<40).map { number in
            var request = request(
                String(repeating: "word \(number % 7) ", count: 1 + number * 5), maxTokens: 30 + number)
            request.sampling = Sampling(temperature: Double(number % 3), topP: 0.9, seed: UInt64(number))
            if number % 4 == 1 { request.format = .jsonObject }
            if number % 5 == 2 { request.stop = ["e", "a"] }
            if number % 6 == 3 {
                request.thinking = true
                request.thinkingTokens = number / 2
            }
            if number % 7 == 4 { request.scoredAlternatives = 3 }
            if number % 3 == 0 {
                let picture = Image(width: 10 + number, height: 20, fill: (UInt8(number % 2), 0, 0))
                request.conversation.messages[0].content.insert(.image(picture), at: 0)
            }
            return request
        }
    }

    @Test func everyAnswerIsWhatItIsAlone() async throws {
        let count = tokenizer.count
        let core = FakeCore { scatteredLogits($0, count: count) }
        let requests = mixedRequests()
        var alone: [Heard] = []
        for request in requests { alone.append(await heard(try engine(core).generate(request))) }
        _ = core.takeCalls()
        let engine = try engine(core)
        let streams = requests.map { engine.generate($0) }
        for (index, stream) in streams.enumerated() {
            var together = await heard(stream)
            together.cachedTokens = alone[index].cachedTokens
            #expect(together == alone[index])
        }
        let widths = core.takeCalls().compactMap { if case .decode(let steps) = $0 { steps.count } else { nil } }
        #expect(widths.max() == 16)
        #expect(alone.map(\.events.count).reduce(0, +) > 500)
    }

    @Test func whatGoesWrongWithOneEndsThatOneOnly() async throws {
        let count = tokenizer.count
        let poison = tokenizer.encode("~")[0]
        let core = FakeCore { contents in
            contents.contains(poison) && contents.count % 20 == 0
                ? [Float](repeating: .nan, count: count) : scatteredLogits(contents, count: count)
        }
        let engine = try engine(core)
        let streams = ["one", "~", "two"].map { engine.generate(request($0, maxTokens: 60)) }
        let all = [await heard(streams[0]), await heard(streams[1]), await heard(streams[2])]
        #expect(all[1].error == .unavailable("the model computed nan as the logit of token 0"))
        for good in [all[0], all[2]] {
            #expect(good.error == nil)
            #expect(good.events.count > 10)
        }
    }

    // MARK: Whose turn it is

    @Test func answersAreWrittenTogetherAndThoseThatComeJoin() async throws {
        let gate = Gate()
        let core = gatedCore(gate)
        let engine = try engine(core)
        let first = engine.generate(request("x", maxTokens: 9))
        await gate.waitUntilReached()
        let others = ["xx", "xxx"].map { engine.generate(request($0, maxTokens: 3)) }
        gate.openForGood()
        for stream in [first] + others { #expect(await heard(stream).error == nil) }
        let decoded = core.takeCalls().compactMap { if case .decode(let steps) = $0 { steps } else { nil } }
        #expect(decoded == [[1], [1, 1], [1, 1, 1], [1, 1], [1], [1], [1], [1]])
    }

    /// Whether each stretch that was read, in order, is one of a long prompt; the first goes on where memory ends.
    func longStretches(_ calls: [FakeCore.Call]) -> [Bool] {
        let stretch = Session<FakeCore>.stretchTokens
        return calls.compactMap { if case .append(let count) = $0 { count > stretch / 2 } else { nil } }
    }

    @Test func anAnswerGoesOnWhileALongPromptIsRead() async throws {
        let gate = Gate()
        let core = gatedCore(gate)
        let engine = try engine(core)
        let writing = engine.generate(request("x", maxTokens: 40))
        await gate.waitUntilReached()
        let long = engine.generate(request(String(repeating: "abc, ", count: 2000)))
        gate.openForGood()
        _ = await (heard(writing), heard(long))
        let calls = core.takeCalls().filter(\.isRun)
        let stretches = calls.indices.filter { calls[$0] == .append(Session<FakeCore>.stretchTokens) }
        #expect(stretches.count > 3)
        #expect(stretches.allSatisfy { calls[$0 + 1] == .decode([1]) })
    }

    @Test func shortPromptsGoFirstAndLongOnesAreNotForgotten() async throws {
        let gate = Gate()
        let core = gatedCore(gate)
        let engine = try engine(core)
        let holding = engine.generate(request("x"))
        await gate.waitUntilReached()
        let long = engine.generate(request(String(repeating: "abc, ", count: 2000)))
        let short = (0..<10).map { engine.generate(request("short \($0)")) }
        gate.openForGood()
        for stream in [holding, long] + short { #expect(await heard(stream).error == nil) }
        let stretches = longStretches(core.takeCalls())
        let expected =
            [false] + ([false, false, false, false, true] + [false, false, false, false, true] + [false, false])
        #expect(Array(stretches.prefix(expected.count)) == expected)
        #expect(stretches.dropFirst(expected.count).dropLast().allSatisfy { $0 })
    }

    @Test func aCancelledAnswerLeavesTheOthersWithinOneStep() async throws {
        let gate = Gate()
        let core = gatedCore(gate)
        let engine = try engine(core)
        let staying = engine.generate(request("x", maxTokens: 8))
        await gate.waitUntilReached()
        let leaving = Task { [stream = engine.generate(request("xx", maxTokens: 1000))] in
            for try await _ in stream {}
        }
        // Behind the first prompt, its first token, and the second prompt; both answers are then at a token.
        for _ in 0..<3 {
            gate.open()
            await gate.waitUntilReached()
        }
        leaving.cancel()
        _ = await leaving.result
        gate.openForGood()
        _ = await heard(staying)
        let widths = core.takeCalls().compactMap { if case .decode(let steps) = $0 { steps.count } else { nil } }
        #expect(widths == [1, 2, 1, 1, 1, 1, 1])
    }

    // MARK: What is shared

    @Test func aPromptThatBeginsLikeOneInUseCopiesItsBeginning() async throws {
        let gate = Gate()
        let core = gatedCore(gate)
        let engine = try engine(core)
        let text = String(repeating: "abc, ", count: 40)
        let first = engine.generate(request(text + "one", maxTokens: 9))
        await gate.waitUntilReached()
        let second = engine.generate(request(text + "two", maxTokens: 9))
        gate.openForGood()
        let whole = await heard(first)
        let copied = await heard(second).cachedTokens
        #expect(whole.cachedTokens == 0)
        #expect(copied >= tokenizer.encode(text).count)
        #expect(core.takeCalls().contains(.copy(copied)))
    }

    /// A conversation, turn by turn.
    struct Talk {
        var conversation: Conversation
        var length = 0

        init(_ text: String) { conversation = Conversation([Message(.user, text)]) }

        /// Takes a turn, and returns how many tokens of it were new.
        mutating func turn(_ engine: CoreEngine<FakeCore>) async throws -> Int {
            var text = ""
            var new = 0
            for try await event in engine.generate(GenerationRequest(conversation, maxTokens: 8)) {
                if case .text(let more) = event { text += more }
                if case .prefilled(let tokens, let reused, _) = event { (length, new) = (tokens, tokens - reused) }
            }
            conversation.messages += [Message(.assistant, text), Message(.user, "more")]
            return new
        }
    }

    /// A core whose answers are `ab` again and again.
    func chattyCore() -> FakeCore {
        let (a, b) = (tokenizer.encode("a")[0], tokenizer.encode("b")[0])
        let count = tokenizer.count
        return FakeCore { contents in
            var logits = [Float](repeating: 0, count: count)
            logits[contents.last == a ? b : a] = 1
            return logits
        }
    }

    @Test func conversationsThatTakeTurnsKeepWhatTheyRead() async throws {
        let engine = try engine(chattyCore())
        var talks = (0..<3).map { Talk(String(repeating: "talk \($0), ", count: 50)) }
        for round in 0..<3 {
            for index in talks.indices {
                let new = try await talks[index].turn(engine)
                #expect((round == 0) == (new > 50), "\(new) tokens of \(talks[index].length)")
            }
        }
    }

    @Test func whatWasNotUsedForLongestIsForgotten() async throws {
        var talks = (0..<3).map { Talk(String(repeating: "talk \($0), ", count: 50)) }
        let roomy = try engine(chattyCore())
        for index in talks.indices { _ = try await talks[index].turn(roomy) }
        let length = talks.map(\.length).max() ?? 0
        talks = (0..<3).map { Talk(String(repeating: "talk \($0), ", count: 50)) }
        let tight = try engine(chattyCore(), idleBytes: (2 * length + 40) * FakeCore.bytesPerToken)
        for index in talks.indices { _ = try await talks[index].turn(tight) }
        #expect(try await talks[1].turn(tight) < 50)
        #expect(try await talks[2].turn(tight) < 50)
        #expect(try await talks[0].turn(tight) > 50)
    }

    @Test func anotherQuestionAboutAPictureLeavesTheFirstConversationWhole() async throws {
        let engine = try engine(chattyCore())
        let picture = Image(width: 20, height: 10, fill: (7, 7, 7))
        var first = Talk(String(repeating: "a long question, ", count: 100))
        first.conversation.messages[0].content.insert(.image(picture), at: 0)
        _ = try await first.turn(engine)
        var second = Talk("why?")
        second.conversation.messages[0].content.insert(.image(picture), at: 0)
        #expect(try await second.turn(engine) < 50)
        #expect(second.length > 200)
        #expect(try await first.turn(engine) < 50)
    }

    @Test func aPictureHeldInPartIsReadToItsEnd() async throws {
        let count = tokenizer.count
        let core = FakeCore { scatteredLogits($0, count: count) }
        let engine = try engine(core)
        let request = GenerationRequest(
            Conversation([Message(.user, [.image(Image(width: 40, height: 40, fill: (7, 7, 7))), .text("?")])]),
            maxTokens: 20)
        let alone = await heard(try self.engine(core).generate(request))
        _ = core.takeCalls()
        // The first is cancelled while the picture's tokens are run.
        let task = Task {
            for try await event in engine.generate(request) { if case .encoded = event { return } }
        }
        _ = await task.result
        var again = await heard(engine.generate(request))
        #expect(core.takeCalls().filter { if case .encode = $0 { true } else { false } }.count == 1)
        again.cachedTokens = alone.cachedTokens
        #expect(again == alone)
    }

    // MARK: With a disk

    /// A shelf of its own on a folder, as a process has.
    func shelf(_ core: FakeCore, in directory: TemporaryDirectory) throws -> DiskShelf<FakeCore> {
        let cache = try #require(PrefixCache(folder: directory.path))
        return DiskShelf(core, try PrefixFolder(cache), identity: "fake")
    }

    @Test func everyAnswerIsWhatItIsAloneWhateverTheDiskHolds() async throws {
        let directory = try TemporaryDirectory()
        let count = tokenizer.count
        let core = FakeCore { scatteredLogits($0, count: count) }
        let requests = mixedRequests()
        var alone: [Heard] = []
        for request in requests { alone.append(await heard(try engine(core).generate(request))) }
        var cached = [0, 0]
        for process in 0..<2 {
            let engine = try engine(core, disk: try shelf(core, in: directory))
            _ = core.takeCalls()
            let streams = requests.map { engine.generate($0) }
            for (index, stream) in streams.enumerated() {
                var together = await heard(stream)
                cached[process] += together.cachedTokens
                together.cachedTokens = alone[index].cachedTokens
                #expect(together == alone[index])
            }
        }
        #expect(!core.takeCalls().contains { if case .encode = $0 { true } else { false } })
        #expect(cached[1] > cached[0])
    }

    @Test func theDiskGoesOnBehindASequenceInUse() async throws {
        let directory = try TemporaryDirectory()
        let gate = Gate()
        let core = gatedCore(gate)
        let text = String(repeating: "abc, ", count: 40)
        let longer = request(text + String(repeating: "efg, ", count: 600))
        gate.openForGood()
        _ = await heard(try engine(core, disk: try shelf(core, in: directory)).generate(longer))

        let closed = Gate()
        let other = gatedCore(closed)
        let engine = try engine(other, disk: try shelf(other, in: directory))
        let writing = engine.generate(request(text + "one", maxTokens: 9))
        await closed.waitUntilReached()
        let second = engine.generate(longer)
        closed.openForGood()
        #expect(await heard(writing).error == nil)
        let cached = await heard(second).cachedTokens
        let calls = other.takeCalls()
        let copied = try #require(calls.compactMap { if case .copy(let count) = $0 { count } else { nil } }.first)
        #expect(cached > copied)
        #expect(calls.contains(.restore(PromptLayout.stretchTokens)))
    }

    @Test func aProgramThatEndsWithItsAnswerLeavesThePromptBehind() async throws {
        let directory = try TemporaryDirectory()
        let core = chattyCore()
        let engine = try engine(core, disk: try shelf(core, in: directory))
        for try await event in engine.generate(request(String(repeating: "abc, ", count: 1000))) {
            guard case .prefilled = event else { continue }
            #expect(try !directory.names().isEmpty)
        }
    }

    @Test func aPromptThatFailsIsNotKept() async throws {
        let directory = try TemporaryDirectory()
        let count = tokenizer.count
        let core = FakeCore { _ in [Float](repeating: .nan, count: count) }
        let engine = try engine(core, disk: try shelf(core, in: directory))
        #expect(await heard(engine.generate(request(String(repeating: "abc, ", count: 1000)))).error != nil)
        #expect(try directory.names().isEmpty)
    }

    // MARK: With weights

    /// In float32: a beginning that is at hand changes in which order sums are taken, which tokens do not notice there.
    @Test func theEmbeddedModelAnswersEightAtOnceAsOneByOne() async throws {
        func open() throws -> LocalEngine {
            try LocalEngine.open(Fixtures.path("model"), threads: 2, precision: .exact)
        }
        let engine = try open()
        let requests = try ["sign-in", "contact", "pricing", "team"].flatMap { name in
            let picture = try Image.read(path: Fixtures.path("designs/\(name).png"))
            return [24, 60].map { maxTokens in
                GenerationRequest(
                    Conversation([Message(.user, [.image(picture)])]),
                    sampling: Sampling(temperature: maxTokens == 60 ? 0 : 1, seed: 3), maxTokens: maxTokens)
            }
        }
        var alone: [Heard] = []
        for request in requests {
            alone.append(await heard(try open().generate(request)))
        }
        let streams = requests.map { engine.generate($0) }
        for (index, stream) in streams.enumerated() {
            var together = await heard(stream)
            together.cachedTokens = alone[index].cachedTokens
            #expect(together == alone[index])
        }
    }
}
