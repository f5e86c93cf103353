// Working memory of one thread, kept from call to call. It is a stack: what is taken last is given back first.

/// Memory that a kernel driver needs for the length of a call.
///
/// One owner at a time: the thread that holds the slot. Grows to the largest call seen and stays there.
final class Scratch: @unchecked Sendable {
    private var block: UnsafeMutableRawPointer
    private var capacity: Int
    private var used = 0
    private var highest = 0
    private var overflow: [UnsafeMutableRawPointer] = []

    init(capacity: Int = 1 << 16) {
        self.capacity = capacity
        block = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit {
        block.deallocate()
        for extra in overflow { extra.deallocate() }
    }

    /// Runs `body` and gives back whatever it took.
    func frame<Result>(_ body: () -> Result) -> Result {
        let start = used
        defer {
            used = start
            if start == 0 && !overflow.isEmpty { grow() }
        }
        return body()
    }

    /// Uninitialised memory, aligned to 64 bytes, until the frame ends.
    func take(bytes: Int) -> UnsafeMutableRawPointer {
        let start = used
        used += (bytes + 63) / 64 * 64
        highest = max(highest, used)
        if used <= capacity { return block + start }
        let extra = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        overflow.append(extra)
        return extra
    }

    /// Uninitialised floats until the frame ends.
    func take(floats: Int) -> UnsafeMutablePointer<Float> {
        take(bytes: floats * 4).bindMemory(to: Float.self, capacity: floats)
    }

    private func grow() {
        for extra in overflow { extra.deallocate() }
        overflow.removeAll()
        block.deallocate()
        capacity = highest
        block = .allocate(byteCount: capacity, alignment: 64)
    }
}
