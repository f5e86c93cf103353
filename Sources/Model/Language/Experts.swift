// A layer's mixture of experts: routed experts by the router's choice, plus the shared experts for every token.

import Kernels

/// The experts of one layer.
struct Experts: Sendable {
    let config: LanguageConfig
    let router: Router  // gate
    let routed: [FeedForward]  // experts.E [expertInner] each
    let shared: FeedForward?  // shared_experts [expertInner * sharedExperts]
    let readAhead: ReadAhead

    init(_ weights: WeightReader, _ config: LanguageConfig) throws(CheckpointError) {
        self.config = config
        readAhead = weights.ledger.readAhead
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

    /// `[count, hidden]` to `[count, hidden]`: shared(x) + Σ weight · routed(x), added in the order of choice.
    func forward(
        _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>, _ workspace: Workspace,
        _ compute: Compute
    ) {
        let choice = router.choose(input, count: count, workspace, compute)
        mix(choice, shared, input, count: count, into: output, workspace, compute)
    }

    /// The experts of a choice, and those that every token visits.
    ///
    /// Tokens are gathered by expert, so that each expert's weights are read once, and all experts work in one fork and
    /// join per stage. Those of every token come first, while the others may still be on their way from the disk.
    func mix(
        _ choice: Router.Choice, _ shared: FeedForward?, _ input: UnsafePointer<Float>, count: Int,
        into output: UnsafeMutablePointer<Float>, _ workspace: Workspace, _ compute: Compute
    ) {
        let visits = Visits(choice, experts: config.experts, chosen: config.chosenExperts)
        // Experts that are in memory first: meanwhile the others come from the disk.
        let groups = readAhead.expect(visits.groups) { group in
            let expert = routed[group.expert]
            return [expert.gate, expert.up, expert.down]
        }
        let inner = config.expertInner, hidden = config.hidden, routedValues = visits.tokens.count * inner
        let sharedInner = shared?.gate.rows ?? 0
        let gate = workspace.floats(.gate, routedValues + count * sharedInner)
        let up = workspace.floats(.up, routedValues + count * sharedInner)
        let results = workspace.floats(.expertOutput, visits.tokens.count * hidden)
        var products: [Product] = []
        products.reserveCapacity(2 * groups.count + 2)
        visits.tokens.withUnsafeBufferPointer { tokens in
            if let shared {
                for (matrix, target) in [(shared.gate, gate), (shared.up, up)] {
                    products.append(Product(input: input, count: count, matrix: matrix, output: target + routedValues))
                }
            }
            for group in groups {
                let (expert, rows) = (routed[group.expert], group.rows)
                let gathered = tokens.baseAddress.map { $0 + rows.lowerBound }
                for (matrix, target) in [(expert.gate, gate), (expert.up, up)] {
                    products.append(
                        Product(
                            input: input, count: rows.count, gathered: gathered, matrix: matrix,
                            output: target + rows.lowerBound * inner))
                }
            }
            compute.multiply(products)
        }
        compute.siluMultiply(gate: gate, up: up, count: routedValues + count * sharedInner, into: gate)
        products.removeAll(keepingCapacity: true)
        if let shared {
            products.append(Product(input: gate + routedValues, count: count, matrix: shared.down, output: output))
        } else {
            output.update(repeating: 0, count: count * hidden)
        }
        for group in groups {
            products.append(
                Product(
                    input: gate + group.rows.lowerBound * inner, count: group.rows.count,
                    matrix: routed[group.expert].down, output: results + group.rows.lowerBound * hidden))
        }
        compute.multiply(products)
        compute.forEachRow(count) { token in
            for index in token * config.chosenExperts..<(token + 1) * config.chosenExperts {
                compute.addScaled(
                    results + visits.places[index] * hidden, scale: choice.weights[index], to: output + token * hidden,
                    count: hidden)
            }
        }
    }

    /// Which tokens each expert gets.
    private struct Visits {
        /// An expert and the rows of its tokens.
        struct Group {
            let expert: Int
            let rows: Range<Int>
        }

        /// The experts that are visited.
        private(set) var groups: [Group] = []
        /// The token of each row.
        private(set) var tokens: [Int32]
        /// The row of each choice, `[token, chosen]`.
        private(set) var places: [Int]

        init(_ choice: Router.Choice, experts: Int, chosen: Int) {
            var counts = [Int](repeating: 0, count: experts)
            for expert in choice.experts { counts[expert] += 1 }
            var next = [Int](repeating: 0, count: experts)
            var row = 0
            for expert in 0..<experts where counts[expert] > 0 {
                groups.append(Group(expert: expert, rows: row..<row + counts[expert]))
                next[expert] = row
                row += counts[expert]
            }
            tokens = [Int32](repeating: 0, count: row)
            places = [Int](repeating: 0, count: row)
            for (index, expert) in choice.experts.enumerated() {
                tokens[next[expert]] = Int32(index / chosen)
                places[index] = next[expert]
                next[expert] += 1
            }
        }
    }
}
