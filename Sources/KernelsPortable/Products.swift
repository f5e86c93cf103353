// Products in plain float32: the meaning that every faster kernel is measured against.
// A vector product expands a stretch of one weight row at a time; a tile multiplies rows that are already expanded.

/// Columns expanded at a time by a vector product: a multiple of 32 that stays in the first-level cache.
private let stretch = 512

/// `output[i] = activations · row(firstRow + i)` over float32 weights.
@inline(never)
package func vectorFloat32(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
    _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
) {
    let values = activations.assumingMemoryBound(to: Float.self)
    for row in 0..<rowCount {
        let weights = codes.assumingMemoryBound(to: Float.self) + (firstRow + row) * columns
        output[row] = dot(values, weights, columns)
    }
}

/// `output[i] = activations · row(firstRow + i)` over bfloat16 weights.
@inline(never)
package func vectorBFloat16(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
    _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
) {
    vector(activations, output, rowCount, columns) { row, column, count, target in
        panelBFloat16(codes, scales, target, firstRow + row, 1, column, count, columns, count, false)
    }
}

/// `output[i] = activations · row(firstRow + i)` over int4 weights.
@inline(never)
package func vectorInt4(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
    _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
) {
    vector(activations, output, rowCount, columns) { row, column, count, target in
        panelInt4(codes, scales, target, firstRow + row, 1, column, count, columns, count, false)
    }
}

/// `output[i] = activations · row(firstRow + i)` over int8 weights.
@inline(never)
package func vectorInt8(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
    _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
) {
    vector(activations, output, rowCount, columns) { row, column, count, target in
        panelInt8(codes, scales, target, firstRow + row, 1, column, count, columns, count, false)
    }
}

/// `output[i] = activations · row(firstRow + i)` over float8 weights.
@inline(never)
package func vectorFloat8(
    _ codes: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ activations: UnsafeRawPointer,
    _ output: UnsafeMutablePointer<Float>, _ firstRow: Int, _ rowCount: Int, _ columns: Int
) {
    vector(activations, output, rowCount, columns) { row, column, count, target in
        panelFloat8(codes, scales, target, firstRow + row, 1, column, count, columns, count, false)
    }
}

/// `output[m, n] (+)= left[m] · right[n]` over `depth` floats; strides count floats.
@inline(never)
package func dotTile(
    _ left: UnsafeRawPointer, _ leftStride: Int, _ right: UnsafeRawPointer, _ rightStride: Int,
    _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ leftRows: Int, _ rightRows: Int, _ depth: Int,
    _ accumulate: Bool
) {
    let leftValues = left.assumingMemoryBound(to: Float.self)
    let rightValues = right.assumingMemoryBound(to: Float.self)
    for m in 0..<leftRows {
        for n in 0..<rightRows {
            let sum = dot(leftValues + m * leftStride, rightValues + n * rightStride, depth)
            let target = output + m * outputStride + n
            target.pointee = accumulate ? target.pointee + sum : sum
        }
    }
}

@inline(__always)
private func vector(
    _ activations: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>, _ rowCount: Int, _ columns: Int,
    _ expand: (_ row: Int, _ column: Int, _ count: Int, _ target: UnsafeMutableRawPointer) -> Void
) {
    let values = activations.assumingMemoryBound(to: Float.self)
    withUnsafeTemporaryAllocation(byteCount: stretch * 4, alignment: 64) { buffer in
        let weights = buffer.baseAddress!.assumingMemoryBound(to: Float.self)
        for row in 0..<rowCount {
            var sum: Float = 0
            var column = 0
            while column < columns {
                let count = min(stretch, columns - column)
                expand(row, column, count, UnsafeMutableRawPointer(weights))
                sum += dot(values + column, weights, count)
                column += count
            }
            output[row] = sum
        }
    }
}

/// Sixteen running sums, then a fixed tree, then what is left over one by one.
@inline(__always)
private func dot(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ count: Int) -> Float {
    var low = SIMD8<Float>(repeating: 0)
    var high = low
    let leftBytes = UnsafeRawPointer(left)
    let rightBytes = UnsafeRawPointer(right)
    var index = 0
    while index &+ 16 <= count {
        let at = index &* 4
        low +=
            leftBytes.loadUnaligned(fromByteOffset: at, as: SIMD8<Float>.self)
            * rightBytes.loadUnaligned(fromByteOffset: at, as: SIMD8<Float>.self)
        high +=
            leftBytes.loadUnaligned(fromByteOffset: at &+ 32, as: SIMD8<Float>.self)
            * rightBytes.loadUnaligned(fromByteOffset: at &+ 32, as: SIMD8<Float>.self)
        index &+= 16
    }
    let eight = low + high
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    var sum = two.x + two.y
    while index < count {
        sum += left[index] * right[index]
        index &+= 1
    }
    return sum
}
