// Tables as a browser reads them: rows that stand in a table itself get a body around them, as HTML's parser gives them one.
// Compilers of some stacks refuse such rows, and selectors see the body.

extension Site {
    /// The site with every row in a table's head, body or foot.
    var withTableBodies: Site {
        var site = self
        let rows = Set(components.filter { $0.root.tag == "tr" }.map(\.name))
        for index in site.components.indices {
            site.components[index].root = components[index].root.withTableBodies(rows)
        }
        for index in site.pages.indices {
            let body = SiteElement(tag: "body", children: pages[index].children)
            site.pages[index].children = body.withTableBodies(rows).children
        }
        return site
    }
}

extension SiteElement {
    // - Parameter rows: the components that are rows.
    fileprivate func withTableBodies(_ rows: Set<String>) -> SiteElement {
        var element = self
        element.children = children.map { child in
            guard case .element(let inner) = child else { return child }
            return .element(inner.withTableBodies(rows))
        }
        guard tag == "table" else { return element }
        var parts: [SiteNode] = []
        var body = SiteElement(tag: "tbody")
        func finish() {
            if !body.children.isEmpty { parts.append(.element(body)) }
            body.children = []
        }
        for child in element.children {
            if child.isRow(rows) || (child.isSpace && !body.children.isEmpty) {
                body.children.append(child)
            } else {
                finish()
                parts.append(child)
            }
        }
        finish()
        element.children = parts
        return element
    }
}

extension SiteNode {
    fileprivate func isRow(_ rows: Set<String>) -> Bool {
        switch self {
        case .element(let element): element.tag == "tr"
        case .use(let use): rows.contains(use.component)
        case .text: false
        }
    }

    fileprivate var isSpace: Bool {
        if case .text(.plain(let text)) = self { text.trimmed.isEmpty } else { false }
    }
}
