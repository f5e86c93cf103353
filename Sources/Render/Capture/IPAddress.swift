// Internet addresses of both kinds and ranges of them: read from text and from what the system's resolver answers,
// compared by their bytes. Only the usual notations are read; `0x7f.1` and its like are the resolver's business.
import Foundation

/// An IPv4 or IPv6 address. An IPv4 address inside an IPv6 one is the latter.
struct IPAddress: Sendable, Hashable {
    /// 4 or 16, most significant first.
    let bytes: [UInt8]

    /// Takes 4 or 16 bytes, most significant first.
    init(bytes: [UInt8]) {
        precondition(bytes.count == 4 || bytes.count == 16, "an address has 4 or 16 bytes")
        self.bytes = bytes
    }

    /// Reads dotted decimal with four parts, or RFC 4291 text without brackets and zone; nil for anything else.
    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    /// Reads what the system calls a socket address; nil for other families. Port and zone are dropped.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let offset = MemoryLayout<sockaddr_in>.offset(of: \.sin_addr)!
            bytes = Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + offset, count: 4))
        case AF_INET6:
            let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)!
            bytes = Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + offset, count: 16))
        default:
            return nil
        }
    }

    /// Whether it has 16 bytes.
    var isIPv6: Bool { bytes.count == 16 }
}

extension IPAddress: CustomStringConvertible {
    /// As it is usually written, without brackets.
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(isIPv6 ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// All addresses that begin with the same bits.
struct AddressRange: Sendable, Hashable {
    /// The lowest address.
    let first: IPAddress
    /// How many leading bits are shared, 0 to 32 or 128.
    let prefixLength: Int

    /// Reads `10.0.0.0/8`, or one address; nil for anything else, also where bits behind the prefix are set.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        let bitCount = address.bytes.count * 8
        var length = bitCount
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let read = Int(parts[1]), read <= bitCount
            else { return nil }
            length = read
        }
        first = address
        prefixLength = length
        let behind = (length..<bitCount).contains { address.bytes[$0 / 8] & 0x80 >> UInt8($0 % 8) != 0 }
        if behind { return nil }
    }

    /// Whether an address lies in it; one of the other kind never does.
    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == first.bytes.count else { return false }
        let whole = prefixLength / 8
        guard address.bytes[..<whole] == first.bytes[..<whole] else { return false }
        let rest = UInt8(prefixLength % 8)
        return rest == 0 || (address.bytes[whole] ^ first.bytes[whole]) >> (8 - rest) == 0
    }
}

extension AddressRange: CustomStringConvertible {
    /// `10.0.0.0/8`.
    var description: String { "\(first)/\(prefixLength)" }
}
