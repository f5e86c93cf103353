// The language core once more, as plainly as it can be written: one token after another, one product after another, one
// thread, no memory of earlier tokens. It is the measure of what everything else gains, and a proof of it: nothing here
// is shared with the fast path but the weights.
//
// Everything is `[Float]`; a state is one token's `[hidden]`. Source: transformers' modeling_deepseek_v3.

import Foundation
import Kernels

/// A language core without any haste.
package struct NaiveModel {
    private let language: LanguageModel
    private var config: LanguageConfig { language.config }

    /// The same weights as those of a model.
    package init(_ model: KimiModel) { language = model.language }

    /// Logits behind the last of some tokens, `[vocabularySize]`.
    package func logits(behind tokens: [Int]) -> [Float] {
        var states = tokens.map { row($0, of: language.embedding) }
        for layer in language.layers {
            let attended = attend(states.map { norm($0, layer.attentionNorm) }, layer.attention)
            states = zip(states, attended).map(sum)
            states = states.map { sum($0, mix(norm($0, layer.mixerNorm), layer.mixer)) }
        }
        return multiply(norm(states[states.count - 1], language.norm), language.head)
    }

    // MARK: Attention

    /// Every token looks at itself and at those before it.
    private func attend(_ states: [[Float]], _ attention: LatentAttention) -> [[Float]] {
        let queries = states.enumerated().map { query($1, at: $0, attention) }
        let memories = states.enumerated().map { memory($1, at: $0, attention) }
        return queries.enumerated().map { position, query in
            let heads = (0..<config.heads).map { head in
                look(query[head], at: memories[...position].map { ($0.keys[head], $0.values[head]) }, attention.scale)
            }
            return multiply(Array(heads.joined()), attention.output)
        }
    }

    /// What a token looks for, head by head.
    private func query(_ state: [Float], at position: Int, _ attention: LatentAttention) -> [[Float]] {
        var narrow = state
        if let down = attention.queryDown, let queryNorm = attention.queryNorm {
            narrow = norm(multiply(state, down), queryNorm)
        }
        let query = multiply(narrow, attention.queryUp)
        return (0..<config.heads).map { head in
            let own = Array(query[head * config.queryHeadDim..<(head + 1) * config.queryHeadDim])
            return own.prefix(config.nopeDim) + turn(Array(own.dropFirst(config.nopeDim)), position)
        }
    }

    /// What a token is found by and what it then says, head by head.
    private func memory(
        _ state: [Float], at position: Int, _ attention: LatentAttention
    ) -> (keys: [[Float]], values: [[Float]]) {
        let down = multiply(state, attention.latentDown)
        let latent = norm(Array(down.prefix(config.latentRank)), attention.latentNorm)
        let shared = turn(Array(down.dropFirst(config.latentRank)), position)
        let up = multiply(latent, attention.latentUp)
        let width = config.nopeDim + config.valueDim
        let heads = (0..<config.heads).map { up[$0 * width..<($0 + 1) * width] }
        return (heads.map { $0.prefix(config.nopeDim) + shared }, heads.map { Array($0.dropFirst(config.nopeDim)) })
    }

    /// The values, weighted by the softmax of how well their keys fit.
    private func look(_ query: [Float], at memories: [(key: [Float], value: [Float])], _ scale: Float) -> [Float] {
        let scores = memories.map { dot(query, $0.key) * scale }
        let greatest = scores.max() ?? 0
        let weights = scores.map { exp($0 - greatest) }
        let total = weights.reduce(0, +)
        var result = [Float](repeating: 0, count: config.valueDim)
        for (weight, memory) in zip(weights, memories) {
            for dim in result.indices { result[dim] += weight / total * memory.value[dim] }
        }
        return result
    }

    /// Neighbours in pairs, turned by their position.
    private func turn(_ values: [Float], _ position: Int) -> [Float] {
        var turned = values
        for (pair, frequency) in language.rotary.inverseFrequencies.enumerated() {
            let angle = Float(position) * frequency
            let cosine = cos(angle) * language.rotary.magnitude, sine = sin(angle) * language.rotary.magnitude
            let (first, second) = (values[2 * pair], values[2 * pair + 1])
            turned[2 * pair] = first * cosine - second * sine
            turned[2 * pair + 1] = first * sine + second * cosine
        }
        return turned
    }

    // MARK: Feed-forward and experts

    private func mix(_ state: [Float], _ mixer: DecoderLayer.Mixer) -> [Float] {
        switch mixer {
        case .dense(let feedForward): return feed(state, feedForward)
        case .experts(let experts):
            var result = experts.shared.map { feed(state, $0) } ?? [Float](repeating: 0, count: config.hidden)
            for (expert, weight) in choose(state, experts.router) {
                result = sum(result, feed(state, experts.routed[expert]).map { $0 * weight })
            }
            return result
        }
    }

    /// `[token, hidden]`: each token's experts of a layer measured alone, one after another.
    func mix(_ batch: ExpertLayer.Batch) -> [Float] {
        let chosen = config.chosenExperts
        return (0..<batch.count).flatMap { token in
            let state = (0..<config.hidden).map { batch.input[token * config.hidden + $0] }
            return (token * chosen..<(token + 1) * chosen).reduce([Float](repeating: 0, count: config.hidden)) {
                let weight = batch.choice.weights[$1]
                return sum($0, feed(state, batch.experts.routed[batch.choice.experts[$1]]).map { $0 * weight })
            }
        }
    }

    private func feed(_ state: [Float], _ feedForward: FeedForward) -> [Float] {
        let gate = multiply(state, feedForward.gate), up = multiply(state, feedForward.up)
        return multiply(zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }, feedForward.down)
    }

    /// The experts with the greatest biased scores among the best groups, and their unbiased scores as weights.
    private func choose(_ state: [Float], _ router: Router) -> [(expert: Int, weight: Float)] {
        let scores = multiply(state, router.gate).map { 1 / (1 + exp(-$0)) }
        let biased = scores.indices.map { scores[$0] + router.correctionBias[$0] }
        let size = config.experts / config.expertGroups
        func merit(_ group: Int) -> Float {
            biased[group * size..<(group + 1) * size].sorted(by: >).prefix(2).reduce(0, +)
        }
        let groups = Set(greatest(config.chosenGroups, of: (0..<config.expertGroups).map(merit)))
        let open = biased.indices.map { groups.contains($0 / size) ? biased[$0] : -.infinity }
        let experts = greatest(config.chosenExperts, of: open)
        let total = config.normalisesWeights ? experts.reduce(1e-20) { $0 + scores[$1] } : 1
        return experts.map { ($0, scores[$0] / total * config.routedScale) }
    }

    /// The places of the greatest values, falling; the earlier of equals first.
    private func greatest(_ count: Int, of values: [Float]) -> [Int] {
        Array(values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }.prefix(count))
    }

    // MARK: Numbers

    private func norm(_ state: [Float], _ norm: RMSNorm) -> [Float] {
        let mean = dot(state, state) / Float(state.count)
        return state.indices.map { state[$0] / (mean + norm.epsilon).squareRoot() * norm.weight[$0] }
    }

    private func multiply(_ state: [Float], _ matrix: Matrix) -> [Float] {
        (0..<matrix.rows).map { dot(state, row($0, of: matrix)) }
    }

    private func row(_ index: Int, of matrix: Matrix) -> [Float] {
        [Float](unsafeUninitializedCapacity: matrix.columns) { buffer, count in
            if let row = buffer.baseAddress { matrix.expand(row: index, into: row) }
            count = matrix.columns
        }
    }

    private func dot(_ one: [Float], _ other: [Float]) -> Float {
        var sum: Float = 0
        for index in one.indices { sum += one[index] * other[index] }
        return sum
    }

    private func sum(_ one: [Float], _ other: [Float]) -> [Float] { zip(one, other).map(+) }
}
