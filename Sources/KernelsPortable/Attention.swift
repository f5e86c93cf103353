// The parts of attention that are products: keys and values are packed into strips of 16 columns, so that a block of
// query rows is multiplied by them without horizontal sums.
//
// A strip holds `depth` lines of 16 floats; strip `s` of a panel begins at `s * 16 * depth`.

/// Packs keys for `scores = query · keyᵀ`: the columns of the panel are keys, its lines are the `dimension` entries of
/// a key. Columns from `keyCount` to the end of the last strip hold anything: nobody looks at their scores.
@inline(never)
package func packKeys(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ keyCount: Int, _ dimension: Int,
    _ panel: UnsafeMutableRawPointer, _ rounding: Bool
) {
    let target = panel.assumingMemoryBound(to: Float.self)
    for key in 0..<keyCount {
        let values = source + key * sourceStride
        let column = target + key / 16 * 16 * dimension + key % 16
        for line in 0..<dimension { column[line * 16] = rounding ? rounded(values[line]) : values[line] }
    }
}

/// Packs values for `output = weights · value`: the columns of the panel are the `dimension` entries of a value, its
/// lines are keys. Columns from `dimension` to the end of the last strip become zero.
@inline(never)
package func packValues(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ keyCount: Int, _ dimension: Int,
    _ panel: UnsafeMutableRawPointer, _ rounding: Bool
) {
    let target = panel.assumingMemoryBound(to: Float.self)
    for first in stride(from: 0, to: dimension, by: 16) {
        let strip = target + first * keyCount
        let width = min(16, dimension - first)
        for key in 0..<keyCount {
            let values = source + key * sourceStride + first
            let line = strip + key * 16
            for index in 0..<width { line[index] = rounding ? rounded(values[index]) : values[index] }
            for index in width..<16 { line[index] = 0 }
        }
    }
}

/// `output[r, c] (+)= Σ_line left[r, line] · panel[line, c]` for `columns` (a multiple of 16) columns; strides count
/// floats.
@inline(never)
package func outerTile(
    _ left: UnsafeRawPointer, _ leftStride: Int, _ panel: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
    _ outputStride: Int, _ rowCount: Int, _ columns: Int, _ depth: Int, _ accumulate: Bool
) {
    let values = left.assumingMemoryBound(to: Float.self)
    for first in stride(from: 0, to: columns, by: 16) {
        let strip = panel + first * depth * 4
        for row in 0..<rowCount {
            let factors = values + row * leftStride
            let target = UnsafeMutableRawPointer(output + row * outputStride + first)
            var low = SIMD8<Float>(repeating: 0)
            var high = low
            if accumulate {
                low = target.loadUnaligned(as: SIMD8<Float>.self)
                high = target.loadUnaligned(fromByteOffset: 32, as: SIMD8<Float>.self)
            }
            for line in 0..<depth {
                let factor = SIMD8<Float>(repeating: factors[line])
                low += factor * strip.loadUnaligned(fromByteOffset: line * 64, as: SIMD8<Float>.self)
                high += factor * strip.loadUnaligned(fromByteOffset: line * 64 + 32, as: SIMD8<Float>.self)
            }
            target.storeBytes(of: low, as: SIMD8<Float>.self)
            target.storeBytes(of: high, toByteOffset: 32, as: SIMD8<Float>.self)
        }
    }
}

@inline(__always)
private func rounded(_ value: Float) -> Float {
    let bits = value.bitPattern
    let nearest = (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) & 0xFFFF_0000
    return Float(bitPattern: bits & 0x7FFF_FFFF > 0x7F80_0000 ? bits | 0x40_0000 : nearest)
}
