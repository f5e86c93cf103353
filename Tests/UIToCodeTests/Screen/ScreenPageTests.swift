// What a page written from measured parts must be.
import Render
import Testing

@testable import UIToCode

@Suite struct ScreenPageTests {
    private let ink = RGB(17, 24, 39)
    private let white = RGB(255, 255, 255)

    private func box(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: RGB? = nil, radius: Double = 0
    ) -> ScreenPart {
        let look = ScreenLook(background: colour, radius: radius)
        return ScreenPart(kind: .box(look), box: Box(x: x, y: y, width: width, height: height))
    }

    private func text(
        _ words: String, _ x: Double, _ y: Double, width: Double = 80, size: Double = 14, isBold: Bool = false
    ) -> ScreenPart {
        let text = ScreenText(
            lines: [words], fontSize: size, lineHeight: size + 6, isBold: isBold, colour: ink, family: "sans-serif")
        return ScreenPart(kind: .text(text), box: Box(x: x, y: y, width: width, height: size + 6))
    }

    // A header with two texts, a card with a text and a button, two texts side by side.
    private var shop: [ScreenPart] {
        [
            box(0, 0, 1000, 60, RGB(15, 23, 42)), text("Shop", 24, 20), text("Log in", 896, 20),
            text("Welcome", 40, 100, width: 200, size: 28, isBold: true),
            box(40, 160, 400, 140, RGB(241, 245, 249), radius: 8), text("Ready?", 60, 180),
            box(60, 230, 120, 40, RGB(37, 99, 235), radius: 6), text("Start", 80, 240),
            text("Left", 40, 340), text("Right", 520, 340),
        ]
    }

    private func document(_ parts: [ScreenPart], width: Double = 1000, height: Double = 600) -> String {
        ScreenMarkup.document(parts: parts, width: width, height: height, background: white, title: "A & b")
    }

    private func body(of document: String) throws -> HTMLElement {
        let root = HTMLElement(name: "", children: HTMLParser.parse(document))
        return try #require(root.first { $0.name == "body" })
    }

    private func elements(in body: HTMLElement) -> [HTMLElement] {
        var found: [HTMLElement] = []
        body.visit { node in
            if let element = node.element { found.append(element) }
        }
        return found
    }

    private func declarations(_ name: Substring, in document: String) -> String {
        document.split(separator: "\n").first { $0.hasPrefix("    .\(name) {") }.map(String.init) ?? ""
    }

    @Test func aPageHasLandmarksHeadingsButtonsAndRows() {
        #expect(
            document(shop).contains(
                """
                <body>
                  <header class="panel-1">
                    <span>Shop</span>
                    <span class="at-1">Log in</span>
                  </header>
                  <main class="stack-1">
                    <h1 class="title-1">Welcome</h1>
                    <div class="card-1">
                      <p>Ready?</p>
                      <button class="button-1" type="button">Start</button>
                    </div>
                    <div class="row-1">
                      <span class="at-2">Left</span>
                      <span>Right</span>
                    </div>
                  </main>
                </body>
                """))
    }

    @Test func distancesAreThoseThatWereMeasured() {
        let page = document(shop)
        #expect(page.contains(".panel-1 { background: #0f172a; display: flex; align-items: center; padding: 0 24px;"))
        #expect(declarations("at-1", in: page).contains("margin-left: auto;"))
        #expect(declarations("stack-1", in: page).contains("padding: 40px"))
        let card = declarations("card-1", in: page)
        #expect(card.contains("flex-direction: column; gap: 30px; padding: 20px;"))
        #expect(card.contains("margin-top: 26px; width: 400px; min-height: 140px;"))
        #expect(declarations("button-1", in: page).contains("width: 120px; height: 40px;"))
        #expect(page.contains("body { display: flex; flex-direction: column; min-height: 600px; background: #ffffff;"))
    }

    @Test func equalLooksShareAClass() throws {
        var parts: [ScreenPart] = []
        for column in 0..<3 {
            let x = 40 + Double(column) * 220
            parts += [box(x, 40, 200, 100, RGB(241, 245, 249), radius: 8), text("Card \(column)", x + 16, 56)]
        }
        let page = document(parts)
        let cards = elements(in: try body(of: page)).filter { $0["class"] == "card-1" }
        #expect(cards.count == 3)
        #expect(!page.contains("card-2"))
        #expect(page.contains("gap: 20px;"))
    }

    @Test func partsThatOverlapArePlacedByCoordinates() {
        let page = document([box(40, 40, 300, 200, RGB(254, 226, 226)), box(240, 160, 200, 120, RGB(219, 234, 254))])
        #expect(page.contains("position: relative;"))
        #expect(page.contains("position: absolute; left: 240px; top: 160px; width: 200px; height: 120px;"))
        #expect(!document(shop).contains("position:"))
    }

    @Test func linesThatOverlapALittleAreStillStacked() {
        let page = document([text("One", 40, 40), text("Two", 40, 58), text("Three", 40, 90)])
        #expect(!page.contains("position:"))
        #expect(page.contains("margin-top: -2px;"))
    }

    @Test func textIsEscaped() {
        var part = text("", 10, 10)
        if case .text(var text) = part.kind {
            text.lines = ["a < b", "R&D"]
            part.kind = .text(text)
        }
        let page = document([part])
        #expect(page.contains("a &lt; b<br>R&amp;D"))
        #expect(page.contains("<title>A &amp; b</title>"))
    }

    @Test func headingsSkipNoLevel() throws {
        let sizes: [Double] = [18, 32, 18, 24, 18, 14, 14, 14, 14, 14]
        let parts = sizes.enumerated().map { index, size in
            text("Text \(index)", 40, 20 + Double(index) * 50, size: size, isBold: size > 14)
        }
        let names = elements(in: try body(of: document(parts))).map(\.name).filter { $0 != "main" }
        #expect(names == ["p", "h1", "h2", "h2", "h3", "p", "p", "p", "p", "p"])
    }

    @Test func onlyWidePagesFold() {
        #expect(document(shop).contains("@media (max-width: 720px)"))
        #expect(!document([text("Left", 40, 40), text("Right", 220, 40)], width: 390).contains("@media"))
    }

    @Test func aBarAtTheLeftIsNavigation() throws {
        let bar = box(0, 0, 200, 600, RGB(30, 41, 59))
        let parts = [bar, text("Home", 24, 24), text("Title", 240, 24, size: 24), text("Words", 240, 80)]
        let names = elements(in: try body(of: document(parts))).map(\.name)
        #expect(names == ["div", "nav", "p", "main", "h1", "p"])
    }

    @Test func aPageWithoutPartsIsEmpty() {
        #expect(document([]).contains("<body>\n</body>"))
    }
}
