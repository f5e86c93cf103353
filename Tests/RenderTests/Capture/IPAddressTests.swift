// Addresses and ranges are read strictly and compared by their bits.
import Foundation
import Testing

@testable import Render

@Suite struct IPAddressTests {
    @Test(arguments: ["0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::1:0:0:1", "::ffff:127.0.0.1"])
    func whatIsReadIsWrittenTheSame(text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    @Test(arguments: [
        "", " 127.0.0.1", "127.0.0.1 ", "127.1", "0x7f.0.0.1", "0177.0.0.1x", "2130706433", "256.0.0.1", "1.2.3.4.5",
        "[::1]", "fe80::1%eth0", "::1::", "12345::", "localhost", "١٢٧.0.0.1",
    ])
    func otherNotationsAreNotRead(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func bothKindsOfAddressAreTakenFromTheSystem() throws {
        let own = IPAddress.ofThisMachine()
        #expect(own.contains(try #require(IPAddress("127.0.0.1"))))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
        ("100.64.0.0/10", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.6", "192.0.2.8"),
        ("2001::/23", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:200::"),
        ("fe80::/10", "fe80::", "febf:ffff::1", "fe7f::", "fec0::"),
    ])
    func aRangeEndsWithItsPrefix(range: String, first: String, last: String, before: String, after: String) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(first))))
        #expect(range.contains(try #require(IPAddress(last))))
        #expect(!range.contains(try #require(IPAddress(before))))
        #expect(!range.contains(try #require(IPAddress(after))))
    }

    @Test func aRangeOfOneKindHoldsNoneOfTheOther() throws {
        #expect(!(try #require(AddressRange("0.0.0.0/0"))).contains(try #require(IPAddress("::1"))))
        #expect(!(try #require(AddressRange("::/0"))).contains(try #require(IPAddress("1.2.3.4"))))
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "/8", "a/8"])
    func otherRangesAreNotRead(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
