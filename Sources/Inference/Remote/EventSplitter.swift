// Takes a stream of server-sent events apart: bytes in, cut anywhere, the data of whole events out. Lines end with LF,
// CR LF or CR; comments (the keep-alives of many servers) and fields other than `data` mean nothing here; an event that
// the stream's end cuts off is no event. (WHATWG HTML, 9.2.6.)

/// Splits the body of a stream into events.
package struct EventSplitter {
    /// The most bytes of an event: of a line, with the data of the lines before it.
    package static let eventLimit = 16 << 20

    private var line: [UInt8] = []
    private var data: [UInt8]?
    /// The last byte was a CR: an LF that follows belongs to it.
    private var endedWithReturn = false
    private var isFirstLine = true

    /// Begins in front of the first byte.
    package init() {}

    /// Takes more bytes and returns the data of the events that they complete.
    ///
    /// - Throws: a fault of kind `.malformed` for an event of more than `eventLimit` bytes.
    package mutating func push(_ bytes: some Sequence<UInt8>) throws(RemoteFault) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            defer { endedWithReturn = byte == UInt8(ascii: "\r") }
            switch byte {
            case UInt8(ascii: "\n") where endedWithReturn: break
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): if let event = endLine() { events.append(event) }
            default:
                guard line.count + (data?.count ?? 0) < Self.eventLimit else {
                    throw RemoteFault(.malformed, "an event of more than \(Self.eventLimit) bytes")
                }
                line.append(byte)
            }
        }
        return events
    }

    /// Reads the line that has ended; an empty one ends an event.
    private mutating func endLine() -> [UInt8]? {
        if isFirstLine, line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty {
            defer { data = nil }
            return data
        }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        guard name.elementsEqual("data".utf8) else { return nil }
        var value = line.dropFirst(name.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if data == nil { data = Array(value) } else { data? += [UInt8(ascii: "\n")] + value }
        return nil
    }
}
