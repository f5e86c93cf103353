// How weights become int8: a signed byte each, −127…127, and one bfloat16 scale per 32 columns.

/// Rounds `columns` weights, a multiple of 32, to codes and scales; false when one of them is not finite.
///
/// `scale` is the bfloat16 nearest to the group's greatest magnitude over 127, a code the whole number nearest to
/// `weight / scale`, ties to even. A scale that was rounded down lies within 2⁻⁹ of it, so that the greatest quotient,
/// 127.25, still becomes 127: no code clips, and every weight is off by half a scale at most.
@inline(never)
package func roundInt8(
    _ weights: UnsafePointer<Float>, _ columns: Int, _ codes: UnsafeMutablePointer<Int8>,
    _ scales: UnsafeMutablePointer<UInt16>
) -> Bool {
    // Magnitudes of floats are ordered as their bits are, infinities and NaN behind everything finite.
    var largest: Int32 = 0
    for group in 0..<columns / 32 {
        let bits = UnsafeRawPointer(weights + group * 32).assumingMemoryBound(to: Int32.self)
        var magnitude: Int32 = 0
        for index in 0..<32 { magnitude = max(magnitude, bits[index] & 0x7FFF_FFFF) }
        largest = max(largest, magnitude)
        // The smallest normal number serves groups of nothing but zeros and subnormal numbers.
        let wanted = max(Float(bitPattern: UInt32(bitPattern: magnitude)) / 127, 0x1p-126).bitPattern
        scales[group] = UInt16(truncatingIfNeeded: (wanted &+ 0x7FFF &+ (wanted &>> 16 & 1)) &>> 16)
        let scale = Float(bitPattern: UInt32(scales[group]) &<< 16)
        let source = weights + group * 32
        let target = codes + group * 32
        for index in 0..<32 {
            // Adding 1.5 · 2²³ leaves the nearest whole number in the lowest bits, ties to even.
            let whole = (source[index] / scale + 0x1.8p23).bitPattern
            target[index] = Int8(truncatingIfNeeded: whole)
        }
    }
    return largest < 0x7F80_0000
}
