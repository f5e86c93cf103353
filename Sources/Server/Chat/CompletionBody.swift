// The body of `POST /v1/chat/completions`: OpenAI's, with what Moonshot, vLLM and SGLang add to it. Members that are known
// and mean something here are honoured; those whose value asks for nothing (`n: 1`, penalties of 0) or that are notes for
// the server's own books (`user`, `metadata`) are taken; all others are refused by name.
//
// Sources: OpenAI's and Moonshot's documentation of chat completions; vLLM's `chat_template_kwargs`.
import Inference

/// Reads bodies.
struct CompletionBody: Sendable {
    let media: ChatMedia

    /// Tokens of an answer when the client sets no bound.
    static let usualTokens = 32_768
    /// The most tools, and stop strings.
    static let mostTools = 128
    static let mostStops = 16

    /// The order that a body is.
    ///
    /// - Throws: `Problem`, or what keeps an uploaded file from being read.
    func order(_ body: RequestPlace) async throws -> ChatOrder {
        try Self.check(body)
        let thinking = try Self.thinking(body)
        let tools = try Self.tools(body)
        var conversation = Conversation([], tools: tools)
        let items = try body.required("messages").items()
        guard !items.isEmpty else { throw try body.required("messages").wrong("a list of at least one message") }
        var reader = CompletionMessages(media: media)
        for (index, item) in items.enumerated() {
            conversation.messages.append(try await reader.message(item, isLast: index == items.count - 1))
        }
        var request = GenerationRequest(
            conversation, thinking: thinking, sampling: try Self.sampling(body, thinking: thinking, media.abilities),
            maxTokens: try Self.maxTokens(body), stop: try Self.stops(body))
        request.continuesLastMessage = try reader.isPartial || Self.continues(body)
        request.toolChoice = try Self.toolChoice(body, tools)
        request.callsInParallel = try body["parallel_tool_calls"]?.bool() ?? true
        request.format = try Self.format(body)
        request.thinkingTokens = try body["thinking_token_budget"]?.integer(0...Int(Int32.max))
        request.scoredAlternatives = try Self.scoredAlternatives(body)
        var order = ChatOrder(request: request)
        order.isStreamed = try body["stream"]?.bool() ?? false
        if let options = body["stream_options"] {
            try options.only(["include_usage", "continuous_usage_stats", "include_obfuscation"])
            order.tellsUsage = try options["include_usage"]?.bool() ?? false
            order.tellsUsageAlways = try options["continuous_usage_stats"]?.bool() ?? false
        }
        return order
    }

    // MARK: What is known

    private static let honoured: Set<String> = [
        "messages", "model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p",
        "top_k", "seed", "stop", "tools", "tool_choice", "parallel_tool_calls", "response_format", "logprobs",
        "top_logprobs", "thinking", "reasoning_effort", "chat_template_kwargs", "continue_final_message",
        "add_generation_prompt", "thinking_token_budget",
    ]
    /// Notes for the books of a server, which this one does not keep.
    private static let notes: Set<String> = [
        "user", "metadata", "store", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
        "verbosity", "include_reasoning", "separate_reasoning",
    ]
    /// Numbers that ask for nothing at one value.
    private static let neutral: [String: Double] = [
        "n": 1, "presence_penalty": 0, "frequency_penalty": 0, "repetition_penalty": 1, "min_p": 0, "best_of": 1,
    ]

    private static func check(_ body: RequestPlace) throws(Problem) {
        try body.only(honoured.union(notes).union(neutral.keys).union(["logit_bias", "modalities"]))
        for (key, value) in neutral.sorted(by: { $0.key < $1.key }) {
            guard let place = body[key], try place.number(-1e9...1e9) != value else { continue }
            throw place.wrong("\(value == value.rounded() ? "\(Int(value))" : "\(value)"), the only value served here")
        }
        if let bias = body["logit_bias"], bias.value != .object([]) {
            throw bias.wrong("empty: no bias is served here")
        }
        if let modalities = body["modalities"], modalities.value != .array([.string("text")]) {
            throw modalities.wrong("[\"text\"], the only one served here")
        }
        _ = try body["model"]?.string()
    }

    // MARK: Sampling

    private static func sampling(
        _ body: RequestPlace, thinking: Bool, _ abilities: Abilities
    ) throws(Problem) -> Sampling {
        // What Kimi's makers recommend; models that only write pages do best without chance.
        let usual = abilities.followsInstructions ? (thinking ? 1.0 : 0.6) : 0
        let seed = try body["seed"]?.integer(Int.min...Int.max)
        return Sampling(
            temperature: try body["temperature"]?.number(0...2) ?? usual,
            topP: try body["top_p"]?.number(1e-6...1) ?? (usual == 0 ? 1 : 0.95),
            topK: max(0, try body["top_k"]?.integer(-1...1_000_000) ?? 0),
            seed: seed.map { UInt64(bitPattern: Int64($0)) } ?? .random(in: 0...UInt64.max))
    }

    private static func maxTokens(_ body: RequestPlace) throws(Problem) -> Int {
        let place = body["max_completion_tokens"] ?? body["max_tokens"]
        return try place?.integer(1...Int(Int32.max)) ?? usualTokens
    }

    private static func stops(_ body: RequestPlace) throws(Problem) -> [String] {
        guard let place = body["stop"] else { return [] }
        if place.isString { return [try place.string()].filter { !$0.isEmpty } }
        return try place.strings(atMost: mostStops).filter { !$0.isEmpty }
    }

    private static func scoredAlternatives(_ body: RequestPlace) throws(Problem) -> Int? {
        let count = try body["top_logprobs"]?.integer(0...20)
        guard try body["logprobs"]?.bool() ?? false else {
            if let count, count > 0, let place = body["top_logprobs"] { throw place.wrong("given with logprobs: true") }
            return nil
        }
        return count ?? 0
    }

    // MARK: Thinking

    /// Moonshot's `thinking`, OpenAI's `reasoning_effort`, vLLM's template arguments; on when nothing is said.
    private static func thinking(_ body: RequestPlace) throws(Problem) -> Bool {
        if let thinking = body["thinking"] {
            try thinking.only(["type"])
            let type = try thinking.required("type")
            guard let isOn = ["enabled": true, "disabled": false][try type.string()] else {
                throw type.wrong("enabled or disabled")
            }
            return isOn
        }
        if let arguments = body["chat_template_kwargs"] {
            try arguments.only(["thinking", "enable_thinking"])
            if let flag = arguments["thinking"] ?? arguments["enable_thinking"] { return try flag.bool() }
        }
        guard let effort = body["reasoning_effort"] else { return true }
        let efforts = ["none": false, "minimal": false, "low": true, "medium": true, "high": true, "xhigh": true]
        guard let isOn = efforts[try effort.string()] else {
            throw effort.wrong("none, minimal, low, medium, high or xhigh")
        }
        return isOn
    }

    // vLLM's way to ask for what Moonshot calls a partial message.
    private static func continues(_ body: RequestPlace) throws(Problem) -> Bool {
        let continues = try body["continue_final_message"]?.bool() ?? false
        if let prompt = body["add_generation_prompt"], try prompt.bool() == continues {
            throw prompt.wrong("\(!continues), as continue_final_message has it")
        }
        return continues
    }

    // MARK: Tools

    private static func tools(_ body: RequestPlace) throws(Problem) -> [Tool] {
        guard let place = body["tools"] else { return [] }
        let items = try place.items()
        guard items.count <= mostTools else { throw place.wrong("at most \(mostTools) tools") }
        var tools: [Tool] = []
        for item in items {
            try item.only(["type", "function"])
            let type = try item.required("type")
            guard try type.string() == "function" else { throw type.wrong("function") }
            let function = try item.required("function")
            try function.only(["name", "description", "parameters", "strict"])
            let name = try function.required("name")
            guard try name.string().wholeMatch(of: /[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}/) != nil else {
                throw name.wrong("letters, digits, _, - and ., at most 128")
            }
            tools.append(
                Tool(
                    name: try name.name(besides: tools), description: try function["description"]?.string() ?? "",
                    parameters: try function["parameters"]?.objectText() ?? #"{"type":"object","properties":{}}"#))
        }
        return tools
    }

    private static func toolChoice(_ body: RequestPlace, _ tools: [Tool]) throws(Problem) -> ToolChoice {
        guard let place = body["tool_choice"] else { return .auto }
        if place.isObject {
            try place.only(["type", "function"])
            let type = try place.required("type")
            guard try type.string() == "function" else { throw type.wrong("function") }
            return .named(try place.required("function").required("name").name(among: tools))
        }
        switch try place.string() {
        case "auto": return .auto
        case "none": return .none
        case "required":
            guard !tools.isEmpty else { throw place.wrong("given with tools") }
            return .required
        default: throw place.wrong("auto, none, required or one tool")
        }
    }

    private static func format(_ body: RequestPlace) throws(Problem) -> AnswerFormat {
        guard let place = body["response_format"] else { return .text }
        let type = try place.required("type")
        switch try type.string() {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            let schema = try place.required("json_schema")
            try schema.only(["name", "description", "schema", "strict"])
            return .jsonSchema(
                name: try schema["name"]?.string() ?? "answer", schema: try schema.required("schema").objectText())
        default: throw type.wrong("text, json_object or json_schema")
        }
    }
}
