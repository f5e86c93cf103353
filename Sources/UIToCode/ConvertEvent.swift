// What a conversion tells while it runs, and what it cost in the end.
public import Inference
public import Render

/// What happens during a conversion, in this order. While the model writes, a `.writing` comes for every piece of its
/// answer, followed by what that piece gave: `.wrote` for text of files, now and then a `.draft`.
public enum ConvertEvent: Sendable, Equatable {
    /// The design's picture is in memory, in pixels.
    case decoded(width: Int, height: Int, seconds: Double)
    /// The picture became vision tokens.
    case encoded(tokens: Int, seconds: Double)
    /// The model has read the whole prompt.
    case prefilled(tokens: Int, seconds: Double)
    /// The model writes. `tokens` counts the pieces that came so far, thoughts included: about one a token.
    case writing(tokens: Int, tokensPerSecond: Double)
    /// More of a file, as the model wrote it. The texts of one path, in order, are the file; when the model begins a file
    /// anew, they go on with the new one. Words outside files are not told.
    case wrote(path: String, text: String)
    /// The page so far as a whole document, to be shown in place of the one before. Comes at most every 300 ms.
    case draft(path: String, html: String)
    /// A draft is complete and is shown next. `attempt` counts from 1.
    case drafted(attempt: Int)
    /// A draft was shown and scored. `attempt` counts from 1; `total` is nil when it could not be shown, for the reason.
    case scored(attempt: Int, total: Double?, failure: String?)
    /// A repair was tried: of the best draft, of the first one too where another is better, and of the chosen one by a
    /// model. `attempt` says which draft it is of.
    case repaired(attempt: Int, RepairStep)
    /// The project is complete, in memory.
    case finished(ConvertReport)
}

/// Where the time of a conversion went. All times are seconds.
public struct ConvertReport: Sendable, Equatable {
    /// Seconds to read and decode the picture.
    public var decodeSeconds = 0.0
    /// Seconds from pixels to vision tokens.
    public var encodeSeconds = 0.0
    /// Seconds to read the prompt.
    public var prefillSeconds = 0.0
    /// Seconds from the first to the last written token.
    public var generateSeconds = 0.0
    /// Seconds to show, score and repair pages; 0 without a renderer.
    public var measureSeconds = 0.0
    /// Seconds of the whole conversion, the picture's decoding included.
    public var totalSeconds = 0.0
    /// Vision tokens of the design.
    public var visionTokens = 0
    /// Tokens of the prompt, vision tokens included.
    public var promptTokens = 0
    /// Of those, how many the engine had read before.
    public var cachedTokens = 0
    /// Pictures whose features were at hand from before.
    public var reusedImages = 0
    /// Tokens written, the end mark included.
    public var completionTokens = 0
    /// Why the model stopped. After `.length` the page was cut and its open elements were closed.
    public var finishReason = GenerationSummary.FinishReason.stop
    /// The project's paths, in order.
    public var files: [String] = []
    /// How faithful the project is; nil without a renderer, and when its page could not be shown.
    public var receipt: Receipt?
    /// What the receipt is about; there when it is.
    public var pictures: ReceiptPictures?
    /// The elements of the project's page where they were shown, in document order; empty without a receipt.
    public var elements: [ElementBox] = []
    /// Why there is no receipt, in words; nil when there is one, and without a renderer.
    public var unmeasured: String?

    /// Seconds between two written tokens; 0 when fewer than two were written.
    public var secondsPerToken: Double { completionTokens > 1 ? generateSeconds / Double(completionTokens - 1) : 0 }

    /// Written tokens per second; 0 when fewer than two were written.
    public var tokensPerSecond: Double { secondsPerToken > 0 ? 1 / secondsPerToken : 0 }

    /// An empty report, to be filled.
    public init() {}
}
