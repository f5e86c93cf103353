// What the tests of the remote engine share: configurations without waits, streams of a few words, and ways to hear an
// answer to its end.
import Foundation
import Inference
import Media
import NIOHTTP1
import Support
import Synchronization
import Testing

/// What the tests of the remote engine share.
enum Remote {
    /// A configuration without looks at servers' health and with waits that are no waits.
    static func configuration(_ servers: [ScriptedServer]) -> RemoteConfiguration {
        var configuration = RemoteConfiguration(servers.map(\.address), model: "kimi")
        configuration.health.intervalSeconds = 0
        configuration.retries.firstWaitSeconds = 0.001
        configuration.limits.openSeconds = 0.001
        return configuration
    }

    static let found = RemoteAbilities(model: "kimi", contextTokens: 4096, readsImages: true, callsTools: true)

    static func engine(
        _ servers: [ScriptedServer], clock: RemoteClock = .system, random: Double = 1,
        _ change: (inout RemoteConfiguration) -> Void = { _ in }
    ) throws -> RemoteEngine {
        var configuration = configuration(servers)
        change(&configuration)
        return try RemoteEngine(configuration, knowing: found, clock: clock) { random }
    }

    static let hello = GenerationRequest(Conversation([Message(.user, "Hi")]))

    /// A stream of one word.
    static func word(_ word: String) -> [UInt8] { piece(word) + end }

    static func piece(_ text: String) -> [UInt8] {
        Array("data: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"\(text)\"}}]}\n\n".utf8)
    }

    static let role = Array(
        "data: {\"choices\": [{\"index\": 0, \"delta\": {\"role\": \"assistant\", \"content\": \"\"}}]}\n\n".utf8)

    static let finish = Array(
        "data: {\"choices\": [{\"index\": 0, \"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n".utf8)

    static let end = finish + Array("data: [DONE]\n\n".utf8)

    static func error(_ message: String) -> [UInt8] { Array("{\"error\": {\"message\": \"\(message)\"}}".utf8) }
}

/// A suite that asks a remote engine.
protocol RemoteSuite {}

extension RemoteSuite {
    func events(_ engine: RemoteEngine, _ request: GenerationRequest = Remote.hello) async throws -> [GenerationEvent] {
        try await engine.generate(request).reduce(into: []) { $0.append($1) }
    }

    func text(_ engine: RemoteEngine, _ request: GenerationRequest = Remote.hello) async throws -> String {
        try await events(engine, request).map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }

    /// What came before an error, and the error.
    func failure(
        _ engine: RemoteEngine, _ request: GenerationRequest = Remote.hello
    ) async -> (text: String, error: EngineError?) {
        var text = ""
        do {
            for try await event in engine.generate(request) { if case .text(let more) = event { text += more } }
        } catch { return (text, error as? EngineError) }
        return (text, nil)
    }

    /// The error of an answer; its texts are noted as they come.
    func failure(_ engine: RemoteEngine, hearing said: Notes<String>) async -> EngineError? {
        do {
            for try await event in engine.generate(Remote.hello) { if case .text(let text) = event { said.add(text) } }
        } catch { return error as? EngineError }
        return nil
    }
}
