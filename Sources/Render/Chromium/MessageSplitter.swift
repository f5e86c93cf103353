// The browser's pipe carries JSON messages that end with a zero byte. This cuts what arrives into messages.

/// Cuts a stream of bytes at zeros. A message may arrive in any number of parts.
struct MessageSplitter {
    /// The message that has not ended yet.
    private(set) var rest: [UInt8] = []

    /// Takes what arrived, and hands over the messages that it ended, in order.
    mutating func push(_ bytes: UnsafeBufferPointer<UInt8>, _ handle: ([UInt8]) -> Void) {
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0 {
            rest.append(contentsOf: bytes[start..<index])
            handle(rest)
            rest.removeAll(keepingCapacity: rest.count < 1 << 20)
            start = index + 1
        }
        rest.append(contentsOf: bytes[start...])
    }
}
