// Who belongs to whom: equal strings, wrapped lines, pieces that are merged.
import Media
import Testing

@testable import Render

@Suite struct TextMatchingTests {
    private static func matching(_ result: [TextBox], _ design: [TextBox]) -> TextMatching {
        TextMatching(of: SamplePage.sight(result), with: SamplePage.sight(design), canvas: (400, 300))
    }

    private static func words(_ matching: TextMatching) -> [[String?]] {
        matching.pairs.map { [matching.result[$0.result].text, matching.design[$0.design].text] }
    }

    @Test func equalStringsGoToTheNearest() {
        let rows = (0..<6).map { SamplePage.line("Edit", 300, 40 + 30 * Double($0), 28, 14) }
        let moved = rows.reversed().map { line in
            var line = line
            line.box.x += 4
            line.box.y += 3
            return line
        }
        let matching = Self.matching(Array(moved), rows)
        #expect(matching.pairs.map(\.design) == [5, 4, 3, 2, 1, 0])
    }

    @Test func theOnlyOneLeftGoesToTheOneAtItsPlace() {
        let rows = (0..<5).map { SamplePage.line("Edit", 300, 40 + 30 * Double($0), 28, 14) }
        for row in rows.indices { #expect(Self.matching([rows[row].moved(by: 3)], rows).pairs.map(\.design) == [row]) }
    }

    @Test func equalStringsThatMovedByARowStayWithTheirNeighbours() {
        let rows = ["Harbour", "Millpond", "Old quay", "Station", "Coast road"].enumerated().flatMap { row, name in
            let y = 40 + 30 * Double(row)
            return [SamplePage.line(name, 20, y, 60, 14), SamplePage.line("Edit", 300, y, 28, 14)]
        }
        let matching = Self.matching(rows.map { $0.moved(by: 32) }, rows)
        #expect(matching.pairs.map(\.design) == Array(rows.indices))
    }

    @Test func unlikeTextIsNoPair() {
        let matching = Self.matching(
            [SamplePage.line("Quarterly", 10, 10, 60, 14)], [SamplePage.line("Sign up", 10, 10, 60, 14)])
        #expect(matching.pairs.isEmpty)
    }

    @Test func aParagraphThatWrapsElsewhereIsOneBlock() {
        func paragraph(_ lines: [String]) -> [TextBox] {
            lines.enumerated().map { SamplePage.line($1, 20, 40 + 20 * Double($0), 150, 14, selector: "p") }
        }
        let matching = Self.matching(
            paragraph(["Roasted in small", "batches by the river", "since 1987"]),
            paragraph(["Roasted in small batches", "by the river since 1987"]))
        #expect(matching.pairs.map(\.similarity) == [1])
        #expect(matching.design[0].text == "Roasted in small batches by the river since 1987")
        #expect(matching.design[0].box.height == 20 + 14 * 1.2)
    }

    @Test func piecesOfOneLineAreMergedWhereThatHelps() {
        let whole = SamplePage.line("Forgot your password?", 20, 40, 130, 14)
        let pieces = [SamplePage.line("Forgot your", 20, 40, 70, 14), SamplePage.line("password?", 94, 40, 56, 14)]
        let other = SamplePage.line("Sign in", 20, 90, 40, 14)
        for (result, design) in [(pieces + [other], [whole, other]), ([whole, other], pieces + [other])] {
            let matching = Self.matching(result, design)
            #expect(Self.words(matching).contains(["Forgot your password?", "Forgot your password?"]))
            #expect(matching.pairs.count == 2 && matching.result.count == 2 && matching.design.count == 2)
        }
    }

    @Test func threePiecesAreMergedStepByStep() {
        let whole = SamplePage.line("Terms and privacy policy", 20, 40, 150, 14)
        let pieces = [
            SamplePage.line("Terms and", 20, 40, 60, 14), SamplePage.line("privacy", 84, 40, 44, 14),
            SamplePage.line("policy", 132, 40, 38, 14),
        ]
        #expect(
            Self.words(Self.matching(pieces, [whole])) == [["Terms and privacy policy", "Terms and privacy policy"]])
    }

    @Test func whatMatchesAsItIsStaysApart() {
        let nav = ["Menu", "About", "Contact"].enumerated().map {
            SamplePage.line($1, 20 + 50 * Double($0), 12, 45, 14)
        }
        let matching = Self.matching(nav, nav)
        #expect(matching.pairs.count == 3 && matching.result.count == 3)
    }

    @Test func aThousandEqualLinesMatchThemselves() {
        let rows = (0..<1_200).map { SamplePage.line("Edit", Double($0 % 10) * 40, Double($0 / 10) * 20, 28, 14) }
        let matching = Self.matching(rows, rows)
        #expect(matching.pairs.allSatisfy { $0.result == $0.design && $0.similarity == 1 })
        #expect(matching.pairs.count == 1_200)
    }
}

extension TextBox {
    /// The line some pixels further down.
    fileprivate func moved(by pixels: Double) -> TextBox {
        var line = self
        line.box.y += pixels
        return line
    }
}

@Suite struct ReadingOrderTests {
    @Test func rowsFromTopToBottomThenFromLeftToRight() {
        let boxes = [
            Box(x: 200, y: 12, width: 40, height: 20), Box(x: 10, y: 60, width: 40, height: 20),
            Box(x: 10, y: 10, width: 40, height: 30), Box(x: 100, y: 18, width: 40, height: 12),
            Box(x: 5, y: 39, width: 20, height: 20),
        ]
        #expect(ReadingOrder.indices(of: boxes) == [2, 3, 0, 4, 1])
        #expect(ReadingOrder.indices(of: []) == [])
    }
}
