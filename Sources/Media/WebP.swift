// WebP: the RIFF chunks are read here, the pixels by libav. The codec gets a file rebuilt from the one picture alone,
// so metadata never reaches it; of an animation that picture is the first frame, laid on the transparent canvas.

import CMedia

extension EncodedPicture {
    /// Decodes a WebP still, or the first frame of an animation.
    func decodeWebP() throws(MediaError) -> Image {
        let end = 8 + (try littleEndian(at: 4, bytes: 4, "header"))
        try require(0..<end, "chunks")
        guard end >= 12 else { throw corrupt("it says it is \(end) bytes long") }
        let chunks = try webPChunks(in: 12..<end)
        let frame = try webPFrame(chunks)
        try checkSize(frame.width, frame.height)
        guard let canvas = chunks.first(where: { $0.type == "VP8X" })?.content else {
            return Image(width: frame.width, height: frame.height, onWhite: try decodeWebP(frame))
        }
        let (width, height) = try webPCanvas(at: canvas.lowerBound)
        try checkSize(width, height)
        guard frame.x + frame.width <= width, frame.y + frame.height <= height,
            frame.isAnimated || (frame.width == width && frame.height == height)
        else { throw corrupt("a frame of \(frame.width) × \(frame.height) on a canvas of \(width) × \(height)") }
        let pixels = try decodeWebP(frame)
        if frame.width == width && frame.height == height {
            return Image(width: width, height: height, onWhite: pixels)
        }
        var rgba = [UInt8](repeating: 0, count: width * height * 4)
        for y in 0..<frame.height {
            let start = ((frame.y + y) * width + frame.x) * 4
            rgba.replaceSubrange(
                start..<start + frame.width * 4, with: pixels[y * frame.width * 4..<(y + 1) * frame.width * 4])
        }
        return Image(width: width, height: height, onWhite: rgba)
    }

    private func webPChunks(in range: Range<Int>) throws(MediaError) -> [WebPChunk] {
        var chunks: [WebPChunk] = []
        var position = range.lowerBound
        while position + 8 <= range.upperBound {
            let length = try littleEndian(at: position + 4, bytes: 4, "chunks")
            let content = position + 8..<position + 8 + length
            let type = try fourCharacters(at: position, "chunks")
            guard content.upperBound <= range.upperBound else {
                throw corrupt("its \(type) chunk is longer than what holds it")
            }
            chunks.append(WebPChunk(type: type, content: content))
            position = content.upperBound + length & 1
        }
        return chunks
    }

    /// The one picture of a still, or an animation's first, with its size read from its own header.
    private func webPFrame(_ chunks: [WebPChunk]) throws(MediaError) -> WebPFrame {
        var chunks = chunks
        var frame = WebPFrame()
        if let animated = chunks.first(where: { $0.type == "ANMF" }) {
            let start = animated.content.lowerBound
            frame.isAnimated = true
            frame.x = 2 * (try littleEndian(at: start, bytes: 3, "ANMF chunk"))
            frame.y = 2 * (try littleEndian(at: start + 3, bytes: 3, "ANMF chunk"))
            guard animated.content.count >= 16 else { throw corrupt("its ANMF chunk is too short") }
            chunks = try webPChunks(in: start + 16..<animated.content.upperBound)
        }
        guard let picture = chunks.first(where: { $0.type == "VP8 " || $0.type == "VP8L" }) else {
            throw corrupt("it holds no picture")
        }
        let start = picture.content.lowerBound
        frame.picture = picture
        (frame.width, frame.height) = try webPPictureSize(picture.type, picture.content)
        if picture.type == "VP8L" {
            frame.isOpaque = try littleEndian(at: start + 4, bytes: 1, "VP8L header") >> 4 & 1 == 0
        } else {
            frame.alpha = chunks.first { $0.type == "ALPH" }
            frame.isOpaque = frame.alpha == nil
        }
        return frame
    }

    /// The size in a VP8X chunk whose content begins at `start`.
    func webPCanvas(at start: Int) throws(MediaError) -> PictureSize {
        (
            1 + (try littleEndian(at: start + 4, bytes: 3, "VP8X chunk")),
            1 + (try littleEndian(at: start + 7, bytes: 3, "VP8X chunk"))
        )
    }

    /// The size in the header of a `VP8 ` or `VP8L` chunk, of whose content the first 10 bytes must be at hand.
    func webPPictureSize(_ type: String, _ content: Range<Int>) throws(MediaError) -> PictureSize {
        let start = content.lowerBound
        if type == "VP8L" {
            guard content.count >= 5, bytes[start] == 0x2f else { throw corrupt("bad VP8L header") }
            let fields = try littleEndian(at: start + 1, bytes: 4, "VP8L header")
            return (1 + fields & 0x3fff, 1 + fields >> 14 & 0x3fff)
        }
        guard content.count >= 10, bytes[start + 3..<start + 6].elementsEqual([0x9d, 0x01, 0x2a]) else {
            throw corrupt("bad VP8 header")
        }
        let width = try littleEndian(at: start + 6, bytes: 2, "VP8 header") & 0x3fff
        return (width, try littleEndian(at: start + 8, bytes: 2, "VP8 header") & 0x3fff)
    }

    private func decodeWebP(_ frame: WebPFrame) throws(MediaError) -> [UInt8] {
        var content = Array("WEBP".utf8)
        func append(_ type: String, _ payload: some Collection<UInt8>) {
            content += Array(type.utf8) + littleEndianBytes(payload.count, 4)
            content += payload
            if payload.count & 1 == 1 { content.append(0) }
        }
        if let alpha = frame.alpha {
            let size = littleEndianBytes(frame.width - 1, 3) + littleEndianBytes(frame.height - 1, 3)
            append("VP8X", [0x10, 0, 0, 0] + size)
            append("ALPH", bytes[alpha.content])
        }
        append(frame.picture.type, bytes[frame.picture.content])
        let file = Array("RIFF".utf8) + littleEndianBytes(content.count, 4) + content
        let decoder = StillDecoder(
            codec: AV_CODEC_ID_WEBP, width: frame.width, height: frame.height, opaque: frame.isOpaque)
        return try decode(decoder, file)
    }

    private func littleEndianBytes(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

private struct WebPChunk {
    var type: String
    var content: Range<Int>
}

/// One picture of a WebP and its place on the canvas.
private struct WebPFrame {
    var x = 0
    var y = 0
    var width = 0
    var height = 0
    var isAnimated = false
    var isOpaque = true
    var picture = WebPChunk(type: "", content: 0..<0)
    var alpha: WebPChunk?
}
