// The look of the whole page: typeface, size of type, density and roundness. A page takes them from its body, where one
// wrong value moves everything; so all usual values are tried, and the score says which ones the design has. Density and roundness only where the page's stylesheet has `--unit` and `--radius`.
import Render

/// Finds the page's typeface, size, density and roundness.
struct LookRepair: Repair {
    let name = "look"
    let trialLimit = 1
    let isDoneOnce = true

    /// Stacks of typefaces, one for every kind of look, the usual ones of that look first.
    static let typefaces: [(name: String, stack: String)] = [
        ("Inter", #"Inter, system-ui, "Segoe UI", sans-serif"#),
        ("Liberation Sans", #""Liberation Sans", Arial, Helvetica, sans-serif"#),
        ("Roboto", #"Roboto, "Helvetica Neue", sans-serif"#),
        ("Open Sans", #""Open Sans", "Noto Sans", "Segoe UI", sans-serif"#),
        ("Lato", "Lato, Carlito, Calibri, sans-serif"),
        ("DejaVu Sans", #""DejaVu Sans", Verdana, sans-serif"#),
        ("Liberation Serif", #""Liberation Serif", "Times New Roman", serif"#),
        ("DejaVu Serif", #""DejaVu Serif", Georgia, serif"#),
    ]

    func trials(for view: PageView) -> [Trial] {
        guard let body = view.element("body") else { return [] }
        let variables = BodyVariables(view.document)
        var changes: [Change] = []
        if variables.declares("--unit") || variables.declares("--radius") {
            let sizes = ["13px", "14px", "15px", "16px"]
            changes += values(sizes, of: "font-size", "size of type", now: body.style["font-size"])
        }
        if variables.declares("--unit") {
            let units = ["3px", "3.5px", "4px", "4.5px", "5px", "6px"]
            changes += values(units, of: "--unit", "density", now: variables.value(of: "--unit"))
        }
        changes += typefaces(now: body.style["font-family"])
        if variables.declares("--radius") {
            let radii = ["0px", "4px", "8px", "12px", "16px"]
            changes += values(radii, of: "--radius", "roundness", now: variables.value(of: "--radius"))
        }
        return [Trial(name: "look", manner: .descent, changes: changes)]
    }

    private func typefaces(now: String?) -> [Change] {
        let now = now.map(Self.first)
        return Self.typefaces.filter { Self.first(in: $0.stack) != now }.map { typeface in
            Change(
                words: "typeface of the page: \(typeface.name)", axis: "typeface",
                operations: [EditOperation("body", .setStyle(["font-family": typeface.stack]))])
        }
    }

    private func values(_ values: [String], of property: String, _ words: String, now: String?) -> [Change] {
        values.filter { $0 != now }.map { value in
            Change(
                words: "\(words) of the page: \(now.map { "\($0) → " } ?? "")\(value)", axis: words,
                operations: [EditOperation("body", .setStyle([property: value]))])
        }
    }

    // The first name of a stack, without quotes.
    private static func first(in stack: String) -> String {
        String(stack.prefix { $0 != "," }).trimmed.filter { $0 != "\"" && $0 != "'" }
    }
}

/// The custom properties that reach the body from the page's own stylesheets and from its style attribute.
private struct BodyVariables {
    private var declarations: [(name: String, value: String)] = []

    init(_ document: String) {
        let source = HTMLSource(document)
        guard let body = source.elements.first(where: { $0.name == "body" }) else { return }
        let element = HTMLElement(
            name: "body", attributes: body.tags.attributes.map { HTMLAttribute(name: $0.name, value: $0.value) })
        let css = source.elements.filter { $0.name == "style" }.map { source.text($0.tags.inner) }.joined(
            separator: "\n")
        for rule in Stylesheet(css).rules where rule.selectors.contains(where: { $0.matches([element]) }) {
            add(String(rule.text.drop { $0 != "{" }.dropFirst().prefix { $0 != "}" }))
        }
        add(body["style"] ?? "")
    }

    func declares(_ name: String) -> Bool { declarations.contains { $0.name == name } }

    func value(of name: String) -> String? { declarations.last { $0.name == name }?.value }

    private mutating func add(_ text: String) {
        for declaration in text.split(separator: ";") {
            let parts = declaration.split(separator: ":", maxSplits: 1).map { String($0).trimmed }
            if parts.count == 2 { declarations.append((parts[0], parts[1])) }
        }
    }
}
