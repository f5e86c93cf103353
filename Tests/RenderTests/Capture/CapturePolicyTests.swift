// What a policy allows is written by people: it is read strictly, and says what it did not understand.
import Testing

@testable import Render

@Suite struct CapturePolicyTests {
    @Test func namesAreComparedWithoutCaseAndWithoutTheDotAtTheEnd() throws {
        let policy = try CapturePolicy.allowing(["Intranet.Example.", "localhost", "a_b.example"])
        #expect(policy.hosts == ["intranet.example", "localhost", "a_b.example"])
        #expect(policy.ranges.isEmpty)
    }

    @Test func addressesAndRangesAreReadAsSuch() throws {
        let policy = try CapturePolicy.allowing(["10.1.0.0/16", "127.0.0.1", "fd00::/8"])
        #expect(policy.ranges.map(\.description) == ["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"])
        #expect(policy.hosts.isEmpty)
    }

    @Test(arguments: [
        "", ".", "10.1.2.3/16", "127.1", "0x7f000001x/8", "a b", "http://a.example", "a..b", "*.a.example", "ä",
    ])
    func anEntryThatIsNeitherIsNamed(entry: String) {
        #expect(throws: CaptureError.invalidAllowance(entry)) { try CapturePolicy.allowing(["10.0.0.0/8", entry]) }
    }

    @Test func theDefaultsAreThePublicWeb() {
        #expect(CapturePolicy.publicOnly.ports == [80, 443])
        #expect(CapturePolicy.publicOnly.ranges.isEmpty)
        #expect(CapturePolicy.any.ports == nil)
    }
}
