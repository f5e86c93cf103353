// What a run of repairs tells: every change that was tried, in order, with the scores on both sides of it, and the page
// that is left in the end.
public import Render

/// One change of a page that was tried.
public struct RepairStep: Sendable, Equatable, Codable {
    /// What became of a change.
    public enum Outcome: String, Sendable, Codable {
        /// The page has it.
        case kept
        /// The page with it was scored, and is as it was before.
        case refused
        /// The page with it could not be made or shown, and is as it was before.
        case failed
    }

    /// The repair that proposed it: `look`, `page`, `colours`, `sizes`, `spacing`, `images`.
    public var repair: String
    /// What it changes, in words.
    public var change: String
    /// The score of the page without it.
    public var before: FidelityScore
    /// The score of the page with it; nil when that could not be shown.
    public var after: FidelityScore?
    /// What became of it.
    public var outcome: Outcome
    /// Why it was not kept, in words; nil when it was.
    public var reason: String?
    /// Seconds to make, show and score it.
    public var seconds: Double
}

/// What is left after a run of repairs.
public struct RepairOutcome: Sendable {
    /// The project with all changes that were kept. Paths that were there are still there, in their old order.
    public var project: Project
    /// Its page as it is shown.
    public var screenshot: Screenshot
    /// What the page scores; its total is never below that of `draft`.
    public var report: FidelityReport
    /// What the page scored before the first change.
    public var draft: FidelityScore
    /// What was tried, in the order in which it was decided: each `before` is the last `after` that was kept.
    public var steps: [RepairStep]
    /// Seconds of the whole run.
    public var seconds: Double
    /// Whether the time was spent before the repairs had nothing more to propose.
    public var isOutOfTime: Bool
}

/// Why repairs could not begin, or did not end.
public enum RepairError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The page is missing or is no HTML.
    case page(EditError)
    /// The draft cannot be shown.
    case render(RenderError)
    /// The task was cancelled.
    case cancelled

    /// One line for people.
    public var description: String {
        switch self {
        case .page(let error): "\(error)"
        case .render(let error): "the draft cannot be shown: \(error)"
        case .cancelled: "cancelled"
        }
    }
}

/// How far repairs may go.
public struct RepairOptions: Sendable, Equatable {
    /// How often all repairs are gone through; less when a round keeps nothing.
    public var rounds: Int
    /// No change is tried after this many seconds.
    public var budgetSeconds: Double
    /// No category of the score may fall by more than this, neither by one change nor by all of them together.
    public var tolerance: Double
    /// How many differences a model that follows instructions is asked to mend.
    public var modelRounds: Int

    /// Describes bounds.
    public init(rounds: Int = 2, budgetSeconds: Double = 30, tolerance: Double = 0.01, modelRounds: Int = 2) {
        self.rounds = rounds
        self.budgetSeconds = budgetSeconds
        self.tolerance = tolerance
        self.modelRounds = modelRounds
    }
}
