// Bicubic resizing equal to PIL's: Keys kernel with a = -0.5, widened by the reduction so that every source pixel
// counts, fixed-point weights, horizontal pass first, rounding to 8 bits between the passes. Preprocessing of the
// published models is defined by these very pixels, so the arithmetic follows Pillow's step by step.

extension Image {
    /// Resizes with PIL's BICUBIC. The size it already has returns the picture unchanged.
    ///
    /// - Complexity: `kernel width * 3` multiplications a pixel and pass; the kernel is 4 wide when enlarging and
    ///   grows with the reduction.
    ///
    /// Proof: `ResizeTests.equalsPIL`.
    public func resized(width: Int, height: Int) -> Image {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        let across = width == self.width ? self : resampledAcross(ResampleWeights(from: self.width, to: width))
        return height == self.height ? across : across.resampledDown(ResampleWeights(from: self.height, to: height))
    }

    private func resampledAcross(_ weights: ResampleWeights) -> Image {
        let newWidth = weights.size
        let count = newWidth * height * 3
        let resampled = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            pixels.withUnsafeBufferPointer { source in
                weights.withTaps { first, tapCount, taps in
                    for y in 0..<height {
                        let row = source.baseAddress! + y &* width &* 3
                        var output = target.baseAddress! + y &* newWidth &* 3
                        for x in 0..<newWidth {
                            var input = row + first[x] &* 3
                            let kernel = taps + x &* weights.kernelWidth
                            var (red, green, blue) = (weights.half, weights.half, weights.half)
                            for tap in 0..<tapCount[x] {
                                red &+= kernel[tap] &* Int32(input[0])
                                green &+= kernel[tap] &* Int32(input[1])
                                blue &+= kernel[tap] &* Int32(input[2])
                                input += 3
                            }
                            output[0] = ResampleWeights.level(red)
                            output[1] = ResampleWeights.level(green)
                            output[2] = ResampleWeights.level(blue)
                            output += 3
                        }
                    }
                }
            }
            initialized = count
        }
        return Image(width: newWidth, height: height, pixels: resampled)
    }

    private func resampledDown(_ weights: ResampleWeights) -> Image {
        let rowBytes = width * 3
        let count = weights.size * rowBytes
        var sums = [Int32](repeating: 0, count: rowBytes)
        let resampled = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            pixels.withUnsafeBufferPointer { source in
                sums.withUnsafeMutableBufferPointer { sums in
                    weights.withTaps { first, tapCount, taps in
                        let sum = sums.baseAddress!
                        for y in 0..<weights.size {
                            sums.update(repeating: weights.half)
                            for tap in 0..<tapCount[y] {
                                let weight = taps[y &* weights.kernelWidth &+ tap]
                                let row = source.baseAddress! + (first[y] &+ tap) &* rowBytes
                                for index in 0..<rowBytes { sum[index] &+= weight &* Int32(row[index]) }
                            }
                            let output = target.baseAddress! + y &* rowBytes
                            for index in 0..<rowBytes { output[index] = ResampleWeights.level(sum[index]) }
                        }
                    }
                }
            }
            initialized = count
        }
        return Image(width: width, height: weights.size, pixels: resampled)
    }
}

/// For each output position of one axis: which source positions it draws from, and how much each counts.
private struct ResampleWeights {
    /// A weight of 1.0, as a shift. 8 bits hold the sample, 2 the kernel's overshoot; 22 remain.
    static let precisionBits: Int32 = 32 - 8 - 2

    /// Output positions.
    let size: Int
    /// Weights stored per output position; unused ones are zero.
    let kernelWidth: Int
    /// One half in fixed point: the rounding term every sum starts from.
    let half: Int32 = 1 << (precisionBits - 1)
    private var first: [Int] = []
    private var tapCount: [Int] = []
    private var taps: [Int32] = []

    init(from sourceSize: Int, to size: Int) {
        let scale = Double(sourceSize) / Double(size)
        let widening = max(scale, 1)
        let support = 2 * widening
        self.size = size
        kernelWidth = Int(support.rounded(.up)) * 2 + 1
        taps.reserveCapacity(size * kernelWidth)
        for position in 0..<size {
            let center = (Double(position) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let end = min(sourceSize, Int(center + support + 0.5))
            var weights = (start..<end).map { Self.keys((Double($0) - center + 0.5) * (1 / widening)) }
            let total = weights.reduce(0, +)
            if total != 0 { weights = weights.map { $0 / total } }
            first.append(start)
            tapCount.append(weights.count)
            taps += weights.map { Int32(($0 * Double(1 << Self.precisionBits)) + ($0 < 0 ? -0.5 : 0.5)) }
            taps += repeatElement(0, count: kernelWidth - weights.count)
        }
    }

    /// Keys' cubic kernel with a = -0.5.
    private static func keys(_ distance: Double) -> Double {
        let a = -0.5
        let x = abs(distance)
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }

    /// A fixed-point sum as a sample, clamped.
    @inline(__always)
    static func level(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(255, max(0, sum >> precisionBits)))
    }

    func withTaps(_ body: (UnsafePointer<Int>, UnsafePointer<Int>, UnsafePointer<Int32>) -> Void) {
        first.withUnsafeBufferPointer { first in
            tapCount.withUnsafeBufferPointer { tapCount in
                taps.withUnsafeBufferPointer { taps in
                    body(first.baseAddress!, tapCount.baseAddress!, taps.baseAddress!)
                }
            }
        }
    }
}
