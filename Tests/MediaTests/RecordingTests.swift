// The recordings of Fixtures/videos as their truth states them: what ffmpeg read from each file when it was made.

import Foundation
import Media
import Testing

/// What a truth file says of its video. The steps in it are the measure of workflow analysis.
struct RecordingTruth: Decodable, Sendable, CustomStringConvertible {
    var video: String
    var codec: String
    /// As it is to be seen, turned.
    var width: Int
    var height: Int
    var frames: Int
    /// From the first frame to the end of the last.
    var seconds: Double
    /// Nil where frames come when something changes.
    var framesPerSecond: Double?

    var description: String { video }
    var path: String { Self.folder.appending(path: video).path }

    private static let folder = Goldens.folder.deletingLastPathComponent().appending(path: "videos")

    static let all: [RecordingTruth] = ["shop", "dashboard", "mail", "trail"].map { name in
        let file = folder.appending(path: name + ".truth.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do { return try decoder.decode(Self.self, from: Data(contentsOf: file)) } catch {
            fatalError("\(file.path): \(error)")
        }
    }
}

@Suite struct RecordingTests {
    @Test(arguments: RecordingTruth.all)
    func aRecordingIsWhatItsTruthSays(truth: RecordingTruth) throws {
        let reader = try VideoReader(path: truth.path)
        let info = reader.info
        #expect(info.width == truth.width && info.height == truth.height)
        #expect(info.codec == truth.codec || info.codec == "libdav1d" && truth.codec == "av1")
        #expect(info.frameCount == truth.frames)
        #expect(abs(info.seconds - truth.seconds) < 0.1)
        if let rate = truth.framesPerSecond { #expect(abs(info.framesPerSecond - rate) < 1e-3 * rate) }
    }

    @Test(arguments: RecordingTruth.all)
    func everyFrameOfARecordingIsRead(truth: RecordingTruth) throws {
        var seconds: [Double] = []
        try VideoReader(path: truth.path).read { frame in
            seconds.append(frame.seconds)
            return true
        }
        #expect(seconds.count == truth.frames)
        #expect(seconds.first == 0)
        #expect(zip(seconds, seconds.dropFirst()).allSatisfy { $0 < $1 })
        let gaps = zip(seconds, seconds.dropFirst()).map { $1 - $0 }
        let isEven = (gaps.max() ?? 0) - (gaps.min() ?? 0) < 0.003
        #expect(isEven == (truth.framesPerSecond != nil))
        #expect(try #require(seconds.last) < truth.seconds)
    }
}
