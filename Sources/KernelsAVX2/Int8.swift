// Int8 weights with AVX2: codes become float32 eight at a time, in natural order, so that activations need no packing
// of their own.

#if arch(x86_64)
    import CSIMD

    /// How far ahead of its reading a vector product asks for weights, in bytes: a matrix is one linear stream.
    private let lookAhead = 8192

    /// The scale of a group of 32 multiplies the group's partial sums.
    @inline(never)
    package func vectorInt8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        var weights = codes + firstRow * columns
        var groupScale = scales + firstRow * columns / 16
        for row in 0..<rowCount {
            var with = activations
            var sum = avx2_zero()
            for _ in 0..<columns / 32 {
                processor_prefetch(weights + lookAhead)
                var even = avx2_load_int8(weights) * avx2_load(with)
                var odd = avx2_load_int8(weights + 8) * avx2_load(with + 32)
                even = avx2_multiply_add(avx2_load_int8(weights + 16), avx2_load(with + 64), even)
                odd = avx2_multiply_add(avx2_load_int8(weights + 24), avx2_load(with + 96), odd)
                sum = avx2_multiply_add(even + odd, avx2_broadcast_bfloat16(groupScale), sum)
                weights += 32
                groupScale += 2
                with += 128
            }
            output[row] = avx2_sum(sum)
        }
    }

    /// `firstColumn` and `columnCount` are multiples of 32.
    @inline(never)
    package func panelInt8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let start = (firstRow + row) * columns + firstColumn
            var source = codes + start
            var groupScale = scales + start / 16
            var target = panel + row * stride * 4
            for _ in 0..<columnCount / 32 {
                let scale = avx2_broadcast_bfloat16(groupScale)
                for eight in 0..<4 {
                    let weights = avx2_load_int8(source + eight * 8) * scale
                    avx2_store(target + eight * 32, rounding ? avx2_round_bfloat16(weights) : weights)
                }
                source += 32
                groupScale += 2
                target += 128
            }
        }
    }
#endif
