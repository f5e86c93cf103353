// An engine that answers chats with the events of a script, and what of an answer a test looks at.
import Foundation
import HummingbirdTesting
import Inference
import NIOCore
import Synchronization

@testable import Server

/// Plays events, and remembers what it was asked.
final class ChatScript: Engine {
    let abilities: Abilities
    private let events: [GenerationEvent]
    private let failure: EngineError?
    private let isHeld: Bool
    private let requests = Mutex<[GenerationRequest]>([])
    /// Fires when an answer was cut short from outside.
    let wasCancelled = HangUpSignal()

    /// - Parameter held: answers never end by themselves.
    init(
        _ events: [GenerationEvent] = [], failure: EngineError? = nil, held: Bool = false, readsImages: Bool = true,
        followsInstructions: Bool = true, dialect: Dialect? = nil, modelName: String = "script"
    ) {
        abilities = Abilities(
            modelName: modelName, contextTokens: 4096, readsImages: readsImages, readsVideo: false,
            callsTools: followsInstructions, followsInstructions: followsInstructions, dialect: dialect)
        self.events = events
        self.failure = failure
        isHeld = held
    }

    /// What was asked last.
    var request: GenerationRequest? { requests.withLock { $0.last } }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        requests.withLock { $0.append(request) }
        return AsyncThrowingStream { stream in
            stream.onTermination = { ending in if case .cancelled = ending { self.wasCancelled.fire() } }
            guard failure == nil || !events.isEmpty else { return stream.finish(throwing: failure) }
            stream.yield(.prefilled(tokens: 20, reused: 8, seconds: 0.1))
            for event in events { stream.yield(event) }
            if isHeld { return }
            if let failure { return stream.finish(throwing: failure) }
            let hasCalls = events.contains { if case .toolCall = $0 { true } else { false } }
            stream.yield(
                .finished(
                    GenerationSummary(
                        reason: hasCalls ? .toolCalls : .stop, promptTokens: 20, cachedTokens: 8, completionTokens: 5,
                        decodeSeconds: 0.2)))
            stream.finish()
        }
    }

    func promptTokens(of request: GenerationRequest) async throws -> Int {
        requests.withLock { $0.append(request) }
        return 42
    }
}

extension TestResponse {
    /// The data of every event of a stream, as JSON where it is any.
    var chunks: [[String: Any]] {
        text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("data: ") else { return nil }
            return (try? JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8))) as? [String: Any]
        }
    }

    /// The names of a stream's events.
    var eventNames: [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst(7)) }
    }
}

extension [String: Any] {
    /// A value inside, by keys and indices.
    func at(_ keys: Any...) -> Any? {
        keys.reduce(self as Any?) { value, key in
            if let index = key as? Int {
                let items = value as? [Any] ?? []
                return items.indices.contains(index) ? items[index] : nil
            }
            return (value as? [String: Any])?["\(key)"]
        }
    }
}

/// A picture as a `data:` URL.
enum ChatPicture {
    static let base64 = Data(Picture.png()).base64EncodedString()
    static let url = "data:image/png;base64," + base64
}
