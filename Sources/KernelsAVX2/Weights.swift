// Weights and activations become float32 rows, eight columns at a time. The doors and their meaning are those of
// KernelsPortable/Weights.swift, with two additions: every row written here is padded with zeros to a multiple of 8
// columns, and a panel begins at a column that is a multiple of 8.

#if arch(x86_64)
    import CSIMD

    @inline(never)
    package func panelFloat32(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let source = codes + ((firstRow + row) * columns + firstColumn) * 4
            let target = panel + row * stride * 4
            var column = 0
            while column < columnCount {
                avx2_store(target + column * 4, avx2_load_first(source + column * 4, columnCount - column))
                column += 8
            }
        }
    }

    @inline(never)
    package func panelBFloat16(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let source = codes + ((firstRow + row) * columns + firstColumn) * 2
            let target = panel + row * stride * 4
            var column = 0
            while column + 8 <= columnCount {
                avx2_store(target + column * 4, avx2_load_bfloat16(source + column * 2))
                column += 8
            }
            if column < columnCount {
                let last = avx2_load_bfloat16_first(source + column * 2, columnCount - column)
                avx2_store(target + column * 4, last)
            }
        }
    }

    @inline(never)
    package func panelInt4(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let start = (firstRow + row) * columns + firstColumn
            var source = codes + start / 2
            var groupScale = scales + start / 16
            var target = panel + row * stride * 4
            for _ in 0..<columnCount / 32 {
                let scale = avx2_broadcast_bfloat16(groupScale)
                for eight in 0..<4 {
                    let weights = avx2_load_int4(source + eight * 4) * scale
                    avx2_store(target + eight * 32, rounding ? avx2_round_bfloat16(weights) : weights)
                }
                source += 16
                groupScale += 2
                target += 128
            }
        }
    }

    @inline(never)
    package func panelFloat8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        let blocks = (columns + 127) / 128
        for row in 0..<rowCount {
            let source = codes + (firstRow + row) * columns + firstColumn
            let rowScales = scales + (firstRow + row) / 128 * blocks * 4
            let target = panel + row * stride * 4
            var column = 0
            while column < columnCount {
                let scale = avx2_broadcast(rowScales + (firstColumn + column) / 128 * 4)
                let left = columnCount - column
                let at = source + column
                let weights = (left < 8 ? avx2_load_float8_first(at, left) : avx2_load_float8(at)) * scale
                avx2_store(target + column * 4, rounding ? avx2_round_bfloat16(weights) : weights)
                column += 8
            }
        }
    }

    @inline(never)
    package func packRows(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rowCount: Int, _ columns: Int,
        _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let from = source + row * sourceStride
            let to = target + row * targetStride * 4
            var column = 0
            while column < columns {
                let values = avx2_load_first(from + column, columns - column)
                avx2_store(to + column * 4, rounding ? avx2_round_bfloat16(values) : values)
                column += 8
            }
        }
    }

    /// Activations in the order in which `vectorInt4` meets its codes: of every 64 columns, vector `t` holds the columns
    /// 8l + t. Rows are padded with zeros to a multiple of 64.
    @inline(never)
    package func packInt4Rows(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rowCount: Int, _ columns: Int,
        _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ rounding: Bool
    ) {
        let floats = target.assumingMemoryBound(to: Float.self)
        for row in 0..<rowCount {
            let from = source + row * sourceStride
            let to = floats + row * targetStride
            var column = 0
            while column < columns {
                if columns - column >= 64 {
                    avx2_transpose(from + column, 8, to + column, 8)
                } else {
                    // Half of the lanes are missing: the natural order first, then the transposition in place.
                    for eight in stride(from: 0, to: 64, by: 8) {
                        let values = avx2_load_first(from + column + eight, columns - column - eight)
                        avx2_store(to + column + eight, values)
                    }
                    avx2_transpose(to + column, 8, to + column, 8)
                }
                column += 64
            }
            if rounding {
                for eight in stride(from: 0, to: column, by: 8) {
                    avx2_store(to + eight, avx2_round_bfloat16(avx2_load(to + eight)))
                }
            }
        }
    }
#endif
