// Receipts for tests: one with something in every place, one of a page that equals its design, and words that try to get
// out of wherever they are put.
import Foundation
import Media

@testable import Render
@testable import UIToCode

enum ReceiptSamples {
    /// Words that would be markup, script, attributes, style or another direction if they were not escaped.
    static let hostile = [
        "<script>document.title = 'taken'</script>", "\"><img src=x onerror=\"document.title='taken'\">",
        "' onmouseover='document.title=1", "</style></script><h1>out</h1>", "&lt;already&gt; &amp; \u{0}\u{1B}[31m",
        "\u{202E}txt.exe \u{2066}isolated", "javascript:document.title='taken'", "]]><!--", "{{name}} ${name} \\(name)",
    ]

    /// Every part is named; the others do not apply.
    static func score(
        _ values: [FidelityCategory: Double], uncounted: Set<FidelityCategory> = []
    ) -> FidelityScore { FidelityScore(values, uncounted: uncounted) }

    /// All parts at one value.
    static func score(all value: Double) -> FidelityScore {
        FidelityScore(Dictionary(uniqueKeysWithValues: FidelityCategory.allCases.map { ($0, value) }))
    }

    static let draftScore = score(
        [
            .block: 0.81, .text: 0.8642, .position: 0.93, .colour: 0.88, .structure: 0.71, .tone: 0.9, .edges: 0.62,
            .completeness: 0.95, .accessibility: 0.75,
        ], uncounted: [.accessibility])
    static let repairedScore = score(
        [
            .block: 0.86, .text: 0.8642, .position: 0.952, .colour: 0.9713, .structure: 0.79, .tone: 0.965,
            .edges: 0.655,
            .completeness: 0.95, .accessibility: 0.75,
        ], uncounted: [.accessibility])

    static let differences = [
        Difference(
            .missingText("$84,220"), design: Box(x: 148, y: 107, width: 97, height: 28), severity: 0.0313),
        Difference(
            .wrongText(expected: "David Brown", found: "David Rrown"),
            design: Box(x: 148, y: 251, width: 80, height: 32),
            result: Box(x: 148, y: 251, width: 82, height: 32), selector: "body > main > table > tr:nth-child(2) > td",
            severity: 0.0121),
        Difference(
            .moved(dx: 10, dy: -4.5), design: Box(x: 132, y: 25, width: 86, height: 24),
            result: Box(x: 142, y: 20.5, width: 86, height: 24), selector: "h2", severity: 0.0094),
        Difference(
            .wrongArea(expected: RGB(79, 70, 229), found: RGB(15, 118, 110)),
            design: Box(x: 461, y: 20, width: 79, height: 35), result: Box(x: 461, y: 20, width: 79, height: 35),
            selector: "header > button", severity: 0.0082),
        Difference(
            .wrongColour(expected: RGB(17, 24, 39), found: RGB(107, 114, 128)),
            design: Box(x: 148, y: 91, width: 60, height: 16), result: Box(x: 148, y: 91, width: 60, height: 16),
            selector: "main > p", severity: 0.006),
        Difference(
            .wrongSize(expected: 20, found: 18), design: Box(x: 287, y: 107, width: 50, height: 28),
            result: Box(x: 287, y: 107, width: 46, height: 26), severity: 0.0041),
        Difference(.extraText("Settings"), result: Box(x: 15, y: 298, width: 82, height: 16), severity: 0.004),
        Difference(.placeholder("Lorem ipsum"), result: Box(x: 15, y: 330, width: 82, height: 16), severity: 0.002),
        Difference(.missingText(nil), design: Box(x: 427, y: 135, width: 40, height: 16), severity: 0.002),
        Difference(.overflow(12), severity: 0.001),
    ]

    /// Something in every place.
    static var full: Receipt {
        let refusedScore = score(all: 0.8)
        let steps = [
            step("look", "the body's background becomes #f8fafc", from: 0.8221, to: 0.8342, .kept),
            step("page", "the page is 560 px wide", from: 0.8342, to: 0.8342, .refused, "the total stays at 0.8342"),
            step("colours", "header > button takes the background #4f46e5", from: 0.8342, to: 0.8455, .kept),
            step(
                "sizes", "h2 has 20 px instead of 18 px", from: 0.8455, to: 0.844, .refused,
                "the total falls from 0.8455 to 0.8440"),
            step(
                "spacing", "main gets 16 px of padding", from: 0.8455, to: nil, .failed,
                "the page took longer than 10 s"),
            step("images", "the avatar is cut from the design", from: 0.8455, to: 0.8654, .kept),
        ]
        return Receipt(
            design: "dashboard", entry: "index.html", viewport: Viewport(width: 560, height: 420),
            fidelity: FidelityReport(
                score: repairedScore, differences: differences, isEstimate: true, meanColourDifference: 3.5,
                width: 560, height: 450),
            draft: draftScore,
            attempts: [
                Receipt.Attempt(temperature: 0, seed: 0, total: 0.8221, seconds: 1.92, isChosen: true),
                Receipt.Attempt(temperature: 0.4, seed: 1, total: refusedScore.total, seconds: 2.1),
                Receipt.Attempt(temperature: 0.4, seed: 2, failure: "the page took longer than 10 s", seconds: 11.9),
            ],
            steps: steps, isOutOfTime: true,
            accessibility: Accessibility(
                checked: [.name: 12, .contrast: 31, .landmark: 1, .heading: 2, .document: 2],
                findings: [
                    .init(rule: .name, selector: "nav > a:nth-child(3)", message: "the link has no name"),
                    .init(rule: .contrast, selector: "main > p", message: "2.9 to 1, at least 4.5 to 1 is asked for"),
                ]),
            overflow: 12,
            console: [
                ConsoleMessage(level: "error", text: "ReferenceError: chart is not defined"),
                ConsoleMessage(level: "log", text: "ready"),
            ],
            refused: [RefusedRequest(address: "https://fonts.example/inter.css", reason: "outside the project")],
            repairSeconds: 4.312)
    }

    /// A page that equals its design: nothing to tell.
    static var equal: Receipt {
        Receipt(
            design: "equal", entry: "index.html", viewport: Viewport(width: 40, height: 30),
            fidelity: FidelityReport(
                score: score(all: 1), differences: [], isEstimate: false, meanColourDifference: 0, width: 40, height: 30
            ),
            draft: score(all: 1), attempts: [], steps: [], isOutOfTime: false, accessibility: Accessibility(),
            overflow: 0,
            console: [], refused: [], repairSeconds: 0)
    }

    /// The full receipt with `words` wherever words of a model or a page can be.
    static func full(with words: String) -> Receipt {
        var receipt = full
        receipt.design = words
        receipt.entry = words
        receipt.attempts[2].failure = words
        for index in receipt.steps.indices {
            receipt.steps[index].repair = words
            receipt.steps[index].change = words
            receipt.steps[index].reason = words
        }
        receipt.accessibility.findings = [.init(rule: .name, selector: words, message: words)]
        receipt.console = [ConsoleMessage(level: words, text: words)]
        receipt.refused = [RefusedRequest(address: words, reason: words)]
        let box = Box(x: 5, y: 5, width: 10, height: 10)
        receipt.fidelity.differences = [
            Difference(.missingText(words), design: box, selector: words, severity: 0.01),
            Difference(.extraText(words), result: box, selector: words, severity: 0.01),
            Difference(.wrongText(expected: words, found: words), design: box, result: box, severity: 0.01),
            Difference(.placeholder(words), result: box, selector: words, severity: 0.01),
        ]
        return receipt
    }

    static func step(
        _ repair: String, _ change: String, from before: Double, to after: Double?, _ outcome: RepairStep.Outcome,
        _ reason: String? = nil
    ) -> RepairStep {
        RepairStep(
            repair: repair, change: change, before: score(all: before), after: after.map { score(all: $0) },
            outcome: outcome, reason: reason, seconds: 0.41)
    }

    /// Small pictures.
    static let pictures = ReceiptPictures(
        design: Image(width: 40, height: 30, fill: (250, 250, 250)),
        result: Image(width: 40, height: 36, fill: (9, 9, 9)),
        draft: Image(width: 40, height: 30, fill: (90, 9, 9)), heatMap: Image(width: 40, height: 36, fill: (99, 9, 99)))

    // MARK: Pictures to look at

    private static var repository: URL {
        (0..<4).reduce(URL(filePath: #filePath)) { folder, _ in folder.deletingLastPathComponent() }
    }

    /// The dashboard among the samples, and a page that has `differences`.
    static func dashboard() throws -> ReceiptPictures {
        let path = repository.appending(path: "Fixtures/designs/dashboard.png").path()
        let design = try Image.read(path: path)
        var canvas = Canvas(design.padded(width: design.width, height: design.height + 30, with: (248, 250, 252)))
        let heading = design.cropped(x: 130, y: 22, width: 92, height: 30)
        canvas.fill(x: 130, y: 22, width: 92, height: 30, with: (248, 250, 252))
        canvas.put(heading, x: 140, y: 18)
        canvas.fill(x: 146, y: 107, width: 100, height: 28, with: (255, 255, 255))
        canvas.recolour(x: 461, y: 20, width: 79, height: 35)
        var draft = canvas
        draft.recolour(x: 0, y: 0, width: 110, height: 420)
        return ReceiptPictures(
            design: design, result: canvas.image, draft: draft.image,
            heatMap: Fidelity.heatMap(of: canvas.image, against: design))
    }
}

/// A picture that is drawn on.
private struct Canvas {
    private(set) var image: Image

    init(_ image: Image) { self.image = image }

    mutating func fill(x: Int, y: Int, width: Int, height: Int, with colour: (UInt8, UInt8, UInt8)) {
        change(x: x, y: y, width: width, height: height) { _, _, _ in colour }
    }

    mutating func put(_ other: Image, x: Int, y: Int) {
        change(x: x, y: y, width: other.width, height: other.height) { column, row, _ in
            let index = (row * other.width + column) * 3
            return (other.pixels[index], other.pixels[index + 1], other.pixels[index + 2])
        }
    }

    /// Trades red for green.
    mutating func recolour(x: Int, y: Int, width: Int, height: Int) {
        change(x: x, y: y, width: width, height: height) { _, _, colour in (colour.1, colour.0, colour.2) }
    }

    private mutating func change(
        x: Int, y: Int, width: Int, height: Int,
        _ colour: (_ column: Int, _ row: Int, _ old: (UInt8, UInt8, UInt8)) -> (UInt8, UInt8, UInt8)
    ) {
        var pixels = image.pixels
        for row in 0..<height {
            for column in 0..<width {
                let index = ((y + row) * image.width + x + column) * 3
                let new = colour(column, row, (pixels[index], pixels[index + 1], pixels[index + 2]))
                (pixels[index], pixels[index + 1], pixels[index + 2]) = new
            }
        }
        image = Image(width: image.width, height: image.height, pixels: pixels)
    }
}
