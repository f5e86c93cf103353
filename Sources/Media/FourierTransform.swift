// The discrete Fourier transform of rows whose length is a power of two: radix 2, in place, float32 with the twiddles
// worked out in double precision.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Transforms signals of one length.
struct FourierTransform {
    /// Samples of a signal: a power of two.
    let count: Int
    private let cosines: [Float]
    private let sines: [Float]
    private let reversed: [Int]

    /// Prepares transforms of `count` samples, a power of two and at least 2.
    init(count: Int) {
        precondition(count >= 2 && count & (count - 1) == 0, "the length is a power of two")
        self.count = count
        let turn = -2 * Double.pi / Double(count)
        cosines = (0..<count / 2).map { Float(cos(turn * Double($0))) }
        sines = (0..<count / 2).map { Float(sin(turn * Double($0))) }
        let bits = count.trailingZeroBitCount
        reversed = (0..<count).map { index in
            var (rest, mirrored) = (index, 0)
            for _ in 0..<bits {
                mirrored = mirrored << 1 | rest & 1
                rest >>= 1
            }
            return mirrored
        }
    }

    /// Transforms one signal where it lies, unscaled: `X[k] = Σ x[n] e^(-2πi·kn/count)`.
    func forward(_ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
        for index in 0..<count where index < reversed[index] {
            let other = reversed[index]
            (real[index], real[other]) = (real[other], real[index])
            (imaginary[index], imaginary[other]) = (imaginary[other], imaginary[index])
        }
        cosines.withUnsafeBufferPointer { cosines in
            sines.withUnsafeBufferPointer { sines in
                var half = 1
                while half < count {
                    let step = count / (half &* 2)
                    var start = 0
                    while start < count {
                        var k = 0
                        while k < half {
                            let (low, high) = (start &+ k, start &+ k &+ half)
                            let (c, s) = (cosines[k &* step], sines[k &* step])
                            let r = real[high] * c - imaginary[high] * s
                            let i = real[high] * s + imaginary[high] * c
                            real[high] = real[low] - r
                            imaginary[high] = imaginary[low] - i
                            real[low] += r
                            imaginary[low] += i
                            k &+= 1
                        }
                        start &+= half &* 2
                    }
                    half &*= 2
                }
            }
        }
    }
}
