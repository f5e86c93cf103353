// Strict reading and Python's way of writing.
import Inference
import Testing

struct JSONTests {
    @Test(arguments: [
        (#"{"b": 1, "a": [true, false, null], "c": {}}"#, #"{"b": 1, "a": [true, false, null], "c": {}}"#),
        (" \t\r\n[ ]\n", "[]"),
        (#""\u00e9\n\"\\\/\b\f\r\t\u0001\ud83d\ude00""#, #""é\n\"\\/\b\f\r\t\u0001😀""#),
        (
            "[0, -0, 1.50, -2.5e-7, 1e3, 1E+2, 0.1, 12345678901234567890]",
            "[0, 0, 1.5, -2.5e-07, 1000.0, 100.0, 0.1, 12345678901234567890]"
        ),
        (
            "[1e15, 1e16, 1.25e16, -1.5e16, 1e17, 123456789012345680.0, 1e-4, 1e-5, 9007199254740993.0]",
            "[1000000000000000.0, 1e+16, 1.25e+16, -1.5e+16, 1e+17, 1.2345678901234568e+17, 0.0001, 1e-05, 9007199254740992.0]"
        ),
        ("\"\u{7f}\u{2028}中\"", "\"\u{7f}\u{2028}中\""),
    ])
    func writesWhatItReadAsPythonDoes(text: String, written: String) throws {
        #expect(try JSONValue(parsing: text).text(.spaced) == written)
    }

    @Test func compactTextHasNoSpaces() throws {
        #expect(
            try JSONValue(parsing: #"{"b": [1, 2], "a": "x, y: z"}"#).text(.compact) == #"{"b":[1,2],"a":"x, y: z"}"#)
    }

    @Test func sortsKeysByCodePointAtEveryLevel() throws {
        let value = try JSONValue(
            parsing: #"{"b": 1, "B": 2, "é": 3, "z": [{"d": 1, "c": 2}], "e\u0301": 4, "": 5, "😀": 6, "豈": 7}"#)
        #expect(
            value.sortedByKey.text(.spaced)
                == #"{"": 5, "B": 2, "b": 1, "e"# + "\u{301}"
                + #"": 4, "z": [{"c": 2, "d": 1}], "é": 3, "豈": 7, "😀": 6}"#)
    }

    @Test func keysAreEqualByTheirBytesAlone() throws {
        let value = try JSONValue(parsing: #"{"\u00e9": 1, "e\u0301": 2}"#)
        #expect(value["\u{e9}"] == .number("1"))
        #expect(value["e\u{301}"] == .number("2"))
        #expect(value["e"] == nil)
        #expect(JSONValue.null["e"] == nil)
    }

    @Test(arguments: [
        ("", 0, "a value", "the end"),
        ("nul", 0, "a value", "“nul”"),
        ("True", 0, "a value", "“True”"),
        ("NaN", 0, "a value", "“NaN”"),
        ("-", 0, "a value", "“-”"),
        ("+1", 0, "a value", "“+1”"),
        ("01", 0, "a number without leading zeros", "“0”"),
        ("-012", 1, "a number without leading zeros", "“0”"),
        ("1.", 2, "a digit", "the end"),
        ("1e", 2, "a digit", "the end"),
        ("[1,]", 3, "a value", "“]”"),
        ("[1 2]", 3, "“,” or “]”", "“2]”"),
        ("[1", 2, "“,” or “]”", "the end"),
        ("{\"a\" 1}", 5, "“:”", "“1}”"),
        ("{\"a\":1,}", 7, "a key", "“}”"),
        ("{a:1}", 1, "a key", "“a:1}”"),
        ("{\"a\":1 \"b\":2}", 7, "“,” or “}”", "“\"b\":2}”"),
        ("{\"a\":1,\"a\":2}", 7, "another key", "“a” again"),
        ("\"abc", 4, "the closing quote", "the end"),
        ("\"a\nb\"", 2, "an escaped control character", "“\nb\"”"),
        ("\"\\x\"", 2, "an escape: one of \" \\ / b f n r t u", "“x\"”"),
        ("\"\\u12g4\"", 5, "four hexadecimal digits", "“g4\"”"),
        ("\"\\ud800\"", 3, "a surrogate pair", "half of one"),
        ("\"\\udc00\"", 3, "a surrogate pair", "half of one"),
        ("\"\\ud800\\u0041\"", 3, "a surrogate pair", "half of one"),
        ("1 1", 2, "the end of the text", "“1”"),
        ("// x\n1", 0, "a value", "“// x\n1”"),
    ])
    func refusesWhatIsNoJSONAndSaysWhere(text: String, offset: Int, expected: String, found: String) {
        #expect(
            errorThrown { () throws(JSONError) in try JSONValue(parsing: text) }
                == JSONError(offset: offset, expected: expected, found: found))
    }

    @Test func refusesBytesThatAreNoUTF8() {
        #expect(
            errorThrown { () throws(JSONError) in try JSONValue(parsing: [0x22, 0xc3, 0x22]) }
                == JSONError(offset: 3, expected: "a string in UTF-8", found: "other bytes"))
    }

    @Test func nestsToTheLimitAndNoDeeper() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(JSONValue.depthLimit))
        #expect(
            errorThrown { () throws(JSONError) in try JSONValue(parsing: nested(JSONValue.depthLimit + 1)) }
                == JSONError(offset: 128, expected: "at most 128 nested levels", found: "one more"))
        #expect(
            errorThrown { () throws(JSONError) in try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
                != nil)
    }
}
