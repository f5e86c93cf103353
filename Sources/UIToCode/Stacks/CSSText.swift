// Parts of CSS as text: cut where nothing is quoted and no bracket is open.

/// One declaration: `padding: 4px 8px !important`.
struct CSSDeclaration: Equatable, Sendable {
    /// Lower case, except for custom properties.
    var property: String
    /// Without `!important`, whitespace folded.
    var value: String
    var isImportant = false

    /// The declarations of a block or a style attribute, in plain text.
    static func list(_ text: String) -> [CSSDeclaration] {
        CSSText.split(text, at: ";").compactMap { piece in
            guard let colon = piece.firstIndex(of: ":") else { return nil }
            let name = String(piece[..<colon]).trimmed
            var value = HTMLText.collapsed(String(piece[piece.index(after: colon)...])).trimmed
            let isImportant = value.lowercased().hasSuffix("!important")
            if isImportant { value = String(value.dropLast("!important".count)).trimmed }
            guard !name.isEmpty, !value.isEmpty, !name.contains(where: \.isWhitespace) else { return nil }
            return CSSDeclaration(
                property: name.hasPrefix("--") ? name : name.lowercased(), value: value, isImportant: isImportant)
        }
    }

    /// As CSS writes it, without a semicolon.
    var text: String { "\(property): \(value)\(isImportant ? " !important" : "")" }
}

/// Cutting CSS.
enum CSSText {
    /// The pieces between `mark`s that stand in no quotes and no brackets, trimmed; empty ones are left out.
    static func split(_ text: String, at mark: Character) -> [String] {
        var pieces = [""]
        var depth = 0
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil }
            } else {
                switch character {
                case "\"", "'": quote = character
                case "(", "[", "{": depth += 1
                case ")", "]", "}": depth -= 1
                case mark where depth == 0:
                    pieces.append("")
                    continue
                default: break
                }
            }
            pieces[pieces.count - 1].append(character)
        }
        return pieces.map(\.trimmed).filter { !$0.isEmpty }
    }

    /// The values that spaces part: `1px solid rgb(0 0 0 / 10%)` has three.
    static func words(_ value: String) -> [String] { split(value, at: " ") }
}
