// The routed experts of one layer on their own, behind a choice made by chance: what engines for large mixtures of experts
// are compared by. Neither router nor shared experts are counted.

package import Kernels

/// The first layer of a model that has experts.
package final class ExpertLayer {
    /// Experts among which is chosen: as many as fit in any memory, and more than any cache holds.
    package let expertCount: Int
    /// Experts that a token visits.
    package var chosenCount: Int { experts.config.chosenExperts }
    private let experts: Experts
    private let compute: Compute
    private let workspace = Workspace()
    private var random = RandomStream(seed: 1)

    /// Nil when no layer has experts.
    package init?(_ model: KimiModel) {
        guard let first = model.language.layers.lazy.compactMap(\.experts).first else { return nil }
        experts = first
        compute = model.compute
        expertCount = max(min(first.config.experts, 32), first.config.chosenExperts)
    }

    /// Tokens on their way through the layer.
    package struct Batch {
        let experts: Experts
        let choice: Router.Choice
        let input: FloatBuffer
        let output: FloatBuffer
        let count: Int
    }

    /// Tokens that each go to different experts, all with the same weight.
    package func batch(of count: Int) -> Batch {
        let input = FloatBuffer(count: count * experts.config.hidden)
        for index in 0..<input.count { input[index] = Float(random.next() >> 40) / Float(1 << 24) * 0.2 - 0.1 }
        let chosen = (0..<count).flatMap { _ in (0..<expertCount).shuffled(using: &random).prefix(chosenCount) }
        let weights = [Float](repeating: 1 / Float(chosenCount), count: chosen.count)
        return Batch(
            experts: experts, choice: Router.Choice(experts: chosen, weights: weights), input: input,
            output: FloatBuffer(count: input.count), count: count)
    }

    /// Runs them through the layer.
    ///
    /// - Returns: `[count, hidden]`.
    @discardableResult
    package func run(_ batch: Batch) -> FloatBuffer {
        experts.mix(
            batch.choice, nil, batch.input.pointer, count: batch.count, into: batch.output.pointer, workspace, compute)
        return batch.output
    }
}
