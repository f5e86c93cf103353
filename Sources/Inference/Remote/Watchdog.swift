// Limits in time for work that has none of its own. The watchdog sleeps until the work is late; each sign of life moves
// that moment on. When it comes, the work is cancelled and a fault says what did not happen in time.
import Synchronization

/// Watches over one piece of work.
final class Watchdog: Sendable {
    private struct State {
        var due: Duration
        var lateness: String
        /// The sleep that must end when `due` moves before its end.
        var sleep: (end: Duration, task: Task<Void, any Error>)?
    }

    private let clock: RemoteClock
    private let state: Mutex<State>

    /// Expects a sign of life, or the end, within `limit` from now on.
    ///
    /// - Parameter lateness: what did not happen, if nothing happens.
    init(_ clock: RemoteClock, limit: Duration, lateness: String) {
        self.clock = clock
        state = Mutex(State(due: clock.now() + limit, lateness: lateness))
    }

    /// A sign of life: the next is expected within `limit` from now on.
    func expect(within limit: Duration, lateness: String) {
        let due = clock.now() + limit
        state.withLock { state in
            state.due = due
            state.lateness = lateness
            if let sleep = state.sleep, due < sleep.end { sleep.task.cancel() }
        }
    }

    /// Runs the work.
    ///
    /// - Throws: what the work throws, or a fault of kind `.slow`, after the work has stopped.
    func run<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work() }
            group.addTask { throw try await self.lateness() }
            guard let result = try await group.next() else { preconditionFailure("two tasks were added") }
            return result
        }
    }

    private func lateness() async throws -> RemoteFault {
        while true {
            try Task.checkCancellation()
            let now = clock.now()
            let nap: Task<Void, any Error>? = state.withLock { state in
                guard state.due > now else { return nil }
                let left = state.due - now
                let task = Task { [clock] in try await clock.sleep(left) }
                state.sleep = (state.due, task)
                return task
            }
            guard let nap else { return RemoteFault(.slow, state.withLock { $0.lateness }) }
            // It ends because its time is over, because the moment was moved before its end, or because nobody cares
            // any more; the loop looks which.
            await withTaskCancellationHandler {
                _ = await nap.result
            } onCancel: {
                nap.cancel()
            }
        }
    }
}
