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

    /// What is said about calling tools when a conversation has tools.
    public enum ToolChoice: String, Sendable, Codable {
        /// The model decides.
        case auto
        /// It must call one. Refused by Moonshot's K2 models.
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

    /// The argument of the chat template that switches thinking on and off, sent as `chat_template_kwargs`:
    /// `thinking` for Kimi, `enable_thinking` for Qwen3. Empty sends none.
    public var thinkingArgument = "thinking"
    /// Sends Moonshot's `thinking: {"type": "enabled" | "disabled"}`.
    public var sendsThinkingField = false
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
    /// What is said about calling tools.
    public var toolChoice = ToolChoice.auto
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
    public static let sglang: RequestForm = vLLM

    /// llama.cpp's llama-server.
    public static let llamaServer = RequestForm()

    /// Moonshot's own service, which fixes temperature and top_p for K2.5 and refuses other values.
    public static let moonshot: RequestForm = {
        var form = RequestForm()
        form.thinkingArgument = ""
        form.sendsThinkingField = true
        form.reasoningKey = .reasoningContent
        form.sendsSampling = false
        form.sendsTopK = false
        form.sendsSeed = false
        return form
    }()

    /// A server of which nothing is known but that it speaks OpenAI's protocol: no field that is not in it.
    public static let openAI: RequestForm = {
        var form = RequestForm()
        form.thinkingArgument = ""
        form.fillsMissingReasoning = false
        form.sendsTopK = false
        return form
    }()
}

extension RequestForm: Codable {
    /// Reads what is there and takes the defaults for the rest.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        thinkingArgument = try container.value(.thinkingArgument, or: thinkingArgument)
        sendsThinkingField = try container.value(.sendsThinkingField, or: sendsThinkingField)
        reasoningKey = try container.decodeIfPresent(ReasoningKey.self, forKey: .reasoningKey)
        fillsMissingReasoning = try container.value(.fillsMissingReasoning, or: fillsMissingReasoning)
        lengthKey = try container.value(.lengthKey, or: lengthKey)
        sendsSampling = try container.value(.sendsSampling, or: sendsSampling)
        sendsTopK = try container.value(.sendsTopK, or: sendsTopK)
        sendsSeed = try container.value(.sendsSeed, or: sendsSeed)
        sendsStop = try container.value(.sendsStop, or: sendsStop)
        toolChoice = try container.value(.toolChoice, or: toolChoice)
        asksUsage = try container.value(.asksUsage, or: asksUsage)
        asksContinuousUsage = try container.value(.asksContinuousUsage, or: asksContinuousUsage)
        videoForm = try container.value(.videoForm, or: videoForm)
        extraFields = try container.value(.extraFields, or: extraFields)
    }
}
