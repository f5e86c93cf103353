// From everywhere in a text of a grammar a short way leads to its end.
import Inference
import Testing

struct JSONEndingTests {
    /// Takes an ending at a place.
    func expectEnds(_ matcher: JSONMatcher, after bytes: some Sequence<UInt8>, _ schema: JSONValue) {
        let place = "\(String(decoding: Array(bytes), as: UTF8.self)) of \(schema.text(.compact))"
        guard let ending = matcher.ending else {
            Issue.record("no ending behind \(place)")
            return
        }
        var matcher = matcher
        for byte in ending {
            guard matcher.push(byte) else {
                Issue.record("\(String(decoding: ending, as: UTF8.self)) does not follow \(place)")
                return
            }
        }
        #expect(matcher.isComplete, "\(place)\(String(decoding: ending, as: UTF8.self))")
        #expect(ending.isEmpty == matcher.isComplete || !ending.isEmpty)
    }

    @Test func everyPlaceOfAWalkHasAnEnding() throws {
        let tokenizer = try ChatFixtures.tokenizer()
        let trie = TokenTrie(tokenizer)
        for (seed, recorded) in try RecordedSchema.all().enumerated() where seed.isMultiple(of: 3) {
            let grammar = try JSONGrammar(schema: recorded.schema)
            var walk = JSONWalk(tokenizer, trie, seed: UInt64(seed))
            let text = Array(try walk.text(of: grammar, recorded.schema).utf8)
            var matcher = JSONMatcher(grammar)
            expectEnds(matcher, after: [], recorded.schema)
            for (index, byte) in text.enumerated() {
                let isTaken = matcher.push(byte)
                try #require(isTaken)
                if index.isMultiple(of: 2) || index < 8 { expectEnds(matcher, after: text[...index], recorded.schema) }
            }
        }
    }

    /// Of 399 ways to read an item 256 are followed, and the one with the shortest end is not among them.
    @Test func anEndingIsTakenByTheReadingsThatAreFollowed() throws {
        let long = #"{"type": "object", "required": ["long"], "additionalProperties": {"type": "null"}}"#
        let list = #"{"type": "array", "minItems": 1, "items": {"anyOf": [\#(long), \#(long)]}}"#
        let last = #"{"type": "array", "minItems": 1, "items": {"type": "object", "required": ["a"]}}"#
        let lists = Array(repeating: list, count: 199) + [last]
        let schema = try JSONValue(parsing: #"{"anyOf": [\#(lists.joined(separator: ", "))]}"#)
        let inside = try #require(try JSONGrammar(schema: schema).matcher(behind: "[".utf8))
        expectEnds(inside, after: "[".utf8, schema)
    }

    @Test func anEndingIsAsShortAsTheSchemaAllows() throws {
        let schema = """
            {"type": "object", "required": ["a", "b"], "properties": {"a": {"enum": ["xyz", "x"]}, \
            "b": {"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 10}}}}
            """
        let grammar = try JSONGrammar(schema: try JSONValue(parsing: schema))
        let ending = try #require(JSONMatcher(grammar).ending)
        #expect(String(decoding: ending, as: UTF8.self) == #"{"a":"x","b":[10,10]}"#)
        var inside = JSONMatcher(grammar)
        for byte in #"{"b": [10"#.utf8 {
            let isTaken = inside.push(byte)
            try #require(isTaken)
        }
        let rest = try #require(inside.ending)
        #expect(String(decoding: rest, as: UTF8.self) == #",10],"a":"x"}"#)
    }
}
