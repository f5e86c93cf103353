// What the rules of a page give each of its elements: the cascade without inheritance, for tests that hold a page
// before sharing against the page after it.
@testable import UIToCode

/// Declarations by property for every element of a page, in document order.
struct ResolvedStyles {
    let elements: [[String: String]]

    /// - Parameter css: rules in order; those bound to `slug` count as if they were not.
    init(_ body: HTMLElement, css: String, slug: String = "", tokens: [DesignToken] = []) {
        let mark = "body[data-page=\"\(slug)\"]"
        let plain = css.replacing(":where(\(mark), \(mark) *)", with: "")
            .replacing(":where([data-page=\"\(slug)\"])", with: "")
            .replacing(":where(:has(> \(mark)))", with: "")
        let rules = Stylesheet(plain).rules.filter { !$0.selectors.isEmpty }.map { rule in
            (selectors: SelectorText.list(rule.parts.head), declarations: rule.declarations)
        }
        let values = Dictionary(tokens.map { ("var(--\($0.name))", $0.value) }, uniquingKeysWith: { first, _ in first })
        var elements: [[String: String]] = []
        func visit(_ element: HTMLElement, _ above: [HTMLElement]) {
            let path = above + [element]
            var found: [String: (weight: SelectorWeight, value: String)] = [:]
            func set(_ declaration: StyleDeclaration, _ weight: SelectorWeight) {
                if let known = found[declaration.name], weight < known.weight { return }
                let value = values.reduce(declaration.value) { $0.replacing($1.key, with: $1.value) }
                for name in found.keys where name.hasPrefix(declaration.name + "-") {
                    if let known = found[name], !(weight < known.weight) { found[name] = nil }
                }
                found[declaration.name] = (weight, StyleDeclaration(name: declaration.name, value: value).normal)
            }
            for rule in rules {
                let matching = rule.selectors.filter { Selector($0[...]).matches(path) }.map { SelectorWeight($0) }
                guard let weight = matching.max() else { continue }
                for declaration in rule.declarations { set(declaration, weight) }
            }
            let inline = SelectorWeight("#a#b#c")
            for declaration in StyleText.declarations(ofAttribute: element["style"] ?? "") { set(declaration, inline) }
            elements.append(found.mapValues { $0.value })
            for case .element(let child) in element.children { visit(child, path) }
        }
        visit(body, [])
        self.elements = elements
    }
}

extension StyleDeclaration {
    /// The value with colours and lengths in one spelling.
    fileprivate var normal: String { mapping { $0.css }.value }
}
