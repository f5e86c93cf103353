// What can go wrong with a server, sorted by what to do about it: ask again or not, hold it against the server or not.
// Callers of the engine see it as an `EngineError`, in one line that names the server and holds no key.

/// Why one exchange with one server came to nothing.
package struct RemoteFault: Error, Sendable, Equatable {
    /// What to do about it.
    package enum Kind: Sendable, Equatable {
        /// The connection could not be made, or was cut.
        case unreachable
        /// Too long without a token.
        case slow
        /// The server failed: status 5xx, or an error that it tells in its stream.
        case broken
        /// Status 429, or 503 with a time to come back.
        case busy
        /// Status 429 that waiting does not end: the quota is used up.
        case exhausted
        /// The key is not accepted, or there is no such model or address.
        case denied
        /// The request is not accepted.
        case refused
        /// The prompt, or prompt and answer together, are too long; the counts as far as the server tells them.
        case contextExceeded(promptTokens: Int?, contextTokens: Int?)
        /// What the server says is not the protocol.
        case malformed
    }

    /// What to do about it.
    package var kind: Kind
    /// In words, without the server's name.
    package var message: String
    /// How long the server asks to be left alone.
    package var retryAfter: Duration?
    /// Whether a token had come before: then nothing is asked again.
    package var isAfterFirstToken = false

    /// Describes a fault.
    package init(_ kind: Kind, _ message: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Whether the same request may succeed elsewhere or later.
    package var isRetryable: Bool {
        guard !isAfterFirstToken else { return false }
        return switch kind {
        case .unreachable, .slow, .broken, .busy, .malformed: true
        case .exhausted, .denied, .refused, .contextExceeded: false
        }
    }

    /// Whether it says that the server does not work, rather than that it does not want.
    package var isServersFault: Bool {
        switch kind {
        case .unreachable, .slow, .broken, .malformed: true
        case .busy, .exhausted, .denied, .refused, .contextExceeded: false
        }
    }

    /// The fault as callers of an engine see it.
    ///
    /// - Parameter server: the name of the server.
    package func error(of server: String) -> EngineError {
        switch kind {
        case .contextExceeded(let prompt?, let context?):
            .contextExceeded(promptTokens: prompt, contextTokens: context)
        case .contextExceeded, .refused: .unsupported("\(server): \(message)")
        default: .unavailable("\(server): \(message)")
        }
    }
}

// MARK: - Answers that are refusals

extension RemoteFault {
    /// The fault that an answer of status 300 or more is.
    ///
    /// - Parameter retryAfter: the header of that name, understood.
    package init(status: Int, body: [UInt8], retryAfter: Duration?) {
        let said = (try? JSONValue(parsing: body)).map(SaidError.init) ?? SaidError(plain: body)
        self.init(said, status: status)
        self.retryAfter = retryAfter
        if status == 503, retryAfter != nil { kind = .busy }
    }

    /// The fault that an error is which a server tells inside a stream; nil when the value tells none.
    package init?(inStream value: JSONValue) {
        let isBare = value["object"] == .string("error")
        guard isBare || !(value["error"] ?? .null).isNull else { return nil }
        let said = SaidError(value)
        self.init(said, status: said.code ?? 500)
    }

    private init(_ said: SaidError, status: Int) {
        let words = said.message.isEmpty ? "" : ": \(said.message)"
        switch status {
        case 300..<400: self.init(.denied, "sends us elsewhere (status \(status)), which is not followed")
        case 401, 403: self.init(.denied, "does not accept the key (status \(status))\(words)")
        case 404, 405: self.init(.denied, "has no such model or address (status \(status))\(words)")
        case 408: self.init(.slow, "gave up waiting for the request (status 408)\(words)")
        case 429 where said.isQuota: self.init(.exhausted, "the quota is used up (status 429)\(words)")
        case 429: self.init(.busy, "is busy (status 429)\(words)")
        case 400..<500:
            if let counts = said.contextCounts {
                self.init(.contextExceeded(promptTokens: counts.prompt, contextTokens: counts.context), said.message)
            } else {
                self.init(.refused, "refuses the request (status \(status))\(words)")
            }
        default: self.init(.broken, "failed (status \(status))\(words)")
        }
    }
}

/// What a server says about an error, in any of the shapes that servers use.
private struct SaidError {
    var message = ""
    var type = ""
    /// A status, when the error names one.
    var code: Int?
    private var value = JSONValue.null

    /// `{"error": {…}}`, `{"error": "…"}`, and the bare `{"object": "error", …}` and `{"detail": …}`.
    init(_ whole: JSONValue) {
        switch whole["error"] {
        case .string(let text)?: message = text
        case .some(let inner) where !inner.isNull: value = inner
        default: value = whole
        }
        message = value["message"]?.string ?? value["detail"]?.string ?? message
        type = [value["type"]?.string, value["code"]?.string].compactMap(\.self).joined(separator: " ")
        code = (value["code"]?.integer ?? value["code"]?.string.flatMap { Int($0) }).flatMap {
            (300..<600).contains($0) ? $0 : nil
        }
        shorten()
    }

    /// A page, or a line of a proxy.
    init(plain body: [UInt8]) {
        message = String(decoding: body, as: UTF8.self)
        shorten()
    }

    private mutating func shorten() {
        let line = message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        message = line.count > 500 ? line.prefix(500) + "…" : line
    }

    var isQuota: Bool { type.contains("quota") }

    /// The counts of an error about length; nil when it is about something else.
    ///
    /// llama-server names both as fields. vLLM and OpenAI write them into the sentence, the limit behind “context
    /// length is”, the prompt in one of several ways.
    var contextCounts: (prompt: Int?, context: Int?)? {
        if let context = value["n_ctx"]?.integer { return (value["n_prompt_tokens"]?.integer, context) }
        let patterns = (
            context: #/(?:context length (?:is|of)(?: only)?|maximum model length of) (\d+)/#,
            prompt:
                #/(\d+) (?:in the messages|input tokens|tokens from the input messages)|(?:prompt \(length|messages resulted in) (\d+)/#
        )
        let context = message.firstMatch(of: patterns.context).flatMap { Int($0.1) }
        guard context != nil || type.contains("context_length_exceeded") else { return nil }
        let prompt = message.firstMatch(of: patterns.prompt).flatMap { ($0.1 ?? $0.2).flatMap { Int($0) } }
        return (prompt, context)
    }
}

// MARK: - When to come back

extension RemoteFault {
    /// Understands `Retry-After`: seconds, or a date, which counts from `date` (seconds since 1970).
    ///
    /// - Returns: nil for anything else, and for times that have passed.
    package static func retryAfter(_ header: String, since date: Double) -> Duration? {
        let text = header.trimmingASCIISpace
        // A `Duration` does not hold what a number can say.
        if let seconds = Double(text) { return seconds.isFinite && seconds >= 0 ? .seconds(min(seconds, 1e9)) : nil }
        guard let then = HTTPDate.secondsSince1970(text), then >= date else { return nil }
        return .seconds(then - date)
    }
}
