// PNG in and out through libpng. Every colour type, depth and interlacing is read; 16-bit samples keep their high byte.

import CMedia

extension EncodedPicture {
    /// Decodes a whole PNG, transparency laid on white.
    func decodePNG() throws(MediaError) -> Image {
        let (width, height) = try pngSize()
        try checkSize(width, height)
        var rgba = [UInt8](repeating: 0, count: width * height * 4)
        var message = FaultMessage()
        guard cmedia_png_read(bytes, bytes.count, UInt32(width), UInt32(height), &rgba, &message.bytes) else {
            throw corrupt(message.text)
        }
        return Image(width: width, height: height, onWhite: rgba)
    }

    /// The size in the header.
    func pngSize() throws(MediaError) -> PictureSize {
        guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else { throw truncated("header") }
        return (try bigEndian(at: 16, bytes: 4, "header"), try bigEndian(at: 20, bytes: 4, "header"))
    }
}

extension Image {
    /// The picture as an 8-bit RGB PNG without interlacing, compressed for speed rather than for the last byte.
    ///
    /// Proof: `PNGWritingTests.whatIsWrittenReadsBackTheSame`.
    public func encodedPNG() throws(MediaError) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        var count = 0
        var message = FaultMessage()
        guard cmedia_png_write(pixels, UInt32(width), UInt32(height), &encoded, &count, &message.bytes) else {
            throw .unencodable(reason: message.text)
        }
        defer { cmedia_free(encoded) }
        return Array(UnsafeBufferPointer(start: encoded, count: count))
    }
}

/// Room for the line a C call leaves when it fails.
struct FaultMessage {
    var bytes = [CChar](repeating: 0, count: Int(CMEDIA_MESSAGE_BYTES))

    /// The line, without its terminator.
    var text: String {
        String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }
}
