// A header's value with parameters, `essence; name=token; name="quoted"; name*=UTF-8''percent%20encoded`, as content
// types and content dispositions have it.

/// A header's value, taken apart.
struct HeaderValue {
    /// What stands before the parameters, in lower case.
    let essence: String
    /// The whole value, for errors.
    let source: String
    /// By name in lower case, `*` included; values as bytes, without quotes.
    private var parameters: [String: [UInt8]] = [:]

    init(_ bytes: ArraySlice<UInt8>) throws(MultipartError) {
        source = String(decoding: bytes, as: UTF8.self)
        var scanner = Scanner(bytes: bytes)
        essence = String(decoding: Self.trimmed(scanner.take { $0 != UInt8(ascii: ";") }), as: UTF8.self).lowercased()
        while scanner.takeOne(UInt8(ascii: ";")) {
            scanner.skipSpace()
            let name = String(decoding: scanner.take(Self.isToken), as: UTF8.self).lowercased()
            scanner.skipSpace()
            if name.isEmpty, scanner.isAtEnd || scanner.next == UInt8(ascii: ";") { continue }
            guard !name.isEmpty, scanner.takeOne(UInt8(ascii: "=")) else {
                throw .badHeader(found: source, expected: "parameters like name=value")
            }
            scanner.skipSpace()
            guard let value = scanner.takeValue() else { throw .badHeader(found: source, expected: "a closing quote") }
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw .badHeader(found: source, expected: "only one \(name)")
            }
        }
        guard scanner.isAtEnd else { throw .badHeader(found: source, expected: "; between parameters") }
    }

    /// A parameter's bytes as they are; nil when it is not there.
    subscript(name: String) -> [UInt8]? { parameters[name] }

    /// A parameter as text, for people to read; nil when it is not there.
    func text(_ name: String) throws(MultipartError) -> String? {
        if let extended = parameters[name + "*"] { return try extendedText(extended) }
        guard let value = parameters[name] else { return nil }
        guard let text = String(validating: Self.withoutBrowserEscapes(value), as: UTF8.self) else {
            throw .badHeader(found: source, expected: "a \(name) in UTF-8")
        }
        return text
    }

    /// RFC 8187: character set, language, percent-encoded bytes, with `'` between them.
    private func extendedText(_ value: [UInt8]) throws(MultipartError) -> String {
        let parts = value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        if parts.count == 3, let bytes = PercentEncoding.decode(parts[2]) {
            switch String(decoding: parts[0], as: UTF8.self).lowercased() {
            case "utf-8": if let text = String(validating: bytes, as: UTF8.self) { return text }
            case "iso-8859-1": return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
            default: break
            }
        }
        throw .badHeader(found: source, expected: "UTF-8''percent-encoded after *=")
    }

    /// Browsers write `"`, CR and LF as %22, %0D and %0A, and leave every other percent sign alone.
    private static func withoutBrowserEscapes(_ value: [UInt8]) -> [UInt8] {
        guard value.contains(UInt8(ascii: "%")) else { return value }
        var result: [UInt8] = []
        var index = 0
        while index < value.count {
            let escape = value[index...].prefix(3)
            switch String(decoding: escape, as: UTF8.self).uppercased() {
            case "%22": result.append(0x22)
            case "%0D": result.append(0x0d)
            case "%0A": result.append(0x0a)
            default:
                result.append(value[index])
                index += 1
                continue
            }
            index += 3
        }
        return result
    }

    /// Whether a byte may stand in a header's name (RFC 9110).
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
        return bytes
    }

    /// A reading place in a value.
    private struct Scanner {
        var bytes: ArraySlice<UInt8>

        var isAtEnd: Bool { bytes.isEmpty }
        var next: UInt8? { bytes.first }

        mutating func take(_ belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
            let taken = bytes.prefix(while: belongs)
            bytes = bytes[taken.endIndex...]
            return taken
        }

        mutating func takeOne(_ byte: UInt8) -> Bool {
            guard bytes.first == byte else { return false }
            bytes.removeFirst()
            return true
        }

        mutating func skipSpace() { bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 } }

        /// A quoted string without its quotes, or what stands before the next `;`. Nil where a quote is left open.
        mutating func takeValue() -> [UInt8]? {
            guard takeOne(0x22) else { return Array(HeaderValue.trimmed(take { $0 != UInt8(ascii: ";") })) }
            var value: [UInt8] = []
            while let byte = bytes.popFirst() {
                if byte == 0x22 {
                    skipSpace()
                    return value
                }
                let escapes = byte == 0x5c && (bytes.first == 0x22 || bytes.first == 0x5c)
                value.append(escapes ? bytes.removeFirst() : byte)
            }
            return nil
        }
    }
}
