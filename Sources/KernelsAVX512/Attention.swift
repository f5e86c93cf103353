// Packed keys and values, the tile that meets them and the streaming softmax, in bfloat16 with AVX-512.
//
// A panel is made of strips of 64 columns and, where fewer than 64 are left, of 16. A strip holds one line per pair of
// its depth (entries of a key, or keys): the pairs of its columns, 4 bytes each. A strip that begins at column `c`
// begins at `c · depth` bfloat16. What the doors mean is written in KernelsPortable/Attention.swift.

#if arch(x86_64)
    import CSIMD

    /// Columns of the strip that begins at `first` in a panel of `columns` (a multiple of 16).
    @inline(__always)
    private func stripWidth(_ first: Int, _ columns: Int) -> Int { columns - first >= 64 ? 64 : 16 }

    @inline(never)
    package func packKeys(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ keyCount: Int, _ dimension: Int,
        _ panel: UnsafeMutableRawPointer, _ rounding: Bool
    ) {
        let columns = (keyCount + 15) / 16 * 16
        let lines = (dimension + 1) / 2
        var first = 0
        while first < columns {
            let width = stripWidth(first, columns)
            let strip = panel + first * lines * 4
            var column = 0
            while column < width {
                let key = first + column
                var entry = 0
                while entry < dimension {
                    avx512_pack_keys(
                        source + (key * sourceStride + entry), sourceStride, keyCount - key,
                        min(32, dimension - entry), strip + (entry / 2 * width + column) * 4, width * 4)
                    entry += 32
                }
                column += 16
            }
            first += width
        }
    }

    @inline(never)
    package func packValues(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ keyCount: Int, _ dimension: Int,
        _ panel: UnsafeMutableRawPointer, _ rounding: Bool
    ) {
        let columns = (dimension + 15) / 16 * 16
        let lines = (keyCount + 1) / 2
        var first = 0
        while first < columns {
            let width = stripWidth(first, columns)
            let strip = panel + first * lines * 4
            for line in 0..<lines {
                let even = source + (2 * line * sourceStride + first)
                let odd = even + sourceStride
                let hasOdd = 2 * line + 1 < keyCount
                var column = 0
                while column < width {
                    let left = dimension - first - column
                    let pairs = avx512_interleave(
                        avx512_load_first(even + column, left, 0),
                        avx512_load_first(odd + column, hasOdd ? left : 0, 0))
                    avx512_store_words(strip + (line * width + column) * 4, pairs)
                    column += 16
                }
            }
            first += width
        }
    }

    /// As `packValues`, of values that are bfloat16 already; `sourceStride` counts them.
    ///
    /// Keys come in order, as memory likes it: this is the first that is read of a block.
    @inline(never)
    package func packBFloat16Values(
        _ source: UnsafeRawPointer, _ sourceStride: Int, _ keyCount: Int, _ dimension: Int,
        _ panel: UnsafeMutableRawPointer
    ) {
        let columns = (dimension + 15) / 16 * 16
        let lines = (keyCount + 1) / 2
        for line in 0..<lines {
            let even = source + 2 * line * sourceStride * 2
            let hasOdd = 2 * line + 1 < keyCount
            let odd = hasOdd ? even + sourceStride * 2 : even
            var first = 0
            while first < columns {
                let width = stripWidth(first, columns)
                let target = panel + (first * lines + line * width) * 4
                var column = 0
                while column < width {
                    let left = dimension - first - column
                    let from = (first + column) * 2
                    processor_prefetch(even + from + valueLookAhead)
                    processor_prefetch(odd + from + valueLookAhead)
                    let low = avx512_load_first_words(even + from, left)
                    let high = avx512_load_first_words(odd + from, hasOdd ? left : 0)
                    avx512_store_words(target + column * 4, avx512_interleave_words(low, high, 0))
                    if width == 64 {
                        avx512_store_words(target + column * 4 + 64, avx512_interleave_words(low, high, 1))
                    }
                    column += 32
                }
                first += width
            }
        }
    }

    /// How far ahead of its reading packing asks for values, in bytes.
    private let valueLookAhead = 8192

    /// `depth` is even; strides of the left side count bfloat16.
    @inline(never)
    package func outerTile(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ panel: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
        _ outputStride: Int, _ rowCount: Int, _ columns: Int, _ depth: Int, _ accumulate: Bool
    ) {
        let lines = depth / 2
        var first = 0
        while first < columns {
            let width = stripWidth(first, columns)
            let strip = panel + first * lines * 4
            var row = 0
            while row < rowCount {
                let height = tileHeight(rowCount - row)
                let from = left + row * leftStride * 2
                let to = output + (row * outputStride + first)
                switch (width, height) {
                case (64, 6): wideSix(from, leftStride * 2, strip, to, outputStride, lines, accumulate)
                case (64, 4): wideFour(from, leftStride * 2, strip, to, outputStride, lines, accumulate)
                case (64, _): wideOne(from, strip, to, lines, accumulate)
                case (_, 6): narrowSix(from, leftStride * 2, strip, to, outputStride, lines, accumulate)
                default:
                    for step in 0..<height {
                        narrowOne(
                            from + step * leftStride * 2, strip, to + step * outputStride, lines, accumulate)
                    }
                }
                row += height
            }
            first += width
        }
    }

    /// Six rows fill the registers; eight are better as four and four than as six, one and one.
    @inline(__always)
    private func tileHeight(_ rows: Int) -> Int {
        rows >= 6 && rows != 8 ? 6 : rows >= 4 ? 4 : 1
    }

    @inline(__always)
    private func wideSix(
        _ left: UnsafeRawPointer, _ stride: Int, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
        _ outputStride: Int, _ lines: Int, _ accumulate: Bool
    ) {
        var r0 = SixtyFour(output, accumulate)
        var r1 = SixtyFour(output + outputStride, accumulate)
        var r2 = SixtyFour(output + 2 * outputStride, accumulate)
        var r3 = SixtyFour(output + 3 * outputStride, accumulate)
        var r4 = SixtyFour(output + 4 * outputStride, accumulate)
        var r5 = SixtyFour(output + 5 * outputStride, accumulate)
        for line in 0..<lines {
            let at = left + line * 4
            let columns = Line(strip + line * 256)
            r0.step(avx512_broadcast_pair(at), columns)
            r1.step(avx512_broadcast_pair(at + stride), columns)
            r2.step(avx512_broadcast_pair(at + 2 * stride), columns)
            r3.step(avx512_broadcast_pair(at + 3 * stride), columns)
            r4.step(avx512_broadcast_pair(at + 4 * stride), columns)
            r5.step(avx512_broadcast_pair(at + 5 * stride), columns)
        }
        r0.store(output)
        r1.store(output + outputStride)
        r2.store(output + 2 * outputStride)
        r3.store(output + 3 * outputStride)
        r4.store(output + 4 * outputStride)
        r5.store(output + 5 * outputStride)
    }

    @inline(__always)
    private func wideFour(
        _ left: UnsafeRawPointer, _ stride: Int, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
        _ outputStride: Int, _ lines: Int, _ accumulate: Bool
    ) {
        var r0 = SixtyFour(output, accumulate)
        var r1 = SixtyFour(output + outputStride, accumulate)
        var r2 = SixtyFour(output + 2 * outputStride, accumulate)
        var r3 = SixtyFour(output + 3 * outputStride, accumulate)
        for line in 0..<lines {
            let at = left + line * 4
            let columns = Line(strip + line * 256)
            r0.step(avx512_broadcast_pair(at), columns)
            r1.step(avx512_broadcast_pair(at + stride), columns)
            r2.step(avx512_broadcast_pair(at + 2 * stride), columns)
            r3.step(avx512_broadcast_pair(at + 3 * stride), columns)
        }
        r0.store(output)
        r1.store(output + outputStride)
        r2.store(output + 2 * outputStride)
        r3.store(output + 3 * outputStride)
    }

    @inline(__always)
    private func wideOne(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>, _ lines: Int,
        _ accumulate: Bool
    ) {
        var sums = SixtyFour(output, accumulate)
        for line in 0..<lines { sums.step(avx512_broadcast_pair(left + line * 4), Line(strip + line * 256)) }
        sums.store(output)
    }

    @inline(__always)
    private func narrowSix(
        _ left: UnsafeRawPointer, _ stride: Int, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
        _ outputStride: Int, _ lines: Int, _ accumulate: Bool
    ) {
        let zero = avx512_zero()
        var r0 = accumulate ? avx512_load(output) : zero
        var r1 = accumulate ? avx512_load(output + outputStride) : zero
        var r2 = accumulate ? avx512_load(output + 2 * outputStride) : zero
        var r3 = accumulate ? avx512_load(output + 3 * outputStride) : zero
        var r4 = accumulate ? avx512_load(output + 4 * outputStride) : zero
        var r5 = accumulate ? avx512_load(output + 5 * outputStride) : zero
        for line in 0..<lines {
            let at = left + line * 4
            let columns = avx512_load_words(strip + line * 64)
            r0 = avx512_multiply_pairs(r0, avx512_broadcast_pair(at), columns)
            r1 = avx512_multiply_pairs(r1, avx512_broadcast_pair(at + stride), columns)
            r2 = avx512_multiply_pairs(r2, avx512_broadcast_pair(at + 2 * stride), columns)
            r3 = avx512_multiply_pairs(r3, avx512_broadcast_pair(at + 3 * stride), columns)
            r4 = avx512_multiply_pairs(r4, avx512_broadcast_pair(at + 4 * stride), columns)
            r5 = avx512_multiply_pairs(r5, avx512_broadcast_pair(at + 5 * stride), columns)
        }
        avx512_store(output, r0)
        avx512_store(output + outputStride, r1)
        avx512_store(output + 2 * outputStride, r2)
        avx512_store(output + 3 * outputStride, r3)
        avx512_store(output + 4 * outputStride, r4)
        avx512_store(output + 5 * outputStride, r5)
    }

    @inline(__always)
    private func narrowOne(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>, _ lines: Int,
        _ accumulate: Bool
    ) {
        var sums = accumulate ? avx512_load(output) : avx512_zero()
        for line in 0..<lines {
            let columns = avx512_load_words(strip + line * 64)
            sums = avx512_multiply_pairs(sums, avx512_broadcast_pair(left + line * 4), columns)
        }
        avx512_store(output, sums)
    }

    /// The pairs of 64 columns.
    private struct Line {
        let a: SIMD8<Int64>
        let b: SIMD8<Int64>
        let c: SIMD8<Int64>
        let d: SIMD8<Int64>

        @inline(__always)
        init(_ source: UnsafeRawPointer) {
            a = avx512_load_words(source)
            b = avx512_load_words(source + 64)
            c = avx512_load_words(source + 128)
            d = avx512_load_words(source + 192)
        }
    }

    /// 64 neighbouring outputs of one row.
    private struct SixtyFour {
        var a: SIMD16<Float>
        var b: SIMD16<Float>
        var c: SIMD16<Float>
        var d: SIMD16<Float>

        @inline(__always)
        init(_ output: UnsafeMutablePointer<Float>, _ accumulate: Bool) {
            let zero = avx512_zero()
            a = accumulate ? avx512_load(output) : zero
            b = accumulate ? avx512_load(output + 16) : zero
            c = accumulate ? avx512_load(output + 32) : zero
            d = accumulate ? avx512_load(output + 48) : zero
        }

        @inline(__always)
        mutating func step(_ factor: SIMD8<Int64>, _ line: Line) {
            a = avx512_multiply_pairs(a, factor, line.a)
            b = avx512_multiply_pairs(b, factor, line.b)
            c = avx512_multiply_pairs(c, factor, line.c)
            d = avx512_multiply_pairs(d, factor, line.d)
        }

        @inline(__always)
        func store(_ output: UnsafeMutablePointer<Float>) {
            avx512_store(output, a)
            avx512_store(output + 16, b)
            avx512_store(output + 32, c)
            avx512_store(output + 48, d)
        }
    }

    /// The weights are bfloat16, `weightStride` of them apart; their sums are those of the unrounded ones.
    @inline(never)
    package func softmaxPairs(
        _ scores: UnsafePointer<Float>, _ scoreStride: Int, _ weights: UnsafeMutableRawPointer, _ weightStride: Int,
        _ rowCount: Int, _ columns: Int, _ visible: UnsafePointer<Int>, _ scale: Float,
        _ maxima: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
        _ factors: UnsafeMutablePointer<Float>, _ rounding: Bool
    ) {
        let scales = avx512_fill(scale)
        // Powers of two are cheaper than those of e.
        let log2e: Float = 1.442_695
        let powers = avx512_fill(scale * log2e)
        for row in 0..<rowCount {
            let from = scores + row * scoreStride
            let to = weights + row * weightStride * 2
            let count = visible[row]
            var largest = avx512_fill(maxima[row])
            var column = 0
            while column < count {
                let values = avx512_load_first(from + column, count - column, -.infinity)
                largest = avx512_larger(values * scales, largest)
                column += 16
            }
            let maximum = avx512_largest(largest)
            factors[row] = count == 0 ? 1 : power(avx512_fill((maxima[row] - maximum) * log2e))[0]
            maxima[row] = maximum
            let shift = avx512_fill(-maximum * log2e)
            var low = avx512_zero()
            var high = low
            column = 0
            while column < count {
                let first = avx512_load_first(from + column, count - column, -.infinity)
                let second = avx512_load_first(from + column + 16, count - column - 16, -.infinity)
                let one = power(avx512_multiply_add(first, powers, shift))
                let two = power(avx512_multiply_add(second, powers, shift))
                low += one
                high += two
                avx512_store_first_words(to + column * 2, columns - column, avx512_to_bfloat16(one, two))
                column += 32
            }
            while column < columns {
                avx512_store_first_words(
                    to + column * 2, columns - column, avx512_to_bfloat16(avx512_zero(), avx512_zero()))
                column += 32
            }
            sums[row] = sums[row] * factors[row] + avx512_sum(low + high)
        }
    }

    /// 2ˣ for x ≤ 127; below −150 it is zero. The fraction's polynomial is right to 2.6e−6, far more than the eight bits
    /// that a weight keeps.
    @inline(__always)
    private func power(_ x: SIMD16<Float>) -> SIMD16<Float> {
        let bounded = avx512_larger(avx512_fill(-160), x)
        let n = avx512_round(bounded)
        let f = bounded - n
        var p = avx512_multiply_add(avx512_fill(0.009_570_1), f, avx512_fill(0.055_917_86))
        p = avx512_multiply_add(p, f, avx512_fill(0.240_247_45))
        p = avx512_multiply_add(p, f, avx512_fill(0.693_121_81))
        p = avx512_multiply_add(p, f, avx512_fill(0.999_999_26))
        return avx512_scale(p, n)
    }
#endif
