// A picture's identity by its pixels: the same pixels in the same arrangement have the same digest.
// 128 bits of SipHash, keyed anew by every process, so nobody can prepare two pictures that are taken for one.
// Digests live in memory only.
import Media
import Model

/// Names a picture or video chunk by its content.
struct PictureDigest: Hashable, Sendable {
    private let first: Int
    private let second: Int

    /// Digests every pixel, the sizes, and whether the item is a still or a chunk.
    init(of item: MediaItem) {
        first = Self.hash(item, half: 1)
        second = Self.hash(item, half: 2)
    }

    private static func hash(_ item: MediaItem, half: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(half)
        switch item {
        case .image(let image):
            hasher.combine(0)
            combine(image, into: &hasher)
        case .chunk(let frames):
            hasher.combine(frames.count)
            for frame in frames { combine(frame, into: &hasher) }
        }
        return hasher.finalize()
    }

    private static func combine(_ image: Image, into hasher: inout Hasher) {
        hasher.combine(image.width)
        hasher.combine(image.height)
        image.pixels.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
