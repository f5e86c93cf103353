// Places and colours on a page, as browsers count them: CSS pixels from the page's top left corner, 8-bit sRGB.

/// A rectangle in CSS pixels from the page's top left corner.
public struct Box: Sendable, Equatable, Codable {
    /// The place of the top left corner.
    public var x, y: Double
    /// The size; 0 or more.
    public var width, height: Double

    /// Describes a rectangle.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The x of the right edge.
    public var right: Double { x + width }
    /// The y of the lower edge.
    public var bottom: Double { y + height }
    /// Width times height.
    public var area: Double { width * height }
    /// The middle.
    public var center: (x: Double, y: Double) { (x + width / 2, y + height / 2) }

    /// The part that two boxes share; nil when they only touch or lie apart.
    public func intersection(_ other: Box) -> Box? {
        let (left, top) = (max(x, other.x), max(y, other.y))
        let (right, bottom) = (min(right, other.right), min(bottom, other.bottom))
        guard right > left, bottom > top else { return nil }
        return Box(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// The smallest box around two.
    public func union(_ other: Box) -> Box {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return Box(
            x: left, y: top, width: max(right, other.right) - left, height: max(bottom, other.bottom) - top)
    }
}

/// An opaque colour: 8-bit sRGB.
public struct RGB: Sendable, Hashable {
    public var red, green, blue: UInt8

    /// Describes a colour.
    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// `#rrggbb` in lower case.
    public var hex: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Reads `#rrggbb` in either case; nil for anything else.
    public init?(hex: String) {
        let digits = hex.utf8.dropFirst()
        guard hex.utf8.first == UInt8(ascii: "#"), digits.count == 6, let value = UInt32(hex.dropFirst(), radix: 16),
            digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-")
        else { return nil }
        self.init(UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255))
    }
}

extension RGB: Codable, CustomStringConvertible {
    /// `#rrggbb`.
    public var description: String { hex }

    /// Reads `#rrggbb`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let colour = RGB(hex: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not #rrggbb")
        }
        self = colour
    }

    /// Writes `#rrggbb`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
