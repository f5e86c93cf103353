// How likely tokens were: logarithms of the probabilities that the model itself gave, whatever the sampler made of them.
import Foundation

/// Scores tokens of an answer.
struct TokenScorer: Sendable {
    let tokenizer: Tokenizer
    /// How many of the likeliest tokens stand beside the one that was taken.
    let alternatives: Int

    /// A token with its score; nil for one that is no text.
    ///
    /// - Parameter logits: `[vocabulary]`, from which the token was taken.
    func score(_ token: Int, _ logits: [Float]) -> ScoredToken? {
        guard !tokenizer.specialRange.contains(token) else { return nil }
        let highest = Double(logits.max() ?? 0)
        let total = logits.reduce(0.0) { $0 + exp(Double($1) - highest) }
        let normaliser = highest + log(total)
        func candidate(_ id: Int) -> ScoredToken.Candidate {
            ScoredToken.Candidate(bytes: tokenizer.bytes(of: id), logProbability: Double(logits[id]) - normaliser)
        }
        return ScoredToken(candidate(token), likeliest: likeliest(logits).map(candidate))
    }

    // The few likeliest of many: one pass, keeping them in order. Equal logits are ordered by id.
    private func likeliest(_ logits: [Float]) -> [Int] {
        var best: [Int] = []
        guard alternatives > 0 else { return best }
        for id in logits.indices {
            if best.count == alternatives, logits[id] <= logits[best[best.count - 1]] { continue }
            let place = best.firstIndex { logits[$0] < logits[id] } ?? best.count
            best.insert(id, at: place)
            if best.count > alternatives { best.removeLast() }
        }
        return best
    }
}
