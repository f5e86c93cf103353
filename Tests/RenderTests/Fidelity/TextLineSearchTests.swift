// Lines of text found in pictures, against where a browser laid them out.
import Media
import Testing

@testable import Render

@Suite struct TextLineSearchTests {
    /// True lines with the line found for each; both sides once, the best overlaps first, at least a half.
    private static func hits(_ golden: LinesGolden, _ found: [TextBox]) -> [(LinesGolden.Line, TextBox)] {
        var candidates: [(overlap: Double, line: Int, found: Int)] = []
        for (index, line) in golden.lines.enumerated() {
            for (number, text) in found.enumerated() {
                guard let shared = line.box.intersection(text.box)?.area else { continue }
                let overlap = shared / (line.box.area + text.box.area - shared)
                if overlap >= 0.5 { candidates.append((overlap, index, number)) }
            }
        }
        var (lines, texts): (Set<Int>, Set<Int>) = ([], [])
        return candidates.sorted { $0.overlap > $1.overlap }.compactMap { candidate in
            guard !lines.contains(candidate.line), !texts.contains(candidate.found) else { return nil }
            lines.insert(candidate.line)
            texts.insert(candidate.found)
            return (golden.lines[candidate.line], found[candidate.found])
        }
    }

    @Test func findsTheLinesOfTheSampleDesigns() throws {
        var (lines, found, hits, sized) = (0, 0, 0, 0)
        for golden in FidelityGoldens.lines {
            let texts = Sight(estimating: try FidelityGoldens.design(golden.picture)).texts
            let pairs = Self.hits(golden, texts)
            lines += golden.lines.count
            found += texts.count
            hits += pairs.count
            sized += pairs.count { abs($0.fontSize - $1.fontSize) <= 0.1 * $0.fontSize }
        }
        #expect(lines == 256)
        #expect(Double(hits) >= 0.97 * Double(lines), "\(hits) of \(lines) lines found")
        #expect(Double(hits) >= 0.95 * Double(found), "\(hits) of \(found) that were found are lines")
        #expect(Double(sized) >= 0.78 * Double(hits), "\(sized) of \(hits) font sizes within a tenth")
    }

    @Test func aPictureWithoutTextHasNoLines() {
        let empty = Image(width: 200, height: 120, fill: (240, 240, 240))
        #expect(Sight(estimating: empty).texts.isEmpty)
        let card = empty.filled(x: 20, y: 20, width: 100, height: 60, RGB(255, 255, 255))
        #expect(Sight(estimating: card).texts.isEmpty)
    }

    // As the side of a field whose corners are round.
    @Test func aThinStrokeBesideALineIsNoPartOfIt() throws {
        let ink = RGB(100, 116, 139)
        var image = Image(width: 200, height: 60, fill: (255, 255, 255)).filled(x: 20, y: 12, width: 1, height: 20, ink)
        for letter in 0..<8 { image = image.filled(x: 30 + 8 * letter, y: 17, width: 5, height: 10, ink) }
        let texts = Sight(estimating: image).texts
        #expect(texts.count == 1)
        #expect(abs(try #require(texts.first).box.x - 30) <= 1)
    }

    @Test func coloursAreThoseOfTheLetters() throws {
        let golden = try #require(FidelityGoldens.lines.first { $0.picture == "coffee-hero.png" })
        let pairs = Self.hits(golden, Sight(estimating: try FidelityGoldens.design(golden.picture)).texts)
        let button = try #require(pairs.first { $0.0.words == "Order now" })
        #expect(ColourDifference.between(button.1.colour, RGB(255, 255, 255)) < 6)
        let title = try #require(pairs.first { $0.0.words == "Fresh coffee, every day" })
        #expect(ColourDifference.between(title.1.colour, RGB(15, 23, 42)) < 6)
    }

    @Test func aReadingLendsItsWords() throws {
        let golden = try #require(FidelityGoldens.lines.first { $0.picture == "sign-in.png" })
        var sight = Sight(estimating: try FidelityGoldens.design(golden.picture))
        let places = sight.texts.map(\.box)
        let reading = golden.lines.map { TextBox($0.words, box: $0.box, fontSize: $0.fontSize) }
        sight.read(from: reading + [TextBox("nowhere", box: Box(x: 2, y: 440, width: 5, height: 5), fontSize: 5)])
        #expect(sight.texts.map(\.box) == places)
        #expect(Set(sight.texts.compactMap(\.text)) == Set(golden.lines.map(\.words)))
        #expect(sight.isEstimate)
    }

    @Test func twoReadingsOnOneLineAreStrungTogetherAndOneOverTwoJoinsThem() {
        var sight = SamplePage.sight([
            SamplePage.line(nil, 10, 10, 100, 14), SamplePage.line(nil, 10, 50, 40, 14),
            SamplePage.line(nil, 60, 50, 40, 14), SamplePage.line(nil, 10, 90, 40, 14),
        ])
        sight.read(from: [
            SamplePage.line("world", 62, 11, 40, 14), SamplePage.line("Hello", 10, 10, 45, 14),
            SamplePage.line("one reading", 10, 50, 90, 14),
        ])
        #expect(sight.texts.map(\.text) == ["Hello world", "one reading", nil])
        let joined = sight.texts[1].box
        #expect(joined.x == 10 && joined.y == 50 && joined.width == 90 && abs(joined.height - 16.8) < 1e-9)
    }
}
