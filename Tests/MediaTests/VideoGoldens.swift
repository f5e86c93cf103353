// The recorded videos of Fixtures/media/video and what ffmpeg shows of them. `record.py` beside them made both.

import Foundation
import Media

/// One video and what is to be seen in it.
struct VideoGolden: Decodable, Sendable, CustomStringConvertible {
    var file: String
    var codec: String
    var width: Int
    var height: Int
    var framesPerSecond: Double
    /// When each frame is shown, from the first on.
    var seconds: [Double]
    /// The mean colour of each frame.
    var means: [[Double]]
    /// The frames that stand in the picture, one below the other.
    var pictures: [Int]
    /// The frames of two a second.
    var sampled: [Int]
    var isDamaged: Bool

    var description: String { file }
    var path: String { VideoGoldens.folder.appending(path: file).path }

    /// One of the frames in the picture.
    func picture(_ place: Int) throws -> Image {
        try Image.read(path: path + ".png").cropped(x: 0, y: place * height, width: width, height: height)
    }
}

/// A length, a rate, and the frames that numpy chooses.
struct SampleGolden: Decodable, Sendable, CustomStringConvertible {
    var frames: Int
    var rate: Double
    var perSecond: Double
    var most: Int
    var indices: [Int]

    var description: String { "\(frames) at \(rate), \(perSecond) a second, \(most) at most" }
}

enum VideoGoldens {
    static let folder = Goldens.folder.appending(path: "video")
    static let videos = index.videos
    static let samples = index.samples

    private struct Index: Decodable {
        var videos: [VideoGolden]
        var samples: [SampleGolden]
    }

    private static let index: Index = {
        do {
            return try JSONDecoder().decode(Index.self, from: Data(bytes("goldens.json")))
        } catch {
            fatalError("Fixtures/media/video/goldens.json: \(error)")
        }
    }()

    static func bytes(_ file: String) -> [UInt8] { Goldens.bytes("video/" + file) }
    static func path(_ file: String) -> String { folder.appending(path: file).path }
}
