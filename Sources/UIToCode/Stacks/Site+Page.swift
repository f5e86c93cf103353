// One converted page as a site of its own, with nothing taken out of it.

extension Site {
    /// The site of one page.
    ///
    /// - Parameters:
    ///   - html: a whole document.
    ///   - files: the page's other files, by their paths seen from it; stylesheets that it links become its own.
    init(page html: String, name: String, width: Int, height: Int, files: [Project.File] = []) {
        let root = HTMLElement(name: "", children: HTMLParser.parse(html))
        let body = root.first { $0.name == "body" } ?? root
        var css: [String] = []
        root.visit { node in
            guard let element = node.element else { return }
            if element.name == "style" { css.append(Self.text(of: element)) }
            if element.name == "link", let file = files.first(where: { $0.path == element["href"] }) {
                css.append(String(decoding: file.bytes, as: UTF8.self))
            }
        }
        let title = root.first { $0.name == "title" }?.innerText ?? ""
        let slug = SiteNames.kebab(name)
        self.init(
            name: name,
            pages: [
                SitePage(
                    slug: slug.isEmpty ? "page" : slug, title: title.isEmpty ? name : HTMLText.unescaped(title),
                    design: name, width: width, height: height,
                    bodyAttributes: body.attributes.map { .init(name: $0.name, value: $0.value.map(SiteText.plain)) },
                    children: body.children.compactMap(SiteNode.init), css: "")
            ], components: [], tokens: [], css: css.joined(separator: "\n"),
            assets: files.filter { !$0.path.hasSuffix(".css") && !$0.path.hasSuffix(".html") })
    }

    private static func text(of element: HTMLElement) -> String {
        element.children.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
}

extension SiteNode {
    // Comments, styles and what describes the document are no part of what a page holds.
    fileprivate init?(_ node: HTMLNode) {
        switch node {
        case .comment: return nil
        case .text(let text): self = .text(.plain(text))
        case .element(let element):
            guard !["base", "head", "link", "meta", "style", "title"].contains(element.name) else { return nil }
            self = .element(
                SiteElement(
                    tag: element.name,
                    attributes: element.attributes.map { .init(name: $0.name, value: $0.value.map(SiteText.plain)) },
                    children: element.children.compactMap(SiteNode.init)))
        }
    }
}
