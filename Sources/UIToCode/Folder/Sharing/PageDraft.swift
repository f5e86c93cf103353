// One converted page, taken apart: its body as a tree that carries the boxes of its elements, and its style rules.
// Space between tags that no browser shows is gone, comments and scripts are left out: pages are converted for their
// look, and a script knows only its own page.
import Render

/// A page while the site is made.
struct PageDraft {
    let number: Int
    let slug: String
    let path: String
    let width, height: Int
    let score: Double?
    /// Plain text.
    let title: String
    /// The `body` element.
    let body: TreeNode
    /// In order; those of other pages that it took over stand among its own.
    var rules: [Stylesheet.Rule]

    init(_ input: SiteInput, number: Int, slug: String) {
        self.number = number
        self.slug = slug
        path = input.path
        width = input.width
        height = input.height
        score = input.score
        rules = BlockPage(input.html).rules
        let root = HTMLElement(name: "", children: HTMLParser.parse(input.html))
        let words = root.first { $0.name == "title" }.map { HTMLText.unescaped($0.innerText) } ?? ""
        title = words.isEmpty ? input.name : words
        var body = root.first { $0.name == "body" } ?? root.first { $0.name == "html" } ?? root
        body.name = "body"
        if let outer = root.first(where: { $0.name == "html" }) {
            for name in outer.classes { body.addClass(String(name)) }
        }
        let boxes = Dictionary(input.elements.map { ($0.selector, $0.box) }, uniquingKeysWith: { first, _ in first })
        let planter = TreePlanter(rules: rules, boxes: boxes, page: number)
        self.body = planter.tree(body, above: [], selector: "body")
    }
}

/// Makes a page's tree.
private struct TreePlanter {
    let stylesheet: Stylesheet
    let boxes: [String: Box]
    let page: Int

    init(rules: [Stylesheet.Rule], boxes: [String: Box], page: Int) {
        stylesheet = Stylesheet(rules.map(\.text).joined(separator: "\n"))
        self.boxes = boxes
        self.page = page
    }

    func tree(_ element: HTMLElement, above: [HTMLElement], selector: String) -> TreeNode {
        let node = TreeNode(
            tag: element.name,
            attributes: element.attributes.filter { !$0.name.hasPrefix("on") }.map {
                SiteElement.Attribute(name: $0.name, value: $0.value.map(SiteText.plain))
            }, page: page)
        node.box = boxes[selector]
        let path = above + [element]
        let parts = parts(of: element)
        for index in parts.indices {
            switch parts[index] {
            case .element(let child, let number):
                node.append(tree(child, above: path, selector: "\(selector) > \(child.name):nth-child(\(number))"))
            case .text(let words):
                let shown = shown(words, at: index, of: parts, path: path)
                if !shown.isEmpty { node.append(TreeNode(text: .plain(shown), page: page)) }
            }
        }
        return node
    }

    private enum Part {
        /// With its number among the elements of the parent, from 1.
        case element(HTMLElement, Int)
        case text(String)
    }

    // The children that count; texts that only a comment kept apart are one.
    private func parts(of element: HTMLElement) -> [Part] {
        var parts: [Part] = []
        var number = 0
        for child in element.children {
            switch child {
            case .comment: continue
            case .text(let text):
                if case .text(let before)? = parts.last {
                    parts[parts.count - 1] = .text(before + text)
                } else {
                    parts.append(.text(text))
                }
            case .element(let inner):
                number += 1
                if !Self.headOnly.contains(inner.name) { parts.append(.element(inner, number)) }
            }
        }
        return parts
    }

    // What a browser shows of a text.
    private func shown(_ words: String, at index: Int, of parts: [Part], path: [HTMLElement]) -> String {
        if isPreserving(path) { return words }
        let folded = HTMLText.collapsed(words)
        let (box, isItemContainer) = stylesheet.box(of: path)
        if isItemContainer { return folded.trimmed }
        var shown = folded
        if index > 0 ? isBlock(parts[index - 1], path) : box != .inline, shown.hasPrefix(" ") { shown.removeFirst() }
        let isLast = index == parts.count - 1
        if isLast ? box != .inline : isBlock(parts[index + 1], path), shown.hasSuffix(" ") { shown.removeLast() }
        return shown
    }

    private func isBlock(_ part: Part, _ path: [HTMLElement]) -> Bool {
        guard case .element(let element, _) = part else { return false }
        return element.name == "br" || stylesheet.box(of: path + [element]).box == .block
    }

    private func isPreserving(_ path: [HTMLElement]) -> Bool {
        path.indices.contains { index in
            HTMLTags.preformatted.contains(path[index].name) || stylesheet.keepsSpaces(Array(path[...index]))
        }
    }

    private static let headOnly: Set<String> = ["base", "head", "link", "meta", "script", "style", "template", "title"]
}
