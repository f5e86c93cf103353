// Which of the requests that ask for the same answer is heard: the one whose first token comes first. The others are
// stopped at once.
import Synchronization

/// Requests that ask for the same answer.
final class Race: Sendable {
    private struct State {
        var winner: Int?
        var stops: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// How many have begun.
    var runnerCount: Int { state.withLock { $0.stops.count } }

    /// Whether one is heard already.
    var isDecided: Bool { state.withLock { $0.winner != nil } }

    /// Runs a request until it ends, or until another is heard, which is a `CancellationError`.
    func run<Result: Sendable>(_ runner: Int, _ work: @escaping @Sendable () async throws -> Result) async throws
        -> Result
    {
        let task = Task { try await work() }
        let isLate = state.withLock { state in
            state.stops[runner] = { task.cancel() }
            return state.winner != nil
        }
        if isLate { task.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// A first token has come.
    ///
    /// - Throws: `CancellationError` when another is heard already.
    func claim(_ runner: Int) throws {
        let stops = try state.withLock { state in
            guard state.winner == nil || state.winner == runner else { throw CancellationError() }
            state.winner = runner
            return state.stops.filter { $0.key != runner }.values.map(\.self)
        }
        for stop in stops { stop() }
    }
}
