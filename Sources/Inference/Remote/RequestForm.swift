// How requests are written for a kind of server. Whatever one server wants and another refuses is a switch here; the
// presets say what each server documents, and a server that differs is described field by field.

/// How requests are written.
public struct RequestForm: Sendable, Equatable {
    /// Under which name thoughts are sent back to a server.
    public enum ReasoningKey: String, Sendable, Codable {
        /// Moonshot, SGLang, llama-server, vLLM before 0.11.
        case reasoningContent = "reasoning_content"
        /// vLLM since 0.11, which for a time understood both.
        case reasoning
    }

    /// What is said about calling tools when a conversation has tools and the request leaves it to the model.
    public enum ToolChoice: String, Sendable, Codable {
        /// The model decides.
        case auto
        /// It must call one.
        case required
        /// Nothing is said: the server's own default.
        case unsaid
    }

    /// How the frames of a video are sent.
    public enum VideoForm: String, Sendable, Codable {
        /// Each as a picture, behind its time as text: any server that reads pictures takes it.
        case keyframes
        /// All in one `video_url`, as `data:video/jpeg;base64,FRAME,FRAME,…` with PNG frames. vLLM decodes this;
        /// times are lost. Whether a server takes it is not asked. UNCONFIRMED with K2.5's own video chunks.
        case frameList
    }

    /// Which of the two length fields is sent.
    public enum LengthKey: String, Sendable, Codable {
        /// The older name, which every server here takes.
        case maxTokens = "max_tokens"
        /// OpenAI's name for reasoning models.
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// When `parallel_tool_calls` is sent with tools. Whatever the server makes of it, of an answer that may hold one
    /// call only the first is passed on.
    public enum ParallelCalls: String, Sendable, Codable {
        /// Always: llama-server takes one call for the standard.
        case always
        /// When the answer may hold one call only; several are the standard elsewhere.
        case whenForbidden
        /// Never: whether Moonshot takes it is UNCONFIRMED.
        case never
    }

    /// How a server is told that the answer goes on where the last message stops.
    public enum Continuation: String, Sendable, Codable {
        /// `continue_final_message` without a generation prompt: vLLM, SGLang, llama-server. Older llama-servers do not
        /// know the fields and go on by themselves.
        case continueFinalMessage
        /// `partial` in the message: Moonshot.
        case partial
        /// It cannot be told; OpenAI's own protocol has no such thing.
        case none
    }

    /// Where a server counts the tokens of a prompt.
    public enum TokenCount: String, Sendable, Codable {
        /// `/tokenize`, beside `v1`, takes messages: vLLM; SGLang where it takes more than texts.
        case tokenize
        /// `/apply-template`, then `/tokenize`, beside `v1`: every llama-server. Pictures are not counted there, so a
        /// conversation with pictures is refused here.
        case template
        /// `chat/completions/input_tokens`: newer llama-servers. Pictures count.
        case inputTokens
        /// `tokenizers/estimate-token-count`: Moonshot.
        case estimate
        /// Nowhere.
        case none
    }

    /// The argument of the chat template that switches thinking on and off, sent as `chat_template_kwargs`:
    /// `thinking` for Kimi, `enable_thinking` for Qwen3. Empty sends none.
    public var thinkingArgument = "thinking"
    /// Sends Moonshot's `thinking: {"type": "enabled" | "disabled"}`.
    public var sendsThinkingField = false
    /// The field that bounds the tokens of thoughts; a dot leads into an object. `thinking_token_budget` for vLLM (which
    /// looks for the marks of thoughts in `--reasoning-parser` or `--reasoning-config`), `thinking_budget_tokens` for
    /// llama-server, `custom_params.thinking_budget` for SGLang (started with `--enable-strict-thinking`; otherwise it
    /// is ignored there). Empty when the server has none: then a request that bounds its thoughts is refused here.
    public var thinkingLimitField = "thinking_token_budget"
    /// Under which name thoughts of the past are sent. Nil takes the name under which the server sent its own, and
    /// `reasoning_content` when it sent none.
    public var reasoningKey: ReasoningKey?
    /// While thinking, sends empty thoughts with a past message that called tools and has none: Moonshot refuses the
    /// message without the field. That an empty one satisfies it is UNCONFIRMED.
    public var fillsMissingReasoning = true
    /// Which of the two length fields is sent.
    public var lengthKey = LengthKey.maxTokens
    /// Sends `temperature` and `top_p`. Without it the server decides how to sample, whatever was asked.
    public var sendsSampling = true
    /// Sends `top_k`, which is no field of OpenAI's. Without it, a request that asks for one is refused here.
    public var sendsTopK = true
    /// Sends `seed`, in 31 bits; only when tokens are drawn at random.
    public var sendsSeed = true
    /// Sends the stop strings. Without it the answer is cut here: for servers that take too few of them.
    public var sendsStop = true
    /// What is said about calling tools when a request leaves it to the model.
    public var toolChoice = ToolChoice.auto
    /// Whether a call can be forced while the model thinks. Moonshot's K2 models refuse it, and so it is refused here.
    public var forcesCallsWhileThinking = true
    /// Whether `tool_choice` may name a tool. Where it may not, as at llama-server, that tool is declared alone and a
    /// call is required.
    public var namesForcedTool = true
    /// When `parallel_tool_calls` is sent.
    public var parallelCalls = ParallelCalls.whenForbidden
    /// Sends `logprobs` and `top_logprobs`. Without it, a request that asks for probabilities is refused here.
    public var sendsLogprobs = true
    /// How a server is told that the answer goes on where the last message stops.
    public var continuation = Continuation.continueFinalMessage
    /// The server goes on with a last message of the assistant's though nobody asked: llama-server. Then such a
    /// conversation is refused here, unless the request asks for it.
    public var continuesUnasked = false
    /// Where the server counts the tokens of a prompt.
    public var tokenCount = TokenCount.tokenize
    /// Sends `stream_options: {"include_usage": true}`; without it a server counts no tokens for us, and those of a
    /// summary are 0.
    public var asksUsage = true
    /// Adds `continuous_usage_stats`: usage in every piece, so that `prefilled` can be told (vLLM, SGLang).
    public var asksContinuousUsage = false
    /// How the frames of a video are sent.
    public var videoForm = VideoForm.keyframes
    /// Further fields of the body, as JSON texts; they replace what would be sent under the same name.
    public var extraFields: [String: String] = [:]

    /// Begins with what vLLM takes.
    public init() {}

    /// vLLM: the default.
    public static let vLLM: RequestForm = {
        var form = RequestForm()
        form.asksContinuousUsage = true
        return form
    }()

    /// SGLang.
    public static let sglang: RequestForm = {
        var form = vLLM
        form.thinkingLimitField = "custom_params.thinking_budget"
        return form
    }()

    /// llama.cpp's llama-server.
    public static let llamaServer: RequestForm = {
        var form = RequestForm()
        form.thinkingLimitField = "thinking_budget_tokens"
        form.namesForcedTool = false
        form.parallelCalls = .always
        form.continuesUnasked = true
        form.tokenCount = .template
        return form
    }()

    /// Moonshot's own service, which fixes temperature and top_p for K2.5 and refuses other values. Probabilities of
    /// tokens are not among what it documents.
    public static let moonshot: RequestForm = {
        var form = RequestForm()
        form.thinkingArgument = ""
        form.sendsThinkingField = true
        form.reasoningKey = .reasoningContent
        form.sendsSampling = false
        form.sendsTopK = false
        form.sendsSeed = false
        form.thinkingLimitField = ""
        form.forcesCallsWhileThinking = false
        form.parallelCalls = .never
        form.sendsLogprobs = false
        form.continuation = .partial
        form.tokenCount = .estimate
        return form
    }()

    /// A server of which nothing is known but that it speaks OpenAI's protocol: no field that is not in it.
    public static let openAI: RequestForm = {
        var form = RequestForm()
        form.thinkingArgument = ""
        form.fillsMissingReasoning = false
        form.sendsTopK = false
        form.thinkingLimitField = ""
        form.continuation = .none
        form.tokenCount = .none
        return form
    }()
}

extension RequestForm: Codable {
    /// A kind of server, by the name of its preset.
    private enum Server: String, Decodable {
        case vLLM, sglang, llamaServer, moonshot, openAI

        var form: RequestForm {
            switch self {
            case .vLLM: .vLLM
            case .sglang: .sglang
            case .llamaServer: .llamaServer
            case .moonshot: .moonshot
            case .openAI: .openAI
            }
        }
    }

    private enum PresetKey: CodingKey { case server }

    /// Reads what is there and takes the rest from the preset that `server` names (`vLLM`, `sglang`, `llamaServer`,
    /// `moonshot`, `openAI`), or from the defaults.
    public init(from decoder: any Decoder) throws {
        let server = try decoder.container(keyedBy: PresetKey.self).decodeIfPresent(Server.self, forKey: .server)
        self = server?.form ?? RequestForm()
        let container = try decoder.container(keyedBy: CodingKeys.self)
        thinkingArgument = try container.value(.thinkingArgument, or: thinkingArgument)
        sendsThinkingField = try container.value(.sendsThinkingField, or: sendsThinkingField)
        thinkingLimitField = try container.value(.thinkingLimitField, or: thinkingLimitField)
        reasoningKey = try container.decodeIfPresent(ReasoningKey.self, forKey: .reasoningKey) ?? reasoningKey
        fillsMissingReasoning = try container.value(.fillsMissingReasoning, or: fillsMissingReasoning)
        lengthKey = try container.value(.lengthKey, or: lengthKey)
        sendsSampling = try container.value(.sendsSampling, or: sendsSampling)
        sendsTopK = try container.value(.sendsTopK, or: sendsTopK)
        sendsSeed = try container.value(.sendsSeed, or: sendsSeed)
        sendsStop = try container.value(.sendsStop, or: sendsStop)
        toolChoice = try container.value(.toolChoice, or: toolChoice)
        forcesCallsWhileThinking = try container.value(.forcesCallsWhileThinking, or: forcesCallsWhileThinking)
        namesForcedTool = try container.value(.namesForcedTool, or: namesForcedTool)
        parallelCalls = try container.value(.parallelCalls, or: parallelCalls)
        sendsLogprobs = try container.value(.sendsLogprobs, or: sendsLogprobs)
        continuation = try container.value(.continuation, or: continuation)
        continuesUnasked = try container.value(.continuesUnasked, or: continuesUnasked)
        tokenCount = try container.value(.tokenCount, or: tokenCount)
        asksUsage = try container.value(.asksUsage, or: asksUsage)
        asksContinuousUsage = try container.value(.asksContinuousUsage, or: asksContinuousUsage)
        videoForm = try container.value(.videoForm, or: videoForm)
        extraFields = try container.value(.extraFields, or: extraFields)
    }
}
