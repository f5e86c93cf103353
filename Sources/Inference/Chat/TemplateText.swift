// A published chat template (Jinja) as text in which literals can be found. It is not run: what it would print right
// behind a mark is read off by Jinja's own rules of white space, with `trim_blocks` and `lstrip_blocks` as transformers
// sets them.
import Foundation

/// The text of a chat template.
struct TemplateText {
    let text: String

    init(_ text: String) { self.text = text }

    /// Whether a piece of text occurs, whichever quotes it is written with.
    func mentions(_ piece: String) -> Bool {
        text.contains(piece) || text.replacing("\"", with: "'").contains(piece)
    }

    /// The text behind the last occurrence of a mark.
    func tail(behind mark: String) -> Substring? {
        text.range(of: mark, options: .backwards).map { text[$0.upperBound...] }
    }

    /// What is printed behind each occurrence of a mark, up to the next expression or statement.
    func literals(behind mark: String) -> [String] {
        var found: [String] = []
        var rest = text[...]
        while let range = rest.range(of: mark) {
            found.append(literal(at: range.upperBound))
            rest = rest[range.upperBound...]
        }
        return found
    }

    /// What is printed behind the expression that follows a mark; nil when no expression does.
    func literal(behindExpressionAfter mark: String) -> String? {
        guard let range = text.range(of: mark), text[range.upperBound...].hasPrefix("{{"),
            let end = text.range(of: "}}", range: range.upperBound..<text.endIndex)
        else { return nil }
        let literal = literal(at: end.upperBound)
        let stripsBehind = text[..<end.lowerBound].hasSuffix("-")
        return stripsBehind ? String(literal.drop(while: \.isWhitespace)) : literal
    }

    /// The literal text from a place on.
    private func literal(at place: String.Index) -> String {
        if let quote = quote(around: place) {
            let end = text[place...].firstIndex(of: quote) ?? text.endIndex
            return String(text[place..<end]).replacing("\\n", with: "\n")
        }
        let rest = text[place...]
        let openings = ["{{", "{%", "{#"].compactMap { rest.range(of: $0) }
        guard let next = openings.min(by: { $0.lowerBound < $1.lowerBound }) else { return String(rest) }
        var literal = rest[..<next.lowerBound]
        if rest[next.upperBound...].hasPrefix("-") {
            while literal.last?.isWhitespace == true { literal.removeLast() }
        } else if rest[next] != "{{" {
            let line = literal.lastIndex(of: "\n").map { literal[literal.index(after: $0)...] } ?? ""
            if !line.isEmpty, line.allSatisfy(\.isWhitespace) { literal.removeLast(line.count) }
        }
        return String(literal)
    }

    /// The quotation mark of the string, inside an expression or statement, that holds a place; nil in plain text.
    private func quote(around place: String.Index) -> Character? {
        let before = text[..<place]
        let opening = ["{{", "{%"].compactMap { before.range(of: $0, options: .backwards)?.upperBound }.max()
        let closing = ["}}", "%}"].compactMap { before.range(of: $0, options: .backwards)?.upperBound }.max()
        guard let opening, opening > closing ?? text.startIndex else { return nil }
        var quote: Character?
        for character in text[opening..<place] where character == "'" || character == "\"" {
            if quote == nil { quote = character } else if quote == character { quote = nil }
        }
        return quote
    }
}
