// One answer, from the choice of a server to the last event: servers are tried until one speaks, and the one that has
// spoken is heard to its end.
//
//     lease a server ─▶ ask ─▶ first token ─▶ tokens ─▶ the end
//          ▲                │
//          └── wait, or go ─┘ a fault before the first token, as often as the configuration says
//              elsewhere

/// What answers are made with.
struct RemoteBackend: Sendable {
    let configuration: RemoteConfiguration
    let transport: HTTPTransport
    let pool: EndpointPool
    let clock: RemoteClock
    /// A number between 0 and 1, for waits.
    let random: @Sendable () -> Double
    /// What each server calls the model.
    let models: [String]

    /// What to call all servers in messages.
    var names: String { Set(models.indices.map(transport.name(of:))).sorted().joined(separator: ", ") }

    /// What a fault means for the server.
    func outcome(of fault: RemoteFault) -> EndpointPool.Outcome {
        if fault.kind == .busy {
            return .resting(fault.retryAfter ?? .seconds(configuration.retries.firstWaitSeconds))
        }
        return fault.isServersFault ? .failed : .answered
    }
}

/// An answer being made.
struct RemoteAnswer: Sendable {
    let backend: RemoteBackend
    let request: GenerationRequest
    let body: RequestBody
    let emit: @Sendable (GenerationEvent) -> Void

    /// A fault of one server.
    private struct ServerFault: Error {
        var fault: RemoteFault
        var endpoint: Int
    }

    /// Makes the answer.
    ///
    /// - Throws: `EngineError`, or `CancellationError`.
    func run() async throws -> GenerationSummary {
        let total = backend.configuration.timeouts.totalSeconds
        let watchdog = Watchdog(
            backend.clock, limit: .seconds(total), lateness: "no whole answer within \(total.shortText) s")
        do {
            return try await watchdog.run { try await tries() }
        } catch let failure as ServerFault {
            throw failure.fault.error(of: backend.transport.name(of: failure.endpoint))
        } catch let fault as RemoteFault {
            throw fault.error(of: backend.names)
        }
    }

    // MARK: Tries

    private func tries() async throws -> GenerationSummary {
        var maxTokens = request.maxTokens
        var avoided: Set<Int> = []
        var attempt = 1
        var lease = try await backend.pool.lease()
        while true {
            do {
                return try await race(from: lease, maxTokens)
            } catch let failure as ServerFault {
                if let shorter = shorterLimit(failure.fault, maxTokens) {
                    maxTokens = shorter
                    lease = try await backend.pool.lease()
                    continue
                }
                guard failure.fault.isRetryable, attempt < backend.configuration.retries.attempts else { throw failure }
                avoided.insert(failure.endpoint)
                lease = try await nextLease(after: failure, attempt, avoided)
                attempt += 1
            }
        }
    }

    /// A limit that fits, when prompt and limit together are too long for the server but the prompt alone is not: the
    /// local engine shortens its limit just so.
    private func shorterLimit(_ fault: RemoteFault, _ maxTokens: Int) -> Int? {
        guard case .contextExceeded(let prompt?, let context?) = fault.kind, prompt >= 0, prompt < context,
            context - prompt < maxTokens
        else { return nil }
        return context - prompt
    }

    /// A server for the next try: another at once, else any after a while.
    private func nextLease(
        after failure: ServerFault, _ attempt: Int, _ avoided: Set<Int>
    ) async throws -> EndpointPool.Lease {
        if let other = backend.pool.leaseNow(avoiding: avoided) { return other }
        let retries = backend.configuration.retries
        var wait = retries.firstWaitSeconds
        for _ in 1..<attempt { wait = min(wait * 2, retries.longestWaitSeconds) }
        try await backend.clock.sleep(.seconds(min(wait, retries.longestWaitSeconds) * (0.5 + backend.random() / 2)))
        do { return try await backend.pool.lease(avoiding: avoided) } catch let closed as RemoteFault {
            // What the server said is the reason; that nobody may be asked is the consequence.
            var failure = failure
            failure.fault.message += "; \(closed.message)"
            throw failure
        }
    }

    // MARK: Hedging

    /// Asks one server and, when it is silent for long and the configuration says so, a second one.
    private func race(from lease: EndpointPool.Lease, _ maxTokens: Int) async throws -> GenerationSummary {
        guard let seconds = backend.configuration.hedgeAfterSeconds else {
            return try await ask(lease, maxTokens) {}
        }
        let race = Race()
        let run = { @Sendable (lease: EndpointPool.Lease) async throws -> GenerationSummary? in
            try await race.run(lease.endpoint) {
                try await ask(lease, maxTokens) { try race.claim(lease.endpoint) }
            }
        }
        return try await withThrowingTaskGroup(of: Result<GenerationSummary?, any Error>.self) { group in
            defer { group.cancelAll() }
            group.addTask { await Result { try await run(lease) } }
            group.addTask {
                try? await backend.clock.sleep(.seconds(seconds))
                guard !Task.isCancelled, !race.isDecided,
                    let other = backend.pool.leaseNow(avoiding: [lease.endpoint])
                else { return .success(nil) }
                return await Result { try await run(other) }
            }
            var failure: any Error = CancellationError()
            while let result = try await group.next() {
                switch result {
                case .success(let summary?): return summary
                case .success(nil), .failure(is CancellationError): break
                case .failure(let error):
                    failure = error
                    if race.runnerCount == 1 || race.isDecided { throw error }
                }
            }
            throw failure
        }
    }

    // MARK: One server

    /// Asks one server and settles its lease.
    ///
    /// - Parameter onFirstToken: throws to stop before anything is told.
    private func ask(
        _ lease: EndpointPool.Lease, _ maxTokens: Int, onFirstToken: @escaping @Sendable () throws -> Void
    ) async throws -> GenerationSummary {
        var outcome = EndpointPool.Outcome.abandoned
        defer { backend.pool.settle(lease, outcome) }
        let exchange = Exchange(
            backend: backend, endpoint: lease.endpoint, request: request,
            bytes: try body.bytes(model: backend.models[lease.endpoint], maxTokens: maxTokens), emit: emit,
            onFirstToken: onFirstToken)
        do {
            let summary = try await exchange.run()
            outcome = .answered
            return summary
        } catch let fault as RemoteFault {
            outcome = backend.outcome(of: fault)
            throw ServerFault(fault: fault, endpoint: lease.endpoint)
        }
    }
}

extension Result where Failure == any Error {
    /// What work comes to.
    fileprivate init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}

extension Double {
    /// The number without a fraction that says nothing.
    var shortText: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}
