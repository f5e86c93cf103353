// Texts that a model might write which knows nothing but the grammar: tokens drawn at random from the masks.
import Inference

/// Draws texts of a grammar, the same ones for the same seed.
struct JSONWalk {
    /// Why a walk came to no end.
    enum Fault: Error {
        case stuck(after: String)
        case endless(after: String)
        case specialToken(Int)
    }

    /// A walk that is longer than this has no end.
    static let tokenLimit = 10_000

    private let tokenizer: Tokenizer
    private let trie: TokenTrie
    private var state: UInt64

    init(_ tokenizer: Tokenizer, _ trie: TokenTrie, seed: UInt64) {
        self.tokenizer = tokenizer
        self.trie = trie
        state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1
    }

    /// Writes one whole text: at first freely, then with a liking for what the schema asks for and for brackets and
    /// quotes that close.
    mutating func text(of grammar: JSONGrammar, _ schema: JSONValue) throws -> String {
        let hints = Self.hints(schema)
        var matcher = JSONMatcher(grammar)
        var bytes: [UInt8] = []
        let freely = random(below: 30)
        for count in 0..<Self.tokenLimit {
            if matcher.isComplete, count > freely || random(below: 3) == 0 || trie.mask(for: matcher).isEmpty {
                return String(decoding: bytes, as: UTF8.self)
            }
            let next =
                try count > freely
                ? wanted(hints, matcher, bytes) ?? token(matcher, bytes, closing: true)
                : token(matcher, bytes, closing: false)
            for byte in next {
                guard matcher.push(byte) else { throw Fault.stuck(after: String(decoding: bytes, as: UTF8.self)) }
                bytes.append(byte)
            }
        }
        throw Fault.endless(after: String(decoding: bytes.suffix(400), as: UTF8.self))
    }

    /// A token that the mask holds.
    private mutating func token(_ matcher: JSONMatcher, _ bytes: [UInt8], closing: Bool) throws -> [UInt8] {
        let tokens = trie.mask(for: matcher).tokens
        guard !tokens.isEmpty else { throw Fault.stuck(after: String(decoding: bytes, as: UTF8.self)) }
        var token = tokens[random(below: tokens.count)]
        if closing, random(below: 8) > 0 {
            let closers = (Self.endsInString(bytes) ? ["\""] : ["}", "]", "\""]).map { Array($0.utf8) }
            token = closers.compactMap { close in tokens.first { tokenizer.bytes(of: $0) == close } }.first ?? token
        }
        guard !tokenizer.specialRange.contains(token) else { throw Fault.specialToken(token) }
        return tokenizer.bytes(of: token)
    }

    /// Whether a quote is open.
    private static func endsInString(_ bytes: [UInt8]) -> Bool {
        var (isOpen, isEscaped) = (false, false)
        for byte in bytes {
            if byte == UInt8(ascii: "\""), !isEscaped { isOpen.toggle() }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return isOpen
    }

    /// A text out of the schema that the matcher takes. The mask has to hold what it begins with.
    private mutating func wanted(_ hints: [[UInt8]], _ matcher: JSONMatcher, _ bytes: [UInt8]) throws -> [UInt8]? {
        guard random(below: 8) > 0 else { return nil }
        let isInString = Self.endsInString(bytes)
        let taken = hints.first { hint in
            var copy = matcher
            let isKey = hint.last == UInt8(ascii: ":")
            return isKey != isInString && hint.allSatisfy { copy.push($0) }
        }
        guard let taken else { return nil }
        guard trie.mask(for: matcher).tokens.contains(where: { tokenizer.bytes(of: $0) == [taken[0]] }) else {
            throw Fault.stuck(after: "the mask lacks a byte that the matcher takes")
        }
        return taken
    }

    /// Keys that must stand, and characters of patterns in front of a closing quote.
    private static func hints(_ schema: JSONValue) -> [[UInt8]] {
        switch schema {
        case .array(let items): return items.flatMap(hints)
        case .object(let members):
            return members.flatMap { member -> [[UInt8]] in
                switch (member.key, member.value) {
                case ("required", .array(let names)):
                    return names.map { Array(($0.text(.compact) + ":").utf8) }
                case ("pattern", .string(let pattern)):
                    return pattern.unicodeScalars.map { scalar in
                        Array(JSONValue.string(String(scalar)).text(.compact).utf8.dropFirst())
                    }
                default: return hints(member.value)
                }
            }
        default: return []
        }
    }

    /// The next number of xorshift64*.
    private mutating func random(below limit: Int) -> Int {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Int((state &* 0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}
