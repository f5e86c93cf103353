// How many tokens a prompt has, asked of a server. Every kind of server has a place of its own for the question, if any.

/// The question.
struct PromptCount: Sendable {
    let backend: RemoteBackend
    let request: GenerationRequest
    let body: RequestBody

    /// Asks until a server answers, each at most once.
    ///
    /// - Throws: `EngineError`; `CancellationError`.
    func run() async throws -> Int {
        try check()
        var asked: Set<Int> = []
        var failure: EngineError?
        while true {
            let lease: EndpointPool.Lease
            do { lease = try await backend.pool.lease(avoiding: asked) } catch let fault as RemoteFault {
                throw fault.error(of: backend.names)
            }
            if let failure, asked.contains(lease.endpoint) {
                // No other may be asked now.
                backend.pool.settle(lease, .abandoned)
                throw failure
            }
            asked.insert(lease.endpoint)
            do { return try await ask(lease) } catch let fault as RemoteFault {
                let error = fault.error(of: backend.transport.name(of: lease.endpoint))
                guard fault.isRetryable, asked.count < backend.models.count else { throw error }
                failure = error
            }
        }
    }

    private func check() throws(EngineError) {
        switch backend.configuration.form.tokenCount {
        case .tokenize, .inputTokens, .estimate: break
        case .template:
            let hasMedia = request.conversation.messages.flatMap(\.content).contains {
                if case .text = $0 { false } else { true }
            }
            guard !hasMedia else { throw .unsupported("the server counts the tokens of texts, not of pictures") }
        case .none: throw .unsupported("the server does not say how many tokens a prompt has")
        }
    }

    private func ask(_ lease: EndpointPool.Lease) async throws -> Int {
        var outcome = EndpointPool.Outcome.abandoned
        defer { backend.pool.settle(lease, outcome) }
        let seconds = backend.configuration.timeouts.firstTokenSeconds
        let watchdog = Watchdog(
            backend.clock, limit: .seconds(seconds), lateness: "no answer within \(seconds.shortText) s")
        do {
            let answer = try await watchdog.run { try await count(at: lease.endpoint) }
            outcome = .answered
            return answer
        } catch let fault as RemoteFault {
            outcome = backend.outcome(of: fault)
            throw fault
        }
    }

    private func count(at endpoint: Int) async throws -> Int {
        let bytes = try body.promptBytes(model: backend.models[endpoint])
        let transport = backend.transport
        let count: Int?
        switch backend.configuration.form.tokenCount {
        case .tokenize: count = try await transport.ask("/tokenize", bytes, at: endpoint)["count"]?.integer
        case .inputTokens:
            count = try await transport.ask("chat/completions/input_tokens", bytes, at: endpoint)["input_tokens"]?
                .integer
        case .estimate:
            let answer = try await transport.ask("tokenizers/estimate-token-count", bytes, at: endpoint)
            count = answer["data"]?["total_tokens"]?.integer
        case .template:
            let prompt = try await transport.ask("/apply-template", bytes, at: endpoint)["prompt"]?.string
            guard let prompt else { throw RemoteFault(.malformed, "answers /apply-template without a prompt") }
            count = try await transport.ask("/tokenize", Self.texts(prompt), at: endpoint)["tokens"]?.items?.count
        case .none: preconditionFailure("refused before anything is asked")
        }
        guard let count else { throw RemoteFault(.malformed, "answers without a count of tokens") }
        return count
    }

    /// The template has written every mark, but not the one that begins a text, which a vocabulary may want.
    private static func texts(_ prompt: String) -> [UInt8] {
        let fields: [JSONValue.Member] = [
            .init("content", .string(prompt)), .init("add_special", .bool(true)), .init("parse_special", .bool(true)),
        ]
        return Array(JSONValue.object(fields).text(.compact).utf8)
    }
}
