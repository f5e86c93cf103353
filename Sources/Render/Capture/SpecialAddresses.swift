// Which addresses are no places on the public Internet: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890),
// multicast, what IANA has not opened for use, and IPv6 addresses that carry an IPv4 address inside. A row of the
// registries counts as special even where the registry calls it globally reachable: no page lives there.

/// Why an address is not public.
struct SpecialPurpose: Sendable, Equatable {
    /// In words that follow "is": `a loopback address`.
    let name: String
    /// Where the addresses of this purpose lie.
    let range: AddressRange
    /// What defines it.
    let source: String
}

extension IPAddress {
    /// Why this is no public address; nil for one that is.
    ///
    /// Networks can give further addresses a meaning of their own, such as a prefix of theirs that carries IPv4
    /// addresses; nobody outside can know those. Proof: `SpecialAddressesTests`.
    var specialPurpose: SpecialPurpose? {
        if let purpose = (isIPv6 ? SpecialPurpose.ipv6 : SpecialPurpose.ipv4).first(where: { $0.range.contains(self) })
        {
            return purpose
        }
        // An interface identifier that makes a router unpack what it is sent: ::0:5efe:a.b.c.d, ::200:5efe:a.b.c.d.
        if isIPv6, bytes[8] & 0xfd == 0, Array(bytes[9..<12]) == [0, 0x5e, 0xfe] { return .isatap }
        return nil
    }
}

extension SpecialPurpose {
    /// IPv4, by address.
    static let ipv4: [SpecialPurpose] = [
        row("an address of \"this network\"", "0.0.0.0/8", "RFC 791"),
        row("a private address", "10.0.0.0/8", "RFC 1918"),
        row("a carrier's shared address", "100.64.0.0/10", "RFC 6598"),
        row("a loopback address", "127.0.0.0/8", "RFC 1122"),
        row("a link-local address", "169.254.0.0/16", "RFC 3927"),
        row("a private address", "172.16.0.0/12", "RFC 1918"),
        row("an address for protocols", "192.0.0.0/24", "RFC 6890"),
        row("a documentation address", "192.0.2.0/24", "RFC 5737"),
        row("a sink of name servers", "192.31.196.0/24", "RFC 7535"),
        row("a multicast relay", "192.52.193.0/24", "RFC 7450"),
        row("a 6to4 relay", "192.88.99.0/24", "RFC 7526"),
        row("a private address", "192.168.0.0/16", "RFC 1918"),
        row("a sink of name servers", "192.175.48.0/24", "RFC 7534"),
        row("a benchmarking address", "198.18.0.0/15", "RFC 2544"),
        row("a documentation address", "198.51.100.0/24", "RFC 5737"),
        row("a documentation address", "203.0.113.0/24", "RFC 5737"),
        row("a multicast address", "224.0.0.0/4", "RFC 5771"),
        row("the broadcast address", "255.255.255.255/32", "RFC 8190"),
        row("a reserved address", "240.0.0.0/4", "RFC 1112"),
    ]

    /// IPv6: what lies inside 2000::/3 by address, then what lies outside, the narrow before the wide.
    static let ipv6: [SpecialPurpose] = [
        row("an IPv4 address tunnelled by Teredo", "2001::/32", "RFC 4380"),
        row("a benchmarking address", "2001:2::/48", "RFC 5180"),
        row("an address for protocols", "2001::/23", "RFC 2928"),
        row("a documentation address", "2001:db8::/32", "RFC 3849"),
        row("an IPv4 address tunnelled by 6to4", "2002::/16", "RFC 3056"),
        row("a sink of name servers", "2620:4f:8000::/48", "RFC 7534"),
        row("a documentation address", "3fff::/20", "RFC 9637"),
        row("the unspecified address", "::/128", "RFC 4291"),
        row("a loopback address", "::1/128", "RFC 4291"),
        row("an IPv4 address in IPv6 form", "::ffff:0:0/96", "RFC 4291"),
        row("an IPv4 address in IPv6 form", "::/96", "RFC 4291"),
        row("an IPv4 address behind a translator", "64:ff9b::/96", "RFC 6052"),
        row("an IPv4 address behind a translator", "64:ff9b:1::/48", "RFC 8215"),
        row("an address that discards", "100::/64", "RFC 6666"),
        row("an address that stands for nothing", "100:0:0:1::/64", "RFC 9780"),
        row("a segment of a route", "5f00::/16", "RFC 9602"),
        row("a unique-local address", "fc00::/7", "RFC 4193"),
        row("a link-local address", "fe80::/10", "RFC 4291"),
        row("a site-local address", "fec0::/10", "RFC 3879"),
        row("a multicast address", "ff00::/8", "RFC 4291"),
        row("a reserved address", "::/3", "RFC 4291"),
        row("a reserved address", "4000::/2", "RFC 4291"),
        row("a reserved address", "8000::/1", "RFC 4291"),
    ]

    /// Any /64 can hold such addresses.
    static let isatap = row("an IPv4 address tunnelled by ISATAP", "::/0", "RFC 5214")

    private static func row(_ name: String, _ range: String, _ source: String) -> SpecialPurpose {
        guard let range = AddressRange(range) else { preconditionFailure("\(range) is no range") }
        return SpecialPurpose(name: name, range: range, source: source)
    }
}
