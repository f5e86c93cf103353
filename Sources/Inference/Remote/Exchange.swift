// One request to one server, heard to its end within its times. It knows nothing of other servers and tries nothing
// twice.
import Synchronization

/// A request to a server.
struct Exchange: Sendable {
    let backend: RemoteBackend
    let endpoint: Int
    let request: GenerationRequest
    let bytes: [UInt8]
    let emit: @Sendable (GenerationEvent) -> Void
    /// Called before anything is told; throws to stop there.
    let onFirstToken: @Sendable () throws -> Void

    /// What was heard so far. Reading changes it; what remains when reading fails says how far it came.
    private final class Record: Sendable {
        struct State {
            var assembly: ChunkAssembly
            let start: Duration
            var firstToken: Duration?
            var lastToken: Duration?
            /// There once the answer is whole.
            var summary: GenerationSummary?
        }

        private let state: Mutex<State>

        init(_ state: State) { self.state = Mutex(state) }

        func withState<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> sending Result) throws(Failure)
            -> sending Result
        {
            try state.withLock(body)
        }
    }

    /// Asks and listens.
    ///
    /// - Throws: a `RemoteFault` that knows whether a token had come; `CancellationError`.
    func run() async throws -> GenerationSummary {
        let stop = backend.configuration.form.sendsStop ? [] : request.stop
        let record = Record(
            .init(assembly: ChunkAssembly(request, stop: stop), start: backend.clock.now()))
        do {
            try await listen(record)
        } catch var fault as RemoteFault {
            // Whatever happens to the connection behind the last word is no fault.
            if let summary = record.withState({ $0.summary }) { return summary }
            fault.isAfterFirstToken = record.withState { $0.firstToken != nil }
            throw fault
        }
        guard let summary = record.withState({ $0.summary }) else { preconditionFailure("an answer ends or fails") }
        return summary
    }

    private func listen(_ record: Record) async throws {
        let seconds = backend.configuration.timeouts.firstTokenSeconds
        let watchdog = Watchdog(
            backend.clock, limit: .seconds(seconds), lateness: "no token within \(seconds.shortText) s")
        try await watchdog.run {
            try await backend.transport.complete(bytes, at: endpoint) { chunk in
                try hear(chunk, record, watchdog)
            } onDone: {
                try finish(record)
                watchdog.expect(within: .seconds(1), lateness: "the stream does not end")
            }
            // Not every server says that it is done.
            if record.withState({ $0.summary == nil }) { try finish(record) }
        }
    }

    /// Takes a piece; false when the answer ends here.
    private func hear(_ chunk: ChatChunk, _ record: Record, _ watchdog: Watchdog) throws -> Bool {
        if chunk.hasTokens {
            let seconds = backend.configuration.timeouts.betweenTokensSeconds
            watchdog.expect(
                within: .seconds(seconds), lateness: "no further token within \(seconds.shortText) s")
            if record.withState({ $0.firstToken == nil }) { try onFirstToken() }
        }
        let now = backend.clock.now()
        let events = try record.withState { state throws(RemoteFault) in
            var events: [GenerationEvent] = []
            if chunk.hasTokens {
                if state.firstToken == nil, let usage = chunk.usage {
                    let seconds = (now - state.start).inSeconds
                    events.append(
                        .prefilled(tokens: usage.promptTokens, reused: usage.cachedTokens ?? 0, seconds: seconds))
                }
                state.firstToken = state.firstToken ?? now
                state.lastToken = now
            }
            return events + (try state.assembly.push(chunk))
        }
        for event in events { emit(event) }
        return record.withState { !$0.assembly.isStopped }
    }

    /// Ends the answer.
    private func finish(_ record: Record) throws {
        let events = try record.withState { state throws(RemoteFault) in
            let (events, reason) = try state.assembly.finish()
            let usage = state.assembly.usage
            let decoding = (state.lastToken ?? .zero) - (state.firstToken ?? .zero)
            state.summary = GenerationSummary(
                reason: reason, promptTokens: usage?.promptTokens ?? 0, cachedTokens: usage?.cachedTokens ?? 0,
                completionTokens: usage?.completionTokens ?? 0, decodeSeconds: decoding.inSeconds)
            return events
        }
        for event in events { emit(event) }
    }
}
