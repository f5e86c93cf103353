// The TypeScript form of tool declarations, rule by rule; expected texts are written by hand from the rules.
import Inference
import Testing

struct ToolDeclarationTests {
    let tokenizer: Tokenizer
    let template: ChatTemplate

    init() throws {
        tokenizer = try ChatFixtures.tokenizer()
        template = try ChatTemplate(tokenizer)
    }

    /// What the prompt declares for some tools.
    func declaration(_ tools: [Tool]) throws -> String {
        let pieces = try template.render(Conversation([], tools: tools), thinking: true)
        let prompt = pieces.map { piece in if case .tokens(let ids) = piece { tokenizer.decode(ids) } else { "" } }
            .joined()
        let head = "<|im_system|>tool_declare<|im_middle|>"
        let tail = "<|im_end|><|im_assistant|>assistant<|im_middle|><think>"
        #expect(prompt.hasPrefix(head) && prompt.hasSuffix(tail))
        return String(prompt.dropFirst(head.count).dropLast(tail.count))
    }

    /// The lines inside of the namespace for one tool named `f` with these parameters.
    func function(_ parameters: String, description: String = "") throws -> String {
        let text = try declaration([Tool(name: "f", description: description, parameters: parameters)])
        let head = "# Tools\n\n## functions\nnamespace functions {\n"
        let tail = "\n}\n"
        #expect(text.hasPrefix(head) && text.hasSuffix(tail), "\(text)")
        return String(text.dropFirst(head.count).dropLast(tail.count))
    }

    /// The type that a schema of one required field `x` gives.
    func type(_ schema: String) throws -> String {
        let text = try function(#"{"properties": {"x": \#(schema)}, "required": ["x"]}"#)
        let head = "type f = (_: {\n"
        let tail = "\n}) => any;"
        #expect(text.hasPrefix(head) && text.hasSuffix(tail), "\(text)")
        return String(text.dropFirst(head.count).dropLast(tail.count))
    }

    @Test func declaresTheExampleOfTheFormat() throws {
        let delay = Tool(
            name: "delay", description: "Sleep for some milliseconds.",
            parameters: #"""
                {"type": "object", "properties": {"reason": {"type": "string"}, "ms": {"type": "integer", "minimum": 0}},
                 "required": ["ms"]}
                """#)
        #expect(
            try declaration([delay]) == """
                # Tools

                ## functions
                namespace functions {
                // Sleep for some milliseconds.
                type delay = (_: {
                  // minimum: 0
                  ms: number,
                  reason?: string
                }) => any;
                }

                """)
    }

    @Test func severalToolsFollowEachOtherWithoutAnEmptyLine() throws {
        let tools = ["b", "a"].map { Tool(name: $0, description: "", parameters: "{}") }
        #expect(
            try declaration(tools)
                == "# Tools\n\n## functions\nnamespace functions {\ntype b = (_: {}) => any;\ntype a = (_: {}) => any;\n}\n"
        )
    }

    @Test func noToolsAreNotDeclared() throws {
        let pieces = try template.render(Conversation([]), thinking: true)
        #expect(
            pieces.map { piece in if case .tokens(let ids) = piece { tokenizer.decode(ids) } else { "" } }
                == ["<|im_assistant|>assistant<|im_middle|><think>"])
    }

    @Test func everyLineOfADescriptionIsACommentAndEmptyOnesStayEmpty() throws {
        #expect(
            try function("{}", description: "First.\n\n  Third.\r\n")
                == "// First.\n\n//   Third.\r\n\ntype f = (_: {}) => any;")
    }

    @Test(arguments: [
        (#"{"type": "string"}"#, "  x: string"),
        (#"{"type": "integer"}"#, "  x: number"),
        (#"{"type": "number"}"#, "  x: number"),
        (#"{"type": "boolean"}"#, "  x: boolean"),
        (#"{"type": "null"}"#, "  x: null"),
        (#"{"type": "file"}"#, "  x: file"),
        ("{}", "  x: any"),
        ("true", "  x: any"),
        ("false", "  x: null"),
        (#"{"enum": ["a", "b\"c"]}"#, #"  x: "a" | "b"c""#),
        (#"{"type": "string", "enum": ["a", null]}"#, #"  x: "a" | None"#),
        (#"{"enum": [1, 2.50, true, null, "1"]}"#, #"  x: 1 | 2.5 | True | None | "1""#),
        (#"{"type": ["integer", "null"], "enum": [1, null]}"#, "  x: 1 | None"),
        (#"{"anyOf": [{"type": "string"}, {"type": "integer"}, {}]}"#, "  x: string | number | any"),
        (
            #"{"type": ["string", "integer", "object", "array", "null"]}"#,
            "  x: string | number | {} | Array<any> | null"
        ),
        (#"{"type": "array"}"#, "  x: Array<any>"),
        (#"{"type": "array", "items": {}}"#, "  x: Array<any>"),
        (#"{"type": "array", "items": {"type": "integer"}}"#, "  x: Array<number>"),
        (#"{"type": "array", "items": {"type": "array", "items": {"type": "string"}}}"#, "  x: Array<Array<string>>"),
        (
            #"{"type": "array", "items": {"type": "string", "description": "One.\nTwo."}}"#,
            "  x: Array<\n    // One.\n    // Two.\n    string\n  >"
        ),
        (
            #"{"type": "array", "items": {"type": "number", "minimum": 1}}"#,
            "  x: Array<\n    // minimum: 1\n    number\n  >"
        ),
        (#"{"type": "object"}"#, "  x: {}"),
        (#"{"type": "object", "properties": {}}"#, "  x: {}"),
        (#"{"type": "object", "additionalProperties": true}"#, "  x: {\n    [k: string]: any\n  }"),
        (#"{"type": "object", "additionalProperties": false}"#, "  x: {\n    [k: string]: never\n  }"),
        (#"{"type": "object", "additionalProperties": {"type": "integer"}}"#, "  x: {\n    [k: string]: number\n  }"),
        (#"{"type": "object", "additionalProperties": null}"#, "  x: {}"),
        (
            #"{"type": "object", "properties": {"b": {"type": "array", "items": {"type": "object", "properties": {"c": {}}}}}}"#,
            "  x: {\n    b?: Array<{\n      c?: any\n    }>\n  }"
        ),
    ])
    func aSchemaBecomesItsType(schema: String, declared: String) throws {
        #expect(try type(schema) == declared)
    }

    @Test(arguments: [
        (
            #"{"type": "string", "pattern": "^a, b$", "minLength": 1, "maxLength": 9, "minimum": 3, "description": "D"}"#,
            "  // D\n  // maxLength: 9, minLength: 1, pattern: ^a, b$\n  x: string"
        ),
        (
            #"{"type": "integer", "maximum": 1e3, "minimum": -0.50, "minLength": 2}"#,
            "  // maximum: 1000.0, minimum: -0.5\n  x: number"
        ),
        (
            #"{"type": "array", "minItems": 1, "maxItems": 2, "description": "D"}"#,
            "  // D\n  // maxItems: 2, minItems: 1\n  x: Array<any>"
        ),
        (#"{"type": "boolean", "minimum": 1, "description": "D"}"#, "  // D\n  x: boolean"),
        (#"{"enum": ["a"], "description": "D", "maxLength": 1}"#, "  // D\n  x: \"a\""),
        (#"{"anyOf": [{"type": "string", "description": "hidden"}], "description": "D"}"#, "  // D\n  x: string"),
        (#"{"type": "string", "default": "é \"q\""}"#, "  // Default: \"é \\\"q\\\"\"\n  x: string"),
        (#"{"type": "boolean", "default": true}"#, "  // Default: True\n  x: boolean"),
        (#"{"type": "number", "default": 1.50}"#, "  // Default: 1.5\n  x: number"),
        (#"{"type": "integer", "default": 0}"#, "  // Default: 0\n  x: number"),
        (#"{"type": "string", "default": null}"#, "  x: string"),
        (
            #"{"type": "array", "default": [1, true, null, {"a": 1}]}"#,
            "  // Default: [1, true, null, {\"a\": 1}]\n  x: Array<any>"
        ),
        (#"{"type": "object", "default": {}, "description": "D"}"#, "  // D\n  // Default: {}\n  x: {}"),
    ])
    func commentsSayDescriptionLimitsAndDefaultInThisOrder(schema: String, declared: String) throws {
        #expect(try type(schema) == declared)
    }

    @Test func requiredFieldsComeFirstEachGroupByName() throws {
        #expect(
            try function(
                #"""
                {"properties": {"b": {"type": "string"}, "d": {"type": "string"}, "C": {"type": "string"},
                 "a": {"type": "string"}}, "required": ["d", "b", "zz"], "additionalProperties": {"type": "boolean"}}
                """#)
                    == """
                    type f = (_: {
                      b: string,
                      d: string,
                      C?: string,
                      a?: string,
                      [k: string]: boolean
                    }) => any;
                    """)
    }

    @Test func definitionsBecomeInterfacesInFrontOfTheType() throws {
        #expect(
            try function(
                #"""
                {"$defs": {"Node": {"type": "object", "description": "A node.\nOf a tree.", "required": ["next"],
                 "properties": {"next": {"$ref": "#/$defs/Node"}, "kind": {"$ref": "#/$defs/Kind"}}},
                 "Kind": {"enum": ["leaf", "branch"]}},
                 "properties": {"root": {"$ref": "#/$defs/Node", "description": "Where to begin."}}}
                """#, description: "Walks.")
                    == """
                    interface Kind "leaf" | "branch"
                    // A node.
                    // Of a tree.
                    interface Node {
                      next: Node,
                      kind?: Kind
                    }
                    // Walks.
                    type f = (_: {
                      // Where to begin.
                      root?: Node
                    }) => any;
                    """)
    }

    @Test func aReferenceToTheRootNamesItsInterface() throws {
        #expect(
            try function(
                ##"""
                {"properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
                 "required": ["name"]}
                """##)
                    == """
                    interface parameters {
                      children?: Array<parameters>,
                      name: string
                    }
                    type f = (_: parameters) => any;
                    """)
    }

    @Test func aReferenceGoesBeforeEverythingElseInASchema() throws {
        #expect(
            try function(
                ##"{"$defs": {"A": {"type": "string"}}, "properties": {"x": {"$ref": "#/$defs/A", "enum": [1], "type": "integer"}}}"##
            )
                == "interface A string\ntype f = (_: {\n  x?: A\n}) => any;")
        #expect(try type(#"{"anyOf": [{"type": "string"}], "enum": ["a"], "type": "integer"}"#) == "  x: string")
        #expect(try type(#"{"enum": ["a"], "type": "string"}"#) == "  x: \"a\"")
    }

    @Test(arguments: [
        #"{"oneOf": [{"type": "string"}]}"#, #"{"allOf": [{}]}"#, #"{"const": 1}"#, #"{"description": "only"}"#,
        ##"{"$ref": "#/$defs/Missing"}"##, ##"{"$ref": "other.json"}"##, #"{"$ref": 1}"#,
        #"{"type": ["string", "file"]}"#,
        #"{"type": "string", "enum": [1]}"#, #"{"type": "integer", "enum": [1.5]}"#,
        #"{"type": "boolean", "enum": ["a"]}"#,
        #"{"type": ["string", "integer"], "enum": ["a"]}"#, #"{"anyOf": {}}"#, "1", "null", #"{"type": 1}"#,
        #"{"type": "string", "description": 1}"#, #"{"type": "string", "pattern": []}"#,
        #"{"type": "array", "items": {"const": 1}}"#, #"{"type": "object", "additionalProperties": {"oneOf": []}}"#,
        #"{"type": "object", "properties": []}"#,
    ])
    func aSchemaWithoutATypeScriptFormDeclaresAllToolsAsSortedCompactJSON(schema: String) throws {
        let tools = [
            Tool(name: "g", description: "d", parameters: #"{"required": [], "properties": {"x": \#(schema)}}"#),
            Tool(name: "a", description: "", parameters: "{}"),
        ]
        let sorted = try JSONValue(parsing: schema).sortedByKey.text(.compact)
        #expect(
            try declaration(tools)
                == #"[{"function":{"description":"d","name":"g","parameters":{"properties":{"x":\#(sorted)},"required":[]}},"type":"function"},{"function":{"description":"","name":"a","parameters":{}},"type":"function"}]"#
        )
    }

    @Test func parametersThatAreNoObjectAreRefusedByName() {
        let tool = Tool(name: "f", description: "", parameters: "[]")
        #expect(
            errorThrown { () throws(EngineError) in try template.render(Conversation([], tools: [tool]), thinking: true)
            }
                == .unsupported("the parameters of tool f are an array, not a JSON Schema object"))
    }
}
