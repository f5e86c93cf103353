// Pictures and videos of chats: data: URLs, and files that were uploaded before (`ms://ID`). Nothing is fetched from
// elsewhere. Clients are forgiven what they commonly get wrong: white space behind the comma, a media type that is none.
// Pixels are worked on away from the tasks of the service.
import Foundation
import Inference
import Jobs
import Media

/// Reads the media of one request.
struct ChatMedia: Sendable {
    /// The most pictures and videos in one conversation.
    static let mostItems = 256

    let store: JobStore
    let limits: UploadLimits
    let abilities: Abilities
    /// Whose files may be named.
    let keyID: String

    /// A picture.
    ///
    /// - Parameter place: the string that names it.
    func image(_ place: RequestPlace) async throws -> Message.Part {
        try requireVision(place)
        let source = try await source(of: place)
        guard source.kind != .video else { throw place.wrong("a picture") }
        return try await image(source, place)
    }

    /// A picture whose bytes are given in base64.
    func image(base64 place: RequestPlace) async throws -> Message.Part {
        try requireVision(place)
        let url = "data:;base64," + (try place.string())
        return try await image(.bytes(try await decoded(url, place)), place)
    }

    /// A picture that was uploaded before, by its id.
    func image(file place: RequestPlace) async throws -> Message.Part {
        try requireVision(place)
        let file = try await store.media(try place.string(), key: keyID)
        guard file.kind == .image else { throw place.wrong("a picture") }
        return try await image(.file(file), place)
    }

    /// A video, as the frames that the engine samples of it.
    func video(_ place: RequestPlace) async throws -> Message.Part {
        guard abilities.readsVideo else {
            throw Problem(.engineNoVision, "\(abilities.modelName) reads no video", param: place.name)
        }
        let source = try await source(of: place)
        guard source.kind != .image else { throw place.wrong("a video") }
        let limits = VideoLimits()
        let rate = abilities.videoFramesPerSecond
        return try await PixelThreads.run {
            try place.naming {
                switch source {
                case .bytes(let bytes):
                    .video(try VideoClip(reading: bytes, name: place.name, limits: limits, samplesPerSecond: rate))
                case .file(let file):
                    .video(try VideoClip(reading: file.path, limits: limits, samplesPerSecond: rate))
                }
            }
        }
    }

    // MARK: Sources

    /// Where a picture or video comes from.
    private enum Source: Sendable {
        case bytes([UInt8])
        case file(MediaFile)

        /// What it is said to be; nil when only its bytes tell.
        var kind: MediaFile.Kind? { if case .file(let file) = self { file.kind } else { nil } }
    }

    private func image(_ source: Source, _ place: RequestPlace) async throws -> Message.Part {
        let limits = ImageLimits(maxSide: limits.imageSide, maxPixels: limits.imagePixels)
        return try await PixelThreads.run {
            try place.naming {
                switch source {
                case .bytes(let bytes): .image(try Image.decode(bytes, name: place.name, limits: limits))
                case .file(let file): .image(try Image.read(path: file.path, limits: limits))
                }
            }
        }
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

    private func requireVision(_ place: RequestPlace) throws(Problem) {
        guard abilities.readsImages else {
            throw Problem(.engineNoVision, "\(abilities.modelName) cannot see pictures", param: place.name)
        }
    }
}

extension RequestPlace {
    /// Does work on the medium that stands here; its faults are the request's.
    fileprivate func naming<Value>(_ work: () throws -> Value) throws -> Value {
        do { return try work() } catch let error as MediaError {
            var problem = Problem(error, shown: name, path: name)
            problem.param = name
            throw problem
        }
    }
}
