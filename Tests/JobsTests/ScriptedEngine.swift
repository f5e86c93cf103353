// An engine that plays turns it was given, one a request, the last one again and again.
import Inference
import Media
import Synchronization

final class ScriptedEngine: Engine {
    enum Turn: Sendable {
        /// A whole page, in pieces.
        case page([String])
        /// An error of the engine's or of nobody's.
        case failure(any Error)
        /// A first piece, and then nothing until the task is cancelled.
        case hang
        /// A page that is only finished when `proceed` is called.
        case gated([String])
    }

    let abilities: Abilities
    private let turns: Mutex<[Turn]>
    private let requests = Mutex<[GenerationRequest]>([])
    private let gates = Mutex<[@Sendable () -> Void]>([])
    private let begun = AsyncStream<Int>.makeStream()

    init(_ turns: [Turn], readsImages: Bool = true) {
        self.turns = Mutex(turns)
        abilities = Abilities(
            modelName: "script", contextTokens: 4096, readsImages: readsImages, readsVideo: false, callsTools: false,
            followsInstructions: true)
    }

    /// Requests so far.
    var asked: [GenerationRequest] { requests.withLock { $0 } }

    /// Waits until the engine was asked so often. For one task.
    func waitUntilAsked(_ count: Int) async {
        guard asked.count < count else { return }
        for await number in begun.stream where number >= count { return }
    }

    /// Lets gated turns finish.
    func proceed() {
        let open = gates.withLock { gates in
            defer { gates = [] }
            return gates
        }
        for gate in open { gate() }
    }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        let turn = turns.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        let count = requests.withLock { requests in
            requests.append(request)
            return requests.count
        }
        defer { begun.continuation.yield(count) }
        return AsyncThrowingStream { stream in
            if case .failure(let error) = turn { return stream.finish(throwing: error) }
            stream.yield(.encoded(tokens: 256, seconds: 0.25, reused: true))
            stream.yield(.prefilled(tokens: 300, reused: 20, seconds: 0.125))
            switch turn {
            case .failure: break
            case .hang: stream.yield(.text("<!doctype html>"))
            case .page(let pieces): Self.finish(stream, pieces)
            case .gated(let pieces): gates.withLock { $0.append { Self.finish(stream, pieces) } }
            }
        }
    }

    private static func finish(
        _ stream: AsyncThrowingStream<GenerationEvent, any Error>.Continuation, _ pieces: [String]
    ) {
        for piece in pieces { stream.yield(.text(piece)) }
        stream.yield(
            .finished(
                GenerationSummary(
                    reason: .stop, promptTokens: 300, cachedTokens: 20, completionTokens: 21, decodeSeconds: 0.5)))
        stream.finish()
    }
}

extension ScriptedEngine.Turn {
    static let one = Self.page(["<!doctype html><html><body>", "<p>One</p>", "</body></html>"])
}
