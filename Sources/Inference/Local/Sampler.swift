// Chooses the next token from logits. Probabilities are computed in float64 with an exponential of our own, in a fixed
// order, so that the same seed gives the same text on every machine that computes the same logits.
// Temperature comes first, then top-k, then top-p over what top-k left.

import Model

/// Draws tokens.
package struct Sampler: Sendable {
    private let sampling: Sampling
    private var random: RandomStream

    /// Refuses settings that describe no distribution.
    package init(_ sampling: Sampling) throws(EngineError) {
        guard sampling.temperature >= 0, sampling.temperature.isFinite else {
            throw .unsupported("the temperature is \(sampling.temperature); it must be 0 or more")
        }
        guard sampling.topP > 0, sampling.topP <= 1 else {
            throw .unsupported("top-p is \(sampling.topP); it must be above 0 and at most 1")
        }
        guard sampling.topK >= 0 else {
            throw .unsupported("top-k is \(sampling.topK); it must be 0 or more")
        }
        self.sampling = sampling
        random = RandomStream(seed: sampling.seed)
    }

    /// The next token.
    ///
    /// Equal logits are ordered by id, the lower first. Minus infinity is never chosen.
    ///
    /// - Parameter logits: `[vocabulary]`, not empty.
    /// - Throws: `.unavailable` when a logit is not a number or infinite, or none is finite: the model is broken.
    /// - Complexity: linear in the vocabulary; with top-k or top-p also log-linear in the tokens kept.
    package mutating func next(from logits: [Float]) throws(EngineError) -> Int {
        let best = try likeliest(logits)
        guard sampling.temperature > 0 else { return best }
        var ids = Array(logits.indices)
        if sampling.topK > 0, sampling.topK < ids.count { ids = Ranking(by: logits).prefix(sampling.topK) }
        let kept = ids.map { logits[$0] }
        let weights = kept.map { Self.exponential(Double($0 - logits[best]) / sampling.temperature) }
        let places = sampling.topP < 1 ? nucleus(kept, weights) : Array(ids.indices)
        var remaining = random.nextFraction() * places.reduce(0) { $0 + weights[$1] }
        var drawn = best
        for place in places where weights[place] > 0 {
            drawn = ids[place]
            remaining -= weights[place]
            // Rounding may leave a crumb behind the last one, which is then drawn.
            if remaining < 0 { break }
        }
        return drawn
    }

    /// The fewest places whose weights reach top-p of all, likeliest first.
    private func nucleus(_ logits: [Float], _ weights: [Double]) -> [Int] {
        let total = weights.reduce(0, +)
        // What lies below this is never needed: all of it together is less than what top-p leaves out.
        let least = (1 - sampling.topP) * total / Double(weights.count)
        var ranking = Ranking(weights.indices.filter { weights[$0] >= least }, by: logits)
        var sum = 0.0
        var nucleus: [Int] = []
        while nucleus.isEmpty || sum < sampling.topP * total, let next = ranking.popFirst() {
            nucleus.append(next)
            sum += weights[next]
        }
        return nucleus
    }

    private func likeliest(_ logits: [Float]) throws(EngineError) -> Int {
        var best = -1
        var highest = -Float.infinity
        for id in logits.indices {
            let logit = logits[id]
            guard logit < .infinity else {
                throw .unavailable("the model computed \(logit) as the logit of token \(id)")
            }
            if logit > highest {
                highest = logit
                best = id
            }
        }
        guard best >= 0 else { throw .unavailable("the model computed no finite logit") }
        return best
    }

    /// 1/13!, 1/12!, … 1/0!: the terms of eˣ, last first.
    private static let reciprocalFactorials: [14 of Double] = [
        1 / 6_227_020_800, 1 / 479_001_600, 1 / 39_916_800, 1 / 3_628_800, 1 / 362_880, 1 / 40_320, 1 / 5040, 1 / 720,
        1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1,
    ]

    /// eˣ for x ≤ 0, the same to the last bit on every machine: no library, no fused multiplication.
    ///
    /// Relative error below 1e-15. Proof: `SamplerTests.theExponentialIsThatOfTheLibrary`.
    static func exponential(_ x: Double) -> Double {
        guard x > -745 else { return 0 }
        let power = (x * 1.442_695_040_888_963_4).rounded()
        // ln 2 in two parts, the first of them short enough for an exact product.
        let rest = (x - power * 0.693_147_180_369_123_8) - power * 1.908_214_929_270_587_7e-10
        var sum = 0.0
        for index in reciprocalFactorials.indices { sum = sum * rest + reciprocalFactorials[index] }
        return Double(sign: .plus, exponent: Int(power), significand: sum)
    }
}

/// Token ids by falling logit, equals by rising id, found one by one.
private struct Ranking {
    private let logits: [Float]
    /// A binary heap.
    private var ids: [Int]

    /// Ranks some ids, or all; linear in their number.
    init(_ ids: [Int]? = nil, by logits: [Float]) {
        self.logits = logits
        self.ids = ids ?? Array(logits.indices)
        for parent in stride(from: self.ids.count / 2 - 1, through: 0, by: -1) { sink(parent) }
    }

    /// The likeliest ids, at most `count`.
    consuming func prefix(_ count: Int) -> [Int] {
        var first: [Int] = []
        while first.count < count, let id = popFirst() { first.append(id) }
        return first
    }

    /// Takes the likeliest remaining id.
    mutating func popFirst() -> Int? {
        guard let first = ids.first, let last = ids.popLast() else { return nil }
        if !ids.isEmpty {
            ids[0] = last
            sink(0)
        }
        return first
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var child = parent * 2 + 1
            guard child < ids.count else { return }
            if child + 1 < ids.count, precedes(ids[child + 1], ids[child]) { child += 1 }
            guard precedes(ids[child], ids[parent]) else { return }
            ids.swapAt(parent, child)
            parent = child
        }
    }

    private func precedes(_ one: Int, _ other: Int) -> Bool {
        let (left, right) = (logits[one], logits[other])
        return left == right ? one < other : left > right
    }
}
