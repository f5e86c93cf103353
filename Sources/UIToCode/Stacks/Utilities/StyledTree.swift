// A site as a stylesheet sees it: every element that is written once, and every place where it is shown, components written
// out. Elements get new classes where they are written; rules are held against the places.

/// A site's elements and their places.
struct StyledTree {
    /// An element shown on a page.
    struct Placed {
        var element: StyledElement
        var page: String
    }

    /// Every element as it is written, in order; its number is its place here.
    private(set) var definitions: [WrittenElement] = []
    /// By number: where it is shown. An element of a component that no page uses has none.
    private(set) var places: [[Placed]] = []
    private var bodies: [WrittenElement] = []
    private var components: [String: WrittenElement] = [:]
    // Held, since elements know those above them only weakly.
    private var roots: [StyledElement] = []

    init(_ site: Site) {
        for component in site.components { components[component.name] = written(component.root) }
        for page in site.pages {
            bodies.append(
                written(SiteElement(tag: "body", attributes: page.attributes, children: page.children)))
        }
        places = Array(repeating: [], count: definitions.count)
        for (page, body) in zip(site.pages, bodies) {
            let root = StyledElement(tag: "html", attributes: ["lang": "en"])
            root.add(StyledElement(tag: "head", attributes: [:]))
            roots.append(root)
            show(body, values: nil, in: root, page: page.slug)
        }
    }

    private mutating func written(_ element: SiteElement) -> WrittenElement {
        let result = WrittenElement(number: definitions.count, element)
        definitions.append(result)
        result.children = element.children.map { child in
            switch child {
            case .element(let inner): .element(written(inner))
            case .text, .use: .other(child)
            }
        }
        return result
    }

    private mutating func show(
        _ written: WrittenElement, values: [String: String]?, in parent: StyledElement, page: String
    ) {
        let element = StyledElement(tag: written.tag, attributes: written.attributes(values ?? [:]))
        parent.add(element)
        places[written.number].append(Placed(element: element, page: page))
        for child in written.children {
            switch child {
            case .element(let inner): show(inner, values: values, in: element, page: page)
            case .other(.use(let use)):
                if let component = components[use.component] {
                    show(component, values: use.values, in: element, page: page)
                }
            case .other: continue
            }
        }
    }

    /// The site with the classes that were set.
    func site(_ site: Site) -> Site {
        var result = site
        for index in site.components.indices {
            if let root = components[site.components[index].name] { result.components[index].root = root.siteElement }
        }
        for index in site.pages.indices {
            let body = bodies[index].siteElement
            result.pages[index].bodyAttributes = body.attributes
            result.pages[index].children = body.children
        }
        return result
    }
}

/// An element where it is written.
final class WrittenElement {
    enum Child {
        case element(WrittenElement)
        case other(SiteNode)
    }

    let number: Int
    private var element: SiteElement
    fileprivate(set) var children: [Child] = []

    fileprivate init(number: Int, _ element: SiteElement) {
        self.number = number
        self.element = element
    }

    var tag: String { element.tag }

    /// Whether its classes come with each use, so that no class can be given to it.
    var hasOpenClass: Bool {
        element.attributes.contains { attribute in
            guard attribute.name == "class", case .property = attribute.value else { return false }
            return true
        }
    }

    /// Its classes as they are written, in plain text.
    var classes: [String] { (plain("class") ?? "").split(whereSeparator: \.isWhitespace).map(String.init) }

    /// Its own style in plain text; nil when there is none, or it comes with each use.
    var style: String? { plain("style") }

    private func plain(_ name: String) -> String? {
        guard let attribute = element.attributes.first(where: { $0.name == name }),
            case .plain(let value) = attribute.value
        else { return nil }
        return HTMLText.unescaped(value)
    }

    /// Attributes in plain text, with values in their holes.
    func attributes(_ values: [String: String]) -> [String: String] {
        var result: [String: String] = [:]
        for attribute in element.attributes {
            switch attribute.value {
            case .plain(let value): result[attribute.name] = HTMLText.unescaped(value)
            case .property(let name): result[attribute.name] = HTMLText.unescaped(values[name] ?? "")
            case nil: result[attribute.name] = ""
            }
        }
        return result
    }

    /// Gives it classes in place of those it had, and takes its own style away unless that stays.
    func setClasses(_ names: [String], keepsStyle: Bool) {
        if style != nil, !keepsStyle, !hasOpenClass { element.attributes.removeAll { $0.name == "style" } }
        guard !hasOpenClass else { return }
        let value = SiteText.plain(HTMLText.escaped(names.joined(separator: " ")))
        if let index = element.attributes.firstIndex(where: { $0.name == "class" }) {
            if names.isEmpty { element.attributes.remove(at: index) } else { element.attributes[index].value = value }
        } else if !names.isEmpty {
            element.attributes.insert(SiteElement.Attribute(name: "class", value: value), at: 0)
        }
    }

    /// The element with all it holds.
    var siteElement: SiteElement {
        var result = element
        result.children = children.map { child in
            switch child {
            case .element(let inner): .element(inner.siteElement)
            case .other(let node): node
            }
        }
        return result
    }
}
