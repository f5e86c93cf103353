// When a server is left alone. Pure state: it is told what happens and when, and asked whether a request may go.
//
//              fail, the Nth in a row                openFor has passed, or a look at its health went well
//     closed ───────────────────────────▶ open ───────────────────────────────────────────────▶ half open
//       ▲  ▲                               ▲                                                    │ begin: one request
//       │  └── succeed (a late answer) ────┘◀──────────────────── fail ─────────────────────────┤ at a time
//       └────────────────────────────────── succeed ────────────────────────────────────────────┘

/// The breaker of one server.
package struct CircuitBreaker: Sendable, Equatable {
    /// Where it stands.
    package enum State: Sendable, Equatable {
        /// Requests go; so many faults came in a row.
        case closed(faults: Int)
        /// None goes before that time.
        case open(until: Duration)
        /// One goes at a time, until one is answered.
        case halfOpen(isTrying: Bool)
    }

    /// Where it stands.
    package private(set) var state = State.closed(faults: 0)
    private let faultsToOpen: Int
    private let openFor: Duration

    /// Begins closed.
    package init(faultsToOpen: Int, openFor: Duration) {
        self.faultsToOpen = faultsToOpen
        self.openFor = openFor
    }

    /// Whether a request may go.
    package func admits(at now: Duration) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): now >= until
        case .halfOpen(let isTrying): !isTrying
        }
    }

    /// A request goes; it must be admitted.
    package mutating func begin(at now: Duration) {
        precondition(admits(at: now), "a request goes to a server that is left alone")
        if case .closed = state { return }
        state = .halfOpen(isTrying: true)
    }

    /// A request was answered.
    package mutating func succeed() { state = .closed(faults: 0) }

    /// A request, or a look at the server's health, came to nothing through the server's fault.
    package mutating func fail(at now: Duration) {
        switch state {
        case .closed(let faults) where faults + 1 < faultsToOpen: state = .closed(faults: faults + 1)
        case .closed, .halfOpen: state = .open(until: now + openFor)
        case .open: break  // requests that went before it opened
        }
    }

    /// A request ended without telling anything about the server.
    package mutating func abandon() {
        if case .halfOpen = state { state = .halfOpen(isTrying: false) }
    }

    /// A look at the server's health went well.
    package mutating func noteHealthy() {
        if case .open = state { state = .halfOpen(isTrying: false) }
    }
}
