// What is remembered of an engine's answer while it comes in, what page it makes so far, and when that is shown.
import Inference

/// An answer while it comes in.
struct Answer {
    /// Costs so far.
    var report = ConvertReport()
    /// The first words, to quote when they turn out to be no page.
    var opening = ""
    var isFinished = false
    private var pieces = 0
    private var firstPiece = ContinuousClock.now

    /// Takes note of an event.
    ///
    /// - Returns: what there is to tell about it.
    mutating func hear(_ event: GenerationEvent) -> ConvertEvent? {
        switch event {
        case .encoded(let tokens, let seconds, let isReused):
            report.visionTokens += tokens
            report.encodeSeconds += seconds
            report.reusedImages += isReused ? 1 : 0
            return .encoded(tokens: tokens, seconds: seconds)
        case .prefilled(let tokens, _, let seconds):
            report.prefillSeconds = seconds
            return .prefilled(tokens: tokens, seconds: seconds)
        case .reasoning:
            return count()
        case .text(let text):
            if opening.trimmed.utf8.count < 200 { opening += text }
            return count()
        case .token, .toolCallPart, .toolCall:
            return nil
        case .finished(let summary):
            isFinished = true
            report.promptTokens = summary.promptTokens
            report.cachedTokens = summary.cachedTokens
            report.completionTokens = summary.completionTokens
            report.generateSeconds = summary.decodeSeconds
            report.finishReason = summary.reason
            return nil
        }
    }

    private mutating func count() -> ConvertEvent {
        if pieces == 0 { firstPiece = .now }
        pieces += 1
        let seconds = firstPiece.duration(to: .now).seconds
        return .writing(tokens: pieces, tokensPerSecond: seconds > 0 ? Double(pieces - 1) / seconds : 0)
    }
}

/// Says when the page so far is shown: at most once in an interval, and not before the first has passed.
struct DraftPace {
    /// The shortest time between two drafts.
    static let interval = Duration.milliseconds(300)

    /// The time since some moment that stays the same.
    let now: @Sendable () -> Duration
    private var last: Duration?

    init(now: @escaping @Sendable () -> Duration) { self.now = now }

    /// Whether a draft is due; if so, the next interval begins.
    mutating func isDue() -> Bool {
        let now = now()
        guard let last else {
            last = now
            return false
        }
        guard now - last >= Self.interval else { return false }
        self.last = now
        return true
    }
}

/// Makes whole pages of what a model wrote.
struct PageMaker {
    /// The stylesheet of the dialect that the model writes; nil for free HTML.
    let css: String?
    /// The page's title, when it has none itself; plain text.
    let fallbackTitle: String
    // Read once for all drafts and the page itself: it takes longer than a draft.
    private lazy var stylesheet = css.map { Stylesheet($0) }

    init(css: String?, fallbackTitle: String) {
        self.css = css
        self.fallbackTitle = fallbackTitle
    }

    /// The page of a file, be the file complete or not; nil when it shows nothing.
    mutating func page(from file: FileParser.File) -> String? {
        if let stylesheet {
            return Page.document(answer: file.text, stylesheet: stylesheet, fallbackTitle: fallbackTitle)
        }
        guard Page.hasContent(file.text) else { return nil }
        return file.isComplete ? file.text : Page.repaired(file.text)
    }
}
