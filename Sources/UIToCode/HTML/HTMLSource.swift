// A document as a browser sees it, over its own text: the elements of an `HTMLOutline`, and around them those that a
// browser adds without being told (`html`, `head`, `body`, `colgroup`, `tbody`, `tr`). So a selector computed in a
// browser leads to the bytes that are meant. What a browser moves elsewhere (text loose in a table, tags closed across
// each other) stays where it is written.

/// The elements of a document, with their places in its text.
struct HTMLSource: Sendable {
    /// An element in its place among the others.
    struct Element: Equatable, Sendable {
        let tags: HTMLOutline.Element
        /// The element around it, by its number in `elements`.
        let parent: Int?
        /// Its place among the elements of its parent, from 1.
        let childNumber: Int
        /// Its place among the elements of its parent that have its name, from 1.
        let typeNumber: Int
        /// The number of the first element that is not inside it.
        fileprivate(set) var nextOutside: Int

        /// Lower-case tag name.
        var name: String { tags.name }
        /// Whether its start tag stands in the text.
        var isWritten: Bool { !tags.start.isEmpty }
        /// From its start tag to its end tag.
        var outer: Range<Int> { tags.start.lowerBound..<tags.end.upperBound }

        /// The plain value of an attribute, empty when only the name is written; nil when it is absent.
        subscript(attribute: String) -> String? {
            tags.attributes.first { $0.name == attribute }.map { HTMLText.unescaped($0.value ?? "") }
        }
    }

    /// What a browser adds around elements that lack it.
    static let implied: Set<String> = ["html", "head", "body", "colgroup", "tbody", "tr"]

    /// The text in UTF-8.
    let bytes: [UInt8]
    /// In document order: an element, then what is inside it.
    private(set) var elements: [Element] = []
    /// End tags in the text that match nothing.
    let strayEndTagCount: Int

    /// Reads a document.
    ///
    /// - Complexity: linear in the text.
    init(_ text: String) {
        let outline = HTMLParser.outline(text)
        bytes = Array(text.utf8)
        strayEndTagCount = outline.strayEndTagCount
        for node in BrowserTree(outline, end: bytes.count).root {
            add(node, parent: nil, childNumber: 1, typeNumber: 1)
        }
    }

    /// The text in a range of bytes.
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The number of the element's next sibling, or of the one before.
    func sibling(of number: Int, _ direction: EditOperation.Direction) -> Int? {
        let element = elements[number]
        let wanted = element.childNumber + (direction == .up ? -1 : 1)
        return elements.indices.first { elements[$0].parent == element.parent && elements[$0].childNumber == wanted }
    }

    /// The text with ranges replaced.
    ///
    /// - Parameter changes: ranges that do not overlap, from first to last.
    func replacing(_ changes: [(range: Range<Int>, text: String)]) -> String {
        var result: [UInt8] = []
        var position = 0
        for change in changes {
            result += bytes[position..<change.range.lowerBound]
            result += change.text.utf8
            position = change.range.upperBound
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }

    private mutating func add(_ node: BrowserTree.Node, parent: Int?, childNumber: Int, typeNumber: Int) {
        let number = elements.count
        elements.append(
            Element(
                tags: node.tags, parent: parent, childNumber: childNumber, typeNumber: typeNumber, nextOutside: 0))
        var typeCounts: [String: Int] = [:]
        for (index, child) in node.children.enumerated() {
            typeCounts[child.tags.name, default: 0] += 1
            add(child, parent: number, childNumber: index + 1, typeNumber: typeCounts[child.tags.name] ?? 1)
        }
        elements[number].nextOutside = elements.count
    }
}

/// The tree that a browser builds of an outline.
private struct BrowserTree {
    struct Node {
        let tags: HTMLOutline.Element
        var children: [Node]
        var range: Range<Int> { tags.start.lowerBound..<tags.end.upperBound }
    }

    /// The `html` element; nothing for a text without anything to show.
    private(set) var root: [Node] = []
    private let outline: HTMLOutline
    private let children: [Int?: [Int]]
    private let end: Int

    init(_ outline: HTMLOutline, end: Int) {
        self.outline = outline
        self.end = end
        children = Dictionary(grouping: outline.elements.indices) { outline.elements[$0].parent }
        root = [page()]
    }

    // MARK: The page

    // Sorts what stands at the top into head and body.
    private func page() -> Node {
        let top = children[nil] ?? []
        let html = top.first { outline.elements[$0].name == "html" }
        let content = (top.filter { $0 != html } + (html.flatMap { children[$0] } ?? [])).sorted()
        var head: HTMLOutline.Element?
        var body: HTMLOutline.Element?
        var headNodes: [Node] = []
        var bodyNodes: [Node] = []
        for number in content {
            let element = outline.elements[number]
            let isInBody =
                body != nil || !bodyNodes.isEmpty || (outline.firstLooseText ?? end) < element.start.lowerBound
            if element.name == "head", head == nil, !isInBody {
                head = element
                headNodes += nodes(inside: number)
            } else if element.name == "body", body == nil {
                body = element
                bodyNodes += nodes(inside: number)
            } else if HTMLTags.metadata.contains(element.name), !isInBody {
                headNodes.append(node(number))
            } else if isInBody || !element.start.isEmpty {
                bodyNodes.append(node(number))
            }
        }
        let stop = outline.contentEnd ?? html.map { outline.elements[$0].inner.upperBound } ?? end
        let bodyStart = min(bodyNodes.first?.range.lowerBound ?? stop, outline.firstLooseText ?? stop)
        var bodyTags = body ?? added("body", over: bodyStart..<stop)
        if body == nil, let end = outline.bodyEnd { bodyTags.end = end }
        let headStart = headNodes.first?.range.lowerBound ?? bodyTags.start.lowerBound
        let headTags = head ?? added("head", over: headStart..<(headNodes.last?.range.upperBound ?? headStart))
        let both = [Node(tags: headTags, children: headNodes), Node(tags: bodyTags, children: bodyNodes)]
        let htmlStart = min(headTags.start.lowerBound, bodyTags.start.lowerBound)
        return Node(
            tags: html.map { outline.elements[$0] } ?? added("html", over: htmlStart..<end), children: both)
    }

    // MARK: Elements

    private func node(_ number: Int) -> Node { Node(tags: outline.elements[number], children: nodes(inside: number)) }

    private func nodes(inside number: Int) -> [Node] {
        // What a template holds belongs to no document.
        let name = outline.elements[number].name
        let inside = name == "template" ? [] : (children[number] ?? []).map { node($0) }
        switch name {
        case "table":
            let rows = wrapped(wrapped(inside, ["td", "th"], in: "tr"), ["tr"], in: "tbody")
            return wrapped(rows, ["col"], in: "colgroup")
        case "tbody", "thead", "tfoot": return wrapped(inside, ["td", "th"], in: "tr")
        default: return inside
        }
    }

    // Puts runs of nodes of these names into an element that a browser adds.
    private func wrapped(_ nodes: [Node], _ names: Set<String>, in wrapper: String) -> [Node] {
        var result: [Node] = []
        var run: [Node] = []
        func finish() {
            if let first = run.first, let last = run.last {
                result.append(
                    Node(
                        tags: added(wrapper, over: first.range.lowerBound..<last.range.upperBound), children: run))
            }
            run = []
        }
        for node in nodes {
            let staysInside = !run.isEmpty && ["script", "style", "template"].contains(node.tags.name)
            if names.contains(node.tags.name) || staysInside {
                run.append(node)
            } else {
                finish()
                result.append(node)
            }
        }
        finish()
        return result
    }

    private func added(_ name: String, over range: Range<Int>) -> HTMLOutline.Element {
        HTMLOutline.Element(
            name: name, start: range.lowerBound..<range.lowerBound, attributes: [], inner: range,
            end: range.upperBound..<range.upperBound, isEmpty: false, parent: nil)
    }
}
