// The grey that structure and edges look at: Rec. 601 luma in 8 bits, with the very rounding of PIL's mode `L`.
import Media

/// An 8-bit grey picture.
struct Luma {
    let width: Int
    let height: Int
    /// `[height, width]`.
    let samples: [UInt8]

    /// (19595 R + 38470 G + 7471 B + 32768) / 65536, rounded down.
    ///
    /// Proof: `StructureTests.equalsScikitImage`, whose goldens start from PIL's own `L`.
    init(_ image: Image) {
        width = image.width
        height = image.height
        let count = width * height
        samples = [UInt8](unsafeUninitializedCapacity: count) { grey, initialized in
            image.pixels.withUnsafeBufferPointer { pixels in
                for index in 0..<count {
                    let red = UInt32(pixels[3 &* index]) &* 19_595
                    let green = UInt32(pixels[3 &* index &+ 1]) &* 38_470
                    let blue = UInt32(pixels[3 &* index &+ 2]) &* 7_471
                    grey[index] = UInt8(truncatingIfNeeded: (red &+ green &+ blue &+ 32_768) &>> 16)
                }
            }
            initialized = count
        }
    }
}
