// The body of `POST /v1/messages`: Anthropic's. Results of tools stand inside the user's messages there and become messages
// of their own; a last message of the assistant's is one to be continued. Marks for caching and the signatures of thoughts
// are taken and not needed: everything that can be reused is.
//
// Source: Anthropic's documentation of the Messages API.
import Inference

/// Reads bodies.
struct MessageBody: Sendable {
    let media: ChatMedia

    /// The order that a body is.
    ///
    /// - Parameter counts: whether only the tokens of the prompt are to be counted, for which no bound is needed.
    func order(_ body: RequestPlace, counts: Bool = false) async throws -> ChatOrder {
        try Self.check(body)
        let (thinking, budget) = try Self.thinking(body)
        let tools = try Self.tools(body)
        var messages = try Self.system(body)
        let place = try body.required("messages")
        for item in try place.items() { messages += try await self.messages(item) }
        guard let last = messages.last, last.role != .system else {
            throw place.wrong("a list of at least one message")
        }
        let usual = media.abilities.followsInstructions ? 1.0 : 0
        let bound = counts ? 1 : try body.required("max_tokens").integer(1...Int(Int32.max))
        var request = GenerationRequest(
            Conversation(messages, tools: tools), thinking: thinking,
            sampling: Sampling(
                temperature: try body["temperature"]?.number(0...2) ?? usual,
                topP: try body["top_p"]?.number(1e-6...1) ?? (usual == 0 ? 1 : 0.95),
                topK: try body["top_k"]?.integer(0...1_000_000) ?? 0, seed: .random(in: 0...UInt64.max)),
            maxTokens: bound, stop: try Self.stops(body))
        request.continuesLastMessage = last.role == .assistant && last.toolCalls.isEmpty
        request.thinkingTokens = budget
        try Self.readToolChoice(body, tools, into: &request)
        if let format = body["output_format"] ?? body["output_config"]?["format"] {
            let type = try format.required("type")
            guard try type.string() == "json_schema" else { throw type.wrong("json_schema") }
            request.format = .jsonSchema(name: "answer", schema: try format.required("schema").objectText())
        }
        var order = ChatOrder(request: request)
        order.isStreamed = try body["stream"]?.bool() ?? false
        return order
    }

    // MARK: The whole

    private static let known: Set<String> = [
        "model", "messages", "system", "max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences",
        "tools",
        "tool_choice", "thinking", "output_format", "output_config",
        // Notes for the books of a server, which this one does not keep.
        "metadata", "service_tier", "cache_control", "inference_geo",
    ]

    private static func check(_ body: RequestPlace) throws(Problem) {
        try body.only(known)
        _ = try body["model"]?.string()
    }

    private static func system(_ body: RequestPlace) throws(Problem) -> [Message] {
        guard let system = body["system"] else { return [] }
        if system.isString { return [Message(.system, try system.string())] }
        var parts: [Message.Part] = []
        for block in try system.items() {
            let type = try block.required("type")
            guard try type.string() == "text" else { throw type.wrong("text") }
            parts.append(.text(try block.required("text").string()))
        }
        return parts.isEmpty ? [] : [Message(.system, parts)]
    }

    private static func stops(_ body: RequestPlace) throws(Problem) -> [String] {
        guard let place = body["stop_sequences"] else { return [] }
        return try place.strings(atMost: CompletionBody.mostStops).filter { !$0.isEmpty }
    }

    /// Off when nothing is said.
    private static func thinking(_ body: RequestPlace) throws(Problem) -> (isOn: Bool, budget: Int?) {
        guard let thinking = body["thinking"] else { return (false, nil) }
        try thinking.only(["type", "budget_tokens", "display"])
        let type = try thinking.required("type")
        switch try type.string() {
        case "enabled": return (true, try thinking.required("budget_tokens").integer(1...Int(Int32.max)))
        case "adaptive": return (true, nil)
        case "disabled": return (false, nil)
        default: throw type.wrong("enabled, adaptive or disabled")
        }
    }

    // MARK: Tools

    private static func tools(_ body: RequestPlace) throws(Problem) -> [Tool] {
        guard let place = body["tools"] else { return [] }
        let items = try place.items()
        guard items.count <= CompletionBody.mostTools else {
            throw place.wrong("at most \(CompletionBody.mostTools) tools")
        }
        var tools: [Tool] = []
        for item in items {
            if let type = item["type"], try type.string() != "custom" {
                throw type.wrong("custom: the service has no tools of its own")
            }
            try item.only(["type", "name", "description", "input_schema", "cache_control", "strict"])
            let name = try item.required("name")
            guard try name.string().wholeMatch(of: /[a-zA-Z0-9_-]{1,128}/) != nil else {
                throw name.wrong("letters, digits, _ and -, at most 128")
            }
            tools.append(
                Tool(
                    name: try name.name(besides: tools), description: try item["description"]?.string() ?? "",
                    parameters: try item.required("input_schema").objectText()))
        }
        return tools
    }

    private static func readToolChoice(
        _ body: RequestPlace, _ tools: [Tool], into request: inout GenerationRequest
    ) throws(Problem) {
        guard let choice = body["tool_choice"] else { return }
        try choice.only(["type", "name", "disable_parallel_tool_use"])
        request.callsInParallel = !(try choice["disable_parallel_tool_use"]?.bool() ?? false)
        let type = try choice.required("type")
        switch try type.string() {
        case "auto": request.toolChoice = .auto
        case "none": request.toolChoice = .none
        case "any":
            guard !tools.isEmpty else { throw choice.wrong("given with tools") }
            request.toolChoice = .required
        case "tool":
            request.toolChoice = .named(try choice.required("name").name(among: tools))
        default: throw type.wrong("auto, any, tool or none")
        }
    }

    // MARK: Messages

    /// One message there; here, the results it holds, and then the rest of it.
    private func messages(_ place: RequestPlace) async throws -> [Message] {
        try place.only(["role", "content"])
        let role = try place.required("role")
        guard let role = try ["user": Message.Role.user, "assistant": .assistant][role.string()] else {
            throw role.wrong("user or assistant")
        }
        let content = try place.required("content")
        if content.isString { return [Message(role, try content.string())] }
        var results: [Message] = []
        var message = Message(role, [])
        for block in try content.items() {
            let type = try block.required("type")
            switch try (type.string(), role) {
            case ("text", _): message.content.append(.text(try block.required("text").string()))
            case ("image", .user): message.content.append(try await picture(block))
            case ("tool_result", .user): results.append(try await result(block))
            case ("thinking", .assistant): message.reasoning += try block.required("thinking").string()
            case ("redacted_thinking", .assistant): break
            case ("tool_use", .assistant): message.toolCalls.append(try Self.call(block))
            default:
                throw type.wrong(
                    role == .user ? "text, image or tool_result" : "text, thinking or tool_use")
            }
        }
        let isEmpty = message.content.isEmpty && message.toolCalls.isEmpty && message.reasoning.isEmpty
        return results + (isEmpty && !results.isEmpty ? [] : [message])
    }

    private static func call(_ block: RequestPlace) throws(Problem) -> ToolCall {
        let input = try block.required("input")
        guard input.isObject else { throw input.wrong("an object") }
        return ToolCall(
            id: try block.required("id").string(), name: try block.required("name").string(),
            arguments: input.value.text(.spaced))
    }

    private func result(_ block: RequestPlace) async throws -> Message {
        var message = Message(.tool, [], toolCallID: try block.required("tool_use_id").string())
        if try block["is_error"]?.bool() ?? false { message.content.append(.text("Error: ")) }
        guard let content = block["content"] else { return message }
        if content.isString {
            message.content.append(.text(try content.string()))
            return message
        }
        for part in try content.items() {
            let type = try part.required("type")
            switch try type.string() {
            case "text": message.content.append(.text(try part.required("text").string()))
            case "image": message.content.append(try await picture(part))
            default: throw type.wrong("text or image")
            }
        }
        return message
    }

    private func picture(_ block: RequestPlace) async throws -> Message.Part {
        let source = try block.required("source")
        let type = try source.required("type")
        switch try type.string() {
        case "base64": return try await media.image(base64: try source.required("data"))
        case "url": return try await media.image(try source.required("url"))
        case "file": return try await media.image(file: try source.required("file_id"))
        default: throw type.wrong("base64, url or file")
        }
    }
}
