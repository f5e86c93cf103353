// All that can be set about engines on other machines, as one value. As JSON, every field but `endpoints` may be left
// out and then has the default that stands here.

/// Where the servers are that speak for a model, and how to deal with them.
///
///     let configuration = RemoteConfiguration(["http://gpu-1:8000/v1", "http://gpu-2:8000/v1"])
///     let engine = try await RemoteEngine.connect(configuration)
///
/// All endpoints must serve the same model: a request goes to any of them.
public struct RemoteConfiguration: Sendable, Equatable {
    /// One server.
    public struct Endpoint: Sendable, Equatable, Codable {
        /// `http` or `https`, up to the part that all operations share: `http://gpu-1:8000/v1`. An address without a
        /// path means `/v1`.
        public var address: String
        /// What this server calls the model, where that differs from the others.
        public var model: String?
        /// The key of this server, where it differs from the others.
        public var key: Secret?

        /// Names a server.
        public init(_ address: String, model: String? = nil, key: Secret? = nil) {
            self.address = address
            self.model = model
            self.key = key
        }
    }

    /// A server that passes connections on.
    public struct Proxy: Sendable, Equatable, Codable {
        /// How it is spoken to. `socks` is SOCKS 5, which takes no password here.
        public enum Kind: String, Sendable, Codable { case http, socks }

        /// How it is spoken to.
        public var kind: Kind
        /// Its name or address, without a scheme.
        public var host: String
        /// Its port.
        public var port: Int
        /// Who asks, when it wants to know.
        public var user: String?
        /// The user's password.
        public var password: Secret?

        /// Names a proxy.
        public init(_ kind: Kind = .http, host: String, port: Int, user: String? = nil, password: Secret? = nil) {
            self.kind = kind
            self.host = host
            self.port = port
            self.user = user
            self.password = password
        }
    }

    /// The servers, at least one.
    public var endpoints: [Endpoint]
    /// What the servers call the model. Nil takes the one that `/models` lists, and fails where it lists several.
    public var model: String?
    /// Sent as `Authorization: Bearer`. Nil sends none.
    public var key: Secret?
    /// Sent with every request, in place of what would be sent under the same name.
    public var headers: [String: Secret]
    /// The way to all servers; nil connects directly, whatever the environment says.
    public var proxy: Proxy?
    /// How long anything may take.
    public var timeouts = Timeouts()
    /// What happens after a fault before the first token.
    public var retries = Retries()
    /// How much a server is given, and when it is left alone.
    public var limits = Limits()
    /// How servers are watched while nobody asks them anything.
    public var health = Health()
    /// A second server is asked as well when the first has said nothing for so long, and the one that speaks first is
    /// heard: less waiting for more work. Nil never does.
    public var hedgeAfterSeconds: Double?
    /// How requests are written.
    public var form = RequestForm.vLLM
    /// What is known of the servers' abilities, and what is asked.
    public var knowledge = Knowledge()

    /// Begins with defaults.
    public init(
        _ addresses: [String], model: String? = nil, key: Secret? = nil, headers: [String: Secret] = [:],
        form: RequestForm = .vLLM
    ) {
        endpoints = addresses.map { Endpoint($0) }
        self.model = model
        self.key = key
        self.headers = headers
        self.form = form
    }
}

// MARK: - As JSON

extension RemoteConfiguration: Codable {
    /// Reads what is there and takes the defaults for the rest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init([])
        endpoints = try container.decode([Endpoint].self, forKey: .endpoints)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        key = try container.decodeIfPresent(Secret.self, forKey: .key)
        headers = try container.value(.headers, or: headers)
        proxy = try container.decodeIfPresent(Proxy.self, forKey: .proxy)
        timeouts = try container.value(.timeouts, or: timeouts)
        retries = try container.value(.retries, or: retries)
        limits = try container.value(.limits, or: limits)
        health = try container.value(.health, or: health)
        hedgeAfterSeconds = try container.decodeIfPresent(Double.self, forKey: .hedgeAfterSeconds)
        form = try container.value(.form, or: form)
        knowledge = try container.value(.knowledge, or: knowledge)
    }
}

extension KeyedDecodingContainer {
    /// The value of a key, or a default when the key is left out or null.
    func value<Value: Decodable>(_ key: Key, or standard: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? standard
    }
}
