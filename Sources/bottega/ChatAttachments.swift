// Pictures and videos that go with the next message. Pictures are read at once; of videos only the head, since how many
// frames are wanted is for the engine to say.
import Inference
import Media

/// What is shown with a message.
struct ChatAttachments {
    private enum Item {
        case image(Image)
        case video
    }

    private var items: [(path: String, item: Item)] = []
    private let maxFrames: Int

    init(maxFrames: Int) { self.maxFrames = maxFrames }

    var isEmpty: Bool { items.isEmpty }
    /// The files, in the order in which they were added.
    var paths: [String] { items.map(\.path) }

    /// The same for another message, with nothing yet.
    var cleared: ChatAttachments { ChatAttachments(maxFrames: maxFrames) }

    /// Adds a picture.
    mutating func addImage(_ path: String) throws(MediaError) {
        items.append((path, .image(try Image.read(path: path))))
    }

    /// Adds a video that can be opened; whether all of it can be read shows when it is.
    mutating func addVideo(_ path: String) throws(MediaError) {
        _ = try VideoReader(path: path)
        items.append((path, .video))
    }

    /// The parts of a message, for an engine.
    ///
    /// - Throws: `EngineError` before a video is decoded for an engine that reads none; `MediaError`.
    func parts(for abilities: Abilities) throws -> [Message.Part] {
        try items.map { path, item in
            switch item {
            case .image(let image):
                return .image(image)
            case .video:
                guard abilities.readsVideo else {
                    throw EngineError.unsupported("\(abilities.modelName) reads no video")
                }
                return .video(
                    try VideoClip(
                        reading: path, samplesPerSecond: abilities.videoFramesPerSecond, maxFrames: maxFrames))
            }
        }
    }
}
