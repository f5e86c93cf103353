// Rows of activations that meet one weight row after another: what the int4 and int8 products of few rows share.

#if arch(x86_64)
    /// Where activations come from and sums go; strides count bytes and floats.
    struct ActivationRows {
        let values: UnsafeRawPointer
        let stride: Int
        let target: UnsafeMutablePointer<Float>
        let targetStride: Int
        let accumulate: Bool

        @inline(__always)
        func store(_ sums: SIMD4<Float>, _ first: Int, _ count: Int) {
            for lane in 0..<count {
                let to = target + (first + lane) * targetStride
                to.pointee = accumulate ? to.pointee + sums[lane] : sums[lane]
            }
        }
    }
#endif
