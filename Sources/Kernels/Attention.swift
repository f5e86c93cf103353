// What attention is asked: where queries, keys and values lie, and who sees what. How it is answered is in
// Compute+Attention.swift.

/// Keys or values where they lie.
package enum KeyValues {
    case float32(UnsafePointer<Float>)
    /// 16 bits each.
    case bfloat16(UnsafePointer<UInt16>)

    /// What lies `count` values further on.
    package func advanced(by count: Int) -> KeyValues {
        switch self {
        case .float32(let values): .float32(values + count)
        case .bfloat16(let values): .bfloat16(values + count)
        }
    }
}

/// `softmax(scale · query · keyᵀ) · value` for every head.
///
/// The vector of position `i` and head `h` begins at `base + i · stride + h · headStride`, counted in values. A head
/// stride of 0 for keys or values means that all heads share them.
package struct Attention {
    package let query: UnsafePointer<Float>
    package let queryStride: Int
    package let queryHeadStride: Int
    package let key: KeyValues
    package let keyStride: Int
    package let keyHeadStride: Int
    package let value: KeyValues
    package let valueStride: Int
    package let valueHeadStride: Int
    /// Overlaps none of the others.
    package let output: UnsafeMutablePointer<Float>
    package let outputStride: Int
    package let outputHeadStride: Int
    package let heads: Int
    package let queryCount: Int
    package let keyCount: Int
    /// Entries of a query and of a key.
    package let keyDimension: Int
    /// Entries of a value and of an output.
    package let valueDimension: Int
    /// Multiplies every score.
    package let scale: Float
    /// When given, query `i` sees the keys `j ≤ causalOffset + i`; else it sees all.
    package let causalOffset: Int?
    /// When given, these are not all keys.
    package let stretch: KeyStretch?

    /// Describes one call; nothing is computed. A query that sees no key has an output of zeros.
    package init(
        query: UnsafePointer<Float>, queryStride: Int, queryHeadStride: Int, key: KeyValues, keyStride: Int,
        keyHeadStride: Int, value: KeyValues, valueStride: Int, valueHeadStride: Int,
        output: UnsafeMutablePointer<Float>, outputStride: Int, outputHeadStride: Int, heads: Int, queryCount: Int,
        keyCount: Int, keyDimension: Int, valueDimension: Int, scale: Float, causalOffset: Int?,
        stretch: KeyStretch? = nil
    ) {
        precondition(heads > 0 && queryCount > 0 && keyCount > 0, "attention has heads, queries and keys")
        precondition(keyDimension > 0 && valueDimension > 0, "keys and values have entries")
        self.query = query
        self.queryStride = queryStride
        self.queryHeadStride = queryHeadStride
        self.key = key
        self.keyStride = keyStride
        self.keyHeadStride = keyHeadStride
        self.value = value
        self.valueStride = valueStride
        self.valueHeadStride = valueHeadStride
        self.output = output
        self.outputStride = outputStride
        self.outputHeadStride = outputHeadStride
        self.heads = heads
        self.queryCount = queryCount
        self.keyCount = keyCount
        self.keyDimension = keyDimension
        self.valueDimension = valueDimension
        self.scale = scale
        self.causalOffset = causalOffset
        self.stretch = stretch
    }

    /// Floats of what one row has summed up: its output so far, before division; the greatest score; the sum of weights.
    package var partFloats: Int { valueDimension + 2 }

    /// Heads that share their keys and values can be attended together.
    var sharesKeys: Bool { keyHeadStride == 0 && valueHeadStride == 0 }

    /// Keys that query `index` sees, from the first on.
    func visibleKeys(of index: Int) -> Int {
        guard let causalOffset else { return keyCount }
        return max(0, min(keyCount, causalOffset + index + 1))
    }
}

/// One of several calls with the same queries over neighbouring stretches of keys, in order.
package struct KeyStretch {
    /// `[queryCount, heads, partFloats]`: what the rows have summed up, carried from call to call.
    package let parts: UnsafeMutablePointer<Float>
    /// No key came before: `parts` holds nothing yet.
    package let isFirst: Bool
    /// No key comes behind: the output is written, instead of `parts`.
    package let isLast: Bool

    package init(parts: UnsafeMutablePointer<Float>, isFirst: Bool, isLast: Bool) {
        self.parts = parts
        self.isFirst = isFirst
        self.isLast = isLast
    }
}
