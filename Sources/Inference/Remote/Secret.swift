// A text that may be used but never shown: printing it, logging what holds it, or dumping it gives dots. Only
// `HTTPTransport` reads it, to put it into a header, and takes it out of whatever a server says.

/// A key or a password.
public struct Secret: Sendable, Equatable, ExpressibleByStringLiteral {
    let text: String

    /// Keeps a text from being shown.
    public init(_ text: String) { self.text = text }

    /// Keeps a literal from being shown.
    public init(stringLiteral value: String) { self.init(value) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Dots.
    public var description: String { "•••" }
    /// Dots.
    public var debugDescription: String { description }
    /// Nothing inside.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// In files a secret is a plain string.
extension Secret: Codable {
    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the text itself: what is encoded is as secret as this.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
