import Foundation
import Testing

@testable import Render

extension ChromiumSuite {
    /// Pages that try what they must not.
    @Suite struct RendererHostileTests {
        private let viewport = Viewport(width: 400, height: 300)
        private let plain = PageFiles(html: Chromium.page("<p>fine</p>"))

        @Test func nothingReachesTheNetworkAndEverythingIsTold() async throws {
            let listener = try LoopbackListener()
            defer { listener.close() }
            try listener.connectOnce()
            let shot = try await Chromium.show(
                HostilePages.network(port: listener.port), viewport, Chromium.options { $0.settleSeconds = 3 })
            #expect(listener.connections == 1, "the only connection is the test's own")
            #expect(listener.datagrams == 0)
            let refused = Set(shot.refused.map(\.address))
            let host = "127.0.0.1:\(listener.port)"
            for path in [
                "img", "iframe", "data-iframe", "object", "script", "css", "import", "font", "fetch", "beacon",
                "events", "worker", "worker-script", "shared-worker", "prefetch", "preload", "navigation",
                "open", "video",
            ] {
                #expect(refused.contains("http://\(host)/\(path)"), "\(path) is not told")
            }
            for address in [
                "ws://\(host)/socket", "ws://\(host)/worker-socket", "https://\(host)/transport",
                "http://localhost:\(listener.port)/name", "http://[::1]:\(listener.port)/six",
                "http://192.168.0.1/private", "https://example.com/outside",
            ] {
                #expect(refused.contains(address), "\(address) is not told")
            }
            #expect(shot.refused.contains { $0.reason == "service workers are off" })
            #expect(shot.refused.contains { $0.reason == "the page may not be left" })
            #expect(shot.text("still here") != nil)
        }

        @Test(arguments: [
            "<form id=f action='ADDRESS' method=post></form><script>f.submit()</script>",
            "<meta http-equiv=refresh content='0;url=ADDRESS'>",
            "<script>location = 'ADDRESS'</script>",
            "<script>location.reload()</script>",
            "<a id=a href='ADDRESS' download>x</a><script>a.click()</script>",
            "<script>top.open('ADDRESS', '_self')</script>",
        ])
        func aPageCannotBeLeft(markup: String) async throws {
            let listener = try LoopbackListener()
            defer { listener.close() }
            let address = "http://127.0.0.1:\(listener.port)/away"
            let html = Chromium.page("<p>fine</p>" + markup.replacing("ADDRESS", with: address))
            let shot = try await Chromium.show(html, viewport)
            #expect(shot.text("fine") != nil)
            #expect(shot.refused.map(\.reason) == ["the page may not be left"])
            #expect(listener.connections == 0)
        }

        @Test func aPageThatTalksFillsNoDisk() async throws {
            let talk = PageFiles(
                html: Chromium.page(
                    "<p>fine</p><script>for (let i = 0; i < 20000; i++) console.log('x'.repeat(1000))</script>"))
            try await Chromium.withRenderer { renderer in
                for _ in 0..<2 {
                    let shot = try await renderer.render(talk, viewport: viewport)
                    #expect(shot.text("fine") != nil && shot.console.count == PageWarden.lineLimit)
                }
                let parent = NSTemporaryDirectory()
                let names = try FileManager.default.contentsOfDirectory(atPath: parent)
                let sizes = names.filter { $0.hasPrefix(ProfileFolder.prefix) }.compactMap { name in
                    try? FileManager.default.attributesOfItem(atPath: "\(parent)/\(name)/complaints.txt")[.size] as? Int
                }
                #expect(!sizes.isEmpty && sizes.allSatisfy { $0 < 2 << 20 }, "\(sizes)")
            }
        }

        @Test(arguments: ["while (true) {}", "setTimeout(() => { while (true) {} }, 30)", "for (;;) alert(1)"])
        func anEndlessLoopCostsOneErrorAndNoOtherPage(script: String) async throws {
            try await Chromium.withRenderer(Chromium.options { $0.pageSeconds = 6 }) { renderer in
                async let fine = renderer.render(plain, viewport: viewport)
                await #expect(throws: RenderError.timedOut(seconds: 6)) {
                    try await renderer.render(
                        PageFiles(html: Chromium.page("<p>x</p><script>\(script)</script>")), viewport: viewport)
                }
                let shot = try await fine
                #expect(shot.text("fine") != nil)
                try await Chromium.expectToWork(renderer)
            }
        }

        @Test(arguments: [
            "const a = []; for (let i = 0; i < 160; i++) a.push(new Uint8Array(64 << 20).fill(1))",
            "const a = []; for (;;) a.push({ a: [a.length] })",
        ])
        func memoryWithoutEndCostsOneError(script: String) async throws {
            try await Chromium.withRenderer(Chromium.options { $0.memoryBytes = 400 << 20 }) { renderer in
                await #expect(throws: RenderError.tooMuchMemory(limit: 400 << 20)) {
                    try await renderer.render(
                        PageFiles(html: Chromium.page("<p>x</p><script>\(script)</script>")), viewport: viewport)
                }
                try await Chromium.expectToWork(renderer)
            }
        }

        @Test func dialogsAreDismissedAndTold() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    """
                    <p id=p></p><script>
                    alert("one"); p.textContent = confirm("two") + " " + prompt("three"); print();
                    onbeforeunload = () => "stay"; location = "http://192.168.0.1/";
                    </script>
                    """), viewport)
            #expect(shot.text("false null") != nil)
            #expect(
                shot.console.prefix(3).map(\.text) == [
                    "alert was dismissed: one", "confirm was dismissed: two", "prompt was dismissed: three",
                ])
        }

        @Test func twoHundredThousandNodesAreMeasuredInPart() async throws {
            let html = Chromium.page(
                """
                <div id=d></div><script>
                for (let i = 0; i < 200000; i++) { const e = document.createElement("span"); e.textContent = i + " "; d.append(e); }
                </script>
                """, style: "div{height:250px;overflow:hidden;font-size:2px}")
            let shot = try await Chromium.show(html, viewport)
            #expect(shot.elements.count == 5_000)
            #expect((1...5_000).contains(shot.texts.count))
            #expect(shot.console.contains { $0.text == "the page is very large: not everything on it was measured" })
        }

        @Test func aPageThatNeverSettlesIsShownAsItIs() async throws {
            let html = Chromium.page(
                """
                <p id=p></p><script>
                let i = 0;
                setInterval(() => { document.body.style.background = ++i % 2 ? "#f00" : "#00f"; p.textContent = i % 2 ? "red" : "blue"; }, 1);
                (function frame() { p.dataset.x = i; requestAnimationFrame(frame); })();
                </script>
                """)
            let shot = try await Chromium.show(html, viewport, Chromium.options { $0.settleSeconds = 0.3 })
            #expect(shot.console.map(\.level) == ["warning"])
            // What was measured is what was pictured.
            #expect(shot.texts.map(\.text) == [shot.pixel(399, 299) == RGB(255, 0, 0) ? "red" : "blue"])
        }

        @Test func aPageCannotLieAboutItself() async throws {
            let html = Chromium.page(
                """
                <form name=body><input name=parentNode><input name=firstChild><input name=children value=true></form>
                <img name=title><img name=querySelectorAll><p id=getComputedStyle>honest</p>
                <script>
                window.getComputedStyle = () => ({}); Element.prototype.getBoundingClientRect = () => ({ left: 7 });
                Range.prototype.getClientRects = () => []; JSON.stringify = () => "no"; performance.now = () => 0;
                </script>
                """)
            let shot = try await Chromium.show(html, viewport)
            #expect(shot.texts.map(\.text) == ["true", "honest"])
            #expect(shot.title == "Page")
        }

        @Test func endlessTalkIsCut() async throws {
            let html = Chromium.page(
                "<script>for (let i = 0; i < 5000; i++) { console.log('x'.repeat(5000)); new Image().src = 'http://10.0.0.1/' + i }</script>"
            )
            let shot = try await Chromium.show(html, viewport)
            #expect(shot.console.count == PageWarden.lineLimit && shot.refused.count == PageWarden.lineLimit)
            #expect(shot.console.allSatisfy { $0.text.count <= 2_000 })
        }
    }
}

/// Pages that ask for everything.
private enum HostilePages {
    static func network(port: UInt16) -> String {
        let host = "127.0.0.1:\(port)"
        return """
            <!doctype html><title>All</title><link rel=preconnect href=http://\(host)>
            <link rel=dns-prefetch href=//outside.example><link rel=prefetch href=http://\(host)/prefetch>
            <link rel=preload as=image href=http://\(host)/preload><link rel=stylesheet href=http://\(host)/css>
            <script type=speculationrules>{"prerender":[{"urls":["http://\(host)/speculation"],"eagerness":"immediate"}]}</script>
            <style>@import url(http://\(host)/import);@font-face{font-family:f;src:url(http://\(host)/font)}p{font-family:f}</style>
            <p>still here</p><img src=http://\(host)/img><iframe src=http://\(host)/iframe></iframe>
            <iframe src="data:text/html,<img src=http://\(host)/data-iframe>"></iframe>
            <object data=http://\(host)/object></object><video src=http://\(host)/video></video>
            <img src=http://localhost:\(port)/name><img src=http://[::1]:\(port)/six><img src=http://192.168.0.1/private>
            <img src=https://example.com/outside><script src=http://\(host)/script></script>
            <script>
            const attempt = it => { try { it() } catch {} };
            attempt(() => fetch("http://\(host)/fetch").catch(() => {}));
            attempt(() => new WebSocket("ws://\(host)/socket"));
            attempt(() => new WebTransport("https://\(host)/transport").ready.catch(() => {}));
            attempt(() => new EventSource("http://\(host)/events"));
            attempt(() => navigator.sendBeacon("http://\(host)/beacon"));
            attempt(() => new Worker(URL.createObjectURL(new Blob([`fetch("http://\(host)/worker").catch(() => {});
              try { new WebSocket("ws://\(host)/worker-socket") } catch {}
              importScripts("http://\(host)/worker-script")`]))));
            attempt(() => new SharedWorker(URL.createObjectURL(new Blob([`fetch("http://\(host)/shared-worker")`]))));
            attempt(() => navigator.serviceWorker.register("/index.html").catch(() => {}));
            attempt(() => { const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:\(host)" },
              { urls: "turn:\(host)?transport=tcp", username: "a", credential: "b" }] });
              peer.createDataChannel("x"); peer.createOffer().then(it => peer.setLocalDescription(it)); });
            attempt(() => open("http://\(host)/open"));
            setTimeout(() => { location = "http://\(host)/navigation" }, 50);
            // Sockets are given time: the page is not at rest before.
            setInterval(() => { document.body.dataset.time = Date.now() }, 30);
            </script>
            """
    }
}
