// What each keyword of JSON Schema lets through, one claim a keyword; `RecordedSchemaTests` has them all together.
import Inference
import Testing

struct JSONGrammarTests {
    /// A schema, texts that pass, texts that do not.
    struct Claim: Sendable, CustomTestStringConvertible {
        var schema: String
        var takes: [String]
        var refuses: [String]
        var testDescription: String { schema }

        init(_ schema: String, takes: [String], refuses: [String]) {
            self.schema = schema
            self.takes = takes
            self.refuses = refuses
        }
    }

    @Test(arguments: [
        Claim(#"{"type": ["string", "null"]}"#, takes: ["\"a\"", "null"], refuses: ["1", "true", "[]"]),
        Claim(#"{"type": "integer"}"#, takes: ["0", "-12", "12345678901234567890"], refuses: ["1.5", "1e3", "-0"]),
        Claim(#"{"type": "number"}"#, takes: ["0", "-1.5", "1e-7", "2E+10", "-0.0"], refuses: ["\"1\"", "null"]),
        Claim(
            #"{"enum": ["a", "ab", 1, null, [1], {"x": 2}]}"#,
            takes: ["\"a\"", "\"ab\"", #""\u0061b""#, "1", "null", "[1]", #"{"x": 2}"#],
            refuses: ["\"b\"", "2", "true", "[]", "[1, 1]", #"{"x": 1}"#, "{}"]),
        Claim(
            #"{"const": {"b": [1, "x"], "a": null}}"#,
            takes: [#"{"b":[1,"x"],"a":null}"#, #"{"a": null, "b": [1, "x"]}"#],
            refuses: [#"{"b":[1,"x"]}"#, #"{"b":["x",1],"a":null}"#, "1"]),
        Claim(
            #"{"type": "string", "enum": ["a", 1, "bcd"], "maxLength": 2}"#, takes: ["\"a\""],
            refuses: ["1", "\"bcd\""]),
        Claim(
            #"{"type": "string", "minLength": 2, "maxLength": 3}"#,
            takes: ["\"ab\"", "\"中中中\"", #""\u00e9\n""#, "\"😀😀\""],
            refuses: ["\"\"", "\"a\"", "\"abcd\"", #""\ud83d\ude00""#]),
        Claim(
            #"{"type": "string", "pattern": "^[a-z]+$", "maxLength": 3}"#,
            takes: ["\"abc\"", #""\u0061""#], refuses: ["\"\"", "\"abcd\"", "\"a1\"", #""\u0041""#]),
        Claim(
            #"{"type": "string", "format": "date"}"#, takes: ["\"2024-02-29\""],
            refuses: ["\"2024-13-01\"", "\"today\""]),
        Claim(
            #"{"type": "string", "format": "date-time"}"#,
            takes: ["\"2024-02-29T12:30:00Z\"", "\"2024-02-29T12:30:00.123+02:00\""], refuses: ["\"2024-02-29 12:30\""]),
        Claim(
            #"{"type": "string", "format": "uuid"}"#,
            takes: ["\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""], refuses: ["\"f81d4fae\""]),
        Claim(
            #"{"type": "string", "format": "email"}"#, takes: ["\"a.b@example.com\""], refuses: ["\"a.b\"", "\"a@b\""]),
        Claim(#"{"type": "string", "format": "ipv4"}"#, takes: ["\"192.168.0.1\""], refuses: ["\"256.1.1.1\""]),
        Claim(#"{"type": "string", "format": "no-such-format"}"#, takes: ["\"a\""], refuses: ["1"]),
        Claim(
            #"{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"], "additionalProperties": false}"#,
            takes: [#"{"a":1}"#, #"{"b":"x","a":1}"#, #"{"a":1,"b":"x"}"#],
            refuses: ["{}", #"{"b":"x"}"#, #"{"a":1,"c":1}"#, #"{"a":"1"}"#, #"{"a":1,"a":1}"#]),
        Claim(
            #"{"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "null"}}"#,
            takes: ["{}", #"{"a":1,"ab":null,"":null}"#], refuses: [#"{"a":null}"#, #"{"b":1}"#]),
        Claim(
            #"{"type": "object", "properties": {"xa": {"maximum": 5}}, "patternProperties": {"^x": {"type": "integer"}, "a$": {"minimum": 2}}, "additionalProperties": false}"#,
            takes: [#"{"xb":1,"a":2.5,"xa":3}"#],
            refuses: [#"{"xb":1.5}"#, #"{"a":1}"#, #"{"xa":6}"#, #"{"xa":1}"#, #"{"b":1}"#]),
        Claim(
            #"{"type": "object", "minProperties": 1, "maxProperties": 2}"#,
            takes: [#"{"a":1}"#, #"{"a":1,"b":2}"#], refuses: ["{}", #"{"a":1,"b":2,"c":3}"#]),
        Claim(
            #"{"type": "object", "properties": {"a": true, "b": true}, "required": ["b"], "maxProperties": 1}"#,
            takes: [#"{"b":1}"#], refuses: [#"{"a":1}"#, "{}", #"{"a":1,"b":1}"#]),
        Claim(
            #"{"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2}"#,
            takes: ["[1]", "[1,2]"], refuses: ["[]", "[1,2,3]", "[\"a\"]"]),
        Claim(
            #"{"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false}"#,
            takes: ["[]", "[1]", "[1,\"a\"]"], refuses: ["[\"a\"]", "[1,\"a\",1]"]),
        Claim(
            #"{"type": "array", "items": [{"type": "integer"}], "additionalItems": {"type": "null"}}"#,
            takes: ["[1,null,null]"], refuses: ["[null]", "[1,1]"]),
        Claim(
            #"{"anyOf": [{"type": "integer", "minimum": 5}, {"type": "string"}]}"#, takes: ["5", "\"\""],
            refuses: ["4", "null"]),
        Claim(#"{"oneOf": [{"type": "integer"}, {"type": "null"}]}"#, takes: ["5", "null"], refuses: ["\"a\""]),
        Claim(
            #"{"allOf": [{"properties": {"a": {"minimum": 1}}}, {"properties": {"a": {"maximum": 3}}, "required": ["a"]}], "type": "object"}"#,
            takes: [#"{"a":2}"#, #"{"a":"x"}"#], refuses: [#"{"a":0}"#, #"{"a":4}"#, "{}", "1"]),
        Claim(
            #"{"type": "integer", "anyOf": [{"maximum": 3}, {"minimum": 7}]}"#, takes: ["3", "7"],
            refuses: ["5", "\"a\""]),
        Claim(
            ##"{"$ref": "#/$defs/list", "$defs": {"list": {"type": ["array", "null"], "items": {"$ref": "#/$defs/list"}}}}"##,
            takes: ["null", "[null,[[]]]"], refuses: ["[1]"]),
        Claim(
            ##"{"$ref": "#/definitions/a~1b%20c", "definitions": {"a/b c": {"const": 1}}}"##, takes: ["1"],
            refuses: ["2"]),
        Claim(
            ##"{"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": false}"##,
            takes: ["{}", #"{"next":{"next":{}}}"#], refuses: [#"{"next":1}"#]),
        Claim(#"{"properties": {"a": false}, "type": "object"}"#, takes: ["{}", #"{"b":1}"#], refuses: [#"{"a":1}"#]),
        Claim(
            #"{"type": "array", "prefixItems": [true, {"type": "string", "minLength": 2, "maxLength": 1}]}"#,
            takes: ["[]", "[1]"], refuses: ["[1,\"a\"]"]),
    ])
    func aKeywordSaysWhatPasses(claim: Claim) throws {
        let grammar = try JSONGrammar(claim.schema)
        for text in claim.takes { #expect(grammar.accepts(text), "\(text) fits") }
        for text in claim.refuses { #expect(!grammar.accepts(text), "\(text) does not fit") }
    }

    @Test(arguments: [
        (##"{"properties": {"a": {"not": {}}}}"##, "#/properties/a", "not"),
        (##"{"anyOf": [{"type": "array", "uniqueItems": true}]}"##, "#/anyOf/0", "uniqueItems"),
        (#"{"$ref": "other.json"}"#, "#", #"$ref to "other.json", which is not in the schema"#),
        (##"{"allOf": [{"$ref": "#"}]}"##, "#", "it refers to itself"),
        (#"{"type": "text"}"#, "#", #"type "text""#),
        (#"{"pattern": "^(?=a)"}"#, "#", "look-around in the pattern ^(?=a)"),
        (#"{"pattern": "(a)\\1"}"#, "#", #"“\1” in the pattern (a)\1"#),
        (#"{"pattern": "(a"}"#, "#", "“(” without “)” in the pattern (a"),
        (#"{"pattern": "a)"}"#, "#", "“)” without “(” in the pattern a)"),
        (#"{"pattern": "a{2}{3}"}"#, "#", "a repetition of a repetition in the pattern a{2}{3}"),
        (#"{"pattern": "a{60000}"}"#, "#", "so large a pattern (with its limits of length)"),
        (#"{"multipleOf": 0}"#, "#", "multipleOf 0"),
        (#"{"maxLength": -1}"#, "#", "maxLength -1"),
        (#"{"minimum": true}"#, "#", "minimum true"),
        (##"{"items": 5}"##, "#/items", "a number as a schema"),
        (#"{"enum": [{"a": 1}], "required": ["a"]}"#, "#", "limits beside an array or object in enum or const"),
    ])
    func whatCannotBeExpressedIsRefusedByPlace(schema: String, place: String, what: String) throws {
        let value = try JSONValue(parsing: schema)
        #expect(
            errorThrown { () throws(EngineError) in try JSONGrammar(schema: value) }
                == .unsupported("the JSON schema at \(place): \(what) is not supported"))
    }

    @Test(arguments: [
        "false", #"{"enum": []}"#, #"{"type": "string", "minLength": 2, "maxLength": 1}"#,
        ##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##,
        #"{"type": "integer", "minimum": 5, "maximum": 4}"#,
        #"{"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 5}"#,
        #"{"type": "object", "required": ["a"], "additionalProperties": false}"#,
        #"{"type": "object", "patternProperties": {"^[ab]$": true}, "additionalProperties": false, "minProperties": 3}"#,
    ])
    func aSchemaThatNothingFitsIsRefused(schema: String) throws {
        let value = try JSONValue(parsing: schema)
        #expect(
            errorThrown { () throws(EngineError) in try JSONGrammar(schema: value) }
                == .unsupported("the JSON schema at #: no value fits it"))
    }

    /// Numbers that would have to be counted up to, or written out.
    @Test(arguments: [
        #"{"type": "string", "minLength": 9000000000000000000}"#,
        #"{"type": "array", "minItems": 9000000000000000000, "items": {"type": "null"}}"#,
        #"{"type": "object", "minProperties": 9000000000000000000, "required": ["a"]}"#,
        #"{"type": "string", "pattern": "^(){9000000000000000000}(){0,9000000000000000000}a$", "minLength": 1}"#,
    ])
    func largeNumbersAreNoWork(schema: String) throws {
        let grammar = try JSONGrammar(schema)
        #expect((JSONMatcher(grammar).ending == nil) == !grammar.accepts("\"a\""))
    }

    /// Each of 40 schemas refers twice to the next, or each of 5000 once.
    @Test(arguments: [(40, 2), (5000, 1)]) func referencesToReferencesAreBounded(count: Int, times: Int) {
        let definitions = (0..<count).map { number in
            let next = Array(repeating: ##"{"$ref": "#/$defs/\##(number + 1)"}"##, count: times)
            return #""\#(number)": {"allOf": [\#(next.joined(separator: ", "))]}"#
        }
        #expect(throws: EngineError.self) {
            try JSONGrammar(
                ##"{"$ref": "#/$defs/0", "$defs": {\##(definitions.joined(separator: ", ")), "\##(count)": true}}"##)
        }
    }

    @Test func lenientlyWhatCannotBeExpressedIsLeftOut() throws {
        let schema = try JSONValue(
            parsing: #"""
                {"type": "object", "required": ["a"], "additionalProperties": false, "properties": {
                  "a": {"type": "string", "pattern": "^(?=x)"}, "b": {"$ref": "other.json"}, "c": {"type": "whatever"},
                  "d": {"type": "array", "items": {"type": "integer"}, "uniqueItems": true},
                  "e": {"type": "number", "minimum": 1}, "f": {"type": "string", "format": "date"}}}
                """#)
        let grammar = JSONGrammar(leniently: schema)
        #expect(grammar.accepts(#"{"a": "free", "b": [1], "c": null, "d": [1, 1], "e": 1e3, "f": "today"}"#))
        for text in ["{}", #"{"a": 1}"#, #"{"a": "", "d": ["x"]}"#, #"{"a": "", "e": 0.5}"#, #"{"a": "", "g": 1}"#] {
            #expect(!grammar.accepts(text), "\(text)")
        }
    }

    @Test func lenientlyASchemaThatNothingFitsAllowsAnything() {
        let grammar = JSONGrammar(leniently: .bool(false))
        for text in ["1", "[]", #"{"a": null}"#] { #expect(grammar.accepts(text)) }
    }

    @Test func aKeyIsNotBegunWhenEveryKeyIsTaken() throws {
        let grammar = try JSONGrammar(
            #"{"type": "object", "patternProperties": {"^(a|ab)$": {"type": "null"}}, "additionalProperties": false}"#)
        let matcher = try #require(grammar.matcher(behind: #"{"a":null,"a"#.utf8))
        #expect(matcher.behind("\"") == nil, "a is taken; only ab is left")
        let full = try #require(matcher.behind(#"b":null"#))
        #expect(full.behind(",") == nil)
        #expect(full.behind("}")?.isComplete == true)
    }

    @Test func aCharacterIsNotBegunThatNoTextGoesOnWith() throws {
        let grammar = try JSONGrammar(#"{"type": "string", "pattern": "^[é中]$"}"#)
        for bytes: [UInt8] in [[0xc3], [0xe4], [0xe4, 0xb8], Array(#"\u00e"#.utf8), Array(#"\u4"#.utf8), [0x5c]] {
            #expect(grammar.matcher(behind: [0x22] + bytes) != nil, "\(bytes)")
        }
        for bytes: [UInt8] in [
            [0xc4], [0xe5], [0xe4, 0xb9], [0xf0], Array(#"\u00f"#.utf8), Array(#"\u5"#.utf8), Array(#"\ud"#.utf8),
            Array(#"\n"#.utf8),
        ] {
            #expect(grammar.matcher(behind: [0x22] + bytes) == nil, "\(bytes)")
        }
    }

    @Test func aRecursiveSchemaEndsAtTheDepthThatJSONValueReads() throws {
        let grammar = try JSONGrammar(
            ##"""
            {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "additionalProperties": false,
              "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}, "other": {"type": "array"}},
              "required": ["next"]}}}
            """##)
        let deepest = String(repeating: #"{"next":"#, count: JSONValue.depthLimit)
        let matcher = try #require(grammar.matcher(behind: deepest.utf8))
        #expect(matcher.behind("{") == nil)
        let behind = try #require(matcher.behind("null"))
        #expect(behind.behind(",") == nil, "another value would be too deep")
        #expect(behind.behind(String(repeating: "}", count: JSONValue.depthLimit))?.isComplete == true)
    }
}
