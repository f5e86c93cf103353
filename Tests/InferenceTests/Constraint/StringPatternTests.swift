// Regular expressions in `pattern`, against Foundation's.
import Foundation
import Inference
import Testing

struct StringPatternTests {
    @Test(arguments: [
        "a", "^a", "a$", "^a$", "^$", "^a|b$", "^(a|b)$", "(^a|b$)", "(?:^a$)|bb", "^(?<name>ab)+$", "^a*b+c?$",
        "^a{2}$",
        "^a{1,2}$", "^a{2,}$", "^[abc]$", "^[^abc]+$", "^[a-c-]+$", "^[-a]+$", "^[\\]a]+$", "^\\d+$",
        "^\\D+$",
        "^\\s$", "^\\S+$", "^.$", "^\\.$", "^\\u0061$", "^\\x61$", "^\\/$", "^a+?b$",
        "^(a(b(c)?)?)$",
        "^[\\w.-]+@[\\w-]+$", "^(?:a|ab)(?:c|bcd)$", "^\\t|\\n$", "^[\\d-]+$", "é", "^[à-ü]+$", "^[^\\d\\s]$", "^(|a)$",
        "(a|)b",
        "^\\-?\\d+(\\.\\d{1,2})?$",
    ])
    func findsWhatARegularExpressionFinds(pattern: String) throws {
        let schema = JSONValue.object([.init("type", .string("string")), .init("pattern", .string(pattern))])
        let grammar = try JSONGrammar(schema: schema)
        let foundation = try NSRegularExpression(pattern: pattern.replacing("$", with: "\\z"))
        let texts = [
            "", "a", "b", "c", "aa", "ab", "ba", "bb", "abc", "aab", "aaa", "abab", "acb", "abcd", "abbcd", "aabb",
            "xay", "A",
            "1", "12", "1a", "-", "a-", "-1", "1.5", "1.55", "1.555", ".", "/", " ", "\t", "\n", "_", "é", "éa", "ü",
            "中", "😀",
            "]", "]a", "a@b", "a.b@c-d", "@", "{", "a{,2}", "b-c",
        ]
        for text in texts {
            let isFound = foundation.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
            let quoted = JSONValue.string(text).text(.compact)
            if grammar.accepts(quoted) != isFound { Issue.record("\(quoted) in \(pattern)") }
        }
    }

    /// Where ECMA-262 and Foundation differ: letters are those of ASCII, a brace that repeats nothing is a brace.
    @Test(arguments: [
        ("^\\w+$", ["a_1", "Z"], ["é", "-", ""]), ("^\\W+$", ["é中", "-"], ["a", ""]),
        ("^a{,2}$", ["a{,2}"], ["a", "aa"]),
        ("", ["", "a"], []), ("^.$", ["a", "é"], ["\n", "\u{2028}"]),
    ])
    func meansWhatECMASays(pattern: String, found: [String], missed: [String]) throws {
        let schema = JSONValue.object([.init("type", .string("string")), .init("pattern", .string(pattern))])
        let grammar = try JSONGrammar(schema: schema)
        for text in found { #expect(grammar.accepts(JSONValue.string(text).text(.compact)), "\(text)") }
        for text in missed { #expect(!grammar.accepts(JSONValue.string(text).text(.compact)), "\(text)") }
    }

    @Test func nestedGroupsAreReadInTime() throws {
        let pattern = String(repeating: "(", count: 60) + "a" + String(repeating: ")b", count: 60)
        let grammar = try JSONGrammar(#"{"type": "string", "pattern": "^\#(pattern)$"}"#)
        #expect(grammar.accepts("\"a" + String(repeating: "b", count: 60) + "\""))
    }
}
