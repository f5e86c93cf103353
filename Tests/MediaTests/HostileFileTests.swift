// Files that end early, lie about their size, or had bits flipped: one typed error each, never a crash, never a
// picture in part.

import Media
import Testing

@Suite struct HostileFileTests {
    /// One of every code path: each format's storage kinds.
    static let files = [
        "png/rgb-8.png", "png/rgba-16-interlaced.png", "png/palette-4-alpha.png", "png/filtered.png",
        "jpeg/rgb-420.jpg", "jpeg/progressive.jpg", "jpeg/orientation-6.jpg", "jpeg/optimised-restarts.jpg",
        "jpeg/ycck.jpg", "webp/lossy-alpha.webp", "webp/lossless-alpha.webp", "webp/animated-inset.webp",
        "gif/interlaced.gif", "gif/animated.gif", "bmp/bits-4.bmp", "bmp/rgba-32.bmp", "bmp/runs-4.bmp",
        "bmp/runs-8.bmp",
        "avif/alpha.avif", "avif/rgb-420.avif", "avif/animated.avif",
    ]

    @Test(arguments: files)
    func everyShorterFileThrows(file: String) {
        let bytes = Goldens.bytes(file)
        for count in 0..<bytes.count {
            #expect(throws: MediaError.self, "the first \(count) bytes of \(file)") {
                try Image.decode(Array(bytes[..<count]), name: file)
            }
        }
    }

    /// The generator once gave nothing but 0, and the same bit was flipped again and again.
    @Test func damageFallsOnEveryPlace() {
        var generator = LinearCongruential(state: 7)
        #expect(Set((0..<500).map { _ in generator.next(below: 20) }) == Set(0..<20))
    }

    /// Three flips at a time, seeded; a picture or one typed, one-line error that names the file.
    @Test(arguments: files)
    func flippedBitsNeverCrash(file: String) {
        let bytes = Goldens.bytes(file)
        var generator = LinearCongruential(state: UInt32(file.utf8.count) &* 2_654_435_761)
        for _ in 0..<150 {
            var damaged = bytes
            for _ in 0..<3 { damaged[generator.next(below: bytes.count)] ^= 1 << UInt8(generator.next(below: 8)) }
            do throws(MediaError) {
                let limits = ImageLimits(maxSide: 2_000, maxPixels: 1_000_000)
                let image = try Image.decode(damaged, name: file, limits: limits)
                #expect(image.width <= 2_000 && image.width * image.height <= 1_000_000)
            } catch {
                #expect(error.description.hasPrefix("\(file): ") && !error.description.contains("\n"))
            }
        }
    }

    @Test(arguments: HugeHeader.all)
    func aHugeHeaderIsRefusedByTheLimit(header: HugeHeader) {
        #expect(
            throws: MediaError.tooLarge(file: header.file, width: header.width, height: header.height, limit: .init())
        ) {
            try Image.decode(header.bytes, name: header.file)
        }
    }

    @Test(arguments: ["jpeg/rgb-444.jpg", "jpeg/progressive.jpg", "jpeg/cmyk.jpg"])
    func aJPEGCutShortButClosedThrows(file: String) {
        let bytes = Goldens.bytes(file)
        let cut = Array(bytes[..<(bytes.count - 60)]) + [0xff, 0xd9]
        let error = #expect(throws: MediaError.self) { try Image.decode(cut, name: file) }
        #expect(error?.description.lowercased().contains("premature end") == true)
    }

    @Test func aFloodOfScansThrows() throws {
        let bytes = Goldens.bytes("jpeg/progressive.jpg")
        let scan = try #require(bytes.firstRange(of: [0xff, 0xda])).lowerBound
        let end = try #require((scan + 2..<bytes.count).first { bytes[$0] == 0xff && bytes[$0 + 1] != 0 })
        let flooded = bytes[..<end] + Array(repeatElement(bytes[scan..<end], count: 300).joined()) + bytes[end...]
        #expect(throws: MediaError.corrupt(file: "flood", format: .jpeg, reason: "more than 100 progressive scans")) {
            try Image.decode(Array(flooded), name: "flood")
        }
    }

    @Test func aPNGWithFewerRowsThanItSaysThrows() {
        var bytes = Goldens.bytes("png/rgb-8.png")
        bytes[23] += 1
        bytes.replaceSubrange(29..<33, with: checksum(bytes[12..<29]))
        #expect(throws: MediaError.corrupt(file: "short", format: .png, reason: "Not enough image data")) {
            try Image.decode(bytes, name: "short")
        }
    }

    @Test func aPNGWithAWrongChecksumThrows() {
        var bytes = Goldens.bytes("png/rgb-8.png")
        bytes[29] ^= 1
        #expect(throws: MediaError.corrupt(file: "wrong", format: .png, reason: "IHDR: CRC error")) {
            try Image.decode(bytes, name: "wrong")
        }
    }

    @Test func aGIFWhoseCodesEndEarlyThrows() throws {
        var bytes = Goldens.bytes("gif/plain.gif")
        let separator = try #require(bytes[(13 + 3 * 64)...].firstIndex(of: 0x2c))
        let block = separator + 11
        let length = Int(bytes[block])
        bytes[block] = UInt8(length - 40)
        bytes.removeSubrange(block + 1 + length - 40..<block + 1 + length)
        let error = #expect(throws: MediaError.self) { try Image.decode(bytes, name: "codes") }
        #expect(error?.description.hasSuffix("of 294 pixels") == true)
    }

    /// A length too small for the file's own first words once made a range that ran backwards.
    @Test func aWebPShorterThanItsHeaderThrows() {
        var bytes = Goldens.bytes("webp/lossless.webp")
        bytes.replaceSubrange(4..<8, with: [2, 0, 0, 0])
        #expect(throws: MediaError.corrupt(file: "riff", format: .webp, reason: "it says it is 10 bytes long")) {
            try Image.decode(bytes, name: "riff")
        }
    }

    @Test func aWebPWhoseCanvasDisagreesThrows() throws {
        var bytes = Goldens.bytes("webp/metadata.webp")
        let canvas = try #require(bytes.firstRange(of: Array("VP8X".utf8))).lowerBound
        bytes[canvas + 12] += 1
        let reason = "a frame of 21 × 14 on a canvas of 22 × 14"
        #expect(throws: MediaError.corrupt(file: "canvas", format: .webp, reason: reason)) {
            try Image.decode(bytes, name: "canvas")
        }
    }

    @Test func anAVIFWhoseDataDisagreesThrows() throws {
        var bytes = Goldens.bytes("avif/rgb-444.avif")
        let size = try #require(bytes.firstRange(of: Array("ispe".utf8))).upperBound
        bytes[size + 7] = 20
        let reason = "the file announces 20 × 14 pixels, its data holds 21 × 14"
        #expect(throws: MediaError.corrupt(file: "size", format: .avif, reason: reason)) {
            try Image.decode(bytes, name: "size")
        }
    }

    @Test func anAVIFOfTooManyItemsThrows() throws {
        var bytes = Goldens.bytes("avif/rgb-444.avif")
        let table = try #require(bytes.firstRange(of: Array("iloc".utf8))).upperBound
        bytes.replaceSubrange(table + 6..<table + 8, with: [0xff, 0xff])
        #expect(throws: MediaError.corrupt(file: "items", format: .avif, reason: "it says it has 65535 items")) {
            try Image.decode(bytes, name: "items")
        }
    }

    @Test func anAVIFMadeOfTilesIsNamedUnsupported() throws {
        var bytes = Goldens.bytes("avif/rgb-444.avif")
        let type = try #require(bytes.firstRange(of: Array("av01".utf8)))
        bytes.replaceSubrange(type, with: "grid".utf8)
        #expect(
            throws: MediaError.unsupportedFeature(file: "tiles", format: .avif, feature: "a picture of type \"grid\"")
        ) {
            try Image.decode(bytes, name: "tiles")
        }
    }

    /// PNG's CRC-32 over a chunk's type and content.
    private func checksum(_ chunk: some Sequence<UInt8>) -> [UInt8] {
        var register: UInt32 = .max
        for byte in chunk {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xedb8_8320 : register >> 1 }
        }
        return (0..<4).map { UInt8(truncatingIfNeeded: ~register >> (24 - 8 * $0)) }
    }
}

/// A valid small picture whose header was made to announce a huge one.
struct HugeHeader: Sendable, CustomStringConvertible {
    var file: String
    var width: Int
    var height: Int
    var bytes: [UInt8]

    var description: String { file }

    private init(_ file: String, _ width: Int, _ height: Int, size field: [UInt8], at offset: ([UInt8]) -> Int?) {
        self.file = file
        self.width = width
        self.height = height
        bytes = Goldens.bytes(file)
        guard let offset = offset(bytes) else { fatalError("\(file) has no size field") }
        bytes.replaceSubrange(offset..<offset + field.count, with: field)
    }

    static let all = [
        HugeHeader("png/rgb-8.png", 100_000, 100_000, size: [0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]) { _ in 16 },
        HugeHeader("jpeg/rgb-444.jpg", 65_500, 65_500, size: [0xff, 0xdc, 0xff, 0xdc]) {
            $0.firstRange(of: [0xff, 0xc0]).map { $0.upperBound + 3 }
        },
        HugeHeader("webp/lossy.webp", 16_383, 16_383, size: [0xff, 0x3f, 0xff, 0x3f]) {
            $0.firstRange(of: [0x9d, 0x01, 0x2a])?.upperBound
        },
        HugeHeader("webp/lossless.webp", 16_384, 16_384, size: [0xff, 0xff, 0xff, 0x0f]) {
            $0.firstRange(of: Array("VP8L".utf8)).map { $0.upperBound + 5 }
        },
        HugeHeader("webp/animated.webp", 16_777_216, 16_777_216, size: [255, 255, 255, 255, 255, 255]) {
            $0.firstRange(of: Array("VP8X".utf8)).map { $0.upperBound + 8 }
        },
        HugeHeader("gif/plain.gif", 65_535, 65_535, size: [255, 255, 255, 255]) { _ in 6 },
        HugeHeader("bmp/rgb-24.bmp", 100_000, 100_000, size: [0xa0, 0x86, 1, 0, 0xa0, 0x86, 1, 0]) { _ in 18 },
        HugeHeader("avif/rgb-444.avif", 100_000, 100_000, size: [0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]) {
            $0.firstRange(of: Array("ispe".utf8)).map { $0.upperBound + 4 }
        },
    ]
}
