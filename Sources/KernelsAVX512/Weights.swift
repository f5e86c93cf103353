// Weights and activations become rows of bfloat16, padded with zeros to a multiple of 32 columns. The doors and the
// meaning of their parameters are those of KernelsPortable/Weights.swift, with strides counted in bfloat16; rows are
// always rounded, so `rounding` is not looked at. Int4 has a file of its own.

#if arch(x86_64)
    import CSIMD

    @inline(never)
    package func panelBFloat16(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        for row in 0..<rowCount {
            let source = codes + ((firstRow + row) * columns + firstColumn) * 2
            let target = panel + row * stride * 2
            var column = 0
            while column < columnCount {
                let words = avx512_load_first_words(source + column * 2, columnCount - column)
                avx512_store_words(target + column * 2, words)
                column += 32
            }
        }
    }

    /// `firstColumn` is a multiple of 32.
    @inline(never)
    package func panelFloat8(
        _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
        _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
    ) {
        let blocks = (columns + 127) / 128
        let values = scales.assumingMemoryBound(to: Float.self)
        for row in 0..<rowCount {
            let source = codes + ((firstRow + row) * columns + firstColumn)
            let rowScales = values + (firstRow + row) / 128 * blocks
            let target = panel + row * stride * 2
            var column = 0
            while column < columnCount {
                let scale = avx512_fill(rowScales[(firstColumn + column) / 128])
                let weights = avx512_load_first_float8(source + column, columnCount - column)
                let low = avx512_from_bfloat16(weights, 0) * scale
                let high = avx512_from_bfloat16(weights, 1) * scale
                avx512_store_words(target + column * 2, avx512_to_bfloat16(low, high))
                column += 32
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
            let to = target + row * targetStride * 2
            var column = 0
            while column < columns {
                let low = avx512_load_first(from + column, columns - column, 0)
                let high = avx512_load_first(from + column + 16, columns - column - 16, 0)
                avx512_store_words(to + column * 2, avx512_to_bfloat16(low, high))
                column += 32
            }
        }
    }
#endif
