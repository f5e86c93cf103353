// Which server gets the next request: of those that may be asked, the one that works on the fewest; among equals the
// one that was asked longest ago. Requests that find no free server wait in line, and each is handed the first that
// is free for it.
//
// Invariants: (1) `outstanding` of a server is the number of its leases that were not settled. (2) While somebody waits
// in line, no server that may be asked has room; whatever makes room serves the line before it returns, and where time
// makes room, a look at the line is due at that time.
import Synchronization

/// The servers, and who waits for one.
package final class EndpointPool: Sendable {
    /// The right to send one request to one server; settled exactly once.
    package struct Lease: Sendable, Equatable {
        /// Which server, by its place in the configuration.
        package var endpoint: Int
    }

    /// How a request went.
    package enum Outcome: Sendable, Equatable {
        /// It was answered, or refused for what it asked.
        case answered
        /// The server failed.
        case failed
        /// The server asks to be left alone for a while.
        case resting(Duration)
        /// Nobody wanted the answer any more.
        case abandoned
    }

    /// How one server stands.
    package struct Standing: Sendable, Equatable {
        /// Requests it works on.
        package var outstanding: Int
        /// Whether it is left alone.
        package var breaker: CircuitBreaker.State
        /// It asked to be left alone until then.
        package var restsUntil: Duration
    }

    private struct Server {
        var outstanding = 0
        var breaker: CircuitBreaker
        var restsUntil = Duration.zero
        var lastTurn = 0
    }

    private struct Waiter {
        var number: Int
        var avoided: Set<Int>
        var continuation: CheckedContinuation<Lease, any Error>
    }

    private struct State {
        var servers: [Server]
        var line: [Waiter] = []
        var turn = 0
        var nextNumber = 0
        /// Waiters that were cancelled before they stood in line.
        var cancelled: Set<Int> = []
        /// When the line is looked at again, because time alone will have made a server free.
        var nextLook: Duration?
    }

    private let room: Int
    private let longestWait: Duration
    private let clock: RemoteClock
    private let state: Mutex<State>

    /// Begins with servers that are free.
    ///
    /// - Parameter longestWait: nobody waits longer for servers that must not be asked; for room one waits for ever.
    package init(count: Int, limits: RemoteConfiguration.Limits, longestWait: Duration, clock: RemoteClock) {
        room = limits.answersPerEndpoint
        self.longestWait = longestWait
        self.clock = clock
        let breaker = CircuitBreaker(faultsToOpen: limits.faultsToOpen, openFor: .seconds(limits.openSeconds))
        state = Mutex(State(servers: Array(repeating: Server(breaker: breaker), count: count)))
    }

    /// How the servers stand, in the order of the configuration.
    package var standings: [Standing] {
        state.withLock { state in
            state.servers.map {
                Standing(outstanding: $0.outstanding, breaker: $0.breaker.state, restsUntil: $0.restsUntil)
            }
        }
    }

    /// A server that is free now.
    ///
    /// - Parameter avoided: servers that are not taken.
    /// - Returns: nil when there is none, or others wait in line.
    package func leaseNow(avoiding avoided: Set<Int> = []) -> Lease? {
        state.withLock { state in
            state.line.isEmpty ? pick(&state, avoided, isStrict: true) : nil
        }
    }

    /// A server, waiting until one is free.
    ///
    /// - Parameter avoided: servers that are taken only when no other may be asked now.
    /// - Throws: `CancellationError`; a fault of kind `.unreachable` when every server is left alone for longer than
    ///   anybody waits.
    package func lease(avoiding avoided: Set<Int> = []) async throws -> Lease {
        let (lease, number) = state.withLock { state in
            state.nextNumber += 1
            return (state.line.isEmpty ? pick(&state, avoided, isStrict: false) : nil, state.nextNumber)
        }
        if let lease { return lease }
        return try await standInLine(number, avoided)
    }

    /// A request has ended.
    package func settle(_ lease: Lease, _ outcome: Outcome) {
        let now = clock.now()
        state.withLock { state in
            let server = lease.endpoint
            state.servers[server].outstanding -= 1
            switch outcome {
            case .answered: state.servers[server].breaker.succeed()
            case .failed: state.servers[server].breaker.fail(at: now)
            case .resting(let time):
                state.servers[server].breaker.abandon()
                state.servers[server].restsUntil = max(state.servers[server].restsUntil, now + time)
            case .abandoned: state.servers[server].breaker.abandon()
            }
        }
        serveLine()
    }

    /// A look at a server's health has ended.
    package func note(isHealthy: Bool, endpoint: Int) {
        let now = clock.now()
        state.withLock { state in
            if isHealthy {
                state.servers[endpoint].breaker.noteHealthy()
            } else {
                state.servers[endpoint].breaker.fail(at: now)
            }
        }
        serveLine()
    }

    // MARK: Choosing

    private func pick(_ state: inout State, _ avoided: Set<Int>, isStrict: Bool) -> Lease? {
        let now = clock.now()
        let free = state.servers.indices.filter { index in
            let server = state.servers[index]
            return server.outstanding < room && server.restsUntil <= now && server.breaker.admits(at: now)
        }
        let others = free.filter { !avoided.contains($0) }
        let candidates = others.isEmpty && !isStrict ? free : others
        let chosen = candidates.min { left, right in
            let (left, right) = (state.servers[left], state.servers[right])
            return (left.outstanding, left.lastTurn) < (right.outstanding, right.lastTurn)
        }
        guard let chosen else { return nil }
        state.turn += 1
        state.servers[chosen].lastTurn = state.turn
        state.servers[chosen].outstanding += 1
        state.servers[chosen].breaker.begin(at: now)
        return Lease(endpoint: chosen)
    }

    /// How long until a server that must not be asked now may be; nil when there is none. And whether there are
    /// others.
    private static func delay(_ state: State, at now: Duration) -> (soonest: Duration?, isAnyAsked: Bool) {
        let delays = state.servers.map { server in
            if case .open(let until) = server.breaker.state { return max(until, server.restsUntil) - now }
            return server.restsUntil - now
        }
        return (delays.filter { $0 > .zero }.min(), delays.contains { $0 <= .zero })
    }

    // MARK: The line

    private func standInLine(_ number: Int, _ avoided: Set<Int>) async throws -> Lease {
        defer { state.withLock { _ = $0.cancelled.remove(number) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(number) { return true }
                    state.line.append(Waiter(number: number, avoided: avoided, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) } else { serveLine() }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let place = state.line.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.line.remove(at: place)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Hands servers to those who wait, first come first served; sends them away when there is nothing to wait for;
    /// and comes back when time alone will make a server free.
    private func serveLine() {
        let now = clock.now()
        var served: [(Waiter, Lease)] = []
        var sentAway: [Waiter] = []
        var nextLook: Duration?
        var soonest = Duration.zero
        state.withLock { state in
            while let first = state.line.first, let lease = pick(&state, first.avoided, isStrict: false) {
                state.line.removeFirst()
                served.append((first, lease))
            }
            guard !state.line.isEmpty, case (let delay?, let isAnyAsked) = Self.delay(state, at: now) else { return }
            soonest = delay
            if !isAnyAsked, delay > longestWait {
                swap(&sentAway, &state.line)
            } else if state.nextLook.map({ $0 <= now || $0 > now + delay }) ?? true {
                state.nextLook = now + delay
                nextLook = delay
            }
        }
        for (waiter, lease) in served { waiter.continuation.resume(returning: lease) }
        let seconds = (soonest.inSeconds * 10).rounded() / 10
        for waiter in sentAway {
            waiter.continuation.resume(
                throwing: RemoteFault(.unreachable, "no server may be asked for another \(seconds) s"))
        }
        if let nextLook {
            Task {
                try await clock.sleep(nextLook)
                serveLine()
            }
        }
    }
}
