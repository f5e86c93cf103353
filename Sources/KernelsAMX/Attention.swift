// The tile of attention with AMX, over the panels of KernelsAVX512/Attention.swift: a strip holds one line per pair of its
// depth, and 16 columns of it are a right operand as they lie. Rows of queries or weights are the left one.

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
            var column = 0
            while column < width {
                let place = StripPlace(
                    leftBytes: leftStride * 2, lineBytes: width * 4, lines: lines, outputBytes: outputStride * 4,
                    accumulate: accumulate)
                var row = 0
                while row < rowCount {
                    let from = left + row * leftStride * 2
                    let to = output + (row * outputStride + first + column)
                    switch rowCount - row {
                    case 33...: threeTiles(from, strip + column * 4, to, place)
                    case 17...: twoTiles(from, strip + column * 4, to, place)
                    default: oneTile(from, strip + column * 4, to, place)
                    }
                    row += 48
                }
                column += 16
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

    @inline(__always)
    private func threeTiles(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>, _ place: StripPlace
    ) {
        let (below, last) = (left + 16 * place.leftBytes, left + 32 * place.leftBytes)
        let target = UnsafeMutableRawPointer(output)
        let (second, third) = (target + 16 * place.outputBytes, target + 32 * place.outputBytes)
        if place.accumulate {
            amx_load_0(target, place.outputBytes)
            amx_load_1(second, place.outputBytes)
            amx_load_2(third, place.outputBytes)
        } else {
            amx_zero_0()
            amx_zero_1()
            amx_zero_2()
        }
        var line = 0
        while line < place.whole {
            amx_load_4(strip + line * place.lineBytes, place.lineBytes)
            amx_load_3(left + line * 4, place.leftBytes)
            amx_multiply_0_3_4()
            amx_load_3(below + line * 4, place.leftBytes)
            amx_multiply_1_3_4()
            amx_load_3(last + line * 4, place.leftBytes)
            amx_multiply_2_3_4()
            line += 16
        }
        if line < place.lines {
            amx_load_6(strip + line * place.lineBytes, place.lineBytes)
            amx_load_5(left + line * 4, place.leftBytes)
            amx_multiply_0_5_6()
            amx_load_5(below + line * 4, place.leftBytes)
            amx_multiply_1_5_6()
            amx_load_5(last + line * 4, place.leftBytes)
            amx_multiply_2_5_6()
        }
        amx_store_0(target, place.outputBytes)
        amx_store_1(second, place.outputBytes)
        amx_store_2(third, place.outputBytes)
    }

    @inline(__always)
    private func twoTiles(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>, _ place: StripPlace
    ) {
        let below = left + 16 * place.leftBytes
        let target = UnsafeMutableRawPointer(output)
        let second = target + 16 * place.outputBytes
        if place.accumulate {
            amx_load_0(target, place.outputBytes)
            amx_load_1(second, place.outputBytes)
        } else {
            amx_zero_0()
            amx_zero_1()
        }
        var line = 0
        while line < place.whole {
            amx_load_4(strip + line * place.lineBytes, place.lineBytes)
            amx_load_3(left + line * 4, place.leftBytes)
            amx_multiply_0_3_4()
            amx_load_3(below + line * 4, place.leftBytes)
            amx_multiply_1_3_4()
            line += 16
        }
        if line < place.lines {
            amx_load_6(strip + line * place.lineBytes, place.lineBytes)
            amx_load_5(left + line * 4, place.leftBytes)
            amx_multiply_0_5_6()
            amx_load_5(below + line * 4, place.leftBytes)
            amx_multiply_1_5_6()
        }
        amx_store_0(target, place.outputBytes)
        amx_store_1(second, place.outputBytes)
    }

    @inline(__always)
    private func oneTile(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>, _ place: StripPlace
    ) {
        let target = UnsafeMutableRawPointer(output)
        if place.accumulate { amx_load_0(target, place.outputBytes) } else { amx_zero_0() }
        var line = 0
        while line < place.whole {
            amx_load_4(strip + line * place.lineBytes, place.lineBytes)
            amx_load_3(left + line * 4, place.leftBytes)
            amx_multiply_0_3_4()
            line += 16
        }
        if line < place.lines {
            amx_load_6(strip + line * place.lineBytes, place.lineBytes)
            amx_load_5(left + line * 4, place.leftBytes)
            amx_multiply_0_5_6()
        }
        amx_store_0(target, place.outputBytes)
    }
#endif
