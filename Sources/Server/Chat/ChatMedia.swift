// Pictures and videos of chats: data: URLs, and files that were uploaded before (`ms://ID`). Nothing is fetched from
// elsewhere. Clients are forgiven what they commonly get wrong: white space behind the comma, a media type that is none.
// Pixels are worked on away from the tasks of the service.
import Foundation
import HTTPTypes
import Inference
import Jobs
import Media
import Synchronization

/// Reads the media of one request.
struct ChatMedia: Sendable {
    /// The most pictures and videos in one conversation.
    static let mostItems = 256

    let store: JobStore
    let limits: UploadLimits
    let abilities: Abilities
    /// Whose files may be named.
    let keyID: String
    /// The most pixels of all of them together, 3 bytes each: three videos of 256 frames of 1920 × 1080. A few bytes of
    /// a request may be a large picture, or name a file again and again.
    var mostPixels = 1_600_000_000
    /// What was read so far; copies have it in common.
    let tally = MediaTally()

    /// A picture.
    ///
    /// - Parameter place: the string that names it.
    func image(_ place: RequestPlace) async throws -> Message.Part {
        try admitImage(place)
        let source = try await source(of: place)
        guard source.kind != .video else { throw place.wrong("a picture") }
        return try await image(source, place)
    }

    /// A picture whose bytes are given in base64.
    func image(base64 place: RequestPlace) async throws -> Message.Part {
        try admitImage(place)
        let url = "data:;base64," + (try place.string())
        return try await image(.bytes(try await decoded(url, place)), place)
    }

    /// A picture that was uploaded before, by its id.
    func image(file place: RequestPlace) async throws -> Message.Part {
        try admitImage(place)
        let file = try await store.media(try place.string(), key: keyID)
        guard file.kind == .image else { throw place.wrong("a picture") }
        return try await image(.file(file), place)
    }

    /// A video, as the frames that the engine samples of it.
    func video(_ place: RequestPlace) async throws -> Message.Part {
        guard abilities.readsVideo else {
            throw Problem(.engineNoVision, "\(abilities.modelName) reads no video", param: place.name)
        }
        try admit(place)
        let source = try await source(of: place)
        guard source.kind != .image else { throw place.wrong("a video") }
        let limits = videoLimits
        let rate = abilities.videoFramesPerSecond
        let clip: VideoClip = try await PixelThreads.run {
            try place.naming(source.path) {
                switch source {
                case .bytes(let bytes):
                    try VideoClip(reading: bytes, name: place.name, limits: limits, samplesPerSecond: rate)
                case .file(let file):
                    try VideoClip(reading: file.path, limits: limits, samplesPerSecond: rate)
                }
            }
        }
        try weigh(clip.frames, place)
        return .video(clip)
    }

    private var videoLimits: VideoLimits {
        var video = VideoLimits()
        video.maxFileBytes = limits.videoBytes
        return video
    }

    // MARK: Sources

    /// Where a picture or video comes from.
    private enum Source: Sendable {
        case bytes([UInt8])
        case file(MediaFile)

        /// What it is said to be; nil when only its bytes tell.
        var kind: MediaFile.Kind? { if case .file(let file) = self { file.kind } else { nil } }
        /// Where it lies on this machine, which no client is told; nil for what came with the request.
        var path: String? { if case .file(let file) = self { file.path } else { nil } }
    }

    private func image(_ source: Source, _ place: RequestPlace) async throws -> Message.Part {
        let limits = ImageLimits(maxSide: limits.imageSide, maxPixels: limits.imagePixels)
        let image: Image = try await PixelThreads.run {
            try place.naming(source.path) {
                switch source {
                case .bytes(let bytes): try Image.decode(bytes, name: place.name, limits: limits)
                case .file(let file): try Image.read(path: file.path, limits: limits)
                }
            }
        }
        try weigh([image], place)
        return .image(image)
    }

    private func source(of place: RequestPlace) async throws -> Source {
        let text = try place.string()
        if let id = text.wholeMatch(of: /ms:\/\/(.+)/)?.1 {
            return .file(try await store.media(String(id), key: keyID))
        }
        guard text.prefix(5).lowercased() == "data:" else {
            throw Problem(
                .invalidParameter,
                "\(place.name) is a data: URL or ms:// and the id of an uploaded file; this service fetches nothing",
                param: place.name)
        }
        return .bytes(try await decoded(text, place))
    }

    private func decoded(_ url: String, _ place: RequestPlace) async throws -> [UInt8] {
        let limit = limits.chatBytes
        return try await PixelThreads.run {
            do {
                var bytes: [UInt8] = []
                try DataURL(url).decode(atMost: limit) { bytes += $0 }
                return bytes
            } catch let error as DataURLError {
                throw Problem(error, in: place.name)
            }
        }
    }

    // MARK: Limits

    private func admitImage(_ place: RequestPlace) throws(Problem) {
        guard abilities.readsImages else {
            throw Problem(.engineNoVision, "\(abilities.modelName) cannot see pictures", param: place.name)
        }
        try admit(place)
    }

    private func admit(_ place: RequestPlace) throws(Problem) {
        guard tally.addItem() <= Self.mostItems else {
            throw Problem(.tooManyFiles, "more than \(Self.mostItems) pictures and videos", param: place.name)
        }
    }

    private func weigh(_ images: [Image], _ place: RequestPlace) throws(Problem) {
        guard tally.add(pixels: images.reduce(0) { $0 + $1.width * $1.height }) <= mostPixels else {
            throw Problem(
                .imageTooLarge, "up to \(place.name) there are more than \(mostPixels) pixels in this conversation",
                param: place.name, status: .unprocessableContent)
        }
    }
}

/// Counts the media of one request.
final class MediaTally: Sendable {
    private struct Counts {
        var items = 0
        var pixels = 0
    }

    private let counts = Mutex(Counts())

    /// Counts one more picture or video, and gives how many there are.
    func addItem() -> Int {
        counts.withLock { counts in
            counts.items += 1
            return counts.items
        }
    }

    /// Counts more pixels, and gives how many there are.
    func add(pixels: Int) -> Int {
        counts.withLock { counts in
            counts.pixels += pixels
            return counts.pixels
        }
    }
}

extension RequestPlace {
    /// Does work on the medium that stands here; its faults are the request's, and name the place and not the path.
    fileprivate func naming<Value>(_ path: String?, _ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let error as MediaError {
            var problem = Problem(error, shown: name, path: path ?? name)
            problem.param = name
            throw problem
        }
    }
}
