// Time as the remote engine knows it: how late it is, and sleep. Tests put a clock of their own in its place, so that
// no test waits.

/// A clock.
package struct RemoteClock: Sendable {
    /// The time since some moment that stays the same.
    package var now: @Sendable () -> Duration
    /// Returns after a while; throws `CancellationError` at once when its task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    /// Makes a clock of its two parts.
    package init(now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's own.
    package static let system: RemoteClock = {
        let start = ContinuousClock.now
        return RemoteClock(now: { start.duration(to: .now) }, sleep: { try await Task.sleep(for: $0) })
    }()
}
