// Videos of every kind against what ffmpeg shows of them.

import Foundation
import Media
import Testing

@Suite struct VideoReadingTests {
    @Test(arguments: VideoGoldens.videos.filter { !$0.isDamaged })
    func aVideoSaysWhatItHolds(golden: VideoGolden) throws {
        let info = try VideoReader(path: golden.path).info
        #expect(info.width == golden.width && info.height == golden.height)
        #expect(info.codec == golden.codec || info.codec == "lib" + golden.codec || info.codec == "libdav1d")
        #expect(info.frameCount == golden.seconds.count)
        #expect(abs(info.framesPerSecond - golden.framesPerSecond) < 1e-3 * golden.framesPerSecond)
        let last = try #require(golden.seconds.last)
        #expect(info.seconds > last && info.seconds < last + 1.5 / min(2, golden.framesPerSecond))
        #expect(golden.file.hasSuffix(".mpg") ? info.format == .mpeg : golden.file.hasSuffix(ending(of: info.format)))
    }

    @Test(arguments: VideoGoldens.videos)
    func framesComeInOrderAtTheirTimesAndInTheirColours(golden: VideoGolden) throws {
        let tolerance = Self.tolerance(of: golden)
        let reader = try VideoReader(path: golden.path)
        var (seconds, worst): ([Double], Int) = ([], 0)
        var fault: (any Error)?
        do {
            try reader.read { frame in
                let image = try frame.image()
                guard image.width == golden.width, image.height == golden.height else { return false }
                guard frame.index == seconds.count, frame.index < golden.means.count else { return false }
                seconds.append(frame.seconds)
                for (mine, theirs) in zip(mean(image), golden.means[frame.index]) {
                    #expect(abs(mine - theirs) < tolerance.mean)
                }
                if let place = golden.pictures.firstIndex(of: frame.index) {
                    let expected = try golden.picture(place)
                    worst = max(worst, difference(image.pixels, expected.pixels).maximum)
                }
                return true
            }
        } catch { fault = error }
        #expect(worst <= tolerance.maximum)
        try #require(seconds.count == golden.seconds.count)
        for (mine, theirs) in zip(seconds, golden.seconds) { #expect(abs(mine - theirs) < 1e-6) }
        #expect((fault != nil) == golden.isDamaged)
    }

    @Test func bytesInMemoryReadAsTheFileDoes() throws {
        let reader = try VideoReader(bytes: VideoGoldens.bytes("h264.mp4"), name: "upload")
        #expect(reader.info == (try VideoReader(path: VideoGoldens.path("h264.mp4")).info))
        #expect(try reader.read { _ in true } == 60)
    }

    @Test func aReaderReadsAsOftenAsItIsAsked() throws {
        let reader = try VideoReader(path: VideoGoldens.path("front.mp4"))
        var first: [Image] = []
        #expect(
            try reader.read {
                first.append(try $0.image()); return first.count < 3
            } == 3)
        var again: [Image] = []
        #expect(
            try reader.read {
                again.append(try $0.image()); return true
            } == 30)
        let isSame = Array(again[..<3]) == first
        #expect(isSame)
    }

    @Test func aKeptFrameKeepsItsPicture() throws {
        let reader = try VideoReader(path: VideoGoldens.path("front.mp4"))
        var (frames, images): ([VideoFrame], [Image]) = ([], [])
        try reader.read {
            frames.append($0); images.append(try $0.image()); return true
        }
        let isSame = try zip(frames, images).allSatisfy { try $0.image() == $1 }
        #expect(isSame)
    }

    @Test func aFrameComesAtAnotherSizeToo() throws {
        let reader = try VideoReader(path: VideoGoldens.path("turned-90.mp4"))
        var (small, whole): (Image?, Image?)
        try reader.read { frame in
            small = try frame.image(width: 16, height: 24)
            whole = try frame.image()
            return false
        }
        let (shrunk, image) = (try #require(small), try #require(whole))
        #expect(shrunk.width == 16 && shrunk.height == 24)
        #expect(difference(shrunk.pixels, image.resized(width: 16, height: 24).pixels).mean < 6)
    }

    /// The eight turns of a display matrix agree with what they are called: the same pixels, read another way.
    @Test(arguments: [
        ("turned-90.mp4", [0, 1, -1, 0]), ("turned-180.mp4", [-1, 0, 0, -1]), ("turned-270.mp4", [0, -1, 1, 0]),
        ("mirrored", [-1, 0, 0, 1]), ("flipped", [1, 0, 0, -1]), ("transposed", [0, 1, 1, 0]),
        ("transversed", [0, -1, -1, 0]), ("upright", [1, 0, 0, 1]), ("slanted", [1, 1, -1, 1]),
    ])
    func aDisplayMatrixIsApplied(name: String, matrix: [Int]) throws {
        var bytes = VideoGoldens.bytes("front.mp4")
        let place = try #require(bytes.firstRange(of: Array("tkhd".utf8))).upperBound + 40
        for (field, value) in zip([0, 1, 3, 4], matrix) {
            let number = UInt32(bitPattern: Int32(value << 16))
            for byte in 0..<4 { bytes[place + 4 * field + byte] = UInt8(truncatingIfNeeded: number >> (24 - 8 * byte)) }
        }
        let turned = try first(VideoReader(bytes: bytes, name: name))
        let plain = try first(VideoReader(path: VideoGoldens.path("front.mp4")))
        let isSlanted = name == "slanted"
        let (a, b, c, d) = isSlanted ? (1, 0, 0, 1) : (matrix[0], matrix[1], matrix[2], matrix[3])
        try #require(turned.width == (a == 0 ? plain.height : plain.width))
        for y in 0..<plain.height {
            for x in 0..<plain.width {
                let right = a * x + c * y
                let down = b * x + d * y
                let column = right < 0 || a + c < 0 ? turned.width - 1 + right : right
                let row = down < 0 || b + d < 0 ? turned.height - 1 + down : down
                let (from, to) = ((y * plain.width + x) * 3, (row * turned.width + column) * 3)
                guard plain.pixels[from..<from + 3] == turned.pixels[to..<to + 3] else {
                    Issue.record("pixel \(x), \(y) is not at \(column), \(row)")
                    return
                }
            }
        }
    }

    private func first(_ reader: VideoReader) throws -> Image {
        var image: Image?
        try reader.read {
            image = try $0.image(); return false
        }
        return try #require(image)
    }

    private func ending(of format: VideoFormat) -> String {
        format == .mpegTransport ? ".ts" : "." + format.rawValue
    }

    private func mean(_ image: Image) -> [Double] {
        var sums = [0, 0, 0]
        for index in stride(from: 0, to: image.pixels.count, by: 3) {
            for channel in 0..<3 { sums[channel] += Int(image.pixels[index + channel]) }
        }
        return sums.map { Double($0) / Double(image.width * image.height) }
    }

    /// Lossless and palette frames are exact. The decoders of H.264, HEVC, VP8, VP9 and AV1 are exact by definition, and
    /// swscale's rounding may differ by a level between versions; the inverse transforms of MPEG-2, MPEG-4 and JPEG
    /// leave a level of freedom, which the change of colours can double.
    private static func tolerance(of golden: VideoGolden) -> (maximum: Int, mean: Double) {
        ["ffv1", "gif"].contains(golden.codec) ? (0, 0.001) : (2, 0.25)
    }
}
