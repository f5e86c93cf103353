// Chooses the experts each token visits.

import Foundation
import Kernels

/// Chooses the experts each token visits and how much each counts.
///
/// An expert is *chosen* by its biased score and *weighted* by its unbiased one:
///
///     score  = sigmoid(hidden · gateᵀ)                        // float32
///     chosen = topK(score + correctionBias), within the best groups
///     weight = score[chosen] / Σ score[chosen] × routedScale
///
/// The bias only balances load; in `weight` it would be silently wrong. Computed in float32 whatever the precision:
/// a score that is rounded could choose another expert.
///
/// Source: DeepSeek-V3 `noaux_tc` (arXiv 2412.19437, section 2.1.2). Proof: `RouterTests`.
struct Router: Sendable {
    let config: LanguageConfig
    let gate: Matrix  // gate.weight [experts, hidden]
    let correctionBias: FloatBuffer  // gate.e_score_correction_bias [experts]

    init(_ weights: WeightReader, _ config: LanguageConfig) throws(CheckpointError) {
        self.config = config
        gate = try weights.matrix("weight", config.experts, config.hidden)
        correctionBias = try weights.vector("e_score_correction_bias", config.experts, published: .float32)
    }

    /// The experts of some tokens.
    struct Choice {
        /// `[token, chosen]`, by falling biased score, ties to the lower index.
        var experts: [Int]
        /// Same shape; each row sums to `routedScale` when weights are normalised.
        var weights: [Float]
    }

    /// - Parameter hidden: `[count, hidden]`, after the layer's second norm.
    func choose(_ hidden: UnsafePointer<Float>, count: Int, _ workspace: Workspace, _ compute: Compute) -> Choice {
        let scores = workspace.floats(.routerScores, count * config.experts)
        compute.multiply(hidden, count: count, by: gate, precision: .exact, into: scores)
        for index in 0..<count * config.experts { scores[index] = 1 / (1 + exp(-scores[index])) }
        var choice = Choice(experts: [], weights: [])
        choice.experts.reserveCapacity(count * config.chosenExperts)
        choice.weights.reserveCapacity(count * config.chosenExperts)
        for token in 0..<count {
            choose(UnsafeBufferPointer(start: scores + token * config.experts, count: config.experts), into: &choice)
        }
        return choice
    }

    /// Adds one token's choice.
    ///
    /// - Parameter scores: unbiased scores of every expert.
    func choose(_ scores: UnsafeBufferPointer<Float>, into choice: inout Choice) {
        var biased = (0..<config.experts).map { scores[$0] + correctionBias.pointer[$0] }
        excludeLesserGroups(&biased)
        let first = choice.experts.count
        for _ in 0..<config.chosenExperts {
            var best = 0
            for expert in 1..<config.experts where biased[expert] > biased[best] { best = expert }
            biased[best] = -.infinity
            choice.experts.append(best)
            choice.weights.append(scores[best])
        }
        var factor = config.routedScale
        if config.normalisesWeights { factor /= choice.weights[first...].reduce(1e-20, +) }
        for index in first..<choice.weights.count { choice.weights[index] *= factor }
    }

    /// Leaves only the experts of the best groups; a group is as good as its two best experts together.
    private func excludeLesserGroups(_ biased: inout [Float]) {
        guard config.chosenGroups < config.expertGroups else { return }
        let size = config.experts / config.expertGroups
        let groups = (0..<config.expertGroups).map { group in
            (group, biased[group * size..<(group + 1) * size].sorted(by: >).prefix(2).reduce(0, +))
        }
        let ranked = groups.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }
        for (group, _) in ranked.dropFirst(config.chosenGroups) {
            for expert in group * size..<(group + 1) * size { biased[expert] = -.infinity }
        }
    }
}
