// What contents are called: SHA-256, so that nobody can prepare two that are taken for one.
import Crypto

/// The SHA-256 of some bytes.
struct ContentDigest: Hashable, Sendable {
    // Words, which are compared faster than a digest of Crypto, which takes the same time for all.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Digests bytes.
    init(of bytes: [UInt8]) {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        self.init(hash)
    }

    /// The digest of what a hash has taken in.
    init(_ hash: SHA256) {
        words = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
    }

    /// 32 bytes.
    var bytes: [UInt8] { withUnsafeBytes(of: words) { [UInt8]($0) } }

    static func == (one: ContentDigest, other: ContentDigest) -> Bool { one.words == other.words }

    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension ContentDigest: CustomStringConvertible {
    /// 64 hexadecimal digits.
    var description: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
