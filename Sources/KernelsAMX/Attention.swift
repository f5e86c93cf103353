// The tiles of attention with AMX.
//
// `outerTile` works on the panels of KernelsAVX512/Attention.swift: a strip holds one line per pair of its depth, and 16
// columns of it are a right operand as they lie. Rows of queries or weights are the left one. `scoreTile` reads keys in
// memory as the left operand, and strips of queries (`arrangeRows`) are the right one.

#if arch(x86_64)
    import CSIMD

    /// As `KernelsAVX512.outerTile`. Left rows and output have room for a multiple of 16 rows; those behind `rowCount`
    /// are read and written, and mean nothing.
    @inline(never)
    package func outerTile(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ panel: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
        _ outputStride: Int, _ rowCount: Int, _ columns: Int, _ depth: Int, _ accumulate: Bool
    ) {
        let lines = depth / 2
        amx_shape_strips(lines % 16 == 0 ? 16 : lines % 16)
        var first = 0
        while first < columns {
            let width = columns - first >= 64 ? 64 : 16
            let strip = panel + first * lines * 4
            let place = StripPlace(
                leftBytes: leftStride * 2, lineBytes: width * 4, lines: lines, outputBytes: outputStride * 4,
                accumulate: accumulate)
            var row = 0
            while row < rowCount {
                let from = left + row * leftStride * 2
                let to = UnsafeMutableRawPointer(output + (row * outputStride + first))
                if width == 64 { fourTiles(from, strip, to, place) } else { oneTile(from, strip, to, place) }
                row += 16
            }
            first += width
        }
        amx_release()
    }

    /// Distances between rows, and how far the depth goes.
    private struct StripPlace {
        let leftBytes: Int
        let lineBytes: Int
        let lines: Int
        let outputBytes: Int
        let accumulate: Bool

        var whole: Int { lines & ~15 }
    }

    /// 16 rows and 64 columns: four sums in flight hide how long one takes.
    @inline(__always)
    private func fourTiles(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ place: StripPlace
    ) {
        let (stride, bytes) = (place.lineBytes, place.outputBytes)
        if place.accumulate {
            amx_load_0(output, bytes)
            amx_load_1(output + 64, bytes)
            amx_load_2(output + 128, bytes)
            amx_load_3(output + 192, bytes)
        } else {
            amx_zero_0()
            amx_zero_1()
            amx_zero_2()
            amx_zero_3()
        }
        var line = 0
        while line < place.whole {
            let columns = strip + line * stride
            amx_load_4(left + line * 4, place.leftBytes)
            amx_load_5(columns, stride)
            amx_multiply_0_4_5()
            amx_load_5(columns + 64, stride)
            amx_multiply_1_4_5()
            amx_load_5(columns + 128, stride)
            amx_multiply_2_4_5()
            amx_load_5(columns + 192, stride)
            amx_multiply_3_4_5()
            line += 16
        }
        if line < place.lines {
            let columns = strip + line * stride
            amx_load_6(left + line * 4, place.leftBytes)
            amx_load_7(columns, stride)
            amx_multiply_0_6_7()
            amx_load_7(columns + 64, stride)
            amx_multiply_1_6_7()
            amx_load_7(columns + 128, stride)
            amx_multiply_2_6_7()
            amx_load_7(columns + 192, stride)
            amx_multiply_3_6_7()
        }
        amx_store_0(output, bytes)
        amx_store_1(output + 64, bytes)
        amx_store_2(output + 128, bytes)
        amx_store_3(output + 192, bytes)
    }

    /// 16 rows and 16 columns.
    @inline(__always)
    private func oneTile(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ place: StripPlace
    ) {
        if place.accumulate { amx_load_0(output, place.outputBytes) } else { amx_zero_0() }
        var line = 0
        while line < place.whole {
            amx_load_4(left + line * 4, place.leftBytes)
            amx_load_5(strip + line * place.lineBytes, place.lineBytes)
            amx_multiply_0_4_5()
            line += 16
        }
        if line < place.lines {
            amx_load_6(left + line * 4, place.leftBytes)
            amx_load_7(strip + line * place.lineBytes, place.lineBytes)
            amx_multiply_0_6_7()
        }
        amx_store_0(output, place.outputBytes)
    }

    /// As `dotTile`, for scores: `right` are keys in memory. Up to 16 queries, a decoded token's, meet 64 keys at a time.
    @inline(never)
    package func scoreTile(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ right: UnsafeRawPointer, _ rightStride: Int,
        _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ leftRows: Int, _ rightRows: Int, _ depth: Int,
        _ accumulate: Bool
    ) {
        let whole = leftRows <= 16 ? rightRows & ~63 : 0
        if whole > 0 {
            amx_shape_strips(16)
            var key = 0
            while key < whole {
                sixtyFourKeys(
                    left, right + key * rightStride * 2, rightStride * 2, depth, output + key, outputStride * 4,
                    leftRows, accumulate ? 1 : 0)
                key += 64
            }
            amx_release()
        }
        if whole == rightRows { return }
        dotTile(
            left, leftStride, right + whole * rightStride * 2, rightStride, output + whole, outputStride, leftRows,
            rightRows - whole, depth, accumulate)
    }

    /// Each key's tile comes into registers once; the sums are turned as they are stored.
    @inline(__always)
    private func sixtyFourKeys(
        _ strip: UnsafeRawPointer, _ keys: UnsafeRawPointer, _ stride: Int, _ depth: Int,
        _ output: UnsafeMutablePointer<Float>, _ bytes: Int, _ count: Int, _ adds: Int
    ) {
        amx_zero_0()
        amx_zero_1()
        amx_zero_2()
        amx_zero_3()
        var at = 0
        while at < depth {
            let from = keys + at * 2
            amx_load_5(strip + at * 32, 64)
            amx_load_4(from, stride)
            amx_multiply_0_4_5()
            amx_load_4(from + 16 * stride, stride)
            amx_multiply_1_4_5()
            amx_load_4(from + 32 * stride, stride)
            amx_multiply_2_4_5()
            amx_load_4(from + 48 * stride, stride)
            amx_multiply_3_4_5()
            at += 32
        }
        amx_put_0(16, count, output, bytes, adds)
        amx_put_1(16, count, output + 16, bytes, adds)
        amx_put_2(16, count, output + 32, bytes, adds)
        amx_put_3(16, count, output + 48, bytes, adds)
    }
#endif
