// One difference between a result and its design: what kind, where in either picture, how much it weighs.

/// One difference between a result and its design.
public struct Difference: Sendable, Equatable {
    /// What differs. Sizes and distances are CSS pixels, and go from the design to the result.
    public enum Kind: Sendable, Equatable {
        /// The design has text that the result lacks; the words where they are known.
        case missingText(String?)
        /// The result has text that the design lacks; the words where they are known.
        case extraText(String?)
        /// Other words.
        case wrongText(expected: String, found: String)
        /// The same text elsewhere: to the right and down are positive.
        case moved(dx: Double, dy: Double)
        /// The same text in another font size.
        case wrongSize(expected: Double, found: Double)
        /// The same text in another colour.
        case wrongColour(expected: RGB, found: RGB)
        /// An area without text that has another colour: a background, a card, a picture.
        case wrongArea(expected: RGB, found: RGB)
        /// The result is wider than its window by this much more than the design is.
        case overflow(Double)
        /// The result shows one colour and nothing else.
        case blank
        /// Text that stands for something still to be written.
        case placeholder(String)
    }

    /// What differs.
    public var kind: Kind
    /// Where in the design; nil where it has nothing there.
    public var designBox: Box?
    /// Where in the result; nil where it has nothing there.
    public var resultBox: Box?
    /// The element of the result; nil when it is a picture or has nothing there.
    public var selector: String?
    /// The share of the total, 0 to 1, that the difference costs by itself, estimated from the category it falls in.
    public var severity: Double

    init(_ kind: Kind, design: Box? = nil, result: Box? = nil, selector: String? = nil, severity: Double) {
        self.kind = kind
        designBox = design
        resultBox = result
        self.selector = selector
        self.severity = severity
    }
}

extension Difference: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind, expected, found, dx, dy, text, pixels, selector, severity
        case designBox = "design_box"
        case resultBox = "result_box"
    }

    private enum Name: String, Codable {
        case missingText = "missing_text"
        case extraText = "extra_text"
        case wrongText = "wrong_text"
        case moved
        case wrongSize = "wrong_size"
        case wrongColour = "wrong_colour"
        case wrongArea = "wrong_area"
        case overflow, blank, placeholder
    }

    /// Reads what `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys) throws -> Value {
            try container.decode(Value.self, forKey: key)
        }
        switch try container.decode(Name.self, forKey: .kind) {
        case .missingText: kind = .missingText(try container.decodeIfPresent(String.self, forKey: .text))
        case .extraText: kind = .extraText(try container.decodeIfPresent(String.self, forKey: .text))
        case .wrongText: kind = .wrongText(expected: try value(.expected), found: try value(.found))
        case .moved: kind = .moved(dx: try value(.dx), dy: try value(.dy))
        case .wrongSize: kind = .wrongSize(expected: try value(.expected), found: try value(.found))
        case .wrongColour: kind = .wrongColour(expected: try value(.expected), found: try value(.found))
        case .wrongArea: kind = .wrongArea(expected: try value(.expected), found: try value(.found))
        case .overflow: kind = .overflow(try value(.pixels))
        case .blank: kind = .blank
        case .placeholder: kind = .placeholder(try value(.text))
        }
        designBox = try container.decodeIfPresent(Box.self, forKey: .designBox)
        resultBox = try container.decodeIfPresent(Box.self, forKey: .resultBox)
        selector = try container.decodeIfPresent(String.self, forKey: .selector)
        severity = try container.decode(Double.self, forKey: .severity)
    }

    /// Writes `kind` with what belongs to it, then both boxes, selector (`null` where there is none) and severity.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        func write(_ name: Name, _ expected: (some Encodable)?, _ found: (some Encodable)?) throws {
            try container.encode(name, forKey: .kind)
            try container.encodeIfPresent(expected, forKey: .expected)
            try container.encodeIfPresent(found, forKey: .found)
        }
        func write(_ name: Name, text: String?) throws {
            try container.encode(name, forKey: .kind)
            try container.encode(text, forKey: .text)
        }
        switch kind {
        case .missingText(let text): try write(.missingText, text: text)
        case .extraText(let text): try write(.extraText, text: text)
        case .placeholder(let text): try write(.placeholder, text: text)
        case .wrongText(let expected, let found): try write(.wrongText, expected, found)
        case .wrongSize(let expected, let found): try write(.wrongSize, expected, found)
        case .wrongColour(let expected, let found): try write(.wrongColour, expected, found)
        case .wrongArea(let expected, let found): try write(.wrongArea, expected, found)
        case .moved(let dx, let dy):
            try container.encode(Name.moved, forKey: .kind)
            try container.encode(dx, forKey: .dx)
            try container.encode(dy, forKey: .dy)
        case .overflow(let pixels):
            try container.encode(Name.overflow, forKey: .kind)
            try container.encode(pixels, forKey: .pixels)
        case .blank: try container.encode(Name.blank, forKey: .kind)
        }
        try container.encode(designBox, forKey: .designBox)
        try container.encode(resultBox, forKey: .resultBox)
        try container.encode(selector, forKey: .selector)
        try container.encode(severity, forKey: .severity)
    }
}
