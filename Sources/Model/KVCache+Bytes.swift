// A cache's rows as bytes and back, for keeping them where memory ends: layer by layer, each its positions in order,
// as they lie in memory. Nothing is converted, so what comes back is what was there, to the last bit.

extension KVCache {
    /// The rows of some positions, `[layer, position, width]`.
    ///
    /// - Parameter positions: all of them held.
    package func bytes(of positions: Range<Int>) -> [UInt8] {
        precondition(positions.upperBound <= count, "a cache of \(count) tokens has no rows \(positions)")
        let layerBytes = positions.count * shape.rowBytes
        return [UInt8](unsafeUninitializedCapacity: shape.layers * layerBytes) { buffer, filled in
            guard let target = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
            for layer in 0..<shape.layers {
                let source = UnsafeRawPointer(rows(layer)) + positions.lowerBound * shape.rowBytes
                (target + layer * layerBytes).copyMemory(from: source, byteCount: layerBytes)
            }
            filled = buffer.count
        }
    }

    /// Appends rows that a cache of the same model once held at these positions.
    ///
    /// - Parameters:
    ///   - bytes: `[layer, position, width]`.
    ///   - added: positions in them.
    /// - Returns: false, and nothing is appended, when the bytes are not so many rows.
    package func append(_ bytes: UnsafeRawBufferPointer, count added: Int) -> Bool {
        let layerBytes = added * shape.rowBytes
        guard added > 0, bytes.count == shape.layers * layerBytes, let source = bytes.baseAddress else { return false }
        reserve(added)
        for layer in 0..<shape.layers {
            let target = rows(layer) + count * shape.rowBytes
            target.copyMemory(from: source + layer * layerBytes, byteCount: layerBytes)
        }
        commit(added)
        return true
    }
}
