// Everything that can be wrong with a picture or video file, one clear line each. `file` is the path or the name the caller gave.

/// A fault of a picture or video file or of its surroundings.
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
    /// The content is none of the formats of `VideoFormat`. `found` describes how it begins.
    case notAVideo(file: String, found: String)
    /// The format is known, but there is nothing in it that can be shown: no video track, a codec that is not there.
    case unreadableVideo(file: String, format: VideoFormat, reason: String)
    /// Frames have more pixels than allowed. None was decoded.
    case videoTooLarge(file: String, width: Int, height: Int, limit: Int)
    /// The video lasts longer than allowed. `seconds` is what is known of its length.
    case videoTooLong(file: String, seconds: Double, limit: Double)
    /// The video has more frames than allowed.
    case tooManyFrames(file: String, limit: Int)
    /// Reading took longer than allowed.
    case videoTooSlow(file: String, limit: Double)
    /// The video breaks its format's rules, or ends early. `frames` were readable, and callers have seen them.
    case damagedVideo(file: String, format: VideoFormat, reason: String, frames: Int)
    /// The task that read a video was cancelled.
    case cancelled

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
        case .notAVideo(let file, let found):
            "\(file): not an MP4, QuickTime, WebM, Matroska, AVI, GIF, FLV, MPEG, Ogg or WMV video: \(found)"
        case .unreadableVideo(let file, let format, let reason):
            "\(file): this \(format.title) file cannot be shown: \(reason)"
        case .videoTooLarge(let file, let width, let height, let limit):
            "\(file): frames of \(width) × \(height) pixels; the limit is \(limit) in all"
        case .videoTooLong(let file, let seconds, let limit):
            "\(file): lasts \(Self.short(seconds)) s; the limit is \(Self.short(limit)) s"
        case .tooManyFrames(let file, let limit):
            "\(file): more than \(limit) frames"
        case .videoTooSlow(let file, let limit):
            "\(file): not read within \(Self.short(limit)) s"
        case .damagedVideo(let file, let format, let reason, let frames):
            "\(file): damaged \(format.title) file: \(reason); \(frames) frames are readable"
        case .cancelled:
            "cancelled"
        }
    }

    /// A number with at most one decimal.
    private static func short(_ seconds: Double) -> String {
        let tenths = (seconds * 10).rounded() / 10
        return tenths == tenths.rounded() && abs(tenths) < 1e15 ? "\(Int(tenths))" : "\(tenths)"
    }
}
