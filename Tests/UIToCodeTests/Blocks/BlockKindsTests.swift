// Which leaves are of one kind.
import Inference
import Media
import Render
import Testing

@testable import UIToCode

@Suite struct BlockKindsTests {
    // A page with a row of cards as wide as given; `draw` fills each.
    private func kinds(_ widths: [Int], _ draw: (inout DrawnPage, Int, PixelRect) -> Void) -> [Int?] {
        var page = DrawnPage(width: 1200, height: 260, RGB(241, 245, 249))
        var x = 20
        for (index, width) in widths.enumerated() {
            let card = PixelRect(x: x, y: 30, width: width, height: 200)
            page.card(card)
            draw(&page, index, card)
            x += width + 24
        }
        return BlockTree.cut(page.image, comfortable: PixelSize(width: 560, height: 448)).leaves.map(\.kind)
    }

    private func words(_ page: inout DrawnPage, _ index: Int, _ card: PixelRect) {
        page.text(x: card.xs.lowerBound + 20, y: 50, width: 90 + 23 * index, height: 16)
        page.text(x: card.xs.lowerBound + 20, y: 90, width: 180 - 19 * index)
        page.text(x: card.xs.lowerBound + 20, y: 180, width: 70 + 10 * index)
    }

    @Test func cardsThatDifferInWordsAreOneKind() {
        #expect(kinds([250, 250, 250], words) == [0, 0, 0])
    }

    @Test func aDifferenceOfTwoPixelsInSizeIsOneKindAndOfFiveIsNot() {
        #expect(kinds([250, 252, 250], words) == [0, 0, 0])
        #expect(kinds([250, 255, 250], words) == [0, nil, 0])
    }

    @Test func aCardWithAPictureIsNotOfTheKindOfCardsWithText() {
        let kinds = kinds([250, 250, 250]) { page, index, card in
            if index == 1 {
                for stripe in 0..<40 {
                    page.fill(
                        PixelRect(x: card.xs.lowerBound + 10 + stripe * 5, y: 40, width: 2, height: 180), RGB(0, 0, 0))
                }
            } else {
                words(&page, index, card)
            }
        }
        #expect(kinds == [0, nil, 0])
    }

    @Test func aCardOnAnotherColourIsNotOfTheKind() {
        var page = DrawnPage(width: 700, height: 700)
        page.fill(PixelRect(x: 0, y: 350, width: 700, height: 350), RGB(30, 41, 59))
        for y in [60, 410] {
            for x in [30, 380] {
                page.card(PixelRect(x: x, y: y, width: 290, height: 230))
                page.text(x: x + 20, y: y + 30, width: 150)
            }
        }
        let kinds = BlockTree.cut(page.image, comfortable: PixelSize(width: 400, height: 300)).leaves.map(\.kind)
        #expect(kinds == [0, 0, 1, 1])
    }
}
