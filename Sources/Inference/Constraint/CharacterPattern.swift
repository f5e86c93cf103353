// Regular languages over Unicode scalars, as they are written down: what `pattern`, `format` and the spellings of
// numbers become before they are an automaton.

/// A regular expression, as a tree.
indirect enum CharacterPattern: Sendable, Equatable {
    /// One scalar out of these ranges; none of them: no text at all.
    case scalar([ClosedRange<UInt32>])
    case sequence([CharacterPattern])
    case choice([CharacterPattern])
    /// As often as `least` to `most` times; nil is without end.
    case repeated(CharacterPattern, least: Int, most: Int?)

    /// Every scalar there is. Surrogates lie inside, which no text holds.
    static let everyScalar: ClosedRange<UInt32> = 0...0x10ffff

    /// The empty text.
    static let empty = sequence([])
    /// No text, not even the empty one.
    static let nothing = scalar([])
    /// Any one scalar.
    static let any = scalar([everyScalar])
    /// Any text.
    static let anything = repeated(any, least: 0, most: nil)
    /// 0 to 9.
    static let digit = scalar([0x30...0x39])

    /// A text that stands for itself.
    static func literal(_ text: some StringProtocol) -> Self {
        sequence(text.unicodeScalars.map { scalar([$0.value...$0.value]) })
    }

    /// The text or nothing.
    static func optional(_ pattern: Self) -> Self { repeated(pattern, least: 0, most: 1) }

    /// All that is outside of some ranges.
    static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= everyScalar.upperBound { gaps.append(next...everyScalar.upperBound) }
        return gaps
    }
}
