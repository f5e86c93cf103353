// Pictures by a formula, the same ones that the recording scripts make.

package import Media

extension Image {
    /// Noise from integer arithmetic modulo 2³²; `Fixtures/parity/model/pictures.py` has the same formula.
    package static func noise(width: Int, height: Int, seed: Int) -> Image {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    let mixed =
                        x * x * 3 + y * y * 5 + x * y * 7 + channel * 89
                        + seed * (x * 11 + y * 13 + channel * 17 + 29)
                    pixels.append(UInt8((UInt32(truncatingIfNeeded: mixed) &* 2_654_435_761) >> 24))
                }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}
