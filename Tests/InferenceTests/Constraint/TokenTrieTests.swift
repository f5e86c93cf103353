// Masks against the slow way: every token on its own, byte by byte.
import Foundation
import Inference
import Support
import Testing

struct TokenTrieTests {
    private static let schemas = [
        "true",
        #"{"type": "object", "properties": {"name": {"type": "string"}, "names": {"type": "array", "items": {"type": "string", "maxLength": 3}}}}"#,
        #"{"anyOf": [{"type": "string", "pattern": "^[a-zé中]+$"}, {"type": "string", "maxLength": 2}, {"type": "integer"}]}"#,
        #"{"type": "object", "properties": {"a": {"type": "string", "pattern": "^[^<]*$", "minLength": 2}, "b": {"enum": ["one", "two", "é"]}}, "additionalProperties": false}"#,
        #"{"type": "object", "patternProperties": {"^x-": {"type": "integer", "maximum": 120}}, "additionalProperties": false}"#,
    ]

    private static let beginnings = [
        "", "{", "{\"", "{\"name", "{\"name\"", "{\"name\":", "{\"name\": \"", "{\"name\": \"x", "{\"names\": [\"",
        "{\"names\":[\"ab",
        "{\"a\":\"", "{\"a\":\"x", "{\"b\":\"", "{\"b\":\"\\u00e", "{\"x-", "{\"x-1\":1", "{\"x-1\":12,\"x", "\"",
        "\"a", "\"\\", "\"\\ud83d",
        "1", "-", "[1,", "[1,\n  ", "{\"a\":{\"b\":[\"",
    ]

    @Test func aMaskHoldsExactlyTheTokensThatAMatcherTakes() throws {
        let tokenizer = try ChatFixtures.tokenizer()
        let trie = TokenTrie(tokenizer)
        var seen = 0
        for schema in Self.schemas {
            let grammar = try JSONGrammar(schema)
            for beginning in Self.beginnings {
                guard let matcher = grammar.matcher(behind: beginning.utf8) else { continue }
                seen += 1
                expectExact(trie, tokenizer, matcher, "\(schema) behind \(beginning)")
            }
            guard let inside = grammar.matcher(behind: [0x22, 0xe4]) else { continue }
            expectExact(trie, tokenizer, inside, "\(schema) inside of a character")
        }
        #expect(seen > 50)
    }

    /// A vocabulary with tokens that join what others keep apart: ends of strings, halves of characters, escapes.
    @Test func tokensMayJoinPartsAndSplitCharacters() throws {
        let made = [
            "\":", "\": \"", "\",\"", "\"}", "\"}]", "\\u00", "\\\"", "a\"", "\n  ", "}}", "],", "null", "true,",
            "12,", "é", "中文",
            "<b>", "ab", "abc", "abcd", "\"a", "{\"", "[[", "x-",
        ]
        let halves: [[UInt8]] = [
            [0xc3, 0x28], [0x61, 0xe4], [0xe4, 0xb8], [0xb8, 0xad], [0xad, 0x22], [0xed, 0xa0], [0xf0, 0x9f],
        ]
        let ranks = (UInt8.min...UInt8.max).map { Data([$0]) } + made.map { Data($0.utf8) } + halves.map { Data($0) }
        let directory = try TemporaryDirectory([
            "tiktoken.model": ranks.enumerated().map { "\($1.base64EncodedString()) \($0)\n" }.joined(),
            "tokenizer_config.json": try MadeVocabulary.config([:]),
        ])
        let tokenizer = try Tokenizer(directory: directory.path)
        let trie = TokenTrie(tokenizer)
        for schema in Self.schemas {
            let grammar = try JSONGrammar(schema)
            for beginning in Self.beginnings {
                guard let matcher = grammar.matcher(behind: beginning.utf8) else { continue }
                expectExact(trie, tokenizer, matcher, "\(schema) behind \(beginning)")
            }
        }
    }

    /// Side by side, 398 ways to read an item push out the only one that goes on with a key.
    @Test func aTokenOfAMaskIsTakenHoweverManyReadingsThereAre() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model(["{\""]), "tokenizer_config.json": try MadeVocabulary.config([:]),
        ])
        let tokenizer = try Tokenizer(directory: directory.path)
        let empty = #"{"type": "object", "additionalProperties": false}"#
        let many = Array(repeating: #"{"type": "array", "items": {"anyOf": [\#(empty), \#(empty)]}}"#, count: 199)
        let last = #"{"type": "array", "items": {"type": "object", "required": ["a"]}}"#
        let grammar = try JSONGrammar(#"{"anyOf": [\#((many + [last]).joined(separator: ", "))]}"#)
        var matcher = try #require(grammar.matcher(behind: "[".utf8))
        #expect(TokenTrie(tokenizer).mask(for: matcher).contains(256))
        #expect(matcher.behind("{\"") == nil)
        let isTaken = matcher.push(token: tokenizer.bytes(of: 256))
        #expect(isTaken)
        #expect(matcher.behind("a\": 1}]")?.isComplete == true)
    }

    @Test func aTokenOfUnusualLengthIsInNoMask() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model([String(repeating: "a", count: 70_000), "ab"]),
            "tokenizer_config.json": try MadeVocabulary.config([:]),
        ])
        let trie = TokenTrie(try Tokenizer(directory: directory.path))
        let mask = trie.mask(for: try #require(try JSONGrammar("true").matcher(behind: "\"".utf8)))
        #expect(!mask.contains(256) && mask.contains(257))
    }

    @Test func aPlaceThatComesAgainHasTheSameMask() throws {
        let tokenizer = try ChatFixtures.tokenizer()
        let trie = TokenTrie(tokenizer)
        let grammar = try JSONGrammar(#"{"type": "array", "items": {"type": "string", "maxLength": 300}}"#)
        let first = try #require(grammar.matcher(behind: "[\"ab".utf8))
        let again = try #require(grammar.matcher(behind: "[\"x\", \"abc".utf8))
        let mask = trie.mask(for: first)
        #expect(trie.mask(for: again) == mask)
        #expect(trie.mask(for: first) == mask)
        let other = try JSONGrammar(#"{"type": "array", "items": {"type": "string", "maxLength": 2}}"#)
        #expect(trie.mask(for: try #require(other.matcher(behind: "[\"ab".utf8))) != mask)
    }

    @Test func behindTheEndNothingButItsGapIsLeft() throws {
        let tokenizer = try ChatFixtures.tokenizer()
        let trie = TokenTrie(tokenizer)
        let end = try #require(JSONGrammar.anyObject.matcher(behind: "{} ".utf8))
        #expect(end.isComplete)
        #expect(trie.mask(for: end).isEmpty)
        let mask = trie.mask(for: try #require(JSONGrammar.anyObject.matcher(behind: "{}".utf8)))
        #expect(mask.tokens.allSatisfy { tokenizer.decode([$0]).allSatisfy(\.isWhitespace) })
    }

    private func expectExact(_ trie: TokenTrie, _ tokenizer: Tokenizer, _ matcher: JSONMatcher, _ place: String) {
        var expected = TokenMask(tokenCount: tokenizer.count)
        for token in 0..<tokenizer.specialRange.lowerBound {
            var copy = matcher
            if tokenizer.bytes(of: token).allSatisfy({ copy.push($0) }) { expected.insert(token) }
        }
        let mask = trie.mask(for: matcher)
        guard mask != expected else { return }
        let wrong = (0..<tokenizer.count).filter { mask.contains($0) != expected.contains($0) }
        Issue.record("\(place): \(wrong.prefix(5).map { tokenizer.decode([$0]) })")
    }
}

struct TokenMaskTests {
    @Test func holdsWhatWasInserted() {
        var mask = TokenMask(tokenCount: 130)
        #expect(mask.isEmpty)
        for token in [0, 63, 64, 129] { mask.insert(token) }
        mask.insert(64)
        #expect(mask.count == 4)
        #expect(mask.tokens == [0, 63, 64, 129])
        #expect((-2..<200).filter(mask.contains) == [0, 63, 64, 129])
        #expect(mask.words == [1 | 1 << 63, 1, 2])
    }

    @Test func aUnionHoldsBoth() {
        var one = TokenMask(tokenCount: 70)
        var other = one
        one.insert(1)
        other.insert(69)
        one.formUnion(other)
        #expect(one.tokens == [1, 69])
    }

    @Test func makesWhatItLacksImpossible() {
        var mask = TokenMask(tokenCount: 67)
        for token in [2, 64] { mask.insert(token) }
        var logits = (0..<140).map(Float.init)
        mask.apply(to: &logits)
        #expect(logits.indices.filter { logits[$0] != -.infinity } == [2, 64])
        #expect(logits[64] == 64)
        var short: [Float] = [1, 2, 3]
        mask.apply(to: &short)
        #expect(short == [-.infinity, -.infinity, 3])
    }
}
