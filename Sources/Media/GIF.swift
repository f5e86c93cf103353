// GIF: the block structure is read here, the first frame's pixels by libav. libav stops silently where a frame's codes
// end early, so the codes are counted first; and it paints what the first frame leaves uncovered, which is transparent.

import CMedia

extension EncodedPicture {
    /// Decodes the first frame on the file's canvas. The whole file must be there, later frames included.
    func decodeGIF() throws(MediaError) -> Image {
        let (width, height) = try gifSize()
        try checkSize(width, height)
        let frame = try firstGIFFrame()
        guard frame.x + frame.width <= width, frame.y + frame.height <= height else {
            throw corrupt("its first frame lies outside the picture")
        }
        try checkCodes(of: frame)
        let decoder = StillDecoder(codec: AV_CODEC_ID_GIF, width: width, height: height)
        var rgba = try decode(decoder, bytes[..<frame.end])
        if frame.width < width || frame.height < height {
            for y in 0..<height {
                for x in 0..<width where !frame.covers(x, y) { rgba[(y * width + x) * 4 + 3] = 0 }
            }
        }
        return Image(width: width, height: height, onWhite: rgba)
    }

    /// The canvas' size.
    func gifSize() throws(MediaError) -> PictureSize {
        (try littleEndian(at: 6, bytes: 2, "header"), try littleEndian(at: 8, bytes: 2, "header"))
    }

    /// Walks all blocks to the trailer and returns the first frame.
    private func firstGIFFrame() throws(MediaError) -> GIFFrame {
        var first: GIFFrame?
        var position = 13 + colorTableBytes(try littleEndian(at: 10, bytes: 1, "header"))
        while true {
            let introducer = try littleEndian(at: position, bytes: 1, "blocks")
            switch introducer {
            case 0x3b:
                guard let first else { throw corrupt("it holds no picture") }
                return first
            case 0x21:
                position = try endOfSubBlocks(from: position + 2)
            case 0x2c:
                let codes = position + 10 + colorTableBytes(try littleEndian(at: position + 9, bytes: 1, "frame"))
                let end = try endOfSubBlocks(from: codes + 1)
                if first == nil {
                    first = GIFFrame(
                        x: try littleEndian(at: position + 1, bytes: 2, "frame"),
                        y: try littleEndian(at: position + 3, bytes: 2, "frame"),
                        width: try littleEndian(at: position + 5, bytes: 2, "frame"),
                        height: try littleEndian(at: position + 7, bytes: 2, "frame"), codes: codes, end: end)
                }
                position = end
            default:
                throw corrupt("unknown block \(introducer) at byte \(position)")
            }
        }
    }

    private func colorTableBytes(_ flags: Int) -> Int {
        flags & 0x80 == 0 ? 0 : 3 << (flags & 7 + 1)
    }

    private func endOfSubBlocks(from start: Int) throws(MediaError) -> Int {
        var position = start
        while case let length = try littleEndian(at: position, bytes: 1, "blocks"), length > 0 {
            position += 1 + length
        }
        return position + 1
    }

    /// Counts the pixels a frame's codes stand for, without unpacking them, and throws where they are too few.
    ///
    /// A code of the table stands for one pixel more than the code before it, so lengths are all the table needs.
    private func checkCodes(of frame: GIFFrame) throws(MediaError) {
        let pixelCount = frame.width * frame.height
        let rootBits = Int(bytes[frame.codes])
        guard (1...11).contains(rootBits) else { throw corrupt("code size \(rootBits)") }
        let clear = 1 << rootBits
        var lengths = [Int](repeating: 1, count: 4096)
        var (next, bits, previous, counted) = (clear + 2, rootBits + 1, 0, 0)
        var codes = GIFCodes(bytes: bytes, position: frame.codes + 1)
        while counted < pixelCount {
            guard let code = codes.next(bits: bits), code != clear + 1 else {
                throw corrupt("its first frame holds \(counted) of \(pixelCount) pixels")
            }
            if code == clear {
                (next, bits, previous) = (clear + 2, rootBits + 1, 0)
                continue
            }
            guard code < next || code == next && previous > 0 && next < 4096 else {
                throw corrupt("code \(code) before its table entry")
            }
            if previous > 0, next < 4096 {
                lengths[next] = previous + 1
                next += 1
                if next == 1 << bits, bits < 12 { bits += 1 }
            }
            previous = lengths[code]
            counted += previous
        }
    }
}

/// Where a frame lies on the canvas and in the file.
private struct GIFFrame {
    let x: Int
    let y: Int
    let width: Int
    let height: Int
    /// Offset of the code size byte.
    let codes: Int
    /// Offset behind the frame's last block.
    let end: Int

    func covers(_ x: Int, _ y: Int) -> Bool {
        x >= self.x && x < self.x + width && y >= self.y && y < self.y + height
    }
}

/// Variable-width codes, low bits first, out of a chain of sub-blocks already known to lie inside the file.
private struct GIFCodes {
    let bytes: [UInt8]
    var position: Int
    private var left = 0
    private var window = 0
    private var windowBits = 0

    init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// The next code, or nil where the blocks end.
    mutating func next(bits: Int) -> Int? {
        while windowBits < bits {
            if left == 0 {
                left = Int(bytes[position])
                position += 1
                guard left > 0 else { return nil }
            }
            window |= Int(bytes[position]) << windowBits
            windowBits += 8
            position += 1
            left -= 1
        }
        defer {
            window >>= bits
            windowBits -= bits
        }
        return window & (1 << bits - 1)
    }
}
