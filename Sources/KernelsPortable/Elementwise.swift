// Operations on rows of activations and single values. Exponentials are accurate to about one unit in the last
// place, in every precision mode; NaN in gives NaN out.
//
// KernelsAVX2 and KernelsAVX512 compile this same file (a link) for wider vectors, so it stands alone and its loops are
// plain.

/// `target[r] = source[r] / √(mean(source[r]²) + epsilon) · weight`
@inline(never)
package func rmsNorm(
    _ source: UnsafePointer<Float>, _ rowCount: Int, _ width: Int, _ weight: UnsafePointer<Float>, _ epsilon: Float,
    _ target: UnsafeMutablePointer<Float>
) {
    for row in 0..<rowCount {
        let from = source + row * width
        let to = target + row * width
        let squares = sum(width) { from[$0] * from[$0] }
        let factor = 1 / (squares / Float(width) + epsilon).squareRoot()
        for index in 0..<width { to[index] = from[index] * factor * weight[index] }
    }
}

/// `target[r] = (source[r] − mean) / √(variance + epsilon) · weight + bias`
@inline(never)
package func layerNorm(
    _ source: UnsafePointer<Float>, _ rowCount: Int, _ width: Int, _ weight: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ epsilon: Float, _ target: UnsafeMutablePointer<Float>
) {
    for row in 0..<rowCount {
        let from = source + row * width
        let to = target + row * width
        let mean = sum(width) { from[$0] } / Float(width)
        let squares = sum(width) { (from[$0] - mean) * (from[$0] - mean) }
        let factor = 1 / (squares / Float(width) + epsilon).squareRoot()
        for index in 0..<width { to[index] = (from[index] - mean) * factor * weight[index] + bias[index] }
    }
}

/// `target = gate · sigmoid(gate) · up`
@inline(never)
package func siluMultiply(
    _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, _ count: Int, _ target: UnsafeMutablePointer<Float>
) {
    for index in 0..<count {
        let value = gate[index]
        target[index] = value / (1 + exponential(-value)) * up[index]
    }
}

/// GELU in its tanh form, in place: `x · sigmoid(2 · √(2/π) · (x + 0.044715 x³))`.
@inline(never)
package func geluTanh(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
        let value = values[index]
        let inner = 1.595_769_1 * (value + 0.044715 * value * value * value)
        values[index] = value / (1 + exponential(-inner))
    }
}

/// GELU with the error function, in place: `x / 2 · (1 + erf(x / √2))`.
@inline(never)
package func gelu(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
        let value = values[index]
        values[index] = 0.5 * value * (1 + errorFunction(value * 0.707_106_77))
    }
}

/// `target += source · scale`
@inline(never)
package func addScaled(
    _ source: UnsafePointer<Float>, _ scale: Float, _ target: UnsafeMutablePointer<Float>, _ count: Int
) {
    for index in 0..<count { target[index] += source[index] * scale }
}

/// Rotates the pairs `(x[2i], x[2i + 1])` by the angles whose cosines and sines are given.
@inline(never)
package func rotatePairs(
    _ values: UnsafeMutablePointer<Float>, _ cosines: UnsafePointer<Float>, _ sines: UnsafePointer<Float>,
    _ pairs: Int
) {
    for pair in 0..<pairs {
        let first = values[2 * pair]
        let second = values[2 * pair + 1]
        values[2 * pair] = first * cosines[pair] - second * sines[pair]
        values[2 * pair + 1] = first * sines[pair] + second * cosines[pair]
    }
}

/// One step of the streaming softmax over a block of keys, for `rowCount` rows.
///
/// Row `r` looks at the first `visible[r]` of its `scores`; its weights `exp(scale · score − maximum)` go to
/// `weights`, zeros behind them up to `columns`, rounded to bfloat16 when `rounding`. `maxima` and `sums` are carried
/// from block to block; `factors[r]` is what earlier output must be multiplied by.
@inline(never)
package func softmaxRows(
    _ scores: UnsafePointer<Float>, _ scoreStride: Int, _ weights: UnsafeMutableRawPointer, _ weightStride: Int,
    _ rowCount: Int, _ columns: Int, _ visible: UnsafePointer<Int>, _ scale: Float,
    _ maxima: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
    _ factors: UnsafeMutablePointer<Float>, _ rounding: Bool
) {
    for row in 0..<rowCount {
        let from = scores + row * scoreStride
        let to = weights.assumingMemoryBound(to: Float.self) + row * weightStride
        let count = visible[row]
        var maximum = maxima[row]
        for index in 0..<count { maximum = max(maximum, from[index] * scale) }
        factors[row] = count == 0 ? 1 : exponential(maxima[row] - maximum)
        maxima[row] = maximum
        for index in 0..<count { to[index] = exponential(from[index] * scale - maximum) }
        sums[row] = sums[row] * factors[row] + sum(count) { to[$0] }
        if rounding { roundInPlace(to, count) }
        for index in count..<columns { to[index] = 0 }
    }
}

/// `values[r] *= factors[r]` for rows of `width` floats, `stride` apart.
@inline(never)
package func scaleRows(
    _ values: UnsafeMutablePointer<Float>, _ stride: Int, _ rowCount: Int, _ width: Int,
    _ factors: UnsafePointer<Float>
) {
    for row in 0..<rowCount where factors[row] != 1 {
        let factor = factors[row]
        let target = values + row * stride
        for index in 0..<width { target[index] *= factor }
    }
}

/// Eight running sums, then a fixed tree.
@inline(__always)
private func sum(_ count: Int, _ term: (Int) -> Float) -> Float {
    var sums = SIMD8<Float>(repeating: 0)
    var index = 0
    while index &+ 8 <= count {
        for lane in 0..<8 { sums[lane] += term(index &+ lane) }
        index &+= 8
    }
    let four = sums.lowHalf + sums.highHalf
    let two = four.lowHalf + four.highHalf
    var total = two.x + two.y
    while index < count {
        total += term(index)
        index &+= 1
    }
    return total
}

/// eˣ for −87.3 ≤ x ≤ 88.3; arguments outside count as the nearest bound (so the smallest result is about 1.2e−38).
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; eʳ = 1 + r + r²·q(r) with q fitted to a relative error of 3e−9.
@inline(__always)
private func exponential(_ argument: Float) -> Float {
    var x = argument < -87.3 ? -87.3 : argument
    x = x > 88.3 ? 88.3 : x
    let shifted = x * 1.442_695 + 12_582_912
    let n = shifted - 12_582_912
    let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
    let q = (((0.001_395_053_8 * r + 0.008_368_918) * r + 0.041_666_206) * r + 0.166_665_18) * r + 0.5
    let power = Float(bitPattern: (shifted.bitPattern &- 0x4B40_0000 &+ 127) &<< 23)
    return (1 + (r + r * r * q)) * power
}

/// erf(x): an odd polynomial up to |x| = 1, else 1 − e^p(|x|) with p fitted to ln erfc on 1…4.
@inline(__always)
private func errorFunction(_ x: Float) -> Float {
    let square = x * x
    var small: Float = 7.889_119e-5 * square - 0.000_802_084_1
    small = small * square + 0.005_189_535
    small = small * square - 0.026_854_444
    small = small * square + 0.112_836
    small = small * square - 0.376_126_26
    small = small * square + 0.128_379_17
    let t = x.magnitude > 4 ? 4 : x.magnitude
    var large: Float = -2.168_684_8e-5 * t + 0.000_441_336_33
    large = large * t - 0.004_204_562
    large = large * t + 0.025_208_255
    large = large * t - 0.108_418_58
    large = large * t - 0.633_219_9
    large = large * t - 1.129_578_5
    large = large * t + 0.000_188_040_07
    let tail = 1 - exponential(large)
    return x.magnitude <= 1 ? x + x * small : (x < 0 ? -tail : tail)
}

@inline(__always)
private func roundInPlace(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
        let bits = values[index].bitPattern
        let rounded = (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) & 0xFFFF_0000
        values[index] = Float(bitPattern: bits & 0x7FFF_FFFF > 0x7F80_0000 ? bits | 0x40_0000 : rounded)
    }
}
