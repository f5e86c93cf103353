// What one core can do at most with what every processor has; see KernelsAVX512/Ceilings.swift.

package let multiplyAddsOfRound = 8 * 4

/// Reads `count` bytes, a multiple of 256, front to back, and returns what all of them come to.
@inline(never)
package func readThrough(_ bytes: UnsafeRawPointer, _ count: Int) -> Int64 {
    let words = bytes.assumingMemoryBound(to: SIMD4<Int64>.self)
    var (a, b) = (SIMD4<Int64>(), SIMD4<Int64>())
    for index in stride(from: 0, to: count / 32, by: 2) {
        a ^= words[index]
        b ^= words[index + 1]
    }
    let all = a ^ b
    return all[0] ^ all[1] ^ all[2] ^ all[3]
}

/// `rounds` times `multiplyAddsOfRound` float32 multiplications and additions.
@inline(never)
package func multiplyAdds(_ rounds: Int) -> Float {
    let (one, two) = (SIMD4<Float>(repeating: 1.0001), SIMD4<Float>(repeating: 0.0001))
    var (a, b, c, d, e, f, g, h) = (
        SIMD4<Float>(repeating: 0), SIMD4<Float>(repeating: 1), SIMD4<Float>(repeating: 2), SIMD4<Float>(repeating: 3),
        SIMD4<Float>(repeating: 4),
        SIMD4<Float>(repeating: 5), SIMD4<Float>(repeating: 6), SIMD4<Float>(repeating: 7)
    )
    for _ in 0..<rounds {
        a = one * two + a
        b = one * two + b
        c = one * two + c
        d = one * two + d
        e = one * two + e
        f = one * two + f
        g = one * two + g
        h = one * two + h
    }
    let all = ((a + b) + (c + d)) + ((e + f) + (g + h))
    return all[0] + all[1] + all[2] + all[3]
}
