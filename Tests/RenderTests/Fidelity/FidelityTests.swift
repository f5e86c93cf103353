// The score as a whole: 1 for the same, and an edit moves the category it belongs to and no other.
import Foundation
import Media
import Testing

@testable import Render

@Suite struct FidelityTests {
    /// The categories that are not 1, of a result against the unedited page.
    private static func moved(_ texts: [TextBox]) -> Set<FidelityCategory> {
        let score = Fidelity.score(of: SamplePage.sight(texts), against: SamplePage.sight()).score
        return Set(FidelityCategory.allCases.filter { score[$0] != 1 })
    }

    @Test func aPageAgainstItselfIsOneInEveryNumber() {
        let report = Fidelity.score(of: SamplePage.sight(), against: SamplePage.sight())
        for category in FidelityCategory.allCases { #expect(report.score[category] == 1, "\(category)") }
        #expect(report.score.total == 1)
        #expect(report.differences.isEmpty)
        #expect(!report.isEstimate)
        #expect(report.meanColourDifference == 0)
        #expect(report.score.shares == FidelityScore.weights)
    }

    @Test func aCommentInThePlaceOfSomethingLeftOutCostsCompletenessAlone() {
        let result = SamplePage.sight(comments: ["Navigation", "... rest of the rows"])
        let report = Fidelity.score(of: result, against: SamplePage.sight())
        #expect(FidelityCategory.allCases.filter { report.score[$0] != 1 } == [.completeness])
        let lines = Double(SamplePage.texts.count)
        #expect(report.score.completeness == lines / (lines + 1))
        #expect(report.differences.map(\.kind) == [.placeholder("... rest of the rows")])
        #expect(Fidelity.score(of: result, against: result).score.total == 1)
    }

    @Test(arguments: ["sign-in.png", "team.png", "orders.jpg"])
    func aPictureAgainstItselfIsOneInEveryNumber(name: String) throws {
        let sight = Sight(estimating: try FidelityGoldens.design(name))
        let report = Fidelity.score(of: sight, against: sight)
        for category in FidelityCategory.allCases where category != .accessibility {
            #expect(report.score[category] == 1, "\(category)")
        }
        #expect(report.score.accessibility == nil)
        #expect(report.score.total == 1)
        #expect(report.differences.isEmpty)
        #expect(report.isEstimate)
    }

    /// A sample design as a page that shows exactly it.
    private static func page(_ golden: LinesGolden, showing image: Image? = nil) throws -> Sight {
        let image = try image ?? FidelityGoldens.design(golden.picture)
        let texts = golden.lines.enumerated().map {
            TextBox($1.words, box: $1.box, fontSize: $1.fontSize, selector: "p:nth-child(\($0 + 1))")
        }
        return SamplePage.sight(texts, image: image)
    }

    @Test func aPageAgainstItsOwnPictureIsOneThoughEstimated() throws {
        let golden = try #require(FidelityGoldens.lines.first { $0.picture == "sign-in.png" })
        let page = try Self.page(golden)
        for report in [
            Fidelity.score(of: page, against: Sight(estimating: page.image)),
            Fidelity.score(of: Sight(estimating: page.image), against: page),
        ] {
            #expect(report.isEstimate)
            #expect(report.score.total == 1)
            #expect(report.differences.isEmpty)
        }
    }

    @Test func aLineThatThePictureOfADesignHasAndThePageLacksIsMissing() throws {
        let golden = try #require(FidelityGoldens.lines.first { $0.picture == "sign-in.png" })
        let line = try #require(golden.lines.first { $0.words == "Remember me" })
        let picture = try FidelityGoldens.design(golden.picture)
        let covered = picture.filled(
            x: Int(line.box.x) - 1, y: Int(line.box.y) - 1, width: Int(line.box.width) + 4,
            height: Int(line.box.height) + 4, RGB(255, 255, 255))
        let missing = Fidelity.score(of: try Self.page(golden, showing: covered), against: Sight(estimating: picture))
        #expect(missing.differences.filter { $0.designBox != nil }.map(\.kind) == [.missingText(nil)])
        #expect(try #require(missing.differences[0].designBox?.intersection(line.box)).area > 0.5 * line.box.area)
        #expect(missing.score.text == 1 && missing.score.position == 1 && missing.score.block! < 1)
        let extra = Fidelity.score(of: try Self.page(golden), against: Sight(estimating: covered))
        #expect(extra.differences.map(\.kind) == [.extraText("Remember me")])
        #expect(
            extra.differences[0].selector
                == "p:nth-child(\(golden.lines.firstIndex { $0.words == "Remember me" }! + 1))")
    }

    @Test func otherWordsMoveTextAlone() throws {
        var texts = SamplePage.texts
        texts[3].text = "Fresh coffee, every morning"
        #expect(Self.moved(texts) == [.text])
        let report = Fidelity.score(of: SamplePage.sight(texts), against: SamplePage.sight())
        // 2 · 19 of 50 scalars, the mean of eight lines.
        let ratio = SequenceRatio("Fresh coffee, every day").ratio(of: texts[3].text!.unicodeScalars.map(\.value))
        #expect(abs(report.score.text! - (7 + ratio) / 8) < 1e-12)
        let difference = try #require(report.differences.first)
        #expect(report.differences.count == 1)
        #expect(
            difference.kind == .wrongText(expected: "Fresh coffee, every day", found: "Fresh coffee, every morning"))
        #expect(difference.selector == "h1")
    }

    @Test func aBoxMovedBy10PixelsMovesPositionAlone() throws {
        var texts = SamplePage.texts
        texts[7].box.x += 10
        #expect(Self.moved(texts) == [.position])
        let report = Fidelity.score(of: SamplePage.sight(texts), against: SamplePage.sight())
        #expect(abs(report.score.position! - (1 - 10.0 / 400 / 8)) < 1e-12)
        #expect(report.differences.map(\.kind) == [.moved(dx: 10, dy: 0)])
    }

    @Test func aShiftedColourMovesColourAlone() throws {
        var texts = SamplePage.texts
        texts[0].colour = RGB(200, 20, 40)
        #expect(Self.moved(texts) == [.colour])
        let report = Fidelity.score(of: SamplePage.sight(texts), against: SamplePage.sight())
        #expect(report.differences.map(\.kind) == [.wrongColour(expected: RGB(15, 23, 42), found: RGB(200, 20, 40))])
    }

    @Test func anotherFontSizeIsTold() {
        var texts = SamplePage.texts
        texts[3].fontSize = 22
        let report = Fidelity.score(of: SamplePage.sight(texts), against: SamplePage.sight())
        #expect(report.differences.map(\.kind) == [.wrongSize(expected: 25, found: 22)])
    }

    @Test func missingTextMovesBlockAndCompleteness() {
        let texts = Array(SamplePage.texts.dropLast())
        #expect(Self.moved(texts) == [.block, .completeness])
        let report = Fidelity.score(of: SamplePage.sight(texts), against: SamplePage.sight())
        #expect(report.differences.map(\.kind) == [.missingText("Order now")])
        #expect(report.differences[0].designBox == SamplePage.texts[7].box)
        #expect(report.differences[0].resultBox == nil)
    }

    @Test func extraTextMovesBlockAlone() {
        let extra = SamplePage.line("Subscribe to our newsletter", 20, 260, 180, 14, selector: "footer")
        #expect(Self.moved(SamplePage.texts + [extra]) == [.block])
        let report = Fidelity.score(of: SamplePage.sight(SamplePage.texts + [extra]), against: SamplePage.sight())
        #expect(report.differences.map(\.kind) == [.extraText("Subscribe to our newsletter")])
        #expect(report.differences[0].selector == "footer")
    }

    @Test func otherPixelsMoveThePictureNumbersAlone() {
        let design = SamplePage.sight()
        let result = SamplePage.sight(image: Image.generatedPage(width: 400, height: 300, seed: 3, shift: 2))
        let score = Fidelity.score(of: result, against: design).score
        let moved = Set(FidelityCategory.allCases.filter { score[$0] != 1 })
        #expect(moved == [.structure, .tone, .edges])
        for category in moved { #expect((0.3..<1).contains(score[category]!), "\(category)") }
    }

    @Test func aFlatAreaInAnotherColourIsTold() {
        let ground = Image(width: 400, height: 300, fill: (255, 255, 255))
        let design = ground.filled(x: 40, y: 48, width: 160, height: 80, RGB(37, 99, 235))
        let result = ground.filled(x: 40, y: 48, width: 160, height: 80, RGB(220, 38, 38))
        let report = Fidelity.score(
            of: SamplePage.sight([], image: result), against: SamplePage.sight([], image: design))
        #expect(report.differences.map(\.kind) == [.wrongArea(expected: RGB(37, 99, 235), found: RGB(220, 38, 38))])
        #expect(report.differences[0].designBox == Box(x: 40, y: 48, width: 160, height: 80))
    }

    @Test func weightsOfWhatDoesNotApplyAreShared() {
        let score = Fidelity.score(of: SamplePage.sight([]), against: SamplePage.sight([])).score
        #expect(score.block == nil && score.text == nil && score.position == nil && score.colour == nil)
        #expect(abs(score.shares.values.reduce(0, +) - 1) < 1e-12)
        #expect(abs(score.shares[.structure]! - 0.15 / 0.45) < 1e-12)
        #expect(score.total == 1)
        #expect(abs(FidelityScore.weights.values.reduce(0, +) - 1) < 1e-12)
    }

    @Test func aBlankResultIsZeroInTotal() {
        let blank = SamplePage.sight([], image: Image(width: 400, height: 300, fill: (250, 250, 250)))
        let report = Fidelity.score(of: blank, against: SamplePage.sight())
        #expect(report.score.total == 0)
        #expect(report.score.completeness == 0)
        #expect(report.differences.first?.kind == .blank)
        #expect(Fidelity.score(of: blank, against: blank).score.total == 1)
    }

    @Test func whatOnlyOnePictureCoversCountsAsDifferent() {
        let design = SamplePage.sight([], image: Image(width: 100, height: 80, fill: (255, 255, 255)).marked)
        let result = SamplePage.sight([], image: Image(width: 100, height: 100, fill: (255, 255, 255)).marked)
        for (first, second) in [(design, result), (result, design)] {
            let report = Fidelity.score(of: first, against: second)
            #expect(report.score.structure == 0.8)
            #expect(report.score.edges == 0.8)
            #expect(abs(report.score.tone! - 0.8) < 1e-12)
            #expect(abs(report.meanColourDifference - 20) < 1e-12)
            #expect(report.width == 100 && report.height == 100)
        }
    }

    @Test func accessibilityCountsOnlyAgainstAPage() {
        let faulty = Accessibility(
            checked: [.name: 4, .landmark: 1],
            findings: [.init(rule: .name, selector: "a", message: "has no name")])
        let page = SamplePage.sight(accessibility: faulty)
        let againstPage = Fidelity.score(of: page, against: SamplePage.sight()).score
        #expect(againstPage.accessibility == 0.875)
        #expect(againstPage.shares[.accessibility] == 0.05)
        #expect(abs(againstPage.total - (1 - 0.125 * 0.05)) < 1e-12)
        #expect(Fidelity.score(of: page, against: page).score.accessibility == 1)
        let againstPicture = Fidelity.score(of: page, against: Sight(estimating: page.image)).score
        #expect(againstPicture.accessibility == 0.875)
        #expect(againstPicture.shares[.accessibility] == nil)
    }

    @Test func overflowAndPlaceholdersLowerCompleteness() {
        let filler = SamplePage.line("Lorem ipsum dolor sit amet", 20, 260, 180, 14, selector: "p")
        let design = SamplePage.sight(
            SamplePage.texts + [SamplePage.line("Beans from people we know", 20, 260, 180, 14)])
        let report = Fidelity.score(of: SamplePage.sight(SamplePage.texts + [filler], overflow: 40), against: design)
        #expect(report.differences.contains { $0.kind == .overflow(40) })
        #expect(
            report.differences.contains { $0.kind == .placeholder("Lorem ipsum dolor sit amet") && $0.selector == "p" })
        let lost = 180 * 14 * 1.2 / TextScoreProbe.area(design.texts)
        #expect(abs(report.score.completeness! - (1 - lost) * 0.9 * (8.0 / 9)) < 1e-9)
        #expect(
            Fidelity.score(of: SamplePage.sight(overflow: 40), against: SamplePage.sight(overflow: 40)).score
                .completeness == 1)
    }

    @Test func differencesComeTheGravestFirst() {
        var texts = SamplePage.texts
        texts.removeFirst()
        texts[2].text = "Fresh coffee, every morning"
        texts[6].box.x += 30
        let report = Fidelity.score(of: SamplePage.sight(texts), against: SamplePage.sight())
        #expect(report.differences.count == 3)
        #expect(zip(report.differences, report.differences.dropFirst()).allSatisfy { $0.severity >= $1.severity })
    }

    @Test func twoScalesAreComparedAtTheSmaller() {
        let design = SamplePage.sight(image: Image(width: 400, height: 300, fill: (255, 255, 255)).marked)
        var result = design
        result.image = design.image.resized(width: 800, height: 600)
        result.scale = 2
        let report = Fidelity.score(of: result, against: design)
        #expect(report.score.position == 1 && report.score.text == 1)
        #expect(report.score.structure! > 0.97)
        #expect(report.width == 400)
    }

    @Test func theReportSurvivesJSON() throws {
        var texts = SamplePage.texts
        texts.removeFirst()
        texts[2].text = "Fresh coffee, every morning"
        texts[2].colour = RGB(200, 20, 40)
        texts[2].fontSize = 30
        texts[6].box.x += 30
        texts.append(SamplePage.line("Todo", 20, 260, 30, 14))
        let result = SamplePage.sight(texts, overflow: 12, image: Image(width: 400, height: 300, fill: (9, 9, 9)))
        let report = Fidelity.score(of: result, against: SamplePage.sight())
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(FidelityReport.self, from: data) == report)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            Set(object.keys) == ["score", "differences", "is_estimate", "mean_colour_difference", "width", "height"])
        let score = try #require(object["score"] as? [String: Any])
        #expect(Set(score.keys) == Set(FidelityCategory.allCases.map(\.rawValue)).union(["total", "weights"]))
        let differences = try #require(object["differences"] as? [[String: Any]])
        for name in [
            "missing_text", "extra_text", "wrong_text", "wrong_colour", "wrong_size", "moved", "overflow", "blank",
            "placeholder",
        ] {
            let difference = try #require(differences.first { $0["kind"] as? String == name }, "\(name)")
            #expect(difference.keys.contains("design_box") && difference.keys.contains("selector"))
        }
    }
}

private enum TextScoreProbe {
    static func area(_ lines: [TextBox]) -> Double { lines.reduce(0) { $0 + $1.box.area } }
}

extension Image {
    /// With a dark card near the top left corner.
    fileprivate var marked: Image { filled(x: 10, y: 10, width: 40, height: 30, RGB(20, 40, 80)) }
}
