// Many designs converted, and how faithful they became: one row per design, and over all of them what every part of the
// score is on average as the model wrote it, after the repairs, and as the best of several drafts. The page is in
// `EvaluationPage.swift`; the table for spreadsheets is here.
public import Render

/// One design of an evaluation.
public struct EvaluationRow: Sendable, Equatable {
    /// The design's name.
    public var name: String
    /// The folder with its `report.html`, `design.png`, `result.png` and `heat.png`, relative to the evaluation's page.
    public var path: String
    /// What the project scored; nil when it could not be made or shown.
    public var receipt: Receipt?
    /// What the project scored as the best of several drafts, where that was tried too.
    public var best: Receipt?
    /// Why there is no receipt, in words.
    public var failure: String?
    /// Seconds from the picture to the receipts.
    public var seconds: Double

    /// Describes a design that was converted.
    public init(name: String, path: String, receipt: Receipt, best: Receipt? = nil, seconds: Double) {
        self.name = name
        self.path = path
        self.receipt = receipt
        self.best = best
        self.seconds = seconds
    }

    /// Describes a design that was not.
    public init(name: String, path: String, failure: String, seconds: Double) {
        self.name = name
        self.path = path
        self.failure = failure
        self.seconds = seconds
    }
}

/// The designs of an evaluation, and their totals.
public struct Evaluation: Sendable, Equatable {
    /// A moment in the making of a page at which it was scored.
    public enum Stage: String, Sendable, CaseIterable {
        /// As the model wrote it.
        case draft
        /// After the repairs.
        case repaired
        /// After the repairs, the best of several drafts.
        case best
    }

    /// One stage over all designs.
    public struct Summary: Sendable, Equatable {
        /// The stage.
        public let stage: Stage
        /// The mean of the totals; a design that failed counts 0.
        public let mean: Double
        /// The middle of the totals, of an even number the mean of the two; a design that failed counts 0.
        public let median: Double
        /// The mean of every part over the designs it applies to; missing where it applies to none.
        public let parts: [FidelityCategory: Double]
        /// Seconds that a design takes up to this stage, on average over those that did not fail.
        public let seconds: Double
    }

    /// The designs in the order they are shown.
    public let rows: [EvaluationRow]
    /// The stages that were tried, each over all designs.
    public let summaries: [Summary]

    /// Sums up.
    ///
    /// Proof: `EvaluationTests`.
    public init(_ rows: [EvaluationRow]) {
        self.rows = rows
        summaries = Stage.allCases.compactMap { Summary($0, of: rows) }
    }

    /// The designs that have no receipt.
    public var failureCount: Int { rows.count { $0.receipt == nil } }

    /// How many designs a stage made worse than the stage before it.
    public func loweredCount(by stage: Stage) -> Int {
        rows.count { row in
            guard let score = row.score(at: stage) else { return false }
            let earlier: Stage = stage == .best ? .repaired : .draft
            return stage != .draft && row.score(at: earlier).map { score.total < $0.total } ?? false
        }
    }

    /// How many drafts the best was chosen of; nil where that was not tried.
    public var attemptCount: Int? { rows.compactMap { $0.best?.attempts.count }.max() }

    /// The table for spreadsheets (RFC 4180): a line per design with the numbers of every stage, four digits each; fields
    /// of what does not apply are empty.
    public var csv: String {
        let stages = summaries.map(\.stage)
        var header = ["name", "path", "failure", "seconds"]
        for stage in stages {
            header.append("\(stage.rawValue)_total")
            header += FidelityCategory.allCases.map { "\(stage.rawValue)_\($0.rawValue)" }
        }
        let lines = rows.map { row in
            var fields = [row.name, row.path, row.failure ?? "", row.seconds.fieldWords]
            for stage in stages {
                let score = row.score(at: stage)
                fields.append(score?.total.fieldWords ?? "")
                fields += FidelityCategory.allCases.map { score?[$0]?.fieldWords ?? "" }
            }
            return fields
        }
        return ([header] + lines).map { $0.map(Self.field).joined(separator: ",") + "\r\n" }.joined()
    }

    // A field stands in quotes where it holds what would end it.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x0D, 0x0A].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension EvaluationRow {
    /// The score at a stage; nil where it was not tried, or there is none.
    func score(at stage: Evaluation.Stage) -> FidelityScore? {
        switch stage {
        case .draft: receipt?.draft
        case .repaired: receipt.flatMap { $0.steps.isEmpty ? nil : $0.fidelity.score }
        case .best: best?.fidelity.score
        }
    }

    /// The last score there is.
    var finalScore: FidelityScore? { best?.fidelity.score ?? receipt?.fidelity.score }

    /// Seconds up to a stage.
    fileprivate func seconds(to stage: Evaluation.Stage) -> Double? {
        guard let receipt = stage == .best ? best : receipt else { return nil }
        let drafts = receipt.attempts.reduce(0) { $0 + $1.seconds }
        return stage == .draft ? drafts : drafts + receipt.repairSeconds
    }
}

extension Evaluation.Summary {
    // Nil when no design came to the stage. A design whose repairs had nothing to try stays what its draft was.
    fileprivate init?(_ stage: Evaluation.Stage, of rows: [EvaluationRow]) {
        guard rows.contains(where: { $0.score(at: stage) != nil }) else { return nil }
        let scores = rows.map { $0.score(at: stage) ?? $0.receipt?.fidelity.score }
        let totals = scores.map { $0?.total ?? 0 }.sorted()
        self.stage = stage
        mean = totals.reduce(0, +) / Double(totals.count)
        median = (totals[(totals.count - 1) / 2] + totals[totals.count / 2]) / 2
        var parts: [FidelityCategory: Double] = [:]
        for category in FidelityCategory.allCases {
            let values = scores.compactMap { $0?[category] }
            if !values.isEmpty { parts[category] = values.reduce(0, +) / Double(values.count) }
        }
        self.parts = parts
        let seconds = rows.compactMap { $0.seconds(to: stage) }
        self.seconds = seconds.isEmpty ? 0 : seconds.reduce(0, +) / Double(seconds.count)
    }
}

extension Double {
    // As machines read it: four digits, a point, no minus before zero.
    fileprivate var fieldWords: String {
        let words = fixed(4)
        return words.first == "−" ? "-" + words.dropFirst() : words == "–" ? "" : words
    }
}
