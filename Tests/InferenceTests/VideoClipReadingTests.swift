// Video files as clips: which frames, at which times, and what a damaged file is.

import Foundation
import Inference
import Media
import Support
import Testing

@Suite struct VideoClipReadingTests {
    private static func path(_ file: String) -> String { Fixtures.path("media/video/\(file)") }

    @Test func aClipHasTwoFramesASecondAtTheirTimes() throws {
        let clip = try VideoClip(reading: Self.path("h264.mp4"))
        // 60 frames at 24 a second: numpy chooses 0, 15, 30, 44 and 59.
        #expect(clip.frames.count == 5 && clip.frames.allSatisfy { $0.width == 96 && $0.height == 64 })
        for (seconds, index) in zip(clip.seconds, [0, 15, 30, 44, 59]) {
            #expect(abs(seconds - Double(index) / 24) < 1e-6)
        }
    }

    @Test func aClipFollowsTheRateAndTheMostFrames() throws {
        let slow = try VideoClip(reading: Self.path("h264.mp4"), samplesPerSecond: 1)
        #expect(slow.frames.count == 2)
        let few = try VideoClip(reading: Self.path("h264.mp4"), maxFrames: 3)
        #expect(few.seconds.count == 3 && few.seconds.first == 0 && few.seconds.last.map { $0 > 2.4 } == true)
    }

    @Test func bytesReadAsTheFileDoes() throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: Self.path("turned-90.mp4"))))
        let isSame = try VideoClip(reading: bytes, name: "upload") == VideoClip(reading: Self.path("turned-90.mp4"))
        #expect(isSame)
    }

    @Test func aDamagedVideoIsNoClip() {
        let error = #expect(throws: MediaError.self) { try VideoClip(reading: Self.path("cut.mp4")) }
        guard case .damagedVideo(_, .mp4, _, 8)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
