// The six picture formats, told apart by their first bytes. File names only say what somebody takes a file for.

/// A picture format that `Image` reads.
public enum ImageFormat: String, Sendable, CaseIterable {
    /// Portable Network Graphics.
    case png
    /// JPEG in its usual JFIF or EXIF wrapping.
    case jpeg
    /// WebP, lossy or lossless.
    case webp
    /// GIF87a or GIF89a.
    case gif
    /// Windows or OS/2 bitmap.
    case bmp
    /// AV1 still picture.
    case avif

    /// The format whose signature `bytes` begin with, or nil. 32 bytes are enough for all but odd AVIF files.
    public static func detect(_ bytes: [UInt8]) -> ImageFormat? {
        func matches(_ text: StaticString, at offset: Int = 0) -> Bool {
            bytes.count >= offset + text.utf8CodeUnitCount
                && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[offset + $0] == text.utf8Start[$0] }
        }
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return .png }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return .jpeg }
        if matches("RIFF") && matches("WEBP", at: 8) { return .webp }
        if matches("GIF87a") || matches("GIF89a") { return .gif }
        if matches("ftyp", at: 4) { return namesAVIF(bytes) ? .avif : nil }
        // "BM" alone opens many texts; the size of the second header is one of a few.
        if matches("BM"), bytes.count >= 18, [12, 40, 52, 56, 64, 108, 124].contains(bytes[14]),
            bytes[15...17].allSatisfy({ $0 == 0 })
        {
            return .bmp
        }
        return nil
    }

    /// Whether a file's name claims, by its extension, that it holds a picture. Its bytes may say otherwise.
    public static func isClaimed(by fileName: String) -> Bool {
        let name = fileName.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return false }
        return extensions.contains(name[name.index(after: dot)...].lowercased())
    }

    private static let extensions = Set(allCases.map(\.rawValue) + ["jpg"])

    /// Whether a leading `ftyp` box lists `avif` or `avis` among its brands.
    private static func namesAVIF(_ bytes: [UInt8]) -> Bool {
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let end = min(length, bytes.count, 1024)
        let brands = [8] + Array(stride(from: 16, to: max(end, 16), by: 4))
        return brands.contains { offset in
            offset + 4 <= end
                && [[0x61, 0x76, 0x69, 0x66], [0x61, 0x76, 0x69, 0x73]].contains(bytes[offset..<offset + 4])
        }
    }

    /// The format's name as people write it.
    var title: String {
        self == .webp ? "WebP" : rawValue.uppercased()
    }
}
