// The door for picture files: bytes or a path in, an `Image` or one typed error out. The format is told by content,
// the announced size is checked before memory depends on it, and a file that ends early gives no picture.

/// The largest picture that is read.
public struct ImageLimits: Sendable, Equatable {
    /// Pixels a side.
    public var maxSide = 16_384
    /// Pixels in all.
    public var maxPixels = 60_000_000
    /// Bytes of the file; only `Image.read` asks.
    public var maxFileBytes = 512 << 20

    /// 16,384 pixels a side, 60 megapixels, 512 MiB.
    public init() {}

    /// Sets the pixel limits.
    public init(maxSide: Int, maxPixels: Int) {
        self.maxSide = maxSide
        self.maxPixels = maxPixels
    }
}

extension Image {
    /// Reads a picture file: regular file or pipe, any of `ImageFormat` whatever its name says.
    ///
    /// Transparency is laid on white; a JPEG's EXIF orientation and an AVIF's turns are applied; of an animation the
    /// first frame is taken.
    public static func read(path: String, limits: ImageLimits = .init()) throws(MediaError) -> Image {
        try decode(FileBytes.load(path, atMost: limits.maxFileBytes), name: path, limits: limits)
    }

    /// Decodes a picture file held in memory. `name` is what errors call it.
    ///
    /// Proofs: `ImageReadingTests`, `HostileFileTests`.
    public static func decode(
        _ bytes: [UInt8], name: String, limits: ImageLimits = .init()
    ) throws(MediaError) -> Image {
        guard let format = ImageFormat.detect(bytes) else {
            throw .unsupportedFormat(file: name, found: describeOpening(of: bytes))
        }
        let file = EncodedPicture(name: name, format: format, bytes: bytes, limits: limits)
        return switch format {
        case .png: try file.decodePNG()
        case .jpeg: try file.decodeJPEG()
        case .webp: try file.decodeWebP()
        case .gif: try file.decodeGIF()
        case .bmp: try file.decodeBMP()
        case .avif: try file.decodeAVIF()
        }
    }

    /// How a file that is no picture begins, in words.
    static func describeOpening(of bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "the file is empty" }
        let opening = bytes.prefix(12)
        if opening.allSatisfy({ (0x20..<0x7f).contains($0) }) {
            return "it begins with \"\(String(decoding: opening, as: UTF8.self))\""
        }
        let digits = Array("0123456789abcdef")
        let hex = opening.map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }.joined(separator: " ")
        return "it begins with bytes \(hex)"
    }
}

/// Columns and rows, as a header says.
typealias PictureSize = (width: Int, height: Int)

/// A file of known format in memory, with checked access to its bytes. Decoders are extensions of this.
struct EncodedPicture {
    let name: String
    let format: ImageFormat
    /// The whole file; where only headers are read, the part that is looked at.
    var bytes: [UInt8]
    let limits: ImageLimits
    /// The size of the whole file.
    let byteCount: Int

    init(name: String, format: ImageFormat, bytes: [UInt8], limits: ImageLimits, byteCount: Int? = nil) {
        self.name = name
        self.format = format
        self.bytes = bytes
        self.limits = limits
        self.byteCount = byteCount ?? bytes.count
    }

    /// The error for content that breaks the format's rules.
    func corrupt(_ reason: String) -> MediaError {
        .corrupt(file: name, format: format, reason: reason)
    }

    /// The error for content that is valid but not read.
    func unsupported(_ feature: String) -> MediaError {
        .unsupportedFeature(file: name, format: format, feature: feature)
    }

    /// Refuses sizes beyond the limits. Called with the header's size before anything is allocated for it.
    func checkSize(_ width: Int, _ height: Int) throws(MediaError) {
        guard width > 0, height > 0 else { throw corrupt("the header says \(width) × \(height) pixels") }
        guard width <= limits.maxSide, height <= limits.maxSide, width * height <= limits.maxPixels else {
            throw .tooLarge(file: name, width: width, height: height, limit: limits)
        }
    }

    /// Says that `part`, expected at `range`, lies inside the bytes at hand.
    func require(_ range: Range<Int>, _ part: String) throws(MediaError) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else { throw truncated(part) }
    }

    /// Says that `part`, expected at `range`, lies inside the file.
    func requireInFile(_ range: Range<Int>, _ part: String) throws(MediaError) {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else { throw truncated(part) }
    }

    /// The error for a file that ends inside its `part`.
    func truncated(_ part: String) -> MediaError {
        corrupt("truncated: the file ends inside its \(part) (byte \(byteCount))")
    }

    /// Four bytes that name a part of the file, fit to be shown: what is not printable ASCII becomes "?".
    func fourCharacters(at offset: Int, _ part: String) throws(MediaError) -> String {
        try require(offset..<offset + 4, part)
        return String(
            decoding: bytes[offset..<offset + 4].map { (0x20..<0x7f).contains($0) ? $0 : 0x3f }, as: UTF8.self)
    }

    /// An unsigned number of up to 7 bytes, most significant first.
    func bigEndian(at offset: Int, bytes count: Int, _ part: String) throws(MediaError) -> Int {
        try require(offset..<offset + count, part)
        return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }

    /// An unsigned number of up to 7 bytes, least significant first.
    func littleEndian(at offset: Int, bytes count: Int, _ part: String) throws(MediaError) -> Int {
        try require(offset..<offset + count, part)
        return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
