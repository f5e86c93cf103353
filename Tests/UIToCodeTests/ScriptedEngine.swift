// An engine that answers what it was told to.
import Inference
import Synchronization

/// Plays events, and remembers what it was asked.
final class ScriptedEngine: Engine {
    enum Ending: Sendable { case normal, failure(any Error), silence, never }

    let abilities: Abilities
    private let events: [GenerationEvent]
    private let ending: Ending
    private let asked = Mutex<[GenerationRequest]>([])
    private let cancelled = Mutex(false)

    init(
        _ answer: [String], dialect: String? = nil, readsImages: Bool = true, cachedTokens: Int = 0,
        reason: GenerationSummary.FinishReason = .stop, ending: Ending = .normal
    ) {
        abilities = Abilities(
            modelName: "script", contextTokens: 4096, readsImages: readsImages, readsVideo: false, callsTools: false,
            followsInstructions: dialect == nil, dialect: dialect.map { Dialect(stylesheet: $0) })
        let summary = GenerationSummary(
            reason: reason, promptTokens: 300, cachedTokens: cachedTokens, completionTokens: 21, decodeSeconds: 0.5)
        events =
            [
                .encoded(tokens: 256, seconds: 0.25, reused: cachedTokens > 0),
                .prefilled(tokens: 300, reused: cachedTokens, seconds: 0.125),
            ]
            + [.reasoning("hm")] + answer.map { .text($0) } + [.finished(summary)]
        self.ending = ending
    }

    var request: GenerationRequest? { asked.withLock { $0.last } }
    var wasCancelled: Bool { cancelled.withLock { $0 } }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        asked.withLock { $0.append(request) }
        return AsyncThrowingStream { stream in
            stream.onTermination = { if case .cancelled = $0 { self.cancelled.withLock { $0 = true } } }
            for event in events.dropLast() { stream.yield(event) }
            switch ending {
            case .normal:
                stream.yield(events[events.count - 1])
                stream.finish()
            case .failure(let error): stream.finish(throwing: error)
            case .silence: stream.finish()
            case .never: break
            }
        }
    }
}
