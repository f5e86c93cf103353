// JSON as text that keeps what order and spelling mean: members stay in the order they were written, numbers keep
// their digits. Strict (RFC 8259): no comments, no trailing commas, no repeated keys, no lone surrogates, nothing
// behind the value, at most `JSONValue.depthLimit` levels. Writing follows Python's `json.dumps`, because prompts
// quote JSON as the published templates do.

/// A JSON value.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number as it was written.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Members in order; no key stands twice.
    case object([Member])

    /// One member of an object.
    package struct Member: Sendable, Equatable {
        package var key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// How deep arrays and objects may nest.
    package static let depthLimit = 128

    /// The value of an object's member; nil when it has none of that key, or is no object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// What kind of value this is, with its article, for errors.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The same value with the members of every object in the order of their keys' code points.
    package var sortedByKey: JSONValue {
        switch self {
        case .array(let items): .array(items.map(\.sortedByKey))
        case .object(let members):
            .object(
                members.map { Member($0.key, $0.value.sortedByKey) }
                    .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
        default: self
        }
    }
}

/// Where a text stops being JSON.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// UTF-8 offset from the beginning.
    package var offset: Int
    package var expected: String
    package var found: String

    package init(offset: Int, expected: String, found: String) {
        self.offset = offset
        self.expected = expected
        self.found = found
    }

    /// One line for people.
    package var description: String { "byte \(offset): expected \(expected), found \(found)" }
}

// MARK: - Writing

extension JSONValue {
    /// What stands between the parts of JSON text.
    package enum Spacing: Sendable {
        /// `{"a":1,"b":2}`
        case compact
        /// `{"a": 1, "b": 2}`
        case spaced
    }

    /// JSON text as Python writes it with `ensure_ascii=False`: `"`, `\` and control characters escaped, numbers
    /// in Python's spelling.
    package func text(_ spacing: Spacing) -> String {
        let (comma, colon) = spacing == .compact ? (",", ":") : (", ", ": ")
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .number(let digits): return Self.pythonNumber(digits)
        case .string(let value): return Self.quoted(value)
        case .array(let items): return "[" + items.map { $0.text(spacing) }.joined(separator: comma) + "]"
        case .object(let members):
            let fields = members.map { Self.quoted($0.key) + colon + $0.value.text(spacing) }
            return "{" + fields.joined(separator: comma) + "}"
        }
    }

    /// How Python prints a number after reading it: integers by their digits, others by the shortest digits that
    /// read back as the same float64.
    static func pythonNumber(_ digits: String) -> String {
        guard digits.contains(where: { ".eE".contains($0) }) else { return digits == "-0" ? "0" : digits }
        guard let value = Double(digits), value.isFinite else { return digits }
        let shortest = value.description
        guard abs(value) >= 1e16, !shortest.contains("e") else { return shortest }
        // Python turns to the exponent form a little earlier than Swift does.
        let sign = value < 0 ? "-" : ""
        let integer = shortest.dropFirst(sign.count).prefix { $0 != "." }
        let trimmed = String(integer.reversed().drop { $0 == "0" }.reversed())
        let fraction = trimmed.dropFirst()
        return sign + trimmed.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "e+\(integer.count - 1)"
    }

    private static func quoted(_ value: String) -> String {
        // Pictures in a request are megabytes of text without anything to escape.
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            return "\"" + value + "\""
        }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{c}": text += "\\f"
            case "\u{0}"..."\u{1f}":
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
