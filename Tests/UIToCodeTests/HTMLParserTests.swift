// The tolerant parser: what a browser reads from sound, sloppy and cut-off markup. Trees are compared as the markup
// that `HTMLPrinter.verbatim` writes of them.
import Testing

@testable import UIToCode

@Suite struct HTMLParserTests {
    private func reread(_ markup: String) -> String { HTMLPrinter.verbatim(HTMLParser.parse(markup)) }

    @Test func soundMarkupComesBackUnchanged() {
        let markup = """
            <html lang="en"><head><title>A &amp; B</title><style>a > b { color: red }</style></head>
            <body class="x"><!-- note --><p>One <b>two</b>&nbsp;three<br>four</p>
            <input type="checkbox" checked><script>if (a < b && c) { f("</p>") }</script></body></html>
            """
        #expect(reread(markup) == markup)
    }

    @Test(arguments: [
        ("<div><p>One<p>Two</div>", "<div><p>One</p><p>Two</p></div>"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("<table><tr><td>1<td>2<tr><th>3</table>", "<table><tr><td>1</td><td>2</td></tr><tr><th>3</th></tr></table>"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<p>One<div>Two</div>", "<p>One</p><div>Two</div>"),
        ("<h1>One<h2>Two</h2>", "<h1>One</h1><h2>Two</h2>"),
        ("<a>One<a>Two</a>", "<a>One</a><a>Two</a>"),
        ("<button>One<button>Two</button>", "<button>One</button><button>Two</button>"),
        ("<table><tr><td>1</table><p>2", "<table><tr><td>1</td></tr></table><p>2</p>"),
        ("<form>1<form>2</form>3", "<form>12</form>3"),
        ("<head><title>a</title><p>b", "<head><title>a</title></head><p>b</p>"),
        ("<h1>One</h2>Two", "<h1>One</h1>Two"),
    ])
    func impliedEndsAreFilledIn(markup: String, expected: String) {
        #expect(reread(markup) == expected)
    }

    // Once these ended the paragraph, and with it the `select`.
    @Test(arguments: [
        "<p>A <select><option>1</option><option>2</option></select> b</p>", "<p>A<script>x</script>b</p>",
    ])
    func aParagraphHoldsWhatIsNoBlock(markup: String) {
        #expect(reread(markup) == markup)
    }

    // Once `/>` meant nothing, and every shape of a drawing went into the one before it.
    @Test func shapesOfADrawingCloseThemselves() {
        #expect(
            reread("<svg><path d=\"\"/><g><circle/></g></svg><i/>x")
                == "<svg><path d=\"\"></path><g><circle></circle></g></svg><i>x</i>")
        #expect(reread("<svg><foreignObject><b/>x</foreignObject></svg>").contains("<b>x</b>"))
    }

    @Test(arguments: [
        ("<div class=\"row\"><p>Sign in to co", "<div class=\"row\"><p>Sign in to co</p></div>"),
        ("<div><p>One</p><span class=\"mut", "<div><p>One</p></div>"),
        ("<div><p>One</p></di", "<div><p>One</p></div>"),
        ("<div>One<", "<div>One</div>"),
        ("<div>One</", "<div>One</div>"),
        ("<div>One<input placeholder=", "<div>One</div>"),
        ("<style>a { color: red", "<style>a { color: red</style>"),
        ("<p>One<!-- two", "<p>One</p>"),
    ])
    func cutMarkupIsClosedAndItsLastTagDropped(markup: String, expected: String) {
        #expect(reread(markup) == expected)
    }

    @Test(arguments: [
        ("<div>One</span></div>", "<div>One</div>"),
        ("</p><div>One</div></div>", "<div>One</div>"),
        ("<b>One<div>Two</b>Three</div>", "<b>One<div>TwoThree</div></b>"),
        ("<div><span>One</div>Two", "<div><span>One</span></div>Two"),
        ("<td>One</table>Two", "<td>OneTwo</td>"),
        ("<body><p>One</p></body><p>Two</p></html>", "<body><p>One</p><p>Two</p></body>"),
        ("<body class=\"a\">One<body class=\"b\">Two", "<body class=\"a\">OneTwo</body>"),
    ])
    func endTagsThatMatchNothingAreIgnored(markup: String, expected: String) {
        #expect(reread(markup) == expected)
    }

    @Test(arguments: [
        ("a < b > c", "a &lt; b &gt; c"),
        ("AT&T &amp; &copy; &#8364; &#x20AC; &nosemi", "AT&amp;T &amp; &copy; &#8364; &#x20AC; &amp;nosemi"),
        ("&; &#; &#x; &#xZ; &two words;", "&amp;; &amp;#; &amp;#x; &amp;#xZ; &amp;two words;"),
        ("<3 & <5", "&lt;3 &amp; &lt;5"),
        ("naïve 漢字 🙂 &é;", "naïve 漢字 🙂 &amp;é;"),
        ("a\u{0}b &lt\u{0};", "a\u{0}b &amp;lt;"),
    ])
    func looseCharactersAreEscapedAndReferencesKept(text: String, expected: String) {
        #expect(reread("<p>\(text)</p>") == "<p>\(expected)</p>".replacing("\u{0}", with: ""))
    }

    @Test func attributesAreReadInEveryForm() {
        let markup = "<INPUT Type=text value='say \"hi\"' DISABLED data-x = \"1 < 2\" type=password / ><br/>"
        #expect(
            reread(markup)
                == "<input type=\"text\" value=\"say &quot;hi&quot;\" disabled data-x=\"1 &lt; 2\"><br>")
    }

    @Test func readingWhatWasPrintedGivesTheSameTree() {
        let pieces = [
            "<div>", "</div>", "<p class=\"a b\">", "</p>", "<li>", "<ul>", "</ul>", "<table>", "<tr>", "<td>",
            "</table>", "text ", " & ", "<", "<b>", "</b>", "<a>", "<button>", "<input checked>", "<!-- c -->", "<h1>",
            "</h2>",
            "<span", "\"", "<textarea>", "</textarea>", "é",
            "\n", "<form>", "<dd>", "<body>", "</body>",
        ]
        var state: UInt64 = 7
        for _ in 0..<500 {
            var markup = ""
            for _ in 0..<20 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                markup += pieces[Int(state >> 33) % pieces.count]
            }
            let once = HTMLParser.parse(markup)
            #expect(HTMLParser.parse(HTMLPrinter.verbatim(once)) == once, "\(markup)")
        }
    }

    @Test func deepNestingDoesNotGrowTheTreeWithoutBound() {
        let nodes = HTMLParser.parse(String(repeating: "<div>", count: 20_000) + "end")
        var depth = 0
        var element = nodes.first?.element
        while let current = element {
            depth += 1
            element = current.children.compactMap(\.element).first
        }
        #expect(depth == HTMLParser.maxDepth + 1)
    }
}
