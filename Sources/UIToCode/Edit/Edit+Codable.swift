// Edits in JSON. Keys are in snake case; one that is not known is refused by name, and so is an edit that `check()`
// would refuse, so that what was decoded is sound as far as that shows without the document.
//
//     {"operations": [{"selector": "main > button", "set_style": {"color": "#0a0"}}]}
//     {"instruction": "make the button green", "selector": "main > button", "box": {"x": 0, "y": 0, …}}

/// A key of an object.
private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<Key> {
    /// Refuses keys that are not among `known`.
    fileprivate func check(_ known: [String], of thing: String) throws {
        guard let key = allKeys.filter({ !known.contains($0.stringValue) }).min(by: { $0.stringValue < $1.stringValue })
        else { return }
        let list = known.sorted().joined(separator: ", ")
        throw fault("\(thing) has no field \"\(key.stringValue)\"; known: \(list)")
    }

    fileprivate func has(_ key: String) -> Bool { contains(Key(key)) }

    fileprivate func read<Value: Decodable>(_ key: String) throws -> Value { try decode(Value.self, forKey: Key(key)) }

    fileprivate func fault(_ reason: String) -> DecodingError {
        DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: reason))
    }
}

extension KeyedEncodingContainer<Key> {
    fileprivate mutating func write(_ value: some Encodable, _ key: String) throws {
        try encode(value, forKey: Key(key))
    }
}

extension Edit: Codable {
    /// Reads an edit. The keys `file` and `revision`, which say what is edited, may stand beside it and are not read.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard container.has("operations") != container.has("instruction") else {
            throw container.fault("an edit has either an instruction or operations")
        }
        if container.has("operations") {
            try container.check(["operations", "file", "revision"], of: "an edit by operations")
            self = .operations(try container.read("operations"))
        } else {
            try container.check(["instruction", "selector", "box", "file", "revision"], of: "an instruction")
            self = .instruction(
                Instruction(
                    try container.read("instruction"),
                    selector: try container.decodeIfPresent(String.self, forKey: Key("selector")),
                    box: try container.decodeIfPresent(Instruction.Box.self, forKey: Key("box"))))
        }
        do { try check() } catch { throw container.fault("\(error)") }
    }

    /// Writes the edit as it is read.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .operations(let operations): try container.write(operations, "operations")
        case .instruction(let instruction):
            try container.write(instruction.text, "instruction")
            if let selector = instruction.selector { try container.write(selector, "selector") }
            if let box = instruction.box { try container.write(box, "box") }
        }
    }
}

extension EditOperation: Codable {
    private static let changes = [
        "duplicate", "move", "remove", "set_attribute", "set_html", "set_style", "set_text",
    ]

    /// Reads an operation: a selector and exactly one change.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try container.check(["selector"] + Self.changes, of: "an operation")
        let found = Self.changes.filter { container.has($0) }
        guard found.count == 1 else {
            let list = found.isEmpty ? "none" : found.joined(separator: " and ")
            throw container.fault("an operation has one change, not \(list)")
        }
        let change: Change
        switch found[0] {
        case "set_text": change = .setText(try container.read("set_text"))
        case "set_html": change = .setHTML(try container.read("set_html"))
        case "set_style": change = .setStyle(try container.read("set_style"))
        case "set_attribute":
            let value: AttributeValue = try container.read("set_attribute")
            change = .setAttribute(name: value.name, value: value.value)
        case "move": change = .move(try container.read("move"))
        case let flag:
            guard try container.read(flag) as Bool else {
                throw container.fault("\(flag) is true or left out")
            }
            change = flag == "remove" ? .remove : .duplicate
        }
        self.init(try container.read("selector"), change)
    }

    /// Writes the operation as it is read.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.write(selector, "selector")
        switch change {
        case .setText(let text): try container.write(text, "set_text")
        case .setHTML(let markup): try container.write(markup, "set_html")
        case .setStyle(let style): try container.write(style, "set_style")
        case .setAttribute(let name, let value):
            try container.write(AttributeValue(name: name, value: value), "set_attribute")
        case .remove: try container.write(true, "remove")
        case .duplicate: try container.write(true, "duplicate")
        case .move(let direction): try container.write(direction, "move")
        }
    }

    /// `{"name": "href", "value": "/x"}`; the value is null to take the attribute away, and never left out.
    private struct AttributeValue: Codable {
        let name: String
        let value: String?

        init(name: String, value: String?) {
            self.name = name
            self.value = value
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            try container.check(["name", "value"], of: "set_attribute")
            guard container.has("value") else { throw container.fault("value is missing; null takes it away") }
            self.init(
                name: try container.read("name"), value: try container.decode(String?.self, forKey: Key("value")))
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.write(name, "name")
            try container.write(value, "value")
        }
    }
}

extension Instruction.Box: Codable {
    /// Reads a box of exactly four numbers.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try container.check(["x", "y", "width", "height"], of: "a box")
        self.init(
            x: try container.read("x"), y: try container.read("y"), width: try container.read("width"),
            height: try container.read("height"))
    }

    /// Writes the box as it is read.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.write(x, "x")
        try container.write(y, "y")
        try container.write(width, "width")
        try container.write(height, "height")
    }
}
