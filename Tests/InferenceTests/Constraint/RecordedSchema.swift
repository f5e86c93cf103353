// The cases of Fixtures/parity/schemas, and what a grammar says of a text.
import Foundation
import Inference
import Support

/// A schema with values that fit and values that do not, by Python's jsonschema.
struct RecordedSchema {
    var schema: JSONValue
    var valid: [String]
    var invalid: [String]

    /// All cases of a file.
    static func all(in file: URL = Fixtures.folder.appending(path: "parity/schemas/schemas.json")) throws -> [Self] {
        guard case .array(let cases) = try JSONValue(parsing: [UInt8](Data(contentsOf: file))) else { return [] }
        return cases.map { recorded in
            func texts(_ key: String) -> [String] {
                guard case .array(let texts)? = recorded[key] else { return [] }
                return texts.compactMap { if case .string(let text) = $0 { text } else { nil } }
            }
            return Self(
                schema: recorded["schema"] ?? .null, valid: texts("valid"), invalid: texts("invalid"))
        }
    }
}

extension JSONGrammar {
    /// Compiles a schema that is given as JSON text.
    convenience init(_ schema: String) throws { try self.init(schema: JSONValue(parsing: schema)) }

    /// Whether a text is whole.
    func accepts(_ text: String) -> Bool { accepts(Array(text.utf8)) }

    /// Whether bytes are a whole text.
    func accepts(_ bytes: [UInt8]) -> Bool { matcher(behind: bytes)?.isComplete ?? false }

    /// Where one stands behind some bytes; nil when one of them is refused.
    func matcher(behind bytes: some Sequence<UInt8>) -> JSONMatcher? { JSONMatcher(self).behind(bytes) }
}

extension JSONMatcher {
    /// The place behind more bytes; nil when one of them is refused.
    func behind(_ bytes: some Sequence<UInt8>) -> JSONMatcher? {
        var matcher = self
        return bytes.allSatisfy { matcher.push($0) } ? matcher : nil
    }

    /// The place behind more text; nil when it is refused.
    func behind(_ text: String) -> JSONMatcher? { behind(text.utf8) }
}
