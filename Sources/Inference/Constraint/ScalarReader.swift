// The inside of a JSON string, byte by byte: UTF-8 and escapes become Unicode scalars. In the middle of a scalar it
// knows which scalars may still come of it, so that nobody begins one that leads nowhere. Strict: no overlong forms, no
// lone surrogates, no unescaped control characters.

/// Reads the bytes between the quotes of a JSON string.
struct ScalarReader: Hashable, Sendable {
    /// What a byte did.
    enum Step {
        case refused
        /// A scalar has begun, or goes on.
        case partial
        case scalar(UInt32)
        /// The closing quote.
        case quote
    }

    /// Where inside of a scalar one stands.
    private enum Phase: UInt8 { case rest, bytes, escape, digits, lowBackslash, lowLetter, lowDigits }

    private var phase = Phase.rest
    /// Bytes or hexadecimal digits that are missing.
    private var missing: UInt8 = 0
    /// What the bits and digits so far say.
    private var value: UInt32 = 0
    /// The smallest scalar that takes so many bytes; the first half of a surrogate pair.
    private var context: UInt32 = 0

    /// Whether no scalar has begun.
    var isAtRest: Bool { phase == .rest }

    /// Takes a byte. One that is refused changes nothing.
    mutating func push(_ byte: UInt8) -> Step {
        switch phase {
        case .rest: return begin(byte)
        case .bytes: return takeContinuation(byte)
        case .escape: return takeEscape(byte)
        case .digits, .lowDigits: return takeDigit(byte)
        case .lowBackslash:
            guard byte == UInt8(ascii: "\\") else { return .refused }
            phase = .lowLetter
        case .lowLetter:
            guard byte == UInt8(ascii: "u") else { return .refused }
            (phase, missing, value) = (.lowDigits, 4, 0)
        }
        return .partial
    }

    private mutating func begin(_ byte: UInt8) -> Step {
        switch byte {
        case UInt8(ascii: "\""): return .quote
        case UInt8(ascii: "\\"): phase = .escape
        case 0x20..<0x80: return .scalar(UInt32(byte))
        case 0xc2...0xdf: (phase, missing, value, context) = (.bytes, 1, UInt32(byte & 0x1f), 0x80)
        case 0xe0...0xef: (phase, missing, value, context) = (.bytes, 2, UInt32(byte & 0x0f), 0x800)
        case 0xf0...0xf4: (phase, missing, value, context) = (.bytes, 3, UInt32(byte & 0x07), 0x10000)
        default: return .refused
        }
        return .partial
    }

    private mutating func takeContinuation(_ byte: UInt8) -> Step {
        guard byte & 0xc0 == 0x80 else { return .refused }
        let before = self
        value = value << 6 | UInt32(byte & 0x3f)
        missing -= 1
        guard isPossible else {
            self = before
            return .refused
        }
        return missing == 0 ? end(value) : .partial
    }

    private mutating func takeEscape(_ byte: UInt8) -> Step {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return end(UInt32(byte))
        case UInt8(ascii: "b"): return end(0x08)
        case UInt8(ascii: "f"): return end(0x0c)
        case UInt8(ascii: "n"): return end(0x0a)
        case UInt8(ascii: "r"): return end(0x0d)
        case UInt8(ascii: "t"): return end(0x09)
        case UInt8(ascii: "u"):
            (phase, missing, value) = (.digits, 4, 0)
            return .partial
        default: return .refused
        }
    }

    private mutating func takeDigit(_ byte: UInt8) -> Step {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        default: return .refused
        }
        let before = self
        value = value << 4 | UInt32(digit)
        missing -= 1
        guard isPossible else {
            self = before
            return .refused
        }
        guard missing == 0 else { return .partial }
        if phase == .lowDigits { return end(Self.joined(context, value)) }
        guard (0xd800...0xdbff).contains(value) else { return end(value) }
        (phase, context) = (.lowBackslash, value)
        return .partial
    }

    private mutating func end(_ scalar: UInt32) -> Step {
        self = ScalarReader()
        return .scalar(scalar)
    }

    /// The scalar of a surrogate pair.
    private static func joined(_ high: UInt32, _ low: UInt32) -> UInt32 {
        0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)
    }

    // MARK: What may come of it

    /// The smallest and largest number that the missing bytes or digits can make.
    private var reach: (lowest: UInt32, highest: UInt32) {
        let bits = UInt32(missing) * (phase == .bytes ? 6 : 4)
        return (value << bits, (value + 1) << bits - 1)
    }

    /// Whether any scalar may come of it.
    private var isPossible: Bool {
        let (lowest, highest) = reach
        return switch phase {
        case .bytes:
            max(lowest, context) <= min(highest, 0x10ffff) && !(lowest >= 0xd800 && highest <= 0xdfff)
        case .digits: !(lowest >= 0xdc00 && highest <= 0xdfff)
        case .lowDigits: lowest <= 0xdfff && highest >= 0xdc00
        default: true
        }
    }

    /// The scalars that may still come: at most three ranges, by rising scalars, none of them a surrogate.
    var possible: [ClosedRange<UInt32>] {
        switch phase {
        case .rest, .escape: return [0...0xd7ff, 0xe000...0x10ffff]
        case .bytes:
            let lowest = max(reach.lowest, context)
            let highest = min(reach.highest, 0x10ffff)
            return Self.ranges([(lowest, min(highest, 0xd7ff)), (max(lowest, 0xe000), highest)])
        case .digits:
            let (lowest, highest) = reach
            let high = (max(lowest, 0xd800), min(highest, 0xdbff))
            return Self.ranges([(lowest, min(highest, 0xd7ff)), (max(lowest, 0xe000), highest)])
                + Self.ranges([high]).map {
                    Self.joined($0.lowerBound, 0xdc00)...Self.joined($0.upperBound, 0xdfff)
                }
        case .lowBackslash, .lowLetter: return [Self.joined(context, 0xdc00)...Self.joined(context, 0xdfff)]
        case .lowDigits:
            let (lowest, highest) = reach
            return Self.ranges([(max(lowest, 0xdc00), min(highest, 0xdfff))]).map {
                Self.joined(context, $0.lowerBound)...Self.joined(context, $0.upperBound)
            }
        }
    }

    private static func ranges(_ limits: [(UInt32, UInt32)]) -> [ClosedRange<UInt32>] {
        limits.compactMap { $0.0 <= $0.1 ? $0.0...$0.1 : nil }
    }
}
