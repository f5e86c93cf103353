// What a conversion is asked for, from a form's fields, a query, or a JSON body; the three know the same options with the
// same bounds. Unknown, repeated and impossible values are refused by name; nothing is corrected.

package import Inference
package import UIToCode

/// The options of a conversion.
///
/// Proof: `ConvertBodyTests`.
package struct ConvertOptionsBody: Sendable, Equatable {
    /// What the project is written in.
    package var stack = Stack.html
    /// The conversion's name, 1 to 100 characters; nil when none is given.
    package var name: String?
    /// Randomness of the choice of words: 0, the likeliest word always, to 2.
    package var temperature = 0.0
    /// What randomness begins with, up to 2⁶³ − 1.
    package var seed: UInt64 = 0
    /// The most tokens that are written: 1 to 32,768.
    package var maxTokens = 8192
    /// Drafts to choose from: 1 to 16.
    package var attempts = 1
    /// No further draft and no repair of a picture begins after so many seconds, 0 to 600; nil for the repairs' own
    /// bound.
    package var budgetSeconds: Double?
    /// Whether pages are repaired; else they are only measured.
    package var repair = true
    /// Whether pages are left as the model writes them, neither measured nor repaired.
    package var draft = false

    /// What is used where nothing is asked for.
    package init() {}

    /// The options' names in forms and queries.
    package static let names = ["stack", "name"] + settings

    /// The names of those that are numbers or truth values, which JSON has in an object of their own.
    fileprivate static let settings = [
        "temperature", "seed", "max_tokens", "attempts", "budget_seconds", "repair", "draft",
    ]

    /// Reads options from a form's fields or a query's items, in which every value is text.
    ///
    /// An empty `name`, which a form sends for a field left empty, is none.
    package init(fields: some Sequence<(name: String, value: String)>) throws(ConvertBodyError) {
        var given: Set<String> = []
        for (name, value) in fields {
            guard Self.names.contains(name) else { throw .unknownParameter(name, known: Self.names) }
            guard given.insert(name).inserted else { throw .repeated(parameter: name) }
            switch name {
            case "stack": try setStack(value)
            case "name": try setName(value)
            default: try set(name, to: value, parameter: name, shown: value.quotedBriefly)
            }
        }
        try check()
    }

    /// Reads options from members of a JSON object, in which each has its own kind; null is as good as absent.
    package init(members: [JSONValue.Member]) throws(ConvertBodyError) {
        for member in members where member.value != .null {
            switch member.key {
            case "stack": try setStack(try Self.string(member.value, "stack"))
            case "name": try setName(try Self.string(member.value, "name"))
            case let name where Self.settings.contains(name): try set(name, to: member.value, parameter: name)
            case let name: throw .unknownParameter(name, known: Self.names)
            }
        }
        try check()
    }

    /// - Throws: `invalidValue` for options that exclude each other.
    fileprivate func check() throws(ConvertBodyError) {
        guard !draft || attempts == 1 else {
            throw .invalidValue(
                parameter: "attempts", expected: "1 where only a draft is wanted", found: String(attempts))
        }
    }

    fileprivate mutating func setStack(_ value: String) throws(ConvertBodyError) {
        guard let stack = Stack(rawValue: value) else {
            throw .unknownStack(value, known: Stack.allCases.map(\.rawValue))
        }
        self.stack = stack
    }

    fileprivate mutating func setName(_ value: String) throws(ConvertBodyError) {
        let isOneLine = value.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard value.count <= 100, value.utf8.count <= 800, isOneLine else {
            throw .invalidValue(
                parameter: "name", expected: "at most 100 characters on one line", found: value.quotedBriefly
            )
        }
        name = value.isEmpty ? nil : value
    }

    /// Sets a number or a truth value given in JSON.
    fileprivate mutating func set(
        _ option: String, to value: JSONValue, parameter: String
    ) throws(ConvertBodyError) {
        // A string instead of a number or a truth value has no text, and is refused as such.
        switch value {
        case .number(let digits): try set(option, to: digits, parameter: parameter, shown: digits)
        case .bool(let truth): try set(option, to: "\(truth)", parameter: parameter, shown: "\(truth)")
        default: try set(option, to: "", parameter: parameter, shown: value.kindName)
        }
    }

    fileprivate static func string(_ value: JSONValue, _ parameter: String) throws(ConvertBodyError) -> String {
        guard case .string(let text) = value else {
            throw .invalidValue(parameter: parameter, expected: "a string", found: value.kindName)
        }
        return text
    }

    /// Sets a number or a truth value given by its text. `option` is its name here, `parameter` what errors call it.
    fileprivate mutating func set(
        _ option: String, to text: String, parameter: String, shown: String
    ) throws(ConvertBodyError) {
        func number<Value: Comparable>(
            _ value: Value?, in range: ClosedRange<Value>, _ expected: String
        ) throws(ConvertBodyError) -> Value {
            guard let value, range.contains(value) else {
                throw .invalidValue(parameter: parameter, expected: expected, found: shown)
            }
            return value
        }
        func truth() throws(ConvertBodyError) -> Bool {
            guard let truth = Bool(text) else {
                throw .invalidValue(parameter: parameter, expected: "true or false", found: shown)
            }
            return truth
        }
        let isInteger = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let decimal = text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) } ? Double(text) : nil
        switch option {
        case "temperature": temperature = try number(decimal, in: 0...2, "a number from 0 to 2")
        case "seed":
            seed = try number(
                isInteger ? UInt64(text) : nil, in: 0...UInt64(Int64.max),
                "a whole number from 0 to 9223372036854775807")
        case "attempts": attempts = try number(isInteger ? Int(text) : nil, in: 1...16, "a whole number from 1 to 16")
        case "budget_seconds": budgetSeconds = try number(decimal, in: 0...600, "a number from 0 to 600")
        case "repair": repair = try truth()
        case "draft": draft = try truth()
        default:
            maxTokens = try number(isInteger ? Int(text) : nil, in: 1...32_768, "a whole number from 1 to 32768")
        }
    }
}

/// A conversion asked for in JSON.
///
///     {"images": ["data:image/png;base64,…", {"name": "sign-in", "data": "data:…"}],
///      "stack": "html", "name": "…", "options": {"temperature": 0, "seed": 0, "max_tokens": 8192, "attempts": 4}}
///
/// Proof: `ConvertBodyTests`.
package struct ConvertJSONBody: Sendable {
    /// A picture in a JSON body.
    package struct Picture: Sendable {
        /// Its name, as a file's; nil when none is given.
        package let name: String?
        /// Its content, still encoded.
        package let data: DataURL
        /// What errors call it, such as `images[0]`.
        package let parameter: String
    }

    /// The pictures in order, at least one.
    package private(set) var images: [Picture] = []
    /// The rest.
    package private(set) var options = ConvertOptionsBody()

    private static let keys = ["images", "stack", "name", "options"]

    /// Reads a body. Pictures' contents are decoded later, by `DataURL.decode`.
    package init(_ bytes: [UInt8], limits: UploadLimits = .init()) throws(ConvertBodyError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw .invalidJSON(reason: error.description)
        }
        for member in try Self.members(of: value, "the body", known: Self.keys, prefix: "") {
            switch member.key {
            case "images": try setImages(member.value, limit: limits.images)
            case "stack": try options.setStack(try ConvertOptionsBody.string(member.value, "stack"))
            case "name": try options.setName(try ConvertOptionsBody.string(member.value, "name"))
            default: try setOptions(member.value)
            }
        }
        guard !images.isEmpty else { throw .missingImage }
    }

    private mutating func setImages(_ value: JSONValue, limit: Int) throws(ConvertBodyError) {
        guard case .array(let items) = value else {
            throw .invalidValue(parameter: "images", expected: "an array", found: value.kindName)
        }
        guard items.count <= limit else { throw .tooManyImages(limit: limit) }
        for (index, item) in items.enumerated() { images.append(try Self.picture(item, "images[\(index)]")) }
    }

    private static func picture(_ item: JSONValue, _ parameter: String) throws(ConvertBodyError) -> Picture {
        if case .string(let text) = item {
            return Picture(name: nil, data: try data(text, parameter), parameter: parameter)
        }
        let expected = "a data: URL or an object"
        guard case .object = item else {
            throw .invalidValue(parameter: parameter, expected: expected, found: item.kindName)
        }
        var name: String?
        var content: DataURL?
        for member in try members(of: item, parameter, known: ["name", "data"], prefix: parameter + ".") {
            let text = try ConvertOptionsBody.string(member.value, parameter + "." + member.key)
            if member.key == "name" { name = text } else { content = try data(text, parameter + ".data") }
        }
        guard let content else {
            throw .invalidValue(parameter: parameter + ".data", expected: "a data: URL", found: "nothing")
        }
        return Picture(name: name, data: content, parameter: parameter)
    }

    private mutating func setOptions(_ value: JSONValue) throws(ConvertBodyError) {
        let known = ConvertOptionsBody.settings
        for member in try Self.members(of: value, "options", known: known, prefix: "options.") {
            try options.set(member.key, to: member.value, parameter: "options." + member.key)
        }
        try options.check()
    }

    /// The members of an object that are not null, all of them known.
    private static func members(
        of value: JSONValue, _ what: String, known: [String], prefix: String
    ) throws(ConvertBodyError) -> [JSONValue.Member] {
        guard case .object(let members) = value else {
            throw .invalidValue(parameter: what, expected: "an object", found: value.kindName)
        }
        if let unknown = members.first(where: { !known.contains($0.key) }) {
            throw .unknownParameter(prefix + unknown.key, known: known)
        }
        return members.filter { $0.value != .null }
    }

    private static func data(_ text: String, _ parameter: String) throws(ConvertBodyError) -> DataURL {
        do throws(DataURLError) {
            return try DataURL(text)
        } catch {
            throw .invalidValue(parameter: parameter, expected: "a data: URL", found: text.quotedBriefly)
        }
    }
}
