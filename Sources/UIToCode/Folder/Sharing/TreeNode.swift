// The tree that sharing works on: pages and templates as nodes that can be compared, replaced and traced. A node that
// was replaced remembers what stands for it now, so that one can ask of every region of a page where its code went.
import Render

/// A node of a page, or of a component's template.
final class TreeNode {
    /// A component in its place.
    struct Use {
        var component: ComponentDraft
        /// In the order of the component's properties; markup-escaped.
        var values: [String]
    }

    /// Lower-case; empty for texts and uses.
    let tag: String
    var attributes: [SiteElement.Attribute] = []
    /// What a text says; nil for elements and uses.
    var text: SiteText?
    let use: Use?
    private(set) var children: [TreeNode] = []
    private(set) weak var parent: TreeNode?
    /// The page's number; nil in a template.
    var page: Int?
    /// Where its element lies on the page as it was shown.
    var box: Box?
    /// Where the design has it, as far as that is known; else its box.
    var place: Box?
    /// What the design shows there.
    var look: RegionLook?
    /// The letters of a landmark.
    var letters: RegionLetters?
    /// What cutting the design saw of a block; nil for everything else.
    var blockLook: BlockKinds.Look?
    /// What was written in its stead.
    var writtenAs: TreeNode?
    /// Whether it was inside something that was written in another way, so that nothing stands for it now.
    var isGone = false

    init(tag: String, attributes: [SiteElement.Attribute] = [], page: Int? = nil) {
        self.tag = tag
        self.attributes = attributes
        self.page = page
        use = nil
    }

    init(text: SiteText, page: Int? = nil) {
        tag = ""
        self.text = text
        self.page = page
        use = nil
    }

    init(use: Use, page: Int?) {
        tag = ""
        self.use = use
        self.page = page
    }

    var isElement: Bool { !tag.isEmpty }

    func append(_ child: TreeNode) {
        child.parent = self
        children.append(child)
    }

    /// Puts another node in this one's place below its parent.
    func replace(with node: TreeNode) {
        guard let parent, let index = parent.children.firstIndex(where: { $0 === self }) else { return }
        node.parent = parent
        parent.children[index] = node
        self.parent = nil
    }

    /// Calls `body` for this node and every node inside, in document order.
    func visit(_ body: (TreeNode) -> Void) {
        body(self)
        for child in children { child.visit(body) }
    }

    /// This node and all inside, in document order.
    var all: [TreeNode] {
        var nodes: [TreeNode] = []
        visit { nodes.append($0) }
        return nodes
    }

    /// Texts inside, in document order.
    var texts: [TreeNode] { all.filter { $0.text != nil } }

    /// All plain text inside, whitespace runs as one space; texts of blocks apart from each other.
    var innerText: String { HTMLElement(name: "", children: [htmlNode]).innerText }

    /// A plain attribute's value; nil when it is absent, bare or a property.
    subscript(name: String) -> String? {
        guard case .plain(let value)? = attributes.first(where: { $0.name == name })?.value else { return nil }
        return value
    }

    /// Sets an attribute.
    func set(_ name: String, _ value: String) {
        if let index = attributes.firstIndex(where: { $0.name == name }) {
            attributes[index].value = .plain(value)
        } else {
            attributes.append(SiteElement.Attribute(name: name, value: .plain(value)))
        }
    }

    /// Adds a class after those it has.
    func addClass(_ name: String) {
        if !classes.contains(name[...]) { set("class", (classes.map(String.init) + [name]).joined(separator: " ")) }
    }

    /// Takes over an attribute as another node has it, or lacks it.
    func adopt(_ name: String, from other: TreeNode) {
        attributes.removeAll { $0.name == name }
        if let attribute = other.attributes.first(where: { $0.name == name }) { attributes.append(attribute) }
    }

    var classes: [Substring] { self["class"]?.split(whereSeparator: \.isWhitespace) ?? [] }

    /// The elements from the root to this node, each without its children; for matching selectors.
    var path: [HTMLElement] { (parent?.path ?? []) + [shell] }

    /// The element without its children.
    var shell: HTMLElement {
        HTMLElement(
            name: tag,
            attributes: attributes.map { attribute in
                guard case .plain(let value)? = attribute.value else { return HTMLAttribute(name: attribute.name) }
                return HTMLAttribute(name: attribute.name, value: value)
            })
    }

    /// A copy with all inside.
    func copy() -> TreeNode {
        let node: TreeNode
        if let use {
            node = TreeNode(use: use, page: page)
        } else if let text {
            node = TreeNode(text: text, page: page)
        } else {
            node = TreeNode(tag: tag, attributes: attributes, page: page)
        }
        node.box = box
        node.place = place
        node.look = look
        for child in children { node.append(child.copy()) }
        return node
    }

    // Uses and properties are left out: this is for reading texts of pages.
    private var htmlNode: HTMLNode {
        if let text {
            guard case .plain(let words) = text else { return .text("") }
            return .text(words)
        }
        var element = shell
        element.children = children.map(\.htmlNode)
        return .element(element)
    }

    /// The code as it is written, up to what properties are for: texts, and the values of attributes other than `class`
    /// and `style`.
    var form: String {
        if let use { return "<use \(use.component.number)>" }
        if text != nil { return "#" }
        let written = attributes.map { attribute in
            guard ["class", "style"].contains(attribute.name) else { return attribute.name }
            switch attribute.value {
            case .plain(let value)?: return "\(attribute.name)=\"\(value)\""
            case .property(let name)?: return "\(attribute.name)={\(name)}"
            case nil: return attribute.name
            }
        }
        return "<\(([tag] + written.sorted()).joined(separator: " "))>\(children.map(\.form).joined())</>"
    }
}

/// A component while the site is made.
final class ComponentDraft {
    /// Its place in the order of making.
    let number: Int
    let root: TreeNode
    let properties: [String]
    /// How many regions became uses of it directly.
    let useCount: Int
    /// The regions that became uses, for names and places.
    let samples: [TreeNode]
    let isGiven: Bool
    var name: String

    init(
        number: Int, root: TreeNode, properties: [String], samples: [TreeNode], isGiven: Bool = false, name: String = ""
    ) {
        self.number = number
        self.root = root
        self.properties = properties
        self.samples = samples
        self.isGiven = isGiven
        self.name = name
        useCount = samples.count
    }
}
