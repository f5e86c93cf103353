// Tree → markup. `verbatim` writes a tree as it stands; `pretty` indents it without changing what a browser shows:
// a line break is put only where whitespace is invisible, which depends on the boxes that the stylesheet makes.

/// Writes trees as markup.
struct HTMLPrinter {
    /// A line is broken, where it may be, when it would grow longer than this.
    static let lineLength = 100

    private let stylesheet: Stylesheet

    // MARK: Verbatim

    /// The markup of `nodes` with no space added or removed, every element closed.
    static func verbatim(_ nodes: [HTMLNode]) -> String {
        var markup = ""
        for node in nodes { write(node, to: &markup) }
        return markup
    }

    private static func write(_ node: HTMLNode, to markup: inout String) {
        switch node {
        case .text(let text): markup += text
        case .comment(let text): markup += "<!--\(text)-->"
        case .element(let element):
            markup += startTag(element)
            guard !HTMLTags.void.contains(element.name) else { return }
            for child in element.children { write(child, to: &markup) }
            markup += "</\(element.name)>"
        }
    }

    private static func startTag(_ element: HTMLElement) -> String {
        let attributes = element.attributes.map { attribute in
            attribute.value.map { " \(attribute.name)=\"\($0)\"" } ?? " \(attribute.name)"
        }
        return "<\(element.name)\(attributes.joined())>"
    }

    // MARK: Pretty

    /// The markup of `element` over several lines, two spaces a level, as the boxes of `stylesheet` allow.
    ///
    /// Runs of whitespace in text become one space, except in preformatted elements.
    static func pretty(_ element: HTMLElement, stylesheet: Stylesheet) -> String {
        HTMLPrinter(stylesheet: stylesheet)
            .lines(element, above: [], indent: 0, isItem: true)
            .joined(separator: "\n")
    }

    // Part of an element's content that must stay on one line, unless it is a single element that can be opened.
    private struct Run {
        var nodes: [HTMLNode] = []
        var flat = ""
        var isBlock = false
    }

    private func lines(_ element: HTMLElement, above: [HTMLElement], indent: Int, isItem: Bool) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let path = above + [element]
        let (box, isItemContainer) = stylesheet.box(of: path)
        let flat = margin + flat(.element(element))
        let mayOpen =
            (box != .inline || isItem) && !HTMLTags.void.contains(element.name)
            && !HTMLTags.preformatted.contains(element.name)
        guard mayOpen else { return [flat] }
        let runs = runs(of: element, path: path, isItemContainer: isItemContainer)
        if runs.isEmpty || (!runs.contains(where: \.isBlock) && flat.count <= Self.lineLength) { return [flat] }
        var result = [margin + Self.startTag(element)]
        for run in runs {
            if run.nodes.count == 1, let child = run.nodes[0].element {
                result += lines(child, above: path, indent: indent + 2, isItem: isItemContainer)
            } else {
                result.append(margin + "  " + run.flat)
            }
        }
        return result + ["\(margin)</\(element.name)>"]
    }

    // Cuts the content where a line break does not show.
    private func runs(of element: HTMLElement, path: [HTMLElement], isItemContainer: Bool) -> [Run] {
        var runs: [Run] = []
        var run = Run()
        func finish() {
            run.flat = run.flat.trimmed
            if !run.flat.isEmpty { runs.append(run) }
            run = Run()
        }
        for child in element.children {
            let isBlock = child.element.map { stylesheet.box(of: path + [$0]).box == .block } ?? false
            if isItemContainer || isBlock { finish() }
            let flat = flat(child)
            if !flat.trimmed.isEmpty { run.nodes.append(child) }
            run.flat += flat
            run.isBlock = isBlock
            if isItemContainer || isBlock { finish() }
        }
        finish()
        return runs
    }

    // The node on one line, whitespace runs folded.
    private func flat(_ node: HTMLNode) -> String {
        switch node {
        case .text(let text): return HTMLText.collapsed(text)
        case .comment(let text): return "<!--\(text)-->"
        case .element(let element):
            if HTMLTags.preformatted.contains(element.name) { return Self.verbatim([node]) }
            let start = Self.startTag(element)
            if HTMLTags.void.contains(element.name) { return start }
            return start + element.children.map { flat($0) }.joined() + "</\(element.name)>"
        }
    }
}

extension Stylesheet {
    /// What a browser does with whitespace around and inside an element.
    enum Box {
        /// Flows with the text: every space at its edges, inside and outside, shows.
        case inline
        /// A box in the text: spaces outside show, spaces at its inner edges do not.
        case inlineBlock
        /// On lines of its own: no space at its edges shows.
        case block
    }

    /// The box of the last element of `path`, and whether what it holds are items, between which no space shows.
    func box(of path: [HTMLElement]) -> (box: Box, isItemContainer: Bool) {
        let name = path[path.count - 1].name
        switch display(of: path) {
        case "flex", "grid", "table": return (.block, true)
        case "inline-flex", "inline-grid", "inline-table": return (.inlineBlock, true)
        case "inline-block": return (.inlineBlock, false)
        case "inline", "contents": return (.inline, false)
        case .some: return (.block, HTMLTags.itemContainers.contains(name))
        case nil:
            if HTMLTags.inlineBlocks.contains(name) { return (.inlineBlock, false) }
            return (HTMLTags.blocks.contains(name) ? .block : .inline, HTMLTags.itemContainers.contains(name))
        }
    }
}
