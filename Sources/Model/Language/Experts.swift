// A layer's mixture of experts: routed experts by the router's choice, plus the shared experts for every token.

import Kernels

/// The experts of one layer.
struct Experts: Sendable {
    let config: LanguageConfig
    let router: Router  // gate
    let routed: [FeedForward]  // experts.E [expertInner] each
    let shared: FeedForward?  // shared_experts [expertInner * sharedExperts]

    init(_ weights: WeightReader, _ config: LanguageConfig) throws(CheckpointError) {
        self.config = config
        router = try Router(weights.scoped("gate"), config)
        var routed: [FeedForward] = []
        routed.reserveCapacity(config.experts)
        for expert in 0..<config.experts {
            routed.append(
                try FeedForward(
                    weights.scoped("experts").routed("\(expert)"), hidden: config.hidden, inner: config.expertInner,
                    expecting: config.quantization))
        }
        self.routed = routed
        shared =
            config.sharedExperts == 0
            ? nil
            : try FeedForward(
                weights.scoped("shared_experts"), hidden: config.hidden,
                inner: config.expertInner * config.sharedExperts, expecting: config.unroutedQuantization)
    }

    /// `[count, hidden]` to `[count, hidden]`: Σ weight · routed(x) + shared(x).
    func forward(
        _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>, _ workspace: Workspace,
        _ compute: Compute
    ) {
        let choice = router.choose(input, count: count, workspace, compute)
        if let shared {
            shared.forward(input, count: count, into: output, workspace, compute)
        } else {
            output.update(repeating: 0, count: count * config.hidden)
        }
        if count == 1 {
            addToken(input, choice, output, workspace, compute)
        } else {
            addTokens(input, count, choice, output, workspace, compute)
        }
    }

    /// One token: all its experts in one fork-join per stage.
    private func addToken(
        _ input: UnsafePointer<Float>, _ choice: Router.Choice, _ output: UnsafeMutablePointer<Float>,
        _ workspace: Workspace, _ compute: Compute
    ) {
        let inner = config.expertInner, chosen = config.chosenExperts
        let gate = workspace.floats(.gate, chosen * inner)
        let up = workspace.floats(.up, chosen * inner)
        let down = workspace.floats(.expertOutput, chosen * config.hidden)
        var products: [Product] = []
        products.reserveCapacity(2 * chosen)
        for (slot, expert) in choice.experts.enumerated() {
            products.append(Product(input: input, matrix: routed[expert].gate, output: gate + slot * inner))
            products.append(Product(input: input, matrix: routed[expert].up, output: up + slot * inner))
        }
        compute.multiply(products)
        compute.siluMultiply(gate: gate, up: up, count: chosen * inner, into: gate)
        products.removeAll(keepingCapacity: true)
        for (slot, expert) in choice.experts.enumerated() {
            products.append(
                Product(input: gate + slot * inner, matrix: routed[expert].down, output: down + slot * config.hidden))
        }
        compute.multiply(products)
        for slot in 0..<chosen {
            compute.addScaled(
                down + slot * config.hidden, scale: choice.weights[slot], to: output, count: config.hidden)
        }
    }

    /// Many tokens: gathered by expert, so that each expert's weights are read once.
    private func addTokens(
        _ input: UnsafePointer<Float>, _ count: Int, _ choice: Router.Choice, _ output: UnsafeMutablePointer<Float>,
        _ workspace: Workspace, _ compute: Compute
    ) {
        let hidden = config.hidden
        var visits: [[Int]] = Array(repeating: [], count: config.experts)
        for (visit, expert) in choice.experts.enumerated() { visits[expert].append(visit) }
        for (expert, visits) in visits.enumerated() where !visits.isEmpty {
            let gathered = workspace.floats(.expertInput, visits.count * hidden)
            for (row, visit) in visits.enumerated() {
                (gathered + row * hidden).update(from: input + visit / config.chosenExperts * hidden, count: hidden)
            }
            let result = workspace.floats(.expertOutput, visits.count * hidden)
            routed[expert].forward(gathered, count: visits.count, into: result, workspace, compute)
            for (row, visit) in visits.enumerated() {
                compute.addScaled(
                    result + row * hidden, scale: choice.weights[visit],
                    to: output + visit / config.chosenExperts * hidden, count: hidden)
            }
        }
    }
}
