// A clock for tests: short sleeps take no time and move it on, long ones last until a test moves it there.
import Inference
import Synchronization

/// A clock that a test holds in its hand.
final class TestClock: Sendable {
    private struct Sleeper {
        var number: Int
        var due: Duration
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Duration.zero
        var sleeps: [Duration] = []
        var sleepers: [Sleeper] = []
        var nextNumber = 0
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())
    private let skipped: Duration

    /// - Parameter skipped: sleeps up to this long take no time.
    init(skipping skipped: Duration = .zero) { self.skipped = skipped }

    /// The sleeps that took no time, in order.
    var skippedSleeps: [Duration] { state.withLock { $0.sleeps } }

    /// How many sleep.
    var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    var now: Duration { state.withLock { $0.now } }

    /// The clock as the engine takes it.
    var clock: RemoteClock { RemoteClock(now: { self.now }, sleep: { try await self.sleep($0) }) }

    /// Moves on and wakes whoever is due.
    func advance(by time: Duration) {
        let woken = state.withLock { state in
            state.now += time
            let now = state.now
            let woken = state.sleepers.filter { $0.due <= now }
            state.sleepers.removeAll { $0.due <= now }
            return woken
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    private func sleep(_ time: Duration) async throws {
        try Task.checkCancellation()
        let number: Int? = state.withLock { state in
            if time <= skipped {
                state.sleeps.append(time)
                state.now += time
                return nil
            }
            state.nextNumber += 1
            return state.nextNumber
        }
        guard let number else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(number) { return true }
                    state.sleepers.append(
                        Sleeper(number: number, due: state.now + time, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let place = state.sleepers.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.sleepers.remove(at: place)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}

/// Waits until something holds, up to ten seconds; whether it did.
func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
    for _ in 0..<2000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}

/// What tasks note down, in order.
final class Notes<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    /// Notes so far.
    var all: [Value] { values.withLock { $0 } }

    func add(_ value: Value) { values.withLock { $0.append(value) } }
}
