// Typed reading of a checkpoint's small JSON files. A missing or mistyped field is an error that names the file,
// the field, what was expected and what was found.

import Foundation

/// A JSON file whose root is an object.
struct JSONFile {
    let root: JSONFields

    /// Reads a file.
    init(_ path: String) throws(CheckpointError) {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw .unreadable(file: path, reason: exists ? "cannot be read" : "no such file")
        }
        try self.init(data, name: path)
    }

    /// Reads a file's content; `name` is what errors call it.
    init(_ content: Data, name: String) throws(CheckpointError) {
        guard let object = try? JSONSerialization.jsonObject(with: content), let fields = object as? [String: Any]
        else { throw .malformed(file: name, reason: "not a JSON object") }
        root = JSONFields(file: name, path: "", fields: fields)
    }

    /// An object as JSON, keys sorted.
    static func text(_ object: [String: Any], isPretty: Bool = false) -> Data {
        var options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { options.insert(.prettyPrinted) }
        do { return try JSONSerialization.data(withJSONObject: object, options: options) } catch {
            preconditionFailure("an object of JSON values has a JSON form: \(error)")
        }
    }

    /// Reads a file that a checkpoint may lack.
    static func ifPresent(_ path: String) throws(CheckpointError) -> JSONFile? {
        FileManager.default.fileExists(atPath: path) ? try JSONFile(path) : nil
    }
}

/// One object of a JSON file. JSON null counts as absent.
struct JSONFields {
    let file: String
    let path: String
    let fields: [String: Any]

    /// The names of all fields, sorted.
    var names: [String] { fields.keys.sorted() }

    /// Whether a field is there and not null.
    func has(_ name: String) -> Bool { value(name) != nil }

    /// An object, or an error.
    func object(_ name: String) throws(CheckpointError) -> JSONFields {
        guard let found = try objectIfPresent(name) else { throw mismatch(name, "an object") }
        return found
    }

    /// An object, or nil when absent.
    func objectIfPresent(_ name: String) throws(CheckpointError) -> JSONFields? {
        guard let found = value(name) else { return nil }
        guard let fields = found as? [String: Any] else { throw mismatch(name, "an object") }
        return JSONFields(file: file, path: path + name + ".", fields: fields)
    }

    /// A string, or `fallback` when absent and one is given.
    func string(_ name: String, or fallback: String? = nil) throws(CheckpointError) -> String {
        guard let found = value(name) ?? fallback else { throw mismatch(name, "a string") }
        guard let string = found as? String else { throw mismatch(name, "a string") }
        return string
    }

    /// A whole number within `range` under the first of `names` that is there, or `fallback`.
    func int(
        _ names: String..., in range: ClosedRange<Int> = 1...Int(Int32.max), or fallback: Int? = nil
    ) throws(CheckpointError) -> Int {
        guard let name = names.first(where: has) else {
            guard let fallback else { throw mismatch(names[0], "a whole number") }
            return fallback
        }
        guard let number = number(name), number.doubleValue == number.doubleValue.rounded(),
            range.contains(number.intValue)
        else { throw mismatch(name, "a whole number in \(range)") }
        return number.intValue
    }

    /// A number, or `fallback` when absent and one is given.
    func float(_ name: String, or fallback: Double? = nil) throws(CheckpointError) -> Double {
        guard has(name) else {
            guard let fallback else { throw mismatch(name, "a number") }
            return fallback
        }
        guard let number = number(name) else { throw mismatch(name, "a number") }
        return number.doubleValue
    }

    /// A truth value, or `fallback` when absent.
    func bool(_ name: String, or fallback: Bool) throws(CheckpointError) -> Bool {
        guard let found = value(name) else { return fallback }
        guard let flag = found as? Bool else { throw mismatch(name, "true or false") }
        return flag
    }

    /// A list of numbers of a given length, or `fallback` when absent and one is given.
    func floats(_ name: String, count: Int, or fallback: [Double]? = nil) throws(CheckpointError) -> [Double] {
        guard let found = value(name) else {
            guard let fallback else { throw mismatch(name, "\(count) numbers") }
            return fallback
        }
        guard let list = found as? [NSNumber], list.count == count else { throw mismatch(name, "\(count) numbers") }
        return list.map(\.doubleValue)
    }

    /// One whole number or a list of them, empty when absent.
    func ints(_ name: String) throws(CheckpointError) -> [Int] {
        guard let found = value(name) else { return [] }
        if let one = found as? Int { return [one] }
        guard let list = found as? [Int] else { throw mismatch(name, "whole numbers") }
        return list
    }

    /// The error that a field is not what it should be.
    func mismatch(_ name: String, _ expected: String) -> CheckpointError {
        let found = fields[name].map { $0 is NSNull ? "null" : "\($0)".prefix(60).description } ?? "nothing"
        return .field(file: file, name: path + name, expected: expected, found: found)
    }

    private func value(_ name: String) -> Any? {
        guard let found = fields[name], !(found is NSNull) else { return nil }
        return found
    }

    private func number(_ name: String) -> NSNumber? {
        guard let found = value(name), !(found is String) else { return nil }
        return found as? NSNumber
    }
}
