// JPEG through libjpeg: baseline and progressive, grey, YCbCr, RGB, CMYK and YCCK, turned as EXIF says.
// Any sign of lost data, such as a missing end marker, is an error.

import CMedia

extension EncodedPicture {
    /// Decodes a whole JPEG and turns it upright.
    func decodeJPEG() throws(MediaError) -> Image {
        var message = FaultMessage()
        var header = cmedia_jpeg_header()
        guard cmedia_jpeg_header(bytes, bytes.count, &header, &message.bytes) else { throw corrupt(message.text) }
        let (width, height) = (Int(header.width), Int(header.height))
        try checkSize(width, height)
        var pixels = [UInt8](repeating: 0, count: width * height * (header.four_inks ? 4 : 3))
        guard cmedia_jpeg_read(bytes, bytes.count, &header, &pixels, &message.bytes) else {
            throw corrupt(message.text)
        }
        if header.four_inks { Self.mixInks(&pixels) }
        return Image(width: width, height: height, pixels: pixels).turned(Orientation(jpeg: bytes))
    }

    /// Turns CMYK into RGB inside the array: `colour * black / 255`, rounded.
    ///
    /// Files store ink inverted (255 is bare paper), as Adobe's programs began and all others follow.
    private static func mixInks(_ pixels: inout [UInt8]) {
        let count = pixels.count / 4
        pixels.withUnsafeMutableBufferPointer { bytes in
            for pixel in 0..<count {
                let paper = UInt32(bytes[pixel &* 4 &+ 3])
                for channel in 0..<3 {
                    let color = UInt32(bytes[pixel &* 4 &+ channel])
                    bytes[pixel &* 3 &+ channel] = UInt8(truncatingIfNeeded: (color &* paper &+ 127) / 255)
                }
            }
        }
        pixels.removeLast(count)
    }
}
