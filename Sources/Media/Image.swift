// The one picture type: 8-bit RGB in rows without padding. It owns pixels and the geometry that needs no arithmetic
// on them: padding, cropping, turning, and laying transparency on white. It refuses empty pictures and pixel counts
// that do not fit the size. Resizing is in `Resize.swift`, files are in `ImageReading.swift`.

/// An opaque picture of 8-bit RGB samples in the file's own colour space; gamma and profiles are left alone.
public struct Image: Sendable, Equatable {
    /// Columns, at least 1.
    public let width: Int
    /// Rows, at least 1.
    public let height: Int
    /// `[height, width, 3]`, row-major, red first, without padding.
    public let pixels: [UInt8]

    /// Takes finished pixels. `pixels` must hold exactly `width * height * 3` bytes.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(pixels.count == width * height * 3, "pixels must hold width * height * 3 bytes")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Makes a picture of one colour, given as red, green, blue.
    public init(width: Int, height: Int, fill: (UInt8, UInt8, UInt8)) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        let count = width * height * 3
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in stride(from: 0, to: count, by: 3) {
                buffer[index] = fill.0
                buffer[index + 1] = fill.1
                buffer[index + 2] = fill.2
            }
            initialized = count
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// Extends the picture to the right and below with one colour. Neither side may shrink.
    public func padded(width: Int, height: Int, with color: (UInt8, UInt8, UInt8)) -> Image {
        precondition(width >= self.width && height >= self.height, "padding cannot shrink a picture")
        guard width > self.width || height > self.height else { return self }
        var result = Image(width: width, height: height, fill: color).pixels
        let row = self.width * 3
        for y in 0..<self.height {
            result.replaceSubrange(y * width * 3..<y * width * 3 + row, with: pixels[y * row..<(y + 1) * row])
        }
        return Image(width: width, height: height, pixels: result)
    }

    /// Cuts out a rectangle, which must lie inside the picture. `x` and `y` are its top left pixel.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Image {
        precondition(
            x >= 0 && y >= 0 && width > 0 && height > 0 && x <= self.width - width && y <= self.height - height,
            "the rectangle must lie inside the picture")
        var result: [UInt8] = []
        result.reserveCapacity(width * height * 3)
        for row in y..<y + height {
            let start = (row * self.width + x) * 3
            result.append(contentsOf: pixels[start..<start + width * 3])
        }
        return Image(width: width, height: height, pixels: result)
    }
}

extension Image {
    /// Lays 8-bit RGBA (alpha not multiplied in) on white: `(colour * alpha + 255 * (255 - alpha)) / 255`, rounded.
    ///
    /// With `premultiplied` the colour already carries its alpha, and only the white is added.
    /// Works inside the array it is given, which must hold `width * height * 4` bytes.
    init(width: Int, height: Int, onWhite rgba: consuming [UInt8], premultiplied: Bool = false) {
        let count = width * height
        precondition(rgba.count == count * 4, "rgba must hold width * height * 4 bytes")
        rgba.withUnsafeMutableBufferPointer { buffer in
            guard let bytes = buffer.baseAddress else { return }
            for pixel in 0..<count {
                let alpha = UInt32(bytes[pixel &* 4 &+ 3])
                if alpha == 255 {
                    bytes[pixel &* 3] = bytes[pixel &* 4]
                    bytes[pixel &* 3 &+ 1] = bytes[pixel &* 4 &+ 1]
                    bytes[pixel &* 3 &+ 2] = bytes[pixel &* 4 &+ 2]
                    continue
                }
                for channel in 0..<3 {
                    let color = UInt32(bytes[pixel &* 4 &+ channel])
                    let sum = (premultiplied ? color &* 255 : color &* alpha) &+ 255 &* (255 &- alpha)
                    bytes[pixel &* 3 &+ channel] = UInt8(truncatingIfNeeded: min(255, (sum &+ 127) / 255))
                }
            }
        }
        rgba.removeLast(count)
        self.init(width: width, height: height, pixels: rgba)
    }

    /// The picture as `orientation` says it is to be looked at.
    func turned(_ orientation: Orientation) -> Image {
        guard orientation != .upright else { return self }
        let walk = orientation.walk(width: width, height: height)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, initialized in
            pixels.withUnsafeBufferPointer { source in
                var written = 0
                for y in 0..<walk.height {
                    var pixel = walk.start &+ y &* walk.rowStep
                    for _ in 0..<walk.width {
                        target[written] = source[pixel &* 3]
                        target[written &+ 1] = source[pixel &* 3 &+ 1]
                        target[written &+ 2] = source[pixel &* 3 &+ 2]
                        written &+= 3
                        pixel &+= walk.columnStep
                    }
                }
            }
            initialized = pixels.count
        }
        return Image(width: walk.width, height: walk.height, pixels: turned)
    }
}
