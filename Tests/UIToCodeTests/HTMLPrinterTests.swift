// The indented form: readable, and the same page to a browser.
import Testing

@testable import UIToCode

@Suite struct HTMLPrinterTests {
    private static let css = """
        .row { display: flex; }
        .card { padding: 4px; }
        .btn { display: inline-block; }
        input { display: block; }
        .side > span { display: block; }
        """

    private func pretty(_ markup: String) throws -> String {
        let element = try #require(HTMLParser.parse(markup).first?.element)
        return HTMLPrinter.pretty(element, stylesheet: Stylesheet(Self.css))
    }

    @Test func blocksGetLinesAndShortInlineContentStaysOnItsLine() throws {
        let markup =
            "<div class=\"card\"><h1>Sign in</h1><p>New here? <a>Create an <b>account</b></a>.</p><label>Email</label>"
            + "<input type=\"text\"><ul><li>One</li><li>Two <i class=\"x\"></i></li></ul></div>"
        #expect(
            try pretty(markup) == """
                <div class="card">
                  <h1>Sign in</h1>
                  <p>New here? <a>Create an <b>account</b></a>.</p>
                  <label>Email</label>
                  <input type="text">
                  <ul>
                    <li>One</li>
                    <li>Two <i class="x"></i></li>
                  </ul>
                </div>
                """)
    }

    @Test func longRowsOfAFlexBoxAreOpenedSinceSpaceShowsNowhereInThem() throws {
        let words = String(repeating: "word ", count: 12).trimmed
        #expect(
            try pretty("<div class=\"row\"><span>\(words)</span><b>\(words)</b>tail</div>") == """
                <div class="row">
                  <span>\(words)</span>
                  <b>\(words)</b>
                  tail
                </div>
                """)
        #expect(
            try pretty("<div class=\"row\"><span>\(words)<b>\(words)</b></span></div>") == """
                <div class="row">
                  <span>
                    \(words)<b>\(words)</b>
                  </span>
                </div>
                """)
    }

    @Test func noSpaceIsPutBetweenPiecesOfALineHoweverLong() throws {
        let word = String(repeating: "w", count: 60)
        #expect(
            try pretty("<p><b>\(word)</b><i>\(word)</i></p>") == """
                <p>
                  <b>\(word)</b><i>\(word)</i>
                </p>
                """)
        #expect(
            try pretty("<div><div class=\"btn\">\(word)</div><div class=\"btn\">\(word)</div></div>") == """
                <div>
                  <div class="btn">\(word)</div><div class="btn">\(word)</div>
                </div>
                """)
    }

    @Test func boxesFollowTheStylesheetNotTheTagAlone() throws {
        #expect(
            try pretty("<div class=\"side\"><span>One</span><span>Two</span><p><span>a</span><span>b</span></p></div>")
                == """
                <div class="side">
                  <span>One</span>
                  <span>Two</span>
                  <p><span>a</span><span>b</span></p>
                </div>
                """)
    }

    @Test func whitespaceThatShowsIsKeptAndWhitespaceThatDoesNotIsFolded() throws {
        let markup =
            "<div>\n\n<p>One   two\n three <b> four</b> </p>\n<pre>  a\n   b </pre><textarea> x\n y</textarea></div>"
        #expect(
            try pretty(markup) == """
                <div>
                  <p>One two three <b> four</b> </p>
                  <pre>  a
                   b </pre>
                  <textarea> x
                 y</textarea>
                </div>
                """)
    }

    @Test func printingTwiceChangesNothing() throws {
        let markup =
            "<div class=\"row\"><div><p>A <b>b</b></p>tail<span class=\"btn\">c</span></div>"
            + "<table><tr><td>1</td></tr></table><ul><li><p>x</p>y</li></ul></div>"
        let once = try pretty(markup)
        #expect(try pretty(once) == once)
    }
}
