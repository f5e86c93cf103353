// JSON written in Swift as it will be read: schemas, answers and notifications are literals.
package import Inference
import NIOCore

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Members in the order they are written; no key may stand twice.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

extension JSONValue {
    /// A whole number.
    static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

    /// A number; null for what JSON cannot write.
    static func number(_ value: Double) -> JSONValue { value.isFinite ? .number("\(value)") : .null }

    /// A text, or null.
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// A value as the service writes it everywhere.
    static func wire(_ value: some Encodable) throws -> JSONValue {
        try JSONValue(parsing: Array(try Wire.json(value).readableBytesView))
    }

    /// The text of a string; nil for anything else.
    var asString: String? { if case .string(let text) = self { text } else { nil } }

    /// An object's members; none for anything else.
    var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// The bytes of the value on one line.
    var line: ByteBuffer { ByteBuffer(string: text(.compact)) }
}
