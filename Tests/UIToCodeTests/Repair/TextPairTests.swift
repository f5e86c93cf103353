import Media
import Render
import Testing

@testable import UIToCode

@Suite struct TextPairTests {
    private let ink = RGB(20, 20, 30)

    private func unread(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> TextBox {
        TextBox(nil, box: Box(x: x, y: y, width: width, height: height), fontSize: 12)
    }

    // Two lines of one size change places: only their ink tells them.
    @Test func unreadLinesArePairedByTheirInk() {
        let design = Painting(200, 80).text(20, 10, 80, 12, ink, seed: 1).text(20, 30, 80, 12, ink, seed: 2)
        let result = Painting(200, 80).text(20, 12, 80, 12, ink, seed: 2).text(20, 32, 80, 12, ink, seed: 1)
        let pairs = TextPair.pairs(
            of: [unread(20, 10, 80, 12), unread(20, 30, 80, 12)], in: Pixels(design.image, scale: 1),
            with: [unread(20, 12, 80, 12), unread(20, 32, 80, 12)], in: Pixels(result.image, scale: 1))
        #expect(pairs.map(\.design.box.y) == [30, 10])
        #expect(pairs.allSatisfy { $0.likeness > 0.9 })
    }

    @Test func equalWordsArePairedWhateverTheirInk() {
        let blank = Pixels(Painting(200, 80).image, scale: 1)
        let pairs = TextPair.pairs(
            of: [.line("a", 0, 0, 40, 10), .line("b", 0, 20, 40, 10)], in: blank,
            with: [.line("b", 0, 2, 40, 10), .line("a", 0, 22, 40, 10)], in: blank)
        #expect(pairs.map(\.result.text) == ["b", "a"])
        #expect(pairs.map(\.design.text) == ["b", "a"])
    }

    @Test func linesFarApartOrOfOtherSizeAreNoPair() {
        let blank = Pixels(Painting(400, 400).image, scale: 1)
        let one = [TextBox.line("a", 0, 0, 40, 10)]
        #expect(TextPair.pairs(of: one, in: blank, with: [.line("a", 0, 390, 40, 10)], in: blank).isEmpty)
        #expect(TextPair.pairs(of: one, in: blank, with: [.line("a", 0, 0, 300, 40)], in: blank).isEmpty)
    }

    @Test func theShiftOfCentredTextIsThatOfItsMiddle() {
        let pair = TextPair(design: .line("a", 10, 5, 40, 10), result: .line("a", 0, 0, 20, 10), likeness: 1)
        #expect(pair.shift(alignment: nil) == (10, 5))
        #expect(pair.shift(alignment: "center") == (20, 5))
        #expect(pair.shift(alignment: "right") == (30, 5))
    }
}
