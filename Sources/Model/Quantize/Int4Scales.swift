// Weights to INT4 in groups of 32, symmetric: the choice of a group's scale, the rounding, the packing.
// Weights are rounded to bfloat16 before anything else, as they are published before they are quantised.
// Source: compressed-tensors 0.20 (`calculate_qparams`, `quantize`, `pack_to_int32`). Proof: Int4ScalesTests.

/// How the scale of a group is chosen.
public enum Int4Scales: String, Sendable, CaseIterable {
    /// The greatest magnitude over 7.5, as compressed-tensors' observer does; its bytes are the same as that compressor's.
    case minmax
    /// The bfloat16 scale with the least squared error among those near it: about a tenth less error.
    case leastSquares = "least-squares"
}

/// What rounding has cost a row or a tensor.
struct RoundingError: Sendable {
    /// Σ (weight − stored)².
    var squares = 0.0
    /// Σ weight².
    var weightSquares = 0.0
    /// Greatest |weight − stored|.
    var largest: Float = 0

    static func += (sum: inout RoundingError, other: RoundingError) {
        sum.squares += other.squares
        sum.weightSquares += other.weightSquares
        sum.largest = max(sum.largest, other.largest)
    }

    mutating func add(_ weight: Float, storedAs stored: Float) {
        let difference = weight - stored
        // Squares of finite float32 values may be none.
        squares += Double(difference) * Double(difference)
        weightSquares += Double(weight) * Double(weight)
        largest = max(largest, abs(difference))
    }
}

/// Eight weights at once: what one processor register of the common instruction sets holds two of.
private typealias Octet = SIMD8<Float>

extension Int4Scales {
    /// Columns that share a scale.
    static let groupColumns = 32

    /// Quantises one row.
    ///
    /// - Parameters:
    ///   - row: `columns` weights, a multiple of 32.
    ///   - packed: `columns / 2` bytes: byte `b` holds column `2b` in its low half, each code as `value + 8`.
    ///   - scales: `columns / 32` bfloat16 values.
    /// - Returns: what was lost, bfloat16 rounding included; nil when a weight is not finite in bfloat16, or not finite
    ///   once it is stored.
    func quantise(
        _ row: UnsafePointer<Float>, columns: Int, packed: UnsafeMutablePointer<UInt8>,
        scales: UnsafeMutablePointer<UInt16>
    ) -> RoundingError? {
        var error = RoundingError()
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.groupColumns) { rounded in
            let group = rounded.baseAddress!
            for index in 0..<columns / Self.groupColumns {
                let weights = row + index * Self.groupColumns
                var largest: Float = 0
                for column in 0..<Self.groupColumns {
                    group[column] = BFloat16.rounded(weights[column])
                    let magnitude = abs(group[column])
                    guard magnitude < .infinity else { return nil }
                    largest = magnitude > largest ? magnitude : largest
                }
                let scale = self.scale(of: UnsafePointer(group), largest: largest)
                scales[index] = BFloat16.bits(scale)
                for column in stride(from: 0, to: Self.groupColumns, by: 2) {
                    let codes = (code(group[column], scale), code(group[column + 1], scale))
                    error.add(weights[column], storedAs: codes.0 * scale)
                    error.add(weights[column + 1], storedAs: codes.1 * scale)
                    packed[(index * Self.groupColumns + column) / 2] = UInt8(codes.0 + 8) | UInt8(codes.1 + 8) << 4
                }
            }
            return error.largest < .infinity ? error : nil
        }
    }

    /// The nearest of −8…7, halves to even.
    private func code(_ weight: Float, _ scale: Float) -> Float {
        var quotient = weight / scale
        // compressed-tensors divides in bfloat16, which rounds twice.
        if self == .minmax { quotient = BFloat16.rounded(quotient) }
        return min(max(quotient, -8), 7).rounded(.toNearestOrEven)
    }

    private func scale(of group: UnsafePointer<Float>, largest: Float) -> Float {
        let start = BFloat16.bits(largest / 7.5)
        // An empty group takes bfloat16's epsilon, as in compressed-tensors: any scale would do but 0.
        guard start > 0 else { return 0x1p-7 }
        return self == .minmax ? BFloat16.value(start) : Self.nearest(to: group, from: start)
    }

    /// The scale with the least squared error: every eighth bfloat16 value from three quarters to one and a third of the
    /// start, then halving steps around the best. Within 0.1 % of trying them all.
    private static func nearest(to group: UnsafePointer<Float>, from start: UInt16) -> Float {
        func error(_ bits: Int) -> Float {
            (1...0x7F7F).contains(bits) ? squaredError(of: group, scale: BFloat16.value(UInt16(bits))) : .infinity
        }
        var best = Int(start)
        var least = error(best)
        func consider(_ bits: Int) {
            let found = error(bits)
            if found < least { (best, least) = (bits, found) }
        }
        for offset in stride(from: -48, through: 40, by: 8) where offset != 0 { consider(Int(start) + offset) }
        for step in [4, 2, 1] {
            let middle = best
            consider(middle - step)
            consider(middle + step)
        }
        return BFloat16.value(UInt16(best))
    }

    private static func squaredError(of group: UnsafePointer<Float>, scale: Float) -> Float {
        // Adding and taking away 1.5 · 2²³ rounds a float32 to the nearest whole number, halves to even.
        let shift = Octet(repeating: 0x1.8p23)
        let inverse = 1 / scale
        var sum = Octet()
        for octet in 0..<groupColumns / 8 {
            let weights = UnsafeRawPointer(group + 8 * octet).loadUnaligned(as: Octet.self)
            var codes = weights * inverse
            codes.replace(with: -8, where: codes .< -8)
            codes.replace(with: 7, where: codes .> 7)
            codes = (codes + shift) - shift
            let difference = weights - codes * scale
            sum += difference * difference
        }
        return sum.sum()
    }
}

/// bfloat16 as the upper half of a float32.
enum BFloat16 {
    /// The nearest bfloat16, halves to even; the bits of NaN stay those of a NaN.
    static func bits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        guard value == value else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
    }

    /// The float32 that 16 bits stand for.
    static func value(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    /// The nearest bfloat16 as a float32.
    static func rounded(_ value: Float) -> Float { Self.value(bits(value)) }
}
