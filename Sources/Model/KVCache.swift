// What the language core remembers of a sequence: per layer and token the compressed latent and the rotated shared
// key, `latentRank + ropeDim` float32 values. Grows with the sequence; can be cut back to any earlier length.

import Kernels

/// One sequence's memory. One caller at a time.
public final class KVCache: @unchecked Sendable {
    /// Tokens held.
    public private(set) var count = 0

    /// Bytes of one value.
    static let valueBytes = 4

    let width: Int
    let workspace = Workspace()
    private var capacity = 0
    private var layers: [FloatBuffer]

    init(layers: Int, width: Int) {
        self.width = width
        self.layers = (0..<layers).map { _ in FloatBuffer(count: 1) }
    }

    /// Forgets every token from `length` on.
    ///
    /// - Parameter length: at most `count`.
    public func truncate(to length: Int) {
        precondition(0...count ~= length, "a cache of \(count) tokens cannot be cut to \(length)")
        count = length
    }

    /// Makes room for `added` more tokens; rows of tokens already held keep their values.
    func reserve(_ added: Int) {
        guard count + added > capacity else { return }
        let grown = max(count + added, 2 * capacity, 256)
        layers = layers.map { old in
            let new = FloatBuffer(count: grown * width)
            new.pointer.update(from: old.pointer, count: count * width)
            return new
        }
        capacity = grown
    }

    /// A layer's rows, `[capacity, width]`.
    func rows(_ layer: Int) -> UnsafeMutablePointer<Float> { layers[layer].pointer }

    /// Appends tokens that were never run, as noise: for measuring what comes behind them.
    package func appendNoise(_ added: Int) {
        reserve(added)
        for layer in layers {
            for index in count * width..<(count + added) * width {
                layer.pointer[index] = Float((index &* 0x9E37 >> 4) & 1023) / 512 - 1
            }
        }
        commit(added)
    }

    /// Counts tokens whose rows every layer has written.
    func commit(_ added: Int) { count += added }
}
