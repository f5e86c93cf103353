// Products in float32 with AVX2: vectors straight from the checkpoint's bytes, tiles over expanded rows.
// Packed activations are padded with zeros to a multiple of 8 floats.
//
// Every output is summed in one order, whichever tile computes it: eight lanes over the columns, then `avx2_sums`.

#if arch(x86_64)
    import CSIMD

    /// How far ahead of its reading a vector product asks for weights, in bytes: a matrix is one linear stream.
    private let lookAhead = 8192

    @inline(never)
    package func vectorFloat32(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        let whole = columns & ~31
        for row in 0..<rowCount {
            let weights = codes + (firstRow + row) * columns * 4
            var sums = EightBy4()
            var column = 0
            while column < whole {
                let at = column * 4
                processor_prefetch(weights + at + lookAhead)
                processor_prefetch(weights + at + lookAhead + 64)
                sums.a = avx2_multiply_add(avx2_load(weights + at), avx2_load(activations + at), sums.a)
                sums.b = avx2_multiply_add(avx2_load(weights + at + 32), avx2_load(activations + at + 32), sums.b)
                sums.c = avx2_multiply_add(avx2_load(weights + at + 64), avx2_load(activations + at + 64), sums.c)
                sums.d = avx2_multiply_add(avx2_load(weights + at + 96), avx2_load(activations + at + 96), sums.d)
                column += 32
            }
            while column < columns {
                let last = avx2_load_first(weights + column * 4, columns - column)
                sums.a = avx2_multiply_add(last, avx2_load(activations + column * 4), sums.a)
                column += 8
            }
            output[row] = sums.total
        }
    }

    @inline(never)
    package func vectorBFloat16(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        let whole = columns & ~31
        for row in 0..<rowCount {
            let weights = codes + (firstRow + row) * columns * 2
            var sums = EightBy4()
            var column = 0
            while column < whole {
                let from = weights + column * 2
                let with = activations + column * 4
                processor_prefetch(from + lookAhead)
                sums.a = avx2_multiply_add(avx2_load_bfloat16(from), avx2_load(with), sums.a)
                sums.b = avx2_multiply_add(avx2_load_bfloat16(from + 16), avx2_load(with + 32), sums.b)
                sums.c = avx2_multiply_add(avx2_load_bfloat16(from + 32), avx2_load(with + 64), sums.c)
                sums.d = avx2_multiply_add(avx2_load_bfloat16(from + 48), avx2_load(with + 96), sums.d)
                column += 32
            }
            while column < columns {
                let from = weights + column * 2
                let left = columns - column
                let last = left < 8 ? avx2_load_bfloat16_first(from, left) : avx2_load_bfloat16(from)
                sums.a = avx2_multiply_add(last, avx2_load(activations + column * 4), sums.a)
                column += 8
            }
            output[row] = sums.total
        }
    }

    /// The scale of a group of 32 multiplies the group's partial sums. Activations come from `packInt4Rows`.
    @inline(never)
    package func vectorInt4(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        var weights = codes + firstRow * columns / 2
        var groupScales = scales + firstRow * columns / 16
        let hasHalf = columns % 64 != 0
        for row in 0..<rowCount {
            var with = activations
            var sum = avx2_zero()
            for _ in 0..<columns / 64 {
                processor_prefetch(weights + lookAhead)
                let part = int4Products(avx2_load_int4_words(weights), with)
                sum = avx2_multiply_add(part, avx2_group_scales(groupScales, 2), sum)
                weights += 32
                groupScales += 4
                with += 256
            }
            if hasHalf {
                let part = int4Products(avx2_load_int4_half(weights), with)
                sum = avx2_multiply_add(part, avx2_group_scales(groupScales, 1), sum)
                weights += 16
                groupScales += 2
            }
            output[row] = avx2_sum(sum)
        }
    }

    /// 64 codes times their activations: lane `l` sums columns of the group `l / 4`.
    @inline(__always)
    private func int4Products(_ codes: SIMD4<Int64>, _ with: UnsafeRawPointer) -> SIMD8<Float> {
        var words = codes
        var odd = avx2_highest_int4(words) * avx2_load(with + 224)
        words = avx2_next_int4(words)
        var even = avx2_highest_int4(words) * avx2_load(with + 192)
        words = avx2_next_int4(words)
        odd = avx2_multiply_add(avx2_highest_int4(words), avx2_load(with + 160), odd)
        words = avx2_next_int4(words)
        even = avx2_multiply_add(avx2_highest_int4(words), avx2_load(with + 128), even)
        words = avx2_next_int4(words)
        odd = avx2_multiply_add(avx2_highest_int4(words), avx2_load(with + 96), odd)
        words = avx2_next_int4(words)
        even = avx2_multiply_add(avx2_highest_int4(words), avx2_load(with + 64), even)
        words = avx2_next_int4(words)
        odd = avx2_multiply_add(avx2_highest_int4(words), avx2_load(with + 32), odd)
        words = avx2_next_int4(words)
        even = avx2_multiply_add(avx2_highest_int4(words), avx2_load(with), even)
        return even + odd
    }

    /// The scale of a block of 128 columns multiplies the block's partial sums.
    @inline(never)
    package func vectorFloat8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        let blocks = (columns + 127) / 128
        for row in 0..<rowCount {
            let weights = codes + (firstRow + row) * columns
            let rowScales = scales + (firstRow + row) / 128 * blocks * 4
            var sum = avx2_zero()
            for block in 0..<blocks {
                let end = min(columns, (block + 1) * 128)
                var column = block * 128
                var part = avx2_zero()
                processor_prefetch(weights + column + lookAhead)
                processor_prefetch(weights + column + lookAhead + 64)
                while column < end {
                    let left = end - column
                    let from = weights + column
                    let eight = left < 8 ? avx2_load_float8_first(from, left) : avx2_load_float8(from)
                    part = avx2_multiply_add(eight, avx2_load(activations + column * 4), part)
                    column += 8
                }
                sum = avx2_multiply_add(part, avx2_broadcast(rowScales + block * 4), sum)
            }
            output[row] = avx2_sum(sum)
        }
    }

    /// `depth` is a multiple of 8; rows are padded with zeros up to it.
    @inline(never)
    package func dotTile(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ right: UnsafeRawPointer, _ rightStride: Int,
        _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ leftRows: Int, _ rightRows: Int, _ depth: Int,
        _ accumulate: Bool
    ) {
        var m = 0
        while m < leftRows {
            let isThree = m + 3 <= leftRows
            let rows = left + m * leftStride * 4
            let target = output + m * outputStride
            var n = 0
            while n < rightRows {
                let columns = RightRows(right, rightStride, n, rightRows)
                let width = rightRows - n
                if isThree {
                    var sums = (EightBy4(), EightBy4(), EightBy4())
                    var k = 0
                    while k < depth {
                        let at = rows + k * 4
                        let one = avx2_load(at)
                        let two = avx2_load(at + leftStride * 4)
                        let three = avx2_load(at + leftStride * 8)
                        columns.step(k, one, two, three, &sums)
                        k += 8
                    }
                    sums.0.store(target + n, width, accumulate)
                    sums.1.store(target + outputStride + n, width, accumulate)
                    sums.2.store(target + 2 * outputStride + n, width, accumulate)
                } else {
                    var sums = EightBy4()
                    var k = 0
                    while k < depth {
                        columns.step(k, avx2_load(rows + k * 4), &sums)
                        k += 8
                    }
                    sums.store(target + n, width, accumulate)
                }
                n += 4
            }
            m += isThree ? 3 : 1
        }
    }

    /// Four rows of the right matrix; past its end the last row stands in and its sums are not stored.
    private struct RightRows {
        let a: UnsafeRawPointer
        let b: UnsafeRawPointer
        let c: UnsafeRawPointer
        let d: UnsafeRawPointer

        @inline(__always)
        init(_ start: UnsafeRawPointer, _ stride: Int, _ row: Int, _ rows: Int) {
            a = start + row * stride * 4
            b = start + min(row + 1, rows - 1) * stride * 4
            c = start + min(row + 2, rows - 1) * stride * 4
            d = start + min(row + 3, rows - 1) * stride * 4
        }

        @inline(__always)
        func step(_ k: Int, _ left: SIMD8<Float>, _ sums: inout EightBy4) {
            sums.a = avx2_multiply_add(left, avx2_load(a + k * 4), sums.a)
            sums.b = avx2_multiply_add(left, avx2_load(b + k * 4), sums.b)
            sums.c = avx2_multiply_add(left, avx2_load(c + k * 4), sums.c)
            sums.d = avx2_multiply_add(left, avx2_load(d + k * 4), sums.d)
        }

        @inline(__always)
        func step(
            _ k: Int, _ one: SIMD8<Float>, _ two: SIMD8<Float>, _ three: SIMD8<Float>,
            _ sums: inout (EightBy4, EightBy4, EightBy4)
        ) {
            let a = avx2_load(a + k * 4)
            sums.0.a = avx2_multiply_add(one, a, sums.0.a)
            sums.1.a = avx2_multiply_add(two, a, sums.1.a)
            sums.2.a = avx2_multiply_add(three, a, sums.2.a)
            let b = avx2_load(b + k * 4)
            sums.0.b = avx2_multiply_add(one, b, sums.0.b)
            sums.1.b = avx2_multiply_add(two, b, sums.1.b)
            sums.2.b = avx2_multiply_add(three, b, sums.2.b)
            let c = avx2_load(c + k * 4)
            sums.0.c = avx2_multiply_add(one, c, sums.0.c)
            sums.1.c = avx2_multiply_add(two, c, sums.1.c)
            sums.2.c = avx2_multiply_add(three, c, sums.2.c)
            let d = avx2_load(d + k * 4)
            sums.0.d = avx2_multiply_add(one, d, sums.0.d)
            sums.1.d = avx2_multiply_add(two, d, sums.1.d)
            sums.2.d = avx2_multiply_add(three, d, sums.2.d)
        }
    }

    /// Four running vectors of one output row, or of one output.
    private struct EightBy4 {
        var a = avx2_zero()
        var b = avx2_zero()
        var c = avx2_zero()
        var d = avx2_zero()

        /// All four as one sum.
        @inline(__always)
        var total: Float { avx2_sum((a + b) + (c + d)) }

        /// Four sums, of which `width` are wanted.
        @inline(__always)
        func store(_ target: UnsafeMutablePointer<Float>, _ width: Int, _ accumulate: Bool) {
            let sums = avx2_sums(a, b, c, d)
            for lane in 0..<min(width, 4) {
                target[lane] = accumulate ? target[lane] + sums[lane] : sums[lane]
            }
        }
    }
#endif
