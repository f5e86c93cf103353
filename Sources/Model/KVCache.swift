// What the language core remembers of a sequence: per layer and token the compressed latent and the rotated shared
// key, `latentRank + ropeDim` float32 values. Grows with the sequence; can be cut back to any earlier length, and begin
// as another one does.

import Kernels

/// One sequence's memory. One caller at a time.
public final class KVCache: @unchecked Sendable {
    /// Tokens held.
    public private(set) var count = 0

    /// Bytes of one value.
    static let valueBytes = 4

    let width: Int
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

    /// Holds the first tokens of another sequence of the same model, in place of what it held.
    ///
    /// - Parameter length: at most `other.count`.
    public func copyRows(from other: KVCache, count length: Int) {
        precondition(0...other.count ~= length, "a cache of \(other.count) tokens has no first \(length)")
        precondition(width == other.width && layers.count == other.layers.count, "caches of one model")
        truncate(to: 0)
        reserve(length)
        for (row, source) in zip(layers, other.layers) {
            row.pointer.update(from: source.pointer, count: length * width)
        }
        commit(length)
    }

    /// Bytes that the rows take, those that are still free among them.
    public var bytes: Int { layers.count * capacity * width * Self.valueBytes }

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

    /// Layers that remember.
    var layerCount: Int { layers.count }

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
