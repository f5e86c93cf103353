// Random numbers that are the same on every machine and in every release: SplitMix64 (Steele, Lea and Flood, OOPSLA
// 2014).

/// An endless stream of random numbers from a seed.
package struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Every seed has a stream of its own.
    package init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
        return bits ^ bits >> 31
    }

    /// The next number in `0..<1`, a multiple of 2⁻⁵³.
    package mutating func nextFraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}
