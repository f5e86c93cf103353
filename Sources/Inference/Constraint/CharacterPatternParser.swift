// Reads the regular expressions of JSON Schema (ECMA-262) into a `CharacterPattern`: literals, classes, groups,
// alternation, quantifiers, and anchors at the ends of alternatives. A pattern is searched for: where no anchor stands,
// anything may come before and behind. Look-around, back references, word borders and `\p` are refused by name.
// `\d \w \s` and `.` mean what ECMA-262 says: digits and letters of ASCII, its white space, all but line ends.

/// What a pattern holds that is not read here.
struct CharacterPatternError: Error, Equatable {
    var reason: String
}

extension CharacterPattern {
    /// Reads the texts in which a regular expression finds something.
    init(searching expression: String) throws(CharacterPatternError) {
        var parser = CharacterPatternParser(expression)
        self = try parser.parseAlternatives(isWhole: true)
        guard parser.isAtEnd else { throw CharacterPatternError(reason: "“)” without “(”") }
    }
}

/// A position in a regular expression.
private struct CharacterPatternParser {
    private let text: [Unicode.Scalar]
    private var offset = 0
    private var depth = 0

    init(_ expression: String) { text = Array(expression.unicodeScalars) }

    var isAtEnd: Bool { offset == text.count }

    private var peek: Unicode.Scalar? { offset < text.count ? text[offset] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        offset += 1
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard text[offset...].starts(with: word.unicodeScalars) else { return false }
        offset += word.unicodeScalars.count
        return true
    }

    private func refused(_ reason: String) -> CharacterPatternError { CharacterPatternError(reason: reason) }

    // MARK: Structure

    /// Reads alternatives up to a closing bracket or the end. At the ends of the whole expression anchors may stand,
    /// and where they do not, anything may.
    mutating func parseAlternatives(isWhole: Bool) throws(CharacterPatternError) -> CharacterPattern {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 64 else { throw refused("more than 64 groups inside each other") }
        var alternatives: [CharacterPattern] = []
        repeat {
            alternatives.append(isWhole ? try parseSearched() : .sequence(try parseSequence(endsAtAnchor: false)))
        } while take("|")
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func parseSearched() throws(CharacterPatternError) -> CharacterPattern {
        if groupFillsAlternative, opensGroup() {
            let inside = try parseAlternatives(isWhole: true)
            guard take(")") else { throw refused("“(” without “)”") }
            return inside
        }
        let isAnchored = take("^")
        var parts = try parseSequence(endsAtAnchor: true)
        if !isAnchored { parts.insert(.anything, at: 0) }
        guard take("$") else { return .sequence(parts + [.anything]) }
        guard peek == nil || peek == "|" || peek == ")" else { throw refused("“$” inside an alternative") }
        return .sequence(parts)
    }

    /// Whether here begins a group behind which the alternative ends; its anchors may then stand inside.
    private var groupFillsAlternative: Bool {
        guard peek == "(" else { return false }
        var open = 0
        var isInClass = false
        var index = offset
        while index < text.count {
            switch text[index] {
            case "\\": index += 1
            case "[": isInClass = true
            case "]": isInClass = false
            case "(" where !isInClass: open += 1
            case ")" where !isInClass: open -= 1
            default: break
            }
            index += 1
            if open == 0 { return index == text.count || text[index] == "|" || text[index] == ")" }
        }
        return false
    }

    /// Steps over `(`, `(?:` or `(?<name>`, if it stands here and opens no look-around.
    private mutating func opensGroup() -> Bool {
        let start = offset
        guard take("(") else { return false }
        guard take("?") else { return true }
        if take(":") { return true }
        if take("<"), peek != "=", peek != "!" {
            while let scalar = peek, scalar != ">" { offset += 1 }
            if take(">") { return true }
        }
        offset = start
        return false
    }

    private mutating func parseSequence(endsAtAnchor: Bool) throws(CharacterPatternError) -> [CharacterPattern] {
        var parts: [CharacterPattern] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            if scalar == "$", endsAtAnchor { break }
            parts.append(try parseQuantified())
        }
        return parts
    }

    private mutating func parseQuantified() throws(CharacterPatternError) -> CharacterPattern {
        let atom = try parseAtom()
        guard let (least, most) = try parseQuantifier() else { return atom }
        _ = take("?")  // how eagerly it repeats makes no other language
        // No expression either; and it would nest without end.
        guard try parseQuantifier() == nil else { throw refused("a repetition of a repetition") }
        return .repeated(atom, least: least, most: most)
    }

    private mutating func parseQuantifier() throws(CharacterPatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = offset
        guard take("{"), let least = parseCount() else {
            offset = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = parseCount() }
        guard take("}") else {
            offset = start
            return nil
        }
        guard most.map({ $0 >= least }) ?? true else {
            throw refused("a repetition whose limits are the wrong way round")
        }
        return (least, most)
    }

    private mutating func parseCount() -> Int? {
        let start = offset
        while let scalar = peek, ("0"..."9").contains(scalar) { offset += 1 }
        guard offset > start else { return nil }
        return Int(String(String.UnicodeScalarView(text[start..<offset]))) ?? .max
    }

    // MARK: Atoms

    private mutating func parseAtom() throws(CharacterPatternError) -> CharacterPattern {
        if opensGroup() {
            let inside = try parseAlternatives(isWhole: false)
            guard take(")") else { throw refused("“(” without “)”") }
            return inside
        }
        guard let scalar = peek else { throw refused("an end where something should stand") }
        offset += 1
        switch scalar {
        case "(": throw refused("look-around")
        case "^", "$": throw refused("“\(scalar)” inside an alternative")
        case "*", "+", "?": throw refused("“\(scalar)” behind nothing")
        case "[": return .scalar(try parseClass())
        case ".": return .scalar(CharacterPattern.complement(of: [0x0a...0x0a, 0x0d...0x0d, 0x2028...0x2029]))
        case "\\": return .scalar(try parseEscape(inClass: false))
        default: return .scalar([scalar.value...scalar.value])
        }
    }

    private mutating func parseClass() throws(CharacterPatternError) -> [ClosedRange<UInt32>] {
        let isNegated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while !take("]") {
            let lower = try parseClassItem()
            guard lower.count == 1, lower[0].count == 1, peek == "-", offset + 1 < text.count, text[offset + 1] != "]"
            else {
                ranges += lower
                continue
            }
            offset += 1
            let upper = try parseClassItem()
            guard upper.count == 1, upper[0].count == 1 else { throw refused("a range that ends in a class") }
            guard lower[0].lowerBound <= upper[0].lowerBound else {
                throw refused("a range that is the wrong way round")
            }
            ranges.append(lower[0].lowerBound...upper[0].lowerBound)
        }
        return isNegated ? CharacterPattern.complement(of: ranges) : ranges
    }

    private mutating func parseClassItem() throws(CharacterPatternError) -> [ClosedRange<UInt32>] {
        guard let scalar = peek else { throw refused("“[” without “]”") }
        offset += 1
        return scalar == "\\" ? try parseEscape(inClass: true) : [scalar.value...scalar.value]
    }

    /// Reads what follows a backslash.
    private mutating func parseEscape(inClass: Bool) throws(CharacterPatternError) -> [ClosedRange<UInt32>] {
        guard let scalar = peek else { throw refused("a backslash at the end") }
        offset += 1
        let one: UInt32
        switch scalar {
        case "d": return Self.digits
        case "D": return CharacterPattern.complement(of: Self.digits)
        case "w": return Self.wordScalars
        case "W": return CharacterPattern.complement(of: Self.wordScalars)
        case "s": return Self.spaces
        case "S": return CharacterPattern.complement(of: Self.spaces)
        case "n": one = 0x0a
        case "r": one = 0x0d
        case "t": one = 0x09
        case "f": one = 0x0c
        case "v": one = 0x0b
        case "b" where inClass: one = 0x08
        case "0" where !(peek.map { ("0"..."9").contains($0) } ?? false): one = 0
        case "x": one = try parseHex(digits: 2)
        case "u": one = take("{") ? try parseHexInBraces() : try parseUnit()
        case "a"..."z", "A"..."Z", "0"..."9": throw refused("“\\\(scalar)”")
        default: one = scalar.value
        }
        return [one...one]
    }

    private mutating func parseHex(digits: Int) throws(CharacterPatternError) -> UInt32 {
        let end = offset + digits
        guard end <= text.count, text[offset..<end].allSatisfy({ $0.properties.isASCIIHexDigit }),
            let value = UInt32(String(String.UnicodeScalarView(text[offset..<end])), radix: 16)
        else { throw refused("an escape without its \(digits) hexadecimal digits") }
        offset = end
        return value
    }

    private mutating func parseHexInBraces() throws(CharacterPatternError) -> UInt32 {
        let length = text[offset...].firstIndex(of: "}").map { $0 - offset } ?? 0
        guard (1...6).contains(length) else { throw refused("“\\u{” without its digits and “}”") }
        let value = try parseHex(digits: length)
        offset += 1
        guard value <= CharacterPattern.everyScalar.upperBound else { throw refused("an escape beyond U+10FFFF") }
        return value
    }

    /// Reads the digits of `\u`, and of a second one when the first is half of a surrogate pair.
    private mutating func parseUnit() throws(CharacterPatternError) -> UInt32 {
        let high = try parseHex(digits: 4)
        guard (0xd800...0xdfff).contains(high) else { return high }
        guard high < 0xdc00, take("\\u") else { throw refused("half of a surrogate pair") }
        let low = try parseHex(digits: 4)
        guard (0xdc00...0xdfff).contains(low) else { throw refused("half of a surrogate pair") }
        return 0x10000 + (high - 0xd800) << 10 + (low - 0xdc00)
    }

    private static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    private static let wordScalars: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5a, 0x5f...0x5f, 0x61...0x7a]
    private static let spaces: [ClosedRange<UInt32>] = [
        0x09...0x0d, 0x20...0x20, 0xa0...0xa0, 0x1680...0x1680, 0x2000...0x200a, 0x2028...0x2029, 0x202f...0x202f,
        0x205f...0x205f, 0x3000...0x3000, 0xfeff...0xfeff,
    ]
}
