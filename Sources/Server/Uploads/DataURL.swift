// `data:` URLs (RFC 2397, with base64 as the Fetch standard forgives it): what kind of content there is, and its bytes in
// pieces, so that decoding needs no memory beside the URL's own.

/// What is wrong with a data: URL.
package enum DataURLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text does not begin with `data:`.
    case notDataURL(found: String)
    /// No comma ends the media type, or it is longer than 1,024 bytes.
    case noContent
    /// The content is not base64, or not percent-encoded. `offset` counts the URL's bytes.
    case badContent(offset: Int, expected: String)
    /// The content is longer than so many bytes.
    case tooLong(limit: Int)

    /// One line: what was expected, what was found.
    package var description: String {
        switch self {
        case .notDataURL(let found): "expected a URL that begins with data:, found \(found.debugDescription)"
        case .noContent: "the data: URL has no comma behind its media type"
        case .badContent(let offset, let expected): "the data: URL is damaged at byte \(offset): expected \(expected)"
        case .tooLong(let limit): "the data: URL holds more than \(limit) bytes"
        }
    }
}

/// A data: URL, its content still encoded.
///
/// Proof: `DataURLTests`.
package struct DataURL: Sendable {
    /// The content type without parameters, in lower case; `text/plain` when the URL names none.
    package let mediaType: String
    /// Whether the content is base64; percent-encoded otherwise.
    package let isBase64: Bool
    private let text: String
    private let contentStart: Int

    /// Reads the part before the comma. The content is looked at by `decode`.
    package init(_ text: String) throws(DataURLError) {
        self.text = text
        let opening = Array(text.utf8.prefix(5 + 1024))
        guard opening.count >= 5, String(decoding: opening[..<5], as: UTF8.self).lowercased() == "data:" else {
            throw .notDataURL(found: String(text.prefix(20)))
        }
        guard let comma = opening.firstIndex(of: UInt8(ascii: ",")) else { throw .noContent }
        contentStart = comma + 1
        let fields = String(decoding: opening[5..<comma], as: UTF8.self).lowercased()
            .split(separator: ";", omittingEmptySubsequences: false)
            .map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        isBase64 = fields.count > 1 && fields.last == "base64"
        mediaType = fields.first.flatMap { $0.isEmpty ? nil : $0 } ?? "text/plain"
    }

    /// Decodes the content, at most `limit` bytes, into pieces of at most 48 KiB.
    ///
    /// Percent escapes are undone first; base64 may then lack its padding and hold white space.
    ///
    /// - Returns: how many bytes there were.
    /// - Throws: `DataURLError`, after some pieces perhaps, or what `consume` throws.
    @discardableResult
    package func decode(atMost limit: Int, _ consume: (UnsafeRawBufferPointer) throws -> Void) throws -> Int {
        var output = DataPieces(limit: limit)
        var digits = Base64Digits()
        var offset = contentStart
        var content = text.utf8.dropFirst(contentStart).makeIterator()
        while var byte = content.next() {
            let start = offset
            offset += 1
            if byte == UInt8(ascii: "%") {
                guard let high = content.next().flatMap(PercentEncoding.digit),
                    let low = content.next().flatMap(PercentEncoding.digit)
                else { throw DataURLError.badContent(offset: start, expected: "two hexadecimal digits after %") }
                offset += 2
                byte = high << 4 | low
            }
            if isBase64 {
                guard digits.take(byte) else { throw DataURLError.badContent(offset: start, expected: "base64") }
                guard let decoded = digits.nextByte() else { continue }
                byte = decoded
            }
            try output.append(byte, consume)
        }
        guard !isBase64 || digits.isWhole else {
            throw DataURLError.badContent(offset: offset, expected: "groups of four base64 digits")
        }
        return try output.finish(consume)
    }
}

/// Base64 digits on their way to bytes.
private struct Base64Digits {
    private var bits: UInt32 = 0
    private var bitCount = 0
    private var digitCount = 0
    private var paddingCount = 0

    /// Takes one character; false where it cannot stand here.
    mutating func take(_ character: UInt8) -> Bool {
        let value = Self.values[Int(character)]
        if value < 64, paddingCount == 0 {
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            digitCount += 1
            return true
        }
        if character == UInt8(ascii: "=") {
            paddingCount += 1
            return paddingCount <= 2
        }
        return value == Self.space
    }

    /// The byte that the last digit completed, if any.
    mutating func nextByte() -> UInt8? {
        guard bitCount >= 8 else { return nil }
        bitCount -= 8
        return UInt8(truncatingIfNeeded: bits >> UInt32(bitCount))
    }

    /// Whether the digits so far stand for whole bytes, with all the padding or none.
    var isWhole: Bool { digitCount % 4 != 1 && (paddingCount == 0 || (digitCount + paddingCount) % 4 == 0) }

    private static let space: UInt8 = 64

    /// By character: the digit's value, 64 for white space, 65 for anything else.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 65, count: 256)
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, digit) in digits.utf8.enumerated() { values[Int(digit)] = UInt8(value) }
        for character in [0x20, 0x09, 0x0a, 0x0c, 0x0d] { values[character] = space }
        return values
    }()
}

/// Collects decoded bytes and hands them on piece by piece.
private struct DataPieces {
    private static let pieceBytes = 48 << 10

    let limit: Int
    private var piece: [UInt8] = []
    private var count = 0

    init(limit: Int) {
        self.limit = limit
        piece.reserveCapacity(Self.pieceBytes)
    }

    mutating func append(_ byte: UInt8, _ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
        count += 1
        guard count <= limit else { throw DataURLError.tooLong(limit: limit) }
        piece.append(byte)
        if piece.count == Self.pieceBytes { try flush(consume) }
    }

    /// Hands on what is left. Returns how many bytes there were in all.
    mutating func finish(_ consume: (UnsafeRawBufferPointer) throws -> Void) throws -> Int {
        if !piece.isEmpty { try flush(consume) }
        return count
    }

    private mutating func flush(_ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
        try piece.withUnsafeBytes { try consume($0) }
        piece.removeAll(keepingCapacity: true)
    }
}
