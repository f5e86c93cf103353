// What the language core remembers of a sequence: per layer and token the compressed latent and the rotated shared
// key, `latentRank + ropeDim` values. Grows with the sequence; can be cut back to any earlier length, and begin as
// another one does.
//
// Addresses for the longest sequence are reserved at once, memory is taken page by page as rows are written: a layer's
// rows are always neighbours, and growing copies nothing.

import Foundation
import Kernels

/// One sequence's memory. One caller at a time.
public final class KVCache: @unchecked Sendable {
    /// How values are stored.
    enum Element: Sendable {
        case float32
        /// Rounded once, when a row is written: attention in fast precision would round them each time.
        case bfloat16

        /// Bytes of a value.
        var bytes: Int { self == .float32 ? 4 : 2 }
    }

    /// What a cache holds, and how much at most.
    struct Shape: Sendable, Equatable {
        let layers: Int
        /// Values of a row.
        let width: Int
        let element: Element
        /// Tokens that have addresses.
        let capacity: Int

        var rowBytes: Int { width * element.bytes }
        /// Bytes from one layer to the next: whole pages.
        fileprivate var layerBytes: Int { (capacity * rowBytes + KVCache.page - 1) / KVCache.page * KVCache.page }
    }

    /// Addresses cost nothing, and a little beyond a model's context may be run to measure it.
    static let leastCapacity = 1 << 18

    /// Tokens held.
    public private(set) var count = 0

    let shape: Shape
    private let base: UnsafeMutableRawPointer
    /// Tokens whose rows have memory.
    private var backed = 0

    private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    /// Rows of so many tokens may stay behind when a sequence is cut: the next tokens are likely to need them.
    private static let slackTokens = 1024

    init(_ shape: Shape) {
        self.shape = shape
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let base = mmap(nil, shape.layers * shape.layerBytes, PROT_READ | PROT_WRITE, flags, -1, 0),
            base != MAP_FAILED
        else { fatalError("no addresses for \(shape.capacity) tokens: \(String(cString: strerror(errno)))") }
        self.base = base
    }

    deinit { munmap(base, shape.layers * shape.layerBytes) }

    /// Forgets every token from `length` on. Memory beyond some slack goes back to the system.
    ///
    /// - Parameter length: at most `count`.
    public func truncate(to length: Int) {
        precondition(0...count ~= length, "a cache of \(count) tokens cannot be cut to \(length)")
        count = length
        guard backed - length > Self.slackTokens else { return }
        let kept = (length * shape.rowBytes + Self.page - 1) / Self.page * Self.page
        for layer in 0..<shape.layers { madvise(rows(layer) + kept, backed * shape.rowBytes - kept, MADV_DONTNEED) }
        backed = length
    }

    /// Holds the first tokens of another sequence of the same model, in place of what it held.
    ///
    /// - Parameter length: at most `other.count`.
    public func copyRows(from other: KVCache, count length: Int) {
        precondition(0...other.count ~= length, "a cache of \(other.count) tokens has no first \(length)")
        precondition(shape == other.shape, "caches of one model")
        truncate(to: 0)
        reserve(length)
        for layer in 0..<shape.layers {
            rows(layer).copyMemory(from: other.rows(layer), byteCount: length * shape.rowBytes)
        }
        commit(length)
    }

    /// Bytes of memory that the rows take, those that wait for the next tokens among them.
    public var bytes: Int { shape.layers * backed * shape.rowBytes }

    /// Makes room for `added` more tokens.
    func reserve(_ added: Int) {
        precondition(count + added <= shape.capacity, "a sequence has at most \(shape.capacity) tokens")
        backed = max(backed, count + added)
    }

    /// A layer's rows, `[capacity, width]`; they stay where they are.
    func rows(_ layer: Int) -> UnsafeMutableRawPointer { base + layer * shape.layerBytes }

    /// A layer's rows as attention reads them.
    func keyValues(_ layer: Int) -> KeyValues {
        switch shape.element {
        case .float32: .float32(rows(layer).assumingMemoryBound(to: Float.self))
        case .bfloat16: .bfloat16(rows(layer).assumingMemoryBound(to: UInt16.self))
        }
    }

    /// Writes rows of a layer, for which there must be room.
    ///
    /// - Parameter source: `[count, width]`.
    func write(_ source: UnsafePointer<Float>, count: Int, layer: Int, at token: Int) {
        let target = rows(layer) + token * shape.rowBytes
        switch shape.element {
        case .float32: target.copyMemory(from: source, byteCount: count * shape.rowBytes)
        case .bfloat16:
            target.assumingMemoryBound(to: UInt16.self).roundToBFloat16(source, count: count * shape.width)
        }
    }

    /// Some of the values of a token's row in a layer, as float32.
    func read(_ values: Range<Int>, of token: Int, layer: Int, into target: UnsafeMutablePointer<Float>) {
        switch keyValues(layer).advanced(by: token * shape.width + values.lowerBound) {
        case .float32(let source): target.update(from: source, count: values.count)
        case .bfloat16(let source): target.widenBFloat16(source, count: values.count)
        }
    }

    /// Appends tokens that were never run, as noise: for measuring what comes behind them.
    package func appendNoise(_ added: Int) {
        reserve(added)
        let noise = (0..<min(added, 512) * shape.width).map { Float(($0 &* 0x9E37 >> 4) & 1023) / 512 - 1 }
        for layer in 0..<shape.layers {
            for first in stride(from: 0, to: added, by: 512) {
                write(noise, count: min(512, added - first), layer: layer, at: count + first)
            }
        }
        commit(added)
    }

    /// Counts tokens whose rows every layer has written.
    func commit(_ added: Int) { count += added }
}
