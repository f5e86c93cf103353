// Lines as a typeface would draw them: which typeface, size, spacing and baseline they are set in.
import Foundation
import Render
import Testing

@testable import UIToCode

@Suite struct ScreenTypeTests {
    private static let texts = [
        "Manage your billing details", "Notifications are sent weekly", "Invite people to this workspace",
        "Last changed by Hannah Miller", "Everything in one place, at last", "as soon as we are on our own",
        "TERMS AND CONDITIONS", "some more on mean wares", "1,204,583 of 2,000,000 rows",
        "Unlimited drafts and exports",
    ]

    private func typeface(_ name: String) throws -> Typeface {
        try #require(Typeface.all.first { $0.name == name })
    }

    // A line as it is drawn: its ink from the first letter's side bearing to the last one's, with half a pixel of soft
    // edges.
    private func line(
        _ text: String, _ face: Typeface, _ size: Double, isBold: Bool = false, x: Double = 40, baseline: Int = 100,
        spacing: Double = 0, read: String? = nil
    ) -> ReadLine {
        let bearing = 0.7 * face.sideBearing * size
        let width = face.width(of: text, isBold: isBold) * size + spacing * Double(text.count - 1)
        let xs = Int((x + bearing).rounded())..<Int((x + width - bearing).rounded())
        let bottom = baseline + Int((face.inkBottom(of: text) * size).rounded())
        let height = ((face.inkTop(of: text) + face.inkBottom(of: text)) * size + 0.5).rounded()
        let top = bottom - Int(height)
        return ReadLine(
            rect: PixelRect(xs: xs, ys: top..<bottom), colour: RGB(17, 24, 39), text: read ?? text, isBold: isBold)
    }

    private func page(_ face: Typeface, _ size: Double, isBold: Bool = false) -> [ReadLine] {
        Self.texts.enumerated().map { number, text in
            line(text, face, size, isBold: isBold, baseline: 100 + 40 * number)
        }
    }

    // MARK: Sizes

    @Test(arguments: ["Inter", "Liberation Sans", "Roboto", "Open Sans", "Lato"], [11.0, 13, 14, 16, 20, 32])
    func aPageIsSetInItsSizeAndOnItsBaselines(name: String, size: Double) throws {
        let lines = ScreenType.set(page(try typeface(name), size))
        for (number, line) in lines.enumerated() {
            #expect(abs(line.size - size) <= 0.5, "\(line.typeface.name)")
            #expect(abs(line.baseline - Double(100 + 40 * number)) <= 1)
            #expect(abs(line.left - 40) <= 1.5)
            #expect(line.spacing == 0)
        }
        #expect(Set(lines.map(\.size)).count == 1)
    }

    @Test(arguments: Typeface.all.filter { !$0.isMonospaced }.map(\.name))
    func aLargePageIsSetInItsTypeface(name: String) throws {
        let face = try typeface(name)
        let lines = ScreenType.set(page(face, 80))
        #expect(Set(lines.map(\.typeface.name)) == [name])
        #expect(lines.allSatisfy { abs($0.size - 80) <= 1 })
    }

    @Test func boldLinesHaveTheSizeOfTheirOwnAdvances() throws {
        let inter = try typeface("Inter")
        let read = page(inter, 16) + page(inter, 16, isBold: true)
        let lines = ScreenType.set(read)
        #expect(lines.allSatisfy { $0.size == 16 && $0.typeface == inter && $0.spacing == 0 })
        #expect(lines.map(\.line.isBold) == read.map(\.isBold))
    }

    @Test func severalSizesAreKeptApart() throws {
        let inter = try typeface("Inter")
        let sizes = [12.0, 14, 18, 30]
        let lines = ScreenType.set(sizes.flatMap { page(inter, $0) })
        #expect(lines.map(\.size) == sizes.flatMap { Array(repeating: $0, count: Self.texts.count) })
    }

    @Test func shortLinesTakeTheSizeOfTheOthers() throws {
        let inter = try typeface("Inter")
        let lines = ScreenType.set(page(inter, 14) + ["1", "OK", "12", "a"].map { line($0, inter, 14, x: 400) })
        #expect(lines.allSatisfy { $0.size == 14 }, "\(lines.map(\.size))")
    }

    @Test func codeIsSetInItsOwnTypeface() throws {
        let (inter, mono) = (try typeface("Inter"), try typeface("DejaVu Sans Mono"))
        let lines = ScreenType.set(page(inter, 16) + [line("npm install --save-dev illi", mono, 16)])
        #expect(lines.dropLast().allSatisfy { $0.typeface == inter })
        #expect(try #require(lines.last).typeface.isMonospaced)
    }

    // MARK: Weights

    @Test(arguments: ["Inter", "Liberation Sans", "Roboto", "Open Sans"], [true, false])
    func theInkTellsTheWeight(name: String, isBold: Bool) throws {
        let face = try typeface(name)
        let read = page(face, 16, isBold: isBold).map { line in
            var line = line
            line.ink = (
                area: face.inkArea(of: line.text, isBold: isBold) * 16 * 16,
                height: (face.inkTop(of: line.text) + face.inkBottom(of: line.text)) * 16
            )
            line.isBold = !isBold
            return line
        }
        let lines = ScreenType.set(read, in: face)
        #expect(lines.allSatisfy { $0.line.isBold == isBold && $0.size == 16 })
        #expect(ScreenType.set(read).allSatisfy { $0.typeface == face })
    }

    @Test func inkThatFitsNoWeightLeavesWhatWasRead() throws {
        let inter = try typeface("Inter")
        var solid = line("Sale", inter, 16, isBold: false)
        solid.ink = (area: Double(solid.rect.area), height: Double(solid.rect.height))
        #expect(ScreenType.set([solid], in: inter).map(\.line.isBold) == [false])
    }

    // MARK: Missed spaces

    // A line with the gaps that its letters leave, of which some spaces were not read.
    private func gapped(_ text: String, read: String) throws -> ReadLine {
        let inter = try typeface("Inter")
        var line = line(text, inter, 16, read: read)
        var x = 40.0
        for (letter, next) in zip(text, text.dropFirst()) {
            x += inter.width(of: String(letter), isBold: false) * 16
            guard letter != " " else { continue }
            let width = next == " " ? inter.width(of: " ", isBold: false) * 16 + 1 : 1
            line.gaps.append(Int(x.rounded())..<Int((x + width).rounded()))
        }
        return line
    }

    @Test(arguments: [
        ("Sign in to your account", "Sign in toyour account"),
        ("Bookings a month, 60 of them", "Bookings amonth,60 of them"),
    ])
    func aSpaceThatWasMissedIsFound(text: String, read: String) throws {
        #expect(ScreenType.spaced(try gapped(text, read: read), in: try typeface("Inter")) == text)
    }

    @Test(arguments: [("Sign in to your account", "Sign in to your account"), ("Track it now", "Trackitnow")])
    func whatWasReadStays(text: String, read: String) throws {
        #expect(ScreenType.spaced(try gapped(text, read: read), in: try typeface("Inter")) == read)
    }

    @Test func digitsAreNotParted() throws {
        let inter = try typeface("Inter")
        var line = line("12 rows", inter, 16)
        line.gaps = [46..<51, 58..<64]
        #expect(ScreenType.spaced(line, in: inter) == "12 rows")
    }

    // MARK: Misread and spaced lines

    @Test func aMisreadLineKeepsTheSizeOfItsHeight() throws {
        let inter = try typeface("Inter")
        let misread = line(
            "Total", inter, 28, x: 300, baseline: 400, read: "Total of all that was ever said and done here")
        let set = try #require(ScreenType.set(page(inter, 14) + [misread]).last)
        #expect(abs(set.size - 28) <= 2.5 && set.spacing == 0)
        #expect(abs(set.baseline - 400) <= 1)
    }

    @Test func aLineReadTooShortGetsNoSpacing() throws {
        let inter = try typeface("Inter")
        let misread = line("Everything that was said", inter, 14, baseline: 400, read: "Every")
        let set = try #require(ScreenType.set(page(inter, 14) + [misread]).last)
        #expect(set.size == 14 && set.spacing == 0)
    }

    @Test func spacedCapitalsAreSpaced() throws {
        let inter = try typeface("Inter")
        let spaced = line("OVERVIEW AND DETAILS", inter, 12, baseline: 400, spacing: 1)
        let set = try #require(ScreenType.set(page(inter, 12) + [spaced]).last)
        #expect(set.size == 12 && abs(set.spacing - 1) <= 0.2)
        #expect(abs(set.width - inter.width(of: spaced.text, isBold: false) * 12 - 20) <= 4)
    }

    @Test func narrowHeadlinesAreSetNarrow() throws {
        let inter = try typeface("Inter")
        let tight = line("Plans for teams of every size", inter, 40, baseline: 400, spacing: -1)
        let set = try #require(ScreenType.set(page(inter, 40) + [tight]).last)
        #expect(set.size == 40 && abs(set.spacing + 1) <= 0.2)
    }

    // MARK: Odd lines

    @Test func aPageWithoutLinesIsEmpty() { #expect(ScreenType.set([]).isEmpty) }

    @Test(arguments: ["✓", "é", "—", "  ", "日本語のテキスト"])
    func unknownLettersHaveAProperSize(text: String) {
        let rect = PixelRect(x: 10, y: 10, width: 40, height: 12)
        let set = ScreenType.set([ReadLine(rect: rect, colour: RGB(0, 0, 0), text: text, isBold: false)])
        #expect(set.count == 1)
        for line in set {
            #expect((6...160).contains(line.size) && line.baseline.isFinite && line.left.isFinite)
            #expect(line.width.isFinite && line.spacing.isFinite)
        }
    }
}
