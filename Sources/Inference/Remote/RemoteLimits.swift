// How long, how often, how much: the numbers of a remote configuration.

extension RemoteConfiguration {
    /// How long anything may take, in seconds.
    public struct Timeouts: Sendable, Equatable {
        /// To open a connection, TLS included.
        public var connectSeconds: Double = 10
        /// From the request to the first token: a server queues and reads the prompt meanwhile. Signs of life that
        /// are no token do not count.
        public var firstTokenSeconds: Double = 300
        /// From one token to the next.
        public var betweenTokensSeconds: Double = 60
        /// All of an answer, waiting for a free server and retries included.
        public var totalSeconds: Double = 3600

        /// Begins with the defaults.
        public init() {}
    }

    /// What happens after a fault before the first token: status 429 or 5xx, a connection refused or cut, a first
    /// token that does not come. A server not yet tried is asked at once; otherwise the wait doubles from try to try,
    /// and a random half of it is left out so that many who wait do not return together. After the first token
    /// nothing is ever asked again.
    public struct Retries: Sendable, Equatable {
        /// Tries in all, the first included.
        public var attempts = 4
        /// Before the second try.
        public var firstWaitSeconds: Double = 0.5
        /// No wait is longer. A server that asks for a longer one (`Retry-After`) is left alone for as long as it
        /// asks, and the answer fails when no other server is there.
        public var longestWaitSeconds: Double = 30

        /// Begins with the defaults.
        public init() {}
    }

    /// How much a server is given, and when it is left alone.
    public struct Limits: Sendable, Equatable {
        /// Answers that one server works on at a time; further ones wait here, in order.
        public var answersPerEndpoint = 32
        /// A server is left alone after so many faults in a row.
        public var faultsToOpen = 5
        /// For so long. Then one answer is tried, and the next only when that one came.
        public var openSeconds: Double = 15

        /// Begins with the defaults.
        public init() {}
    }

    /// How servers are watched while nobody asks them anything.
    public struct Health: Sendable, Equatable {
        /// Between two looks at each server; 0 never looks. A server that was left alone and answers the look is
        /// tried again at once; one that does not answer has had a fault.
        public var intervalSeconds: Double = 10
        /// What is fetched, behind the address; with a slash in front, beside its `v1`, as in `/health`. Any answer
        /// below 500 is a sign of health.
        public var path = "models"
        /// A look that takes longer is a fault.
        public var timeoutSeconds: Double = 5

        /// Begins with the defaults.
        public init() {}
    }

    /// What is known of the servers' abilities. What is not known is asked for, once, when the engine connects.
    public struct Knowledge: Sendable, Equatable {
        /// An ability of the servers.
        public enum Answer: String, Sendable, Codable { case yes, no, ask }

        /// Tokens of prompt and answer together. Nil asks: `max_model_len` (vLLM, SGLang) or `context_length` of
        /// `/models`, then `n_ctx` of llama-server's `/props`.
        public var contextTokens: Int?
        /// Whether the model reads pictures. Asked with a tiny one: a refusal, or a prompt that is no longer for it,
        /// says no.
        public var readsImages = Answer.ask
        /// Whether the server hands tool calls out. Asked with a tool: a refusal says no.
        public var callsTools = Answer.ask
        /// The largest picture that the model has learnt to read whole, in pixels; no server tells.
        public var comfortableSize: PixelSize?
        /// Pixels: the height of pictures of single lines that the model has learnt to read; no server tells.
        public var lineHeight: Int?
        /// A file: the stylesheet whose classes are all that the model writes, as the embedded model does. Such a model
        /// gets pictures alone, without instructions or tools. No server tells.
        public var dialect: String?

        /// Begins with the defaults.
        public init() {}
    }
}

// MARK: - As JSON

extension RemoteConfiguration.Timeouts: Codable {
    /// Reads what is there and takes the defaults for the rest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        connectSeconds = try container.value(.connectSeconds, or: connectSeconds)
        firstTokenSeconds = try container.value(.firstTokenSeconds, or: firstTokenSeconds)
        betweenTokensSeconds = try container.value(.betweenTokensSeconds, or: betweenTokensSeconds)
        totalSeconds = try container.value(.totalSeconds, or: totalSeconds)
    }
}

extension RemoteConfiguration.Retries: Codable {
    /// Reads what is there and takes the defaults for the rest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        attempts = try container.value(.attempts, or: attempts)
        firstWaitSeconds = try container.value(.firstWaitSeconds, or: firstWaitSeconds)
        longestWaitSeconds = try container.value(.longestWaitSeconds, or: longestWaitSeconds)
    }
}

extension RemoteConfiguration.Limits: Codable {
    /// Reads what is there and takes the defaults for the rest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        answersPerEndpoint = try container.value(.answersPerEndpoint, or: answersPerEndpoint)
        faultsToOpen = try container.value(.faultsToOpen, or: faultsToOpen)
        openSeconds = try container.value(.openSeconds, or: openSeconds)
    }
}

extension RemoteConfiguration.Health: Codable {
    /// Reads what is there and takes the defaults for the rest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        intervalSeconds = try container.value(.intervalSeconds, or: intervalSeconds)
        path = try container.value(.path, or: path)
        timeoutSeconds = try container.value(.timeoutSeconds, or: timeoutSeconds)
    }
}

extension RemoteConfiguration.Knowledge: Codable {
    /// Reads what is there and takes the defaults for the rest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        contextTokens = try container.decodeIfPresent(Int.self, forKey: .contextTokens)
        readsImages = try container.value(.readsImages, or: readsImages)
        callsTools = try container.value(.callsTools, or: callsTools)
        comfortableSize = try container.decodeIfPresent(PixelSize.self, forKey: .comfortableSize)
        lineHeight = try container.decodeIfPresent(Int.self, forKey: .lineHeight)
        dialect = try container.decodeIfPresent(String.self, forKey: .dialect)
    }
}
