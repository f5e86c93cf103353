// Pictures of every kind against pixels recorded by Pillow, and the door itself: names, limits, paths.

import Foundation
import Media
import Testing

@Suite struct ImageReadingTests {
    @Test(arguments: Goldens.pictures)
    func decodesToTheRecordedPixels(golden: PictureGolden) throws {
        let image = try Image.read(path: golden.path)
        try #require(image.width == golden.width && image.height == golden.height)
        let (maximum, mean) = difference(image.pixels, golden.expected)
        #expect(maximum <= golden.exactness.maximum)
        #expect(mean <= golden.exactness.mean)
    }

    @Test(arguments: Goldens.pictures)
    func theFormatIsToldByContent(golden: PictureGolden) {
        let format = ImageFormat.detect(Goldens.bytes(golden.file))
        #expect(format?.rawValue == golden.file.split(separator: "/").first.map(String.init))
    }

    @Test func aMisleadingNameChangesNothing() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Goldens.bytes("png/rgb-8.png"), as: "picture.jpg")
        let decoded = try Image.read(path: path)
        let expected = try Image.decode(Goldens.bytes("png/rgb-8.png"), name: "x")
        #expect(decoded == expected)
    }

    @Test func exifOrientationIsApplied() throws {
        let upright = try Image.decode(Goldens.bytes("jpeg/orientation-1.jpg"), name: "1")
        let clockwise = try Image.decode(Goldens.bytes("jpeg/orientation-6.jpg"), name: "6")
        #expect(clockwise.width == upright.height && clockwise.height == upright.width)
        // The stored bottom left pixel is the top left of the picture as it is to be seen.
        let bottomLeft = upright.cropped(x: 0, y: upright.height - 1, width: 1, height: 1)
        #expect(clockwise.cropped(x: 0, y: 0, width: 1, height: 1) == bottomLeft)
    }

    @Test(arguments: DamagedEXIF.allCases)
    func damagedEXIFLeavesThePictureAsStored(damage: DamagedEXIF) throws {
        let plain = Goldens.bytes("jpeg/rgb-420.jpg")
        let block = damage.block
        let length = block.count + 2
        let segment: [UInt8] = [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 255)] + block
        let decoded = try Image.decode(Array(plain[..<2]) + segment + plain[2...], name: "damaged")
        let expected = try Image.decode(plain, name: "plain")
        #expect(decoded == expected)
    }

    @Test(arguments: [
        "png/rgb-8.png", "jpeg/rgb-444.jpg", "webp/lossy.webp", "gif/plain.gif", "bmp/rgb-24.bmp", "avif/rgb-444.avif",
    ])
    func limitsAreKeptToThePixel(file: String) throws {
        let bytes = Goldens.bytes(file)
        #expect(throws: Never.self) { try Image.decode(bytes, name: file, limits: .init(maxSide: 21, maxPixels: 294)) }
        for limits in [ImageLimits(maxSide: 20, maxPixels: 294), ImageLimits(maxSide: 21, maxPixels: 293)] {
            #expect(throws: MediaError.tooLarge(file: file, width: 21, height: 14, limit: limits)) {
                try Image.decode(bytes, name: file, limits: limits)
            }
        }
    }

    @Test func aFileOfTooManyBytesIsRefused() throws {
        let path = Goldens.folder.appending(path: "png/rgb-8.png").path
        var limits = ImageLimits()
        limits.maxFileBytes = 100
        #expect(throws: MediaError.tooManyBytes(file: path, limit: 100)) { try Image.read(path: path, limits: limits) }
    }

    @Test func whatIsNoFileIsUnreadable() throws {
        let folder = try TemporaryFolder()
        let missing = folder.url.appending(path: "missing.png").path
        #expect(throws: MediaError.unreadable(file: missing, reason: "No such file or directory")) {
            try Image.read(path: missing)
        }
        #expect(throws: MediaError.unreadable(file: folder.url.path, reason: "it is a directory")) {
            try Image.read(path: folder.url.path)
        }
        #expect(throws: MediaError.unreadable(file: "/dev/zero", reason: "it is neither a file nor a pipe")) {
            try Image.read(path: "/dev/zero")
        }
    }

    @Test func whatIsNoPictureIsUnsupported() throws {
        let folder = try TemporaryFolder()
        let text = try folder.write(Array("BMW drives a picture".utf8), as: "notes.png")
        #expect(throws: MediaError.unsupportedFormat(file: text, found: "it begins with \"BMW drives a\"")) {
            try Image.read(path: text)
        }
        let empty = try folder.write([], as: "empty.png")
        #expect(throws: MediaError.unsupportedFormat(file: empty, found: "the file is empty")) {
            try Image.read(path: empty)
        }
        #expect(throws: MediaError.unsupportedFormat(file: "x", found: "it begins with bytes 00 ff 10")) {
            try Image.decode([0, 255, 16], name: "x")
        }
    }

    @Test func errorsAreOneClearLine() {
        let tooLarge = MediaError.tooLarge(file: "a.png", width: 9, height: 8, limit: .init(maxSide: 7, maxPixels: 60))
        #expect(tooLarge.description == "a.png: 9 × 8 pixels; the limit is 7 a side and 60 in all")
        let corrupt = MediaError.corrupt(file: "b.jpg", format: .jpeg, reason: "Premature end of JPEG file")
        #expect(corrupt.description == "b.jpg: damaged JPEG: Premature end of JPEG file")
        let unknown = MediaError.unsupportedFormat(file: "c", found: "the file is empty")
        #expect(unknown.description == "c: not a PNG, JPEG, WebP, GIF, BMP or AVIF picture: the file is empty")
    }
}

/// Ways an EXIF block can be wrong without touching the picture.
enum DamagedEXIF: CaseIterable {
    case empty, unknownOrder, directoryBeyondEnd, endlessDirectory, orientationOfNine, orientationAsText

    var block: [UInt8] {
        let opening = Array("Exif\0\0".utf8)
        let entry: [UInt8] = [0x12, 0x01, 3, 0, 1, 0, 0, 0]
        return switch self {
        case .empty: opening
        case .unknownOrder: opening + Array("XX".utf8) + [42, 0, 8, 0, 0, 0, 1, 0] + entry + [6, 0, 0, 0]
        case .directoryBeyondEnd: opening + Array("II".utf8) + [42, 0, 0xff, 0xff, 0xff, 0xff]
        case .endlessDirectory: opening + Array("II".utf8) + [42, 0, 8, 0, 0, 0, 0xff, 0xff, 0, 1, 3, 0]
        case .orientationOfNine: opening + Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0] + entry + [9, 0, 0, 0]
        case .orientationAsText:
            opening + Array("II".utf8) + [42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 2, 0, 1, 0, 0, 0, 6, 0, 0, 0]
        }
    }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "MediaTests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ bytes: [UInt8], as name: String) throws -> String {
        let file = url.appending(path: name)
        try Data(bytes).write(to: file)
        return file.path
    }
}
