// Products of bfloat16 activations with AVX-512: vectors straight from the checkpoint's bytes, tiles over rows of
// bfloat16. Sums are float32. Packed activations are padded with zeros to a multiple of 32.
//
// Every output is summed in one order, whichever tile computes it: 16 lanes of pairs over the columns, then
// `avx512_sums`.

#if arch(x86_64)
    import CSIMD

    /// How far ahead of its reading a vector product asks for weights, in bytes: a matrix is one linear stream.
    private let lookAhead = 8192

    @inline(never)
    package func vectorBFloat16(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        let whole = columns & ~127
        var weights = codes + firstRow * columns * 2
        for row in 0..<rowCount {
            var sums = FourSums()
            var at = 0
            while at < whole * 2 {
                let from = weights + at
                let with = activations + at
                processor_prefetch(from + lookAhead)
                processor_prefetch(from + lookAhead + 64)
                processor_prefetch(from + lookAhead + 128)
                processor_prefetch(from + lookAhead + 192)
                sums.a = avx512_multiply_pairs(sums.a, avx512_load_words(from), avx512_load_words(with))
                sums.b = avx512_multiply_pairs(sums.b, avx512_load_words(from + 64), avx512_load_words(with + 64))
                sums.c = avx512_multiply_pairs(sums.c, avx512_load_words(from + 128), avx512_load_words(with + 128))
                sums.d = avx512_multiply_pairs(sums.d, avx512_load_words(from + 192), avx512_load_words(with + 192))
                at += 256
            }
            while at < columns * 2 {
                let last = avx512_load_first_words(weights + at, columns - at / 2)
                sums.a = avx512_multiply_pairs(sums.a, last, avx512_load_words(activations + at))
                at += 64
            }
            output[row] = sums.total
            weights += columns * 2
        }
    }

    /// Every row has the sum that `vectorBFloat16` has, to the last bit: four rows at a time pass over a weight row, which
    /// the first ones leave in the cache.
    @inline(never)
    package func fewRowsBFloat16(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer, _ stride: Int,
        _ count: Int, _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ firstRow: Int, _ rowCount: Int,
        _ columns: Int
    ) {
        var weights = codes + firstRow * columns * 2
        for row in 0..<rowCount {
            var first = 0
            while first < count {
                // Rows past the end repeat the last one and are not stored.
                let height = min(4, count - first)
                let with = activations + first * stride * 2
                let last = (height - 1) * stride * 2
                let sums = fourVectors(
                    weights, with, with + min(stride * 2, last), with + min(stride * 4, last),
                    with + min(stride * 6, last), columns)
                for index in 0..<height { output[(first + index) * outputStride + row] = sums[index] }
                first += height
            }
            weights += columns * 2
        }
    }

    @inline(__always)
    private func fourVectors(
        _ weights: UnsafeRawPointer, _ one: UnsafeRawPointer, _ two: UnsafeRawPointer, _ three: UnsafeRawPointer,
        _ four: UnsafeRawPointer, _ columns: Int
    ) -> SIMD4<Float> {
        var (r0, r1, r2, r3) = (FourSums(), FourSums(), FourSums(), FourSums())
        let whole = (columns & ~127) * 2
        var at = 0
        while at < whole {
            let from = weights + at
            processor_prefetch(from + lookAhead)
            processor_prefetch(from + lookAhead + 64)
            processor_prefetch(from + lookAhead + 128)
            processor_prefetch(from + lookAhead + 192)
            let (a, b) = (avx512_load_words(from), avx512_load_words(from + 64))
            let (c, d) = (avx512_load_words(from + 128), avx512_load_words(from + 192))
            r0.step(one + at, a, b, c, d)
            r1.step(two + at, a, b, c, d)
            r2.step(three + at, a, b, c, d)
            r3.step(four + at, a, b, c, d)
            at += 256
        }
        while at < columns * 2 {
            let last = avx512_load_first_words(weights + at, columns - at / 2)
            r0.a = avx512_multiply_pairs(r0.a, last, avx512_load_words(one + at))
            r1.a = avx512_multiply_pairs(r1.a, last, avx512_load_words(two + at))
            r2.a = avx512_multiply_pairs(r2.a, last, avx512_load_words(three + at))
            r3.a = avx512_multiply_pairs(r3.a, last, avx512_load_words(four + at))
            at += 64
        }
        return SIMD4(r0.total, r1.total, r2.total, r3.total)
    }

    /// The scale of a block of 128 columns multiplies the block's partial sums.
    @inline(never)
    package func vectorFloat8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
        _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
    ) {
        let blocks = (columns + 127) / 128
        let values = scales.assumingMemoryBound(to: Float.self)
        for row in 0..<rowCount {
            let weights = codes + (firstRow + row) * columns
            let rowScales = values + (firstRow + row) / 128 * blocks
            var sum = avx512_zero()
            for block in 0..<blocks {
                let end = min(columns, (block + 1) * 128)
                var column = block * 128
                var part = avx512_zero()
                processor_prefetch(weights + column + lookAhead)
                processor_prefetch(weights + column + lookAhead + 64)
                while column < end {
                    let words = avx512_load_first_float8(weights + column, end - column)
                    part = avx512_multiply_pairs(part, words, avx512_load_words(activations + column * 2))
                    column += 32
                }
                sum = avx512_multiply_add(part, avx512_fill(rowScales[block]), sum)
            }
            output[row] = avx512_sum(sum)
        }
    }

    /// `depth` is a multiple of 32; rows are padded with zeros up to it.
    @inline(never)
    package func dotTile(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ right: UnsafeRawPointer, _ rightStride: Int,
        _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ leftRows: Int, _ rightRows: Int, _ depth: Int,
        _ accumulate: Bool
    ) {
        var m = 0
        while m < leftRows {
            let height = tileHeight(leftRows - m)
            let rows = left + m * leftStride * 2
            let target = output + m * outputStride
            var n = 0
            while n < rightRows {
                let columns = RightRows(right, rightStride, n, rightRows)
                let place = TilePlace(
                    target: target + n, stride: outputStride, width: min(4, rightRows - n), accumulate: accumulate)
                switch height {
                case 6: sixRows(rows, leftStride * 2, columns, place, depth * 2)
                case 4: fourRows(rows, leftStride * 2, columns, place, depth * 2)
                default: oneRow(rows, columns, place, depth * 2)
                }
                n += 4
            }
            m += height
        }
    }

    /// Six rows fill the registers; eight are better as four and four than as six, one and one.
    @inline(__always)
    private func tileHeight(_ rows: Int) -> Int {
        rows >= 6 && rows != 8 ? 6 : rows >= 4 ? 4 : 1
    }

    @inline(__always)
    private func sixRows(
        _ left: UnsafeRawPointer, _ stride: Int, _ right: RightRows, _ place: TilePlace, _ bytes: Int
    ) {
        var r0 = FourSums()
        var r1 = FourSums()
        var r2 = FourSums()
        var r3 = FourSums()
        var r4 = FourSums()
        var r5 = FourSums()
        var at = 0
        while at < bytes {
            let from = left + at
            let (a, b, c, d) = right.load(at)
            r0.step(avx512_load_words(from), a, b, c, d)
            r1.step(avx512_load_words(from + stride), a, b, c, d)
            r2.step(avx512_load_words(from + 2 * stride), a, b, c, d)
            r3.step(avx512_load_words(from + 3 * stride), a, b, c, d)
            r4.step(avx512_load_words(from + 4 * stride), a, b, c, d)
            r5.step(avx512_load_words(from + 5 * stride), a, b, c, d)
            at += 64
        }
        place.store(r0, 0)
        place.store(r1, 1)
        place.store(r2, 2)
        place.store(r3, 3)
        place.store(r4, 4)
        place.store(r5, 5)
    }

    @inline(__always)
    private func fourRows(
        _ left: UnsafeRawPointer, _ stride: Int, _ right: RightRows, _ place: TilePlace, _ bytes: Int
    ) {
        var r0 = FourSums()
        var r1 = FourSums()
        var r2 = FourSums()
        var r3 = FourSums()
        var at = 0
        while at < bytes {
            let from = left + at
            let (a, b, c, d) = right.load(at)
            r0.step(avx512_load_words(from), a, b, c, d)
            r1.step(avx512_load_words(from + stride), a, b, c, d)
            r2.step(avx512_load_words(from + 2 * stride), a, b, c, d)
            r3.step(avx512_load_words(from + 3 * stride), a, b, c, d)
            at += 64
        }
        place.store(r0, 0)
        place.store(r1, 1)
        place.store(r2, 2)
        place.store(r3, 3)
    }

    @inline(__always)
    private func oneRow(_ left: UnsafeRawPointer, _ right: RightRows, _ place: TilePlace, _ bytes: Int) {
        var sums = FourSums()
        var at = 0
        while at < bytes {
            let (a, b, c, d) = right.load(at)
            sums.step(avx512_load_words(left + at), a, b, c, d)
            at += 64
        }
        place.store(sums, 0)
    }

    /// Four rows of the right matrix; past its end the last row stands in and its sums are not stored.
    private struct RightRows {
        let a: UnsafeRawPointer
        let b: UnsafeRawPointer
        let c: UnsafeRawPointer
        let d: UnsafeRawPointer

        @inline(__always)
        init(_ start: UnsafeRawPointer, _ stride: Int, _ row: Int, _ rows: Int) {
            a = start + row * stride * 2
            b = start + min(row + 1, rows - 1) * stride * 2
            c = start + min(row + 2, rows - 1) * stride * 2
            d = start + min(row + 3, rows - 1) * stride * 2
        }

        @inline(__always)
        func load(_ at: Int) -> (SIMD8<Int64>, SIMD8<Int64>, SIMD8<Int64>, SIMD8<Int64>) {
            (avx512_load_words(a + at), avx512_load_words(b + at), avx512_load_words(c + at), avx512_load_words(d + at))
        }
    }

    /// Where a tile's sums go.
    private struct TilePlace {
        let target: UnsafeMutablePointer<Float>
        let stride: Int
        /// Columns that exist, at most 4.
        let width: Int
        let accumulate: Bool

        @inline(__always)
        func store(_ sums: FourSums, _ row: Int) {
            let four = avx512_sums(sums.a, sums.b, sums.c, sums.d)
            let to = target + row * stride
            if width == 4 {
                let raw = UnsafeMutableRawPointer(to)
                let before = accumulate ? raw.loadUnaligned(as: SIMD4<Float>.self) : SIMD4<Float>()
                raw.storeBytes(of: before + four, as: SIMD4<Float>.self)
            } else {
                for lane in 0..<width { to[lane] = (accumulate ? to[lane] : 0) + four[lane] }
            }
        }
    }

    /// Four running vectors of one output row, or of one output.
    private struct FourSums {
        var a = avx512_zero()
        var b = avx512_zero()
        var c = avx512_zero()
        var d = avx512_zero()

        /// All four as one sum.
        @inline(__always)
        var total: Float { avx512_sum((a + b) + (c + d)) }

        /// Four stretches of one row, each times its own weights.
        @inline(__always)
        mutating func step(
            _ row: UnsafeRawPointer, _ first: SIMD8<Int64>, _ second: SIMD8<Int64>, _ third: SIMD8<Int64>,
            _ fourth: SIMD8<Int64>
        ) {
            a = avx512_multiply_pairs(a, first, avx512_load_words(row))
            b = avx512_multiply_pairs(b, second, avx512_load_words(row + 64))
            c = avx512_multiply_pairs(c, third, avx512_load_words(row + 128))
            d = avx512_multiply_pairs(d, fourth, avx512_load_words(row + 192))
        }

        @inline(__always)
        mutating func step(
            _ left: SIMD8<Int64>, _ first: SIMD8<Int64>, _ second: SIMD8<Int64>, _ third: SIMD8<Int64>,
            _ fourth: SIMD8<Int64>
        ) {
            a = avx512_multiply_pairs(a, left, first)
            b = avx512_multiply_pairs(b, left, second)
            c = avx512_multiply_pairs(c, left, third)
            d = avx512_multiply_pairs(d, left, fourth)
        }
    }
#endif
