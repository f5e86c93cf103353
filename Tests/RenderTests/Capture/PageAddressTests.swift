// The address of a page: http and https only, one reading only.
import Testing

@testable import Render

@Suite struct PageAddressTests {
    @Test(arguments: [
        ("http://example.org", "http://example.org", "example.org", 80),
        ("HTTPS://Example.org:8443/a?b=c#d", "HTTPS://Example.org:8443/a?b=c#d", "Example.org", 8443),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4", "xn--bcher-kva.example", 443),
        ("http://[::ffff:127.0.0.1]:81/", "http://[::ffff:127.0.0.1]:81/", "::ffff:127.0.0.1", 81),
        ("http://①②⑦.0.0.1/", "http://127.0.0.1/", "127.0.0.1", 80),
        ("http://localhost./", "http://localhost./", "localhost.", 80),
    ])
    func anAddressIsReadInOneWay(text: String, read: String, host: String, port: Int) throws {
        let address = try PageAddress(text)
        #expect(address.text == read)
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test(arguments: [
        ("", "http:// or https://"), ("example.org", "http:// or https://"),
        ("file:///etc/passwd", "http:// or https://"),
        ("ftp://example.org/", "http:// or https://"), ("javascript:alert(1)", "http:// or https://"),
        ("data:text/html,x", "http:// or https://"), ("chrome://version", "http:// or https://"),
        ("view-source:http://example.org/", "http:// or https://"), ("http:example.org", "no host"),
        ("http:///x", "no host"), ("http://user@example.org/", "a user"), ("http://:word@example.org/", "a user"),
        ("http://@example.org/", "a user"), ("http://example.org\\@127.0.0.1/", "a backslash"),
        ("http://example.org/a b", "a space"), ("http://exa\tmple.org/", "a control character"),
        (" http://example.org/", "a space"), ("http://example.org:0/", "port"), ("http://example.org:65536/", "port"),
        ("http://%31%32%37.0.0.1/", "host"), ("http://[::1", "cannot be read"),
        ("http://[fe80::1%25eth0]/", "host"), ("http://example.org/" + String(repeating: "a", count: 8_000), "longer"),
    ])
    func otherAddressesAreRefusedWithAReason(text: String, reason: String) {
        let error = #expect(throws: CaptureError.self) { try PageAddress(text) }
        guard case .invalidAddress(let address, let found)? = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(address == text)
        #expect(found.contains(reason), "\(found)")
    }
}
