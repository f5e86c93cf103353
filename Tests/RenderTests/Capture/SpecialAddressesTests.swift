// Every row of IANA's registries: its first and last address are special for that reason, and its neighbours are not,
// unless a neighbouring row holds them. The rows stand here once more, as they are read in the registries.
import Testing

@testable import Render

@Suite struct SpecialAddressesTests {
    /// First and last address, source, and whether the address before and the one after are public.
    struct Row: Sendable, CustomTestStringConvertible {
        let first, last, source: String
        let isPublicBefore, isPublicAfter: Bool

        init(_ first: String, _ last: String, _ source: String, _ before: Bool = true, _ after: Bool = true) {
            (self.first, self.last, self.source) = (first, last, source)
            (isPublicBefore, isPublicAfter) = (before, after)
        }

        var testDescription: String { "\(first) to \(last)" }
    }

    static let rows = [
        Row("0.0.0.0", "0.255.255.255", "RFC 791", false),
        Row("10.0.0.0", "10.255.255.255", "RFC 1918"),
        Row("100.64.0.0", "100.127.255.255", "RFC 6598"),
        Row("127.0.0.0", "127.255.255.255", "RFC 1122"),
        Row("169.254.0.0", "169.254.255.255", "RFC 3927"),
        Row("172.16.0.0", "172.31.255.255", "RFC 1918"),
        Row("192.0.0.0", "192.0.0.255", "RFC 6890"),
        Row("192.0.2.0", "192.0.2.255", "RFC 5737"),
        Row("192.31.196.0", "192.31.196.255", "RFC 7535"),
        Row("192.52.193.0", "192.52.193.255", "RFC 7450"),
        Row("192.88.99.0", "192.88.99.255", "RFC 7526"),
        Row("192.168.0.0", "192.168.255.255", "RFC 1918"),
        Row("192.175.48.0", "192.175.48.255", "RFC 7534"),
        Row("198.18.0.0", "198.19.255.255", "RFC 2544"),
        Row("198.51.100.0", "198.51.100.255", "RFC 5737"),
        Row("203.0.113.0", "203.0.113.255", "RFC 5737"),
        Row("224.0.0.0", "239.255.255.255", "RFC 5771", true, false),
        Row("240.0.0.0", "255.255.255.254", "RFC 1112", false, false),
        Row("255.255.255.255", "255.255.255.255", "RFC 8190", false, false),
        Row("::", "::", "RFC 4291", false, false),
        Row("::1", "::1", "RFC 4291", false, false),
        Row("::2", "::ffff:ffff", "RFC 4291", false, false),
        Row("::ffff:0:0", "::ffff:ffff:ffff", "RFC 4291", false, false),
        Row("64:ff9b::", "64:ff9b::ffff:ffff", "RFC 6052", false, false),
        Row("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "RFC 8215", false, false),
        Row("100::", "100::ffff:ffff:ffff:ffff", "RFC 6666", false, false),
        Row("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", "RFC 9780", false, false),
        Row("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 4380", true, false),
        Row("2001:1::", "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 2928", false, false),
        Row("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "RFC 5180", false, false),
        Row("2001:3::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 2928", false),
        Row("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 3849"),
        Row("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 3056"),
        Row("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "RFC 7534"),
        Row("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 9637"),
        Row("4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 4291", true, false),
        Row("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 9602", false, false),
        Row("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 4193", false, false),
        Row("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 4291", false, false),
        Row("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 3879", false, false),
        Row("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "RFC 4291", false, false),
    ]

    @Test(arguments: rows) func aRowIsSpecialFromItsFirstAddressToItsLast(row: Row) throws {
        let (first, last) = (try #require(IPAddress(row.first)), try #require(IPAddress(row.last)))
        #expect(first.specialPurpose?.source == row.source)
        #expect(last.specialPurpose?.source == row.source)
        if let before = first.neighbour(-1) {
            #expect((before.specialPurpose == nil) == row.isPublicBefore, "\(before)")
        }
        if let after = last.neighbour(1) { #expect((after.specialPurpose == nil) == row.isPublicAfter, "\(after)") }
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.0", "192.0.1.1", "198.17.255.255",
        "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::200e", "2003::1", "3ffe::1",
    ])
    func addressesOfPublicServersAreNotSpecial(text: String) throws {
        #expect(try #require(IPAddress(text)).specialPurpose == nil)
    }

    @Test(arguments: ["2a00:1450::5efe:7f00:1", "2a00:1450::200:5efe:a00:1"])
    func anAddressThatRoutersUnpackIsSpecial(text: String) throws {
        #expect(try #require(IPAddress(text)).specialPurpose?.source == "RFC 5214")
    }

    @Test func everyRowOfTheTableIsReached() {
        let reached = Self.rows.flatMap { [$0.first, $0.last] }.compactMap { IPAddress($0)?.specialPurpose?.range }
        let rest = (SpecialPurpose.ipv4 + SpecialPurpose.ipv6).map(\.range).filter { !reached.contains($0) }
        // What is left lies between the rows above.
        #expect(rest.map(\.description).sorted() == ["8000::/1", "::/3"])
    }
}

extension IPAddress {
    /// The next address in a direction; nil at the end.
    fileprivate func neighbour(_ step: Int) -> IPAddress? {
        var bytes = self.bytes
        for index in bytes.indices.reversed() {
            bytes[index] &+= UInt8(truncatingIfNeeded: step)
            if bytes[index] != (step > 0 ? 0 : 255) { return IPAddress(bytes: bytes) }
        }
        return nil
    }
}
