// What became of a folder: per design its page and score, or why there is none; over all, how alike the code of what is
// alike is.

/// One design of a batch.
public struct BatchItem: Sendable, Equatable, Codable {
    /// How a design stands.
    public enum State: String, Sendable, Codable { case waiting, running, done, failed }

    /// The design's path in its folder, with `/`.
    public var path: String
    /// Where it stands.
    public var state: State
    /// The page in the project: `pages/sign-in.html`; nil unless done.
    public var page: String?
    /// The receipt beside it; nil for pages that were not measured.
    public var receipt: String?
    /// What the page scores beside its design; nil for pages that were not measured.
    public var score: Double?
    /// Seconds of the conversion, in whichever run it was made.
    public var seconds: Double
    /// Whether an earlier run had made it.
    public var isKept: Bool
    /// Why there is no page; nil unless failed.
    public var failure: String?

    /// Describes a design.
    public init(
        path: String, state: State = .waiting, page: String? = nil, receipt: String? = nil, score: Double? = nil,
        seconds: Double = 0, isKept: Bool = false, failure: String? = nil
    ) {
        self.path = path
        self.state = state
        self.page = page
        self.receipt = receipt
        self.score = score
        self.seconds = seconds
        self.isKept = isKept
        self.failure = failure
    }
}

/// A whole batch.
public struct BatchReport: Sendable, Equatable, Codable {
    /// Every design in the order of the folder.
    public var items: [BatchItem]
    /// The stack's name.
    public var stack: String
    /// Seconds of this run.
    public var seconds: Double
    /// Components written once and used at least twice.
    public var components: Int
    /// Named colours, sizes and spacings.
    public var tokens: Int
    /// 0…1: how alike the code of what looks alike is, as the pages were converted; nil for fewer than two pages.
    public var consistencyBefore: Double?
    /// The same of the project that was written.
    public var consistency: Double?
    /// The project's paths, in order.
    public var files: [String]
    /// The file that opens the project.
    public var entry: String

    /// Designs without a page.
    public var failedCount: Int { items.count { $0.state == .failed } }

    /// An empty report, to be filled.
    public init(items: [BatchItem], stack: String) {
        self.items = items
        self.stack = stack
        seconds = 0
        components = 0
        tokens = 0
        consistencyBefore = nil
        consistency = nil
        files = []
        entry = "index.html"
    }
}

/// What happens while a batch runs; told in order, one at a time.
public enum BatchEvent: Sendable {
    /// The designs, with what earlier runs made marked as kept.
    case began([BatchItem])
    /// A design's conversion goes on.
    case design(index: Int, ConvertEvent)
    /// A design is done, or failed; `secondsLeft` is an estimate for the rest, nil before there is ground for one.
    case item(index: Int, BatchItem, secondsLeft: Double?)
    /// All pages are there; what they share is looked for.
    case sharing
    /// The project is on disk.
    case finished(BatchReport)
}
