// The user's own components: a list of names, properties and examples. A region of a page that is built like the
// example becomes a use; the component itself is the user's and is never written.
import Foundation

/// Why a list of components cannot be used.
public enum GivenComponentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text is no JSON of the right kind; what was expected where, and what was found.
    case notAList(reason: String)
    /// A name that is no component's name: it must begin with a capital letter and go on with letters and digits.
    case invalidName(String)
    /// Two components of one name.
    case nameTaken(String)
    /// A property's name that is no identifier, or is given twice.
    case invalidProperty(component: String, property: String)
    /// An example that is not one element.
    case exampleIsNoElement(component: String)
    /// A property that has no place in the example.
    case propertyHasNoPlace(component: String, property: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .notAList(let reason): "the list of components cannot be read: \(reason)"
        case .invalidName(let name):
            "\"\(name)\" is no name of a component: a capital letter was expected, then letters and digits"
        case .nameTaken(let name): "two components have the name \(name)"
        case .invalidProperty(let component, let property):
            "\"\(property)\" of \(component) is no name of a property, or is there twice"
        case .exampleIsNoElement(let component): "the example of \(component) is not one element of HTML"
        case .propertyHasNoPlace(let component, let property):
            "the property \(property) of \(component) has no place in the example: \"{\(property)}\", an attribute of "
                + "that name, or a text was expected"
        }
    }
}

/// A component of the user's own.
public struct GivenComponent: Sendable, Equatable, Codable {
    /// As code spells it: `PrimaryButton`.
    public var name: String
    /// Its properties.
    public var properties: [String]
    /// One element of HTML that the component stands for. Where `{property}` stands, in a text or as the value of an
    /// attribute, is the property's place. A property without such a place has the attribute of its name; the others
    /// have the texts, in order.
    public var example: String

    /// Describes a component; `list(reading:)` and `check(_:)` say whether it can be used.
    public init(name: String, properties: [String], example: String) {
        self.name = name
        self.properties = properties
        self.example = example
    }

    /// Reads a list: `[{"name": "StatCard", "properties": ["label", "value"], "example": "<div …>…</div>"}]`.
    public static func list(reading bytes: [UInt8]) throws(GivenComponentError) -> [GivenComponent] {
        let list: [GivenComponent]
        do {
            list = try JSONDecoder().decode([GivenComponent].self, from: Data(bytes))
        } catch let error as DecodingError {
            throw .notAList(reason: Self.words(error))
        } catch {
            throw .notAList(reason: "\(error)")
        }
        try check(list)
        return list
    }

    /// Checks names, properties and examples.
    public static func check(_ list: [GivenComponent]) throws(GivenComponentError) {
        var names: Set<String> = []
        for component in list {
            guard component.name.first?.isUppercase == true, isWord(component.name) else {
                throw .invalidName(component.name)
            }
            guard names.insert(component.name).inserted else { throw .nameTaken(component.name) }
            var properties: Set<String> = []
            for property in component.properties {
                guard isWord(property), properties.insert(property).inserted else {
                    throw .invalidProperty(component: component.name, property: property)
                }
            }
            guard let template = GivenTemplate(component) else {
                throw .exampleIsNoElement(component: component.name)
            }
            if let property = template.missing.first {
                throw .propertyHasNoPlace(component: component.name, property: property)
            }
        }
    }

    private static func isWord(_ name: String) -> Bool {
        name.first?.isLetter == true && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath)) has no \"\(key.stringValue)\""
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(place(context.codingPath)): \(context.debugDescription)"
        case .dataCorrupted(let context): context.debugDescription
        @unknown default: "\(error)"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        let words = path.map { $0.intValue.map { "component \($0 + 1)" } ?? $0.stringValue }
        return words.isEmpty ? "the list" : words.joined(separator: ", ")
    }
}

/// A given component's example, with holes for its properties.
struct GivenTemplate {
    let root: TreeNode
    /// Properties that found no place.
    let missing: [String]
    private let properties: [String]

    /// Reads an example; nil when it is not one element.
    init?(_ component: GivenComponent) {
        properties = component.properties
        let page = PageDraft(
            SiteInput(
                path: "", name: "", html: component.example, assets: [], elements: [], width: 0, height: 0,
                picture: { throw GivenComponentError.exampleIsNoElement(component: component.name) }),
            number: 0, slug: "")
        let elements = page.body.children
        guard elements.count == 1, let root = elements.first, root.isElement else { return nil }
        root.visit { $0.page = nil }
        self.root = root
        missing = Self.dig(component.properties, in: root)
    }

    // Makes the holes; the properties that found no place.
    private static func dig(_ properties: [String], in root: TreeNode) -> [String] {
        var left = properties
        func take(_ property: String) -> SiteText {
            left.removeAll { $0 == property }
            return .property(property)
        }
        let nodes = root.all
        for node in nodes {
            if let words = node.text?.plain, let property = marked(words, among: properties) {
                node.text = take(property)
            }
            for index in node.attributes.indices {
                guard let words = node.attributes[index].value?.plain else { continue }
                if let property = marked(words, among: properties) {
                    node.attributes[index].value = take(property)
                } else if left.contains(node.attributes[index].name) {
                    node.attributes[index].value = take(node.attributes[index].name)
                }
            }
        }
        for node in nodes where node.text?.plain != nil {
            guard let property = left.first else { break }
            node.text = take(property)
        }
        return left
    }

    private static func marked(_ words: String, among properties: [String]) -> String? {
        let trimmed = words.trimmed
        return properties.first { trimmed == "{\($0)}" || trimmed == "{{\($0)}}" }
    }

    /// What a region puts into the properties; nil when it is not built like the example.
    func values(of region: TreeNode) -> [String]? {
        var values: [String: String] = [:]
        guard Self.match(root, region, &values) else { return nil }
        return properties.map { values[$0] ?? "" }
    }

    // The same tags, the example's classes among the region's, and the same words where the example has no hole.
    private static func match(_ example: TreeNode, _ region: TreeNode, _ values: inout [String: String]) -> Bool {
        if let text = example.text {
            guard let words = region.text?.plain else { return false }
            return note(words, for: text, &values)
        }
        guard region.isElement, example.tag == region.tag, example.children.count == region.children.count else {
            return false
        }
        for attribute in example.attributes {
            if attribute.name == "class", attribute.value?.plain != nil {
                guard Set(example.classes).isSubset(of: region.classes) else { return false }
            } else if case .property? = attribute.value, let hole = attribute.value {
                guard note(region[attribute.name] ?? "", for: hole, &values) else { return false }
            }
        }
        return zip(example.children, region.children).allSatisfy { match($0, $1, &values) }
    }

    private static func note(_ words: String, for text: SiteText, _ values: inout [String: String]) -> Bool {
        switch text {
        case .plain(let expected): return expected == words
        case .property(let name):
            if let known = values[name] { return known == words }
            values[name] = words
            return true
        }
    }
}
