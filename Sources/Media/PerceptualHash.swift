// A picture's looks in 64 bits: the signs of its slowest waves. Pictures that look alike differ in few bits, whatever
// their codec did to them.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The hash known as pHash: 32 × 32 samples of brightness, their two-dimensional cosine transform (DCT-II), and of its
/// 8 × 8 slowest waves, whether each is above the median of them.
///
/// Proof: `PerceptualHashTests`, beside scipy's transform.
package struct PerceptualHash: Sendable, Equatable {
    /// Row by row; the first wave is the highest bit.
    package let bits: UInt64

    /// Samples a side before the transform, and waves a side that are kept.
    private static let (side, kept) = (32, 8)

    /// Hashes a plane of at least 32 × 32 samples: each of the 32 × 32 is the mean of its share of them.
    package init(_ plane: LumaPlane) {
        let (side, kept) = (Self.side, Self.kept)
        let samples = Self.means(of: plane)
        // Rows first, then columns; only the kept waves of either.
        var across = [Double](repeating: 0, count: side * kept)
        for y in 0..<side {
            for wave in 0..<kept {
                across[y * kept + wave] = (0..<side).reduce(0) {
                    $0 + samples[y * side + $1] * Self.cosines[wave * side + $1]
                }
            }
        }
        var waves = [Double](repeating: 0, count: kept * kept)
        for wave in 0..<kept {
            for column in 0..<kept {
                waves[wave * kept + column] = (0..<side).reduce(0) {
                    $0 + across[$1 * kept + column] * Self.cosines[wave * side + $1]
                }
            }
        }
        let sorted = waves.sorted()
        let median = (sorted[waves.count / 2 - 1] + sorted[waves.count / 2]) / 2
        bits = waves.reduce(0) { $0 << 1 | ($1 > median ? 1 : 0) }
    }

    /// In how many bits two hashes differ.
    package func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

    private static let cosines: [Double] = (0..<kept).flatMap { wave in
        (0..<side).map { 2 * cos(Double.pi * Double(wave) * (2 * Double($0) + 1) / (2 * Double(side))) }
    }

    /// The plane at 32 × 32.
    private static func means(of plane: LumaPlane) -> [Double] {
        var means: [Double] = []
        means.reserveCapacity(side * side)
        for row in 0..<side {
            let top = row * plane.height / side
            let bottom = max(top + 1, (row + 1) * plane.height / side)
            for column in 0..<side {
                let left = column * plane.width / side
                let right = max(left + 1, (column + 1) * plane.width / side)
                var sum = 0
                for y in top..<min(bottom, plane.height) {
                    for x in left..<min(right, plane.width) { sum += Int(plane.samples[y * plane.width + x]) }
                }
                means.append(Double(sum) / Double((bottom - top) * (right - left)))
            }
        }
        return means
    }
}
