// A page of a site without components, for comparing with what came in: every use replaced by what the component says,
// with the use's own values.

@testable import UIToCode

extension Site {
    /// The `body` element of a page, all components written out. A class or style that a property leaves empty is left
    /// out, as if it had never been written.
    func expanded(_ page: SitePage) -> HTMLElement {
        let expansion = SiteExpansion(
            components: Dictionary(components.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
        return expansion.element(
            SiteElement(tag: "body", attributes: page.bodyAttributes, children: page.children), values: [:])
    }
}

private struct SiteExpansion {
    let components: [String: SiteComponent]

    func element(_ element: SiteElement, values: [String: String]) -> HTMLElement {
        var result = HTMLElement(name: element.tag)
        for attribute in element.attributes {
            let value = attribute.value.map { text($0, values) }
            let isLeftOut = value == "" && attribute.value?.plain == nil && ["class", "style"].contains(attribute.name)
            if !isLeftOut { result.attributes.append(HTMLAttribute(name: attribute.name, value: value)) }
        }
        result.children = element.children.map { node($0, values: values) }
        return result
    }

    private func node(_ node: SiteNode, values: [String: String]) -> HTMLNode {
        switch node {
        case .element(let inner): return .element(element(inner, values: values))
        case .text(let words): return .text(text(words, values))
        case .use(let use):
            guard let component = components[use.component] else {
                preconditionFailure("the site has no component \(use.component)")
            }
            return .element(element(component.root, values: use.values))
        }
    }

    private func text(_ text: SiteText, _ values: [String: String]) -> String {
        switch text {
        case .plain(let words): words
        case .property(let name): values[name] ?? ""
        }
    }
}
