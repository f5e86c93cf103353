// The brightness of a picture, one byte a pixel: what changes between two frames of a screen recording shows in it,
// for a third of the bytes and without the conversion of colours.

import CMedia

/// Brightness by rows without padding, 0 black to 255 white.
package struct LumaPlane: Sendable, Equatable {
    /// Columns, at least 1.
    package let width: Int
    /// Rows, at least 1.
    package let height: Int
    /// `[height, width]`, row-major.
    package let samples: [UInt8]

    /// Takes finished samples, exactly `width * height` of them.
    package init(width: Int, height: Int, samples: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(samples.count == width * height, "there is one sample for each pixel")
        self.width = width
        self.height = height
        self.samples = samples
    }

    /// The brightness of a picture, with the weights of BT.601 in steps of 1/256.
    package init(_ image: Image) {
        let count = image.width * image.height
        let samples = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            image.pixels.withUnsafeBufferPointer { pixels in
                var source = 0
                var index = 0
                while index < count {
                    let sum =
                        77 &* Int(pixels[source]) &+ 150 &* Int(pixels[source &+ 1]) &+ 29 &* Int(pixels[source &+ 2])
                    target[index] = UInt8(truncatingIfNeeded: (sum &+ 128) >> 8)
                    source &+= 3
                    index &+= 1
                }
            }
            initialized = count
        }
        self.init(width: image.width, height: image.height, samples: samples)
    }

    /// The plane made smaller by a whole factor: each sample the mean of a square of the old ones. What is left over
    /// at the right and at the lower edge is cut off.
    package func reduced(by factor: Int) -> LumaPlane {
        let (columns, rows) = (max(1, width / factor), max(1, height / factor))
        guard factor > 1, width >= factor, height >= factor else { return self }
        let reduced = [UInt8](unsafeUninitializedCapacity: columns * rows) { target, initialized in
            samples.withUnsafeBufferPointer { samples in
                let half = factor * factor / 2
                for row in 0..<rows {
                    for column in 0..<columns {
                        var sum = half
                        var y = row &* factor
                        while y < row &* factor &+ factor {
                            var index = y &* width &+ column &* factor
                            let end = index &+ factor
                            while index < end {
                                sum &+= Int(samples[index])
                                index &+= 1
                            }
                            y &+= 1
                        }
                        target[row &* columns &+ column] = UInt8(truncatingIfNeeded: sum / (factor &* factor))
                    }
                }
            }
            initialized = columns * rows
        }
        return LumaPlane(width: columns, height: rows, samples: reduced)
    }

    /// The plane as `orientation` says it is to be looked at.
    func turned(_ orientation: Orientation) -> LumaPlane {
        guard orientation != .upright else { return self }
        let walk = orientation.walk(width: width, height: height)
        let turned = [UInt8](unsafeUninitializedCapacity: samples.count) { target, initialized in
            samples.withUnsafeBufferPointer { source in
                var written = 0
                for y in 0..<walk.height {
                    var pixel = walk.start &+ y &* walk.rowStep
                    for _ in 0..<walk.width {
                        target[written] = source[pixel]
                        written &+= 1
                        pixel &+= walk.columnStep
                    }
                }
            }
            initialized = samples.count
        }
        return LumaPlane(width: walk.width, height: walk.height, samples: turned)
    }
}
