// Archives that were made to do harm: each ends in one typed error, and none in a crash or in unbounded work.

import Archive
import Foundation
import Support
import Testing

@Suite struct HostileArchiveTests {
    @Test(arguments: [
        "../x", "a/../../x", "/etc/passwd", "//x", "C:/x", "c:x", "a\\..\\x/y", "a\u{1}b", "a\nb", "./x", "a//b",
        String(repeating: "a/", count: 600) + "b", String(repeating: "x", count: 300), "",
    ])
    func pathsThatLeaveTheirFolderAreRefused(path: String) throws {
        let error = #expect(throws: ArchiveError.self) { try unpack(ZipDraft(path).bytes) }
        #expect(error == .unsafePath(path) && error?.meaning == .unsafe)
    }

    /// What follows a zero byte is not part of the name for anyone, so that it cannot hide a second ending.
    @Test func aNameEndsAtAZeroByte() throws {
        let read = try unpack(ZipDraft("a.png\u{0}/../../x") { _ in }.bytes)
        #expect(read.map(\.path) == ["a.png"])
    }

    @Test(arguments: [
        (UInt16(0o120777), "a symbolic link"), (0o020644, "no file"), (0o060644, "no file"), (0o140644, "no file"),
    ])
    func linksAndDevicesAreRefused(mode: UInt16, found: String) {
        let draft = ZipDraft("link.png") {
            $0.mode = mode
            $0.content = Array("/etc/passwd".utf8)
        }
        #expect(throws: ArchiveError.notAFile(entry: "link.png", found: found)) { try unpack(draft.bytes) }
    }

    @Test func anEncryptedEntryIsRefused() {
        let draft = ZipDraft("a.png") {
            $0.flags = 1
            $0.content = [UInt8](repeating: 7, count: 40)
        }
        #expect(throws: ArchiveError.encrypted(entry: "a.png")) { try unpack(draft.bytes) }
    }

    @Test(arguments: [UInt16(12), 14, 95, 98, 9, 6, 77])
    func onlyStoredAndDeflatedEntriesAreRead(method: UInt16) {
        let draft = ZipDraft("a.png") { $0.method = method }
        let error = #expect(throws: ArchiveError.self) { try unpack(draft.bytes) }
        guard case .unsupported(entry: "a.png", _) = error else { return #expect(error == nil, "another error") }
    }

    @Test func aNameUsedTwiceIsRefused() {
        for names in [["a.png", "a.png"], ["a", "a/b.png"], ["a/b.png", "a"]] {
            let draft = ZipDraft(names.map { ZipDraft.Item($0) })
            #expect(throws: ArchiveError.pathTaken(names[1])) { try unpack(draft.bytes) }
        }
    }

    @Test func aWrongChecksumIsDamage() {
        let error = #expect(throws: ArchiveError.self) { try unpack(ZipDraft("a.png") { $0.checksum = 1 }.bytes) }
        guard case .corrupt(file: "a.zip", entry: "a.png", let reason) = error else { return #expect(error == nil) }
        #expect(reason.contains("CRC"))
    }

    @Test func aWrongSizeIsDamage() {
        let error = #expect(throws: ArchiveError.self) { try unpack(ZipDraft("a.png") { $0.announcedBytes = 5 }.bytes) }
        #expect(error?.meaning == .corrupt)
    }

    @Test func entriesThatShareBytesAreRefused() {
        var inner = ZipDraft.Item("inner.png")
        inner.offset = 0
        var outer = ZipDraft.Item("outer.png")
        // The outer entry's content is a whole entry, which the table of contents names as well.
        outer.content = Array(ZipDraft("inner.png").bytes.prefix(46))
        inner.offset = 39
        let error = #expect(throws: ArchiveError.self) { try unpack(ZipDraft([outer, inner]).bytes) }
        #expect(error == .corrupt(file: "a.zip", entry: "inner.png", reason: "it overlaps another entry"))
    }

    @Test func everyShorterArchiveThrows() throws {
        let archive = ZipDraft(["a.png", "b.png"].map { ZipDraft.Item($0) }).bytes
        for count in 0..<archive.count {
            #expect(throws: ArchiveError.self, "the first \(count) bytes") { try unpack(Array(archive[..<count])) }
        }
    }

    @Test func aLostTableOfContentsIsTruncation() {
        let archive = ZipDraft("a.png").bytes
        let reason = "truncated: its table of contents is missing"
        #expect(throws: ArchiveError.corrupt(file: "a.zip", entry: nil, reason: reason)) {
            try unpack(Array(archive[..<42]))
        }
    }

    @Test func aDeflatedEntryThatGrowsTooMuchIsRefused() throws {
        let bomb = try pack([("bomb.bmp", [UInt8](repeating: 0, count: 40_000_000))])
        #expect(bomb.count < 100_000)
        #expect(throws: ArchiveError.growsTooMuch(entry: "bomb.bmp", limit: 200)) { try unpack(bomb) }
    }

    @Test func manySmallBombsEndAtTheTotal() throws {
        let zeros = [UInt8](repeating: 0, count: 1_000_000)
        let bombs = try pack((0..<12).map { ("\($0).bmp", zeros) })
        let limits = ZipLimits(entries: 500, unpackedBytes: 10_000_000)
        #expect(throws: ArchiveError.tooManyBytes(limit: 10_000_000)) { try unpack(bombs, limits: limits) }
    }

    @Test func sixHundredEntriesAreTooMany() throws {
        let draft = ZipDraft((0..<600).map { ZipDraft.Item("\($0).png") })
        #expect(throws: ArchiveError.tooManyEntries(limit: 500)) { try unpack(draft.bytes) }
        let read = try unpack(ZipDraft(Array(draft.items.prefix(500))).bytes)
        #expect(read.count == 500)
    }

    @Test func aFloodOfFoldersIsTooMany() {
        let draft = ZipDraft((0..<5_001).map { ZipDraft.Item("__MACOSX/\($0)") })
        #expect(throws: ArchiveError.tooManyEntries(limit: 500)) { try unpack(draft.bytes) }
    }

    @Test func aTableOfContentsBeyondItsLimitIsNotHeld() {
        var limits = ZipLimits()
        limits.directoryBytes = 100_000
        let draft = ZipDraft((0..<10_000).map { ZipDraft.Item("\($0).png") })
        #expect(throws: ArchiveError.directoryTooLarge(limit: 100_000)) { try unpack(draft.bytes, limits: limits) }
    }

    @Test func afterAnErrorTheReaderIsOver() throws {
        let folder = try TemporaryDirectory()
        try folder.write(Data(ZipDraft([.init("../x"), .init("a.png")]).bytes), to: "a.zip")
        let zip = try ZipReader(folder.file("a.zip"), name: "a.zip")
        for _ in 0..<2 { #expect(throws: ArchiveError.unsafePath("../x")) { try zip.next() } }
    }

    /// Seeded mutations of small archives of every kind: files or one typed, one-line error.
    @Test(arguments: 0..<4)
    func damageNeverCrashes(kind: Int) throws {
        let text = Array("a page of text, over and over again. ".utf8)
        let originals = [
            ZipDraft(["a.png", "b/c.png"].map { ZipDraft.Item($0) }).bytes,
            try pack([("index.html", Array(repeatElement(text, count: 40).joined())), ("b.png", text)]),
            try pack([("größe.html", text), ("empty", []), ("c/d", text)]),
            ZipDraft("link") { $0.mode = 0o120777 }.bytes,
        ]
        let original = originals[kind]
        var noise = Noise(seed: UInt64(kind) + 1)
        let limits = ZipLimits(entries: 50, unpackedBytes: 1_000_000)
        for _ in 0..<600 {
            var damaged = original
            for _ in 0..<noise.next(below: 4) + 1 {
                let place = noise.next(below: damaged.count)
                switch noise.next(below: 4) {
                case 0: damaged[place] = [0, 0xff, 0x7f, 0x80][noise.next(below: 4)]
                case 1: damaged.remove(at: place)
                case 2: damaged.insert(UInt8(noise.next(below: 256)), at: place)
                default: damaged[place] ^= 1 << UInt8(noise.next(below: 8))
                }
            }
            do {
                let files = try unpack(damaged, limits: limits)
                #expect(files.reduce(0) { $0 + $1.bytes.count } <= 1_000_000)
            } catch let error as ArchiveError {
                #expect(!error.description.contains("\n"))
            }
        }
    }
}

/// Numbers that look random and are the same on every run.
private struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }
}
