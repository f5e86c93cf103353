// Video files that are damaged, are something else, or ask for too much: one typed error each, in time, and every frame
// that can be read before it.

import Foundation
import Media
import Testing

@Suite struct HostileVideoTests {
    @Test func whatIsNoVideoIsSaidToBeNone() throws {
        let page = VideoGoldens.path("record.py")
        #expect(throws: MediaError.notAVideo(file: page, found: "it begins with \"\"\"\"Records t\"")) {
            try VideoReader(path: page)
        }
        #expect(throws: MediaError.notAVideo(file: "x", found: "the file is empty")) {
            try VideoReader(bytes: [], name: "x")
        }
        let picture = Goldens.bytes("avif/rgb-444.avif")
        #expect(throws: MediaError.self) { try VideoReader(bytes: picture, name: "still.avif") }
    }

    /// Playlists name other files and addresses; none is ever opened.
    @Test(arguments: ["#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n", "ffconcat version 1.0\n"])
    func playlistsAreNoVideos(text: String) {
        #expect(throws: MediaError.self) { try VideoReader(bytes: Array(text.utf8), name: "list") }
    }

    @Test func aFileThatIsNotThereIsUnreadable() {
        #expect(throws: MediaError.unreadable(file: "nowhere.mp4", reason: "No such file or directory")) {
            try VideoReader(path: "nowhere.mp4")
        }
        #expect(throws: MediaError.unreadable(file: "/", reason: "it is a directory")) { try VideoReader(path: "/") }
    }

    @Test func soundAloneIsNoVideo() {
        let path = VideoGoldens.path("sound.mp4")
        #expect(throws: MediaError.unreadableVideo(file: path, format: .mp4, reason: "it holds no video track")) {
            try VideoReader(path: path)
        }
    }

    @Test(arguments: ["cut.mp4", "cut.webm", "hole.mov"])
    func aDamagedVideoGivesWhatIsReadableAndThenSaysSo(file: String) throws {
        let golden = try #require(VideoGoldens.videos.first { $0.file == file })
        let reader = try VideoReader(path: golden.path)
        var count = 0
        let error = #expect(throws: MediaError.self) {
            try reader.read { _ in
                count += 1; return true
            }
        }
        #expect(count == golden.seconds.count)
        guard case .damagedVideo(golden.path, _, let reason, count)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.isEmpty)
        #expect(error?.description.hasSuffix("; \(count) frames are readable") == true)
    }

    /// To libavcodec an empty packet is the end of a video, or a fault; in a file it is a frame that shows nothing new.
    @Test func anEmptyPacketIsNeitherAnEndNorDamage() throws {
        var bytes = VideoGoldens.bytes("mjpeg.mov")
        let sizes = try #require(bytes.firstRange(of: Array("stsz".utf8))).upperBound + 12
        // The second of six pictures comes to lie behind the first, in the same packet, where nobody looks.
        try #require(bytes[sizes..<sizes + 8].elementsEqual([0, 0, 0x02, 0xb5, 0, 0, 0x02, 0x91]))
        bytes.replaceSubrange(sizes..<sizes + 8, with: [0, 0, 0x05, 0x46, 0, 0, 0, 0])
        var seconds: [Double] = []
        try VideoReader(bytes: bytes, name: "empty").read {
            seconds.append($0.seconds); return true
        }
        try #require(seconds.count == 5)
        for (mine, golden) in zip(seconds, [0, 0.5, 0.75, 1, 1.25]) { #expect(abs(mine - golden) < 1e-6) }
    }

    @Test func aReadingThatEndsBeforeTheDamageIsNoError() throws {
        let reader = try VideoReader(path: VideoGoldens.path("cut.mp4"))
        #expect(try reader.read { $0.index < 2 } == 3)
    }

    @Test func aCutMP4SaysHowMuchIsThere() throws {
        let reader = try VideoReader(path: VideoGoldens.path("cut.mp4"))
        let sample = try reader.sample(samplesPerSecond: 2)
        guard case .damagedVideo(_, .mp4, let reason, 8)? = sample.damage else {
            Issue.record("\(String(describing: sample.damage))")
            return
        }
        #expect(reason.hasPrefix("truncated: "))
    }

    /// A file cut at any length, and one with any byte changed, ends with frames or a typed error, never with a crash.
    @Test(arguments: [
        "front.mp4", "vp9.webm", "mpeg4.avi", "h264.flv", "mpeg2.mpg", "h264.ts", "uneven.gif", "av1.mkv",
    ])
    func damageAnywhereIsAnErrorOrFewerFrames(file: String) {
        let whole = VideoGoldens.bytes(file)
        var limits = VideoLimits()
        limits.maxWorkSeconds = 20
        var random = LinearCongruential(state: 7)
        for round in 0..<60 {
            var bytes = whole
            if round % 2 == 0 {
                bytes.removeLast(random.next(below: whole.count))
            } else {
                for _ in 0..<1 + round / 10 { bytes[random.next(below: bytes.count)] = UInt8(random.next() >> 24) }
            }
            do {
                let reader = try VideoReader(bytes: bytes, name: file, limits: limits)
                try reader.read {
                    _ = try $0.image(width: 8, height: 8); return true
                }
            } catch let error as MediaError {
                if case .videoTooSlow = error { Issue.record("\(file), round \(round): \(error)") }
            } catch {
                Issue.record("\(file), round \(round): \(error)")
            }
        }
    }

    // MARK: Limits

    @Test func limitsAreKept() throws {
        let path = VideoGoldens.path("h264.mp4")
        func open(_ change: (inout VideoLimits) -> Void) throws {
            var limits = VideoLimits()
            change(&limits)
            _ = try VideoReader(path: path, limits: limits)
        }
        #expect(throws: Never.self) { try open { ($0.maxPixels, $0.maxFrames, $0.maxSeconds) = (96 * 64, 60, 2.46) } }
        #expect(throws: MediaError.videoTooLarge(file: path, width: 96, height: 64, limit: 6143)) {
            try open { $0.maxPixels = 96 * 64 - 1 }
        }
        #expect(throws: MediaError.tooManyFrames(file: path, limit: 59)) { try open { $0.maxFrames = 59 } }
        #expect(throws: MediaError.videoTooLong(file: path, seconds: 2.5, limit: 2)) { try open { $0.maxSeconds = 2 } }
        #expect(throws: MediaError.tooManyBytes(file: path, limit: 4000)) { try open { $0.maxFileBytes = 4000 } }
        #expect(throws: MediaError.videoTooSlow(file: path, limit: 0)) { try open { $0.maxWorkSeconds = 0 } }
    }

    @Test func timeIsUpInTheMiddleOfAReadingToo() throws {
        var limits = VideoLimits()
        limits.maxWorkSeconds = 0.3
        let reader = try VideoReader(path: VideoGoldens.path("h264.mp4"), limits: limits)
        #expect(throws: MediaError.videoTooSlow(file: VideoGoldens.path("h264.mp4"), limit: 0.3)) {
            try reader.read { _ in
                Thread.sleep(forTimeInterval: 0.05); return true
            }
        }
    }

    @Test func aReadingEndsSoonAfterItsTaskWasCancelled() async {
        await Task {
            let path = VideoGoldens.path("h264.mp4")
            var count = 0
            #expect(throws: MediaError.cancelled) {
                try VideoReader(path: path).read { _ in
                    count += 1
                    if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                    return true
                }
            }
            // Frames that the decoder had at hand still come.
            #expect((3..<20).contains(count), "\(count) of 60 frames")
            #expect(throws: MediaError.cancelled) { try VideoReader(path: path) }
        }.value
    }

    /// A header that announces a huge picture costs nothing.
    @Test func aHugeFrameIsRefusedBeforeItIsDecoded() throws {
        var bytes = VideoGoldens.bytes("mjpeg.mov")
        let entry = try #require(bytes.firstRange(of: Array("jpeg".utf8))).lowerBound
        bytes.replaceSubrange(entry + 28..<entry + 32, with: [0x80, 0, 0x80, 0])
        let huge = MediaError.videoTooLarge(file: "huge", width: 32_768, height: 32_768, limit: 7680 * 4320)
        #expect(throws: huge) { try VideoReader(bytes: bytes, name: "huge") }
    }

    @Test func errorsAreOneClearLine() {
        let long = MediaError.videoTooLong(file: "a.mp4", seconds: 1234.56, limit: 900)
        #expect(long.description == "a.mp4: lasts 1234.6 s; the limit is 900 s")
        let none = MediaError.unreadableVideo(file: "b.mkv", format: .matroska, reason: "it holds no video track")
        #expect(none.description == "b.mkv: this Matroska file cannot be shown: it holds no video track")
        let cut = MediaError.damagedVideo(file: "c", format: .mp4, reason: "truncated", frames: 8)
        #expect(cut.description == "c: damaged MP4 file: truncated; 8 frames are readable")
    }
}
