// Writes a request as the body of `POST /chat/completions`, in the form that a server takes, and as the question how
// many tokens its prompt has. What a server has no way to do is refused here, in words.

/// The body of one request.
package struct RequestBody {
    private let request: GenerationRequest
    private let form: RequestForm
    private let messages: JSONValue

    /// Writes what does not depend on the server: pictures are encoded once, however many servers are tried.
    ///
    /// - Parameter reasoningKey: the name under which the servers send thoughts, as far as that is known.
    /// - Throws: `.unsupported` for tools or formats whose schema is not a JSON object, extra fields that are not JSON,
    ///   pictures that cannot be encoded, and whatever the form says that the server does not take.
    package init(
        _ request: GenerationRequest, form: RequestForm, reasoningKey: RequestForm.ReasoningKey?
    ) throws(EngineError) {
        try form.check(request)
        self.request = request
        self.form = form
        var ids = ToolCallIDs()
        var messages: [JSONValue] = []
        let writer = MessageWriter(
            form: form, reasoningKey: form.reasoningKey ?? reasoningKey ?? .reasoningContent, thinking: request.thinking
        )
        let partial = request.continuesLastMessage && form.continuation == .partial
        let last = request.conversation.messages.indices.last
        for (index, message) in request.conversation.messages.enumerated() {
            messages.append(try writer.value(of: message, isPartial: partial && index == last, ids: &ids))
        }
        self.messages = .array(messages)
        _ = try fields(model: "", maxTokens: 1)
    }

    /// The body for one server.
    ///
    /// - Parameters:
    ///   - model: what the server calls the model.
    ///   - maxTokens: the most that the answer may have.
    package func bytes(model: String, maxTokens: Int) throws(EngineError) -> [UInt8] {
        Self.bytes(try fields(model: model, maxTokens: maxTokens))
    }

    /// The body that asks one server for the prompt alone: messages, tools, and what the chat template is told.
    package func promptBytes(model: String) throws(EngineError) -> [UInt8] {
        var fields: [JSONValue.Member] = [.init("model", .string(model)), .init("messages", messages)]
        fields += templateFields + continuationFields
        fields += try ToolFields(request, form).declarations()
        return Self.bytes(try extended(fields))
    }

    private static func bytes(_ fields: [JSONValue.Member]) -> [UInt8] {
        Array(JSONValue.object(fields).text(.compact).utf8)
    }

    private func fields(model: String, maxTokens: Int) throws(EngineError) -> [JSONValue.Member] {
        var fields: [JSONValue.Member] = [
            .init("model", .string(model)), .init("messages", messages), .init("stream", .bool(true)),
            .init(form.lengthKey.rawValue, .number("\(maxTokens)")),
        ]
        fields += usageFields + samplingFields + templateFields + thinkingFields + continuationFields
        if form.sendsStop, !request.stop.isEmpty {
            fields.append(.init("stop", .array(request.stop.map { .string($0) })))
        }
        fields += try formatFields() + ToolFields(request, form).all()
        fields += probabilityFields
        return try extended(fields)
    }

    private func extended(_ fields: [JSONValue.Member]) throws(EngineError) -> [JSONValue.Member] {
        var fields = fields
        for (key, text) in form.extraFields.sorted(by: { $0.key < $1.key }) {
            fields.removeAll { $0.key == key }
            do { fields.append(.init(key, try JSONValue(parsing: text))) } catch {
                throw .unsupported("the extra field \(key) is not JSON: \(error)")
            }
        }
        return fields
    }

    // MARK: Fields

    private var usageFields: [JSONValue.Member] {
        guard form.asksUsage else { return [] }
        var options = [JSONValue.Member("include_usage", .bool(true))]
        if form.asksContinuousUsage { options.append(.init("continuous_usage_stats", .bool(true))) }
        return [.init("stream_options", .object(options))]
    }

    private var samplingFields: [JSONValue.Member] {
        let sampling = request.sampling
        var fields: [JSONValue.Member] = []
        if form.sendsSampling {
            fields.append(.init("temperature", .number("\(sampling.temperature)")))
            fields.append(.init("top_p", .number("\(sampling.topP)")))
        }
        // 0 means “all” here, and something else to each server.
        if sampling.topK > 0 { fields.append(.init("top_k", .number("\(sampling.topK)"))) }
        if form.sendsSeed, sampling.temperature > 0 {
            // llama-server holds 32 bits, and takes the largest value for “any”.
            let folded = UInt32(truncatingIfNeeded: sampling.seed ^ sampling.seed >> 32) & 0x7fff_ffff
            fields.append(.init("seed", .number("\(folded)")))
        }
        return fields
    }

    private var templateFields: [JSONValue.Member] {
        guard !form.thinkingArgument.isEmpty else { return [] }
        let arguments = [JSONValue.Member(form.thinkingArgument, .bool(request.thinking))]
        return [.init("chat_template_kwargs", .object(arguments))]
    }

    private var thinkingFields: [JSONValue.Member] {
        var fields: [JSONValue.Member] = []
        if form.sendsThinkingField {
            let type = request.thinking ? "enabled" : "disabled"
            fields.append(.init("thinking", .object([.init("type", .string(type))])))
        }
        if request.thinking, let limit = request.thinkingTokens, let name = form.thinkingLimitPath.first {
            let rest = form.thinkingLimitPath.dropFirst().reversed()
            fields.append(.init(name, rest.reduce(.number("\(limit)")) { .object([.init($1, $0)]) }))
        }
        return fields
    }

    private var continuationFields: [JSONValue.Member] {
        guard request.continuesLastMessage, form.continuation == .continueFinalMessage else { return [] }
        return [.init("continue_final_message", .bool(true)), .init("add_generation_prompt", .bool(false))]
    }

    private func formatFields() throws(EngineError) -> [JSONValue.Member] {
        let format: [JSONValue.Member]
        switch request.format {
        case .text: return []
        case .jsonObject: format = [.init("type", .string("json_object"))]
        case .jsonSchema(let name, let text):
            let schema: JSONValue
            do { schema = try JSONValue(parsing: text) } catch {
                throw .unsupported("the JSON Schema \(name) is not JSON: \(error)")
            }
            let members: [JSONValue.Member] = [
                .init("name", .string(name)), .init("schema", schema), .init("strict", .bool(true)),
            ]
            format = [.init("type", .string("json_schema")), .init("json_schema", .object(members))]
        }
        return [.init("response_format", .object(format))]
    }

    private var probabilityFields: [JSONValue.Member] {
        guard let count = request.scoredAlternatives else { return [] }
        // To llama-server, 0 of the likeliest means that nothing is scored.
        return [.init("logprobs", .bool(true)), .init("top_logprobs", .number("\(max(count, 1))"))]
    }
}

extension RequestForm {
    /// The names that lead to the bound of thoughts; empty when there is none.
    fileprivate var thinkingLimitPath: [String] { thinkingLimitField.split(separator: ".").map(String.init) }

    /// Refuses what the server has no way to do.
    fileprivate func check(_ request: GenerationRequest) throws(EngineError) {
        guard sendsTopK || request.sampling.topK == 0 else {
            throw .unsupported("the server takes no top_k; ask for topK 0")
        }
        guard sendsLogprobs || request.scoredAlternatives == nil else {
            throw .unsupported("the server tells no probabilities of tokens")
        }
        guard !thinkingLimitPath.isEmpty || !request.thinking || request.thinkingTokens == nil else {
            throw .unsupported("the server cannot bound thoughts alone; bound the whole answer")
        }
        let last = request.conversation.messages.last
        if request.continuesLastMessage {
            guard continuation != .none else { throw .unsupported("the server cannot go on with a message") }
            guard let last, last.role == .assistant, last.toolCalls.isEmpty, last.isText else {
                throw .unsupported("only a last message of the assistant's that is text alone can be continued")
            }
        } else if continuesUnasked, last?.role == .assistant {
            throw .unsupported("the server would go on with the last message, one of the assistant's, though not asked")
        }
    }
}

extension Message {
    /// Whether it says something, in text alone.
    fileprivate var isText: Bool {
        content.allSatisfy { if case .text = $0 { true } else { false } } && content.contains { $0 != .text("") }
    }
}
