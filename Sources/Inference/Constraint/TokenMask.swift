// Which tokens of a vocabulary may come next: one bit for each.

/// A set of token ids below a fixed number.
package struct TokenMask: Sendable, Equatable {
    /// Sixty-four tokens a word, the lowest id in the lowest bit; bits at and behind `tokenCount` are 0.
    package private(set) var words: [UInt64]
    /// How many ids the vocabulary has.
    package let tokenCount: Int

    /// Holds no token.
    package init(tokenCount: Int) {
        self.tokenCount = tokenCount
        words = [UInt64](repeating: 0, count: (tokenCount + 63) / 64)
    }

    /// How many tokens it holds.
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Whether it holds no token.
    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Whether it holds a token; ids outside of the vocabulary are never held.
    package func contains(_ token: Int) -> Bool {
        guard token >= 0, token < tokenCount else { return false }
        return words[token >> 6] >> UInt64(token & 63) & 1 == 1
    }

    /// Adds a token. Requires an id of the vocabulary.
    package mutating func insert(_ token: Int) {
        precondition(token >= 0 && token < tokenCount, "\(token) is a token id, below \(tokenCount)")
        words[token >> 6] |= 1 << UInt64(token & 63)
    }

    /// Adds all tokens of another mask of the same vocabulary.
    package mutating func formUnion(_ other: TokenMask) {
        precondition(other.tokenCount == tokenCount, "masks of one vocabulary")
        for index in words.indices { words[index] |= other.words[index] }
    }

    /// The tokens it holds, by rising id.
    package var tokens: [Int] {
        var tokens: [Int] = []
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                tokens.append(index << 6 | rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return tokens
    }

    /// Makes all tokens that it does not hold impossible: their logits become -∞, and those of ids behind
    /// `tokenCount` too.
    ///
    /// - Parameter logits: `[vocabulary]` float32, by token id.
    package func apply(to logits: inout [Float]) {
        logits.withUnsafeMutableBufferPointer { logits in
            for (index, word) in words.enumerated() where word != .max {
                for bit in 0..<max(0, min(64, logits.count - index << 6)) where word >> UInt64(bit) & 1 == 0 {
                    logits[index << 6 | bit] = -.infinity
                }
            }
            for token in min(words.count << 6, logits.count)..<logits.count { logits[token] = -.infinity }
        }
    }
}
