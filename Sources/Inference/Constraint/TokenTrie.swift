// The vocabulary as trees of bytes, to find all tokens that a matcher lets through without trying each on its own.
//
// Most of a vocabulary is plain text: it may stand inside of any string as it is. Such tokens form a tree of their own,
// and where a string is open to whatever text, they are let through by their number of characters alone. Only the
// others, which hold a quote, a backslash, a control character or broken UTF-8, are then walked.
import Synchronization

/// A vocabulary, ready to be masked.
package final class TokenTrie: Sendable {
    private let plain: Branches
    private let other: Branches
    /// The plain tokens of at most so many scalars, begun ones included, by that number.
    private let plainUpTo: [TokenMask]
    /// Bytes of the longest token.
    private let longest: Int
    private let tokenCount: Int
    private let cache = Mutex(Cache())

    /// Every number of scalars up to that of the longest token has a mask of its own.
    private static let longestToken = 1024

    /// Sorts a tokenizer's vocabulary. Special tokens are no text and are in no mask, nor are tokens of more than
    /// `longestToken` bytes.
    ///
    /// Complexity: n log n in the bytes of the vocabulary.
    package init(_ tokenizer: Tokenizer) {
        let texts = (0..<tokenizer.specialRange.lowerBound).map { Token(id: $0, bytes: tokenizer.bytes(of: $0)) }
            .filter { $0.bytes.count <= Self.longestToken }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        let lengths = texts.map { Self.plainLength($0.bytes) }
        plain = Branches(zip(texts, lengths).filter { $1 != nil }.map(\.0))
        other = Branches(zip(texts, lengths).filter { $1 == nil }.map(\.0))
        longest = texts.map(\.bytes.count).max() ?? 0
        tokenCount = tokenizer.count
        var byLength = [[Int]](repeating: [], count: (lengths.compactMap(\.self).max() ?? 0) + 1)
        for (text, length) in zip(texts, lengths) {
            if let length { byLength[length].append(text.id) }
        }
        var mask = TokenMask(tokenCount: tokenCount)
        plainUpTo = byLength.map { ids in
            for id in ids { mask.insert(id) }
            return mask
        }
    }

    /// All tokens whose bytes the matcher takes, one after the other. Empty when only the end may follow.
    ///
    /// Masks are kept for places that come again. Complexity: otherwise linear in the bytes of the tokens let through,
    /// without those that a string takes whatever they are.
    package func mask(for matcher: JSONMatcher) -> TokenMask {
        let matcher = matcher.lookingAhead(longest)
        if let known = cache.withLock({ $0.find(matcher) }) { return known }
        var mask = TokenMask(tokenCount: tokenCount)
        addPlain(for: matcher, to: &mask)
        for reading in matcher.readings { other.walk(matcher.keeping(reading), &mask) }
        cache.withLock { $0.keep(mask, for: matcher) }
        return mask
    }

    /// Adds the plain tokens that a matcher lets through.
    private func addPlain(for matcher: JSONMatcher, to mask: inout TokenMask) {
        let automata = matcher.grammar.automata
        let strings = matcher.readings.compactMap(\.string)
        if let open = strings.compactMap({ $0.openCount(automata) }).max() {
            mask.formUnion(plainUpTo[min(open, plainUpTo.count - 1)])
            if open >= plainUpTo.count - 1 { return }
        }
        for string in strings where string.key == nil && string.openCount(automata) == nil {
            plain.walk(string, automata[string.automaton], &mask)
        }
        for reading in matcher.readings {
            if let string = reading.string, string.key == nil || string.openCount(automata) != nil { continue }
            plain.walk(matcher.keeping(reading), &mask)
        }
    }

    /// How many scalars a token begins if it is plain text, which may stand in a string between any two scalars: UTF-8
    /// whose last scalar may be unfinished, without what JSON escapes. Nil for others.
    private static func plainLength(_ bytes: [UInt8]) -> Int? {
        var reader = ScalarReader()
        var count = 0
        for byte in bytes {
            guard byte != UInt8(ascii: "\\") else { return nil }
            switch reader.push(byte) {
            case .refused, .quote: return nil
            case .partial: break
            case .scalar: count += 1
            }
        }
        return count + (reader.isAtRest ? 0 : 1)
    }

    private struct Token {
        var id: Int
        var bytes: [UInt8]
    }

    // MARK: Branches

    /// A tree in the order in which it is walked: a node stands in front of its children.
    private struct Branches: Sendable {
        private var nodes: [Node] = []
        private var depth = 0

        private struct Node {
            var byte: UInt8
            /// Bytes in front of this one.
            var level: UInt16
            /// The token that ends here, or -1.
            var token: Int32
            /// Behind the last of its children.
            var end: Int32
        }

        /// Requires tokens in the order of their bytes, of at most 65,535 bytes.
        init(_ tokens: [Token]) {
            var path: [Int] = []
            var last: [UInt8] = []
            for token in tokens {
                let common = zip(last, token.bytes).prefix { $0 == $1 }.count
                close(&path, to: common)
                for byte in token.bytes[common...] {
                    path.append(nodes.count)
                    nodes.append(Node(byte: byte, level: UInt16(path.count - 1), token: -1, end: 0))
                }
                nodes[nodes.count - 1].token = Int32(token.id)
                depth = max(depth, token.bytes.count)
                last = token.bytes
            }
            close(&path, to: 0)
        }

        private mutating func close(_ path: inout [Int], to count: Int) {
            while path.count > count { nodes[path.removeLast()].end = Int32(nodes.count) }
        }

        /// Adds all tokens, of plain text, that a string takes to a mask.
        func walk(_ string: StringPosition, _ language: Automaton, _ mask: inout TokenMask) {
            var positions = [(reader: ScalarReader, state: Int, most: Int)](
                repeating: (string.reader, string.state, string.most), count: depth + 1)
            var index = 0
            while index < nodes.count {
                let node = nodes[index]
                var (reader, state, most) = positions[Int(node.level)]
                var isTaken = false
                var mayEnd = true
                switch reader.push(node.byte) {
                case .scalar(let scalar):
                    if most > 0, let target = language.target(of: state, scalar) {
                        state = target
                        if most != .max { most -= 1 }
                        isTaken = true
                    }
                case .partial:
                    isTaken = most > 0
                    // What comes of a scalar that has begun is asked only where a token leaves it so.
                    mayEnd = node.token < 0 || reader.possible.contains { language.hasEdge(from: state, through: $0) }
                case .refused, .quote: break
                }
                guard isTaken else {
                    index = Int(node.end)
                    continue
                }
                positions[Int(node.level) + 1] = (reader, state, most)
                if node.token >= 0, mayEnd { mask.insert(Int(node.token)) }
                index += 1
            }
        }

        /// Adds all tokens that a matcher takes to a mask.
        func walk(_ matcher: JSONMatcher, _ mask: inout TokenMask) {
            var matchers = [JSONMatcher](repeating: matcher, count: depth + 1)
            var index = 0
            while index < nodes.count {
                let node = nodes[index]
                let level = Int(node.level)
                matchers[level + 1] = matchers[level]
                guard matchers[level + 1].push(node.byte) else {
                    index = Int(node.end)
                    continue
                }
                if node.token >= 0 { mask.insert(Int(node.token)) }
                index += 1
            }
        }
    }

    // MARK: Masks that were made

    /// Masks by place, in two generations: when the younger is full, the older is dropped.
    private struct Cache {
        private var young: [JSONMatcher: TokenMask] = [:]
        private var old: [JSONMatcher: TokenMask] = [:]

        /// Masks of one generation; each has a bit for every token.
        private static let generationSize = 256

        mutating func find(_ matcher: JSONMatcher) -> TokenMask? {
            if let mask = young[matcher] { return mask }
            guard let mask = old[matcher] else { return nil }
            keep(mask, for: matcher)
            return mask
        }

        mutating func keep(_ mask: TokenMask, for matcher: JSONMatcher) {
            if young.count >= Self.generationSize {
                old = young
                young = [:]
            }
            young[matcher] = mask
        }
    }
}
