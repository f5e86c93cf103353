// Archives as people send them: other systems' names, litter, folders, sizes beyond 4 GiB in the headers.

import Archive
import Foundation
import Support
import Testing

@Suite struct ZipReaderTests {
    @Test func anEmptyArchiveHoldsNothing() throws {
        let read = try unpack(ZipDraft().bytes)
        #expect(read.isEmpty)
    }

    @Test func entriesComeInTheOrderOfTheFile() throws {
        let draft = ZipDraft(["b.png", "a.png", "c/d.png"].map { ZipDraft.Item($0) })
        let read = try unpack(draft.bytes)
        #expect(read.map(\.path) == ["b.png", "a.png", "c/d.png"])
        #expect(read.allSatisfy { $0.bytes == Array("content".utf8) })
    }

    @Test func foldersAndLitterArePassedOver() throws {
        var folder = ZipDraft.Item("shots/")
        folder.mode = 0o040755
        folder.content = []
        let names = ["__MACOSX/shots/._a.png", "shots/.DS_Store", ".DS_Store", "shots/a.png"]
        let read = try unpack(ZipDraft([folder] + names.map { ZipDraft.Item($0) }).bytes)
        #expect(read.map(\.path) == ["shots/a.png"])
    }

    @Test func anEntryMayBeLeftOutOrLeftHalfway() throws {
        struct Enough: Error {}
        let folder = try TemporaryDirectory()
        let files = ["a", "b", "c"].map { (path: $0, bytes: [UInt8](repeating: $0.utf8.first ?? 0, count: 400_000)) }
        try folder.write(Data(try pack(files)), to: "a.zip")
        let zip = try ZipReader(folder.file("a.zip"), name: "a.zip")
        #expect(try zip.next()?.path == "a")
        #expect(try zip.next()?.path == "b")
        #expect(throws: Enough.self) { try zip.read { _ in throw Enough() } }
        let last = try zip.next()
        #expect(last?.path == "c" && last?.announcedByteCount == 400_000)
        var content: [UInt8] = []
        try zip.read { content.append(contentsOf: $0) }
        #expect(content == files[2].bytes)
        #expect(try zip.next() == nil)
    }

    @Test func namesWithoutAFlagAreUTF8OrElseCodePage437() throws {
        var modern = ZipDraft.Item("größe.png")
        modern.flags = 0
        var old = ZipDraft.Item("")
        old.name = [0x67, 0x72, 0x94, 0xe1, 0x65, 0x32]
        let read = try unpack(ZipDraft([modern, old]).bytes)
        #expect(read.map(\.path) == ["größe.png", "größe2"])
    }

    /// Windows' own archives once had backslashes between folders.
    @Test func backslashesOfDOSAreFolders() throws {
        let draft = ZipDraft("shots\\a.png") {
            $0.system = 0; $0.mode = 0
        }
        let read = try unpack(draft.bytes)
        #expect(read.map(\.path) == ["shots/a.png"])
    }

    /// Sizes and offset stand in a zip64 field of 24 bytes, and the plain fields say so by all ones.
    @Test func sizesInZip64FieldsAreRead() throws {
        let content = Array("sixty-four".utf8)
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        let all = [UInt8](repeating: 0xff, count: 4)
        let sizes = number(content.count, 8) + number(content.count, 8)
        let start =
            number(45, 2) + number(0, 2) + number(0, 2) + number(0x0021_0000, 4)
            + number(Int(checksum32(content)), 4) + all + all + number(1, 2)
        let entry = [0x50, 0x4b, 3, 4] + start + number(20, 2) + [0x78] + [1, 0, 16, 0] + sizes + content
        let directory =
            [0x50, 0x4b, 1, 2, 45, 3] + start + number(28, 2) + number(0, 6)
            + number(0o100644 << 16, 4) + all + [0x78] + [1, 0, 24, 0] + sizes + number(0, 8)
        let end64 =
            [0x50, 0x4b, 6, 6] + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8)
            + number(1, 8) + number(1, 8) + number(directory.count, 8) + number(entry.count, 8)
        let locator = [0x50, 0x4b, 6, 7] + number(0, 4) + number(entry.count + directory.count, 8) + number(1, 4)
        let end = [0x50, 0x4b, 5, 6] + number(0, 4) + [0xff, 0xff, 0xff, 0xff] + all + all + number(0, 2)
        let read = try unpack(entry + directory + end64 + locator + end)
        #expect(read == [UnpackedFile(path: "x", bytes: content)])
    }

    @Test func anArchiveInsideIsAPlainFile() throws {
        let inner = ZipDraft("a.png").bytes
        let read = try unpack(try pack([("inner.zip", inner)]))
        #expect(read == [UnpackedFile(path: "inner.zip", bytes: inner)])
    }

    @Test func whatIsNoArchiveIsNamed() throws {
        #expect(throws: ArchiveError.notZip(file: "a.zip", found: "the file is empty")) { try unpack([]) }
        #expect(throws: ArchiveError.notZip(file: "a.zip", found: "it begins with bytes 89 50 4e 47")) {
            try unpack([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
        }
        #expect(throws: ArchiveError.unreadable(file: "b.zip", reason: "No such file or directory")) {
            try ZipReader("/nowhere/b.zip", name: "b.zip")
        }
        #expect(throws: ArchiveError.unreadable(file: "folder", reason: "it is not a regular file")) {
            try ZipReader("/", name: "folder")
        }
    }

    @Test func errorsAreOneClearLine() {
        let damaged = ArchiveError.corrupt(file: "a.zip", entry: "b\n.png", reason: "ZIP bad CRC")
        #expect(damaged.description == "a.zip: damaged entry \"b\\n.png\": ZIP bad CRC")
        #expect(ArchiveError.unsafePath("../x").description == "\"../x\" is not a safe path inside an archive")
        #expect(ArchiveError.tooManyEntries(limit: 500).description == "the archive holds more than 500 files")
    }
}
