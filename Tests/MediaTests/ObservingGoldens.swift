// The recorded shifts and hashes of Fixtures/parity/observing, and the pictures that they are of; `record.py` beside them
// makes the same.

import Foundation
import Media

/// The numbers that `record.py` makes.
struct ObservingNumbers {
    var state: UInt32

    mutating func next(below limit: Int) -> Int {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Int((UInt64(state) * UInt64(limit)) >> 32)
    }
}

/// Two windows onto a page, and how far apart scikit-image finds them.
struct ShiftGolden: Decodable, Sendable, CustomStringConvertible {
    var strips: Int
    var length: Int
    var seed: Int
    var steps: Int
    var `true`: Double
    var sum: Int
    var found: Double

    var description: String { "\(strips)×\(length) by \(`true`)" }

    /// The windows, `[strip, length]`.
    func windows() -> (before: [Float], after: [Float]) {
        let total = 4 * (length + 64)
        var numbers = ObservingNumbers(state: UInt32(seed))
        var page = [Int](repeating: 240, count: strips * total)
        for _ in 0..<total / 4 {
            let strip = numbers.next(below: strips)
            let start = numbers.next(below: total)
            let run = numbers.next(below: 14)
            let level = numbers.next(below: 200)
            for place in start..<min(total, start + 1 + run) { page[strip * total + place] = level }
        }
        func window(_ start: Int) -> [Float] {
            (0..<strips).flatMap { strip in
                (0..<length).map { place in
                    Float(
                        page[(strip * total + start + 4 * place)..<(strip * total + start + 4 * place + 4)].reduce(0, +)
                    )
                }
            }
        }
        return (window(128 + steps), window(128))
    }
}

/// A picture and its hash.
struct HashGolden: Decodable, Sendable {
    var seed: Int
    var sum: Int
    var bits: String

    func picture() -> LumaPlane {
        var numbers = ObservingNumbers(state: UInt32(seed))
        var samples = [UInt8](repeating: UInt8(numbers.next(below: 256)), count: 32 * 32)
        for _ in 0..<14 {
            let (x, y) = (numbers.next(below: 32), numbers.next(below: 32))
            let (width, height) = (numbers.next(below: 20), numbers.next(below: 12))
            let level = UInt8(numbers.next(below: 256))
            for row in y..<min(32, y + 1 + height) {
                for column in x..<min(32, x + 1 + width) { samples[row * 32 + column] = level }
            }
        }
        return LumaPlane(width: 32, height: 32, samples: samples)
    }
}

enum ObservingGoldens {
    static let shifts = recorded.shifts
    static let hashes = recorded.hashes

    private struct Recorded: Decodable {
        var shifts: [ShiftGolden]
        var hashes: [HashGolden]
    }

    private static let recorded: Recorded = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/parity/observing/goldens.json")
        do { return try JSONDecoder().decode(Recorded.self, from: try Data(contentsOf: file)) } catch {
            fatalError("\(file.path): \(error)")
        }
    }()
}
