// A bell. Those who wait hear it however many they are, and one that rang between a look and the wait is not missed.
import Synchronization

/// Wakes tasks that wait for something to do.
final class Signal: Sendable {
    private struct State {
        var count: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// How often it rang. Take it before looking for work, and hand it to `wait`.
    var count: UInt64 { state.withLock { $0.count } }

    /// Wakes everyone who waits.
    func ring() {
        let waiters = state.withLock { state in
            state.count += 1
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when it has rung since `count` was taken, after `seconds`, or when the task is cancelled.
    func wait(since count: UInt64, atMost seconds: Double) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(since: count) }
            group.addTask { try? await Task.sleep(for: .seconds(min(seconds, 1e9))) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Returns when it has rung since `count` was taken, or when the task is cancelled.
    func wait(since count: UInt64) async {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    // A cancelled task is told so before its handler runs, which waits for this lock.
                    guard state.count == count, !Task.isCancelled else { return false }
                    state.waiters[waiter] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
        }
    }
}
