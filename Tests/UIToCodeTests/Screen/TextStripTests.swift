// Strips of lines, held against what training makes of the same pictures.
import Foundation
import Media
import Render
import Testing

@testable import UIToCode

/// What `Fixtures/parity/strip/record.py` recorded of one line.
private struct RecordedStrip: Decodable, Sendable {
    let name: String
    private let picture, strip: Data
    private let ground: [UInt8]
    private let box: [Int]

    var colour: RGB { RGB(ground[0], ground[1], ground[2]) }
    var rect: PixelRect { PixelRect(xs: box[0]..<box[2], ys: box[1]..<box[3]) }

    /// The picture that holds the line, and the strip that training makes of it.
    func decoded() throws -> (picture: Image, strip: Image) {
        (try Image.decode([UInt8](picture), name: name), try Image.decode([UInt8](strip), name: name))
    }

    static func all() throws -> [RecordedStrip] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let truth = try Data(contentsOf: root.appending(path: "Fixtures/parity/strip/strips.json"))
        return try JSONDecoder().decode([RecordedStrip].self, from: truth)
    }
}

@Suite struct TextStripTests {
    @Test func stripsAreThoseOfTraining() throws {
        let recorded = try RecordedStrip.all()
        #expect(recorded.count == 11)
        for line in recorded {
            let (picture, expected) = try line.decoded()
            let strip = TextStrip.image(of: line.rect, on: line.colour, in: picture)
            #expect(strip.width == expected.width && strip.height == expected.height, "\(line.name)")
            guard strip.pixels.count == expected.pixels.count else { continue }
            let farthest = zip(strip.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(farthest <= 1, "\(line.name)")
        }
    }

    @Test func theColoursOfALineDoNotMatter() {
        let rect = PixelRect(x: 8, y: 8, width: 62, height: 12)
        func strip(_ colour: RGB, on ground: RGB) -> Image {
            var page = DrawnPage(width: 80, height: 30, ground)
            page.text(x: rect.xs.lowerBound, y: rect.ys.lowerBound, width: rect.width, colour)
            return TextStrip.image(of: rect, on: ground, in: page.image)
        }
        let plain = strip(RGB(0, 0, 0), on: RGB(255, 255, 255))
        #expect(strip(RGB(255, 255, 255), on: RGB(15, 23, 42)) == plain)
        #expect(strip(RGB(37, 99, 235), on: RGB(219, 234, 254)) == plain)
        #expect(plain.height == TextStrip.height && Set(plain.pixels).isSuperset(of: [0, 255]))
    }

    @Test func inkIsScaledToItsHeightWithinLimits() {
        #expect(TextStrip.scale(ofHeight: 20) == 1)
        #expect(TextStrip.scale(ofHeight: 40) == 0.5)
        #expect(TextStrip.scale(ofHeight: 6) == 2 && TextStrip.scale(ofHeight: 0) == 2)
        #expect(TextStrip.scale(ofHeight: 400) == 0.2)
    }

    @Test func aPlaceWithoutInkIsWhite() {
        let image = Image(width: 40, height: 20, fill: (9, 8, 7))
        let strip = TextStrip.image(of: PixelRect(x: 0, y: 0, width: 40, height: 20), on: RGB(9, 8, 7), in: image)
        #expect(strip == Image(width: 48, height: 28, fill: (255, 255, 255)))
    }
}
