// Pages of servers of this machine, in a real browser: shown where the policy allows it; otherwise the server sees
// nothing at all, whichever way a page takes.
import Media
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Render

@Suite(.serialized, .enabled(if: (try? BrowserProgram.find(named: nil)) != nil, "no Chromium is installed"))
struct CaptureTests {
    static let viewport = Viewport(width: 800, height: 600)

    /// Allows addresses, and every port.
    static func policy(_ entries: [String]) throws -> CapturePolicy {
        var policy = try CapturePolicy.allowing(entries)
        policy.ports = nil
        return policy
    }

    /// A renderer that is closed after the test.
    @discardableResult
    static func withRenderer<Value: Sendable>(
        _ options: RenderOptions = Chromium.options(), _ test: (Renderer) async throws -> Value
    ) async throws -> Value {
        let renderer = try Renderer(options: options)
        do {
            let value = try await test(renderer)
            await renderer.close()
            return value
        } catch {
            await renderer.close()
            throw error
        }
    }

    @Test func aPageThatIsAllowedIsShown() async throws {
        let site = try await LocalSite.start { head in
            switch head.uri {
            case "/": .redirect("/page?a=b")
            case "/style.css": .page("body { background: #ff0000; margin: 0 }", contentType: "text/css")
            case "/page?a=b":
                .page(
                    """
                    <!doctype html><html lang="en"><title>A page</title><link rel="stylesheet" href="/style.css">
                    <h1>Heading</h1><p>Words of a server</p><script>fetch("/data").then(answer => answer.text())
                    .then(text => document.body.append(text))</script>
                    """)
            default: .page("added later", contentType: "text/plain")
            }
        }
        let screenshot = try await Self.withRenderer(Chromium.options { $0.settleSeconds = 50 }) { renderer in
            try await renderer.capture(
                "http://127.0.0.1:\(site.port)/", viewport: Self.viewport, policy: try Self.policy(["127.0.0.1"]))
        }
        #expect(screenshot.title == "A page")
        #expect(screenshot.texts.compactMap(\.text) == ["Heading", "Words of a server", "added later"])
        #expect(screenshot.image.width == 800 && screenshot.image.height == 600)
        #expect(Array(screenshot.image.pixels.prefix(3)) == [255, 0, 0])
        #expect(screenshot.refused.isEmpty)
        #expect(site.heads.allSatisfy { !$0.headers.contains(name: "Proxy-Authorization") })
        await site.stop()
    }

    @Test func aPageIsNotShownWhileANameItAsksForIsLookedUp() async throws {
        let site = try await LocalSite.start { head in
            guard head.uri == "/" else {
                return .page("document.body.append('came late')", contentType: "text/javascript")
            }
            let port = head.headers.first(name: "Host")?.split(separator: ":").last ?? ""
            return .page(
                """
                <body><script>onload = () => {
                  const late = document.createElement("script");
                  late.src = "http://slow.example:\(port)/late.js";
                  document.body.append(late);
                };</script>
                """)
        }
        let gatekeeper = Gatekeeper(try Self.policy(["127.0.0.0/8"]), resolver: SlowResolver(seconds: 2))
        let screenshot = try await Self.withRenderer(Chromium.options { $0.settleSeconds = 50 }) { renderer in
            try await renderer.capture(
                "http://quick.example:\(site.port)/", viewport: Self.viewport, past: gatekeeper)
        }
        #expect(screenshot.texts.compactMap(\.text) == ["came late"])
        await site.stop()
    }

    @Test(arguments: ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "①②⑦.0.0.1"])
    func withoutPermissionTheServerSeesNothing(host: String) async throws {
        let site = try await LocalSite.start { _ in .page("secret") }
        var policy = CapturePolicy.publicOnly
        policy.ports = nil
        try await Self.withRenderer { renderer in
            let error = await #expect(throws: CaptureError.self) {
                try await renderer.capture(
                    "http://\(host):\(site.port)/", viewport: Self.viewport, policy: policy)
            }
            guard case .refused? = error else {
                Issue.record("\(error as Any)")
                return
            }
        }
        #expect(site.connections == 0)
        await site.stop()
    }

    @Test func aNameThatTurnsToLoopbackAfterTheCheckReachesNothing() async throws {
        let site = try await LocalSite.start { _ in .page("secret") }
        // The first answer is for the check before the browser starts.
        let resolver = ScriptedResolver([["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]])
        let gatekeeper = Gatekeeper(try Self.policy(["127.0.0.2"]), resolver: resolver)
        try await Self.withRenderer { renderer in
            let address = "http://turncoat.example:\(site.port)/"
            await #expect(
                throws: CaptureError.refused(
                    address: address, reason: "127.0.0.1 is a loopback address (RFC 1122), not a public one")
            ) {
                try await renderer.capture(address, viewport: Self.viewport, past: gatekeeper)
            }
        }
        #expect(site.connections == 0)
        await site.stop()
    }

    @Test(arguments: ["127.0.0.1", "localhost", "inside.example", "10.0.0.1", "private.example"], ["http", "https"])
    func aRedirectionIsRefusedAndNamed(host: String, scheme: String) async throws {
        let secret = try await LocalSite.start(host: "127.0.0.1") { _ in .page("secret") }
        let target = "\(scheme)://\(host):\(secret.port)/"
        let site = try await LocalSite.start(host: "127.0.0.2") { _ in .redirect(target) }
        let gatekeeper = Gatekeeper(try Self.policy(["127.0.0.2"]), resolver: NamedResolver())
        try await Self.withRenderer { renderer in
            let error = await #expect(throws: CaptureError.self) {
                try await renderer.capture(
                    "http://127.0.0.2:\(site.port)/", viewport: Self.viewport, past: gatekeeper)
            }
            guard case .refused(let address, _)? = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(Destination(ofAddress: address) == Destination("\(host):\(secret.port)", defaultPort: nil))
        }
        #expect(secret.connections == 0)
        await site.stop()
        await secret.stop()
    }

    /// Everything a page can ask of a place.
    static func hostilePage(_ places: [String], datagramPort: Int) -> String {
        let markup = places.map { place in
            """
            <link rel="stylesheet" href="http://\(place)/style.css"><link rel="preconnect" href="http://\(place)">
            <link rel="dns-prefetch" href="//\(place)"><link rel="prefetch" href="http://\(place)/prefetch">
            <style>p { background: url(http://\(place)/background.png) }</style>
            <img src="http://\(place)/image.png" alt=""><img src="https://\(place)/image.png" alt="">
            <iframe src="http://\(place)/frame.html" title="a"></iframe><script src="http://\(place)/script.js"></script>
            <object data="http://\(place)/object"></object><video src="http://\(place)/video.mp4"></video>
            """
        }
        let quoted = places.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            <!doctype html><html lang="en"><title>Hostile</title><h1>Hostile page</h1><p>Text</p>
            \(markup.joined(separator: "\n"))
            <script>
            const attempt = action => { try { action()?.catch?.(() => {}) } catch (error) {} }
            for (const place of [\(quoted)]) {
                attempt(() => fetch(`http://${place}/fetch`, {mode: "no-cors"}))
                attempt(() => new WebSocket(`ws://${place}/socket`))
                attempt(() => new WebSocket(`wss://${place}/socket`))
                attempt(() => new EventSource(`http://${place}/events`))
                attempt(() => navigator.sendBeacon(`http://${place}/beacon`, "x"))
                attempt(() => window.open(`http://${place}/window`))
                attempt(() => new WebTransport(`https://${place}/transport`).closed)
                attempt(() => new WebTransport(`https://127.0.0.1:\(datagramPort)/transport`).closed)
                const code = `fetch("http://${place}/worker", {mode: "no-cors"}).catch(() => {});
                    new WebSocket("ws://${place}/worker-socket")`
                attempt(() => new Worker(URL.createObjectURL(new Blob([code]))))
                attempt(() => {
                    const ice = ["stun:127.0.0.1:\(datagramPort)", `stun:${place}`]
                    const relay = {urls: `turn:${place}?transport=tcp`, username: "a", credential: "b"}
                    const peer = new RTCPeerConnection({iceServers: [{urls: ice}, relay]})
                    peer.createDataChannel("a")
                    return peer.createOffer().then(offer => peer.setLocalDescription(offer))
                })
            }
            </script>
            """
    }

    @Test(arguments: [true, false]) func aHostilePageReachesNothingAndEveryAttemptIsListed(judged: Bool) async throws {
        let secret = try await LocalSite.start(host: "127.0.0.1") { _ in .page("secret") }
        let datagrams = try await DatagramCounter.start()
        let port = secret.port
        let places = [
            "127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)", "0.0.0.0:\(port)", "10.1.2.3", "169.254.169.254",
            "inside.example:\(port)", "private.example",
        ]
        let html = Self.hostilePage(places, datagramPort: datagrams.port)
        let site = try await LocalSite.start(host: "127.0.0.2") { $0.uri == "/" ? .page(html) : .page("") }
        let gatekeeper = Gatekeeper(try Self.policy(["127.0.0.2"]), resolver: NamedResolver())
        let address = "http://127.0.0.2:\(site.port)/"
        let refused = try await Self.withRenderer { renderer in
            // With the browser's own checks, and with none but the proxy's.
            guard judged else { return try await Self.captureUnjudged(renderer, address, gatekeeper) }
            let screenshot = try await renderer.capture(address, viewport: Self.viewport, past: gatekeeper)
            #expect(screenshot.texts.compactMap(\.text).contains("Hostile page"))
            return screenshot.refused
        }
        #expect(secret.connections == 0)
        #expect(datagrams.count == 0)
        let listed = Set(refused.compactMap { Destination(ofAddress: $0.address) })
        for place in places {
            for scheme in ["http", "https"] {
                let destination = try #require(Destination(ofAddress: "\(scheme)://\(place)/"))
                #expect(listed.contains(destination), "\(destination)")
            }
            guard judged, place.first?.isNumber == true else { continue }
            for path in ["image.png", "frame.html", "script.js", "style.css", "fetch", "worker", "window"] {
                #expect(refused.contains { $0.address == "http://\(place)/\(path)" }, "\(place) \(path)")
            }
            #expect(refused.contains { $0.address == "ws://\(place)/socket" }, "\(place)")
        }
        await site.stop()
        await secret.stop()
        await datagrams.stop()
    }

    /// What the proxy refuses when the browser holds nothing back.
    static func captureUnjudged(
        _ renderer: Renderer, _ address: String, _ gatekeeper: Gatekeeper
    ) async throws -> [RefusedRequest] {
        let proxy = try await GuardProxy.start(gatekeeper)
        let way = PageProxy(host: "127.0.0.1", port: proxy.port, user: proxy.user, password: proxy.password)
        do {
            let screenshot = try await renderer.show(
                .network(address: address, proxy: way, judge: { _ in nil }), viewport: viewport)
            #expect(screenshot.texts.compactMap(\.text).contains("Hostile page"))
        } catch {
            await proxy.close()
            throw error
        }
        return await proxy.close().refused
    }

    @Test func aServerThatNeverAnswersCostsOneErrorInTime() async throws {
        let site = try await LocalSite.start { _ in .silence }
        var policy = try Self.policy(["127.0.0.1"])
        policy.seconds = 3
        let address = "http://127.0.0.1:\(site.port)/"
        try await Self.withRenderer { renderer in
            await #expect(throws: CaptureError.timedOut(address: address, seconds: 3)) {
                try await renderer.capture(address, viewport: Self.viewport, policy: policy)
            }
        }
        await site.stop()
    }

    @Test func aServerThatCannotBeReachedIsSaidSo() async throws {
        let site = try await LocalSite.start { _ in .silence }
        let address = "http://127.0.0.1:\(site.port)/"
        await site.stop()
        try await Self.withRenderer { renderer in
            let error = await #expect(throws: CaptureError.self) {
                try await renderer.capture(address, viewport: Self.viewport, policy: .any)
            }
            guard case .unreachable(address, let reason)? = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(reason.contains("refused"), "\(reason)")
        }
    }

    @Test func aPageThatLeavesForARefusedPlaceIsShownAsItWas() async throws {
        let secret = try await LocalSite.start(host: "127.0.0.1") { _ in .page("secret") }
        let port = secret.port
        let site = try await LocalSite.start(host: "127.0.0.2") { _ in
            .page(
                """
                <!doctype html><html lang="en"><title>Leaving</title><h1>Still here</h1>
                <script>location = "http://127.0.0.1:\(port)/away"</script>
                """)
        }
        let policy = try Self.policy(["127.0.0.2"])
        try await Self.withRenderer { renderer in
            let screenshot = try await renderer.capture(
                "http://127.0.0.2:\(site.port)/", viewport: Self.viewport, policy: policy)
            #expect(screenshot.texts.compactMap(\.text) == ["Still here"])
            #expect(screenshot.refused.map(\.address) == ["http://127.0.0.1:\(port)/away"])
        }
        #expect(secret.connections == 0)
        await site.stop()
        await secret.stop()
    }

    @Test func aPageThatLeavesForANameThatLeadsInsideIsRefused() async throws {
        let secret = try await LocalSite.start(host: "127.0.0.1") { _ in .page("secret") }
        let target = "http://inside.example:\(secret.port)/away"
        let site = try await LocalSite.start(host: "127.0.0.2") { _ in
            .page("<!doctype html><title>Leaving</title><h1>Here</h1><script>location = \"\(target)\"</script>")
        }
        let gatekeeper = Gatekeeper(try Self.policy(["127.0.0.2"]), resolver: NamedResolver())
        try await Self.withRenderer { renderer in
            await #expect(
                throws: CaptureError.refused(
                    address: target, reason: "127.0.0.1 is a loopback address (RFC 1122), not a public one")
            ) {
                try await renderer.capture(
                    "http://127.0.0.2:\(site.port)/", viewport: Self.viewport, past: gatekeeper)
            }
        }
        #expect(secret.connections == 0)
        await site.stop()
        await secret.stop()
    }

    @Test func aPageThatGoesOnByItselfIsFollowed() async throws {
        let site = try await LocalSite.start { head in
            switch head.uri {
            case "/": .page("<!doctype html><script>location = '/second'</script>")
            case "/second": .page("<!doctype html><meta http-equiv=refresh content='0; url=/third'>")
            default: .page("<!doctype html><title>Third</title><h1>There</h1>")
            }
        }
        let policy = try Self.policy(["127.0.0.1"])
        try await Self.withRenderer { renderer in
            let shot = try await renderer.capture(
                "http://127.0.0.1:\(site.port)/", viewport: Self.viewport, policy: policy)
            #expect(shot.title == "Third")
            #expect(shot.texts.compactMap(\.text) == ["There"])
        }
        #expect(site.requests.filter { !$0.contains("favicon") } == ["GET /", "GET /second", "GET /third"])
        await site.stop()
    }

    @Test func aCaptureThatIsCancelledLeavesNeitherBrowserNorProxy() async throws {
        let site = try await LocalSite.start { _ in .silence }
        let (address, policy) = ("http://127.0.0.1:\(site.port)/", try Self.policy(["127.0.0.1"]))
        try await Self.withRenderer { renderer in
            let task = Task { try await renderer.capture(address, viewport: Self.viewport, policy: policy) }
            while site.requests.isEmpty { await Task.yield() }
            task.cancel()
            await #expect(throws: CaptureError.notShown(address: address, .cancelled)) { try await task.value }
            #expect(await renderer.sessionNumbers.isEmpty)
        }
        await site.stop()
    }

    @Test func aBrowserIsThereForOneCaptureOnly() async throws {
        let site = try await LocalSite.start { head in
            .page("<!doctype html><p>\(head.headers["Cookie"].isEmpty ? "a stranger" : "known")</p>")
        }
        let (address, policy) = ("http://127.0.0.1:\(site.port)/", try Self.policy(["127.0.0.1"]))
        try await Self.withRenderer { renderer in
            for _ in 0..<2 {
                let shot = try await renderer.capture(address, viewport: Self.viewport, policy: policy)
                #expect(shot.texts.compactMap(\.text) == ["a stranger"])
                #expect(await renderer.sessionNumbers.isEmpty)
            }
        }
        await site.stop()
    }
}

/// Knows two names that lead inside, and asks the system for all others.
struct NamedResolver: HostResolver {
    func addresses(of host: String) async throws -> [IPAddress] {
        let known = ["inside.example": "127.0.0.1", "private.example": "10.9.8.7"]
        if let address = known[host].flatMap({ IPAddress($0) }) { return [address] }
        return try await SystemResolver().addresses(of: host)
    }
}

/// Counts what arrives over UDP.
final class DatagramCounter: Sendable {
    private let arrived = Mutex(0)
    private let channel = Mutex<(any Channel)?>(nil)

    static func start() async throws -> DatagramCounter {
        let counter = DatagramCounter()
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Counting(counter))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        counter.channel.withLock { $0 = channel }
        return counter
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var count: Int { arrived.withLock { $0 } }
    func stop() async { try? await channel.withLock { $0 }?.close().get() }

    private final class Counting: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        private let counter: DatagramCounter
        init(_ counter: DatagramCounter) { self.counter = counter }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { counter.arrived.withLock { $0 += 1 } }
    }
}

/// Every name is this machine's; those that say so take their time.
private struct SlowResolver: HostResolver {
    let seconds: Double

    func addresses(of host: String) async throws -> [IPAddress] {
        if host.hasPrefix("slow") { try await Task.sleep(for: .seconds(seconds)) }
        return [IPAddress("127.0.0.1")].compactMap { $0 }
    }
}
