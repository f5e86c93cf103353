// Which rules a page needs.
import Testing

@testable import UIToCode

@Suite struct StylesheetTests {
    private func used(_ css: String, by markup: String) throws -> [String] {
        let body = try #require(HTMLParser.parse(markup).first?.element)
        return Stylesheet(css).rules(usedBy: body).map { String($0.text.prefix { $0 != "{" }).trimmed }
    }

    @Test func aRuleStaysWhenItsSelectorMatchesAndGoesWhenNot() throws {
        let css = """
            :root { --a: 1px; }
            * { margin: 0; }
            html { color: red; }
            body { color: blue; }
            h1, h4 { margin: 1px; }
            h5 { margin: 1px; }
            .card { padding: 1px; }
            .cards { padding: 1px; }
            .btn.pill { margin: 1px; }
            .btn.wide { margin: 1px; }
            .dark .card { color: black; }
            .card .dark { color: black; }
            .dark > p { color: black; }
            .dark > h1 { color: black; }
            a:hover { color: black; }
            b:hover { color: black; }
            .card::before { content: ""; }
            .note::before { content: ""; }
            #main { color: black; }
            #other { color: black; }
            input[type="text"] { color: black; }
            h1 + p { color: black; }
            .card ~ em { color: black; }
            p:not(.x, .y) { color: black; }
            @media (max-width: 600px) { .card { padding: 0; } h1 { margin: 0; } }
            @font-face { font-family: X; src: url(x.woff); }
            """
        let markup = """
            <body class="dark"><div class="card" id="main"><h1>One</h1></div><p><a>Two</a></p>
            <span class="btn big pill">Three</span><span class="wide">Four</span><input type="text"></body>
            """
        #expect(
            try used(css, by: markup) == [
                ":root", "*", "html", "body", "h1, h4", ".card", ".btn.pill", ".dark .card", ".dark > p", "a:hover",
                ".card::before", "#main", "input[type=\"text\"]", "h1 + p", "p:not(.x, .y)",
                "@media (max-width: 600px)",
            ])
    }

    @Test func aDescendantRuleNeedsItsElementsInOneLine() throws {
        let css = ".dark .line { a: b } .wire .line { a: b } .dark .row > .line { a: b } .dark .row .line { a: b }"
        let markup = """
            <body><div class="dark row"><div class="col"><i class="line"></i></div></div><p class="wire"></p></body>
            """
        #expect(try used(css, by: markup) == [".dark .line"])
        let nested = "<body class=\"dark\"><div class=\"row\"><i class=\"line\"></i></div></body>"
        #expect(try used(css, by: nested) == [".dark .line", ".dark .row > .line", ".dark .row .line"])
    }

    @Test func everyRuleStandsOnOneLineWithoutComments() throws {
        let sheet = Stylesheet("/* a { } */ p\n{\n  color: red; /* b */\n  margin: 0;\n}\nb { }")
        #expect(sheet.rules.map(\.text) == ["p { color: red; margin: 0; }", "b { }"])
    }

    @Test func cutAndOddStylesheetsAreReadAsFarAsTheyGo() {
        #expect(Stylesheet("p { color: red").rules.map(\.text) == ["p { color: red"])
        #expect(Stylesheet("no rules here").rules.isEmpty)
        #expect(Stylesheet("").rules.isEmpty)
        #expect(Stylesheet("/* open").rules.isEmpty)
    }

    @Test func theLastMatchingRuleSaysWhichBoxAnElementMakes() {
        let sheet = Stylesheet(".row { display: flex; } .row { color: red; } .btn { margin: 0; DISPLAY: Inline-Block }")
        #expect(sheet.display(of: [HTMLElement(name: "p")]) == nil)
        let row = HTMLElement(name: "p", attributes: [HTMLAttribute(name: "class", value: "row")])
        let both = HTMLElement(name: "p", attributes: [HTMLAttribute(name: "class", value: "btn row")])
        #expect(sheet.display(of: [row]) == "flex")
        #expect(sheet.display(of: [both]) == "inline-block")
    }
}
