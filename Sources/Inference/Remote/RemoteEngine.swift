// The door to engines on other machines: whatever speaks OpenAI's protocol, as one engine. It refuses nothing that its
// servers take, retries nothing that has begun to be told, and shows no key.

/// Answers with the servers of a configuration: vLLM, SGLang, llama-server, a hosted service.
///
///     let engine = try await RemoteEngine.connect(RemoteConfiguration(["http://gpu-1:8000/v1", "http://gpu-2:8000/v1"]))
///     for try await event in engine.generate(GenerationRequest(conversation)) { … }
///
/// Events are those of every engine, with three differences. `encoded` never comes. `prefilled` comes only where the
/// server counts tokens in every piece (`RequestForm.asksContinuousUsage`); its `seconds` are those up to the first
/// token. Parts of tool calls come as they are written, but whole calls come together, when the answer ends.
///
/// What a request asks for and the servers have no way to do (`RequestForm` says what) is refused before anything is
/// sent. A server that takes a request and does not do what it asks fails the answer.
///
/// Connections close, and the looks at the servers' health end, with the last reference to the engine.
public final class RemoteEngine: Engine {
    /// What this engine can do: what all servers can.
    public let abilities: Abilities
    /// The same as it was found out, to be kept for the next `init(_:knowing:)`.
    public let found: RemoteAbilities
    private let backend: RemoteBackend
    private let watch: Task<Void, Never>

    /// How one server stands.
    public struct Endpoint: Sendable, Equatable {
        /// Host and port.
        public var name: String
        /// Answers that it works on for this engine.
        public var answers: Int
        /// Whether it is left alone, because it failed or because it asked for it.
        public var isLeftAlone: Bool
    }

    /// Asks the servers what they can do and connects to them. Servers that do not answer are left out of the question
    /// and used when they come back.
    ///
    /// - Throws: `.unavailable` when no server answers, one does not say what must be known, or a stylesheet cannot be
    ///   read; `.unsupported` for a configuration that means nothing.
    public static func connect(_ configuration: RemoteConfiguration) async throws(EngineError) -> RemoteEngine {
        try await connect(configuration, clock: .system)
    }

    /// Connects to servers of which everything is known; nothing is sent.
    ///
    /// - Throws: `.unsupported` for a configuration that means nothing; `.unavailable` for a stylesheet that cannot be
    ///   read.
    public convenience init(_ configuration: RemoteConfiguration, knowing found: RemoteAbilities) throws(EngineError) {
        try self.init(configuration, knowing: found, clock: .system)
    }

    package static func connect(
        _ configuration: RemoteConfiguration, clock: RemoteClock
    ) async throws(EngineError) -> RemoteEngine {
        try configuration.check()
        let dialect = try configuration.knowledge.readDialect()
        let transport = try HTTPTransport(configuration)
        let found = try await Probe(configuration: configuration, transport: transport, clock: clock).abilities()
        let backend = RemoteBackend(configuration, found, transport, clock) { .random(in: 0...1) }
        return RemoteEngine(backend, found, dialect)
    }

    /// - Parameter random: numbers between 0 and 1, for the length of waits.
    package convenience init(
        _ configuration: RemoteConfiguration, knowing found: RemoteAbilities, clock: RemoteClock,
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) throws(EngineError) {
        try configuration.check()
        let dialect = try configuration.knowledge.readDialect()
        let backend = RemoteBackend(configuration, found, try HTTPTransport(configuration), clock, random)
        self.init(backend, found, dialect)
    }

    private init(_ backend: RemoteBackend, _ found: RemoteAbilities, _ dialect: Dialect?) {
        self.backend = backend
        self.found = found
        let configuration = backend.configuration
        abilities = found.abilities(
            dialect: dialect, comfortableSize: configuration.knowledge.comfortableSize,
            lineHeight: configuration.knowledge.lineHeight)
        let health = HealthWatch(
            settings: configuration.health, transport: backend.transport, pool: backend.pool, clock: backend.clock)
        watch = Task { await health.run() }
    }

    deinit { watch.cancel() }

    /// How the servers stand, in the order of the configuration.
    public var endpoints: [Endpoint] {
        let now = backend.clock.now()
        return backend.pool.standings.enumerated().map { index, standing in
            let isOpen = if case .closed = standing.breaker { false } else { true }
            return Endpoint(
                name: backend.transport.name(of: index), answers: standing.outstanding,
                isLeftAlone: isOpen || standing.restsUntil > now)
        }
    }

    /// Answers a conversation; as many at a time as the servers have room for, others wait in order. Ending the
    /// iteration closes the connection at once, or its stream where HTTP/2 carries several.
    ///
    /// No limit goes out that is larger than what the servers hold, because they refuse it.
    public func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task { [abilities, backend, found] in
                do {
                    try abilities.check(request)
                    var request = request
                    request.maxTokens = min(request.maxTokens, abilities.contextTokens)
                    request.thinking = request.thinking && abilities.followsInstructions
                    let body = try RequestBody(
                        request, form: backend.configuration.form, reasoningKey: found.reasoningKey)
                    let answer = RemoteAnswer(backend: backend, request: request, body: body) { continuation.yield($0) }
                    continuation.yield(.finished(try await answer.run()))
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { reason in
                if case .cancelled = reason { task.cancel() }
            }
        }
    }
}

extension RemoteEngine {
    /// How many tokens the prompt of a request has, as a server counts them; `RequestForm.tokenCount` says where. A server
    /// that fails is asked once; then others are.
    public func promptTokens(of request: GenerationRequest) async throws -> Int {
        try abilities.check(request)
        let body = try RequestBody(request, form: backend.configuration.form, reasoningKey: found.reasoningKey)
        return try await PromptCount(backend: backend, request: request, body: body).run()
    }
}

extension RemoteBackend {
    /// With nothing under way.
    fileprivate init(
        _ configuration: RemoteConfiguration, _ found: RemoteAbilities, _ transport: HTTPTransport,
        _ clock: RemoteClock, _ random: @escaping @Sendable () -> Double
    ) {
        let pool = EndpointPool(
            count: configuration.endpoints.count, limits: configuration.limits,
            longestWait: .seconds(configuration.retries.longestWaitSeconds), clock: clock)
        self.init(
            configuration: configuration, transport: transport, pool: pool, clock: clock, random: random,
            models: configuration.endpoints.map { $0.model ?? configuration.model ?? found.model })
    }
}

extension RemoteConfiguration.Knowledge {
    /// The dialect whose stylesheet is named.
    fileprivate func readDialect() throws(EngineError) -> Dialect? {
        guard let dialect else { return nil }
        return try Dialect(contentsOf: dialect)
    }
}

extension RemoteConfiguration {
    /// Refuses numbers that mean nothing.
    fileprivate func check() throws(EngineError) {
        guard !endpoints.isEmpty else { throw .unsupported("no server is named") }
        let positive = [
            ("timeouts.connectSeconds", timeouts.connectSeconds),
            ("timeouts.firstTokenSeconds", timeouts.firstTokenSeconds),
            ("timeouts.betweenTokensSeconds", timeouts.betweenTokensSeconds),
            ("timeouts.totalSeconds", timeouts.totalSeconds), ("limits.openSeconds", limits.openSeconds),
            ("retries.attempts", Double(retries.attempts)), ("health.timeoutSeconds", health.timeoutSeconds),
            ("limits.answersPerEndpoint", Double(limits.answersPerEndpoint)),
            ("limits.faultsToOpen", Double(limits.faultsToOpen)),
        ]
        let notNegative = [
            ("retries.firstWaitSeconds", retries.firstWaitSeconds),
            ("retries.longestWaitSeconds", retries.longestWaitSeconds),
            ("health.intervalSeconds", health.intervalSeconds), ("hedgeAfterSeconds", hedgeAfterSeconds ?? 0),
        ]
        let wrong =
            positive.first { !($0.1 > 0) } ?? notNegative.first { !($0.1 >= 0) }
            ?? (positive + notNegative).first { $0.1 > 1e9 }
        if let (name, value) = wrong { throw .unsupported("\(name) is \(value.shortText), which means nothing") }
    }
}
