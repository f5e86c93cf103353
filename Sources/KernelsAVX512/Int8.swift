// Int8 weights with AVX-512. 64 bytes are 64 columns, two groups; lane l of a vector of them holds the columns 4l … 4l + 3.
// Codes are never moved to their natural order: word w of the 64 bytes holds the columns 2w and 2w + 1, and the activations
// are packed once so that one vector of every 64 holds the even columns and one the odd ones. Packed activations are padded
// with zeros to a multiple of 64 columns; a matrix ends after any whole group of 32.
//
// A vector product multiplies whole numbers: codes as they are and activations that were rounded to 15 bits, each group of
// 32 by its largest magnitude, which keeps more of them than bfloat16 does. Sums of a lane are exact; then come the float32
// scales of both sides. A panel holds value · scale in natural order, rounded to bfloat16.
//
// Every output is summed in one order, whether it is computed alone or beside other activation rows: stretches of
// `depthBlock` columns, in each 16 lanes of four columns, then `avx512_sums`.

#if arch(x86_64)
    import CSIMD

    /// Columns of one stretch, so that eight rows of activations stay in the first-level cache.
    private let depthBlock = 1024
    /// Bytes of 64 packed activations.
    private let packedBytes = 192

    @inline(never)
    package func packInt8Rows(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rowCount: Int, _ columns: Int,
        _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let from = source + row * sourceStride
            var to = target + row * targetStride * 4
            var column = 0
            while column < columns {
                avx512_pack_half_words(from + column, columns - column, to)
                to += packedBytes
                column += 64
            }
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
            var target = panel + row * stride * 2
            for _ in 0..<columnCount / 32 {
                processor_prefetch(source + columns)
                let scale = avx512_broadcast_bfloat16(groupScale)
                let low = avx512_load_int8(source) * scale
                let high = avx512_load_int8(source + 16) * scale
                avx512_store_words(target, avx512_to_bfloat16(low, high))
                source += 32
                groupScale += 2
                target += 64
            }
        }
    }

    /// Four weight rows side by side are four streams from memory, which come faster than one.
    @inline(never)
    package func vectorInt8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        var row = 0
        while row < rowCount {
            let start = (firstRow + row) * columns
            let height = min(4, rowCount - row)
            let weights = Int8Rows(codes: codes + start, scales: scales + start / 16, columns: columns)
            let sums =
                height == 4
                ? weights.products(activations, 4)
                : height == 3
                    ? weights.products(activations, 3)
                    : height == 2 ? weights.products(activations, 2) : weights.products(activations, 1)
            for lane in 0..<height { output[row + lane] = sums[lane] }
            row += height
        }
    }

    /// Rows of weights for one of activations.
    private struct Int8Rows {
        let codes: UnsafeRawPointer
        let scales: UnsafeRawPointer
        let columns: Int

        /// The products of the first `height` rows, 1 … 4: a constant, so that each height has code of its own.
        @inline(__always)
        func products(_ activations: UnsafeRawPointer, _ height: Int) -> SIMD4<Float> {
            var total = SIMD4<Float>(repeating: -0.0)  // what is added first stays as it is, be it −0
            var column = 0
            while column < columns {
                let end = min(columns, column + depthBlock)
                var s0 = avx512_zero()
                var s1 = s0
                var s2 = s0
                var s3 = s0
                while column + 64 <= end {
                    let with = Int8Activations(activations + column / 64 * packedBytes)
                    s0 = with.add(values(0, column), to: s0)
                    if height > 1 { s1 = with.add(values(1, column), to: s1) }
                    if height > 2 { s2 = with.add(values(2, column), to: s2) }
                    if height > 3 { s3 = with.add(values(3, column), to: s3) }
                    column += 64
                }
                if column < end {
                    let with = Int8Activations(activations + column / 64 * packedBytes)
                    s0 = with.add(lastValues(0, column), to: s0)
                    if height > 1 { s1 = with.add(lastValues(1, column), to: s1) }
                    if height > 2 { s2 = with.add(lastValues(2, column), to: s2) }
                    if height > 3 { s3 = with.add(lastValues(3, column), to: s3) }
                    column = end
                }
                total += avx512_sums(s0, s1, s2, s3)
            }
            return total
        }

        @inline(__always)
        private func values(_ row: Int, _ column: Int) -> Int8Values {
            let start = row * columns + column
            // The same place of the next four rows.
            processor_prefetch(codes + start + 4 * columns)
            return Int8Values(avx512_load_words(codes + start), avx512_two_scales(scales + start / 16, 2))
        }

        /// The last group of a row whose groups are odd in number.
        @inline(__always)
        private func lastValues(_ row: Int, _ column: Int) -> Int8Values {
            let start = row * columns + column
            return Int8Values(
                avx512_load_first_words(codes + start, 16), avx512_two_scales(scales + start / 16, 1))
        }
    }

    /// 64 codes as words, of 2⁸ times their values, and their scales.
    private struct Int8Values {
        let even: SIMD8<Int64>
        let odd: SIMD8<Int64>
        let scale: SIMD16<Float>

        @inline(__always)
        init(_ codes: SIMD8<Int64>, _ scale: SIMD16<Float>) {
            even = avx512_int8_even(codes)
            odd = avx512_int8_odd(codes)
            self.scale = scale
        }
    }

    /// 64 packed activations.
    private struct Int8Activations {
        private let even: SIMD8<Int64>
        private let odd: SIMD8<Int64>
        private let scale: SIMD16<Float>

        @inline(__always)
        init(_ from: UnsafeRawPointer) {
            even = avx512_load_words(from)
            odd = avx512_load_words(from + 64)
            scale = avx512_load(from + 128)
        }

        /// `sum` and the products with `values`.
        @inline(__always)
        func add(_ values: Int8Values, to sum: SIMD16<Float>) -> SIMD16<Float> {
            var whole = avx512_multiply_words(avx512_zero_words(), values.even, even)
            whole = avx512_multiply_words(whole, values.odd, odd)
            return avx512_multiply_add(avx512_to_floats(whole), values.scale * scale, sum)
        }
    }

    /// Several activation rows at once, `stride` times four bytes apart; codes are spread once for up to eight of them.
    /// Every row has the sum that `vectorInt8` has, to the last bit.
    @inline(never)
    package func fewRowsInt8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer, _ stride: Int,
        _ count: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ firstRow: Int, _ rowCount: Int,
        _ columns: Int
    ) {
        let strips = (count + 7) / 8
        let most = (count + strips - 1) / strips
        var first = 0
        while first < count {
            let height = min(count - first, most)
            var column = 0
            while column < columns {
                let end = min(columns, column + depthBlock)
                for row in 0..<rowCount {
                    let start = (firstRow + row) * columns + column
                    let stretch = Int8Stretch(
                        codes: codes + start, scales: scales + start / 16, columns: end - column, rowBytes: columns)
                    let rows = ActivationRows(
                        values: activations + first * stride * 4 + column / 64 * packedBytes, stride: stride * 4,
                        target: output + first * outputStride + row, targetStride: outputStride,
                        accumulate: column > 0)
                    switch height {
                    case 1: multiply(stretch, rows, 1)
                    case 2: multiply(stretch, rows, 2)
                    case 3: multiply(stretch, rows, 3)
                    case 4: multiply(stretch, rows, 4)
                    case 5: multiply(stretch, rows, 5)
                    case 6: multiply(stretch, rows, 6)
                    case 7: multiply(stretch, rows, 7)
                    default: multiply(stretch, rows, 8)
                    }
                }
                column = end
            }
            first += height
        }
    }

    /// A stretch of one weight row times `height` activation rows: a constant, so that each height has code of its own.
    @inline(__always)
    private func multiply(_ weights: Int8Stretch, _ rows: ActivationRows, _ height: Int) {
        var s0 = avx512_zero()
        var s1 = s0
        var s2 = s0
        var s3 = s0
        var s4 = s0
        var s5 = s0
        var s6 = s0
        var s7 = s0
        var column = 0
        while column < weights.columns {
            let values = weights.values(column)
            let with = rows.values + column / 64 * packedBytes
            s0 = Int8Activations(with).add(values, to: s0)
            if height > 1 { s1 = Int8Activations(with + rows.stride).add(values, to: s1) }
            if height > 2 { s2 = Int8Activations(with + 2 * rows.stride).add(values, to: s2) }
            if height > 3 { s3 = Int8Activations(with + 3 * rows.stride).add(values, to: s3) }
            if height > 4 { s4 = Int8Activations(with + 4 * rows.stride).add(values, to: s4) }
            if height > 5 { s5 = Int8Activations(with + 5 * rows.stride).add(values, to: s5) }
            if height > 6 { s6 = Int8Activations(with + 6 * rows.stride).add(values, to: s6) }
            if height > 7 { s7 = Int8Activations(with + 7 * rows.stride).add(values, to: s7) }
            column += 64
        }
        rows.store(avx512_sums(s0, s1, s2, s3), 0, min(height, 4))
        if height > 4 { rows.store(avx512_sums(s4, s5, s6, s7), 4, height - 4) }
    }

    /// A stretch of one weight row.
    private struct Int8Stretch {
        let codes: UnsafeRawPointer
        let scales: UnsafeRawPointer
        let columns: Int
        /// Bytes to the same stretch of the next row, which is read next.
        let rowBytes: Int

        @inline(__always)
        func values(_ column: Int) -> Int8Values {
            let from = codes + column
            processor_prefetch(from + rowBytes)
            guard column + 64 > columns else {
                return Int8Values(avx512_load_words(from), avx512_two_scales(scales + column / 16, 2))
            }
            return Int8Values(avx512_load_first_words(from, 16), avx512_two_scales(scales + column / 16, 1))
        }
    }
#endif
