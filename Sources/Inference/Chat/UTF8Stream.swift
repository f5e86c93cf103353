// Turns the bytes of tokens into text as they come. A token may end inside a character: its bytes are held back
// until the character is whole, so no caller ever sees half of one. Bytes that can never become a character turn
// into U+FFFD, one for each maximal broken sequence, as Unicode recommends and Python decodes.

/// A decoder that is fed in pieces.
package struct UTF8Stream: Sendable {
    private var pending: [UInt8] = []

    /// Starts with nothing held back.
    package init() {}

    /// Takes more bytes and returns the characters that are now whole.
    package mutating func push(_ bytes: some Sequence<UInt8>) -> String {
        pending.append(contentsOf: bytes)
        let held = Self.incompleteSuffixLength(pending)
        let text = String(decoding: pending.dropLast(held), as: UTF8.self)
        pending.removeFirst(pending.count - held)
        return text
    }

    /// Returns what was held back, as U+FFFD, and starts over.
    package mutating func flush() -> String {
        let text = String(decoding: pending, as: UTF8.self)
        pending.removeAll()
        return text
    }

    /// How many of the last bytes are the beginning of a character that more bytes could complete.
    static func incompleteSuffixLength(_ bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let lead = bytes[bytes.count - length]
            if lead & 0xc0 == 0x80 { continue }
            let second = length > 1 ? bytes[bytes.count - length + 1] : nil
            return isBeginning(lead: lead, second: second, length: length) ? length : 0
        }
        return 0
    }

    /// Whether `length` bytes, a lead and continuation bytes, are too few yet well-formed so far.
    private static func isBeginning(lead: UInt8, second: UInt8?, length: Int) -> Bool {
        let whole = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
        guard (0xc2...0xf4).contains(lead), length < whole else { return false }
        guard let second else { return true }
        return switch lead {
        case 0xe0: second >= 0xa0  // shorter forms exist below
        case 0xed: second <= 0x9f  // surrogates above
        case 0xf0: second >= 0x90  // shorter forms exist below
        case 0xf4: second <= 0x8f  // beyond U+10FFFF
        default: true
        }
    }
}
