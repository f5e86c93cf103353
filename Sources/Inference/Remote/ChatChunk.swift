// One piece of a streamed answer, `chat.completion.chunk`, in the shapes that vLLM, SGLang, llama-server and Moonshot
// send: absent fields, nulls and empty strings are the same nothing; thoughts come as `reasoning_content` or
// `reasoning`; usage stands beside the choices, or inside the first.

/// What one event of a stream says.
package struct ChatChunk: Sendable, Equatable {
    /// A piece of a tool call.
    package struct CallPiece: Sendable, Equatable {
        /// Which call of the answer; some servers leave it out.
        package var index: Int?
        package var id: String
        package var name: String
        package var arguments: String
    }

    /// Tokens as the server counts them.
    package struct Usage: Sendable, Equatable {
        package var promptTokens: Int
        package var completionTokens: Int
        /// Of the prompt, how many a cache held; nil when the server does not say.
        package var cachedTokens: Int?

        /// Counts tokens.
        package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int? = nil) {
            self.promptTokens = promptTokens
            self.completionTokens = completionTokens
            self.cachedTokens = cachedTokens
        }
    }

    package var reasoning = ""
    /// The name under which thoughts came.
    package var reasoningKey: RequestForm.ReasoningKey?
    package var text = ""
    package var calls: [CallPiece] = []
    /// The tokens of this piece, whatever they belong to, when the server scores them.
    package var tokens: [ScoredToken] = []
    package var finishReason: String?
    package var usage: Usage?

    /// Whether any token stands in it.
    package var hasTokens: Bool { !reasoning.isEmpty || !text.isEmpty || !calls.isEmpty || !tokens.isEmpty }

    /// Reads the data of an event.
    ///
    /// - Throws: the error that the server tells in it, or `.malformed`.
    package init(parsing data: [UInt8]) throws(RemoteFault) {
        let value: JSONValue
        do { value = try JSONValue(parsing: data) } catch {
            throw RemoteFault(.malformed, "sends an event that is not JSON: \(error)")
        }
        if let fault = RemoteFault(inStream: value) { throw fault }
        guard let choices = value["choices"]?.items else {
            throw RemoteFault(.malformed, "sends an event without choices")
        }
        let choice = choices.first { ($0["index"]?.integer ?? 0) == 0 }
        usage = Usage(value["usage"], timings: value["timings"]) ?? Usage(choice?["usage"], timings: nil)
        guard let choice else { return }
        finishReason = choice["finish_reason"]?.string
        tokens = (choice["logprobs"]?["content"]?.items ?? []).compactMap(ScoredToken.init)
        read(choice["delta"] ?? .null)
    }

    private mutating func read(_ delta: JSONValue) {
        text = delta["content"]?.string ?? ""
        for key in [RequestForm.ReasoningKey.reasoningContent, .reasoning] where reasoning.isEmpty {
            guard let thoughts = delta[key.rawValue]?.string, !thoughts.isEmpty else { continue }
            reasoning = thoughts
            reasoningKey = key
        }
        calls = (delta["tool_calls"]?.items ?? []).map { call in
            CallPiece(
                index: call["index"]?.integer, id: call["id"]?.string ?? "",
                name: call["function"]?["name"]?.string ?? "",
                arguments: call["function"]?["arguments"]?.string ?? "")
        }
    }
}

extension ScoredToken {
    /// Reads an item of `logprobs.content`; nil when it is none.
    fileprivate init?(_ value: JSONValue) {
        guard let chosen = Candidate(value) else { return nil }
        self.init(chosen, likeliest: (value["top_logprobs"]?.items ?? []).compactMap(Candidate.init))
    }
}

extension ScoredToken.Candidate {
    /// Reads a token with its `logprob`. Without `bytes` the token's own spelling counts.
    fileprivate init?(_ value: JSONValue) {
        guard let token = value["token"]?.string, let logProbability = value["logprob"]?.double else { return nil }
        let bytes = value["bytes"]?.items?.compactMap { $0.integer.flatMap(UInt8.init(exactly:)) }
        self.init(bytes: bytes ?? Array(token.utf8), logProbability: logProbability)
    }
}

extension ChatChunk.Usage {
    /// Reads a usage object; nil when there is none. `timings` is llama-server's own account, which knows the cache.
    fileprivate init?(_ value: JSONValue?, timings: JSONValue?) {
        guard let value, let promptTokens = value["prompt_tokens"]?.integer else { return nil }
        self.promptTokens = promptTokens
        completionTokens = value["completion_tokens"]?.integer ?? 0
        cachedTokens =
            value["prompt_tokens_details"]?["cached_tokens"]?.integer ?? value["cached_tokens"]?.integer
            ?? timings?["cache_n"]?.integer
    }
}
