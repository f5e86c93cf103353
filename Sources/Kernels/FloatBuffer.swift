// Owned float32 memory for activations. It knows no shape.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Float32 storage, aligned to 64 bytes, zeroed at allocation and freed with its last reference.
///
/// A large buffer costs memory only where it is written: the system hands out zero pages on first touch. Nothing
/// guards against two threads writing the same element: the owner decides who writes where.
package final class FloatBuffer: @unchecked Sendable {
    /// Number of elements.
    package let count: Int
    /// First element; valid as long as the buffer lives.
    package let pointer: UnsafeMutablePointer<Float>

    private static let alignment = 64
    private let block: UnsafeMutableRawPointer

    /// Allocates `count ≥ 0` zeros.
    package init(count: Int) {
        precondition(count >= 0, "a buffer cannot hold fewer than zero elements")
        guard let block = calloc(1, count * MemoryLayout<Float>.stride + Self.alignment) else {
            fatalError("no memory for \(count) activations")
        }
        self.count = count
        self.block = block
        pointer = block.alignedUp(toMultipleOf: Self.alignment).bindMemory(to: Float.self, capacity: count)
    }

    deinit {
        free(block)
    }

    /// Element at `index`, which must lie in `0 ..< count`; it is not checked.
    package subscript(index: Int) -> Float {
        get { pointer[index] }
        set { pointer[index] = newValue }
    }
}
