// Whether a changed page is better: the rule that keeps repairs from making anything worse. It knows scores only.
import Render

/// Says which changes are kept.
struct Acceptance: Sendable {
    /// What a total must gain: less is not worth a line of style.
    static let leastGain = 0.0001

    /// How much a category may fall.
    let tolerance: Double
    /// What the page scored before the first change.
    let draft: FidelityScore

    /// Why a change is not kept; nil when it is.
    ///
    /// The total must rise by at least `leastGain`. No category may fall by more than the tolerance, below the score before the change and
    /// below the draft's, so that small losses do not add up. A category that applies on one side only is left to the
    /// total.
    ///
    /// Proof: `AcceptanceTests`.
    func objection(to after: FidelityScore, before: FidelityScore) -> String? {
        guard after.total - before.total >= Self.leastGain else {
            return after.total < before.total
                ? "the total falls from \(before.total.scoreText) to \(after.total.scoreText)"
                : "the total stays at \(before.total.scoreText)"
        }
        for (reference, whose) in [(before, ""), (draft, " of the draft")] {
            for category in FidelityCategory.allCases {
                guard let new = after[category], let old = reference[category], old - new > tolerance else { continue }
                return "\(category.rawValue) falls from \(old.scoreText)\(whose) to \(new.scoreText)"
            }
        }
        return nil
    }
}

extension Double {
    /// Four digits behind the point.
    fileprivate var scoreText: String {
        let digits = String(Int((self * 10_000).rounded()))
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return padded.dropLast(4) + "." + padded.suffix(4)
    }
}
