// The language that every grammar shares: white space, strings byte by byte, keys, numbers, nesting.
import Inference
import Testing

struct JSONMatcherTests {
    private let anything = JSONGrammar(leniently: .bool(true))

    @Test(arguments: [
        #"{"a":1,"b":[true,null]}"#, #"{"a": 1, "b": [true, null]}"#, "[]", "{}", "[ ]", "{\n}", "0", "-1.5e+10",
        "null",
        "{\n  \"a\": [\n    1,\n    2\n  ]\n}", " 1", "\n{}", "1 ", "{}\n", #""""#, #"{"a": {"a": 1}}"#,
        "[\n                                1]",
    ])
    func takesTheLayoutsThatModelsWrite(text: String) {
        #expect(anything.accepts(text))
    }

    @Test(arguments: [
        "[1 ,2]", "[1  ]", "[1,  2]", "{\"a\" :1}", "[1, \n2]", "[1,\t2]", "[1,\n\n2]", "1  ", "{}\n\n",
        "[\n                                 1]", "[\r\n1]", "",
    ])
    func boundsWhiteSpace(text: String) {
        #expect(!anything.accepts(text))
    }

    @Test(arguments: [
        "[1,]", "[,1]", "{\"a\":1,}", "{a:1}", "{\"a\"}", "01", "+1", "1.", ".5", "1e", "--1", "nul", "True", "nulll",
        "[1",
        "'a'", "[1}", "{\"a\":1]", "{}{}", "1e280", "1e999", "-", "\"a", "NaN",
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(!anything.accepts(text))
    }

    @Test func keysAreUniqueHoweverTheyAreSpelled() {
        #expect(anything.accepts(#"{"a": 1, "ab": 2, "": 3, "b": {"a": 4}}"#))
        #expect(!anything.accepts(#"{"a": 1, "a": 2}"#))
        #expect(!anything.accepts(#"{"a": 1, "\u0061": 2}"#))
        #expect(!anything.accepts(#"{"\n": 1, "\u000A": 2}"#))
        #expect(!anything.accepts(#"{"😀": 1, "\ud83d\ude00": 2}"#))
        #expect(!anything.accepts(#"{"": 1, "": 2}"#))
        #expect(anything.accepts("{\"\u{e9}\": 1, \"e\u{301}\": 2}"))
    }

    @Test(arguments: [
        #""\" \\ \/ \b \f \n \r \t \u00e9 \uD83D\uDE00 \ud7ff \uE000""#, "\"é 中 😀 \u{7f} \u{10ffff} \u{ffff}\"",
    ])
    func takesEveryEscapeAndEveryScalar(text: String) {
        #expect(anything.accepts(text))
    }

    @Test(arguments: [
        #""\x""#, #""\u12g4""#, #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#, #""\U0041""#, "\"\n\"",
        "\"\u{1}\"",
    ])
    func refusesOtherEscapesAndHalfPairs(text: String) {
        #expect(!anything.accepts(text))
    }

    /// Every sequence of two bytes, and the borders of longer ones, against the standard library's own decoder.
    @Test func takesExactlyWellFormedUTF8() {
        var cases: [[UInt8]] = []
        for first in 0x80...UInt8.max {
            for second in UInt8.min...UInt8.max where second >= 0x20 && second != 0x22 && second != 0x5c {
                cases.append([first, second])
                cases.append([first, second, 0x80])
                cases.append([first, second, 0xbf, 0xbf])
            }
        }
        for bytes in cases {
            let isWellFormed = String(validating: bytes, as: UTF8.self) != nil
            if anything.accepts([0x22] + bytes + [0x22]) != isWellFormed { Issue.record("\(bytes)") }
        }
    }

    @Test func aRefusedByteChangesNothing() throws {
        var matcher = try #require(anything.matcher(behind: "{\"a\": [1, \"x\\u00".utf8))
        for byte in UInt8.min..<0x30 {
            let isTaken = matcher.push(byte)
            #expect(!isTaken)
        }
        #expect(matcher.behind("e9\"]}")?.isComplete == true)
    }

    @Test func isCompleteOnlyAtAnEnd() throws {
        var matcher = JSONMatcher(anything)
        let text = Array("[12, {}] ".utf8)
        for (index, byte) in text.enumerated() {
            #expect(!matcher.isComplete || index >= 8)
            matcher = try #require(matcher.behind([byte]))
        }
        #expect(matcher.isComplete)
        #expect(try #require(anything.matcher(behind: "12".utf8)).isComplete)
        #expect(!(try #require(anything.matcher(behind: "-".utf8)).isComplete))
    }

    @Test func nestsAsDeepAsJSONValueReadsAndNoDeeper() throws {
        let open = Array(repeating: UInt8(ascii: "["), count: JSONValue.depthLimit)
        let matcher = try #require(anything.matcher(behind: open))
        #expect(matcher.behind("[") == nil)
        #expect(matcher.behind("{") == nil)
        #expect(matcher.behind(open.map { _ in UInt8(ascii: "]") })?.isComplete == true)
    }

    @Test func anyObjectIsAnObject() {
        #expect(JSONGrammar.anyObject.accepts(#"{"a": [1, {"b": null}]}"#))
        for text in ["[]", "1", "\"a\"", "null"] { #expect(!JSONGrammar.anyObject.accepts(text)) }
    }

    @Test func alternativesAreReadSideBySide() throws {
        let grammar = try JSONGrammar(
            #"""
            {"anyOf": [
              {"type": "object", "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}},
               "required": ["kind", "n"], "additionalProperties": false},
              {"type": "object", "properties": {"kind": {"const": "b"}, "n": {"type": "string"}},
               "required": ["kind", "n"], "additionalProperties": false}]}
            """#)
        #expect(grammar.accepts(#"{"kind": "a", "n": 1}"#))
        #expect(grammar.accepts(#"{"n": "x", "kind": "b"}"#))
        #expect(!grammar.accepts(#"{"kind": "a", "n": "x"}"#))
        #expect(grammar.matcher(behind: #"{"n": 1, "kind": "b"#.utf8) == nil)
    }

    @Test func alternativesThatMeetAgainBecomeOne() throws {
        let grammar = try JSONGrammar(
            #"{"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "number"}, {"minimum": 0}]}}"#)
        let text = "[" + String(repeating: "1,", count: 2000) + "1]"
        #expect(grammar.accepts(text))
    }
}
