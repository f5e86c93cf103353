// JSON Schema read as the types that a TypeScript declaration can say.
// Accepts what K2.5's declarations know: bool, `$ref` to `#` or `#/$defs/NAME`, anyOf, enum, type, the empty schema,
// in this order of precedence. Everything else (oneOf, allOf, const alone, foreign references, enums that break
// their type) is a `SchemaError`: the tools are then declared as JSON.

/// A schema that has no TypeScript form.
struct SchemaError: Error {
    /// What stood in the way.
    var reason: String
}

/// A type with what its comments say.
struct SchemaType {
    /// For people; empty when there is none.
    var description = ""
    /// Limits on the value, `name: value`, sorted by name.
    var constraints: [String] = []
    var form: Form

    /// What the type looks like.
    indirect enum Form {
        /// Written as it stands: a scalar, a union of literals, a reference.
        case name(String)
        case object(ObjectShape)
        case array(SchemaType)
        case anyOf([SchemaType])
    }
}

/// The fields of an object type.
struct ObjectShape {
    /// One property.
    struct Field {
        var name: String
        var type: SchemaType
        var isOptional: Bool
        /// As the comment says it; nil when there is no default.
        var defaultValue: String?
    }

    /// In the order of the schema.
    var fields: [Field] = []
    /// The type of properties that are not listed; nil when the schema does not say.
    var others: SchemaType?
}

/// Reads schemas, and keeps the definitions that they bring and refer to.
struct SchemaReader {
    /// `$defs` met so far, in order.
    private(set) var definitions: [JSONValue.Member] = []
    /// Whether a `$ref` to `#` was met.
    private(set) var refersToRoot = false

    /// The name of the interface that `#` refers to.
    static let rootName = "parameters"

    /// Reads any schema.
    mutating func type(_ schema: JSONValue) throws(SchemaError) -> SchemaType {
        if case .bool(let allowed) = schema { return SchemaType(form: .name(allowed ? "any" : "null")) }
        guard case .object(let members) = schema else { throw SchemaError(reason: "\(schema.kindName) as a schema") }
        if let reference = schema["$ref"] { return try referenced(by: reference, schema) }
        if let choices = schema["anyOf"] {
            let types = try items(choices, of: "anyOf").map { item throws(SchemaError) in try type(item) }
            return SchemaType(description: try description(schema), form: .anyOf(types))
        }
        if let values = schema["enum"] { return try enumeration(values, schema) }
        switch schema["type"] {
        case .array(let names)?: return try union(names, schema)
        case .string("object")?: return try object(schema)
        case .string("array")?: return try array(schema)
        case .string(let name)?: return try scalar(name, schema)
        case let other?: throw SchemaError(reason: "\(other.kindName) as a type")
        case nil:
            guard members.isEmpty else { throw SchemaError(reason: "a schema without a type") }
            return SchemaType(form: .name("any"))
        }
    }

    /// Reads an object's schema: its definitions, its fields, and what else it may hold.
    mutating func objectShape(_ schema: JSONValue) throws(SchemaError) -> ObjectShape {
        if case .object(let added)? = schema["$defs"] { register(added) }
        var shape = ObjectShape()
        switch schema["additionalProperties"] {
        case nil, .null?: break
        case .bool(let allowed)?: shape.others = SchemaType(form: .name(allowed ? "any" : "never"))
        case let other?: shape.others = try type(other)
        }
        guard let properties = schema["properties"] else { return shape }
        guard case .object(let members) = properties else {
            throw SchemaError(reason: "\(properties.kindName) as properties")
        }
        let required = try schema["required"].map { value throws(SchemaError) in try items(value, of: "required") }
        for member in members {
            let isRequired = required?.contains(.string(member.key)) ?? false
            let defaultValue = member.value["default"].flatMap { $0 == .null ? nil : Self.defaultText($0) }
            shape.fields.append(
                ObjectShape.Field(
                    name: member.key, type: try type(member.value), isOptional: !isRequired, defaultValue: defaultValue)
            )
        }
        return shape
    }

    // MARK: Forms

    private mutating func object(_ schema: JSONValue) throws(SchemaError) -> SchemaType {
        SchemaType(description: try description(schema), form: .object(try objectShape(schema)))
    }

    private mutating func array(_ schema: JSONValue) throws(SchemaError) -> SchemaType {
        let item: SchemaType
        switch schema["items"] {
        case nil, .null?, .bool(false)?, .object([])?, .array([])?: item = SchemaType(form: .name("any"))
        case let schema?: item = try type(schema)
        }
        return SchemaType(
            description: try description(schema), constraints: try constraints(["maxItems", "minItems"], schema),
            form: .array(item))
    }

    private func scalar(_ name: String, _ schema: JSONValue) throws(SchemaError) -> SchemaType {
        let limits: [String] =
            switch name {
            case "string": ["maxLength", "minLength", "pattern"]
            case "number", "integer": ["maximum", "minimum"]
            default: []
            }
        return SchemaType(
            description: try description(schema), constraints: try constraints(limits, schema),
            form: .name(name == "integer" ? "number" : name))
    }

    private func union(_ names: [JSONValue], _ schema: JSONValue) throws(SchemaError) -> SchemaType {
        var forms: [String] = []
        for name in names {
            switch name {
            case .string(let scalar) where ["string", "number", "boolean", "null"].contains(scalar):
                forms.append(scalar)
            case .string("integer"): forms.append("number")
            case .string("object"): forms.append("{}")
            case .string("array"): forms.append("Array<any>")
            default: throw SchemaError(reason: "\(name.text(.spaced)) in a list of types")
            }
        }
        return SchemaType(description: try description(schema), form: .name(forms.joined(separator: " | ")))
    }

    private mutating func referenced(by reference: JSONValue, _ schema: JSONValue) throws(SchemaError) -> SchemaType {
        let prefix = "#/$defs/"
        guard case .string(let target) = reference else { throw SchemaError(reason: "a reference that is no string") }
        let name: String
        if target == "#" {
            refersToRoot = true
            name = Self.rootName
        } else {
            name = String(target.split(separator: "/", omittingEmptySubsequences: false).last ?? "")
            guard target.hasPrefix(prefix), definitions.contains(where: { $0.key == name }) else {
                throw SchemaError(reason: "a reference to \(target)")
            }
        }
        return SchemaType(description: try description(schema), form: .name(name))
    }

    private mutating func register(_ added: [JSONValue.Member]) {
        for member in added {
            if let place = definitions.firstIndex(where: { $0.key == member.key }) {
                definitions[place] = member
            } else {
                definitions.append(member)
            }
        }
    }

    // MARK: Enumerations

    private func enumeration(_ values: JSONValue, _ schema: JSONValue) throws(SchemaError) -> SchemaType {
        let values = try items(values, of: "enum")
        if let type = schema["type"] { try check(values, against: type) }
        let literals = values.map { value in
            if case .string(let text) = value { "\"\(text)\"" } else { Self.pythonText(value) }
        }
        return SchemaType(description: try description(schema), form: .name(literals.joined(separator: " | ")))
    }

    /// A declared type binds the values of an enum; null is always allowed.
    private func check(_ values: [JSONValue], against type: JSONValue) throws(SchemaError) {
        var name = type
        if case .array(let names) = type {
            switch names.count {
            case 1: name = names[0]
            case 2 where names.contains(.string("null")): name = names[names[0] == .string("null") ? 1 : 0]
            default: throw SchemaError(reason: "an enum of several types")
            }
        }
        for value in values where value != .null {
            let fits =
                switch (name, value) {
                case (.string("string"), .string), (.string("number"), .number), (.string("number"), .bool),
                    (.string("integer"), .bool), (.string("boolean"), .bool):
                    true
                case (.string("integer"), .number(let digits)): !digits.contains { ".eE".contains($0) }
                case (.string("string"), _), (.string("number"), _), (.string("integer"), _), (.string("boolean"), _):
                    false
                default: true
                }
            guard fits else { throw SchemaError(reason: "\(value.text(.spaced)) in an enum of another type") }
        }
    }

    // MARK: Comments

    private func description(_ schema: JSONValue) throws(SchemaError) -> String {
        switch schema["description"] {
        case nil, .null?: return ""
        case .string(let text)?: return text
        case let other?: throw SchemaError(reason: "\(other.kindName) as a description")
        }
    }

    private func constraints(_ names: [String], _ schema: JSONValue) throws(SchemaError) -> [String] {
        var lines: [String] = []
        for name in names {
            switch schema[name] {
            case nil: continue
            case .string(let text)?: lines.append("\(name): \(text)")
            case .array?, .object?: throw SchemaError(reason: "\(name) that is no scalar")
            case let value?: lines.append("\(name): \(Self.pythonText(value))")
            }
        }
        return lines
    }

    private func items(_ value: JSONValue, of key: String) throws(SchemaError) -> [JSONValue] {
        guard case .array(let items) = value else { throw SchemaError(reason: "\(value.kindName) as \(key)") }
        return items
    }

    /// A default as its comment says it: booleans and numbers as Python prints them, the rest as JSON.
    private static func defaultText(_ value: JSONValue) -> String {
        switch value {
        case .bool, .number: pythonText(value)
        default: value.text(.spaced)
        }
    }

    /// A value as Python's `str` prints it.
    private static func pythonText(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        default: value.text(.spaced)
        }
    }
}
