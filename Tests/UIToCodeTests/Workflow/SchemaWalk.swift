// As much of a JSON Schema validator as the published schema needs. The whole of it is proved with a real one:
// `Tests/Trials/workflow_schema.py`.
import Foundation

/// Walks through a document beside its schema.
struct SchemaWalk {
    private let root: [String: Any]

    init(schema: String) {
        root = (try? JSONSerialization.jsonObject(with: Data(schema.utf8))) as? [String: Any] ?? [:]
    }

    /// What is wrong with a document; one line each.
    func faults(in document: String) -> [String] {
        guard !root.isEmpty else { return ["the schema is no JSON object"] }
        guard let value = try? JSONSerialization.jsonObject(with: Data(document.utf8)) else { return ["no JSON"] }
        return faults(value, root, "$")
    }

    private func faults(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = reference.replacingOccurrences(of: "#/$defs/", with: "")
            guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
                return ["\(place): \(reference) leads nowhere"]
            }
            return faults(value, target, place)
        }
        var faults: [String] = []
        if let type = schema["type"] as? String, !Self.has(value, type) { return ["\(place): no \(type)"] }
        if let constant = schema["const"] as? String, value as? String != constant { faults.append("\(place): const") }
        if let options = schema["enum"] as? [String], !options.contains(value as? String ?? "") {
            faults.append("\(place): enum")
        }
        if let pattern = schema["pattern"] as? String, let text = value as? String,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            faults.append("\(place): pattern")
        }
        if let number = value as? Double {
            if let least = schema["minimum"] as? Double, number < least { faults.append("\(place): minimum") }
            if let most = schema["maximum"] as? Double, number > most { faults.append("\(place): maximum") }
            if let least = schema["exclusiveMinimum"] as? Double, number <= least { faults.append("\(place): minimum") }
        }
        if let items = value as? [Any] {
            if items.count < schema["minItems"] as? Int ?? 0 { faults.append("\(place): too few") }
            let each = schema["items"] as? [String: Any] ?? [:]
            for (index, item) in items.enumerated() { faults += self.faults(item, each, "\(place)[\(index)]") }
        }
        if let fields = value as? [String: Any] {
            let known = schema["properties"] as? [String: [String: Any]] ?? [:]
            for name in schema["required"] as? [String] ?? [] where fields[name] == nil {
                faults.append("\(place): lacks \(name)")
            }
            for (name, field) in fields {
                guard let rule = known[name] else {
                    faults.append("\(place): \(name) is not known")
                    continue
                }
                faults += self.faults(field, rule, "\(place).\(name)")
            }
        }
        return faults
    }

    private static func has(_ value: Any, _ type: String) -> Bool {
        let isFlag = (value as? NSNumber).map { Self.isFlag($0) } ?? false
        return switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": isFlag
        case "integer": !isFlag && (value as? Double).map { $0 == $0.rounded() } ?? false
        default: !isFlag && value is NSNumber
        }
    }

    // Foundation's numbers keep their kind in their Objective-C type.
    private static func isFlag(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
