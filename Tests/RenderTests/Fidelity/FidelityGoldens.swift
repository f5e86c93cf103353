// The recorded numbers of Fixtures/parity/fidelity, and the generated pictures and costs they belong to. `record.py`
// beside them makes the same from the same seeds.
import Foundation
import Media

@testable import Render

struct StructureGolden: Decodable, Sendable, CustomStringConvertible {
    struct Scale: Decodable, Sendable {
        var similarity, contrast: Double
    }

    var width, height: Int
    var seed: UInt32
    var shift, lumaSum: Int
    var scales: [Scale]
    var combined, edges: Double

    var description: String { "\(width)×\(height), shift \(shift)" }
    var pictures: (Luma, Luma) {
        let first = Image.generatedPage(width: width, height: height, seed: seed, shift: 0)
        return (Luma(first), Luma(Image.generatedPage(width: width, height: height, seed: seed, shift: shift)))
    }
}

struct ColourGolden: Decodable, Sendable {
    var first, second: [UInt8]
    var lab: [Double]
    var difference: Double
}

struct AssignmentGolden: Decodable, Sendable, CustomStringConvertible {
    var rows, columns: Int
    var seed: UInt32
    var below, offset: Int
    var least, most: Double

    var description: String { "\(rows)×\(columns) below \(below)" }
    var costs: [Double] {
        var numbers = GeneratedNumbers(state: seed)
        return (0..<rows * columns).map { _ in Double(numbers.next(below: below) + offset) / 8 }
    }
}

struct RatioGolden: Decodable, Sendable {
    var first, second: String
    var ratio: Double

    init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        first = try row.decode(String.self)
        second = try row.decode(String.self)
        ratio = try row.decode(Double.self)
    }
}

/// The true lines of a sample design.
struct LinesGolden: Decodable, Sendable, CustomStringConvertible {
    struct Line: Decodable, Sendable {
        var box: Box
        var fontSize: Double
        var words: String

        init(from decoder: any Decoder) throws {
            var row = try decoder.unkeyedContainer()
            box = Box(
                x: try row.decode(Double.self), y: try row.decode(Double.self), width: try row.decode(Double.self),
                height: try row.decode(Double.self))
            fontSize = try row.decode(Double.self)
            _ = try row.decode(String.self)
            words = try row.decode(String.self)
        }
    }

    var picture: String
    var lines: [Line]

    var description: String { picture }
}

enum FidelityGoldens {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")
    static let structure = all.structure
    static let sharma = all.sharma
    static let colours = all.colours
    static let assignments = all.assignments
    static let ratios = all.ratios
    static let lines: [LinesGolden] = decoded("lines.json")

    /// A sample design.
    static func design(_ name: String) throws -> Image {
        try Image.read(path: fixtures.appending(path: "designs/\(name)").path)
    }

    private struct Groups: Decodable {
        var structure: [StructureGolden]
        var sharma: [[Double]]
        var colours: [ColourGolden]
        var assignments: [AssignmentGolden]
        var ratios: [RatioGolden]
    }

    private static let all: Groups = decoded("goldens.json")

    private static func decoded<Value: Decodable>(_ name: String) -> Value {
        do {
            let file = fixtures.appending(path: "parity/fidelity/\(name)")
            return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
        } catch {
            fatalError("Fixtures/parity/fidelity/\(name): \(error)")
        }
    }
}

/// Numbers that look random and are the same on every run.
struct GeneratedNumbers {
    var state: UInt32

    mutating func next(below bound: Int) -> Int {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Int(state >> 8) % bound
    }
}

extension Image {
    /// Cards on a ground and some noise; `shift` moves every second card and changes its colour.
    static func generatedPage(width: Int, height: Int, seed: UInt32, shift: Int) -> Image {
        var numbers = GeneratedNumbers(state: seed)
        func colour() -> [UInt8] { (0..<3).map { _ in UInt8(numbers.next(below: 256)) } }
        let ground = colour()
        var pixels = (0..<width * height).flatMap { _ in ground }
        for card in 0..<12 {
            var (left, top) = (numbers.next(below: width), numbers.next(below: height))
            var right = left + 1 + numbers.next(below: width / 2 + 1)
            let bottom = min(height, top + 1 + numbers.next(below: height / 3 + 1))
            var fill = colour()
            if card % 2 == 1 {
                (left, right) = (left + shift, right + shift)
                fill[0] = UInt8((Int(fill[0]) + 9 * shift) % 256)
            }
            while top < bottom {
                for x in min(left, width)..<min(right, width) {
                    for channel in 0..<3 { pixels[(top * width + x) * 3 + channel] = fill[channel] }
                }
                top += 1
            }
        }
        for _ in 0..<width * height / 20 {
            let (x, y) = (numbers.next(below: width), numbers.next(below: height))
            let level = UInt8(numbers.next(below: 256))
            for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = shift == 0 ? level : 255 - level }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    /// The picture with a filled rectangle.
    func filled(x: Int, y: Int, width: Int, height: Int, _ colour: RGB) -> Image {
        var pixels = pixels
        for row in y..<y + height {
            for column in x..<x + width {
                let at = (row * self.width + column) * 3
                (pixels[at], pixels[at + 1], pixels[at + 2]) = (colour.red, colour.green, colour.blue)
            }
        }
        return Image(width: self.width, height: self.height, pixels: pixels)
    }
}
