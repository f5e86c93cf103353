// Links between pages where the designs show them: what one presses and what says the name of another page leads there.
// A page's names are its title, its slug, its first heading, and the item that is marked in its own navigation; a name
// that two pages have leads nowhere.

/// Ties pages together.
///
/// Proof: `SiteMakerTests.itemsThatNameAPageLeadThere`, `.aButtonThatNamesAPageBecomesALinkThatLooksLikeIt`.
struct PageLinks {
    /// The class of links that were none before, and the rule that lets them look as before, whatever else is said of
    /// them: a browser would paint them blue.
    static let linkClass = "page-link"
    static let rule = ":where(.\(linkClass)) { color: inherit; text-decoration: none; }"

    private let slugs: [String: String]

    /// Learns the names of pages.
    init(_ pages: [PageDraft]) {
        var owners: [String: Set<String>] = [:]
        for page in pages {
            for name in Self.names(of: page) where !name.isEmpty { owners[name, default: []].insert(page.slug) }
        }
        slugs = owners.compactMapValues { $0.count == 1 ? $0.first : nil }
    }

    /// The slug of the page that words name; nil when they name none, or more than one.
    func slug(namedBy words: String) -> String? { slugs[Self.key(words)] }

    /// Gives everything on a page that names another page its address: links that lead nowhere yet, buttons outside of
    /// forms, and plain words in a navigation. A page's own name leads to it in navigations alone, so that these are
    /// the same everywhere.
    func tie(_ page: PageDraft) {
        for node in page.body.all {
            if node.tag == "a" {
                let address = node["href"] ?? "#"
                let isFree = address.isEmpty || address == "#" || address.hasPrefix("javascript:")
                if isFree, let target = target(of: node, on: page) {
                    if node["href"] == nil { node.addClass(Self.linkClass) }
                    node.set("href", target)
                }
            } else if node.tag == "button", !Self.isInside(node, ["form", "a"]), node["type"] != "submit" {
                if let target = target(of: node, on: page) { Self.makeLink(node, to: target, on: page) }
            } else if node.text != nil, Self.isInside(node, Self.navigations), !Self.isInside(node, Self.occupied) {
                if let target = target(of: node, on: page) { Self.wrap(node, to: target, on: page) }
            }
        }
    }

    private func target(of node: TreeNode, on page: PageDraft) -> String? {
        guard let slug = slug(namedBy: node.innerText),
            slug != page.slug || Self.isInside(node, Self.navigations)
        else { return nil }
        return slug + ".html"
    }

    // MARK: Writing links

    // A button becomes a link that looks like it: what rules say of buttons alone it says itself. Where the button has
    // the browser's own font, or where rules say something of links there, it stays.
    private static func makeLink(_ button: TreeNode, to target: String, on page: PageDraft) {
        let link = TreeNode(tag: "a", attributes: button.attributes, page: button.page)
        let path = button.path
        let before = rules(of: path, on: page)
        let after = rules(of: path.dropLast() + [link.shell], on: page)
        let kept = before.filter { rule in after.contains { $0.text == rule.text } }.flatMap(\.declarations)
        let gained = after.filter { rule in !before.contains { $0.text == rule.text } }.flatMap(\.declarations)
        guard before.flatMap(\.declarations).contains(where: { $0.name == "font" || $0.name == "font-family" }),
            gained.allSatisfy({ $0.name == "text-decoration" })
        else { return }
        var style = StyleText.declarations(ofAttribute: button["style"] ?? "")
        let lost = before.filter { rule in !after.contains { $0.text == rule.text } }.flatMap(\.declarations)
        for declaration in lost + buttonsOwn {
            let isSaid = (kept + style).contains { StyleDeclaration.areRelated($0.name, declaration.name) }
            if !isSaid { style.append(declaration) }
        }
        link.attributes.removeAll { ["style", "type", "name", "value"].contains($0.name) }
        link.set("href", target)
        link.set("style", StyleText.attribute(style))
        link.box = button.box
        link.look = button.look
        for child in button.children { link.append(child) }
        button.replace(with: link)
        button.writtenAs = link
    }

    // What browsers give buttons and not links.
    private static let buttonsOwn = [
        StyleDeclaration(name: "display", value: "inline-block"), StyleDeclaration(name: "padding", value: "1px 6px"),
        StyleDeclaration(name: "text-align", value: "center"), StyleDeclaration(name: "color", value: "inherit"),
        StyleDeclaration(name: "text-decoration", value: "none"),
    ]

    // Words in a link that looks like nothing. Where rules say something of links there, they stay words.
    private static func wrap(_ words: TreeNode, to target: String, on page: PageDraft) {
        guard let parent = words.parent else { return }
        let link = TreeNode(tag: "a", page: words.page)
        link.set("href", target)
        let gained = rules(of: parent.path + [link.shell], on: page).filter {
            !$0.selectors.contains { $0.names.isEmpty }
        }
        guard gained.flatMap(\.declarations).allSatisfy({ $0.name == "text-decoration" }) else { return }
        link.addClass(linkClass)
        words.replace(with: link)
        link.append(words)
    }

    private static func rules(of path: [HTMLElement], on page: PageDraft) -> [Stylesheet.Rule] {
        page.rules.filter { rule in rule.selectors.contains { $0.matches(path) } }
    }

    // MARK: Names

    private static func names(of page: PageDraft) -> Set<String> {
        let nodes = page.body.all
        let heading = nodes.first { $0.tag == "h1" }?.innerText ?? ""
        var names = [page.title, page.slug, Slug.words(page.path), heading].map { key(HTMLText.unescaped($0)) }
        let file = Slug.words(page.path.split(separator: "/").last.map(String.init) ?? "")
        names.append(key(file))
        names.append(key(String(file.drop { $0.isNumber || $0 == "-" })))
        names += nodes.filter { isNavigation($0) }.compactMap(marked).map { key($0) }
        return Set(names)
    }

    // The words of the one item of a navigation that is marked, or dressed as no other is.
    private static func marked(_ navigation: TreeNode) -> String? {
        let items = navigation.all.filter { $0.tag == "a" || $0.tag == "button" }
        let current = items.filter { item in
            ["page", "true", "location"].contains(item["aria-current"] ?? "") || item["aria-selected"] == "true"
        }
        if current.count == 1 { return current[0].innerText }
        guard items.count >= 3 else { return nil }
        let looks = items.map { ($0["class"] ?? "") + "|" + ($0["style"] ?? "") }
        let counts = Dictionary(looks.map { ($0, 1) }, uniquingKeysWith: +)
        let alone = items.indices.filter { counts[looks[$0]] == 1 }
        return counts.count == 2 && alone.count == 1 ? items[alone[0]].innerText : nil
    }

    private static func isNavigation(_ node: TreeNode) -> Bool {
        navigations.contains(node.tag) || navigations.contains(node["role"] ?? "")
    }

    private static let navigations: Set<String> = [
        "nav", "aside", "header", "footer", "navigation", "tablist", "menubar",
    ]

    // What has a purpose of its own for the one who presses it, or is a title.
    private static let occupied: Set<String> = [
        "a", "button", "label", "select", "textarea", "summary", "b", "h1", "h2", "h3", "h4", "h5", "h6",
    ]

    // Whether one of the elements around has one of the tags, or roles.
    private static func isInside(_ node: TreeNode, _ tags: Set<String>) -> Bool {
        var above = node.parent
        while let outer = above {
            if tags.contains(outer.tag) || tags.contains(outer["role"] ?? "") { return true }
            above = outer.parent
        }
        return false
    }

    // Words in lower case with nothing but letters and digits between single spaces.
    private static func key(_ words: String) -> String {
        HTMLText.unescaped(words).lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: " ")
    }
}
