// A drawn page and what is read of its lines → parts in their places and pictures cut out of the design.
import Media
import Render
import Testing

@testable import UIToCode

/// A drawn page whose lines of ink are as wide and as high as their words would be.
private struct WrittenPage {
    var drawn: DrawnPage
    private var words: [(rect: PixelRect, text: String)] = []
    private let typeface = Typeface.all[0]

    init(width: Int, height: Int, _ colour: RGB = RGB(255, 255, 255)) {
        drawn = DrawnPage(width: width, height: height, colour)
    }

    // Letters are strokes here: a stem and a thin foot, about as much ink as regular ones have.
    mutating func write(
        _ text: String, x: Int, baseline: Int, size: Double = 14, stem: Int = 2, _ colour: RGB = RGB(17, 24, 39)
    ) {
        let count = text.count { $0 != " " }
        let width = max(4, Int(((typeface.width(of: text, isBold: false) - 0.11) * size).rounded()))
        let (top, bottom) = (
            baseline - Int((typeface.inkTop(of: text) * size).rounded()),
            baseline + max(0, Int((typeface.inkBottom(of: text) * size).rounded()))
        )
        for letter in 0..<count {
            let (left, next) = (x + letter * width / count, x + (letter + 1) * width / count)
            let right = letter == count - 1 ? next : max(left + stem, next - 2)
            drawn.fill(PixelRect(xs: left..<left + stem, ys: top..<bottom), colour)
            drawn.fill(PixelRect(xs: left..<right, ys: bottom - 1..<bottom), colour)
        }
        words.append((PixelRect(xs: x..<x + width, ys: top..<bottom), text))
    }

    // A mark without words, 16 pixels wide and high.
    mutating func cross(x: Int, y: Int, _ colour: RGB) {
        drawn.fill(PixelRect(x: x + 6, y: y, width: 4, height: 16), colour)
        drawn.fill(PixelRect(x: x, y: y + 6, width: 16, height: 4), colour)
    }

    /// How wide a line's ink is.
    func width(of text: String) -> Int? { words.first { $0.text == text }?.rect.width }

    /// The draft of the page, every line read as it was written and all else as nothing.
    func draft() throws -> ScreenDraft {
        let scan = ScreenScan(drawn.image)
        let readings = scan.lines.map { line in
            words.first { $0.rect.overlaps(line.rect) }.map { LineReading.text($0.text, isBold: false) } ?? .nothing
        }
        return try ScreenDraft(drawn.image, scan: scan, readings: readings)
    }
}

@Suite struct ScreenDraftTests {
    private let ink = RGB(17, 24, 39)
    private let white = RGB(255, 255, 255)
    private let red = RGB(220, 38, 38)
    private let paragraph = [
        "Held to be that and more than", "Told in a few lines and held", "Brief as all of them should be",
    ]

    private func texts(_ draft: ScreenDraft) -> [(text: ScreenText, box: Box)] {
        draft.parts.compactMap { part in
            if case .text(let text) = part.kind { (text, part.box) } else { nil }
        }
    }

    private func images(_ draft: ScreenDraft) -> [(path: String, box: Box)] {
        draft.parts.compactMap { part in
            if case .picture(let path) = part.kind { (path, part.box) } else { nil }
        }
    }

    private func crop(_ box: Box, of image: Image) -> Image {
        image.cropped(x: Int(box.x), y: Int(box.y), width: Int(box.width), height: Int(box.height))
    }

    // MARK: Texts

    @Test func textsStandWhereTheyWereSeen() throws {
        var page = WrittenPage(width: 500, height: 300, RGB(248, 250, 252))
        page.drawn.fill(PixelRect(x: 0, y: 0, width: 500, height: 60), RGB(15, 23, 42))
        page.write("All products", x: 24, baseline: 36, RGB(226, 232, 240))
        page.write("Held to be that and more", x: 40, baseline: 140, size: 18)
        let draft = try page.draft()
        #expect(draft.background == RGB(248, 250, 252))
        let texts = texts(draft)
        #expect(texts.map(\.text.lines) == [["All products"], ["Held to be that and more"]])
        #expect(texts.map(\.text.colour) == [RGB(226, 232, 240), ink])
        for ((text, box), (x, baseline, size)) in zip(texts, [(24.0, 36.0, 14.0), (40, 140, 18)]) {
            // Two lines hardly tell their typeface, and so not quite their sizes.
            #expect(abs(text.fontSize - size) <= 2.5)
            #expect(abs(box.x - x) <= 2 && box.height == text.lineHeight)
            // A browser centres ascent and descent, about 1.2 of the font size, in the line's height.
            #expect(abs(box.center.y + 0.36 * size - baseline) <= 2)
        }
    }

    @Test func boxesAndRulesLieBehindTexts() throws {
        var page = WrittenPage(width: 500, height: 300)
        page.drawn.card(PixelRect(x: 40, y: 40, width: 300, height: 160))
        page.drawn.fill(PixelRect(x: 60, y: 110, width: 260, height: 1), RGB(229, 231, 235))
        page.write("Hello there", x: 60, baseline: 76)
        let parts = try page.draft().parts
        try #require(parts.count == 3)
        guard case .box(let look) = parts[0].kind, case .rule(let colour) = parts[1].kind, case .text = parts[2].kind
        else {
            Issue.record("\(parts.map(\.kind))")
            return
        }
        #expect(look.background == white && look.border == ScreenBox.Border(width: 1, colour: RGB(203, 213, 225)))
        #expect(colour == RGB(229, 231, 235))
        #expect(parts[0].box == Box(x: 40, y: 40, width: 300, height: 160))
        #expect(parts[1].box == Box(x: 60, y: 110, width: 260, height: 1))
    }

    @Test func aLineWithMuchInkIsBoldWhateverWasRead() throws {
        var page = WrittenPage(width: 500, height: 300)
        page.write("Hello there", x: 60, baseline: 76, stem: 4)
        #expect(texts(try page.draft()).map(\.text.isBold) == [true])
    }

    @Test func linesOfAParagraphAreOneText() throws {
        var page = WrittenPage(width: 500, height: 300)
        for (row, words) in paragraph.enumerated() { page.write(words, x: 40, baseline: 60 + row * 21) }
        page.write("Another line of it all", x: 40, baseline: 200)
        let texts = texts(try page.draft())
        #expect(texts.map(\.text.lines) == [paragraph, ["Another line of it all"]])
        let first = try #require(texts.first)
        #expect(abs(first.text.lineHeight - 21) <= 0.5 && first.box.height == 3 * first.text.lineHeight)
        #expect(first.text.alignment == .left)
    }

    @Test func linesOfAnotherColourOrSizeAreNoParagraph() throws {
        var page = WrittenPage(width: 500, height: 300)
        page.write(paragraph[0], x: 40, baseline: 60)
        page.write(paragraph[1], x: 40, baseline: 81, RGB(185, 28, 28))
        page.write(paragraph[2], x: 40, baseline: 110, size: 20)
        #expect(texts(try page.draft()).map(\.text.lines) == paragraph.map { [$0] })
    }

    @Test func linesWithOneMiddleAreCentred() throws {
        var measured = WrittenPage(width: 500, height: 300)
        var page = measured
        for (row, words) in ["Held to be that and more than all", "Told in a few lines and held"].enumerated() {
            measured.write(words, x: 0, baseline: 60)
            page.write(words, x: 250 - (measured.width(of: words) ?? 0) / 2, baseline: 60 + row * 21)
        }
        let texts = texts(try page.draft())
        #expect(texts.count == 1)
        #expect(try #require(texts.first).text.alignment == .center)
    }

    // MARK: Pictures

    @Test func linesWithoutWordsBecomePictures() throws {
        var page = WrittenPage(width: 300, height: 200)
        page.cross(x: 40, y: 40, red)
        page.write("Hello there", x: 100, baseline: 120)
        let draft = try page.draft()
        let shown = try #require(images(draft).first)
        let file = try #require(draft.pictures.first)
        #expect(images(draft).count == 1 && draft.pictures.count == 1 && file.path == shown.path)
        #expect(shown.box.x <= 40 && shown.box.y <= 40 && shown.box.right >= 56 && shown.box.bottom >= 56)
        #expect(shown.box.width <= 20 && shown.box.height <= 20)
        #expect(try Image.decode(file.bytes, name: file.path) == crop(shown.box, of: page.drawn.image))
    }

    @Test func aLineThatReadsEmptyIsAPicture() throws {
        var page = DrawnPage(width: 300, height: 200)
        page.text(x: 100, y: 120, width: 120)
        let scan = ScreenScan(page.image)
        let draft = try ScreenDraft(page.image, scan: scan, readings: scan.lines.map { _ in .text("", isBold: true) })
        #expect(texts(draft).isEmpty && images(draft).count == 1)
    }

    @Test func equalPicturesShareAFile() throws {
        var page = WrittenPage(width: 300, height: 200)
        for row in 0..<3 { page.cross(x: 40, y: 30 + row * 50, red) }
        page.cross(x: 140, y: 30, RGB(22, 163, 74))
        let draft = try page.draft()
        #expect(draft.pictures.count == 2 && Set(draft.pictures.map(\.path)).count == 2)
        let paths = images(draft).sorted { ($0.box.x, $0.box.y) < ($1.box.x, $1.box.y) }.map(\.path)
        #expect(paths.count == 4 && Set(paths.prefix(3)).count == 1 && paths.last != paths.first)
        #expect(Set(paths) == Set(draft.pictures.map(\.path)))
    }

    @Test func picturesEndAtTheEdgeOfThePage() throws {
        var page = WrittenPage(width: 120, height: 90)
        page.cross(x: 0, y: 74, ink)
        let draft = try page.draft()
        let shown = try #require(images(draft).first)
        #expect(shown.box.x == 0 && shown.box.bottom == 90)
        #expect(try Image.decode(draft.pictures[0].bytes, name: "x") == crop(shown.box, of: page.drawn.image))
    }

    @Test func aTextOnAPictureIsPaintedOver() throws {
        var page = WrittenPage(width: 600, height: 400)
        for row in 0..<140 { page.drawn.fill(PixelRect(x: 100, y: 100 + row, width: 1 + row, height: 1), red) }
        let bare = page.drawn.image
        page.write("Hello there", x: 112, baseline: 216, white)
        let draft = try page.draft()
        #expect(texts(draft).map(\.text.lines) == [["Hello there"]])
        #expect(images(draft).count == 1)
        let shown = try #require(images(draft).first)
        #expect(try Image.decode(draft.pictures[0].bytes, name: "x") == crop(shown.box, of: bare))
    }

    // MARK: The page

    @Test func thePageHoldsWordsAndPictures() throws {
        var page = WrittenPage(width: 500, height: 300)
        page.write("Prices < costs", x: 40, baseline: 60, size: 20)
        page.cross(x: 40, y: 120, red)
        page.write("Hello & so on", x: 100, baseline: 134)
        let draft = try page.draft()
        let html = draft.page(fallbackTitle: "shot")
        #expect(html.contains("<title>Prices &lt; costs</title>"))
        #expect(html.contains("Prices &lt; costs</h1>") && html.contains("Hello &amp; so on</"))
        #expect(draft.pictures.count == 1)
        for picture in draft.pictures { #expect(html.contains("src=\"\(picture.path)\"")) }
    }

    @Test func aBlankPageHasNoPartsAndTheGivenTitle() throws {
        let image = Image(width: 300, height: 200, fill: (10, 20, 30))
        let draft = try ScreenDraft(image, scan: ScreenScan(image), readings: [])
        #expect(draft.parts.isEmpty && draft.pictures.isEmpty && draft.background == RGB(10, 20, 30))
        #expect(draft.page(fallbackTitle: "A & b").contains("<title>A &amp; b</title>"))
    }
}
