// An engine that plays a script, as fast as it is allowed to: tests hold it at its last word and let it go.
import Inference
import Synchronization

@testable import Server

/// Plays the same answer to every request.
final class ScriptedEngine: Engine {
    let abilities: Abilities
    /// Fires when the first answer has begun.
    let hasBegun = HangUpSignal()
    /// Fires when an answer was cut short from outside.
    let wasCancelled = HangUpSignal()
    private let pieces: [String]
    private let failure: EngineError?
    private let gate: HangUpSignal?
    private let answers = Mutex(0)

    /// - Parameters:
    ///   - held: answers stop before their last piece until `release`.
    ///   - failure: thrown in place of an ending.
    init(
        _ pieces: [String] = [
            "<!DOCTYPE html>\n<html><head><title>One</title></head>", "<body><p>One</p>", "</body></html>\n",
        ],
        held: Bool = false, failure: EngineError? = nil, followsInstructions: Bool = false, readsImages: Bool = true
    ) {
        abilities = Abilities(
            modelName: "script", contextTokens: 4096, readsImages: readsImages, readsVideo: false, callsTools: false,
            followsInstructions: followsInstructions)
        self.pieces = pieces
        self.failure = failure
        gate = held ? HangUpSignal() : nil
    }

    /// How many answers were asked for.
    var answerCount: Int { answers.withLock { $0 } }

    /// Lets every answer, now and later, come to its end.
    func release() { gate?.fire() }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        answers.withLock { $0 += 1 }
        return AsyncThrowingStream { stream in
            let task = Task {
                stream.yield(.encoded(tokens: 64, seconds: 0.25, reused: false))
                stream.yield(.prefilled(tokens: 70, reused: 6, seconds: 0.125))
                for piece in pieces.dropLast() { stream.yield(.text(piece)) }
                hasBegun.fire()
                await gate?.wait()
                if let failure { return stream.finish(throwing: failure) }
                if let last = pieces.last { stream.yield(.text(last)) }
                stream.yield(
                    .finished(
                        GenerationSummary(
                            reason: .stop, promptTokens: 70, cachedTokens: 6, completionTokens: 181, decodeSeconds: 0.5)
                    ))
                stream.finish()
            }
            stream.onTermination = { ending in
                task.cancel()
                if case .cancelled = ending { self.wasCancelled.fire() }
            }
        }
    }
}
