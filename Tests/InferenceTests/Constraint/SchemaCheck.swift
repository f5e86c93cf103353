// JSON Schema judged the plain way, value by value, to check what the grammar lets through. It shares nothing with the
// grammar but `JSONValue`: regular expressions and decimals are Foundation's.
import Foundation
import Inference

/// Judges values by a schema.
struct SchemaCheck {
    let root: JSONValue

    /// Whether a value fits the whole schema.
    func accepts(_ value: JSONValue) -> Bool { accepts(value, root) }

    private func accepts(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        if case .bool(let everything) = schema { return everything }
        guard types(value, schema), constants(value, schema), combinations(value, schema) else { return false }
        switch value {
        case .string(let text): return string(text, schema)
        case .number(let text): return number(Decimal(string: text) ?? .nan, schema)
        case .array(let items): return array(items, schema)
        case .object(let members): return object(members, schema)
        case .null, .bool: return true
        }
    }

    private func types(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        guard let type = schema["type"] else { return true }
        let names = list(type) ?? [type]
        return names.contains { name in
            switch (name, value) {
            case (.string("null"), .null), (.string("boolean"), .bool), (.string("string"), .string),
                (.string("number"), .number), (.string("array"), .array), (.string("object"), .object):
                true
            case (.string("integer"), .number(let text)): (Double(text) ?? 0.5).remainder(dividingBy: 1) == 0
            default: false
            }
        }
    }

    private func constants(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        if let constant = schema["const"], !equal(constant, value) { return false }
        return list(schema["enum"])?.contains { equal($0, value) } ?? true
    }

    private func equal(_ one: JSONValue, _ other: JSONValue) -> Bool {
        switch (one, other) {
        case (.number(let one), .number(let other)): return Double(one) == Double(other)
        case (.array(let one), .array(let other)): return one.count == other.count && zip(one, other).allSatisfy(equal)
        case (.object(let members), .object(let others)):
            return members.count == others.count
                && members.allSatisfy { member in other[member.key].map { equal($0, member.value) } ?? false }
        default: return one == other
        }
    }

    private func combinations(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        if case .string(let reference)? = schema["$ref"] {
            let target = reference.split(separator: "/").dropFirst().reduce(Optional(root)) { $0?[String($1)] }
            guard let target, accepts(value, target) else { return false }
        }
        if let all = list(schema["allOf"]), !all.allSatisfy({ accepts(value, $0) }) { return false }
        if let any = list(schema["anyOf"]), !any.contains(where: { accepts(value, $0) }) { return false }
        return list(schema["oneOf"]).map { one in one.count { accepts(value, $0) } == 1 } ?? true
    }

    private func string(_ text: String, _ schema: JSONValue) -> Bool {
        let count = Double(text.unicodeScalars.count)
        if case .string(let pattern)? = schema["pattern"], !finds(pattern, text) { return false }
        return count >= limit(schema, "minLength") ?? 0 && count <= limit(schema, "maxLength") ?? .infinity
    }

    private func finds(_ pattern: String, _ text: String) -> Bool {
        // `$` is the end and nothing else, as in ECMA-262.
        let expression = try? NSRegularExpression(pattern: pattern.replacing("$", with: "\\z"))
        return expression?.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    private func number(_ value: Decimal, _ schema: JSONValue) -> Bool {
        func bound(_ key: String) -> Decimal? {
            if case .number(let text)? = schema[key] { Decimal(string: text) } else { nil }
        }
        if let step = bound("multipleOf") {
            var (quotient, whole) = (value / step, Decimal())
            NSDecimalRound(&whole, &quotient, 0, .plain)
            if whole * step != value { return false }
        }
        return value >= bound("minimum") ?? value && value <= bound("maximum") ?? value
            && bound("exclusiveMinimum").map { value > $0 } ?? true
            && bound("exclusiveMaximum").map { value < $0 } ?? true
    }

    private func array(_ items: [JSONValue], _ schema: JSONValue) -> Bool {
        let count = Double(items.count)
        guard count >= limit(schema, "minItems") ?? 0, count <= limit(schema, "maxItems") ?? .infinity else {
            return false
        }
        let first = list(schema["prefixItems"]) ?? []
        return items.enumerated().allSatisfy { index, item in
            accepts(item, index < first.count ? first[index] : schema["items"] ?? .bool(true))
        }
    }

    private func object(_ members: [JSONValue.Member], _ schema: JSONValue) -> Bool {
        let count = Double(members.count)
        guard count >= limit(schema, "minProperties") ?? 0, count <= limit(schema, "maxProperties") ?? .infinity else {
            return false
        }
        let required = (list(schema["required"]) ?? []).allSatisfy { name in
            members.contains { .string($0.key) == name }
        }
        guard required else { return false }
        return members.allSatisfy { member in
            var schemas = [schema["properties"]?[member.key]].compactMap(\.self)
            if case .object(let patterns)? = schema["patternProperties"] {
                schemas += patterns.filter { finds($0.key, member.key) }.map(\.value)
            }
            if schemas.isEmpty { schemas = [schema["additionalProperties"] ?? .bool(true)] }
            return schemas.allSatisfy { accepts(member.value, $0) }
        }
    }

    private func list(_ value: JSONValue?) -> [JSONValue]? { if case .array(let items)? = value { items } else { nil } }

    private func limit(_ schema: JSONValue, _ key: String) -> Double? {
        if case .number(let text)? = schema[key] { Double(text) } else { nil }
    }
}
