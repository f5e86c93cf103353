// Random texts out of masks: they end, they are JSON, they fit the schema they were written under.
//
// With BOTTEGA_SCHEMA_WALKS=FOLDER, `schemas.json` in it is walked too, and the texts are written to `walks.json` for
// jsonschema to judge; `Fixtures/parity/schemas/judge.py` makes the one and reads the other.
import Foundation
import Inference
import Testing

struct JSONWalkTests {
    private static let folder = ProcessInfo.processInfo.environment["BOTTEGA_SCHEMA_WALKS"]

    @Test func walksEndInTextsThatFitTheirSchema() throws {
        let tokenizer = try ChatFixtures.tokenizer()
        let trie = TokenTrie(tokenizer)
        for (seed, recorded) in try RecordedSchema.all().enumerated() {
            let grammar = try JSONGrammar(schema: recorded.schema)
            var walk = JSONWalk(tokenizer, trie, seed: UInt64(seed))
            let text = try walk.text(of: grammar, recorded.schema)
            let value = try JSONValue(parsing: text)
            #expect(
                SchemaCheck(root: recorded.schema).accepts(value),
                "\(text) does not fit \(recorded.schema.text(.compact))")
        }
    }

    @Test func walksOfAnyObjectEndInObjects() throws {
        let tokenizer = try ChatFixtures.tokenizer()
        let trie = TokenTrie(tokenizer)
        for seed in 0..<20 {
            var walk = JSONWalk(tokenizer, trie, seed: UInt64(seed))
            let value = try JSONValue(parsing: try walk.text(of: .anyObject, .null))
            #expect(value.kindName == "an object")
        }
    }

    @Test(.enabled(if: folder != nil, "BOTTEGA_SCHEMA_WALKS names no folder"))
    func writesWalksForJSONSchemaToJudge() throws {
        let folder = URL(filePath: Self.folder ?? "")
        let tokenizer = try ChatFixtures.tokenizer()
        let trie = TokenTrie(tokenizer)
        var walks: [JSONValue] = []
        for (seed, recorded) in try RecordedSchema.all(in: folder.appending(path: "schemas.json")).enumerated() {
            let grammar = try JSONGrammar(schema: recorded.schema)
            var walk = JSONWalk(tokenizer, trie, seed: UInt64(seed))
            let text = JSONValue.string(try walk.text(of: grammar, recorded.schema))
            walks.append(.object([.init("schema", recorded.schema), .init("text", text)]))
        }
        let text = JSONValue.array(walks).text(.compact)
        try Data(text.utf8).write(to: folder.appending(path: "walks.json"))
    }
}
