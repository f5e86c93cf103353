// Int4 weights with AVX-512. Codes are never moved to their natural order: 64 bytes are 128 columns, word w of them
// holds the columns 4w … 4w + 3, and the activations are packed once so that vector t of every 128 holds the columns
// 4w + t. Activations and panels are padded with zeros to a multiple of 128 columns; a matrix ends after any whole
// group of 32.
//
// A vector product multiplies whole numbers: codes as they are and activations that were rounded to 16 bits, each group
// of 32 by its largest magnitude, which keeps more of them than bfloat16 does. Sums of a lane are exact; then come the
// float32 scales of both sides. (Not every processor multiplies pairs of bfloat16 as fast as pairs of words.) A panel
// holds value · scale, rounded to bfloat16.

#if arch(x86_64)
    import CSIMD

    /// How far ahead of its reading a vector product asks for weights, in bytes: a matrix is one linear stream.
    private let lookAhead = 4096
    /// Columns at a time for several activation rows, so that eight of them stay in the first-level cache.
    private let depthBlock = 2048

    @inline(never)
    package func packInt4Rows(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rowCount: Int, _ columns: Int,
        _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let from = source + row * sourceStride
            let to = target + row * targetStride * 2
            var column = 0
            while column < columns {
                avx512_int4_order(
                    to + column * 2, pairs(from, column, columns), pairs(from, column + 32, columns),
                    pairs(from, column + 64, columns), pairs(from, column + 96, columns))
                column += 128
            }
        }
    }

    @inline(__always)
    private func pairs(_ source: UnsafePointer<Float>, _ column: Int, _ columns: Int) -> SIMD8<Int64> {
        avx512_to_bfloat16(
            avx512_load_first(source + column, columns - column, 0),
            avx512_load_first(source + column + 16, columns - column - 16, 0))
    }

    /// Bytes of 128 packed activations of a vector product, `targetStride` counting four bytes.
    private let packedBytes = 384

    @inline(never)
    package func packInt4Words(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rowCount: Int, _ columns: Int,
        _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let from = source + row * sourceStride
            var to = target + row * targetStride * 4
            var column = 0
            while column < columns {
                avx512_pack_words(from + column, columns - column, to)
                to += packedBytes
                column += 128
            }
        }
    }

    /// `firstColumn` is a multiple of 128.
    @inline(never)
    package func panelInt4(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        let floats = avx512_int4_floats()
        for row in 0..<rowCount {
            let start = (firstRow + row) * columns + firstColumn
            var source = codes + start / 2
            var groupScales = scales + start / 16
            var target = panel + row * stride * 2
            var left = columnCount
            while left > 0 {
                let groups = min(4, left / 32)
                let words = avx512_load_first_words(source, left / 4)
                processor_prefetch(source + columns / 2)
                let scale = avx512_group_scales(groupScales, groups)
                // One table of 16 values per group, two groups per vector.
                let low = avx512_to_bfloat16(floats * scale[0], floats * scale[4])
                let high = avx512_to_bfloat16(floats * scale[8], floats * scale[12])
                store(target, low, high, words)
                store(target + 64, low, high, avx512_shift4(words))
                store(target + 128, low, high, avx512_shift8(words))
                store(target + 192, low, high, avx512_shift12(words))
                source += 64
                groupScales += 8
                target += 256
                left -= 128
            }
        }
    }

    @inline(__always)
    private func store(
        _ target: UnsafeMutableRawPointer, _ low: SIMD8<Int64>, _ high: SIMD8<Int64>, _ words: SIMD8<Int64>
    ) {
        avx512_store_words(target, avx512_look_up_two(low, high, avx512_group_index(words)))
    }

    /// Four weight rows side by side are four streams from memory, which come faster than one.
    @inline(never)
    package func vectorInt4(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        var weights = Int4Rows(
            codes: codes + firstRow * columns / 2, scales: scales + firstRow * columns / 16, columns: columns)
        var row = 0
        while row < rowCount {
            let height = min(4, rowCount - row)
            let sums =
                height == 4
                ? weights.products(activations, 4)
                : height == 3
                    ? weights.products(activations, 3)
                    : height == 2 ? weights.products(activations, 2) : weights.products(activations, 1)
            for lane in 0..<height { output[row + lane] = sums[lane] }
            weights.skip(height)
            row += height
        }
    }

    /// Rows of weights and one of activations.
    private struct Int4Rows {
        var codes: UnsafeRawPointer
        var scales: UnsafeRawPointer
        let columns: Int

        @inline(__always)
        mutating func skip(_ rows: Int) {
            codes += rows * columns / 2
            scales += rows * columns / 16
        }

        /// The products of the next `height` rows, 1 … 4: a constant, so that each height has code of its own.
        @inline(__always)
        func products(_ activations: UnsafeRawPointer, _ height: Int) -> SIMD4<Float> {
            var total = SIMD4<Float>(repeating: -0.0)  // what is added first stays as it is, be it −0
            var column = 0
            while column < columns {
                // The stretches of `fewRowsInt4`.
                let end = min(columns, column + depthBlock)
                var s0 = avx512_zero()
                var s1 = s0
                var s2 = s0
                var s3 = s0
                while column + 128 <= end {
                    let with = Int4Activations(activations + column / 128 * packedBytes)
                    s0 = with.add(values(0, column), to: s0)
                    if height > 1 { s1 = with.add(values(1, column), to: s1) }
                    if height > 2 { s2 = with.add(values(2, column), to: s2) }
                    if height > 3 { s3 = with.add(values(3, column), to: s3) }
                    column += 128
                }
                if column < end {
                    let with = Int4Activations(activations + column / 128 * packedBytes)
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
        private func values(_ row: Int, _ column: Int) -> Int4Values {
            let from = codes + (row * columns + column) / 2
            // The same place of the next four rows.
            processor_prefetch(from + 2 * columns)
            return Int4Values(
                avx512_load_words(from), avx512_group_scales(scales + (row * columns + column) / 16, 4))
        }

        /// Up to three groups behind the last whole four.
        @inline(__always)
        private func lastValues(_ row: Int, _ column: Int) -> Int4Values {
            let start = row * columns + column
            return Int4Values(
                avx512_load_first_words(codes + start / 2, (columns - column) / 4),
                avx512_group_scales(scales + start / 16, (columns - column) / 32))
        }
    }

    /// 128 codes as words and their scales: lane `l` of their products sums columns of the group `l / 4`.
    private struct Int4Values {
        let a: SIMD8<Int64>
        let b: SIMD8<Int64>
        let c: SIMD8<Int64>
        let d: SIMD8<Int64>
        let scale: SIMD16<Float>

        @inline(__always)
        init(_ words: SIMD8<Int64>, _ scale: SIMD16<Float>) {
            a = avx512_low_codes(words)
            b = avx512_low_codes(avx512_shift4(words))
            c = avx512_low_codes(avx512_shift8(words))
            d = avx512_shift12(words)
            self.scale = scale
        }
    }

    /// 128 packed activations.
    private struct Int4Activations {
        private let a: SIMD8<Int64>
        private let b: SIMD8<Int64>
        private let c: SIMD8<Int64>
        private let d: SIMD8<Int64>
        private let scale: SIMD16<Float>
        private let start: SIMD8<Int64>

        @inline(__always)
        init(_ from: UnsafeRawPointer) {
            a = avx512_load_words(from)
            b = avx512_load_words(from + 64)
            c = avx512_load_words(from + 128)
            d = avx512_load_words(from + 192)
            scale = avx512_load(from + 256)
            start = avx512_load_words(from + 320)
        }

        /// `sum` and the products with `values`.
        @inline(__always)
        func add(_ values: Int4Values, to sum: SIMD16<Float>) -> SIMD16<Float> {
            var even = avx512_multiply_words(start, values.a, a)
            var odd = avx512_multiply_words(avx512_zero_words(), values.b, b)
            even = avx512_multiply_words(even, values.c, c)
            odd = avx512_multiply_words(odd, values.d, d)
            return avx512_multiply_add(avx512_add_whole(even, odd), values.scale * scale, sum)
        }
    }

    /// Several activation rows at once, `stride` times four bytes apart; codes are spread once for up to eight of them.
    /// Every row has the sum that `vectorInt4` has, to the last bit.
    @inline(never)
    package func fewRowsInt4(
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
                    let stretch = Int4Stretch(
                        codes: codes + start / 2, scales: scales + start / 16, columns: end - column)
                    let rows = ActivationRows(
                        values: activations + first * stride * 4 + column / 128 * packedBytes, stride: stride * 4,
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
    private func multiply(_ weights: Int4Stretch, _ rows: ActivationRows, _ height: Int) {
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
            let with = rows.values + column / 128 * packedBytes
            s0 = Int4Activations(with).add(values, to: s0)
            if height > 1 { s1 = Int4Activations(with + rows.stride).add(values, to: s1) }
            if height > 2 { s2 = Int4Activations(with + 2 * rows.stride).add(values, to: s2) }
            if height > 3 { s3 = Int4Activations(with + 3 * rows.stride).add(values, to: s3) }
            if height > 4 { s4 = Int4Activations(with + 4 * rows.stride).add(values, to: s4) }
            if height > 5 { s5 = Int4Activations(with + 5 * rows.stride).add(values, to: s5) }
            if height > 6 { s6 = Int4Activations(with + 6 * rows.stride).add(values, to: s6) }
            if height > 7 { s7 = Int4Activations(with + 7 * rows.stride).add(values, to: s7) }
            column += 128
        }
        rows.store(avx512_sums(s0, s1, s2, s3), 0, min(height, 4))
        if height > 4 { rows.store(avx512_sums(s4, s5, s6, s7), 4, height - 4) }
    }

    /// A stretch of one weight row.
    private struct Int4Stretch {
        let codes: UnsafeRawPointer
        let scales: UnsafeRawPointer
        let columns: Int

        @inline(__always)
        func values(_ column: Int) -> Int4Values {
            let from = codes + column / 2
            let left = columns - column
            processor_prefetch(from + lookAhead)
            guard left < 128 else {
                return Int4Values(avx512_load_words(from), avx512_group_scales(scales + column / 16, 4))
            }
            return Int4Values(
                avx512_load_first_words(from, left / 4), avx512_group_scales(scales + column / 16, left / 32))
        }
    }
#endif
