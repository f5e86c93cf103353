// The style attribute of one element as declarations, so that single properties can be set and the others stay as
// they are written. What is set is checked: it must be one value of one property and must not call for a network.

/// The declarations of a style attribute.
struct InlineStyle {
    /// In order; the text markup-escaped, without the semicolon.
    private var declarations: [(name: String, text: String)] = []

    /// Reads an attribute's value, markup-escaped.
    init(_ markup: String) {
        var scanner = ValueScanner(HTMLText.unescaped(markup))
        declarations = scanner.declarations().map { (Self.name(of: $0), HTMLText.escaped($0)) }
    }

    /// The attribute's value, markup-escaped; nil without declarations.
    var markup: String? { declarations.isEmpty ? nil : declarations.map(\.text).joined(separator: "; ") }

    /// Gives a property a plain value, in the place of the last declaration of it; an empty value takes it away.
    mutating func set(_ name: String, _ value: String) {
        let property = Self.name(of: name)
        let last = declarations.lastIndex { $0.name == property } ?? declarations.count
        let place = declarations[..<last].count { $0.name != property }
        declarations.removeAll { $0.name == property }
        guard !value.trimmed.isEmpty else { return }
        declarations.insert((property, HTMLText.escaped("\(property): \(value.trimmed)")), at: place)
    }

    /// Checks a property's name and plain value.
    ///
    /// - Throws: `changeInvalid`.
    static func check(_ name: String, _ value: String) throws(EditError.Fault) {
        let isName = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
        }
        guard isName, (1...Edit.Limit.nameBytes).contains(name.utf8.count), !("0"..."9").contains(name.prefix(1)) else {
            throw .changeInvalid("\"\(name.prefix(40))\" is no name of a property")
        }
        guard value.utf8.count <= Edit.Limit.textBytes else {
            throw .changeInvalid("the value of \(name) has more than \(Edit.Limit.textBytes) bytes")
        }
        var scanner = ValueScanner(value)
        if let reason = scanner.fault() { throw .changeInvalid("the value of \(name) \(reason)") }
    }

    // Lower-case, except for custom properties, in which case counts.
    private static func name(of declaration: String) -> String {
        let name = String(declaration.prefix { $0 != ":" }).trimmed
        return name.hasPrefix("--") ? name : name.lowercased()
    }
}

/// Walks through CSS values: knows what is quoted and what stands in brackets.
struct ValueScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var quote: UInt8?
    // The functions that are open, innermost last; empty for a bare bracket.
    private var functions: [String] = []

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The text cut at its semicolons, without empty pieces and spaces at their ends.
    mutating func declarations() -> [String] {
        var pieces: [String] = []
        var start = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: ";"), quote == nil, functions.isEmpty {
                pieces.append(String(decoding: bytes[start..<position], as: UTF8.self).trimmed)
                start = position + 1
            }
            step()
        }
        pieces.append(String(decoding: bytes[start...], as: UTF8.self).trimmed)
        return pieces.filter { !$0.isEmpty }
    }

    /// Why the text is not one sound value that needs no network; nil when it is.
    mutating func fault() -> String? {
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte == 0x7F { return "has a control character" }
            if "<>{}".utf8.contains(byte) { return "has a \"\(Character(Unicode.Scalar(byte)))\"" }
            if byte == UInt8(ascii: ";"), quote == nil, functions.last != "url" { return "has a \";\"" }
            if byte == UInt8(ascii: "\\"), quote == nil { return "has a backslash" }
            if quote == nil, bytes[position...].starts(with: "/*".utf8) { return "has a comment" }
            if byte == UInt8(ascii: ")"), quote == nil, functions.isEmpty { return "closes a bracket that is not open" }
            let depth = functions.count
            step()
            if functions.count > depth, let reason = faultOfFunction() { return reason }
        }
        return quote != nil || !functions.isEmpty ? "is not closed" : nil
    }

    // Behind the bracket of a function that was just opened.
    private func faultOfFunction() -> String? {
        switch functions.last {
        case "url", "src":
            let address = bytes[position...].drop { HTMLText.isSpace($0) || $0 == 0x22 || $0 == 0x27 }
            let scheme = String(decoding: address.prefix(5), as: UTF8.self).lowercased()
            return scheme == "data:" ? nil : "has an address that is no data: URL"
        case "image-set", "-webkit-image-set": return "has an image-set()"
        default: return nil
        }
    }

    // Takes one byte, or two when the first is a backslash.
    private mutating func step() {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\\") {
            position = min(position + 1, bytes.count)
        } else if let open = quote {
            if byte == open { quote = nil }
        } else if byte == 0x22 || byte == 0x27 {
            quote = byte
        } else if byte == UInt8(ascii: "(") {
            let name = bytes[..<(position - 1)].reversed().prefix { $0 == 0x2D || isLetter($0) }
            functions.append(String(decoding: name.reversed(), as: UTF8.self).lowercased())
        } else if byte == UInt8(ascii: ")"), !functions.isEmpty {
            functions.removeLast()
        }
    }

    private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
