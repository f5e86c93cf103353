// Several regions of one shape → one template. What is equal in all of them stays; what differs becomes a property,
// named after the element it stands in: `title` in a heading, `label` in a link, `src` for an address. Two places that
// always say the same share one property.

/// A template and what each region puts into it.
struct ComponentTemplate {
    let root: TreeNode
    let properties: [String]
    /// For each region the values in the order of the properties; markup-escaped.
    let values: [[String]]

    /// Lays regions of one shape over each other.
    init(_ regions: [TreeNode]) {
        var weaver = TemplateWeaver(count: regions.count)
        root = weaver.weave(regions, below: nil)
        properties = weaver.properties.map(\.name)
        values = regions.indices.map { index in weaver.properties.map { $0.values[index] } }
    }

    /// Notes for every node of a region which node of the template is written in its stead.
    static func trace(_ region: TreeNode, to template: TreeNode) {
        region.writtenAs = template
        for (child, twin) in zip(region.children, template.children) { trace(child, to: twin) }
    }
}

private struct TemplateWeaver {
    struct Property {
        let name: String
        /// What it is for: `text`, or an attribute's name.
        let purpose: String
        let values: [String]
    }

    let count: Int
    private(set) var properties: [Property] = []

    init(count: Int) { self.count = count }

    mutating func weave(_ nodes: [TreeNode], below parent: TreeNode?) -> TreeNode {
        if let use = nodes[0].use { return TreeNode(use: use, page: nil) }
        if nodes[0].text != nil {
            return TreeNode(text: value(nodes.map { $0.text?.plain ?? "" }, purpose: "text", of: parent))
        }
        let node = TreeNode(tag: nodes[0].tag)
        for name in Self.attributeNames(of: nodes) {
            let found = nodes.map { node in node.attributes.first { $0.name == name } }
            if found.allSatisfy({ $0 == found[0] }), let attribute = found[0] {
                node.attributes.append(attribute)
            } else {
                let values = found.map { $0?.value?.plain ?? "" }
                let isRootClass = parent == nil && name == "class"
                let hole = value(values, purpose: name, of: isRootClass ? nil : nodes[0])
                node.attributes.append(SiteElement.Attribute(name: name, value: hole))
            }
        }
        for index in nodes[0].children.indices {
            node.append(weave(nodes.map { $0.children[index] }, below: nodes[0]))
        }
        return node
    }

    private static func attributeNames(of nodes: [TreeNode]) -> [String] {
        var names: [String] = []
        for attribute in nodes.flatMap(\.attributes) where !names.contains(attribute.name) {
            names.append(attribute.name)
        }
        return names
    }

    // What names an element by its id.
    private static let references: Set<String> = ["for", "aria-labelledby", "aria-describedby", "aria-controls"]

    private mutating func value(_ values: [String], purpose: String, of element: TreeNode?) -> SiteText {
        if values.allSatisfy({ $0 == values[0] }) { return .plain(values[0]) }
        let purpose = Self.references.contains(purpose) ? "id" : purpose
        if let known = properties.first(where: { $0.purpose == purpose && $0.values == values }) {
            return .property(known.name)
        }
        let wanted = PropertyName.name(purpose: purpose, of: element)
        var name = wanted
        var number = 2
        while properties.contains(where: { $0.name == name }) {
            name = "\(wanted)\(number)"
            number += 1
        }
        properties.append(Property(name: name, purpose: purpose, values: values))
        return .property(name)
    }
}

/// What properties are called.
enum PropertyName {
    /// A name for a text or an attribute of an element; lower camel case.
    ///
    /// - Parameter element: nil for the class of the region itself.
    static func name(purpose: String, of element: TreeNode?) -> String {
        guard let element else { return camelCase(purpose) }
        switch purpose {
        case "text": return text(in: element)
        case "class": return word(for: element) + "Class"
        case "style": return word(for: element) + "Style"
        default: return camelCase(purpose)
        }
    }

    private static func text(in element: TreeNode) -> String {
        let classes = Set(element.classes.map(String.init))
        if !classes.isDisjoint(with: ["badge", "tag", "chip"]) { return "badge" }
        if !classes.isDisjoint(with: ["big", "value", "price", "amount"]) { return "value" }
        if !classes.isDisjoint(with: ["muted", "small", "caption", "hint", "subtitle"]) { return "detail" }
        switch element.tag {
        case "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "summary", "figcaption": return "title"
        case "a", "button", "label": return "label"
        case "td", "th": return "cell"
        case "time": return "time"
        default: return "text"
        }
    }

    private static func word(for element: TreeNode) -> String {
        switch element.tag {
        case "a": "link"
        case "button": "button"
        case "img": "image"
        case "i", "svg": "icon"
        case "li": "item"
        case "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong": "title"
        case "p", "span", "em", "small": "text"
        case "input", "select", "textarea": "field"
        default: "box"
        }
    }

    private static func camelCase(_ name: String) -> String {
        let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        guard let first = words.first else { return "value" }
        let joined = first.lowercased() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        let renamed = ["id": "identifier", "class": "variant", "type": "kind", "key": "keyName", "ref": "reference"]
        return renamed[joined] ?? (joined.first?.isLetter == true ? joined : "value")
    }
}

extension SiteText {
    /// What a plain text says; nil for a property.
    var plain: String? {
        if case .plain(let words) = self { words } else { nil }
    }
}
