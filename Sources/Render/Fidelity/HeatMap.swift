// The picture of where a result differs from its design: the design in pale grey, differences in colours whose lightness
// falls with ΔE00, so that they read without telling hues apart.
public import Media

extension Fidelity {
    /// The design in pale grey, and over it what differs, on a canvas of the larger width and height.
    ///
    /// A pixel with ΔE00 up to 1 stays grey. Above, it takes a colour from yellow (just visible) over orange and magenta
    /// to dark violet (50 and more), ever darker. Outside a picture its border's most frequent colour goes on; what only
    /// one picture covers counts at least 25.
    ///
    /// Proofs: `HeatMapTests`.
    public static func heatMap(of result: Image, against design: Image) -> Image {
        let width = max(result.width, design.width)
        let height = max(result.height, design.height)
        let found = result.padded(width: width, height: height, with: result.borderColour.channels)
        let wanted = design.padded(width: width, height: height, with: design.borderColour.channels)
        let grey = Luma(wanted).samples
        var table = ColourDifferenceTable()
        let count = width * height * 3
        let shared = (width: min(result.width, design.width), height: min(result.height, design.height))
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            found.pixels.withUnsafeBufferPointer { found in
                wanted.pixels.withUnsafeBufferPointer { wanted in
                    for index in 0..<width * height {
                        var difference = table.between(found.packed(at: index), wanted.packed(at: index))
                        if index % width >= shared.width || index / width >= shared.height {
                            difference = max(difference, 25)
                        }
                        let colour = HeatScale.colour(of: difference, over: grey[index])
                        target[3 &* index] = colour.red
                        target[3 &* index &+ 1] = colour.green
                        target[3 &* index &+ 2] = colour.blue
                    }
                }
            }
            initialized = count
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}

/// Which colour stands for which ΔE00.
enum HeatScale {
    /// ΔE00 up to which nothing is marked.
    static let invisible = 1.0
    /// ΔE00 from which on the scale goes no further.
    static let most = 50.0
    /// Evenly spaced from `invisible` to `most`; luma 205, 168, 122, 78, 34.
    static let steps = [RGB(253, 210, 37), RGB(246, 149, 63), RGB(219, 92, 104), RGB(143, 33, 144), RGB(52, 20, 66)]

    /// The colour of a difference over a pixel of the design's luma.
    static func colour(of difference: Double, over luma: UInt8) -> RGB {
        let pale = UInt8(166 + Int(luma) * 89 / 255)
        guard difference > invisible else { return RGB(pale, pale, pale) }
        let place = min(1, (difference - invisible) / (most - invisible)) * Double(steps.count - 1)
        let lower = min(Int(place), steps.count - 2)
        let share = place - Double(lower)
        func mixed(_ from: UInt8, _ to: UInt8) -> UInt8 {
            UInt8((Double(from) + (Double(to) - Double(from)) * share).rounded())
        }
        let (from, to) = (steps[lower], steps[lower + 1])
        return RGB(mixed(from.red, to.red), mixed(from.green, to.green), mixed(from.blue, to.blue))
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// 0xRRGGBB of a pixel, counted row by row.
    @inline(__always)
    func packed(at index: Int) -> UInt32 {
        UInt32(self[3 &* index]) << 16 | UInt32(self[3 &* index &+ 1]) << 8 | UInt32(self[3 &* index &+ 2])
    }
}

extension RGB {
    /// As `Image` takes them.
    var channels: (UInt8, UInt8, UInt8) { (red, green, blue) }
}
