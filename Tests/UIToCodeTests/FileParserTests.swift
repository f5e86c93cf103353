// Files out of a model's text, however it is cut into pieces.
import Testing

@testable import UIToCode

@Suite struct FileParserTests {
    private func files(_ text: String, layout: FileParser.Layout = .files, piece: Int = .max) -> [FileParser.File] {
        var parser = FileParser(layout, entryPath: "index.html")
        var rest = text[...]
        while !rest.isEmpty {
            _ = parser.push(String(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        _ = parser.finish()
        return parser.written
    }

    @Test(arguments: [
        "Here is the page:\n\n```html\n<!doctype html>\n<p>One</p>\n```\nEnjoy!",
        "```html index.html\n<!doctype html>\n<p>One</p>\n```",
        "```\n<!doctype html>\n<p>One</p>\n```",
        "~~~~HTML\n<!doctype html>\n<p>One</p>\n~~~~",
        "````html\n<!doctype html>\n<p>One</p>\n````",
    ])
    func aFencedPageIsTheEntryFile(text: String) {
        let expected = [FileParser.File(path: "index.html", text: "<!doctype html>\n<p>One</p>\n", isComplete: true)]
        #expect(files(text) == expected)
    }

    @Test func aBarePageRunsFromItsFirstTagToItsEnd() {
        let page = "<!doctype html>\n<html>\n<p>```not a fence```</p>\n</html>\n"
        #expect(files("Sure.\n" + page + "Hope it helps.") == [.init(path: "index.html", text: page, isComplete: true)])
        #expect(files("  <div>\nOne") == [.init(path: "index.html", text: "  <div>\nOne", isComplete: false)])
    }

    @Test(arguments: [
        ("html assets/a.html", "assets/a.html"), ("css style.css", "style.css"), ("style.css", "style.css"),
        ("html:app/page.html", "app/page.html"), ("js path=\"app.js\"", "app.js"), ("ts title='src/a.ts'", "src/a.ts"),
        ("html {file=b.html}", "b.html"),
    ])
    func aFenceMayNameItsPath(info: String, path: String) {
        #expect(files("```\(info)\nx\n```").map(\.path) == [path])
    }

    @Test func fencesThatAreNoFilesAreLeftOut() {
        #expect(
            files("```sh\nnpm start\n```\n```html\n<p>One</p>\n```\n```\nopen index.html\n```").map(\.text)
                == ["<p>One</p>\n"])
    }

    @Test func aFenceInsideAFenceOfMoreMarksIsText() {
        #expect(files("````html\n```\n<p>\n```\n````").map(\.text) == ["```\n<p>\n```\n"])
    }

    @Test func theLastOfTwoFilesWithOnePathCounts() {
        let text = "```html\n<p>draft</p>\n```\n```css a.css\nb\n```\nBetter:\n```html\n<p>final</p>\n```"
        #expect(files(text).map(\.text) == ["<p>final</p>\n", "b\n"])
    }

    @Test func anUnclosedFenceIsAnIncompleteFile() {
        #expect(files("```html\n<p>One") == [.init(path: "index.html", text: "<p>One", isComplete: false)])
    }

    @Test func wordsAloneAreNoFile() {
        #expect(files("I cannot see the picture. 1 < 2, and `code`.").isEmpty)
        #expect(files("").isEmpty)
        #expect(files("```html\n\n```").isEmpty)
    }

    @Test func aDialectsTextIsOneFileWhateverItHolds() {
        let text = "```\nwords <body>"
        #expect(files(text, layout: .page) == [.init(path: "index.html", text: text, isComplete: false)])
        #expect(files(" \n", layout: .page).isEmpty)
    }

    @Test(arguments: 1...7)
    func piecesMayBeCutAnywhere(length: Int) {
        let text =
            "Ok.\r\n```html\r\n<p>Grüße 🙂</p>\r\n```\r\n```css a/b.css\nx {}\n```\n"
            + "<!doctype html>\n<p>z</p>\n</HTML>\nbye"
        #expect(files(text, piece: length) == files(text))
        #expect(files(text).map(\.path) == ["index.html", "a/b.css"])
        #expect(files(text).first?.text == "<!doctype html>\n<p>z</p>\n</HTML>\n")
    }

    @Test(arguments: 1...7)
    func thePiecesAreTheFiles(length: Int) {
        let text = "Ok.\n```html\n<p>`a`</p>\n  ``\n\n```\nwords\n```css a/b.css\nx {}\n```\n<!doctype html>\n<p>z"
        var parser = FileParser(.files, entryPath: "index.html")
        var told: [String: String] = [:]
        var rest = text[...]
        while !rest.isEmpty {
            for piece in parser.push(String(rest.prefix(length))) { told[piece.path, default: ""] += piece.text }
            rest = rest.dropFirst(length)
        }
        for piece in parser.finish() { told[piece.path, default: ""] += piece.text }
        #expect(told == ["index.html": "<p>`a`</p>\n  ``\n\n<!doctype html>\n<p>z", "a/b.css": "x {}\n"])
    }

    @Test func aLineThatIsSurelyTextIsNotHeldBack() {
        var parser = FileParser(.files, entryPath: "index.html")
        #expect(parser.push("```html\n<di") == [.init(path: "index.html", text: "<di")])
        #expect(parser.push("v>") == [.init(path: "index.html", text: "v>")])
        #expect(parser.push("\n``").map(\.text) == ["\n"])
        #expect(parser.push("`").isEmpty)
        #expect(parser.finish().isEmpty)
        #expect(parser.written == [.init(path: "index.html", text: "<div>\n", isComplete: true)])
        var bare = FileParser(.files, entryPath: "index.html")
        #expect(bare.push("words\n <!doc").map(\.text) == [" <!doc"])
    }
}
