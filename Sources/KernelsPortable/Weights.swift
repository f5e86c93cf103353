// Weights of every storage become float32 here, exactly or rounded once to bfloat16.
// Entry points take raw pointers and integers only, so that every kernel module has the same doors.
//
// Shared meaning of the parameters: `codes` and `scales` begin at row 0 of a matrix of `columns` columns; rows
// `firstRow ..< firstRow + rowCount` and columns `firstColumn ..< firstColumn + columnCount` are written to `panel`,
// row `r` at `r * stride` floats.

/// Copies float32 weights; `rounding` is not looked at, float32 weights stay as they are.
@inline(never)
package func panelFloat32(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
    _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
) {
    let target = panel.assumingMemoryBound(to: Float.self)
    for row in 0..<rowCount {
        let source = codes.assumingMemoryBound(to: Float.self) + (firstRow + row) * columns + firstColumn
        let values = target + row * stride
        for column in 0..<columnCount { values[column] = source[column] }
    }
}

/// Widens bfloat16 weights; `rounding` changes nothing.
@inline(never)
package func panelBFloat16(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
    _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
) {
    let target = panel.assumingMemoryBound(to: UInt32.self)
    for row in 0..<rowCount {
        let source = codes.assumingMemoryBound(to: UInt16.self) + (firstRow + row) * columns + firstColumn
        let values = target + row * stride
        for column in 0..<columnCount { values[column] = UInt32(source[column]) &<< 16 }
    }
}

/// Expands int4 groups of 32; `firstColumn` and `columnCount` are multiples of 32.
@inline(never)
package func panelInt4(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
    _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
) {
    let target = panel.assumingMemoryBound(to: Float.self)
    for row in 0..<rowCount {
        let start = (firstRow + row) * columns + firstColumn
        let bytes = codes.assumingMemoryBound(to: UInt8.self) + start / 2
        let groupScales = scales.assumingMemoryBound(to: UInt16.self) + start / 32
        let values = target + row * stride
        for group in 0..<columnCount / 32 {
            let scale = Float(bitPattern: UInt32(groupScales[group]) &<< 16)
            let source = bytes + group * 16
            let groupValues = values + group * 32
            for index in 0..<16 {
                let byte = Int32(source[index])
                groupValues[2 * index] = Float((byte & 15) &- 8) * scale
                groupValues[2 * index + 1] = Float((byte &>> 4) &- 8) * scale
            }
        }
        if rounding { roundInPlace(values, columnCount) }
    }
}

/// Expands int8 groups of 32; `firstColumn` and `columnCount` are multiples of 32.
@inline(never)
package func panelInt8(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
    _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
) {
    let target = panel.assumingMemoryBound(to: Float.self)
    for row in 0..<rowCount {
        let start = (firstRow + row) * columns + firstColumn
        let integers = codes.assumingMemoryBound(to: Int8.self) + start
        let groupScales = scales.assumingMemoryBound(to: UInt16.self) + start / 32
        let values = target + row * stride
        for group in 0..<columnCount / 32 {
            let scale = Float(bitPattern: UInt32(groupScales[group]) &<< 16)
            for index in group * 32..<group * 32 + 32 {
                values[index] = Float(integers[index]) * scale
            }
        }
        if rounding { roundInPlace(values, columnCount) }
    }
}

/// Expands e4m3 codes with their 128 × 128 block scales.
@inline(never)
package func panelFloat8(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ panel: UnsafeMutableRawPointer, _ firstRow: Int,
    _ rowCount: Int, _ firstColumn: Int, _ columnCount: Int, _ columns: Int, _ stride: Int, _ rounding: Bool
) {
    let target = panel.assumingMemoryBound(to: Float.self)
    let blocks = (columns + 127) / 128
    for row in 0..<rowCount {
        let source = codes.assumingMemoryBound(to: UInt8.self) + (firstRow + row) * columns
        let rowScales = scales.assumingMemoryBound(to: Float.self) + (firstRow + row) / 128 * blocks
        let values = target + row * stride
        var column = firstColumn
        while column < firstColumn + columnCount {
            let end = min((column / 128 + 1) * 128, firstColumn + columnCount)
            let scale = rowScales[column / 128]
            for index in column..<end { values[index - firstColumn] = float8Value(source[index]) * scale }
            column = end
        }
        if rounding { roundInPlace(values, columnCount) }
    }
}

/// Packs activations: copies `rowCount` rows of `columns` floats, `sourceStride` apart, to rows `targetStride`
/// apart, rounded to bfloat16 (to nearest, ties to even) when `rounding`.
@inline(never)
package func packRows(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ rowCount: Int, _ columns: Int,
    _ target: UnsafeMutableRawPointer, _ targetStride: Int, _ rounding: Bool
) {
    let values = target.assumingMemoryBound(to: Float.self)
    for row in 0..<rowCount {
        let from = source + row * sourceStride
        let to = values + row * targetStride
        for column in 0..<columns { to[column] = from[column] }
        if rounding { roundInPlace(to, columns) }
    }
}

/// The value of one e4m3 byte: the exponent's bias moves from 7 to 127 by an exact multiplication, which also makes
/// subnormal codes right.
@inline(__always)
private func float8Value(_ code: UInt8) -> Float {
    let magnitude = UInt32(code & 0x7F)
    let value = Float(bitPattern: magnitude &<< 20) * 0x1p120
    let bits = (magnitude == 0x7F ? 0x7FC0_0000 : value.bitPattern) | UInt32(code & 0x80) &<< 24
    return Float(bitPattern: bits)
}

/// Rounds to the nearest bfloat16, ties to even; NaN stays NaN, infinities stay.
@inline(__always)
private func roundInPlace(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
        let bits = values[index].bitPattern
        let rounded = (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) & 0xFFFF_0000
        values[index] = Float(bitPattern: bits & 0x7FFF_FFFF > 0x7F80_0000 ? bits | 0x40_0000 : rounded)
    }
}
