// Names of rows: ULIDs (48 bits of milliseconds, 80 random bits) in lower-case Crockford base32, so that names sort as
// they were given. A store starts its series after the largest name it finds: a clock set back breaks no order.
import Foundation
import Synchronization

/// A rising series of identifiers.
final class Identifiers: Sendable {
    private let last = Mutex<UInt128>(0)
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// The next 26 characters, larger than all before.
    func next(at time: Date) -> String {
        let random = UInt128(UInt64.random(in: 0...UInt64.max)) << 16 | UInt128(UInt16.random(in: 0...UInt16.max))
        let milliseconds = UInt128(UInt64(max(0, time.milliseconds)) & 0xffff_ffff_ffff)
        let value = last.withLock { last in
            last = max(last + 1, milliseconds << 80 | random)
            return last
        }
        return Self.text(value)
    }

    /// Makes all that follow larger than `identifier`, a prefix and 26 characters; anything else is ignored.
    func skip(past identifier: String) {
        guard let value = Self.value(identifier.suffix(26)) else { return }
        last.withLock { $0 = max($0, value) }
    }

    /// `count` random characters of the same alphabet; 5 bits each.
    static func random(count: Int) -> String {
        String(decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<32)] }, as: UTF8.self)
    }

    private static func text(_ value: UInt128) -> String {
        let characters = (0..<26).reversed().map { alphabet[Int(truncatingIfNeeded: value >> ($0 * 5) & 31)] }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Whether a text is what `next` gives.
    static func isOne(_ text: Substring) -> Bool { value(text) != nil }

    private static func value(_ text: Substring) -> UInt128? {
        guard text.utf8.count == 26, let first = text.utf8.first, first <= 0x37 else { return nil }
        var value: UInt128 = 0
        for character in text.utf8 {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            value = value << 5 | UInt128(digit)
        }
        return value
    }
}

/// Where a list goes on, opaque to those who pass it around.
enum Cursor {
    /// A cursor after the row of this id.
    static func after(_ id: String) -> String { Base64URL.encode(Array(id.utf8)) }

    /// The id in a cursor for rows of a kind (`conv`, `job`).
    ///
    /// - Throws: `invalidCursor` for what `after` did not make.
    static func id(in cursor: String, kind: String) throws(StoreError) -> String {
        guard let bytes = Base64URL.decode(cursor) else { throw .invalidCursor }
        let id = String(decoding: bytes, as: UTF8.self)
        guard id.utf8.count == kind.utf8.count + 27, id.hasPrefix(kind + "_"), after(id) == cursor else {
            throw .invalidCursor
        }
        return id
    }
}

/// Base64 for URLs, without padding (RFC 4648 §5).
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decode(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 1024, !text.contains(where: { "+/=".contains($0) }) else { return nil }
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard + padding).map { Array($0) }
    }
}

extension Date {
    /// Milliseconds since 1970, rounded down: how the database keeps times.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded(.down)) }

    /// The time so many milliseconds after 1970.
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// The day in UTC as `YYYY-MM-DD`.
    var utcDay: String { String(ISO8601Format().prefix(10)) }
}
