// Which ports an allowed host brings along.
import Testing

@testable import Render

@Suite struct CapturePolicyPortTests {
    @Test(arguments: [
        ("http://intranet.example:3000/", true), ("http://INTRANET.example.:3000/", true),
        ("http://10.1.2.3:3000/", true), ("http://[fd00::1]:3000/", true), ("http://10.2.2.3:3000/", false),
        ("http://other.example:3000/", false), ("http://intranet.example.evil.example:3000/", false),
        ("no address:3000", false),
    ])
    func onlyANamedHostBringsItsPort(address: String, brings: Bool) throws {
        let policy = try CapturePolicy.allowing(["intranet.example", "10.1.0.0/16", "fd00::1"])
        #expect(policy.withPort(of: address).ports == (brings ? [80, 443, 3000] : [80, 443]))
    }

    @Test func theUsualPortsChangeNothing() throws {
        let policy = try CapturePolicy.allowing(["intranet.example"])
        #expect(policy.withPort(of: "https://intranet.example/") == policy)
        #expect(CapturePolicy.any.withPort(of: "http://intranet.example:3000/") == CapturePolicy.any)
    }
}
