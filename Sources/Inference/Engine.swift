// The door of Inference: a conversation goes in, events come out as they happen.
// Callers ask an engine what it can do (`abilities`) and never branch on a model's name.

/// What an engine can do. Callers decide by this alone.
public struct Abilities: Sendable, Equatable {
    /// The model's name for people and logs.
    public var modelName: String
    /// Prompt and answer together may hold this many tokens.
    public var contextTokens: Int
    /// Accepts `Message.Part.image`.
    public var readsImages: Bool
    /// Accepts `Message.Part.video`.
    public var readsVideo: Bool
    /// Calls the tools of a conversation.
    public var callsTools: Bool
    /// Understands instructions in words. When false, send the picture alone.
    public var followsInstructions: Bool
    /// The only thing the engine writes, when it cannot write freely.
    public var dialect: Dialect?
    /// The largest picture, in pixels, that the model has learnt to read whole; larger ones are better cut. Nil when any
    /// that the context holds is as good.
    public var comfortableSize: PixelSize?
    /// Pixels: the height of pictures of single lines of text, dark on white, that the model has learnt to answer with
    /// their words; nil when it has not.
    public var lineHeight: Int?
    /// Frames of a second of video that the model was trained to see.
    public var videoFramesPerSecond: Double

    /// Lists what an engine can do.
    public init(
        modelName: String, contextTokens: Int, readsImages: Bool, readsVideo: Bool, callsTools: Bool,
        followsInstructions: Bool, dialect: Dialect? = nil, comfortableSize: PixelSize? = nil, lineHeight: Int? = nil,
        videoFramesPerSecond: Double = 2
    ) {
        self.modelName = modelName
        self.contextTokens = contextTokens
        self.readsImages = readsImages
        self.readsVideo = readsVideo
        self.callsTools = callsTools
        self.followsInstructions = followsInstructions
        self.dialect = dialect
        self.comfortableSize = comfortableSize
        self.lineHeight = lineHeight
        self.videoFramesPerSecond = videoFramesPerSecond
    }
}

/// The size of a picture.
public struct PixelSize: Sendable, Equatable, Codable {
    /// Columns and rows.
    public var width, height: Int

    /// Describes a size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// A page language narrower than HTML: one `<body>` element in the classes of a given stylesheet.
public struct Dialect: Sendable, Equatable {
    /// CSS that gives the classes their meaning, one rule a line.
    public var stylesheet: String

    /// Names a dialect by its stylesheet.
    public init(stylesheet: String) { self.stylesheet = stylesheet }
}

/// How the next token is chosen.
public struct Sampling: Sendable, Equatable {
    /// 0 takes the likeliest token always; larger values flatten the distribution.
    public var temperature: Double
    /// Keeps the likeliest tokens whose probabilities reach this sum; 1 keeps all.
    public var topP: Double
    /// Keeps at most this many tokens; 0 keeps all.
    public var topK: Int
    /// The same seed gives the same text.
    public var seed: UInt64

    /// Always the likeliest token.
    public static let greedy = Sampling(temperature: 0)

    /// Describes a way to sample.
    public init(temperature: Double, topP: Double = 1, topK: Int = 0, seed: UInt64 = 0) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.seed = seed
    }
}

/// What the text of an answer must be.
public enum AnswerFormat: Sendable, Equatable {
    /// Anything.
    case text
    /// One JSON object.
    case jsonObject
    /// One JSON value of a JSON Schema, given as JSON text under a name.
    case jsonSchema(name: String, schema: String)
}

/// Whether an answer calls tools.
public enum ToolChoice: Sendable, Equatable {
    /// As the model likes.
    case auto
    /// It calls none.
    case none
    /// It calls at least one.
    case required
    /// It calls this one, once.
    case named(String)
}

/// One answer asked of an engine.
public struct GenerationRequest: Sendable {
    /// What was said so far; the answer follows its last message.
    public var conversation: Conversation
    /// Whether the model thinks before it answers. Models that cannot think ignore it.
    public var thinking: Bool
    /// How tokens are chosen.
    public var sampling: Sampling
    /// The answer ends after this many tokens, thoughts included.
    public var maxTokens: Int
    /// The answer ends before any of these strings; none of them is part of it.
    public var stop: [String]
    /// What the text of the answer must be.
    public var format = AnswerFormat.text
    /// Whether the answer calls the conversation's tools.
    public var toolChoice = ToolChoice.auto
    /// Whether one answer may call several tools.
    public var callsInParallel = true
    /// The thoughts end after this many tokens, whatever the model thinks of it; nil for no bound of their own.
    public var thinkingTokens: Int?
    /// Whether the answer goes on where the last message, one of the assistant's, stops.
    public var continuesLastMessage = false
    /// Tells every token of the text with its probability, and this many of the likeliest beside it; nil for neither.
    public var scoredAlternatives: Int?

    /// Asks for one answer.
    public init(
        _ conversation: Conversation, thinking: Bool = false, sampling: Sampling = .greedy, maxTokens: Int = 4096,
        stop: [String] = []
    ) {
        self.conversation = conversation
        self.thinking = thinking
        self.sampling = sampling
        self.maxTokens = maxTokens
        self.stop = stop
    }
}

/// What happens while an answer is made, in this order: `encoded` for each picture, `prefilled`, pieces, `finished`.
/// An engine that does not learn what `encoded` or `prefilled` tell leaves them out.
public enum GenerationEvent: Sendable, Equatable {
    /// A picture or video chunk became vision tokens. `reused` when its features were at hand from before.
    case encoded(tokens: Int, seconds: Double, reused: Bool)
    /// The prompt was read. `reused` of its tokens were in the cache already.
    case prefilled(tokens: Int, reused: Int, seconds: Double)
    /// More of the thoughts; whole characters only.
    case reasoning(String)
    /// More of the answer; whole characters only.
    case text(String)
    /// One token of the text, before the `text` that it completes. Only when `scoredAlternatives` asks for it.
    case token(ScoredToken)
    /// More of a tool call that is being written; `toolCall` follows when it is whole. Engines that learn of calls as a
    /// whole leave it out, and so does one whose call does not begin as it should.
    case toolCallPart(ToolCallPart)
    /// A whole tool call.
    case toolCall(ToolCall)
    /// The answer is complete. Always the last event of a stream that did not throw.
    case finished(GenerationSummary)
}

/// A token and how likely it was.
public struct ScoredToken: Sendable, Equatable {
    /// A token that stood to choice.
    public struct Candidate: Sendable, Equatable {
        /// What it spells; not always whole characters.
        public var bytes: [UInt8]
        /// Natural logarithm of its probability, before temperature and whatever narrows the choice.
        public var logProbability: Double

        /// Describes a candidate.
        public init(bytes: [UInt8], logProbability: Double) {
            self.bytes = bytes
            self.logProbability = logProbability
        }
    }

    /// The token that was taken.
    public var chosen: Candidate
    /// The likeliest ones, the first of them likeliest.
    public var likeliest: [Candidate]

    /// Describes a token.
    public init(_ chosen: Candidate, likeliest: [Candidate]) {
        self.chosen = chosen
        self.likeliest = likeliest
    }
}

/// A stretch of a tool call.
public struct ToolCallPart: Sendable, Equatable {
    /// Which call of this answer, from 0.
    public var index: Int
    /// The call's id and name, the same in every part.
    public var id, name: String
    /// More of the arguments; the first part has none yet.
    public var arguments: String

    /// Describes a stretch.
    public init(index: Int, id: String, name: String, arguments: String) {
        self.index = index
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// How an answer ended and what it cost.
public struct GenerationSummary: Sendable, Equatable {
    /// Why an answer ended.
    public enum FinishReason: String, Sendable { case stop, length, toolCalls = "tool_calls", cancelled }

    /// Why it ended.
    public var reason: FinishReason
    /// Tokens of the prompt, media included.
    public var promptTokens: Int
    /// Of those, how many the cache already held.
    public var cachedTokens: Int
    /// Tokens written, thoughts and the end mark included.
    public var completionTokens: Int
    /// Seconds from the first to the last written token.
    public var decodeSeconds: Double
    /// The stop string that ended it; nil when none did, or the engine does not say.
    public var stopString: String?

    /// Sums up an answer.
    public init(
        reason: FinishReason, promptTokens: Int, cachedTokens: Int, completionTokens: Int, decodeSeconds: Double
    ) {
        self.reason = reason
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.completionTokens = completionTokens
        self.decodeSeconds = decodeSeconds
    }
}

/// Why an engine could not answer.
public enum EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The prompt leaves no room for an answer.
    case contextExceeded(promptTokens: Int, contextTokens: Int)
    /// The conversation holds something the engine cannot take, said in words.
    case unsupported(String)
    /// The engine broke or could not be reached, said in words.
    case unavailable(String)

    /// One line for people.
    public var description: String {
        switch self {
        case .contextExceeded(let prompt, let context):
            "the prompt has \(prompt) tokens and the model holds \(context): use a smaller picture or less text"
        case .unsupported(let what): what
        case .unavailable(let what): what
        }
    }
}

/// Something that answers conversations: the local model, or a server that speaks for one.
public protocol Engine: Sendable {
    /// What this engine can do.
    var abilities: Abilities { get }

    /// Answers a conversation, event by event.
    ///
    /// Ending the iteration, or cancelling the task that iterates, stops the work between two tokens.
    ///
    /// - Returns: a stream that ends with `.finished`, or throws `EngineError`.
    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error>

    /// How many tokens the prompt of a request has, pictures included, without answering it.
    ///
    /// - Throws: `EngineError`; `.unsupported` when the engine has no way to know.
    func promptTokens(of request: GenerationRequest) async throws -> Int
}

extension Engine {
    /// Refuses: an engine does not know unless it says so.
    public func promptTokens(of request: GenerationRequest) async throws -> Int {
        throw EngineError.unsupported("\(abilities.modelName) does not say how many tokens a prompt has")
    }
}
