// Answers stop when nobody wants them any more, and those that wait are then never begun.
import Dispatch
import Foundation
import Inference
import Media
import Model
import Testing

struct AnswerOrderTests {
    let hello = Conversation([Message(.user, "Hi")])

    /// The text of an answer.
    func text(_ engine: some Engine, _ request: GenerationRequest) async throws -> String {
        var text = ""
        for try await event in engine.generate(request) { if case .text(let more) = event { text += more } }
        return text
    }

    /// An engine that writes `a` for ever and stops at a gate before each token of an answer.
    func gatedEngine(_ gate: Gate) throws -> (engine: CoreEngine<FakeCore>, core: FakeCore) {
        let tokenizer = try ChatFixtures.tokenizer()
        let count = tokenizer.count
        let core = FakeCore { _ in
            gate.pass()
            var logits = [Float](repeating: 0, count: count)
            logits[0x61] = 1
            return logits
        }
        let abilities = Abilities(
            modelName: "fake", contextTokens: 1000, readsImages: true, readsVideo: true, callsTools: true,
            followsInstructions: true)
        return (try CoreEngine(core, tokenizer, abilities: abilities, endTokens: []), core)
    }

    @Test func cancellingTheTaskStopsBetweenTwoTokens() async throws {
        let gate = Gate()
        let (engine, core) = try gatedEngine(gate)
        let conversation = hello
        let task = Task {
            for try await _ in engine.generate(GenerationRequest(conversation, maxTokens: 100)) {}
        }
        await gate.waitUntilReached()
        gate.open()
        await gate.waitUntilReached()
        task.cancel()
        _ = await task.result
        gate.open()
        // The next answer is read only when the cancelled one has ended.
        async let next = text(engine, GenerationRequest(hello, maxTokens: 1))
        await gate.waitUntilReached()
        gate.open()
        #expect(try await next == "a")
        #expect(core.takeCalls().filter(\.isRun).count == 3)
    }

    @Test func endingTheIterationStopsTheWork() async throws {
        let gate = Gate()
        let (engine, core) = try gatedEngine(gate)
        func firstText() async throws {
            for try await event in engine.generate(GenerationRequest(hello, maxTokens: 100)) {
                if case .text = event { return }
            }
        }
        async let reading: Void = firstText()
        await gate.waitUntilReached()
        gate.open()
        await gate.waitUntilReached()
        try await reading
        gate.open()
        async let next = text(engine, GenerationRequest(hello, maxTokens: 1))
        await gate.waitUntilReached()
        gate.open()
        #expect(try await next == "a")
        #expect(core.takeCalls().filter(\.isRun).count == 3)
    }

    @Test func anAnswerCancelledInLineIsNeverBegun() async throws {
        let gate = Gate()
        let (engine, core) = try gatedEngine(gate)
        let conversation = hello
        async let first = text(engine, GenerationRequest(hello, maxTokens: 1))
        await gate.waitUntilReached()
        let picture = Image(width: 2, height: 2, fill: (9, 9, 9))
        let waiting = Task {
            for try await _ in engine.generate(GenerationRequest(Conversation([Message(.user, [.image(picture)])]))) {}
        }
        // Cancelled before or after it joined the line, it must do nothing.
        waiting.cancel()
        _ = await waiting.result
        gate.open()
        #expect(try await first == "a")
        async let last = text(engine, GenerationRequest(conversation, maxTokens: 1))
        await gate.waitUntilReached()
        gate.open()
        _ = try await last
        #expect(!core.takeCalls().contains(.encode(.image(picture))))
    }
}

/// Lets a test hold a core's work at a token.
final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let reached = DispatchSemaphore(value: 0)

    func pass() {
        reached.signal()
        opened.wait()
    }

    func open() { opened.signal() }

    /// Lets all work pass from now on, for as long as a test may take.
    func openForGood() { for _ in 0..<100_000 { open() } }

    func waitUntilReached() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                self.reached.wait()
                continuation.resume()
            }
        }
    }
}
