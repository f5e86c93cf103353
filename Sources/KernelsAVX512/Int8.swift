// Int8 weights with AVX-512, in float32 multiply-adds: to make bfloat16 pairs of codes takes as long as to make floats,
// and some processors multiply those at half the rate. 64 bytes are 64 columns, two groups; lane l of a vector of them
// holds the columns 4l … 4l + 3, of which each becomes the lane's float32 in turn, and the activations are packed once
// in that order. Scales are then a lane's own, eight lanes for a group. Packed activations are padded with zeros to a
// multiple of 64 columns; a matrix ends after any whole group of 32.
//
// A code becomes the highest byte of its lane, 2²⁴ times its value: activations, which are rounded to bfloat16, are
// packed as 2⁻²⁴ times theirs, exactly.
//
// Every output is summed in one order, whether it is computed alone or beside other activation rows: stretches of
// `depthBlock` columns, in each 16 lanes of four columns, then `avx512_sums`. A panel holds value · scale in natural
// order, rounded to bfloat16.

#if arch(x86_64)
    import CSIMD

    /// How far ahead of its reading a vector product asks for weights, in bytes: a matrix is one linear stream.
    private let lookAhead = 8192
    /// Columns of one stretch, so that eight rows of activations stay in the first-level cache.
    private let depthBlock = 1024

    @inline(never)
    package func packInt8Rows(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rowCount: Int, _ columns: Int,
        _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let from = source + row * sourceStride
            let to = target + row * targetStride * 4
            var column = 0
            while column < columns {
                let (a, b) = halves(from, column, columns)
                let (c, d) = halves(from, column + 32, columns)
                avx512_int8_order(to + column * 4, a, b, c, d)
                column += 64
            }
        }
    }

    /// 32 columns, rounded to bfloat16, as 2⁻²⁴ times their values.
    @inline(__always)
    private func halves(
        _ source: UnsafePointer<Float>, _ column: Int, _ columns: Int
    ) -> (SIMD16<Float>, SIMD16<Float>) {
        let words = avx512_to_bfloat16(
            avx512_load_first(source + column, columns - column, 0),
            avx512_load_first(source + column + 16, columns - column - 16, 0))
        let factor = avx512_fill(0x1p-24)
        return (avx512_from_bfloat16(words, 0) * factor, avx512_from_bfloat16(words, 1) * factor)
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

    @inline(never)
    package func vectorInt8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        var weights = codes + firstRow * columns
        var groupScales = scales + firstRow * columns / 16
        for row in 0..<rowCount {
            var total: Float = 0
            var column = 0
            while column < columns {
                let end = min(columns, column + depthBlock)
                let accumulate = column > 0
                var sum = avx512_zero()
                while column + 64 <= end {
                    processor_prefetch(weights + lookAhead)
                    let values = Int8Values(avx512_load_words(weights), avx512_two_scales(groupScales))
                    values.add(activations + column * 4, to: &sum)
                    weights += 64
                    groupScales += 4
                    column += 64
                }
                if column < end {
                    Int8Values(half: weights, groupScales).add(activations + column * 4, to: &sum)
                    weights += 32
                    groupScales += 2
                    column += 32
                }
                total = accumulate ? total + avx512_sum(sum) : avx512_sum(sum)
            }
            output[row] = total
        }
    }

    /// Several activation rows at once, `stride` floats apart; codes are converted once for up to eight of them.
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
                        values: activations + (first * stride + column) * 4, stride: stride * 4,
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
            let with = rows.values + column * 4
            values.add(with, to: &s0)
            if height > 1 { values.add(with + rows.stride, to: &s1) }
            if height > 2 { values.add(with + 2 * rows.stride, to: &s2) }
            if height > 3 { values.add(with + 3 * rows.stride, to: &s3) }
            if height > 4 { values.add(with + 4 * rows.stride, to: &s4) }
            if height > 5 { values.add(with + 5 * rows.stride, to: &s5) }
            if height > 6 { values.add(with + 6 * rows.stride, to: &s6) }
            if height > 7 { values.add(with + 7 * rows.stride, to: &s7) }
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
            guard column + 64 <= columns else { return Int8Values(half: from, scales + column / 16) }
            return Int8Values(avx512_load_words(from), avx512_two_scales(scales + column / 16))
        }
    }

    /// Where activations come from and sums go; strides count bytes and floats.
    private struct ActivationRows {
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

    /// 64 codes as float32 and their scales: lane `l` of `a` to `d` has the columns 4l to 4l + 3.
    private struct Int8Values {
        let a: SIMD16<Float>
        let b: SIMD16<Float>
        let c: SIMD16<Float>
        let d: SIMD16<Float>
        let scale: SIMD16<Float>

        @inline(__always)
        init(_ codes: SIMD8<Int64>, _ scale: SIMD16<Float>) {
            a = avx512_int8_first(codes)
            b = avx512_int8_second(codes)
            c = avx512_int8_third(codes)
            d = avx512_int8_fourth(codes)
            self.scale = scale
        }

        /// The last group of a row whose groups are odd in number: activations and scales behind it are zero.
        @inline(__always)
        init(half codes: UnsafeRawPointer, _ scales: UnsafeRawPointer) {
            self.init(avx512_load_first_words(codes, 16), avx512_first_scale(scales))
        }

        @inline(__always)
        func add(_ with: UnsafeRawPointer, to sum: inout SIMD16<Float>) {
            var part = a * avx512_load(with)
            part = avx512_multiply_add(b, avx512_load(with + 64), part)
            part = avx512_multiply_add(c, avx512_load(with + 128), part)
            part = avx512_multiply_add(d, avx512_load(with + 192), part)
            sum = avx512_multiply_add(part, scale, sum)
        }
    }
#endif
