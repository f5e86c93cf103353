import Foundation
import Media
import Testing

@testable import Render

extension ChromiumSuite {
    @Suite struct RendererTests {
        @Test func textsLieWhereThePagePutsThem() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    """
                    <div id=a>Hello</div><div id=b>one two <b>three</b></div><div id=c>alpha beta gamma</div>
                    """,
                    style: """
                        div{position:absolute;font:20px monospace;color:#123456}
                        #a{left:30px;top:40px}#b{left:200px;top:100px}#c{left:10px;top:200px;width:11ch;font-weight:700}
                        """))
            let hello = try #require(shot.text("Hello"))
            let box = try #require(shot.elements.first { $0.selector == "body > main:nth-child(1) > div:nth-child(1)" })
            #expect(hello.box.x == 30 && hello.box.y == 40)
            #expect(hello.box.width == box.box.width && hello.box.height == box.box.height)
            #expect(hello.colour == RGB(0x12, 0x34, 0x56))
            #expect(hello.fontSize == 20 && hello.fontWeight == 400)
            #expect(hello.selector == box.selector)
            #expect(shot.texts.map(\.text) == ["Hello", "one two", "three", "alpha beta", "gamma"])
            #expect(shot.text("three")?.selector == "body > main:nth-child(1) > div:nth-child(2) > b:nth-child(1)")
            #expect(shot.text("three")?.fontWeight == 700)
            let (first, second) = (try #require(shot.text("alpha beta")), try #require(shot.text("gamma")))
            #expect(first.box.x == 10 && second.box.x == 10 && second.box.y > first.box.y + 15)
        }

        @Test func thePictureShowsTheTextWhereItsBoxLies() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    "<p>Dark</p>", style: "p{position:absolute;left:50px;top:60px;margin:0;font:30px sans-serif}"))
            let box = try #require(shot.text("Dark")).box
            var dark: [(x: Int, y: Int)] = []
            for y in 0..<shot.image.height {
                for x in 0..<shot.image.width where shot.pixel(x, y).green < 100 { dark.append((x, y)) }
            }
            #expect(!dark.isEmpty)
            #expect(
                dark.allSatisfy {
                    Double($0.x) >= box.x && Double($0.x) <= box.right && Double($0.y) >= box.y
                        && Double($0.y) <= box.bottom
                })
        }

        @Test func whatIsNotSeenIsNotRead() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    """
                    <p>seen</p><p style="display:none">a</p><p style="visibility:hidden">b<span style="visibility:visible">shown</span></p>
                    <p style="opacity:0">c</p><p style="position:absolute;left:-500px">d</p>
                    <p style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">e</p>
                    <div style="width:85px;height:20px;overflow:hidden;white-space:nowrap">cut off here <i style="margin-left:90px">f</i></div>
                    <p style="color:transparent">g</p><noscript>h</noscript><template>i</template><svg><text y=20>drawn</text></svg>
                    """, style: "div,p{margin:0;font:16px monospace}"))
            #expect(shot.texts.map(\.text) == ["seen", "shown", "cut off", "drawn"])
        }

        @Test func fieldsShowTheirValuesAndPlaceholders() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    """
                    <input placeholder="Your name"><input value=Ada><input type=password value=four><input type=submit>
                    <textarea>two\nlines</textarea><select><option>no<option selected>chosen</select><button>press</button>
                    """))
            #expect(
                shot.texts.map(\.text) == ["Your name", "Ada", "••••", "Submit", "two", "lines", "chosen", "press"])
            let field = try #require(shot.elements.first { $0.tag == "input" })
            let placeholder = try #require(shot.text("Your name"))
            #expect(field.box.intersection(placeholder.box) == placeholder.box)
        }

        @Test func opacityIsPartOfAColour() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    """
                    <p id=a>half</p><div id=b><p>quarter</p></div><p id=c>veil</p>
                    """,
                    style: """
                        p{color:#000}#a{opacity:.5}#b{background:#00f;opacity:.5}#b p{opacity:.5;color:#fff}
                        #c{background:#fff;color:rgb(255 0 0/.5)}
                        """))
            #expect(shot.text("half")?.colour == RGB(128, 128, 128))
            #expect(shot.text("veil")?.colour == RGB(255, 128, 128))
            // White, a quarter of it, on blue in a group that is half there: what lies under the group is white.
            #expect(shot.text("quarter")?.colour == RGB(191, 191, 255))
        }

        @Test func aProjectsFilesAreServed() async throws {
            let red = Image(width: 4, height: 4, fill: (255, 0, 0))
            let page = PageFiles(
                entry: "pages/start page.html",
                files: [
                    "pages/start page.html": Array(
                        """
                        <!doctype html><link rel=stylesheet href="../css/style.css?v=1"><img src="../images/a%20b.png">
                        <img src=missing.png><script type=module src="../app.js"></script>
                        """.utf8),
                    "css/style.css": Array("body{margin:0;background:#0000ff}img{display:block}".utf8),
                    "images/a b.png": try red.encodedPNG(),
                    "app.js": Array("console.log('ran', 1, true); document.title = 'set'; crypto.randomUUID()".utf8),
                ])
            let shot = try await Chromium.withRenderer {
                try await $0.render(page, viewport: Viewport(width: 100, height: 50))
            }
            #expect(shot.pixel(1, 1) == RGB(255, 0, 0) && shot.pixel(80, 40) == RGB(0, 0, 255))
            #expect(shot.title == "set")
            #expect(shot.console.map(\.level) == ["error", "log"])
            #expect(shot.console.first?.text.hasSuffix("pages/missing.png: the project has no such file") == true)
            #expect(shot.console.last?.text == "ran 1 true")
            #expect(shot.refused.isEmpty)
        }

        @Test func thePictureIsAsHighAsThePageAndTheWindowStays() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    "<div id=a></div><div id=b></div>",
                    style: "#a{height:100vh;background:#f00}#b{height:1000px;background:#00f}"))
            #expect(shot.image.width == 400 && shot.image.height == 1300)
            #expect(shot.pixel(200, 299) == RGB(255, 0, 0) && shot.pixel(200, 300) == RGB(0, 0, 255))
            #expect(shot.pixel(200, 1299) == RGB(0, 0, 255))
            let short = try await Chromium.show(Chromium.page("short"))
            #expect(short.image.height == 300)
        }

        @Test func aScaleMultipliesThePictureAlone() async throws {
            let html = Chromium.page("<p>text</p>", style: "p{margin:10px}")
            let one = try await Chromium.show(html)
            let two = try await Chromium.show(html, Viewport(width: 400, height: 300, scale: 2))
            #expect(two.image.width == 800 && two.image.height == 600)
            #expect(abs(two.texts[0].box.x - one.texts[0].box.x) < 0.01)
            #expect(abs(two.texts[0].box.width - one.texts[0].box.width) < 1)
        }

        @Test func overflowIsMeasured() async throws {
            let wide = "<div style='width:550px;height:10px'></div>"
            let (page, fitting) = (Chromium.page(wide), Chromium.page("fits"))
            let cut = Chromium.page(wide, style: "body{overflow-x:hidden}")
            let shots = [try await Chromium.show(page), try await Chromium.show(fitting), try await Chromium.show(cut)]
            // What cannot be scrolled to does not count.
            #expect(shots.map(\.overflow) == [150, 0, 0])
        }

        @Test func elementsComeWithComputedValues() async throws {
            let shot = try await Chromium.show(
                Chromium.page(
                    "<section class='card  big'><p>x</p></section>",
                    style:
                        ".card{display:flex;gap:7px;padding:1px 2px 3px 4px;border-radius:9px;background:#abcdef;width:50%}"
                ))
            #expect(shot.elements.map(\.tag) == ["body", "main", "section", "p"])
            let card = shot.elements[2]
            #expect(card.classes == ["card", "big"] && card.parent == "body > main:nth-child(1)")
            #expect(shot.elements[0].parent == nil && shot.elements[0].selector == "body")
            #expect(card.box.width == 206 && card.style["width"] == "200px")
            #expect(card.style["row-gap"] == "7px" && card.style["padding-left"] == "4px")
            #expect(card.style["border-top-left-radius"] == "9px" && card.style["display"] == "flex")
            #expect(card.style["background-color"] == "rgb(171, 205, 239)")
            #expect(Set(card.style.keys) == Set(Renderer.styleProperties))
            #expect(card.style.values.allSatisfy { !$0.isEmpty })
        }

        @Test func accessibilityFaultsAreFound() async throws {
            let good = try await Chromium.show(
                Chromium.page(
                    """
                    <h1>One</h1><h2>Two</h2><button aria-label=close></button><a href=#x><img alt=home></a>
                    <label>Name <input></label><img alt="">
                    """))
            #expect(good.accessibility.findings.isEmpty)
            #expect(
                good.accessibility.checked == [.name: 4, .contrast: 3, .landmark: 1, .heading: 2, .document: 2])
            let bad = try await Chromium.show(
                """
                <!doctype html><body><h2>First</h2><h4>Skips</h4><button></button><input><img width=9 height=9>
                <p style="color:#999">pale</p><p style="color:#999;font-size:24px">large and pale</p>
                <p style="color:#fff;background:linear-gradient(#000,#fff)">on a picture</p>
                """)
            let findings = bad.accessibility.findings
            #expect(
                findings.filter { $0.rule == .name }.map(\.message)
                    == ["the button has no name", "the field has no name", "the image has no name"])
            #expect(findings.filter { $0.rule == .heading }.count == 2)
            #expect(findings.filter { $0.rule == .landmark }.count == 1)
            #expect(findings.filter { $0.rule == .document }.count == 2)
            let contrast = findings.filter { $0.rule == .contrast }
            #expect(
                contrast.map(\.message) == [
                    "#999999 on #ffffff is 2.84 to 1; 4.5 to 1 is needed",
                    "#999999 on #ffffff is 2.84 to 1; 3 to 1 is needed",
                ])
            #expect(contrast.first?.selector == "body > p:nth-child(6)")
        }

        @Test func withoutScriptsAPageIsShownAsItIsWritten() async throws {
            let html = Chromium.page(
                "<p>written</p><script>document.body.textContent='changed'</script><noscript>plain</noscript>")
            let shot = try await Chromium.show(
                html, Viewport(width: 400, height: 300), Chromium.options { $0.javascript = false })
            #expect(shot.texts.map(\.text) == ["written", "plain"])
        }

        @Test(arguments: [
            Viewport(width: 0, height: 10), Viewport(width: 10, height: 16_385),
            Viewport(width: 10, height: 10, scale: 5),
            Viewport(width: 10, height: 10, scale: .nan),
        ])
        func impossibleWindowsAreRefused(viewport: Viewport) async throws {
            let renderer = try Renderer()
            do {
                _ = try await renderer.render(PageFiles(html: ""), viewport: viewport)
                Issue.record("\(viewport) was accepted")
            } catch {
                guard case .invalidViewport = error else { throw error }
            }
            #expect(await renderer.sessionNumbers.isEmpty)
        }

        @Test func picturesThatAreTooLargeAreRefused() async throws {
            try await Chromium.withRenderer(Chromium.options { $0.pagePixels = 1_000_000 }) { renderer in
                let viewport = Viewport(width: 400, height: 300)
                let large = PageFiles(html: Chromium.page("<div style='height:2501px'></div>"))
                await #expect(throws: RenderError.tooLarge(width: 400, height: 2501, limit: 1_000_000)) {
                    try await renderer.render(large, viewport: viewport)
                }
                let long = PageFiles(html: Chromium.page("<div style='height:1e6px'></div>"))
                await #expect(throws: RenderError.tooLarge(width: 400, height: 1_000_000, limit: 1_000_000)) {
                    try await renderer.render(long, viewport: viewport)
                }
                // The browser is not to blame.
                let before = await renderer.sessionNumbers
                try await Chromium.expectToWork(renderer)
                #expect(await renderer.sessionNumbers == before)
            }
        }

        @Test func aProjectWithoutItsEntryIsRefused() async throws {
            let renderer = try Renderer()
            await #expect(throws: RenderError.entryMissing(path: "start.html")) {
                try await renderer.render(
                    PageFiles(entry: "start.html", files: ["index.html": []]), viewport: Viewport(width: 9, height: 9))
            }
        }

        @Test func theSamePageGivesTheSamePixels() async throws {
            let html = Chromium.page(
                "<h1>Title</h1><input autofocus value=text><div id=d></div>",
                style: "@keyframes k{to{width:300px}}#d{height:20px;background:#080;animation:k 3s infinite}")
            try await Chromium.withRenderer { renderer in
                let viewport = Viewport(width: 400, height: 300)
                let first = try await renderer.render(PageFiles(html: html), viewport: viewport)
                let second = try await renderer.render(PageFiles(html: html), viewport: viewport)
                #expect(first.image == second.image)
            }
        }
    }
}
