// A site's pages as plain HTML, components written out: the measure that every stack's page is held to.

/// Writes pages out.
struct SiteTwin {
    private let site: Site
    private let components: [String: SiteComponent]
    private let addresses: SiteAddresses

    /// - Parameters:
    ///   - assets: the address of an asset, seen from a page; `PATH` stands for its path.
    ///   - link: the address of another page; `SLUG` stands for it.
    init(_ site: Site, assets: String, link: String) {
        self.site = site
        components = Dictionary(site.components.map { ($0.name, $0) }) { first, _ in first }
        addresses = SiteAddresses(site, asset: assets, styleAsset: assets, link: link)
    }

    /// A page with its styles inside; not a space is added or taken away.
    func document(of page: SitePage) -> String {
        let body = HTMLElement(
            name: "body", attributes: page.attributes.map(attribute), children: page.children.flatMap(nodes))
        let css = [TokensFile.css(site.tokens), site.css, page.css].map(\.trimmed).filter { !$0.isEmpty }
        return Page.document(
            title: HTMLText.escaped(page.title), styles: addresses.style(css.joined(separator: "\n")) + "\n",
            body: HTMLPrinter.verbatim([.element(body)]))
    }

    /// A node with every component written out.
    func expanded(_ node: SiteNode) -> SiteNode? {
        switch node {
        case .text: return node
        case .element(var element):
            element.children = element.children.compactMap(expanded)
            return .element(element)
        case .use(let use):
            guard let component = components[use.component] else { return nil }
            return expanded(.element(component.root.filled(use.values)))
        }
    }

    private func nodes(_ node: SiteNode) -> [HTMLNode] { expanded(node).map { [html($0)] } ?? [] }

    private func html(_ node: SiteNode) -> HTMLNode {
        switch node {
        case .text(.plain(let text)): .text(text)
        case .element(let element):
            .element(
                HTMLElement(
                    name: element.tag, attributes: element.attributes.map(attribute),
                    children: element.children.map(html)))
        case .text(.property), .use: .text("")
        }
    }

    private func attribute(_ attribute: SiteElement.Attribute) -> HTMLAttribute {
        guard case .plain(let value) = attribute.value else { return HTMLAttribute(name: attribute.name) }
        let address = addresses.value(value, of: attribute.name)
        return HTMLAttribute(name: attribute.name, value: address.replacing("\"", with: "&quot;"))
    }
}

extension SitePage {
    /// The attributes of `body`, `data-page`, by which the page's own rules know it, among them.
    var attributes: [SiteElement.Attribute] {
        guard !bodyAttributes.contains(where: { $0.name == "data-page" }) else { return bodyAttributes }
        return bodyAttributes + [SiteElement.Attribute(name: "data-page", value: .plain(slug))]
    }
}
