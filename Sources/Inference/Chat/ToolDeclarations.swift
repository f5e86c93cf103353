// The text that tells the model which tools it may call: a TypeScript namespace with one type a tool, or the tools as
// JSON, where the model's layout has them so or a schema has no such form. Keys are sorted first, so the order in which
// a caller wrote a schema never changes the prompt.

/// Writes tool declarations.
enum ToolDeclarations {
    /// The declaration of `tools`, at least one.
    ///
    /// Throws `EngineError.unsupported` when a tool's parameters are not JSON, or not an object.
    static func text(_ tools: [Tool], _ declaration: ChatForm.Tools.Declaration) throws(EngineError) -> String {
        var schemas: [JSONValue] = []
        for tool in tools { schemas.append(try parameters(of: tool)) }
        switch declaration {
        case .json(let spacing): return json(tools, schemas).text(spacing)
        case .typeScript:
            do {
                var functions: [String] = []
                for (tool, schema) in zip(tools, schemas) { functions.append(try function(tool, schema)) }
                return "# Tools\n\n## functions\nnamespace functions {\n" + functions.joined(separator: "\n") + "\n}\n"
            } catch {
                return json(tools, schemas).text(.compact)
            }
        }
    }

    /// The tools as OpenAI's function objects, keys in order.
    private static func json(_ tools: [Tool], _ schemas: [JSONValue]) -> JSONValue {
        .array(
            zip(tools, schemas).map { tool, schema in
                .object([
                    .init(
                        "function",
                        .object([
                            .init("description", .string(tool.description)), .init("name", .string(tool.name)),
                            .init("parameters", schema),
                        ])),
                    .init("type", .string("function")),
                ])
            })
    }

    /// The schema of a tool's arguments, its keys in order.
    static func parameters(of tool: Tool) throws(EngineError) -> JSONValue {
        let schema: JSONValue
        do {
            schema = try JSONValue(parsing: tool.parameters)
        } catch {
            throw .unsupported("the parameters of tool \(tool.name) are not JSON: \(error)")
        }
        guard case .object = schema else {
            throw .unsupported("the parameters of tool \(tool.name) are \(schema.kindName), not a JSON Schema object")
        }
        return schema.sortedByKey
    }

    /// One tool: the interfaces that it refers to, its description, its type.
    private static func function(_ tool: Tool, _ schema: JSONValue) throws(SchemaError) -> String {
        var reader = SchemaReader()
        let shape = try reader.objectShape(schema)
        var parts: [String] = []
        let parameters: String
        if reader.refersToRoot {
            let fields = shape.fields.map { text($0, indent: step) }.joined(separator: fieldSeparator)
            parts.append("interface \(SchemaReader.rootName) {" + (fields.isEmpty ? "" : "\n\(fields)\n") + "}")
            parameters = SchemaReader.rootName
        } else {
            parameters = text(shape, indent: "")
        }
        for definition in reader.definitions {
            let type = try reader.type(definition.value)
            var interface = ""
            if case .string(let description)? = definition.value["description"], !description.isEmpty {
                interface = comment(description, indent: "") + "\n"
            }
            parts.append(interface + "interface \(definition.key) \(text(type, indent: ""))")
        }
        if !tool.description.isEmpty { parts.append(comment(tool.description, indent: "")) }
        parts.append("type \(tool.name) = (_: \(parameters)) => any;")
        return parts.joined(separator: "\n")
    }

    // MARK: Types as text

    private static let step = "  "
    private static let fieldSeparator = ",\n"

    private static func text(_ type: SchemaType, indent: String) -> String {
        switch type.form {
        case .name(let name): return name
        case .object(let shape): return text(shape, indent: indent)
        case .anyOf(let types): return types.map { text($0, indent: indent) }.joined(separator: " | ")
        case .array(let item):
            let comments = commentLines(item, indent: indent + step)
            guard !comments.isEmpty else { return "Array<\(text(item, indent: indent))>" }
            return "Array<\n\(comments)\(indent)\(step)\(text(item, indent: indent + step))\n\(indent)>"
        }
    }

    /// Required fields first, each group by name, then the type of all other keys.
    private static func text(_ shape: ObjectShape, indent: String) -> String {
        let inner = indent + step
        let byName = shape.fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        var fields = (byName.filter { !$0.isOptional } + byName.filter(\.isOptional)).map { text($0, indent: inner) }
        if let others = shape.others { fields.append("\(inner)[k: string]: \(text(others, indent: inner))") }
        return fields.isEmpty ? "{}" : "{\n" + fields.joined(separator: fieldSeparator) + "\n\(indent)}"
    }

    private static func text(_ field: ObjectShape.Field, indent: String) -> String {
        var lines = commentLines(field.type, indent: indent)
        if let value = field.defaultValue { lines += "\(indent)// Default: \(value)\n" }
        return lines + "\(indent)\(field.name)\(field.isOptional ? "?" : ""): \(text(field.type, indent: indent))"
    }

    // MARK: Comments

    /// The comment lines above a type, each with its line end; empty when it has none.
    private static func commentLines(_ type: SchemaType, indent: String) -> String {
        var lines = type.description.isEmpty ? "" : comment(type.description, indent: indent) + "\n"
        if !type.constraints.isEmpty { lines += "\(indent)// \(type.constraints.joined(separator: ", "))\n" }
        return lines
    }

    /// Every line behind `// `; empty lines stay empty.
    private static func comment(_ text: String, indent: String) -> String {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "\(indent)// \(Substring($0))" }
            .joined(separator: "\n")
    }
}
