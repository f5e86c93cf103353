// Operations on documents: what each does, that it does nothing else, and what is refused.
import Testing

@testable import UIToCode

@Suite struct DocumentEditorTests {
    private func edited(_ markup: String, _ selector: String, _ change: EditOperation.Change) throws -> String {
        var editor = try DocumentEditor(markup)
        try editor.apply(EditOperation(selector, change))
        return editor.text
    }

    private func fault(_ markup: String, _ selector: String, _ change: EditOperation.Change) -> EditError.Fault? {
        do {
            _ = try edited(markup, selector, change)
            return nil
        } catch { return error as? EditError.Fault }
    }

    // MARK: What each operation does

    @Test(arguments: [
        ("<p  CLASS=a>One <b>two</b></p >", "p", "1 < 2 & \"3\"", "<p  CLASS=a>1 &lt; 2 &amp; &quot;3&quot;</p >"),
        ("<li>a\n<li>b", "li:nth-of-type(2)", "c", "<li>a\n<li>c"),
        ("<ul><li>a\n<li>b</ul>", "li", "c", "<ul><li>c<li>b</ul>"),
        ("<title>a</title>", "title", "b & c", "<title>b &amp; c</title>"),
        ("<style>a{}</style>", "style", "a > b {}", "<style>a > b {}</style>"),
        ("<pre>a</pre>", "pre", "\nb", "<pre>\n\nb</pre>"),
        ("<p>a<div>b</div></p>c", "p:nth-of-type(2)", "d", "<p>a<div>b</div><p>d</p>c"),
        ("<h1>a</h1>\n</body></html>", "body", "b", "<body>b</body></html>"),
        ("<h1>a</h1>", "body", "b", "<body>b</body>"),
    ])
    func textReplacesTheContent(markup: String, selector: String, text: String, expected: String) throws {
        #expect(try edited(markup, selector, .setText(text)) == expected)
    }

    @Test(arguments: [
        ("<p>a", "<b>x</b> & <i>y</i>", "<p><b>x</b> & <i>y</i>"), ("<p>a</p>", "", "<p></p>"),
        ("<p>a</p>", "<img src=x><br/><script>f()</script>", "<p><img src=x><br/><script>f()</script></p>"),
        ("<p>a</p>", "<!-- x -->", "<p><!-- x --></p>"), ("<p>a</p>", "1 <", "<p>1 <</p>"),
    ])
    func markupReplacesTheContent(markup: String, html: String, expected: String) throws {
        #expect(try edited(markup, "p", .setHTML(html)) == expected)
    }

    @Test func markupMayLeaveOutWhatHTMLLetsItLeaveOut() throws {
        #expect(
            try edited("<div>a</div>", "div", .setHTML("<ul><li>a<li>b</ul><table><tr><td>c</table>"))
                == "<div><ul><li>a<li>b</ul><table><tr><td>c</table></div>")
        #expect(
            try edited("<table><tr><td>a</table>", "tbody", .setHTML("<tr><td>b"))
                == "<table><tbody><tr><td>b</tbody></table>")
    }

    @Test(
        arguments: [
            ("<p>x", ["color": "red"], "<p style=\"color: red\">x"),
            ("<p class=a>x", ["color": "red"], "<p class=a style=\"color: red\">x"),
            ("<br/>", ["color": "red"], "<br style=\"color: red\"/>"),
            (
                "<p style='Color:blue;margin:0 ; color : green'>x", ["color": "red", "padding": "1px"],
                "<p style=\"margin:0; color: red; padding: 1px\">x"
            ),
            ("<p style=\"color:red\" id=a>x", ["color": ""], "<p id=a>x"),
            ("<p style=\"a:b;\">x", ["font": "1px \"A; B\""], "<p style=\"a:b; font: 1px &quot;A; B&quot;\">x"),
            (
                "<p style=\"content: &quot;;&quot;; background: url(data:x;y)\">x", ["color": "red"],
                "<p style=\"content: &quot;;&quot;; background: url(data:x;y); color: red\">x"
            ),
            ("<p style=\"--A: 1; --a: 2\">x", ["--a": "3"], "<p style=\"--A: 1; --a: 3\">x"),
            ("<p style>x", ["border-color": "red", "border": "0"], "<p style=\"border: 0; border-color: red\">x"),
        ] as [(String, [String: String], String)])
    func styleIsMerged(markup: String, style: [String: String], expected: String) throws {
        #expect(try edited(markup, "body *", .setStyle(style)) == expected)
    }

    @Test func anElementThatIsNotWrittenIsWrittenToHoldAnAttribute() throws {
        #expect(
            try edited(
                "<!doctype html>\n<title>x</title><h1>y</h1>", "body", .setAttribute(name: "class", value: "dark"))
                == "<!doctype html>\n<title>x</title><body class=\"dark\"><h1>y</h1>")
        #expect(
            try edited("<!doctype html>\n<h1>y</h1>", "html", .setAttribute(name: "lang", value: "de"))
                == "<!doctype html>\n<html lang=\"de\"><h1>y</h1>")
        #expect(
            try edited("<table><tr><td>1</table>", "tbody", .setStyle(["color": "red"]))
                == "<table><tbody style=\"color: red\"><tr><td>1</table>")
    }

    @Test(
        arguments: [
            ("<a href=x>y</a>", "href", "/a?b&c=\"d\"", "<a href=\"/a?b&amp;c=&quot;d&quot;\">y</a>"),
            ("<a\n  href='x'\n>y</a>", "HREF", "z", "<a href=\"z\"\n>y</a>"),
            ("<a>y</a>", "data-x", "", "<a data-x=\"\">y</a>"),
            ("<a hidden class=b>y</a>", "hidden", nil, "<a class=b>y</a>"),
            ("<a href=x href=y>z</a>", "title", "t", "<a href=x title=\"t\" href=y>z</a>"),
        ] as [(String, String, String?, String)])
    func attributesAreSetAndTakenAway(markup: String, name: String, value: String?, expected: String) throws {
        #expect(try edited(markup, "a", .setAttribute(name: name, value: value)) == expected)
    }

    @Test func anElementGoesWithItsContentAndNothingElse() throws {
        #expect(try edited("<p>a\n  <b>c <i>d</i></b>\n e</p>", "b", .remove) == "<p>a\n  \n e</p>")
        #expect(try edited("<ul><li>a\n<li>b</ul>", "li", .remove) == "<ul><li>b</ul>")
        #expect(try edited("<table><tr><td>a</table>", "tr", .remove) == "<table></table>")
    }

    @Test func aCopyFollowsWithTheSameGapAndWithoutIds() throws {
        #expect(
            try edited("<ul>\n  <li id=a class=x>1<b\n id='b'>2</b></li>\n</ul>", "li", .duplicate)
                == "<ul>\n  <li id=a class=x>1<b\n id='b'>2</b></li>\n  <li class=x>1<b>2</b></li>\n</ul>")
        #expect(try edited("<b>1</b><b>2</b>", "b", .duplicate) == "<b>1</b><b>1</b><b>2</b>")
        #expect(try edited("<ul><li>1\n <li>2</ul>", "li", .duplicate) == "<ul><li>1</li>\n <li>1</li>\n <li>2</ul>")
        #expect(try edited("<div>1", "div", .duplicate) == "<div>1</div><div>1</div>")
    }

    @Test func siblingsChangePlacesAndWhatIsBetweenThemStays() throws {
        let markup = "<p>a</p>\n<!-- c --> x <b>d</b>"
        #expect(try edited(markup, "p", .move(.down)) == "<b>d</b>\n<!-- c --> x <p>a</p>")
        #expect(try edited(markup, "b", .move(.up)) == "<b>d</b>\n<!-- c --> x <p>a</p>")
        #expect(
            try edited("<ul><li>a\n <li>b\n</ul>", "li", .move(.down)) == "<ul><li>b</li>\n<li>a</li>\n </ul>")
        // Left open, the paragraph would swallow what follows.
        #expect(try edited("<p>a<div>b</div><i>c</i>", "p", .move(.down)) == "<div>b</div><p>a</p><i>c</i>")
    }

    // MARK: What is refused

    @Test(
        arguments: [
            ("<img src=x>", "img", .setText("x")), ("<svg><path/></svg>", "path", .setText("x")),
            ("<style></style>", "style", .setText("</STYLE>")), ("<style></style>", "style", .setHTML("x")),
            ("<p>x", "html", .remove), ("<p>x", "body", .duplicate), ("<p>x", "head", .move(.down)),
            ("<p>x", "html", .setText("x")), ("<p>x", "p", .move(.up)), ("<p>x<b>y</b>", "b", .move(.down)),
            ("<table><tr></table>", "tbody", .remove),
        ] as [(String, String, EditOperation.Change)])
    func someElementsCannotBeChangedSo(markup: String, selector: String, change: EditOperation.Change) {
        guard case .cannotChange = fault(markup, selector, change) else {
            Issue.record("\(change) of \(selector): \(String(describing: fault(markup, selector, change)))")
            return
        }
    }

    @Test(arguments: [
        "<b>", "</b>", "<b>x", "x</p>", "</p><p>", "<div>x</div>", "<p>x</p>", "<b", "<b x='", "<!-- ", "<script>",
        "<textarea>", "<b><i></b></i>", "</div><div>", "<body>", "<svg><g></svg>",
    ])
    func markupThatDoesNotCloseItselfIsRefused(markup: String) {
        guard case .unbalanced = fault("<div><p>a</p><i>z</i></div>", "p", .setHTML(markup)) else {
            Issue.record("\(markup): \(String(describing: fault("<div><p>a</p></div>", "p", .setHTML(markup))))")
            return
        }
    }

    @Test func markupThatWouldTakeItsSurroundingsApartIsRefused() {
        let nested = fault("<a>x</a>", "a", .setHTML("<a>y</a>"))
        guard case .unbalanced = nested else {
            Issue.record("\(String(describing: nested))")
            return
        }
        // Without the element in between, the loose `<` would begin a tag.
        let joined = fault("<p>a <<b>x</b>i>y</p>", "b", .remove)
        guard case .unbalanced = joined else {
            Issue.record("\(String(describing: joined))")
            return
        }
    }

    @Test(arguments: [
        ("color", "red; margin: 0"), ("color", "red}"), ("color", "<"), ("color", "{"), ("a b", "x"), ("", "x"),
        ("1a", "x"), ("color:", "x"), ("background", "url(http://a.b)"), ("background", "URL( '//a.b')"),
        ("background", "image-set('a' 1x)"), ("color", "\"x"), ("color", "rgb(1"), ("color", "1)"), ("color", "a\nb"),
        ("color", "u\\72l(x)"), ("color", "/* x"), ("é", "x"),
    ])
    func unsoundStylesAreRefused(name: String, value: String) {
        guard case .changeInvalid = fault("<p>x", "p", .setStyle([name: value])) else {
            Issue.record("\(name): \(value)")
            return
        }
    }

    @Test(arguments: [
        "rgb(1 2 3 / 50%)", "url(data:image/png;base64,AA==)", "url(\"data:image/svg+xml;utf8,%3Csvg%3E\")",
        "1px solid var(--line) !important", "\"A;B\", serif", "calc(1px + (2px * 3))", "'\\201C'",
    ])
    func soundStylesAreTaken(value: String) {
        #expect(fault("<p>x", "p", .setStyle(["--x": value])) == nil)
    }

    @Test(arguments: ["", "a b", "a=b", "a>", "\"", "1", "-a", "a/", "é", String(repeating: "a", count: 101)])
    func namesThatAreNoneAreRefused(name: String) {
        guard case .changeInvalid = fault("<p>x", "p", .setAttribute(name: name, value: "x")) else {
            Issue.record("\(name)")
            return
        }
    }

    @Test func whatMatchesNothingAndWhatCannotBeReadAreToldApart() {
        #expect(fault("<p>x", "b", .remove) == .nothingMatches)
        guard case .selectorInvalid = fault("<p>x", "b,", .remove) else {
            Issue.record("taken")
            return
        }
    }

    // Copies of copies double the document each time.
    @Test func aDocumentDoesNotGrowWithoutBound() throws {
        let depth = 40
        let markup =
            (0..<depth).map { "<div class=d\($0)>" }.joined() + String(repeating: "x", count: 100)
            + String(repeating: "</div>", count: depth)
        var editor = try DocumentEditor(markup)
        let limit = EditError.Fault.documentTooLarge(limit: 2 << 20)
        #expect(throws: limit) {
            for level in (1..<depth).reversed() { try editor.apply(EditOperation(".d\(level)", .duplicate)) }
        }
        #expect(throws: limit) { try DocumentEditor(String(repeating: "x", count: (2 << 20) + 1)) }
    }

    // MARK: That it does nothing else

    @Test func everyByteOutsideTheElementStaysInEveryRecordedDocument() throws {
        let changes: [EditOperation.Change] = [
            .setText("new <text>"), .setHTML("<b>new</b>"), .setStyle(["color": "red"]),
            .setAttribute(name: "data-new", value: "1"), .remove, .duplicate,
        ]
        var doneCount = 0
        for (index, document) in try RecordedDocument.all().enumerated() {
            let markup = try document.markup()
            let source = HTMLSource(markup)
            for number in stride(from: index % 5, to: source.elements.count, by: 5) {
                let element = source.elements[number]
                let selector = document.rows[number].selector
                for change in changes {
                    guard let after = try? edited(markup, selector, change) else { continue }
                    doneCount += 1
                    let bytes = Array(after.utf8)
                    let tail = source.bytes.count - element.outer.upperBound
                    #expect(bytes.prefix(element.outer.lowerBound) == source.bytes.prefix(element.outer.lowerBound))
                    #expect(bytes.suffix(tail) == source.bytes.suffix(tail), "\(change) of \(selector) in \(markup)")
                    switch change {
                    case .remove: #expect(bytes.count == source.bytes.count - element.outer.count)
                    case .duplicate: #expect(bytes.count > source.bytes.count)
                    default:
                        let again = HTMLSource(after).elements[number]
                        #expect(again.name == element.name && again.isWritten, "\(change) of \(selector)")
                        if case .setAttribute = change { #expect(again["data-new"] == "1") }
                        if case .setStyle = change { #expect(again["style"]?.contains("color: red") == true) }
                    }
                }
            }
        }
        #expect(doneCount > 1000)
    }

    @Test func settingWhatIsThereLeavesEveryByte() throws {
        for document in try RecordedDocument.all() {
            let markup = try document.markup()
            let source = HTMLSource(markup)
            #expect(source.replacing([]) == markup)
            for (number, element) in source.elements.enumerated() {
                #expect(element.outer.lowerBound <= element.tags.inner.lowerBound)
                #expect(element.tags.inner.upperBound <= element.tags.end.lowerBound)
                #expect(source.replacing([(element.outer, source.text(element.outer))]) == markup)
                let inside = source.elements[number + 1..<element.nextOutside]
                let isApart = ["html", "head", "body"].contains(element.name)
                #expect(isApart || inside.allSatisfy { element.tags.inner.contains($0.outer) }, "\(markup)")
                guard element.isWritten else { continue }
                let tag = source.text(element.tags.start).lowercased()
                #expect(tag.hasPrefix("<" + element.name) && tag.hasSuffix(">"))
                let end = source.text(element.tags.end).lowercased()
                #expect(end.isEmpty || end.hasPrefix("</"))
            }
        }
    }

    // Where tags are left out, a browser may put what is moved past a script into another part of the table, or what
    // is moved to the front of the body into the head. Then there is no way back.
    @Test func movingDownAndUpAgainGivesTheSamePage() throws {
        var doneCount = 0
        for document in try RecordedDocument.all() {
            let markup = try document.markup()
            for row in document.rows {
                let mark = EditOperation(row.selector, .setAttribute(name: "data-moved", value: "1"))
                var editor = try DocumentEditor(markup)
                guard (try? editor.apply(mark)) != nil,
                    (try? editor.apply(EditOperation("[data-moved]", .move(.down)))) != nil,
                    (try? editor.apply(EditOperation("[data-moved]", .move(.up)))) != nil
                else { continue }
                let back = editor.text.replacing(" data-moved=\"1\"", with: "")
                #expect(HTMLSource(back).elements.map(\.name) == document.rows.map(\.name), "\(row.selector)")
                // Longer by end tags, where they were left out.
                if back.utf8.count == markup.utf8.count { #expect(back == markup) }
                doneCount += 1
            }
        }
        #expect(doneCount > 200)
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
