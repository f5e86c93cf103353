// Float32 values as bfloat16 in memory and back: the upper 16 bits of a float32.

extension UnsafeMutablePointer where Pointee == UInt16 {
    /// Writes values rounded to the nearest bfloat16, ties to even; NaN stays NaN.
    package func roundToBFloat16(_ source: UnsafePointer<Float>, count: Int) {
        for index in 0..<count {
            let bits = source[index].bitPattern
            let nearest = bits &+ 0x7FFF &+ (bits &>> 16 & 1)
            let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
            self[index] = UInt16(truncatingIfNeeded: (isNaN ? bits | 0x40_0000 : nearest) &>> 16)
        }
    }
}

extension UnsafeMutablePointer where Pointee == Float {
    /// Writes what bfloat16 values stand for.
    package func widenBFloat16(_ source: UnsafePointer<UInt16>, count: Int) {
        for index in 0..<count { self[index] = Float(bitPattern: UInt32(source[index]) &<< 16) }
    }
}
