// What a file announces is what reading it gives, for every recorded picture; and probing needs only the header.

import Foundation
import Media
import Testing

@Suite struct ImageProbeTests {
    private static let designs = Goldens.folder.deletingLastPathComponent().appending(path: "designs")
    private static let designFiles = ((try? FileManager.default.contentsOfDirectory(atPath: designs.path)) ?? [])
        .filter { ["png", "jpg", "webp"].contains(URL(filePath: $0).pathExtension) }

    @Test(arguments: Goldens.pictures)
    func aProbeAnnouncesWhatReadingGives(golden: PictureGolden) throws {
        let probe = try Image.probe(path: golden.path)
        #expect(probe.width == golden.width && probe.height == golden.height)
        #expect(probe.format.rawValue == golden.file.split(separator: "/").first.map(String.init))
    }

    @Test func designsAreAnnouncedAsTheyAreRead() throws {
        #expect(Self.designFiles.count >= 10)
        for file in Self.designFiles {
            let path = Self.designs.appending(path: file).path
            let (probe, image) = (try Image.probe(path: path), try Image.read(path: path))
            #expect(probe.width == image.width && probe.height == image.height, "\(file)")
            #expect(probe.format == ImageFormat.detect(Array(try Data(contentsOf: URL(filePath: path)).prefix(32))))
        }
    }

    @Test(arguments: [
        "png/rgb-8.png", "jpeg/rgb-444.jpg", "webp/lossy.webp", "gif/plain.gif", "bmp/rgb-24.bmp", "avif/rgb-444.avif",
    ])
    func limitsAreKeptToThePixel(file: String) throws {
        let path = Goldens.folder.appending(path: file).path
        #expect(throws: Never.self) { try Image.probe(path: path, limits: .init(maxSide: 21, maxPixels: 294)) }
        for limits in [ImageLimits(maxSide: 20, maxPixels: 294), ImageLimits(maxSide: 21, maxPixels: 293)] {
            #expect(throws: MediaError.tooLarge(file: path, width: 21, height: 14, limit: limits)) {
                try Image.probe(path: path, limits: limits)
            }
        }
        var bytes = ImageLimits()
        bytes.maxFileBytes = 20
        #expect(throws: MediaError.tooManyBytes(file: path, limit: 20)) {
            try Image.probe(path: path, limits: bytes)
        }
    }

    @Test(arguments: HugeHeader.all)
    func aHugeHeaderIsRefusedByTheLimit(header: HugeHeader) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(header.bytes, as: "huge")
        #expect(throws: MediaError.tooLarge(file: path, width: header.width, height: header.height, limit: .init())) {
            try Image.probe(path: path)
        }
    }

    /// Metadata of 6 MB before the size and the turn: cameras write previews and profiles there.
    @Test func aJPEGsLongMetadataIsSteppedOver() throws {
        let folder = try TemporaryFolder()
        let plain = Goldens.bytes("jpeg/orientation-6.jpg")
        let segment: [UInt8] = [0xff, 0xe2, 0xff, 0xff] + [UInt8](repeating: 0xff, count: 65_533)
        let long = plain[..<2] + Array(repeatElement(segment, count: 100).joined()) + plain[2...]
        let probe = try Image.probe(path: try folder.write(Array(long), as: "long.jpg"))
        let image = try Image.decode(Array(long), name: "long.jpg")
        #expect(probe.width == image.width && probe.height == image.height && image.width < image.height)
    }

    @Test(arguments: DamagedEXIF.allCases)
    func damagedEXIFLeavesTheSidesAsStored(damage: DamagedEXIF) throws {
        let folder = try TemporaryFolder()
        let plain = Goldens.bytes("jpeg/rgb-420.jpg")
        let length = damage.block.count + 2
        let segment: [UInt8] = [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 255)] + damage.block
        let path = try folder.write(Array(plain[..<2]) + segment + plain[2...], as: "damaged.jpg")
        let (probe, image) = (try Image.probe(path: path), try Image.read(path: path))
        #expect(probe.width == image.width && probe.height == image.height)
    }

    /// The table of contents stands behind 3 MB of something else, and the pixels before it.
    @Test func anAVIFsTableMayStandAtTheEnd() throws {
        let folder = try TemporaryFolder()
        let bytes = Goldens.bytes("avif/orientation-6.avif")
        let opening = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        let free: [UInt8] = [0, 0x2d, 0xc6, 0xc8] + Array("free".utf8) + [UInt8](repeating: 0, count: 3_000_000)
        let path = try folder.write(Array(bytes[..<opening]) + free + bytes[opening...], as: "late.avif")
        let golden = try #require(Goldens.pictures.first { $0.file == "avif/orientation-6.avif" })
        let probe = try Image.probe(path: path)
        #expect(probe.width == golden.width && probe.height == golden.height)
    }

    @Test(arguments: HostileFileTests.files)
    func everyShorterFileIsASizeOrATypedError(file: String) throws {
        let folder = try TemporaryFolder()
        let bytes = Goldens.bytes(file)
        let whole = try Image.decode(bytes, name: file)
        for count in 0..<min(bytes.count, 400) {
            let path = try folder.write(Array(bytes[..<count]), as: "short")
            do throws(MediaError) {
                let probe = try Image.probe(path: path)
                #expect(probe.width == whole.width && probe.height == whole.height)
            } catch {
                #expect(error.description.hasPrefix("\(path): ") && !error.description.contains("\n"))
            }
        }
    }

    @Test(arguments: HostileFileTests.files)
    func flippedBitsNeverCrash(file: String) throws {
        let folder = try TemporaryFolder()
        let bytes = Goldens.bytes(file)
        var generator = LinearCongruential(state: UInt32(file.utf8.count) &* 2_246_822_519)
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0..<3 {
                damaged[generator.next(below: min(bytes.count, 400))] ^= 1 << UInt8(generator.next(below: 8))
            }
            let path = try folder.write(damaged, as: "damaged")
            do throws(MediaError) {
                let probe = try Image.probe(path: path)
                #expect(probe.width > 0 && probe.height > 0)
                #expect(probe.width <= 16_384 && probe.width * probe.height <= 60_000_000)
            } catch {
                #expect(error.description.hasPrefix("\(path): "))
            }
        }
    }

    @Test func whatIsNoPictureFileIsNamed() throws {
        let folder = try TemporaryFolder()
        let text = try folder.write(Array("BMW drives a picture".utf8), as: "notes.png")
        #expect(throws: MediaError.unsupportedFormat(file: text, found: "it begins with \"BMW drives a\"")) {
            try Image.probe(path: text)
        }
        #expect(throws: MediaError.unreadable(file: "/nowhere", reason: "No such file or directory")) {
            try Image.probe(path: "/nowhere")
        }
        #expect(throws: MediaError.unreadable(file: "/", reason: "it is a directory")) { try Image.probe(path: "/") }
        #expect(throws: MediaError.unreadable(file: "/dev/zero", reason: "it is not a regular file")) {
            try Image.probe(path: "/dev/zero")
        }
    }
}
