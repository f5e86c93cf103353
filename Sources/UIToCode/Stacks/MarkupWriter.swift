// A site's tree → markup as a stack spells it, several lines, two spaces a level. A line is broken only where whitespace does
// not show, which depends on the boxes that the stylesheet makes; a component's box is that of its own first element.

/// Writes what pages and components hold.
struct MarkupWriter {
    let syntax: MarkupSyntax
    let names: SiteNames
    let addresses: SiteAddresses
    private let components: [String: SiteComponent]
    private let stylesheet: Stylesheet

    init(_ site: Site, syntax: MarkupSyntax, names: SiteNames, addresses: SiteAddresses) {
        self.syntax = syntax
        self.names = names
        self.addresses = addresses
        components = Dictionary(site.components.map { ($0.name, $0) }) { first, _ in first }
        stylesheet = Stylesheet(site.css + "\n" + site.pages.map(\.css).joined(separator: "\n"))
    }

    // MARK: Whole parts

    /// What a page's body holds.
    func markup(of page: SitePage, indent: Int) -> String {
        let body = SiteElement(tag: "body", attributes: page.bodyAttributes, children: page.children)
        return text(runs(of: body, path: [shallow(body)], place: Place()), path: [shallow(body)], indent: indent)
    }

    /// A component's own element.
    ///
    /// - Parameter above: the elements above it in the page that uses it first, outermost first.
    func markup(of component: SiteComponent, above: [HTMLElement], indent: Int) -> String {
        let place = Place(parent: above.last?.name, component: component.name)
        let lines = lines(.element(component.root), above: above, indent: indent, isItem: true, place: place)
        return lines.joined(separator: "\n")
    }

    /// Attributes as they stand in a start tag, each with a space before it.
    func attributes(_ attributes: [SiteElement.Attribute], of tag: String) -> String {
        attributes.compactMap { attribute($0, of: tag, Place()) }.map { " " + $0 }.joined()
    }

    /// The elements above each component in the page that uses it first.
    func surroundings(of site: Site) -> [String: [HTMLElement]] {
        var found: [String: [HTMLElement]] = [:]
        func walk(_ nodes: [SiteNode], above: [HTMLElement]) {
            for node in nodes {
                switch node {
                case .text: continue
                case .element(let element): walk(element.children, above: above + [shallow(element)])
                case .use(let use):
                    guard found[use.component] == nil, let component = components[use.component] else { continue }
                    found[use.component] = above
                    walk([.element(component.root)], above: above)
                }
            }
        }
        for page in site.pages {
            walk(page.children, above: [shallow(SiteElement(tag: "body", attributes: page.bodyAttributes))])
        }
        return found
    }

    // MARK: Lines

    // Where a node stands: the tag around it, and the component around that.
    private struct Place {
        var parent: String?
        var component: String?
        var isPreformatted = false

        func inside(_ element: SiteElement, isPreformatted: Bool = false) -> Place {
            Place(
                parent: element.tag, component: component,
                isPreformatted: isPreformatted || self.isPreformatted)
        }
    }

    // Part of an element's content that must stay on one line, unless it is a single element that can be opened.
    private struct Run {
        var nodes: [SiteNode] = []
        var flat = ""
        var isBlock = false
        var isItem = false
        var place: Place
    }

    private func text(_ runs: [Run], path: [HTMLElement], indent: Int) -> String {
        lines(runs, path: path, indent: indent).joined(separator: "\n")
    }

    private func lines(_ runs: [Run], path: [HTMLElement], indent: Int) -> [String] {
        runs.flatMap { run in
            if run.nodes.count == 1, case .element = run.nodes[0] {
                return lines(run.nodes[0], above: path, indent: indent, isItem: run.isItem, place: run.place)
            }
            return [String(repeating: " ", count: indent) + run.flat]
        }
    }

    private func lines(
        _ node: SiteNode, above: [HTMLElement], indent: Int, isItem: Bool, place: Place
    ) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let flat = margin + flat(node, above: above, place)
        guard case .element(let element) = node, !omits(element) else { return [flat] }
        let path = above + [shallow(element)]
        let mayOpen =
            (box(of: node, above: above).box != .inline || isItem) && !HTMLTags.void.contains(element.tag)
            && !isPreformatted(path)
        guard mayOpen else { return [flat] }
        let runs = runs(of: element, path: path, place: place.inside(element))
        let isShort = !runs.contains(where: \.isBlock) && flat.count <= HTMLPrinter.lineLength
        guard !runs.isEmpty, !isShort else { return [flat] }
        return [margin + startTag(element, place)] + lines(runs, path: path, indent: indent + 2)
            + ["\(margin)</\(tag(element))>"]
    }

    // Cuts the content where a line break does not show.
    private func runs(of element: SiteElement, path: [HTMLElement], place: Place) -> [Run] {
        let isItemContainer = stylesheet.box(of: path).isItemContainer
        var runs: [Run] = []
        var run = Run(isItem: isItemContainer, place: place)
        func finish() {
            run.flat = run.flat.trimmed
            if !run.flat.isEmpty { runs.append(run) }
            run = Run(isItem: isItemContainer, place: place)
        }
        for child in element.children {
            let isBlock = box(of: child, above: path).box == .block
            if isItemContainer || isBlock { finish() }
            let flat = flat(child, above: path, place)
            if !flat.trimmed.isEmpty { run.nodes.append(child) }
            run.flat += flat
            run.isBlock = isBlock
            if isItemContainer || isBlock { finish() }
        }
        finish()
        return runs
    }

    // The node on one line, whitespace runs folded.
    private func flat(_ node: SiteNode, above: [HTMLElement], _ place: Place) -> String {
        switch node {
        case .text(.plain(let text)):
            guard place.isPreformatted else { return escaped(HTMLText.collapsed(text), syntax.textEscapes) }
            guard let pattern = syntax.preformatted else { return escaped(text, syntax.textEscapes) }
            return pattern.replacing(
                "JSON", with: ScriptText.quotedInMarkup(HTMLText.unescaped(CharacterReferences.resolved(text))))
        case .text(.property(let name)):
            return syntax.textProperty.replacing("PROPERTY", with: property(name, place))
        case .use(let use): return self.use(use, above: above, place)
        case .element(let element):
            guard !omits(element) else { return "" }
            let start = startTag(element, place)
            if HTMLTags.void.contains(element.tag) { return start }
            let path = above + [shallow(element)]
            let place = place.inside(element, isPreformatted: isPreformatted(path))
            let inner = element.children.map { flat($0, above: path, place) }.joined()
            return start + inner + "</\(tag(element))>"
        }
    }

    // MARK: Tags

    private func omits(_ element: SiteElement) -> Bool { syntax.omittedElements.contains(element.tag) }

    private func tag(_ element: SiteElement) -> String { SVGNames.tags[element.tag] ?? element.tag }

    private func startTag(_ element: SiteElement, _ place: Place) -> String {
        let attributes = element.attributes.compactMap { attribute($0, of: element.tag, place) }.map { " " + $0 }
        let end = syntax.closesVoid && HTMLTags.void.contains(element.tag) ? " />" : ">"
        return "<\(tag(element))\(attributes.joined())\(end)"
    }

    private func attribute(_ attribute: SiteElement.Attribute, of tag: String, _ place: Place) -> String? {
        let plain = attribute.name
        guard !syntax.omittedAttributes.contains(where: { Self.matches(plain, $0) }) else { return nil }
        let name =
            syntax.attributeNames["\(tag).\(plain)"] ?? syntax.attributeNames[plain] ?? SVGNames.attributes[plain]
            ?? plain
        if HTMLTags.booleanAttributes.contains(plain) { return name }
        switch attribute.value {
        case .property(let property):
            return syntax.attributeProperty.replacing("NAME", with: name)
                .replacing("PROPERTY", with: self.property(property, place))
        case .plain(let value) where plain == "style" && syntax.style == .object:
            return "\(name)={\(styleObject(addresses.value(value, of: plain)))}"
        case .plain(let value):
            return "\(name)=\"\(escaped(addresses.value(value, of: plain), syntax.attributeEscapes))\""
        case nil: return "\(name)=\"\""
        }
    }

    private func use(_ use: ComponentUse, above: [HTMLElement], _ place: Place) -> String {
        guard let component = components[use.component], let name = names.components[use.component] else { return "" }
        var tag = syntax.componentNames == .identifier ? name.identifier : name.tag
        var attributes: [String] = []
        let isHeld = syntax.use == .spoken && HTMLTags.strictParents.contains(place.parent ?? "")
        if isHeld {
            // A parser throws unknown elements out of tables and choices, but lets templates stand.
            attributes.append("data-component=\"\(tag)\"")
            tag = "template"
        }
        for property in component.properties {
            guard let value = use.values[property] else { continue }
            attributes.append(given(value, for: property, of: component, place))
        }
        let start = "<" + ([tag] + attributes).joined(separator: " ")
        switch syntax.use {
        case .closed: return start + " />"
        case .pair: return start + "></\(tag)>"
        case .spoken:
            let inside = isHeld ? "" : spoken(component, use, above: above, place)
            return start + ">\(inside)</\(tag)>"
        }
    }

    // A property with its value, as it stands in a component's place.
    private func given(_ value: String, for property: String, of component: SiteComponent, _ place: Place) -> String {
        let name = self.property(property, Place(component: component.name))
        let attribute = component.attribute(of: property)
        if attribute == "style", syntax.style == .object {
            return "\(name)={\(styleObject(addresses.value(value, of: "style")))}"
        }
        let address = addresses.value(value, of: attribute ?? "")
        return "\(name)=\"\(escaped(address.replacing("\"", with: "&quot;"), syntax.attributeEscapes))\""
    }

    // What a component says in its place, for readers whose browser does not write it: of the user's own everything, since
    // its script may be absent; of others the words that stand nowhere else.
    private func spoken(
        _ component: SiteComponent, _ use: ComponentUse, above: [HTMLElement], _ place: Place
    ) -> String {
        if component.isGiven {
            return flat(.element(component.root.filled(use.values)), above: above, place)
        }
        let words = component.shownProperties.compactMap { use.values[$0] }.filter { !$0.trimmed.isEmpty }
        return escaped(HTMLText.collapsed(words.joined(separator: " ")), syntax.textEscapes)
    }

    private func property(_ name: String, _ place: Place) -> String {
        guard syntax.propertyNames == .identifier else { return SiteNames.kebab(name) }
        return place.component.flatMap { names.components[$0]?.properties[name] } ?? SiteNames.property(name)
    }

    // MARK: Texts

    private func escaped(_ text: String, _ replacements: [MarkupSyntax.Replacement]) -> String {
        replacements.reduce(CharacterReferences.resolved(text)) { $0.replacing($1.part, with: $1.replacement) }
    }

    // `color: red; --size: 2px` → `{ color: "red", "--size": "2px" }`
    private func styleObject(_ value: String) -> String {
        let members = CSSDeclaration.list(HTMLText.unescaped(CharacterReferences.resolved(value))).map { declaration in
            let value = declaration.value + (declaration.isImportant ? " !important" : "")
            return "\(ScriptText.styleKey(declaration.property)): \(ScriptText.quoted(value))"
        }
        return members.isEmpty ? "{}" : "{ \(members.joined(separator: ", ")) }"
    }

    // `on*` is any name that begins so.
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return name == pattern }
        guard name.hasPrefix(parts[0]) else { return false }
        var rest = name.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }

    // MARK: Boxes

    // The element as stylesheets see it; holes are in no class.
    private func shallow(_ element: SiteElement) -> HTMLElement {
        HTMLElement(
            name: element.tag,
            attributes: element.attributes.map { attribute in
                guard case .plain(let value) = attribute.value else { return HTMLAttribute(name: attribute.name) }
                return HTMLAttribute(name: attribute.name, value: value)
            })
    }

    private func box(of node: SiteNode, above: [HTMLElement]) -> (box: Stylesheet.Box, isItemContainer: Bool) {
        switch node {
        case .text: return (.inline, false)
        case .element(let element): return stylesheet.box(of: above + [shallow(element)])
        case .use(let use):
            guard let component = components[use.component] else { return (.inline, false) }
            return box(of: .element(component.root), above: above)
        }
    }

    private func isPreformatted(_ path: [HTMLElement]) -> Bool {
        HTMLTags.preformatted.contains(path[path.count - 1].name) || stylesheet.keepsSpaces(path)
    }
}

extension SiteComponent {
    /// The attribute that a property is the value of; nil when it stands only in text.
    func attribute(of property: String) -> String? { root.attribute(of: property) }

    /// Properties whose values are shown as text, in order.
    var shownProperties: [String] {
        var shown: [String] = []
        root.collectShown(&shown)
        return shown
    }
}

extension SiteElement {
    fileprivate func attribute(of property: String) -> String? {
        if let found = attributes.first(where: { $0.value == .property(property) }) { return found.name }
        for case .element(let child) in children {
            if let found = child.attribute(of: property) { return found }
        }
        return nil
    }

    fileprivate func collectShown(_ shown: inout [String]) {
        for child in children {
            switch child {
            case .text(.property(let name)) where !shown.contains(name): shown.append(name)
            case .element(let element): element.collectShown(&shown)
            case .text, .use: continue
            }
        }
    }

    /// The element with values in its holes.
    func filled(_ values: [String: String]) -> SiteElement {
        var element = self
        element.attributes = attributes.map { attribute in
            var attribute = attribute
            if case .property(let name) = attribute.value { attribute.value = .plain(values[name] ?? "") }
            return attribute
        }
        element.children = children.map { child in
            switch child {
            case .text(.property(let name)): .text(.plain(values[name] ?? ""))
            case .element(let inner): .element(inner.filled(values))
            case .text, .use: child
            }
        }
        return element
    }
}
