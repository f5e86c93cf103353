// The recorded truth in Fixtures/parity/chat, and directories written for one test.
import Foundation
import Inference
import Support
import Testing

/// Finds and reads what was recorded for the chat half of Inference.
enum ChatFixtures {
    /// The test vocabulary with K2's pattern and special tokens.
    static func tokenizer() throws -> Tokenizer {
        try Tokenizer(directory: Fixtures.path("parity/chat/vocabulary"))
    }

    /// A directory with the test vocabulary and one family's `tokenizer_config.json`, template included.
    static func directory(of family: String) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.write(Fixtures.data("parity/chat/vocabulary/tiktoken.model"), to: "tiktoken.model")
        try directory.write(Fixtures.data("parity/chat/tokenizers/\(family).json"), to: "tokenizer_config.json")
        return directory
    }

    /// Reads a recorded list of cases.
    static func cases<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
        try JSONDecoder().decode([Case].self, from: Fixtures.data("parity/chat/" + name))
    }
}

extension TemporaryDirectory {
    /// Makes a directory that holds `files`, by name.
    convenience init(_ files: [String: String]) throws {
        try self.init()
        for (name, content) in files { try write(Data(content.utf8), to: name) }
    }
}

/// Writes vocabularies that are made up for a test.
enum MadeVocabulary {
    /// `tiktoken.model` with the 256 single bytes and then `tokens`.
    static func model(_ tokens: [String]) -> String {
        let all = (UInt8.min...UInt8.max).map { Data([$0]) } + tokens.map { Data($0.utf8) }
        return all.enumerated().map { "\($1.base64EncodedString()) \($0)\n" }.joined()
    }

    /// `tokenizer_config.json` that names special tokens by id.
    static func config(_ names: [Int: String], pattern: String? = nil) throws -> String {
        var config: [String: Any] = [
            "added_tokens_decoder": Dictionary(
                uniqueKeysWithValues: names.map { ("\($0.key)", ["content": $0.value]) })
        ]
        if let pattern { config["pre_tokenizer_pattern"] = pattern }
        return String(decoding: try JSONSerialization.data(withJSONObject: config), as: UTF8.self)
    }
}

/// Expects a typed error and hands it out.
func errorThrown<Failure: Error, Value>(
    _ type: Failure.Type = Failure.self, sourceLocation: SourceLocation = #_sourceLocation,
    by body: () throws(Failure) -> Value
) -> Failure? {
    do throws(Failure) {
        _ = try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}
