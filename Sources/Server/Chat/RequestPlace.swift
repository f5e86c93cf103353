// A place in a request's JSON, read member by member. What is wrong is said with its whole address, such as
// `messages[2].content[0].image_url.url`. `null` is as good as absent.
import Inference

/// A value in a request and where it stands.
struct RequestPlace: Sendable {
    let value: JSONValue
    /// The way from the body to the value; empty for the body itself.
    let name: String

    /// Reads a whole body.
    ///
    /// - Throws: `invalid_json`, or `invalid_parameter` for what is no object.
    init(body: [UInt8]) throws(Problem) {
        do { value = try JSONValue(parsing: body) } catch {
            throw Problem(.invalidJSON, "the body is not JSON: \(error)")
        }
        name = ""
        guard case .object = value else { throw wrong("an object") }
    }

    private init(_ value: JSONValue, _ name: String) {
        self.value = value
        self.name = name
    }

    /// A member; nil when it is absent or null.
    subscript(_ key: String) -> RequestPlace? {
        guard let member = value[key], member != .null else { return nil }
        return RequestPlace(member, name.isEmpty ? key : "\(name).\(key)")
    }

    /// A member that must be there.
    func required(_ key: String) throws(Problem) -> RequestPlace {
        guard let place = self[key] else {
            let param = name.isEmpty ? key : "\(name).\(key)"
            throw Problem(.invalidParameter, "\(param) is missing", param: param)
        }
        return place
    }

    /// Refuses members that nobody reads: what is asked for in vain is told, not dropped.
    func only(_ known: Set<String>) throws(Problem) {
        guard case .object(let members) = value else { throw wrong("an object") }
        if let other = members.first(where: { !known.contains($0.key) }) {
            let param = name.isEmpty ? other.key : "\(name).\(other.key)"
            throw Problem(.invalidParameter, "there is no parameter \(param.quotedBriefly) here", param: param)
        }
    }

    // MARK: Values

    var isString: Bool { if case .string = value { true } else { false } }
    var isObject: Bool { if case .object = value { true } else { false } }

    func string() throws(Problem) -> String {
        guard case .string(let text) = value else { throw wrong("a string") }
        return text
    }

    func bool() throws(Problem) -> Bool {
        guard case .bool(let flag) = value else { throw wrong("true or false") }
        return flag
    }

    func integer(_ range: ClosedRange<Int>) throws(Problem) -> Int {
        // Digits as they stand: a `Double` would round those of a long seed.
        guard case .number(let digits) = value,
            let whole = Int(digits) ?? Double(digits).flatMap({ Int(exactly: $0) }), range.contains(whole)
        else { throw wrong("a whole number from \(range.lowerBound) to \(range.upperBound)") }
        return whole
    }

    func number(_ range: ClosedRange<Double>) throws(Problem) -> Double {
        guard case .number(let digits) = value, let number = Double(digits), range.contains(number) else {
            throw wrong("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The items of a list.
    func items() throws(Problem) -> [RequestPlace] {
        guard case .array(let items) = value else { throw wrong("a list") }
        return items.enumerated().map { RequestPlace($1, "\(name)[\($0)]") }
    }

    /// The strings of a list.
    func strings(atMost limit: Int) throws(Problem) -> [String] {
        let items = try items()
        guard items.count <= limit else { throw wrong("at most \(limit) strings") }
        var strings: [String] = []
        for item in items { strings.append(try item.string()) }
        return strings
    }

    /// A string that names one of the tools.
    func name(among tools: [Tool]) throws(Problem) -> String {
        guard let tool = tools.first(where: { value == .string($0.name) }) else {
            throw wrong("the name of one of the tools")
        }
        return tool.name
    }

    /// A string that names none of the tools so far.
    func name(besides tools: [Tool]) throws(Problem) -> String {
        let name = try string()
        guard !tools.contains(where: { $0.name == name }) else { throw wrong("a name that no other tool has") }
        return name
    }

    /// JSON as text: an object as it stands.
    func objectText() throws(Problem) -> String {
        guard isObject else { throw wrong("an object") }
        return value.text(.compact)
    }

    /// What is wrong with the value.
    func wrong(_ expected: String) -> Problem {
        let found =
            switch value {
            case .string(let text): text.quotedBriefly
            case .number(let digits): String(digits.prefix(40))
            case .bool(let flag): "\(flag)"
            case .null, .array, .object: value.kindName
            }
        let subject = name.isEmpty ? "the body" : name
        return Problem(.invalidParameter, "\(subject) is \(expected), not \(found)", param: name.isEmpty ? nil : name)
    }
}
