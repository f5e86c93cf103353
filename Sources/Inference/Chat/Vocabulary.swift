// The byte strings that tokens stand for, read from `tiktoken.model`, and the way back from bytes to ranks.
// A line is `<base64 of the bytes> <rank>`; ranks count up from 0 and are the token ids. Anything else is refused
// by line: a gap, a repeated byte string, broken base64, a missing single byte (every text must be encodable).
// All bytes lie end to end in one array; an open-addressing table of ranks finds them again.
import Foundation

/// Byte strings by rank, and ranks by byte string.
struct Vocabulary: Sendable {
    /// Every token's bytes, end to end in order of rank.
    private var storage: [UInt8] = []
    /// Token `rank` is `storage[starts[rank]..<starts[rank + 1]]`.
    private var starts: [Int] = [0]
    /// Open addressing over the hash of a token's bytes: a rank, or -1 for a free slot. The size is a power of two.
    private var slots: [Int32] = []
    /// Bytes of the longest token; longer strings need no look-up.
    private var longest = 0

    /// How many ranks there are.
    var count: Int { starts.count - 1 }

    /// Reads a `tiktoken.model` file.
    init(contentsOf file: String) throws(TokenizerError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe)
        } catch {
            throw .unreadable(file: file, reason: "cannot be read")
        }
        try self.init(lines: [UInt8](data), file: file)
    }

    /// Parses the contents of a `tiktoken.model`; `file` names it in errors.
    ///
    /// Complexity: one pass over `lines` and one hash per token.
    init(lines: [UInt8], file: String) throws(TokenizerError) {
        storage.reserveCapacity(lines.count)
        var position = 0
        while position < lines.count {
            let problem = appendLine(of: lines, from: &position)
            if let problem {
                throw .malformed(
                    file: file, place: "line \(count + 1)", expected: problem.expected, found: problem.found)
            }
        }
        if let repeated = index() {
            throw .malformed(
                file: file, place: "line \(repeated + 1)", expected: "bytes that no earlier line has",
                found: "the token of an earlier line again")
        }
        for byte in UInt8.min...UInt8.max where rank(of: [byte].span) == nil {
            throw .malformed(
                file: file, place: "all \(count) lines", expected: "all 256 single bytes", found: "none for \(byte)")
        }
    }

    /// The bytes of a token. Requires `0 <= rank < count`.
    func bytes(of rank: Int) -> ArraySlice<UInt8> { storage[starts[rank]..<starts[rank + 1]] }

    /// The rank of a byte string, if it is a token.
    func rank(of bytes: Span<UInt8>) -> Int32? {
        guard bytes.count <= longest, !bytes.isEmpty else { return nil }
        let slot = slots[freeOrMatchingSlot(of: bytes)]
        return slot < 0 ? nil : slot
    }
}

// MARK: - Reading lines

extension Vocabulary {
    /// What a line should have held, and what it held.
    private struct LineProblem {
        var expected: String
        var found: String
    }

    /// Reads one line, appends its token and moves `position` behind the line.
    private mutating func appendLine(of lines: [UInt8], from position: inout Int) -> LineProblem? {
        let lineStart = position
        while position < lines.count, lines[position] != UInt8(ascii: " "), lines[position] != UInt8(ascii: "\n") {
            position += 1
        }
        let base64 = lineStart..<position
        guard position < lines.count, lines[position] == UInt8(ascii: " ") else {
            position = min(position + 1, lines.count)
            return LineProblem(expected: "base64, a space and the rank", found: Self.excerpt(lines, base64))
        }
        position += 1
        let rankStart = position
        var rank = 0
        while position < lines.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(lines[position]),
            position - rankStart < 9
        {
            rank = rank * 10 + Int(lines[position] - UInt8(ascii: "0"))
            position += 1
        }
        guard position > rankStart, rank == count, position == lines.count || lines[position] == UInt8(ascii: "\n")
        else {
            let lineEnd = lines[rankStart...].firstIndex(of: UInt8(ascii: "\n")) ?? lines.count
            return LineProblem(expected: "rank \(count)", found: Self.excerpt(lines, rankStart..<lineEnd))
        }
        position += 1
        guard appendBase64(lines, base64) else {
            return LineProblem(expected: "base64 of at least one byte", found: Self.excerpt(lines, base64))
        }
        longest = max(longest, storage.count - starts[count])
        starts.append(storage.count)
        return nil
    }

    /// Appends what `range` of `text` decodes to; false when it is not base64 or holds no byte.
    private mutating func appendBase64(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard !range.isEmpty, range.count.isMultiple(of: 4) else { return false }
        var digits = range
        while digits.upperBound > range.upperBound - 2, text[digits.upperBound - 1] == UInt8(ascii: "=") {
            digits = digits.lowerBound..<digits.upperBound - 1
        }
        var bits: UInt32 = 0
        var bitCount = 0
        for index in digits {
            guard let value = Self.base64Value(text[index]) else { return false }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                storage.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return true
    }

    /// The six bits that a base64 digit stands for.
    private static func base64Value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// The first bytes of a range, quoted for an error.
    private static func excerpt(_ lines: [UInt8], _ range: Range<Int>) -> String {
        "“" + String(decoding: lines[range].prefix(40), as: UTF8.self) + "”"
    }
}

// MARK: - Finding bytes

extension Vocabulary {
    /// Fills the table; returns the first rank whose bytes an earlier rank has.
    private mutating func index() -> Int? {
        var size = 1024
        while size < count * 3 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        let storage = storage
        let all = storage.span
        for rank in 0..<count {
            let slot = freeOrMatchingSlot(of: all.extracting(starts[rank]..<starts[rank + 1]))
            guard slots[slot] < 0 else { return rank }
            slots[slot] = Int32(rank)
        }
        return nil
    }

    /// The slot that holds the rank of `bytes`, or the free one where it would stand.
    private func freeOrMatchingSlot(of bytes: Span<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
        while slots[slot] >= 0, !token(Int(slots[slot]), equals: bytes) { slot = (slot + 1) & mask }
        return slot
    }

    private func token(_ rank: Int, equals bytes: Span<UInt8>) -> Bool {
        let start = starts[rank]
        guard starts[rank + 1] - start == bytes.count else { return false }
        for index in bytes.indices where storage[start + index] != bytes[index] { return false }
        return true
    }
}
