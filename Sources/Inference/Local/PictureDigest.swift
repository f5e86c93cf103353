// A picture's identity by its pixels: the same pixels in the same arrangement have the same digest, in every process.
import Crypto
import Media
import Model

/// Names a picture or video chunk by its content.
struct PictureDigest: Hashable, Sendable {
    let content: ContentDigest

    /// Digests every pixel, the sizes, and whether the item is a still or a chunk.
    init(of item: MediaItem) {
        var hash = SHA256()
        switch item {
        case .image(let image):
            Self.update(&hash, 0)
            Self.update(&hash, image)
        case .chunk(let frames):
            Self.update(&hash, frames.count)
            for frame in frames { Self.update(&hash, frame) }
        }
        content = ContentDigest(hash)
    }

    private static func update(_ hash: inout SHA256, _ image: Image) {
        update(&hash, image.width)
        update(&hash, image.height)
        image.pixels.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }

    private static func update(_ hash: inout SHA256, _ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { hash.update(bufferPointer: $0) }
    }
}
