// Tokens that go through the layers together: a stretch of one prompt, or the next tokens of several sequences.

import Kernels

/// Tokens of one or more sequences.
struct TokenBatch {
    /// Neighbouring tokens of one sequence.
    struct Stretch {
        let cache: KVCache
        /// Its first token in the batch.
        let first: Int
        let count: Int
        /// Where that token stands in the cache.
        let start: Int
    }

    let stretches: [Stretch]
    /// Tokens of all stretches.
    let count: Int
    /// Of all tokens.
    let angles: RotaryAngles

    /// Up to so many tokens each goes the way it goes alone, to the last bit.
    static let fewTokens = Compute.fewRows

    var isFew: Bool { count <= Self.fewTokens }

    /// Makes room in the caches.
    ///
    /// - Parameters:
    ///   - sequences: different caches, and how many tokens each gets.
    ///   - position: rotary position of the first token of all; that of its place in its cache when nil.
    init(
        _ sequences: [(cache: KVCache, count: Int)], position: Int? = nil, _ rotary: RotaryEmbedding,
        _ workspace: Workspace
    ) {
        var stretches: [Stretch] = []
        stretches.reserveCapacity(sequences.count)
        var count = 0
        for (cache, tokens) in sequences {
            cache.reserve(tokens)
            stretches.append(Stretch(cache: cache, first: count, count: tokens, start: cache.count))
            count += tokens
        }
        self.stretches = stretches
        self.count = count
        angles = rotary.angles(workspace, count: count) { write in
            for stretch in stretches {
                for token in 0..<stretch.count {
                    write(stretch.first + token, (position ?? stretch.start) + token)
                }
            }
        }
    }

    /// Counts the tokens, once every layer has written their rows.
    func commit() {
        for stretch in stretches { stretch.cache.commit(stretch.count) }
    }
}
