// The recorded pictures of Fixtures/media and the pixels they must give. `record.py` beside them made both.

import Foundation
import Media

/// One encoded picture and what it must decode to.
struct PictureGolden: Decodable, Sendable, CustomStringConvertible {
    var file: String
    var width: Int
    var height: Int
    var offset: Int
    var exactness: Exactness

    var description: String { file }
    var path: String { Goldens.folder.appending(path: file).path }
    var expected: ArraySlice<UInt8> { Goldens.pixels[offset..<offset + width * height * 3] }
}

/// One resize of noise and what it must give.
struct ResizeGolden: Decodable, Sendable, CustomStringConvertible {
    var from: [Int]
    var to: [Int]
    var offset: Int

    var description: String { "\(from[0])×\(from[1]) to \(to[0])×\(to[1])" }
    var expected: ArraySlice<UInt8> { Goldens.pixels[offset..<offset + to[0] * to[1] * 3] }
}

enum Goldens {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/media")
    static let pixels = bytes("goldens.rgb")
    static let pictures = index.pictures
    static let resizes = index.resizes

    private struct Index: Decodable {
        var pictures: [PictureGolden]
        var resizes: [ResizeGolden]
    }

    private static let index: Index = {
        do {
            return try JSONDecoder().decode(Index.self, from: Data(bytes("goldens.json")))
        } catch {
            fatalError("Fixtures/media/goldens.json: \(error)")
        }
    }()

    static func bytes(_ file: String) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: folder.appending(path: file)))
        } catch {
            fatalError("Fixtures/media/\(file): \(error)")
        }
    }
}

/// Numbers that look random and are the same on every run; `record.py` makes the same.
struct LinearCongruential {
    var state: UInt32

    mutating func next() -> UInt32 {
        state = state &* 1_664_525 &+ 1_013_904_223
        return state
    }

    mutating func next(below limit: Int) -> Int { Int((UInt64(next()) * UInt64(limit)) >> 32) }

    /// The picture of noise that resizes start from.
    static func noise(width: Int, height: Int) -> Image {
        var generator = LinearCongruential(state: 20_240_229)
        let samples = (0..<width * height * 3).map { _ in UInt8(generator.next() >> 24) }
        return Image(width: width, height: height, pixels: samples)
    }
}
