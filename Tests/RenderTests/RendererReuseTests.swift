// Pages without scripts are shown one after the other in one tab. Nobody can tell: what is shown, measured and told is what
// a fresh browser shows, whatever was there before.
import Foundation
import Media
import Support
import Testing

@testable import Render

extension ChromiumSuite {
    @Suite struct RendererReuseTests {
        private static let viewport = Viewport(width: 400, height: 300)

        /// Every design of the repository with its window.
        private static func designs() throws -> [(name: String, page: PageFiles, viewport: Viewport)] {
            try [("designs/sources", 448, 448), ("designs/screens/sources", 1280, 800)].flatMap {
                folder, width, height in
                let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path(folder)).sorted()
                return try names.filter { $0.hasSuffix(".html") }.map { name in
                    let html = String(decoding: try Fixtures.data("\(folder)/\(name)"), as: UTF8.self)
                    return (name, PageFiles(html: html), Viewport(width: width, height: height))
                }
            }
        }

        @Test func aKeptTabShowsWhatAFreshOneShows() async throws {
            let designs = try Self.designs()
            #expect(designs.count == 24)
            let fresh = Chromium.options { $0.pagesPerBrowser = 1 }
            try await Chromium.withRenderer { kept in
                // Once before, so that every page has had others, and itself, in its tab.
                for (_, page, viewport) in designs { _ = try await kept.render(page, viewport: viewport) }
                try await Chromium.withRenderer(fresh) { fresh in
                    for (name, page, viewport) in designs {
                        let (one, other) = (
                            try await kept.render(page, viewport: viewport),
                            try await fresh.render(page, viewport: viewport)
                        )
                        #expect(one.image == other.image, "\(name)")
                        #expect(one.texts == other.texts && one.elements == other.elements, "\(name)")
                        #expect(one.accessibility == other.accessibility && one.console == other.console, "\(name)")
                    }
                }
            }
        }

        @Test func windowsAndScalesChangeFromPageToPage() async throws {
            let page = PageFiles(html: Chromium.page("<p>fine</p>", style: "body{background:#123456}"))
            try await Chromium.withRenderer { renderer in
                for (width, height, scale) in [(400, 300, 1.0), (200, 500, 2), (640, 100, 0.5), (400, 300, 1)] {
                    let viewport = Viewport(width: width, height: height, scale: scale)
                    let shot = try await renderer.render(page, viewport: viewport)
                    #expect(shot.image.width == Int(Double(width) * scale))
                    #expect(shot.image.height == Int(Double(height) * scale))
                    #expect(shot.pixel(shot.image.width - 1, shot.image.height - 1) == RGB(0x12, 0x34, 0x56))
                }
            }
        }

        @Test func filesOfOneNameAreNotMistaken() async throws {
            let html = Chromium.page("<img src=a.png><link rel=stylesheet href=a.css>")
            try await Chromium.withRenderer { renderer in
                for shade in [UInt8(10), 200, 90] {
                    let picture = try Image(width: 20, height: 20, fill: (shade, 0, 0)).encodedPNG()
                    let style = "body{background:rgb(0,0,\(shade))}"
                    let page = PageFiles(
                        entry: "index.html",
                        files: ["index.html": Array(html.utf8), "a.png": picture, "a.css": Array(style.utf8)])
                    let shot = try await renderer.render(page, viewport: Self.viewport)
                    #expect(shot.pixel(5, 5) == RGB(shade, 0, 0))
                    #expect(shot.pixel(300, 200) == RGB(0, 0, shade))
                }
            }
        }

        @Test func aPageWithScriptsNeitherLeavesNorFindsAnything() async throws {
            let plain = PageFiles(html: Chromium.page("<a href='#x'>link</a>"))
            let writes = PageFiles(
                html: Chromium.page(
                    """
                    <p id=p>-</p><script>
                    p.textContent = [localStorage.a ?? "none", document.cookie || "none", name || "none", history.length]
                    localStorage.a = document.cookie = name = "left"
                    </script>
                    """))
            try await Chromium.withRenderer { renderer in
                let before = try await renderer.render(plain, viewport: Self.viewport)
                for _ in 0..<2 {
                    let shot = try await renderer.render(writes, viewport: Self.viewport)
                    #expect(shot.text("none,none,none,1") != nil, "\(shot.texts.map(\.text))")
                    let after = try await renderer.render(plain, viewport: Self.viewport)
                    #expect(after.image == before.image)
                }
            }
        }

        @Test func whatThePageBeforeDidIsNotToldOfTheNext() async throws {
            let noisy = PageFiles(html: Chromium.page("<img src=http://10.0.0.1/x.png><img src=missing.png>"))
            let plain = PageFiles(html: Chromium.page("<p>fine</p>"))
            try await Chromium.withRenderer { renderer in
                for _ in 0..<3 {
                    let shot = try await renderer.render(noisy, viewport: Self.viewport)
                    #expect(shot.refused.map(\.address) == ["http://10.0.0.1/x.png"] && shot.console.count == 1)
                    let next = try await renderer.render(plain, viewport: Self.viewport)
                    #expect(next.refused.isEmpty && next.console.isEmpty)
                    #expect(next.texts.map(\.text) == ["fine"])
                }
            }
        }

        @Test func aScriptThatWasOverlookedDoesNotRun() async throws {
            // Markup that no search can tell from words: the page is taken for one without scripts.
            let hidden = PageFiles(
                entry: "index.html",
                files: [
                    "index.html": Array(Chromium.page("<p id=p>quiet</p><img src=a.bin>").utf8),
                    "a.bin": Array(
                        "<svg xmlns='http://www.w3.org/2000/svg'><script>parent.p.textContent='loud'</script></svg>"
                            .utf8),
                ])
            #expect(!hidden.mayHaveScripts)
            try await Chromium.withRenderer { renderer in
                let shot = try await renderer.render(hidden, viewport: Self.viewport)
                #expect(shot.texts.map(\.text) == ["quiet"])
            }
        }
    }
}
