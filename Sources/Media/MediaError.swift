// Everything that can be wrong with a picture file, one clear line each. `file` is the path or the name the caller gave.

/// A fault of a picture file or of its surroundings.
public enum MediaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file could not be read at all: missing, a directory, no permission.
    case unreadable(file: String, reason: String)
    /// The content is none of the formats of `ImageFormat`. `found` describes how it begins.
    case unsupportedFormat(file: String, found: String)
    /// The format is known, but the picture uses a part of it that is not read.
    case unsupportedFeature(file: String, format: ImageFormat, feature: String)
    /// The header announces more pixels than allowed. Nothing was allocated.
    case tooLarge(file: String, width: Int, height: Int, limit: ImageLimits)
    /// The file holds more bytes than allowed.
    case tooManyBytes(file: String, limit: Int)
    /// The content breaks its format's rules, or ends early. No picture is returned in part.
    case corrupt(file: String, format: ImageFormat, reason: String)
    /// A picture could not be encoded.
    case unencodable(reason: String)

    /// One line that names the file, what was expected and what was found.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .unsupportedFormat(let file, let found):
            "\(file): not a PNG, JPEG, WebP, GIF, BMP or AVIF picture: \(found)"
        case .unsupportedFeature(let file, let format, let feature):
            "\(file): this \(format.title) uses \(feature), which is not supported"
        case .tooLarge(let file, let width, let height, let limit):
            "\(file): \(width) × \(height) pixels; the limit is \(limit.maxSide) a side and \(limit.maxPixels) in all"
        case .tooManyBytes(let file, let limit):
            "\(file): more than \(limit) bytes"
        case .corrupt(let file, let format, let reason):
            "\(file): damaged \(format.title): \(reason)"
        case .unencodable(let reason):
            "the picture cannot be written as PNG: \(reason)"
        }
    }
}
