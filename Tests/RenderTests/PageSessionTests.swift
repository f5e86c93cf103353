// Pages that are used: acts are real, projects are walked through, and what must not happen does not.
import Foundation
import Media
import Testing

@testable import Render

extension ChromiumSuite {
    @Suite struct PageSessionTests {
        private static let viewport = Viewport(width: 400, height: 300)

        private func drive<Outcome: Sendable>(
            _ files: [String: String], _ options: RenderOptions = Chromium.options(), seconds: Double = 300,
            _ body: @Sendable (PageSession) async throws -> Outcome
        ) async throws -> Outcome {
            let page = PageFiles(entry: "index.html", files: files.mapValues { Array($0.utf8) })
            return try await Chromium.withRenderer(options) {
                try await $0.drive(page, viewport: Self.viewport, seconds: seconds, body)
            }
        }

        @Test(arguments: ["", "<script>document.title = 'scripted'</script>"])
        func aClickOnALinkLeadsToAnotherFileOfTheProject(script: String) async throws {
            let style = "a{position:absolute;left:100px;top:100px;width:80px;height:40px}"
            let files = [
                "index.html": Chromium.page(
                    "<p>first</p><a href='pages/next%20one.html?x=1#y'>go</a>" + script, style: style),
                "pages/next one.html": Chromium.page(
                    "<p>second</p><a href=../index.html>back</a>" + script, style: style),
            ]
            let seen = try await drive(files) { session in
                var seen = [try await session.path + ": " + (try await session.screenshot().texts[0].text ?? "")]
                for _ in 0..<3 {
                    try await session.click(x: 140, y: 110)
                    seen.append(try await session.path + ": " + (try await session.screenshot().texts[0].text ?? ""))
                }
                return seen
            }
            let (first, second) = ("index.html: first", "pages/next one.html: second")
            #expect(seen == [first, second, first, second])
        }

        @Test func whatIsTypedStandsInTheFieldThatWasClicked() async throws {
            let html = Chromium.page(
                """
                <form onsubmit="event.preventDefault(); document.querySelector('p').textContent = 'sent ' + i.value">
                <input id=i oninput="document.title = this.value"></form><p>none</p>
                """, style: "input{position:absolute;left:10px;top:100px;width:200px;height:30px}")
            let (before, after, sent) = try await drive(["index.html": html]) { session in
                let before = try await session.screenshot()
                try await session.click(x: 50, y: 115)
                try await session.type("Ada Løvelace")
                try await session.press(.backspace)
                let after = try await session.screenshot()
                try await session.press(.enter)
                return (before, after, try await session.screenshot())
            }
            #expect(before.texts.map(\.text) == ["none"])
            #expect(after.title == "Ada Løvelac" && after.text("Ada Løvelac") != nil)
            #expect(sent.text("sent Ada Løvelac") != nil)
        }

        @Test func aPageIsSeenFromWhereItWasScrolledTo() async throws {
            let html = Chromium.page(
                "<i></i><b>deep</b>",
                style: "i{display:block;height:900px;background:#f00}b{display:block;height:800px;background:#00f}")
            let (top, scrolled, again) = try await drive(["index.html": html]) { session in
                let top = try await session.screenshot()
                try await session.scroll(y: 700)
                let scrolled = try await session.screenshot()
                try await session.scroll(y: -200)
                return (top, scrolled, try await session.screenshot())
            }
            #expect(top.image.width == 400 && top.image.height == 300 && top.pixel(5, 299) == RGB(255, 0, 0))
            #expect(scrolled.image.height == 300)
            #expect(scrolled.pixel(5, 199) == RGB(255, 0, 0) && scrolled.pixel(300, 200) == RGB(0, 0, 255))
            #expect(scrolled.text("deep")?.box.y == 200)
            #expect(again.pixel(300, 299) == RGB(255, 0, 0), "500 px down there is no blue yet")
        }

        @Test func aPageThatActsLaterIsWaitedFor() async throws {
            let html = Chromium.page(
                "<p>wait</p><script>onclick = () => setTimeout(() => { location = 'b.html' }, 80)</script>")
            let path = try await drive(["index.html": html, "b.html": Chromium.page("<p>there</p>")]) { session in
                try await session.click(x: 200, y: 200)
                #expect(try await session.screenshot().texts.map(\.text) == ["there"])
                return try await session.path
            }
            #expect(path == "b.html")
        }

        @Test(arguments: ["http://127.0.0.1:PORT/away", "missing.html", "file:///etc/passwd"])
        func nothingButTheProjectIsReached(address: String) async throws {
            let listener = try LoopbackListener()
            defer { listener.close() }
            let target = address.replacing("PORT", with: "\(listener.port)")
            let html = Chromium.page("<p>fine</p><script>onclick = () => { location = '\(target)' }</script>")
            let shot = try await drive(["index.html": html]) { session in
                try await session.click(x: 200, y: 200)
                return try await session.screenshot()
            }
            #expect(shot.text("fine") != nil)
            #expect(listener.connections == 0)
            if !address.hasPrefix("file:") { #expect(shot.refused.map(\.reason) == ["the page may not be left"]) }
        }

        @Test(arguments: [
            "onclick = () => { while (true) {} }",
            "onclick = () => { location = 'index.html' }; if (performance.navigation.type !== 9) dispatchEvent(new Event('click'))",
        ])
        func anActThatNeverEndsCostsOneErrorAndNoOtherPage(script: String) async throws {
            let page = PageFiles(html: Chromium.page("<p>fine</p><script>\(script)</script>"))
            try await Chromium.withRenderer(Chromium.options { $0.pageSeconds = 4 }) { renderer in
                await #expect(throws: RenderError.timedOut(seconds: 4)) {
                    try await renderer.drive(page, viewport: Self.viewport, seconds: 300) { session in
                        try await session.click(x: 200, y: 200)
                    }
                }
                try await Chromium.expectToWork(renderer)
            }
        }

        @Test func aSessionEndsAfterItsTime() async throws {
            let html = Chromium.page("<p>fine</p>")
            await #expect(throws: RenderError.timedOut(seconds: 3)) {
                try await drive(["index.html": html], seconds: 3) { session in
                    while true { try await session.click(x: 1, y: 1) }
                }
            }
        }

        @Test func whatTheDriverThrowsComesOutAndTheRendererGoesOn() async throws {
            struct Enough: Error {}
            let page = PageFiles(html: Chromium.page("<p>fine</p>"))
            try await Chromium.withRenderer { renderer in
                await #expect(throws: Enough.self) {
                    try await renderer.drive(page, viewport: Self.viewport, seconds: 60) { _ in throw Enough() }
                }
                await #expect(throws: RenderError.entryMissing(path: "a.html")) {
                    try await renderer.drive(PageFiles(entry: "a.html", files: [:]), viewport: Self.viewport) { _ in }
                }
                try await Chromium.expectToWork(renderer)
            }
        }

        @Test func aCancelledSessionEnds() async throws {
            let page = PageFiles(html: Chromium.page("<p>fine</p>"))
            try await Chromium.withRenderer { renderer in
                let task = Task {
                    try await renderer.drive(page, viewport: Self.viewport) { session in
                        while true { try await session.scroll(y: 10) }
                    }
                }
                try await Task.sleep(for: .seconds(1))
                task.cancel()
                await #expect(throws: RenderError.cancelled) { try await task.value }
                try await Chromium.expectToWork(renderer)
            }
        }
    }
}
