// Where in a text of a grammar one stands. Alternatives that begin alike are read side by side until they part, each
// with its own arrays and objects around it; those that meet again become one.

/// A place in a text of a grammar, moved on byte by byte.
///
/// The language: JSON as models write it. Between two parts stands nothing, one space, or a line end and at most
/// `Reading.Gap.indentLimit` spaces; nothing stands in front of a colon or a comma. Strings are UTF-8 and may use every
/// escape of JSON; keys are unique and come in any order. Numbers have at most 20 digits in front of the point and 24
/// behind it (more where a limit in the schema has more) and exponents up to 279; integers have no point and no
/// exponent. Nesting ends where `JSONValue` stops to read.
///
/// It is impossible to get stuck: every text that was let through is the beginning of a whole one.
package struct JSONMatcher: Sendable, Hashable {
    let grammar: JSONGrammar
    /// Ways to read the text so far: this one and others, all different.
    private(set) var first = Reading.beginning
    private(set) var others: [Reading] = []

    /// How many alternatives are read side by side at most; what is beyond is no more followed, so some valid text may
    /// be refused, but never the rest of all.
    static let readingLimit = 256

    /// Stands in front of a text.
    package init(_ grammar: JSONGrammar) { self.grammar = grammar }

    /// Takes a byte.
    ///
    /// - Returns: false, and nothing is changed, when no valid text goes on with it.
    package mutating func push(_ byte: UInt8) -> Bool {
        var more: [Reading] = []
        var next = first
        if others.isEmpty {
            guard next.push(byte, grammar, others: &more) else { return false }
            first = next
            if !more.isEmpty { take([next] + more) }
            return true
        }
        var all: [Reading] = []
        for reading in readings {
            more.removeAll()
            next = reading
            if next.push(byte, grammar, others: &more) {
                all.append(next)
                all += more
            }
        }
        guard !all.isEmpty else { return false }
        take(all)
        return true
    }

    /// Whether the text may end here: nothing but white space could follow, or more digits of a number.
    package var isComplete: Bool { first.isComplete(grammar) || others.contains { $0.isComplete(grammar) } }

    private mutating func take(_ readings: [Reading]) {
        var seen: Set<Reading> = []
        let different = readings.count == 1 ? readings : readings.filter { seen.insert($0).inserted }
        first = different[0]
        others = Array(different.dropFirst().prefix(Self.readingLimit - 1))
    }

    package static func == (one: JSONMatcher, other: JSONMatcher) -> Bool {
        one.grammar === other.grammar && one.first == other.first && one.others == other.others
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(grammar))
        hasher.combine(first)
        hasher.combine(others)
    }
}

// MARK: - For the vocabulary

extension JSONMatcher {
    /// All ways to read the text so far.
    var readings: [Reading] { [first] + others }

    /// Takes the bytes of a token out of `TokenTrie.mask`, which looks at every reading on its own. Side by side, new
    /// readings may push out the one that takes the token; then that one is followed alone.
    ///
    /// - Returns: false, and nothing is changed, when no reading takes them.
    package mutating func push(token bytes: [UInt8]) -> Bool {
        var matcher = self
        if bytes.allSatisfy({ matcher.push($0) }) {
            self = matcher
            return true
        }
        for reading in others.isEmpty ? [] : readings {
            matcher = keeping(reading)
            guard bytes.allSatisfy({ matcher.push($0) }) else { continue }
            self = matcher
            return true
        }
        return false
    }

    /// Only one of the ways to read the text so far.
    func keeping(_ reading: Reading) -> JSONMatcher {
        var matcher = self
        matcher.first = reading
        matcher.others = []
        return matcher
    }

    /// The same place as far as the next `byteCount` bytes can tell: longer limits are all alike.
    func lookingAhead(_ byteCount: Int) -> JSONMatcher {
        var matcher = self
        matcher.first.lookAhead(byteCount)
        for index in matcher.others.indices { matcher.others[index].lookAhead(byteCount) }
        return matcher
    }
}

extension Reading {
    /// The string that the text stands in.
    var string: StringPosition? { if case .string(let string) = place { string } else { nil } }

    fileprivate mutating func lookAhead(_ byteCount: Int) {
        guard case .string(var string) = place else { return }
        if string.most > byteCount { string.most = .max }
        string.least = min(string.least, byteCount + 1)
        place = .string(string)
    }
}
