// Reads JSON text into a `JSONValue`, strictly; every refusal says where and what was expected.

extension JSONValue {
    /// Parses one value that fills the whole text.
    package init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }

    /// Parses one value that fills the whole text, given as UTF-8.
    package init(parsing utf8: [UInt8]) throws(JSONError) {
        var parser = JSONParser(text: utf8)
        self = try parser.parseDocument()
    }
}

/// A position in JSON text, moved forward value by value.
private struct JSONParser {
    let text: [UInt8]
    var offset = 0

    mutating func parseDocument() throws(JSONError) -> JSONValue {
        let value = try parseValue(depth: 0)
        skipSpace()
        guard offset == text.count else { throw unexpected("the end of the text") }
        return value
    }

    private mutating func parseValue(depth: Int) throws(JSONError) -> JSONValue {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try parseMembers(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try parseItems(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: return .number(try parseNumber())
        }
    }

    private mutating func parseMembers(depth: Int) throws(JSONError) -> [JSONValue.Member] {
        try enter(depth)
        var members: [JSONValue.Member] = []
        var keys: Set<[UInt8]> = []
        if take("}") { return members }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw unexpected("a key") }
            let keyOffset = offset
            let key = try parseString()
            guard keys.insert(Array(key.utf8)).inserted else {
                throw JSONError(offset: keyOffset, expected: "another key", found: "“\(key)” again")
            }
            guard take(":") else { throw unexpected("“:”") }
            members.append(JSONValue.Member(key, try parseValue(depth: depth)))
        } while take(",")
        guard take("}") else { throw unexpected("“,” or “}”") }
        return members
    }

    private mutating func parseItems(depth: Int) throws(JSONError) -> [JSONValue] {
        try enter(depth)
        var items: [JSONValue] = []
        if take("]") { return items }
        repeat { items.append(try parseValue(depth: depth)) } while take(",")
        guard take("]") else { throw unexpected("“,” or “]”") }
        return items
    }

    /// Steps over the opening bracket.
    private mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth <= JSONValue.depthLimit else {
            throw JSONError(
                offset: offset, expected: "at most \(JSONValue.depthLimit) nested levels", found: "one more")
        }
        offset += 1
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let end = offset + word.utf8CodeUnitCount
        guard end <= text.count, text[offset..<end].elementsEqual("\(word)".utf8) else { throw unexpected("a value") }
        offset = end
        return value
    }

    private mutating func parseNumber() throws(JSONError) -> String {
        let start = offset
        if peek == UInt8(ascii: "-") { offset += 1 }
        let integerStart = offset
        guard skipDigits() > 0 else {
            offset = start
            throw unexpected("a value")
        }
        if text[integerStart] == UInt8(ascii: "0"), offset > integerStart + 1 {
            throw JSONError(offset: integerStart, expected: "a number without leading zeros", found: "“0”")
        }
        if peek == UInt8(ascii: ".") {
            offset += 1
            guard skipDigits() > 0 else { throw unexpected("a digit") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            offset += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
            guard skipDigits() > 0 else { throw unexpected("a digit") }
        }
        return String(decoding: text[start..<offset], as: UTF8.self)
    }

    // MARK: Strings

    private mutating func parseString() throws(JSONError) -> String {
        offset += 1
        var bytes: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    throw JSONError(offset: offset, expected: "a string in UTF-8", found: "other bytes")
                }
                return string
            case UInt8(ascii: "\\"):
                offset += 1
                try parseEscape(into: &bytes)
            case 0..<0x20: throw unexpected("an escaped control character")
            default:
                bytes.append(byte)
                offset += 1
            }
        }
        throw unexpected("the closing quote")
    }

    /// Reads what follows a backslash.
    private mutating func parseEscape(into bytes: inout [UInt8]) throws(JSONError) {
        let plain: UInt8
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = text[offset]
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0c
        case UInt8(ascii: "n"): plain = 0x0a
        case UInt8(ascii: "r"): plain = 0x0d
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            offset += 1
            let scalar = try parseEscapedScalar()
            bytes.append(contentsOf: Array(String(scalar).utf8))
            return
        default: throw unexpected("an escape: one of \" \\ / b f n r t u")
        }
        bytes.append(plain)
        offset += 1
    }

    /// Reads the digits of `\u`, and of a second `\u` when the first is half of a surrogate pair.
    private mutating func parseEscapedScalar() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        let first = try parseFourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let lone = JSONError(offset: start, expected: "a surrogate pair", found: "half of one")
        guard first < 0xdc00, peek == UInt8(ascii: "\\") else { throw lone }
        offset += 1
        guard peek == UInt8(ascii: "u") else { throw lone }
        offset += 1
        let second = try parseFourHexDigits()
        guard (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw lone }
        return scalar
    }

    private mutating func parseFourHexDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw unexpected("four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }

    // MARK: Steps

    private var peek: UInt8? { offset < text.count ? text[offset] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
    }

    private mutating func skipDigits() -> Int {
        let start = offset
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        return offset - start
    }

    /// Steps over one character, after white space, if it stands here.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private func unexpected(_ expected: String) -> JSONError {
        let rest = String(decoding: text[offset...].prefix(20), as: UTF8.self)
        return JSONError(offset: offset, expected: expected, found: rest.isEmpty ? "the end" : "“\(rest)”")
    }
}
