// Products of many rows of activations with AMX. Weights are the left operand, as they lie: 16 rows of the matrix or of a
// panel, 32 columns of each. Activations are the right one: rows that were packed as bfloat16 are arranged in strips of
// 16, so that a line of 64 bytes holds one pair of columns of all 16.
//
// Every output is summed in one order, pair after pair, whichever tile computes it.

#if arch(x86_64)
    import CSIMD

    /// Arranges up to 16 packed rows, `stride` bfloat16 apart, as a strip of `stride / 2` lines; rows that are missing are
    /// zeros. `columns` is a multiple of 32.
    @inline(never)
    package func arrangeRows(
        _ rows: UnsafeRawPointer, _ stride: Int, _ rowCount: Int, _ columns: Int, _ strip: UnsafeMutableRawPointer
    ) {
        var column = 0
        while column < columns {
            avx512_transpose_pairs(rows + column * 2, stride * 2, rowCount, strip + column * 32)
            column += 32
        }
    }

    /// As `KernelsPortable.dotTile`, but `left` is the first of the strips of `arrangeRows`, `leftStride` being the
    /// `stride` of their rows. `depth` is a multiple of 32.
    @inline(never)
    package func dotTile(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ right: UnsafeRawPointer, _ rightStride: Int,
        _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ leftRows: Int, _ rightRows: Int, _ depth: Int,
        _ accumulate: Bool
    ) {
        let whole = rightRows & ~15
        let place = TilePlace(outputStride: outputStride, accumulate: accumulate)
        amx_shape_products(16)
        var row = 0
        // Activations outside: what is put goes on where the last put ended. Two strips meet all weights, and meanwhile the
        // next two come from the third-level cache.
        let share = Ahead.share(of: whole)
        while row < leftRows {
            let strip = left + row * leftStride * 2
            let count = leftRows - row
            // Behind the last two others may lie, whose turn comes in the next call; if not, nothing is lost.
            var ahead = Ahead(strip + 2 * leftStride * 32, leftStride * 32, lines: share)
            var weights = 0
            while weights < whole {
                let isPair = count > 16 && weights + 32 <= whole
                let from = right + weights * rightStride * 2
                let to = output + row * outputStride + weights
                if isPair {
                    fourTiles(from, rightStride * 2, strip, leftStride * 32, depth, to, count, place, ahead)
                    ahead.advance()
                } else if count > 16 {
                    twoTilesOfRows(from, rightStride * 2, strip, leftStride * 32, depth, to, count, 16, place)
                } else {
                    oneTile(from, rightStride * 2, strip, depth, to, count, 16, place)
                }
                weights += isPair ? 32 : 16
            }
            row += 32
        }
        if whole < rightRows {
            let rest = rightRows - whole
            let from = right + whole * rightStride * 2
            amx_shape_products(rest)
            var row = 0
            while row < leftRows {
                let strip = left + row * leftStride * 2
                let to = output + row * outputStride + whole
                if leftRows - row > 16 {
                    twoTilesOfRows(
                        from, rightStride * 2, strip, leftStride * 32, depth, to, leftRows - row, rest, place)
                } else {
                    oneTile(from, rightStride * 2, strip, depth, to, leftRows - row, rest, place)
                }
                row += 32
            }
        }
        amx_release()
    }

    /// 32 weight rows and up to 32 activation rows.
    @inline(__always)
    private func fourTiles(
        _ weights: UnsafeRawPointer, _ stride: Int, _ strip: UnsafeRawPointer, _ stripBytes: Int, _ depth: Int,
        _ output: UnsafeMutablePointer<Float>, _ count: Int, _ place: TilePlace, _ ahead: Ahead
    ) {
        amx_zero_0()
        amx_zero_1()
        amx_zero_2()
        amx_zero_3()
        let (below, next) = (weights + 16 * stride, strip + stripBytes)
        var line = UnsafeRawPointer(output)
        var lines = min(32, count)
        var at = 0
        while at < depth {
            if lines > 0 {
                avx512_prefetch_written(line)
                avx512_prefetch_written(line + 64)
                line += place.bytes
                lines -= 1
            }
            ahead.ask(at)
            amx_load_6(strip + at * 32, 64)
            amx_load_4(weights + at * 2, stride)
            amx_multiply_0_4_6()
            amx_load_7(next + at * 32, 64)
            amx_multiply_1_4_7()
            amx_load_5(below + at * 2, stride)
            amx_multiply_2_5_6()
            amx_multiply_3_5_7()
            at += 32
        }
        amx_put_0(16, count, output, place.bytes, place.adds)
        amx_put_1(16, count - 16, output + 16 * place.outputStride, place.bytes, place.adds)
        amx_put_2(16, count, output + 16, place.bytes, place.adds)
        amx_put_3(16, count - 16, output + 16 * place.outputStride + 16, place.bytes, place.adds)
    }

    /// Up to 16 weight rows, as the tiles are shaped, and up to 32 activation rows.
    @inline(__always)
    private func twoTilesOfRows(
        _ weights: UnsafeRawPointer, _ stride: Int, _ strip: UnsafeRawPointer, _ stripBytes: Int, _ depth: Int,
        _ output: UnsafeMutablePointer<Float>, _ count: Int, _ rows: Int, _ place: TilePlace
    ) {
        amx_zero_0()
        amx_zero_1()
        let next = strip + stripBytes
        var at = 0
        while at < depth {
            amx_load_4(weights + at * 2, stride)
            amx_load_6(strip + at * 32, 64)
            amx_multiply_0_4_6()
            amx_load_7(next + at * 32, 64)
            amx_multiply_1_4_7()
            at += 32
        }
        amx_put_0(rows, count, output, place.bytes, place.adds)
        amx_put_1(rows, count - 16, output + 16 * place.outputStride, place.bytes, place.adds)
    }

    /// Up to 16 of both. Few activations are as fast as their weights come from memory, and 16 rows side by side come at
    /// least as fast as one after the other, or 32.
    @inline(__always)
    private func oneTile(
        _ weights: UnsafeRawPointer, _ stride: Int, _ strip: UnsafeRawPointer, _ depth: Int,
        _ output: UnsafeMutablePointer<Float>, _ count: Int, _ rows: Int, _ place: TilePlace
    ) {
        amx_zero_0()
        var at = 0
        while at < depth {
            amx_load_4(weights + at * 2, stride)
            amx_load_6(strip + at * 32, 64)
            amx_multiply_0_4_6()
            at += 32
        }
        amx_put_0(rows, count, output, place.bytes, place.adds)
    }

    /// What is asked for while one pair of strips is multiplied: of the next pair, at each step of the depth, so many of
    /// the 32 lines that it will load there.
    private struct Ahead {
        private var from: UnsafeRawPointer
        private let next: UnsafeRawPointer
        private let lines: Int
        private var asked = 0

        init(_ strip: UnsafeRawPointer, _ stripBytes: Int, lines: Int) {
            (from, next, self.lines) = (strip, strip + stripBytes, lines)
        }

        /// Lines for each 32 of so many weight rows: all have been asked for when the last ones are met.
        @inline(__always)
        static func share(of weights: Int) -> Int {
            var lines = 1
            while lines < 16, lines * (weights / 32) < 32 { lines *= 2 }
            return lines
        }

        @inline(__always)
        func ask(_ at: Int) {
            var line = 0
            while line < lines {
                processor_prefetch_second(from + at * 32 + line * 64)
                line += 1
            }
        }

        @inline(__always)
        mutating func advance() {
            asked += lines
            from = asked == 16 ? next : from + lines * 64
        }
    }

    /// Where sums go: a tile holds a line per weight row, the output one per activation row.
    private struct TilePlace {
        let outputStride: Int
        let accumulate: Bool

        var bytes: Int { outputStride * 4 }
        var adds: Int { accumulate ? 1 : 0 }
    }
#endif
