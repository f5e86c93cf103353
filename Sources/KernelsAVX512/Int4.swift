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
    private let lookAhead = 8192
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
    private let packedBytes = 320

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

    @inline(never)
    package func vectorInt4(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        let table = avx512_int4_words()
        var weights = codes + firstRow * columns / 2
        var groupScales = scales + firstRow * columns / 16
        let whole = columns / 128
        let rest = columns % 128
        for row in 0..<rowCount {
            var with = activations
            var total: Float = 0
            var sum = avx512_zero()
            for block in 0..<whole {
                // The stretches of `fewRowsInt4`.
                if block > 0 && block % (depthBlock / 128) == 0 {
                    total += avx512_sum(sum)
                    sum = avx512_zero()
                }
                processor_prefetch(weights + lookAhead)
                let part = products(table, avx512_load_words(weights), with)
                let scale = avx512_group_scales(groupScales, 4) * avx512_load(with + 256)
                sum = avx512_multiply_add(part, scale, sum)
                weights += 64
                groupScales += 8
                with += packedBytes
            }
            if rest > 0 && whole > 0 && whole % (depthBlock / 128) == 0 {
                total += avx512_sum(sum)
                sum = avx512_zero()
            }
            if rest > 0 {
                let part = products(table, avx512_load_first_words(weights, rest / 4), with)
                let scale = avx512_group_scales(groupScales, rest / 32) * avx512_load(with + 256)
                sum = avx512_multiply_add(part, scale, sum)
                weights += rest / 2
                groupScales += rest / 16
            }
            output[row] = total + avx512_sum(sum)
        }
    }

    /// 128 codes times their activations: lane `l` sums columns of the group `l / 4`.
    @inline(__always)
    private func products(
        _ table: SIMD8<Int64>, _ words: SIMD8<Int64>, _ with: UnsafeRawPointer
    ) -> SIMD16<Float> {
        let zero = avx512_zero_words()
        var even = avx512_multiply_words(zero, avx512_look_up(table, words), avx512_load_words(with))
        var odd = avx512_multiply_words(
            zero, avx512_look_up(table, avx512_shift4(words)), avx512_load_words(with + 64))
        even = avx512_multiply_words(
            even, avx512_look_up(table, avx512_shift8(words)), avx512_load_words(with + 128))
        odd = avx512_multiply_words(
            odd, avx512_look_up(table, avx512_shift12(words)), avx512_load_words(with + 192))
        return avx512_add_whole(even, odd)
    }

    /// Several activation rows at once, `stride` times four bytes apart; codes are looked up once for up to eight of them.
    /// Every row has the sum that `vectorInt4` has, to the last bit.
    @inline(never)
    package func fewRowsInt4(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer, _ stride: Int,
        _ count: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ firstRow: Int, _ rowCount: Int,
        _ columns: Int
    ) {
        var first = 0
        while first < count {
            let height = min(count - first, 8)
            var column = 0
            while column < columns {
                let end = min(columns, column + depthBlock)
                for row in 0..<rowCount {
                    let start = (firstRow + row) * columns + column
                    let weights = Int4Stretch(
                        codes: codes + start / 2, scales: scales + start / 16, columns: end - column)
                    let with = activations + first * stride * 4 + column / 128 * packedBytes
                    let target = output + first * outputStride + row
                    if height > 4 {
                        eightRows(weights, with, stride * 4, height, target, outputStride, column > 0)
                    } else {
                        fourRows(weights, with, stride * 4, height, target, outputStride, column > 0)
                    }
                }
                column = end
            }
            first += height
        }
    }

    /// A stretch of one weight row.
    private struct Int4Stretch {
        let codes: UnsafeRawPointer
        let scales: UnsafeRawPointer
        let columns: Int
    }

    /// 128 codes as words and their scales.
    private struct Int4Values {
        let a: SIMD8<Int64>
        let b: SIMD8<Int64>
        let c: SIMD8<Int64>
        let d: SIMD8<Int64>
        let scale: SIMD16<Float>

        @inline(__always)
        init(_ table: SIMD8<Int64>, _ weights: Int4Stretch, _ column: Int) {
            let left = weights.columns - column
            let words = avx512_load_first_words(weights.codes + column / 2, left / 4)
            a = avx512_look_up(table, words)
            b = avx512_look_up(table, avx512_shift4(words))
            c = avx512_look_up(table, avx512_shift8(words))
            d = avx512_look_up(table, avx512_shift12(words))
            scale = avx512_group_scales(weights.scales + column / 16, left / 32)
        }

        @inline(__always)
        func add(_ with: UnsafeRawPointer, to sum: inout SIMD16<Float>) {
            let zero = avx512_zero_words()
            var even = avx512_multiply_words(zero, a, avx512_load_words(with))
            var odd = avx512_multiply_words(zero, b, avx512_load_words(with + 64))
            even = avx512_multiply_words(even, c, avx512_load_words(with + 128))
            odd = avx512_multiply_words(odd, d, avx512_load_words(with + 192))
            sum = avx512_multiply_add(avx512_add_whole(even, odd), scale * avx512_load(with + 256), sum)
        }
    }

    /// Rows past `height` repeat the last one and are not stored.
    @inline(__always)
    private func eightRows(
        _ weights: Int4Stretch, _ activations: UnsafeRawPointer, _ stride: Int, _ height: Int,
        _ target: UnsafeMutablePointer<Float>, _ outputStride: Int, _ accumulate: Bool
    ) {
        let table = avx512_int4_words()
        var s0 = avx512_zero()
        var s1 = s0
        var s2 = s0
        var s3 = s0
        var s4 = s0
        var s5 = s0
        var s6 = s0
        var s7 = s0
        let last = (height - 1) * stride
        var column = 0
        while column < weights.columns {
            let values = Int4Values(table, weights, column)
            let with = activations + column / 128 * packedBytes
            values.add(with, to: &s0)
            values.add(with + stride, to: &s1)
            values.add(with + 2 * stride, to: &s2)
            values.add(with + 3 * stride, to: &s3)
            values.add(with + 4 * stride, to: &s4)
            values.add(with + min(5 * stride, last), to: &s5)
            values.add(with + min(6 * stride, last), to: &s6)
            values.add(with + min(7 * stride, last), to: &s7)
            column += 128
        }
        storeColumn(avx512_sums(s0, s1, s2, s3), 4, target, outputStride, accumulate)
        storeColumn(avx512_sums(s4, s5, s6, s7), height - 4, target + 4 * outputStride, outputStride, accumulate)
    }

    /// The same for at most four rows.
    @inline(__always)
    private func fourRows(
        _ weights: Int4Stretch, _ activations: UnsafeRawPointer, _ stride: Int, _ height: Int,
        _ target: UnsafeMutablePointer<Float>, _ outputStride: Int, _ accumulate: Bool
    ) {
        let table = avx512_int4_words()
        var s0 = avx512_zero()
        var s1 = s0
        var s2 = s0
        var s3 = s0
        let last = (height - 1) * stride
        var column = 0
        while column < weights.columns {
            let values = Int4Values(table, weights, column)
            let with = activations + column / 128 * packedBytes
            values.add(with, to: &s0)
            values.add(with + min(stride, last), to: &s1)
            values.add(with + min(2 * stride, last), to: &s2)
            values.add(with + min(3 * stride, last), to: &s3)
            column += 128
        }
        storeColumn(avx512_sums(s0, s1, s2, s3), height, target, outputStride, accumulate)
    }

    @inline(__always)
    private func storeColumn(
        _ sums: SIMD4<Float>, _ count: Int, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ accumulate: Bool
    ) {
        for lane in 0..<min(4, count) {
            let to = target + lane * stride
            to.pointee = accumulate ? to.pointee + sums[lane] : sums[lane]
        }
    }
#endif
