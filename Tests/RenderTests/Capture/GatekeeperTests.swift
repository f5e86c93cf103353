// What a host stands for decides, however it is spelt; one address that is not allowed is enough to refuse it.
import Synchronization
import Testing

@testable import Render

@Suite struct GatekeeperTests {
    @Test(arguments: [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7F.0.0.0x1", "0177.0.0.01",
        "017700000001", "0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "a.b.LocalHost.", "::1", "::",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "10.0.0.1", "0xa000001",
        "167772161", "192.168.1.1", "172.16.5.5", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.100.100.200",
        "fd00:ec2::254", "fe80::1", "ff02::1", "224.0.0.251", "255.255.255.255",
    ])
    func everySpellingOfAnAddressThatIsNotPublicIsRefused(host: String) async {
        let error = await #expect(throws: Refusal.self) {
            try await Gatekeeper(.publicOnly).admit(host: host, port: 80)
        }
        guard case .special? = error else {
            Issue.record("\(host): \(error as Any)")
            return
        }
    }

    @Test func onePrivateAddressAmongPublicOnesRefusesTheHost() async throws {
        let resolver = ScriptedResolver([["93.184.215.14", "2606:4700::1111", "10.0.0.7"]])
        let error = await #expect(throws: Refusal.self) {
            try await Gatekeeper(.publicOnly, resolver: resolver).admit(host: "a.example", port: 443)
        }
        #expect(error.map { "\($0)" } == "10.0.0.7 is a private address (RFC 1918), not a public one")
    }

    @Test func publicAddressesAreHandedOutInTheResolversOrder() async throws {
        let resolver = ScriptedResolver([["2606:4700::1111", "93.184.215.14"]])
        let admitted = try await Gatekeeper(.publicOnly, resolver: resolver).admit(host: "a.example", port: 443)
        #expect(admitted.map(\.description) == ["2606:4700::1111", "93.184.215.14"])
    }

    @Test func anAddressOfThisMachineIsRefusedThoughItIsPublic() async throws {
        let own = try #require(IPAddress("93.184.215.14"))
        let gatekeeper = Gatekeeper(.publicOnly, resolver: ScriptedResolver([["93.184.215.14"]]), ownAddresses: [own])
        await #expect(throws: Refusal.ownAddress(own)) { try await gatekeeper.admit(host: "a.example", port: 443) }
    }

    @Test func anAllowedRangeAllowsItsAddressesOnly() async throws {
        let policy = try CapturePolicy.allowing(["10.1.0.0/16"])
        let resolver = ScriptedResolver([["10.1.2.3"], ["10.2.0.1"]])
        let gatekeeper = Gatekeeper(policy, resolver: resolver)
        #expect(try await gatekeeper.admit(host: "a.example", port: 80).map(\.description) == ["10.1.2.3"])
        await #expect(throws: Refusal.self) { try await gatekeeper.admit(host: "a.example", port: 80) }
    }

    @Test func anAllowedNameMayStandForAnyAddressAndNoOtherNameMay() async throws {
        let policy = try CapturePolicy.allowing(["intranet.example"])
        let resolver = ScriptedResolver([["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]])
        let gatekeeper = Gatekeeper(policy, resolver: resolver)
        _ = try await gatekeeper.admit(host: "INTRANET.example.", port: 80)
        await #expect(throws: Refusal.self) { try await gatekeeper.admit(host: "x.intranet.example", port: 80) }
        await #expect(throws: Refusal.self) {
            try await gatekeeper.admit(host: "intranet.example.evil.example", port: 80)
        }
    }

    @Test func aPortThatIsNotAllowedIsRefusedBeforeAnyoneIsAsked() async {
        let resolver = ScriptedResolver([])
        await #expect(throws: Refusal.port(22, allowed: [80, 443])) {
            try await Gatekeeper(.publicOnly, resolver: resolver).admit(host: "a.example", port: 22)
        }
        #expect(resolver.asked.isEmpty)
    }

    @Test func aNameWithoutAddressIsNoRefusal() async {
        await #expect(throws: ResolutionError.self) {
            try await Gatekeeper(.publicOnly).admit(host: "nowhere.invalid", port: 80)
        }
        await #expect(throws: ResolutionError.self) {
            try await Gatekeeper(.publicOnly, resolver: ScriptedResolver([[]])).admit(host: "a.example", port: 80)
        }
    }
}

/// Answers one list of addresses after the other, whatever is asked, as a name server does that changes its mind.
final class ScriptedResolver: HostResolver {
    private let state: Mutex<(answers: [[IPAddress]], asked: [String])>

    init(_ answers: [[String]]) {
        state = Mutex((answers.map { $0.compactMap { IPAddress($0) } }, []))
    }

    /// What was asked, in order.
    var asked: [String] { state.withLock(\.asked) }

    func addresses(of host: String) async throws -> [IPAddress] {
        try state.withLock { state in
            state.asked.append(host)
            guard !state.answers.isEmpty else { throw ResolutionError(host: host, reason: "there is no answer left") }
            return state.answers.removeFirst()
        }
    }
}
