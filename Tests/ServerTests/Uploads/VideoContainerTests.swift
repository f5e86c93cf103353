// What a video is told by, on openings of files that ffmpeg's muxers wrote; `Fixtures/parity/containers/record.py`
// recorded them.
import Foundation
import Support
import Testing

@testable import Server

@Suite struct VideoContainerTests {
    private static let openings: [String: String] = {
        let file = try? Fixtures.data("parity/containers/openings.json")
        return (try? JSONDecoder().decode([String: String].self, from: file ?? Data())) ?? [:]
    }()

    private static func opening(_ name: String) throws -> [UInt8] {
        let digits = Array(try #require(openings[name]).utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
        }
    }

    @Test(arguments: [
        ("mp4", VideoContainer.mp4), ("mov", .quickTime), ("3gp", .threeGP), ("webm", .webM), ("matroska", .matroska),
        ("avi", .avi), ("gif", .gif), ("flv", .flash), ("mpeg", .mpeg), ("mpeg1video", .mpeg), ("asf", .windowsMedia),
    ])
    func aVideoIsToldByItsOpening(name: String, container: VideoContainer) throws {
        let opening = try Self.opening(name)
        #expect(opening.count == 64)
        #expect(VideoContainer.detect(opening) == container)
        for length in 0..<opening.count { _ = VideoContainer.detect(Array(opening.prefix(length))) }
    }

    @Test(arguments: ["ipod", "wav", "ogg", "mp3", "png", "jpeg", "webp", "bmp", "tiff"])
    func whatIsNoVideoIsNone(name: String) throws {
        #expect(VideoContainer.detect(try Self.opening(name)) == nil)
    }

    @Test func anOldQuickTimeFileBeginsWithOneOfItsAtoms() {
        for atom in ["moov", "mdat", "wide"] {
            #expect(VideoContainer.detect([0, 0, 1, 0] + Array(atom.utf8)) == .quickTime)
        }
        #expect(VideoContainer.detect([0, 0, 0, 28] + Array("ftypheic".utf8)) == nil)
    }

    /// The opening of an MP4, for those who send one.
    static func mp4(byteCount: Int = 64) throws -> [UInt8] {
        let opening = try opening("mp4")
        return opening + [UInt8](repeating: 7, count: max(0, byteCount - opening.count))
    }

    /// A GIF, which is a picture and a video.
    static func gif() throws -> [UInt8] { try opening("gif") }
}
