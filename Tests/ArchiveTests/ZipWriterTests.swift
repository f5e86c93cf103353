// What the writer makes is read back, looked at byte by byte, and compared with itself.

import Archive
import Foundation
import Support
import Testing

@Suite struct ZipWriterTests {
    private let noise = (0..<300_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }

    @Test func whatIsWrittenReadsBackTheSame() throws {
        let files: [(path: String, bytes: [UInt8])] = [
            ("index.html", Array(repeating: 0x61, count: 100_000)), ("assets/logo.png", noise), ("empty.txt", []),
            ("größe/画面 ☕️.html", Array("<p>".utf8)),
        ]
        let read = try unpack(try pack(files))
        #expect(read == files.map { UnpackedFile(path: $0.path, bytes: $0.bytes) })
    }

    @Test func theSameFilesGiveTheSameBytesInEveryTimeZone() throws {
        let files: [(path: String, bytes: [UInt8])] = [("index.html", noise), ("a.png", noise)]
        let first = try pack(files)
        setenv("TZ", "Pacific/Kiritimati", 1)
        tzset()
        defer {
            unsetenv("TZ")
            tzset()
        }
        let second = try pack(files)
        #expect(first == second)
        // Bytes 10 to 13 of an entry's header are its time and date: 1980-01-01 00:00.
        #expect(first[10..<14].elementsEqual([0, 0, 0x21, 0]))
    }

    @Test func textIsDeflatedAndPicturesAreStored() throws {
        let zeros = [UInt8](repeating: 0, count: 50_000)
        let text = try pack([("index.html", zeros)])
        #expect(text[8] == 8 && text.count < 1_000)
        let picture = try pack([("picture.JPG", zeros)])
        #expect(picture[8] == 0 && picture.count > 50_000)
    }

    @Test func namesBeyondASCIICarryTheUTF8Flag() throws {
        let archive = try pack([("画面.html", [1])])
        #expect(archive[7] & 8 == 8)
        #expect(archive.firstRange(of: Array("画面.html".utf8)) != nil)
    }

    @Test func chunksAreSmallAndComeBeforeTheEnd() throws {
        var sizes: [Int] = []
        let zip = try ZipWriter { sizes.append($0.count) }
        try zip.add(noise, at: "a.png")
        #expect(sizes.reduce(0, +) >= 4 * ZipWriter.chunkBytes)
        try zip.finish()
        #expect(sizes.allSatisfy { (1...ZipWriter.chunkBytes).contains($0) })
    }

    @Test func filesComeFromDiskAndInPieces() throws {
        let folder = try TemporaryDirectory()
        try folder.write(Data(noise), to: "noise.bin")
        var archive: [UInt8] = []
        let zip = try ZipWriter { archive.append(contentsOf: $0) }
        try zip.add(file: folder.file("noise.bin"), at: "disk.bin")
        try zip.begin("pieces.bin", byteCount: noise.count)
        for start in stride(from: 0, to: noise.count, by: 7_001) {
            try noise[start..<min(start + 7_001, noise.count)].withUnsafeBytes { try zip.append($0) }
        }
        try zip.finish()
        let read = try unpack(archive)
        #expect(read == ["disk.bin", "pieces.bin"].map { UnpackedFile(path: $0, bytes: noise) })
    }

    @Test func anUnreadableFileLeavesTheArchiveAsItWas() throws {
        var archive: [UInt8] = []
        let zip = try ZipWriter { archive.append(contentsOf: $0) }
        #expect(throws: ArchiveError.unreadable(file: "x", reason: "No such file or directory")) {
            try zip.add(file: "/nowhere/at/all", at: "x")
        }
        #expect(throws: ArchiveError.unreadable(file: "x", reason: "it is not a regular file")) {
            try zip.add(file: "/dev/zero", at: "x")
        }
        try zip.add([1], at: "x")
        try zip.finish()
        let read = try unpack(archive)
        #expect(read == [UnpackedFile(path: "x", bytes: [1])])
    }

    @Test(arguments: [
        "", "/etc/passwd", "../x", "a/../x", "a//b", "./a", "a\\b", "C:/x", "c:x", "a\u{0}b", "a\nb", "a/",
        String(repeating: "a/", count: 512) + "b", String(repeating: "x", count: 256),
    ])
    func unsafePathsAreRefused(path: String) throws {
        let zip = try ZipWriter { _ in }
        #expect(throws: ArchiveError.unsafePath(path)) { try zip.add([1], at: path) }
    }

    @Test(arguments: [("a/b", "a/b"), ("a", "a/b"), ("a/b/c", "a/b"), ("a/b/c", "a")])
    func aPathIsTakenOnce(first: String, second: String) throws {
        let zip = try ZipWriter { _ in }
        try zip.add([1], at: first)
        #expect(throws: ArchiveError.pathTaken(second)) { try zip.add([1], at: second) }
    }

    @Test func theSinksErrorComesBackAndEndsTheArchive() throws {
        struct HungUp: Error {}
        let zip = try ZipWriter { _ in throw HungUp() }
        #expect(throws: HungUp.self) { try zip.add(noise, at: "a.png") }
        #expect(throws: HungUp.self) { try zip.finish() }
    }

    @Test func aFileWithMissingBytesIsNoArchive() throws {
        let zip = try ZipWriter { _ in }
        try zip.begin("a.txt", byteCount: 10)
        #expect(throws: ArchiveError.cannotWrite(entry: "a.txt", reason: "10 bytes of it are missing")) {
            try zip.finish()
        }
    }

    /// Freeing a writer once ended its archive in good order, so that half an answer looked whole.
    @Test func anArchiveLeftAloneStaysIncomplete() throws {
        var archive: [UInt8] = []
        do {
            let zip = try ZipWriter { archive.append(contentsOf: $0) }
            try zip.add(noise, at: "a.png")
        }
        #expect(archive.firstRange(of: [0x50, 0x4b, 5, 6]) == nil)
    }
}
