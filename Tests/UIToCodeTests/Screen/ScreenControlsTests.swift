// Which boxes and texts of a screen become the parts of a form, and how they are written.
import Render
import Testing

@testable import UIToCode

@Suite struct ScreenControlsTests {
    private let ink = RGB(17, 24, 39)
    private let grey = RGB(148, 163, 184)
    private let line = RGB(203, 213, 225)
    private let white = RGB(255, 255, 255)
    private let blue = RGB(37, 99, 235)

    private func box(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: RGB? = RGB(255, 255, 255),
        border: RGB? = nil, radius: Double = 0, isTicked: Bool = false
    ) -> ScreenPart {
        let edge = border.map { ScreenBox.Border(width: 1, colour: $0) }
        var look = ScreenLook(background: colour, border: edge, radius: radius)
        look.isTicked = isTicked
        return ScreenPart(kind: .box(look), box: Box(x: x, y: y, width: width, height: height))
    }

    private func text(
        _ words: String, _ x: Double, _ y: Double, width: Double = 80, size: Double = 14, _ colour: RGB? = nil
    ) -> ScreenPart {
        let text = ScreenText(
            lines: [words], fontSize: size, lineHeight: size + 6, colour: colour ?? ink, family: "sans-serif")
        return ScreenPart(kind: .text(text), box: Box(x: x, y: y, width: width, height: size + 6))
    }

    private func picture(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> ScreenPart {
        ScreenPart(kind: .picture(path: "icon.png"), box: Box(x: x, y: y, width: width, height: height))
    }

    // A box with words at its left, and a label above it.
    private func field(_ label: String, _ words: String, y: Double = 100, _ colour: RGB? = nil) -> [ScreenPart] {
        [
            text(label, 40, y - 24), box(40, y, 262, 34, border: line, radius: 6),
            text(words, 50, y + 7, width: 100, colour ?? grey),
        ]
    }

    private func document(_ parts: [ScreenPart]) -> String {
        let title = text("Title", 40, 20, size: 24)
        return ScreenMarkup.document(
            parts: [title] + parts, width: 800, height: 600, background: white, title: "Title")
    }

    private func rule(_ selector: String, in document: String) -> String {
        document.split(separator: "\n").first { $0.hasPrefix("    \(selector) {") }.map(String.init) ?? ""
    }

    // MARK: Fields

    @Test func greyWordsInABoxBelowALabelAreAPlaceholder() {
        let page = document(field("Email", "you@example.com"))
        #expect(page.contains(" for=\"email\">Email</label>"))
        #expect(page.contains("<input class=\"field-1\" id=\"email\" type=\"email\" placeholder=\"you@example.com\">"))
        #expect(page.contains("    .field-1::placeholder { color: #94a3b8; opacity: 1; }\n"))
        let look = rule(".field-1", in: page)
        #expect(look.contains("background: #ffffff; border: 1px solid #cbd5e1; border-radius: 6px; padding: 0 9px;"))
        #expect(look.contains("width: 262px; height: 34px;"))
        #expect(rule("input", in: page).contains("appearance: none; padding: 0; border: 0;"))
    }

    @Test func darkWordsAreAValue() {
        let page = document(field("Name", "Loom & Ledger", ink))
        #expect(page.contains(" id=\"name\" type=\"text\" value=\"Loom &amp; Ledger\">"))
        #expect(!page.contains("placeholder"))
    }

    @Test(arguments: [
        ("Password", "Enter it", "password"), ("Secret", "••••••", "password"), ("Work e-mail", "Frank", "email"),
        ("Find", "Search cards", "search"), ("User", "@frank", "text"),
    ])
    func theTypeFollowsTheWords(_ label: String, _ words: String, _ type: String) {
        #expect(document(field(label, words)).contains(" type=\"\(type)\" placeholder=\"\(words)\">"))
    }

    @Test func whatIsTypedAsAPasswordStaysReadable() {
        #expect(document(field("Password", "********", ink)).contains(" type=\"password\" placeholder=\"********\">"))
    }

    @Test func wordsThatStandLowAreMovedByPadding() {
        let parts = [
            text("Name", 40, 76), box(40, 100, 262, 34, border: line), text("Frank", 50, 108, width: 100, grey),
        ]
        #expect(rule(".field-1", in: document(parts)).contains("padding: 2px 9px 0;"))
    }

    @Test func anEmptyBoxNeedsALabel() {
        let empty = box(40, 100, 262, 34, border: line)
        #expect(document([text("City", 40, 76), empty]).contains(" id=\"city\" type=\"text\">"))
        #expect(!document([empty]).contains("<input"))
    }

    @Test func aFieldWithoutALabelIsNamedByItsWords() {
        let page = document([box(40, 100, 262, 34, RGB(241, 245, 249)), text("Search cards", 50, 107, grey)])
        #expect(page.contains(" type=\"search\" placeholder=\"Search cards\" aria-label=\"Search cards\">"))
    }

    @Test func aLabelMayStandBeforeItsField() {
        let parts = [
            text("Name", 40, 107, width: 50), box(100, 100, 262, 34, border: line), text("Frank", 110, 107, grey),
        ]
        #expect(document(parts).contains(" for=\"name\">Name</label>"))
    }

    @Test func buttonsAndEntriesOfListsAreNoFields() {
        let button = [text("Then", 40, 76), box(40, 100, 120, 34, border: line), text("Start", 60, 107)]
        #expect(document(button).contains("type=\"button\">Start</button>"))
        let list = [
            text("Plans", 40, 76), box(40, 100, 262, 34, border: line), text("Basic", 50, 107),
            box(40, 142, 262, 34, border: line), text("Large", 50, 149),
        ]
        #expect(!document(list).contains("<input"))
        let chosen = [text("Home", 40, 76), box(40, 100, 262, 34, RGB(241, 245, 249)), text("Inbox", 50, 107)]
        #expect(!document(chosen).contains("<input"))
    }

    @Test func everyIdentifierIsUnique() {
        let page = document(field("Line 2 *", "One") + field("Line 2", "Two", y: 180) + field("2nd", "Three", y: 260))
        #expect(page.contains(" id=\"line-2\" "))
        #expect(page.contains(" id=\"line-2-2\" "))
        #expect(page.contains(" id=\"field-2nd\" "))
    }

    @Test func wordsBesideAnIconAreWrittenInsideTheirBox() {
        let search = [
            box(40, 100, 300, 36, RGB(241, 245, 249)), picture(50, 110, 16, 16),
            text("Search", 74, 108, width: 60, grey),
        ]
        let page = document(search)
        #expect(page.contains("<div class=\"field-1\">"))
        #expect(page.contains("type=\"search\" placeholder=\"Search\" aria-label=\"Search\">"))
        #expect(rule(".field-2", in: page).contains("width: 256px; height: 20px;"))
        let dated = [
            text("Date", 40, 76), box(40, 100, 300, 36, border: line), text("30 May", 52, 108, width: 60),
            picture(310, 110, 16, 16),
        ]
        #expect(document(dated).contains(" id=\"date\" type=\"text\" value=\"30 May\">"))
        let choice = Array(dated.dropLast()) + [picture(310, 114, 14, 8)]
        #expect(!document(choice).contains("<input"))
    }

    @Test func aTallBoxIsForSeveralLines() {
        let tall = [
            text("Message", 40, 156), box(40, 180, 262, 120, border: line), text("Your words", 50, 190, grey),
        ]
        let page = document(field("Name", "Frank") + tall)
        #expect(page.contains(" id=\"message\" placeholder=\"Your words\"></textarea>"))
        #expect(page.contains("    .field-2 { ") && page.contains("height: 120px;"))
        #expect(page.contains("    textarea { resize: none; }\n"))
        #expect(!document(tall).contains("<textarea"))
    }

    // MARK: Check boxes

    @Test func aSmallBorderedSquareBeforeATextIsACheckBox() {
        let page = document([box(40, 102, 16, 16, border: line, radius: 3), text("Remember me", 64, 100)])
        #expect(page.contains("<input class=\"check-1\" id=\"remember-me\" type=\"checkbox\">"))
        #expect(page.contains(" for=\"remember-me\">Remember me</label>"))
        #expect(rule(".check-1", in: page).contains("border-radius: 3px;"))
    }

    @Test func aRingBeforeATextIsARadioButton() {
        let page = document([box(40, 102, 16, 16, border: line, radius: 8), text("By post", 64, 100)])
        #expect(page.contains(" id=\"by-post\" type=\"radio\">"))
        let dot = document([box(40, 102, 16, 16, blue, radius: 8), text("Online", 64, 100)])
        #expect(!dot.contains("<input"))
        let glass = document([box(40, 102, 16, 16, border: line, radius: 8), text("Search", 64, 100)])
        #expect(!glass.contains("<input"))
    }

    @Test func filledSquaresAloneAreTheKeyToAChart() {
        let first = [box(40, 102, 16, 16, blue), text("One", 64, 100)]
        let second = [box(40, 132, 16, 16, RGB(220, 38, 38)), text("Two", 64, 130)]
        #expect(!document(first).contains("<input"))
        #expect(!document(first + second).contains("<input"))
    }

    @Test func aFilledSquareInAColumnWithOpenOnesIsChosen() {
        let open = [box(40, 102, 16, 16, border: line), text("One", 64, 100)]
        let filled = [box(40, 132, 16, 16, blue), text("Two", 64, 130)]
        #expect(document(open + filled).contains(" id=\"two\" type=\"checkbox\" checked>"))
    }

    @Test func aTickedSquareIsDrawnByTheBrowser() {
        let page = document([
            box(40, 102, 16, 16, blue, isTicked: true), picture(42, 104, 12, 12), text("Remember me", 64, 100),
        ])
        #expect(page.contains(" id=\"remember-me\" type=\"checkbox\" checked>"))
        #expect(rule(".check-1", in: page).contains("appearance: auto; accent-color: #2563eb;"))
        #expect(!page.contains("<img"))
    }

    @Test func squaresBeforeTheCellsOfATableStay() {
        let cells = [text("Name", 64, 100), text("Company", 260, 100), text("Owner", 460, 100)]
        #expect(!document([box(40, 102, 16, 16, border: line)] + cells).contains("<input"))
    }

    // MARK: Forms

    @Test func aCardWithFieldsAndAButtonIsAForm() {
        let button = [box(40, 150, 120, 34, blue), text("Send", 60, 157, white)]
        let card = box(20, 60, 320, 150, border: line, radius: 8)
        let page = document([card] + field("Name", "Frank") + button)
        #expect(page.contains("<form class=\"card-1\">"))
        #expect(!document([card] + field("Name", "Frank")).contains("<form"))
    }
}
