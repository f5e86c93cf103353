// A schema inside of a schema, known by where it stands, and its keywords by the types that they must have.
import Foundation

/// A subschema.
struct SchemaPlace: Sendable {
    /// A JSON pointer from the root, `#/properties/name`. Two places with one pointer are the same.
    var pointer: String
    var schema: JSONValue

    /// What a keyword says.
    subscript(key: String) -> JSONValue? { schema[key] }

    /// The subschema behind a keyword.
    func place(_ keyword: String) -> SchemaPlace? {
        schema[keyword].map { SchemaPlace(pointer: "\(pointer)/\(keyword)", schema: $0) }
    }

    /// The subschemas in a keyword's array or object; nil when it is missing or of another type.
    func places(_ keyword: String) -> [(key: String, place: SchemaPlace)]? {
        let members: [JSONValue.Member]
        switch schema[keyword] {
        case .array(let items)?: members = items.enumerated().map { JSONValue.Member("\($0)", $1) }
        case .object(let own)?: members = own
        default: return nil
        }
        return members.map { member in
            let key = member.key.replacing("~", with: "~0").replacing("/", with: "~1")
            return (member.key, SchemaPlace(pointer: "\(pointer)/\(keyword)/\(key)", schema: member.value))
        }
    }

    /// Whether every value fits, as far as this place says.
    var isAnything: Bool {
        switch schema {
        case .bool(true): true
        case .object(let members): members.isEmpty
        default: false
        }
    }

    /// The place that a `$ref` names inside of a schema; nil when it names none.
    static func find(_ reference: String, in root: JSONValue) -> SchemaPlace? {
        guard reference.hasPrefix("#") else { return nil }
        var place = SchemaPlace(pointer: "#", schema: root)
        let path = reference.dropFirst()
        guard path.isEmpty || path.hasPrefix("/") else { return nil }
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) where !path.isEmpty {
            guard let decoded = String(part).removingPercentEncoding else { return nil }
            let key = decoded.replacing("~1", with: "/").replacing("~0", with: "~")
            let inside: JSONValue?
            if case .array(let items) = place.schema {
                inside = Int(key).flatMap { items.indices.contains($0) ? items[$0] : nil }
            } else {
                inside = place.schema[key]
            }
            guard let inside else { return nil }
            place = SchemaPlace(pointer: "\(place.pointer)/\(part)", schema: inside)
        }
        return place
    }
}

/// Types of JSON values.
struct JSONKinds: OptionSet {
    let rawValue: Int

    static let null = JSONKinds(rawValue: 1)
    static let boolean = JSONKinds(rawValue: 2)
    static let string = JSONKinds(rawValue: 4)
    static let integer = JSONKinds(rawValue: 8)
    /// Numbers that are no integers.
    static let fraction = JSONKinds(rawValue: 16)
    static let array = JSONKinds(rawValue: 32)
    static let object = JSONKinds(rawValue: 64)
    static let all = JSONKinds(rawValue: 127)

    /// The type of that name in a schema.
    init?(name: String) {
        switch name {
        case "null": self = .null
        case "boolean": self = .boolean
        case "string": self = .string
        case "integer": self = .integer
        case "number": self = [.integer, .fraction]
        case "array": self = .array
        case "object": self = .object
        default: return nil
        }
    }

    init(rawValue: Int) { self.rawValue = rawValue }

    /// The type of a value.
    init(of value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool: self = .boolean
        case .string: self = .string
        case .number(let text): self = DecimalNumber(text)?.fraction.isEmpty ?? false ? .integer : .fraction
        case .array: self = .array
        case .object: self = .object
        }
    }
}
