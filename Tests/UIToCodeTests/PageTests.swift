// From an answer to a document that opens from disk.
import Testing

@testable import UIToCode

@Suite struct PageTests {
    private static let css = """
        * { margin: 0; }
        body { color: #0f172a; }
        .card { padding: 12px; }
        .dark .card { color: white; }
        .unused { color: red; }
        """

    private func document(_ answer: String, name: String = "sign-in") -> String? {
        Page.document(answer: answer, stylesheet: Stylesheet(Self.css), fallbackTitle: name)
    }

    @Test func aBodyBecomesACompleteDocumentWithTheRulesItUses() {
        #expect(
            document("<body class=\"dark\"><div class=\"card\"><h1>Sign in</h1><p>Hi &amp; bye</p></div></body>") == """
                <!doctype html>
                <html lang="en">
                <head>
                  <meta charset="utf-8">
                  <meta name="viewport" content="width=device-width, initial-scale=1">
                  <title>Sign in</title>
                  <style>
                    * { margin: 0; }
                    body { color: #0f172a; }
                    .card { padding: 12px; }
                    .dark .card { color: white; }
                  </style>
                </head>
                <body class="dark">
                  <div class="card">
                    <h1>Sign in</h1>
                    <p>Hi &amp; bye</p>
                  </div>
                </body>
                </html>

                """)
    }

    @Test(arguments: [
        ("<body><h2>Second</h2><h1>First <b>one</b></h1></body>", "First one"),
        ("<body><nav><b>Brand</b></nav><h1> </h1><h2>Second</h2></body>", "Second"),
        ("<body><nav><span>Home</span><b>Bra &lt; nd</b></nav><p>x</p></body>", "Bra &lt; nd"),
        ("<body><b>Loose</b></body>", "A &lt;&amp;&gt; &quot;B&quot;"),
    ])
    func theTitleIsTheFirstHeadingElseTheBrandElseTheName(answer: String, title: String) throws {
        let page = try #require(document(answer, name: "A <&> \"B\""))
        #expect(page.contains("<title>\(title)</title>"))
    }

    @Test func whatCouldDoHarmOrNeedANetworkIsLeftOut() throws {
        let page = try #require(
            document(
                """
                <body onload="x()" class="card"><script>alert(1)</script>
                <a href="https://a.b" onclick="y()" id="k">One</a><img src="https://a.b/c.png" alt="logo"><div style="background:url(//a.b)">Two</div><!-- c -->
                <iframe src="https://a.b"></iframe><link rel="stylesheet" href="x.css"><svg><use href="//a.b"/></svg>
                <form action="https://a.b"><input type="text" formaction="//a.b" placeholder="Name"></form>
                <base href="//a.b">
                """))
        let traces = "script onload onclick a.b href src style= url( <!-- iframe link svg".split(separator: " ")
        for trace in traces { #expect(!page.contains(trace), "\(trace)") }
        for kept in ["<a id=\"k\">One</a>", "<img alt=\"logo\">", "Two", "placeholder=\"Name\"", "<form>"] {
            #expect(page.contains(kept), "\(kept)")
        }
    }

    @Test func whatBelongsToAFieldStaysOnFieldsAlone() throws {
        let page = try #require(
            document("<body type=\"text\"><p checked title=\"x\">One</p><input type=\"checkbox\" checked></body>"))
        #expect(page.contains("<body>\n  <p title=\"x\">One</p>\n  <input type=\"checkbox\" checked>\n</body>"))
    }

    @Test func anAnswerWithoutABodyTagStillMakesAPage() throws {
        let page = try #require(document("<div class=\"card\">One</div><p>Two</p>"))
        #expect(page.contains("<body>\n  <div class=\"card\">One"))
    }

    @Test func aCutAnswerMakesAPageThatEndsAsItShould() throws {
        let page = try #require(document("<body class=\"dark\"><div class=\"card\"><p>One</p><p>Tw"))
        #expect(page.hasSuffix("    <p>Tw</p>\n  </div>\n</body>\n</html>\n"))
    }

    @Test(arguments: [
        "", "   ", "just words", "<body></body>", "<body class=\"dark\">\n</body>", "<div><p> </p></div>", "<bod",
    ])
    func anAnswerThatShowsNothingMakesNoPage(answer: String) {
        #expect(document(answer) == nil)
    }

    @Test func aPageOfColourBlocksAloneIsNotBlank() {
        #expect(document("<body><i class=\"card\"></i></body>") != nil)
    }

    // A browser restores the capitals that names inside `svg` need.
    @Test func repairingAFreePageClosesItAndKeepsTheRestAsWritten() {
        let markup = """
            <!DOCTYPE html>
            <html lang="de"><head><style>p   { color : red }</style></head>
            <body>
                <p  class='a'>Eins
                <svg viewBox="0 0 1 1"><path d="M0 0"
            """
        #expect(
            Page.repaired(markup) == """
                <!doctype html>
                <html lang="de"><head><style>p   { color : red }</style></head>
                <body>
                    <p class="a">Eins
                    <svg viewbox="0 0 1 1"></svg></p></body></html>

                """)
    }

    @Test(arguments: [
        ("<!doctype html><html><head><title>x</title></head><body></body></html>", false),
        ("<html><head><title>x</title></head></html>", false),
        ("<html><body><canvas></canvas></body></html>", true),
        ("<div>x</div>", true), ("words", false),
    ])
    func contentIsAnElementOrAWordInTheBody(markup: String, expected: Bool) {
        #expect(Page.hasContent(markup) == expected)
    }
}
