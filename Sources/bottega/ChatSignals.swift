// Ctrl-C in a conversation: the first ends the answer that is being written, the next, or one while nothing is written,
// the program. SIGTERM always ends the program.
import Dispatch
import Foundation
import Synchronization

/// Turns signals into the end of an answer or of the program.
final class ChatSignals: Sendable {
    private enum State {
        case idle
        case answering(@Sendable () -> Void)
        case ending
    }

    private let state = Mutex(State.idle)
    // Only made and kept here; they speak to `caught`.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init() {
        let queue = DispatchQueue(label: "bottega.chat.signals")
        let numbers = [SIGINT, SIGTERM]
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for (source, number) in zip(sources, numbers) {
            source.setEventHandler { [weak self] in self?.caught(number) }
            source.resume()
        }
    }

    /// Runs the work of one answer in a task that Ctrl-C cancels.
    func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task(operation: work)
        state.withLock { $0 = .answering { task.cancel() } }
        defer { state.withLock { $0 = .idle } }
        return try await task.value
    }

    /// Ends the program as SIGINT does.
    func endProgram(_ number: Int32 = SIGINT) -> Never {
        Output.complain("interrupted")
        exit(128 + number)
    }

    private func caught(_ number: Int32) {
        let cancel: (@Sendable () -> Void)? = state.withLock { state in
            guard number == SIGINT, case .answering(let cancel) = state else { return nil }
            state = .ending
            return cancel
        }
        guard let cancel else {
            Output.draw(Output.isTerminal ? "\n" : "")
            endProgram(number)
        }
        cancel()
    }
}
