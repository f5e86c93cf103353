// What one document made of many pages must be.
import Inference
import Media
import Render
import Testing

@testable import UIToCode

@Suite struct BlockAssemblyTests {
    // A header band, a bar at the left, three cards of one kind and a footer.
    private func tree() -> BlockTree {
        var page = DrawnPage(width: 1000, height: 700, RGB(248, 250, 252))
        page.fill(PixelRect(x: 0, y: 0, width: 1000, height: 60), RGB(15, 23, 42))
        page.text(x: 24, y: 24, width: 120, RGB(255, 255, 255))
        page.fill(PixelRect(x: 0, y: 60, width: 200, height: 580), RGB(226, 232, 240))
        for row in 0..<5 { page.text(x: 24, y: 90 + row * 32, width: 110) }
        page.text(x: 240, y: 100, width: 300, height: 24)
        for column in 0..<3 {
            page.card(PixelRect(x: 240 + column * 250, y: 170, width: 230, height: 200))
            page.text(x: 260 + column * 250, y: 200, width: 100 + column * 20)
            page.text(x: 260 + column * 250, y: 230, width: 150 - column * 9)
        }
        page.fill(PixelRect(x: 0, y: 640, width: 1000, height: 60), RGB(51, 65, 85))
        page.text(x: 24, y: 664, width: 200, RGB(255, 255, 255))
        return BlockTree.cut(page.image, comfortable: PixelSize(width: 560, height: 448))
    }

    private func page(_ body: String, css: String = "") -> String {
        "<!doctype html><html><head><title>x</title><style>\(css)</style></head>\(body)</html>"
    }

    private func document(_ pages: [String]) -> String {
        BlockAssembly.document(of: tree(), pages: pages, fallbackTitle: "Shop & more")
    }

    private func body(of document: String) throws -> HTMLElement {
        let root = HTMLElement(name: "", children: HTMLParser.parse(document))
        return try #require(root.first { $0.name == "body" })
    }

    private func elements(_ name: String, in body: HTMLElement) -> [HTMLElement] {
        var found: [HTMLElement] = []
        body.visit { node in
            if let element = node.element, element.name == name { found.append(element) }
        }
        return found
    }

    private func css(of document: String) -> [String] {
        Stylesheet(document.components(between: "<style>", and: "</style>")).rules.map(\.text)
    }

    @Test func everyBlocksTextStandsOnceAndInReadingOrder() throws {
        let count = tree().leaves.count
        #expect(count == 7)
        let pages = (0..<count).map { page("<body><p>Words of block \($0)</p></body>") }
        let text = try body(of: document(pages)).innerText
        #expect(text == (0..<count).map { "Words of block \($0)" }.joined(separator: " "))
    }

    @Test func bandsAndBarsBecomeLandmarksAroundOneMain() throws {
        let pages = (0..<7).map { page("<body><header>h\($0)</header><main>m\($0)</main></body>") }
        let body = try body(of: document(pages))
        let mains = elements("main", in: body)
        #expect(mains.count == 1)
        #expect(mains.first?.innerText == "h2 m2 h3 m3 h4 m4 h5 m5")
        #expect(elements("nav", in: body).map(\.innerText) == ["h1 m1"])
        #expect(elements("footer", in: body).map(\.innerText) == ["h6 m6"])
        #expect(body.children.compactMap { $0.element?.name } == ["header", "div", "footer"])
        for header in elements("header", in: body) { #expect(elements("header", in: header).isEmpty) }
    }

    @Test func idsAreUniqueAndWhatNamesThemFollows() throws {
        let form = """
            <body><label for="mail">Mail</label><input id="mail" aria-describedby="hint mail"><p id="hint">x</p>
            <a href="#mail">up</a></body>
            """
        let document = document((0..<7).map { _ in page(form, css: "#mail { color: red; } #mail-x { color: blue; }") })
        let body = try body(of: document)
        let ids = elements("input", in: body).compactMap { $0["id"] }
        #expect(ids == ["mail"] + (2...7).map { "mail-\($0)" })
        #expect(elements("label", in: body).compactMap { $0["for"] } == ids)
        #expect(elements("a", in: body).compactMap { $0["href"] } == ids.map { "#" + $0 })
        #expect(elements("input", in: body)[1]["aria-describedby"] == "hint-2 mail-2")
        #expect(css(of: document).contains { $0.hasPrefix("#mail-2") && $0.hasSuffix("{ color: red; }") })
        #expect(!css(of: document).contains { $0.hasPrefix("#mail-2-x") })
    }

    @Test func thereIsOneFirstHeadingAndNoLevelIsSkipped() throws {
        let pages = ["h3", "h2", "h1", "h4", "h1", "h2", "h6"].map { page("<body><\($0)>\($0)</\($0)></body>") }
        let document = document(pages)
        var levels: [String] = []
        try body(of: document).visit { node in
            if let name = node.element?.name, HTMLTags.headings.contains(name) { levels.append(name) }
        }
        #expect(levels == ["h2", "h2", "h1", "h2", "h2", "h2", "h3"])
        #expect(document.contains("<title>h1</title>"))
    }

    @Test func aHeadingWithAnotherLevelKeepsItsLook() {
        let css = "h1 { color: red; } .hero h1, h2 { margin: 0; }"
        let pages = (0..<7).map { _ in page("<body><div class=\"hero\"><h1>T</h1></div></body>", css: css) }
        let rules = self.css(of: document(pages))
        #expect(rules.contains("h1, .as-h1 { color: red; }"))
        #expect(rules.contains(".hero h1, h2, .hero .as-h1 { margin: 0; }"))
    }

    // MARK: Styles

    @Test func rulesThatAllPagesShareStandOnce() {
        let shared = "body { color: black; } .card { padding: 4px; } .dark .card { color: white; }"
        let pages = (0..<7).map { page("<body class=\"dark\"><div class=\"card\">\($0)</div></body>", css: shared) }
        let rules = css(of: document(pages))
        #expect(rules.filter { $0.contains("padding: 4px") } == [".card { padding: 4px; }"])
        #expect(rules.filter { $0.contains("color: white") } == [".dark .card { color: white; }"])
        #expect(rules.filter { $0.contains("color: black") } == ["div:where(.block) { color: black; }"])
    }

    @Test func aRuleOfOnePageDoesNotReachOthersThatUseItsNames() {
        let first = page(
            "<body class=\"x\"><p class=\"note\">a</p></body>", css: "body { margin: 1px; } .note { color: red; }")
        let second = page(
            "<body><p class=\"note\">b</p></body>", css: ".note::before { color: blue; } body.x > p { top: 0; }")
        let plain = page("<body><p>c</p></body>")
        let rules = css(of: document([first, second, plain, plain, plain, plain, plain]))
        #expect(rules.contains(".note:where(.block-1, .block-1 *) { color: red; }"))
        #expect(rules.contains(".note:where(.block-2, .block-2 *)::before { color: blue; }"))
        #expect(rules.contains("div:where(.block-1) { margin: 1px; }"))
        #expect(rules.contains { $0.hasPrefix("div:where(.block") && $0.contains(".x > p { top: 0; }") })
    }

    @Test func pagesOfOneStylesheetShareAllTheirRules() {
        let sheet = (0..<8).map { ".c\($0) { top: \($0)px; }" }
        let pages = (0..<7).map { number in
            let used = [number, (number * 3 + 2) % 8, (number * 5 + 7) % 8]
            let names = used.map { "c\($0)" }.joined(separator: " ")
            let css = sheet.indices.filter(used.contains).map { sheet[$0] }.joined(separator: " ")
            return page("<body><p class=\"\(names)\">x</p></body>", css: css)
        }
        #expect(css(of: document(pages)).filter { $0.contains("top: ") }.sorted() == sheet)
    }

    @Test func theOrderOfEveryPagesRulesIsKept() throws {
        let one = page("<body><p class=\"a b\">1</p></body>", css: ".a { color: red; } .b { color: blue; }")
        let two = page("<body><p class=\"a b\">2</p></body>", css: ".b { color: blue; } .a { color: red; }")
        let rules = css(of: document([one, two, one, two, one, two, one]))
        func positions(_ text: String, _ block: String) -> [Int] {
            rules.indices.filter {
                rules[$0].contains(text) && (!rules[$0].contains("block-") || rules[$0].contains(block))
            }
        }
        let last = { (text: String, block: String) in try #require(positions(text, block).last) }
        #expect(try last("red", ".block-1,") < last("blue", ".block-1,"))
        #expect(try last("blue", ".block-2,") < last("red", ".block-2,"))
    }

    @Test func whatIsInsideAMediaRuleIsBoundToo() {
        let first = page(
            "<body><p>a</p></body>", css: "@media (max-width: 9px) { p { color: red; } body { margin: 0; } }")
        let plain = page("<body><p>c</p></body>")
        let rules = css(of: document([first] + Array(repeating: plain, count: 6)))
        #expect(
            rules.contains(
                "@media (max-width: 9px) { p:where(.block-1, .block-1 *) { color: red; } "
                    + "div:where(.block-1) { margin: 0; } }"))
    }

    @Test func namesThatPagesUseAreNotGivenOut() throws {
        let pages = (0..<7).map { _ in page("<body class=\"block\"><p class=\"part-1 kind-1\">x</p></body>") }
        let document = document(pages)
        #expect(document.contains("x-part-1"))
        #expect(document.contains(".x-block {"))
    }

    @Test func theCardsOfOneKindShareTheirRulesAndCarryTheirWords() throws {
        func card(_ word: String, _ colour: String, look: String = "roomy") -> String {
            page(
                "<body class=\"\(look)\"><b class=\"t\">\(word)</b><p>\(word)</p></body>",
                css: ".t { color: \(colour); }")
        }
        let plain = page("<body><p class=\"t\">c</p></body>")
        let cards = [card("One", "red"), card("Two", "blue", look: "compact"), card("Three", "red")]
        let document = document([plain, plain, plain] + cards + [plain])
        let rules = css(of: document)
        #expect(rules.filter { $0.contains(".t:where") } == [".t:where(.kind-1, .kind-1 *) { color: red; }"])
        let boxes = elements("div", in: try body(of: document)).filter { $0.classes.contains("kind-1") }
        #expect(boxes.map(\.innerText) == ["One One", "Two Two", "Three Three"])
        #expect(Set(boxes.map { $0["class"] ?? "" }) == [boxes[0]["class"] ?? ""])
        #expect(boxes[0].classes.contains("roomy"))
    }

    @Test func aCardWithOtherElementsIsNotWrittenAsTheKind() throws {
        let card = page("<body><b>a</b></body>", css: "b { color: red; }")
        let other = page("<body><b>a</b><b>b</b></body>", css: "b { color: blue; }")
        let plain = page("<body><p>c</p></body>")
        let rules = css(of: document([plain, plain, plain, card, other, card, plain]))
        #expect(rules.contains("b:where(.kind-1, .kind-1 *) { color: red; }"))
        #expect(rules.contains("b:where(.block-5, .block-5 *) { color: blue; }"))
    }

    // MARK: The document

    @Test func scriptsImportsAndLinksAreLeftOut() {
        let wild = page(
            "<body onload=\"x()\"><script>alert(1)</script><link href=\"https://a.example/b.css\"><p>a</p></body>",
            css: "@import url(https://a.example/c.css); p { color: red; }")
        let document = document(Array(repeating: wild, count: 7))
        #expect(!document.contains("script") && !document.contains("a.example") && !document.contains("onload"))
        #expect(document.contains("p { color: red; }"))
    }

    @Test func theTitleIsTheFallbackWhereNoPageHasAHeading() {
        let document = document(Array(repeating: page("<body><p>a</p></body>"), count: 7))
        #expect(document.contains("<title>Shop &amp; more</title>"))
    }

    @Test func sizesAndColoursAreThoseOfTheDesign() throws {
        let document = document(Array(repeating: page("<body><p>a</p></body>"), count: 7))
        let rules = css(of: document)
        #expect(rules.contains { $0.contains("flex: 0 1 200px") && $0.contains("background: #e2e8f0") })
        #expect(rules.contains { $0.contains("display: flex") && $0.contains("background: #334155") })
        #expect(rules.filter { $0.contains("flex: 1 1 0") }.count == 1)
        #expect(rules.contains { $0.hasPrefix("@media (max-width: 720px)") })
    }

    @Test func whatIsWrittenReadsBackAsItself() throws {
        let pages = (0..<7).map { page("<body><p>a <b>b</b><i>c</i></p><pre>x\n  y</pre>\($0) &lt; 9</body>") }
        let document = document(pages)
        #expect(document.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
        #expect(HTMLSource(document).strayEndTagCount == 0)
        #expect(elements("pre", in: try body(of: document)).allSatisfy { $0.innerText == "x y" })
        #expect(document.contains("<pre>x\n  y</pre>"))
    }
}

extension String {
    // What lies between the first of one mark and the next of another.
    fileprivate func components(between start: String, and end: String) -> String {
        guard let from = firstRange(of: start)?.upperBound, let to = self[from...].firstRange(of: end)?.lowerBound
        else { return "" }
        return String(self[from..<to])
    }
}
