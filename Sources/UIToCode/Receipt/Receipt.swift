// How faithful a project is to its design: what was measured on its page, and what was tried to make it better. Pictures
// are kept apart, so that the receipt is small and can be written as JSON as it is.
public import Media
public import Render

/// The fidelity receipt of one design.
public struct Receipt: Sendable, Equatable, Codable {
    /// One draft of the model.
    public struct Attempt: Sendable, Equatable, Codable {
        /// How the model chose its tokens.
        public var temperature: Double
        /// With a temperature: which of its answers it is.
        public var seed: UInt64
        /// What the draft scored; nil when it could not be shown, or there was none.
        public var total: Double?
        /// Why there is no score, in words.
        public var failure: String?
        /// Seconds to write, show and score it.
        public var seconds: Double
        /// Whether the project was made from it.
        public var isChosen: Bool
        /// Whether the model read single lines and the rest was measured on the picture, instead of writing the page.
        public var isMeasured: Bool

        /// Describes a draft.
        public init(
            temperature: Double, seed: UInt64, total: Double? = nil, failure: String? = nil, seconds: Double = 0,
            isChosen: Bool = false, isMeasured: Bool = false
        ) {
            self.temperature = temperature
            self.seed = seed
            self.total = total
            self.failure = failure
            self.seconds = seconds
            self.isChosen = isChosen
            self.isMeasured = isMeasured
        }
    }

    /// The design's name.
    public var design: String
    /// The page that was measured.
    public var entry: String
    /// The window it was shown in: as wide and as high as the design.
    public var viewport: Viewport
    /// What the project's page scores, and where it differs from the design.
    public var fidelity: FidelityReport
    /// What the chosen draft scored, before any repair.
    public var draft: FidelityScore
    /// The drafts in the order they were made.
    public var attempts: [Attempt]
    /// The repairs in the order they were tried.
    public var steps: [RepairStep]
    /// Whether the time was spent before the repairs had nothing more to propose.
    public var isOutOfTime: Bool
    /// What was checked for people who cannot see the page.
    public var accessibility: Accessibility
    /// CSS pixels by which the page is wider than its window.
    public var overflow: Double
    /// What scripts and the browser said.
    public var console: [ConsoleMessage]
    /// Requests of the page that were not let through.
    public var refused: [RefusedRequest]
    /// Seconds of the repairs.
    public var repairSeconds: Double
}

/// What a receipt is about, to be looked at.
public struct ReceiptPictures: Sendable, Equatable {
    /// The design.
    public var design: Image
    /// The project's page.
    public var result: Image
    /// The page of the chosen draft; nil when no repair changed it.
    public var draft: Image?
    /// Where page and design differ.
    public var heatMap: Image
}
