// CSS as text that can be changed: declarations of a rule or a style attribute, rules rewritten declaration by
// declaration (also inside `@media` and its like), and the weight of a selector.

/// One declaration; the value as written, `!important` included.
struct StyleDeclaration: Hashable, Sendable {
    /// Lower-case, except for custom properties.
    var name: String
    var value: String

    var text: String { "\(name): \(value)" }
}

extension StyleDeclaration {
    /// Whether setting one property may undo the other: they are equal, or one is a part of the other.
    static func areRelated(_ one: String, _ other: String) -> Bool {
        if one == other || one == "all" || other == "all" { return true }
        if one.hasPrefix("--") || other.hasPrefix("--") { return false }
        let (short, long) = one.count < other.count ? (one, other) : (other, one)
        if long.hasPrefix(short + "-") { return true }
        return partners.contains { $0.contains(one) && $0.contains(other) }
    }

    private static let partners: [Set<String>] = [
        ["font", "line-height"], ["gap", "row-gap", "column-gap"], ["inset", "top", "right", "bottom", "left"],
        ["border-width", "border-top-width", "border-right-width", "border-bottom-width", "border-left-width"],
        ["flex-flow", "flex-direction", "flex-wrap"], ["place-items", "align-items", "justify-items"],
        ["place-content", "align-content", "justify-content"], ["place-self", "align-self", "justify-self"],
    ]
}

/// Reads and writes declarations.
enum StyleText {
    /// The declarations of a rule's body (with or without its braces) or of a style attribute, plain text. What is no
    /// declaration is left out.
    static func declarations(_ body: String) -> [StyleDeclaration] {
        var inner = body.trimmed
        if inner.hasPrefix("{") { inner.removeFirst() }
        if inner.hasSuffix("}") { inner.removeLast() }
        var scanner = ValueScanner(inner)
        return scanner.declarations().compactMap { text in
            guard let colon = text.firstIndex(of: ":") else { return nil }
            let name = String(text[..<colon]).trimmed
            let value = HTMLText.collapsed(String(text[text.index(after: colon)...])).trimmed
            guard !name.isEmpty, !value.isEmpty else { return nil }
            return StyleDeclaration(name: name.hasPrefix("--") ? name : name.lowercased(), value: value)
        }
    }

    /// A rule's body.
    static func body(_ declarations: [StyleDeclaration]) -> String {
        "{ \(declarations.map { $0.text + "; " }.joined())}"
    }

    /// A style attribute's value, markup-escaped.
    static func attribute(_ declarations: [StyleDeclaration]) -> String {
        HTMLText.escaped(declarations.map(\.text).joined(separator: "; "))
    }

    /// The declarations of a style attribute's value, markup-escaped.
    static func declarations(ofAttribute markup: String) -> [StyleDeclaration] {
        declarations(HTMLText.unescaped(markup))
    }

    /// The value cut at spaces that stand in no brackets and no quotes.
    static func words(_ value: String) -> [String] {
        var words = [""]
        var depth = 0
        var quote: Character?
        for character in value {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "(" {
                depth += 1
            } else if character == ")" {
                depth -= 1
            }
            if character.isWhitespace, depth == 0, quote == nil {
                words.append("")
            } else {
                words[words.count - 1].append(character)
            }
        }
        return words.filter { !$0.isEmpty }
    }
}

extension Stylesheet.Rule {
    /// Whether it is an at-rule that holds rules.
    var isGroup: Bool {
        ["@media", "@supports", "@container", "@layer"].contains { text.hasPrefix($0) }
    }

    /// The rules inside an at-rule.
    var inner: [Stylesheet.Rule] { Stylesheet(String(parts.body.dropFirst().dropLast())).rules }

    /// Its declarations; for an at-rule those of the rules inside.
    var declarations: [StyleDeclaration] {
        text.hasPrefix("@") ? inner.flatMap(\.declarations) : StyleText.declarations(parts.body)
    }

    /// The rule with each declaration changed.
    func mapping(_ change: (StyleDeclaration) -> StyleDeclaration) -> Stylesheet.Rule {
        let (head, body) = parts
        if text.hasPrefix("@") {
            guard body.contains("{"), body.dropFirst().contains("{") else { return self }
            let rules = inner.map { $0.mapping(change).text }.joined(separator: " ")
            return Stylesheet.Rule(text: "\(head) { \(rules) }", selectors: selectors, display: display)
        }
        let changed = StyleText.declarations(body).map(change)
        return Stylesheet.Rule(text: "\(head) \(StyleText.body(changed))", selectors: selectors, display: display)
    }
}

/// How much a selector weighs: ids, then classes, attributes and states, then tags.
struct SelectorWeight: Hashable, Comparable, Sendable {
    var ids = 0
    var classes = 0
    var tags = 0

    /// Weighs one selector, without commas. `:where(…)` weighs nothing; of `:is(…)`, `:not(…)` and `:has(…)` the
    /// heaviest choice counts.
    init(_ selector: String) {
        let characters = Array(selector)
        var index = 0
        var isAtStart = true
        func name() -> String {
            let start = index
            while index < characters.count, Self.isNamePart(characters[index]) { index += 1 }
            return String(characters[start..<index])
        }
        func brackets(_ open: Character, _ close: Character) -> String {
            let start = index + 1
            var depth = 0
            while index < characters.count {
                if characters[index] == open { depth += 1 }
                if characters[index] == close { depth -= 1 }
                index += 1
                if depth == 0 { break }
            }
            return String(characters[min(start, characters.count)..<max(start, index - 1)])
        }
        while index < characters.count {
            let character = characters[index]
            switch character {
            case "#":
                index += 1
                _ = name()
                ids += 1
            case ".":
                index += 1
                _ = name()
                classes += 1
            case "[":
                _ = brackets("[", "]")
                classes += 1
            case ":":
                index += 1
                let isElement = index < characters.count && characters[index] == ":"
                if isElement { index += 1 }
                let state = name().lowercased()
                let inside = index < characters.count && characters[index] == "(" ? brackets("(", ")") : ""
                if isElement || ["before", "after", "first-line", "first-letter"].contains(state) {
                    tags += 1
                } else if ["is", "not", "has"].contains(state) {
                    add(SelectorText.list(inside).map { SelectorWeight($0) }.max())
                } else if state != "where" {
                    classes += 1
                }
            default:
                if isAtStart, Self.isNamePart(character) {
                    _ = name()
                    tags += 1
                } else {
                    index += 1
                }
            }
            isAtStart = index > 0 && index <= characters.count && " >+~".contains(characters[index - 1])
        }
    }

    private mutating func add(_ other: SelectorWeight?) {
        guard let other else { return }
        ids += other.ids
        classes += other.classes
        tags += other.tags
    }

    private static func isNamePart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "-" || character == "_"
    }

    static func < (first: SelectorWeight, second: SelectorWeight) -> Bool {
        (first.ids, first.classes, first.tags) < (second.ids, second.classes, second.tags)
    }
}
