// The proxy against servers of this machine: who may use it, where it connects, what it cuts.
import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Render

@Suite struct GuardProxyTests {
    /// Loopback addresses and every port.
    static func policy(_ entries: [String] = ["127.0.0.0/8"]) throws -> CapturePolicy {
        var policy = try CapturePolicy.allowing(entries)
        policy.ports = nil
        return policy
    }

    /// A proxy that is closed after the test; returns what passed.
    static func open(
        _ policy: CapturePolicy, resolver: any HostResolver = SystemResolver(),
        _ test: (GuardProxy) async throws -> Void
    ) async throws -> ProxyLedger.Account {
        let proxy = try await GuardProxy.start(Gatekeeper(policy, resolver: resolver))
        do { try await test(proxy) } catch {
            await proxy.close()
            throw error
        }
        return await proxy.close()
    }

    /// Asks a proxy for a page over plain HTTP.
    static func fetch(_ proxy: GuardProxy, _ address: String, _ fields: String = "") async throws -> String {
        try await PlainConnection.open(port: proxy.port) { connection in
            try await connection.say("GET \(address) HTTP/1.1\r\nHost: x\r\n\(proxy.field)\(fields)\r\n")
            return await connection.hearAll()
        }
    }

    /// Asks a proxy for a tunnel, and asks for a page through it.
    static func tunnel(_ proxy: GuardProxy, _ target: String, path: String = "/") async throws -> String {
        try await PlainConnection.open(port: proxy.port) { connection in
            try await connection.say("CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\(proxy.field)\r\n")
            let granted = try await connection.hear("\r\n\r\n")
            guard granted.hasPrefix("HTTP/1.1 200 ") else { return granted }
            try await connection.say("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return await connection.hearAll()
        }
    }

    /// A server may take longer for its answer than a network that is idle is given.
    @Test func aServerThatOwesAnAnswerIsWaitedFor() async throws {
        let ledger = ProxyLedger(try Self.policy())
        let (first, second) = (EmbeddedChannel(), EmbeddedChannel())
        for channel in [first, second] {
            ledger.keep(channel)
            ledger.count(sent: 1, of: channel, for: "a")
        }
        try await Task.sleep(for: .milliseconds(600))
        #expect(!ledger.isQuiet)
        ledger.count(received: 1, of: first, for: "a")
        try await Task.sleep(for: .milliseconds(600))
        #expect(!ledger.isQuiet)
        second.close(promise: nil)
        second.embeddedEventLoop.run()
        #expect(ledger.isQuiet)
    }

    @Test func aPageComesThroughInBothWays() async throws {
        let site = try await LocalSite.start { .page("page \($0.uri)") }
        let account = try await Self.open(try Self.policy()) { proxy async throws in
            let plain = try await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/plain?a=b")
            #expect(plain.hasPrefix("HTTP/1.1 200 OK\r\n") && plain.hasSuffix("page /plain?a=b"))
            let tunnelled = try await Self.tunnel(proxy, "127.0.0.1:\(site.port)", path: "/tunnel")
            #expect(tunnelled.contains("HTTP/1.1 200 OK\r\n") && tunnelled.hasSuffix("page /tunnel"))
        }
        #expect(site.requests == ["GET /plain?a=b", "GET /tunnel"])
        #expect(site.heads.allSatisfy { !$0.headers.contains(name: "Proxy-Authorization") })
        #expect(account.refused.isEmpty)
        #expect(account.connections == 2 && account.received > 200 && account.sent > 100)
        await site.stop()
    }

    @Test func aBodyReachesItsServer() async throws {
        let site = try await LocalSite.start { _ in .page("thanks") }
        _ = try await Self.open(try Self.policy()) { proxy async throws in
            let answer = try await PlainConnection.open(port: proxy.port) { connection in
                try await connection.say(
                    "POST http://127.0.0.1:\(site.port)/ HTTP/1.1\r\nHost: x\r\n\(proxy.field)"
                        + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                try await connection.say("6\r\nsecond\r\n0\r\n\r\n")
                return await connection.hearAll()
            }
            #expect(answer.hasSuffix("thanks"))
        }
        #expect(site.bodies == ["firstsecond"])
        await site.stop()
    }

    @Test func muchComesThroughWhole() async throws {
        let count = 20_000_000
        let site = try await LocalSite.start { _ in .bytes(count) }
        let account = try await Self.open(try Self.policy()) { proxy async throws in
            let heard = try await PlainConnection.open(port: proxy.port) { connection in
                try await connection.say("GET http://127.0.0.1:\(site.port)/ HTTP/1.1\r\nHost: x\r\n\(proxy.field)\r\n")
                _ = await connection.hearAll()
                return connection.heard
            }
            #expect(Array(heard.suffix(count)) == LocalSite.pattern(count))
        }
        #expect(account.received > count)
        await site.stop()
    }

    @Test(arguments: [
        "", "Proxy-Authorization: Basic Y2FwdHVyZTp3cm9uZw==\r\n", "Proxy-Authorization: Bearer x\r\n",
        "Authorization: Basic Y2FwdHVyZTp3cm9uZw==\r\n",
    ])
    func whoDoesNotKnowThePasswordIsTurnedAway(field: String) async throws {
        let site = try await LocalSite.start { _ in .page("secret") }
        _ = try await Self.open(try Self.policy()) { proxy async throws in
            for request in ["GET http://127.0.0.1:\(site.port)/", "CONNECT 127.0.0.1:\(site.port)"] {
                let answer = try await PlainConnection.open(port: proxy.port) { connection in
                    try await connection.say("\(request) HTTP/1.1\r\nHost: x\r\n\(field)\r\n")
                    return await connection.hearAll()
                }
                #expect(answer.hasPrefix("HTTP/1.1 407 "))
                #expect(answer.contains("Proxy-Authenticate: Basic "))
            }
        }
        #expect(site.connections == 0)
        await site.stop()
    }

    @Test func everyProxyHasItsOwnPassword() async throws {
        _ = try await Self.open(.publicOnly) { first async throws in
            _ = try await Self.open(.publicOnly) { second async throws in
                #expect(first.password != second.password)
                #expect(first.password.count == 32)
            }
        }
    }

    @Test func aServerOfThisMachineIsNotReachedUnlessAllowed() async throws {
        let site = try await LocalSite.start { _ in .page("secret") }
        var policy = CapturePolicy.publicOnly
        policy.ports = nil
        let account = try await Self.open(policy) { proxy async throws in
            for host in ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0"] {
                #expect(try await Self.fetch(proxy, "http://\(host):\(site.port)/x").isEmpty)
                #expect(try await Self.tunnel(proxy, "\(host):\(site.port)").hasPrefix("HTTP/1.1 403 "))
            }
        }
        #expect(site.connections == 0)
        #expect(account.connections == 0)
        #expect(account.refused.count == 12)
        #expect(
            account.refused.first
                == RefusedRequest(
                    address: "http://127.0.0.1:\(site.port)/x",
                    reason: "127.0.0.1 is a loopback address (RFC 1122), not a public one"))
        await site.stop()
    }

    @Test func aNameThatChangesItsAddressReachesOnlyTheOneThatWasChecked() async throws {
        let allowed = try await LocalSite.start(host: "127.0.0.2") { _ in .page("allowed") }
        let secret = try await LocalSite.start(host: "127.0.0.1", port: allowed.port) { _ in .page("secret") }
        let resolver = ScriptedResolver([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2", "127.0.0.1"]])
        let account = try await Self.open(try Self.policy(["127.0.0.2"]), resolver: resolver) { proxy async throws in
            let address = "http://turncoat.example:\(allowed.port)/"
            #expect(try await Self.fetch(proxy, address).hasSuffix("allowed"))
            #expect(try await Self.fetch(proxy, address).isEmpty)
            #expect(try await Self.tunnel(proxy, "turncoat.example:\(allowed.port)").hasSuffix("allowed"))
            #expect(try await Self.tunnel(proxy, "turncoat.example:\(allowed.port)").hasPrefix("HTTP/1.1 403 "))
        }
        // Asked once for each connection, so no second answer can slip in behind the check.
        #expect(resolver.asked.count == 4)
        #expect(allowed.connections == 2)
        #expect(secret.connections == 0)
        #expect(account.refused.count == 2)
        await allowed.stop()
        await secret.stop()
    }

    @Test func aRedirectionIsCheckedLikeEveryOtherRequest() async throws {
        let secret = try await LocalSite.start(host: "127.0.0.3") { _ in .page("secret") }
        let target = "http://127.0.0.3:\(secret.port)/"
        let site = try await LocalSite.start(host: "127.0.0.2") { _ in .redirect(target) }
        _ = try await Self.open(try Self.policy(["127.0.0.2"])) { proxy async throws in
            #expect(try await Self.fetch(proxy, "http://127.0.0.2:\(site.port)/").contains("Location: \(target)\r\n"))
            #expect(try await Self.fetch(proxy, target).isEmpty)
        }
        #expect(secret.connections == 0)
        await site.stop()
        await secret.stop()
    }

    @Test func aPortThatIsNotAllowedIsRefused() async throws {
        let site = try await LocalSite.start { _ in .page("secret") }
        let account = try await Self.open(try CapturePolicy.allowing(["127.0.0.1"])) { proxy async throws in
            #expect(try await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/").isEmpty)
            #expect(try await Self.tunnel(proxy, "127.0.0.1:25").hasPrefix("HTTP/1.1 403 "))
        }
        #expect(site.connections == 0)
        #expect(
            account.refused.map(\.reason) == [
                "port \(site.port) is not allowed, only 80, 443", "port 25 is not allowed, only 80, 443",
            ])
        await site.stop()
    }

    @Test func anAddressThatDoesNotAnswerIsFollowedByTheNext() async throws {
        let site = try await LocalSite.start(host: "127.0.0.2") { _ in .page("second") }
        let resolver = ScriptedResolver([["127.0.0.9", "127.0.0.2"]])
        _ = try await Self.open(try Self.policy(), resolver: resolver) { proxy async throws in
            #expect(try await Self.fetch(proxy, "http://a.example:\(site.port)/").hasSuffix("second"))
        }
        await site.stop()
    }

    @Test func aServerThatCannotBeReachedIsAFaultAndNoRefusal() async throws {
        let site = try await LocalSite.start { _ in .silence }
        let port = site.port
        await site.stop()
        let account = try await Self.open(try Self.policy()) { proxy async throws in
            #expect(try await Self.tunnel(proxy, "127.0.0.1:\(port)").hasPrefix("HTTP/1.1 502 "))
            #expect(try await Self.fetch(proxy, "http://nowhere.invalid/").isEmpty)
        }
        #expect(account.refused.isEmpty)
        #expect(account.faults.keys.sorted() == ["127.0.0.1:\(port)", "nowhere.invalid:80"])
    }

    @Test func aBodyLongerThanAllowedIsCut() async throws {
        let site = try await LocalSite.start { _ in .bytes(5_000_000) }
        var policy = try Self.policy()
        policy.byteLimit = 100_000
        let account = try await Self.open(policy) { proxy async throws in
            let cut = try await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/long")
            #expect(cut.utf8.count < 2_000_000)
            // Nothing passes after that.
            let after = try? await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/")
            #expect(after ?? "" == "")
        }
        #expect(site.requests == ["GET /long"])
        #expect(account.received < 2_000_000)
        #expect(
            account.refused == [
                RefusedRequest(
                    address: "http://127.0.0.1:\(site.port)/long", reason: "a capture may move 100000 bytes")
            ])
        await site.stop()
    }

    @Test func moreConnectionsThanAllowedAreRefused() async throws {
        let site = try await LocalSite.start { _ in .page("page") }
        var policy = try Self.policy()
        policy.connectionLimit = 2
        let account = try await Self.open(policy) { proxy async throws in
            for isAllowed in [true, true, false] {
                let answer = try await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/")
                #expect(answer.hasSuffix("page") == isAllowed)
            }
        }
        #expect(site.connections == 2)
        #expect(account.refused.map(\.reason) == ["a capture may make 2 connections"])
        await site.stop()
    }

    @Test func aServerThatNeverAnswersIsLeftWhenTheTimeIsOver() async throws {
        let site = try await LocalSite.start { _ in .silence }
        var policy = try Self.policy()
        policy.seconds = 4
        _ = try await Self.open(policy) { proxy async throws in
            let answer = try await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/")
            #expect(answer.isEmpty)
        }
        // On a machine that is busy enough the time is over before the server is reached.
        #expect(site.connections <= 1)
        await site.stop()
    }

    @Test func closingCutsEveryConnectionAndFreesThePort() async throws {
        let site = try await LocalSite.start { _ in .silence }
        let proxy = try await GuardProxy.start(Gatekeeper(try Self.policy()))
        async let first = Self.fetch(proxy, "http://127.0.0.1:\(site.port)/")
        async let second = Self.tunnel(proxy, "127.0.0.1:\(site.port)")
        while site.requests.count < 2 { await Task.yield() }
        await proxy.close()
        #expect(try await first.isEmpty)
        #expect(try await second == "HTTP/1.1 200 Connection established\r\n\r\n")
        await #expect(throws: (any Error).self) { try await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/") }
        await site.stop()
    }

    @Test func manyAtOnceEachGetTheirOwn() async throws {
        let site = try await LocalSite.start { .page("page \($0.uri)") }
        let account = try await Self.open(try Self.policy()) { proxy async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let answer =
                            number % 2 == 0
                            ? try await Self.fetch(proxy, "http://127.0.0.1:\(site.port)/\(number)")
                            : try await Self.tunnel(proxy, "127.0.0.1:\(site.port)", path: "/\(number)")
                        #expect(answer.hasSuffix("page /\(number)"))
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(account.connections == 60)
        await site.stop()
    }

    @Test func aSecondRequestOnOneConnectionIsNotAnswered() async throws {
        let site = try await LocalSite.start { .page("page \($0.uri)") }
        _ = try await Self.open(try Self.policy()) { proxy async throws in
            let request = "GET http://127.0.0.1:\(site.port)/ HTTP/1.1\r\nHost: x\r\n\(proxy.field)\r\n"
            let heard = try await PlainConnection.open(port: proxy.port) { connection in
                try await connection.say(request + request)
                return await connection.hearAll()
            }
            #expect(heard.components(separatedBy: "HTTP/1.1 200").count <= 2)
        }
        #expect(site.requests.count <= 1)
        await site.stop()
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: x\r\n", "CONNECT a.example HTTP/1.1\r\n", "GET https://a.example/ HTTP/1.1\r\n",
    ])
    func whatIsNoRequestToAProxyIsABadOne(request: String) async throws {
        _ = try await Self.open(try Self.policy()) { proxy async throws in
            let answer = try await PlainConnection.open(port: proxy.port) { connection in
                try await connection.say("\(request)\(proxy.field)\r\n")
                return await connection.hearAll()
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }
}

extension GuardProxy {
    /// The header field that lets a client in.
    fileprivate var field: String {
        "Proxy-Authorization: Basic \(Data("\(user):\(password)".utf8).base64EncodedString())\r\n"
    }
}
