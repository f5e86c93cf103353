// An object in a JSON body, read strictly: every member is known, and is of its kind. `null` is as good as absent.
import Inference

/// The members of an object.
struct JSONMembers: Sendable {
    private let members: [JSONValue.Member]
    /// What stands before a member's name in errors: nothing, or the way to the object, such as `design.`.
    private let prefix: String

    /// Reads a whole body.
    ///
    /// - Throws: `invalid_json`, or `invalid_parameter` for what is no object or holds a member that is not `known`.
    init(_ body: [UInt8], known: [String]) throws(Problem) {
        let value: JSONValue
        do { value = try JSONValue(parsing: body) } catch {
            throw Problem(.invalidJSON, "the body is not JSON: \(error)")
        }
        try self.init(value, known: known, name: nil)
    }

    /// Takes an object inside a body, at `name`; nil for the body itself.
    init(_ value: JSONValue, known: [String], name: String?) throws(Problem) {
        guard case .object(let members) = value else {
            throw Problem(
                .invalidParameter, "\(name ?? "the body") is an object, not \(value.kindName)", param: name)
        }
        prefix = name.map { $0 + "." } ?? ""
        if let unknown = members.first(where: { !known.contains($0.key) }) {
            let name = prefix + unknown.key
            throw Problem(
                .invalidParameter,
                "there is no parameter \(name.quotedBriefly); known: \(known.joined(separator: ", "))", param: name)
        }
        self.members = members.filter { $0.value != .null }
    }

    /// A member's value; nil when it is not given.
    subscript(_ key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    /// A text; nil when it is not given.
    func string(_ key: String) throws(Problem) -> String? {
        guard let value = self[key] else { return nil }
        guard case .string(let text) = value else { throw wrong(key, "a string", value) }
        return text
    }

    /// A text that must be given.
    func requiredString(_ key: String) throws(Problem) -> String {
        guard let text = try string(key) else {
            throw Problem(.invalidParameter, "\(prefix + key) is missing", param: prefix + key)
        }
        return text
    }

    /// A number as it was written; nil when it is not given.
    func number(_ key: String) throws(Problem) -> String? {
        guard let value = self[key] else { return nil }
        guard case .number(let digits) = value else { throw wrong(key, "a number", value) }
        return digits
    }

    /// How it is to be looked at.
    func view(limits: UploadLimits) throws(Problem) -> ViewOptions {
        try ViewOptions(viewport: try string("viewport"), scale: try number("scale"), limits: limits)
    }

    private func wrong(_ key: String, _ expected: String, _ value: JSONValue) -> Problem {
        Problem(.invalidParameter, "\(prefix + key) is \(expected), not \(value.kindName)", param: prefix + key)
    }
}
