// A stylesheet as rules that can be taken apart: one selector each, with the blocks it stands in. What is no rule of
// elements (`@keyframes`, `@font-face`, `@supports` …) is kept as text.

/// One rule with one selector.
struct StyleRule: Sendable {
    var selector: StyleSelector
    var declarations: [CSSDeclaration]
    /// Heads of the blocks around it, outermost first: `@media (min-width: 600px)`.
    var media: [String]

    /// The rule as CSS.
    var text: String {
        let body = declarations.map { "  \($0.text);\n" }.joined()
        let rule = "\(selector.text) {\n\(body)}"
        return media.reversed().reduce(rule) { "\($1) {\n\($0)\n}" }
    }

    /// What a stylesheet says.
    enum Item: Sendable {
        case rule(StyleRule)
        case other(String)
    }

    /// The items of a stylesheet in order; lists of selectors become rules of their own.
    static func list(_ css: String) -> [Item] { items(Stylesheet.withoutComments(css)[...], media: []) }

    private static func items(_ css: Substring, media: [String]) -> [Item] {
        var items: [Item] = []
        var rest = css
        while let open = rest.firstIndex(of: "{") {
            var head = HTMLText.collapsed(String(rest[..<open])).trimmed
            if let end = head.lastIndex(of: ";") {  // `@import …;` and the like
                items.append(.other(String(head[...end])))
                head = String(head[head.index(after: end)...]).trimmed
            }
            let end = closing(rest, from: open)
            let body = rest[rest.index(after: open)..<end]
            rest = end < rest.endIndex ? rest[rest.index(after: end)...] : rest[end...]
            if blocks.contains(where: head.hasPrefix) {
                items += Self.items(body, media: media + [head])
            } else if head.hasPrefix("@") || body.contains("{") {
                let text = "\(head) {\(body)}"
                items.append(.other(media.reversed().reduce(text) { "\($1) {\n\($0)\n}" }))
            } else {
                let declarations = CSSDeclaration.list(String(body))
                for selector in CSSText.split(head, at: ",") where !declarations.isEmpty {
                    items.append(
                        .rule(
                            StyleRule(selector: StyleSelector(selector), declarations: declarations, media: media)))
                }
            }
        }
        return items
    }

    // What may stand around rules.
    private static let blocks = ["@media", "@supports", "@layer", "@container", "@scope", "@starting-style"]

    // The brace that closes the one at `open`; the end when none does.
    private static func closing(_ css: Substring, from open: Substring.Index) -> Substring.Index {
        var depth = 0
        var index = open
        while index < css.endIndex {
            if css[index] == "{" { depth += 1 }
            if css[index] == "}" { depth -= 1 }
            if depth == 0 { return index }
            index = css.index(after: index)
        }
        return css.endIndex
    }
}
