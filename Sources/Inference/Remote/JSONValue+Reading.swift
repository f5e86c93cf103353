// What servers send is read leniently where that is harmless: a field that is missing, null or of another kind is nil.

extension JSONValue {
    /// Whether it is null.
    var isNull: Bool { self == .null }

    /// The text of a string.
    var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The value of a number without a fraction.
    var integer: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
    }

    /// The value of a number.
    var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

    /// The items of an array.
    var items: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
}

extension String {
    /// Without spaces and tabs at its ends.
    var trimmingASCIISpace: String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
