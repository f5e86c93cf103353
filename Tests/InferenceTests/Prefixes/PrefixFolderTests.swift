// The files: what is read is what was written or nothing, and the folder stays within its bounds.
import Foundation
import Support
import Synchronization
import Testing

@testable import Inference

/// What a folder complained of.
final class Complaints: Sendable {
    private let heard = Mutex<[String]>([])

    var all: [String] { heard.withLock { $0 } }

    @Sendable func add(_ complaint: String) { heard.withLock { $0.append(complaint) } }
}

/// 132 bytes of a file.
private func content(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 100) }

private let size = 132

private func name(_ number: Int) -> ContentDigest { ContentDigest(of: [UInt8(number)]) }

private func bytes(_ folder: PrefixFolder, _ name: ContentDigest) -> [UInt8]? {
    folder.read(name, at: .now)?.withBytes { [UInt8]($0) }
}

struct PrefixFolderTests {
    let directory: TemporaryDirectory
    let complaints = Complaints()

    init() throws { directory = try TemporaryDirectory() }

    func folder(_ path: String? = nil, bytes: Int = 1 << 20) throws -> PrefixFolder {
        try PrefixFolder(
            try #require(
                PrefixCache(folder: path ?? directory.path, byteLimit: bytes, complain: complaints.add)))
    }

    @Test func whatWasWrittenIsReadByTheNextProcess() throws {
        let content = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try folder().write(content, as: name(1), at: .now))
        let next = try folder()
        #expect(bytes(next, name(1)) == content)
        #expect(bytes(next, name(2)) == nil)
        #expect(try directory.names().count == 1, "no drafts")
    }

    @Test func nothingIsAlsoContent() throws {
        let folder = try folder()
        folder.write([], as: name(1), at: .now)
        #expect(bytes(folder, name(1)) == [])
    }

    @Test func onlyTheUserCanReadWhatIsKept() throws {
        let new = directory.path + "/a/b"
        for path in [new, directory.path] { try folder(path).write([1], as: name(1), at: .now) }
        #expect(chmod(new, 0o755) == 0)
        _ = try folder(new)
        let files = [directory.path, new].flatMap { path in
            [path] + ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).map { path + "/" + $0 }
        }
        #expect(files.count > 4)
        for path in files {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & 0o077 == 0, "\(path)")
        }
    }

    @Test func aFileUnderAnotherNameIsDeleted() throws {
        let folder = try folder()
        folder.write([1, 2, 3], as: name(1), at: .now)
        folder.write([1, 2, 3], as: name(2), at: .now)
        let files = try directory.names()
        try directory.write(try directory.read(files[0]), to: files[1])
        #expect([name(1), name(2)].filter { bytes(folder, $0) != nil }.count == 1)
        #expect(try directory.names() == [files[0]])
    }

    @Test func everyByteCounts() throws {
        let folder = try folder()
        let content: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        folder.write(content, as: name(1), at: .now)
        let file = try #require(try directory.names().first)
        let whole = try directory.read(file)
        for place in whole.indices {
            var changed = whole
            changed[place] ^= 0x10
            try directory.write(changed, to: file)
            #expect(bytes(folder, name(1)) == nil, "byte \(place)")
            #expect(try directory.names().isEmpty)
        }
        for count in 0..<whole.count {
            try directory.write(whole[..<count], to: file)
            #expect(bytes(folder, name(1)) == nil, "\(count) bytes")
        }
        try directory.write(whole + [0], to: file)
        #expect(bytes(folder, name(1)) == nil)
        try directory.write(whole, to: file)
        #expect(bytes(folder, name(1)) == content)
    }

    // MARK: Disks that do not let us

    @Test func aPlaceThatIsNoFolderIsRefused() throws {
        try directory.write(Data(), to: "file")
        let error = #expect(throws: EngineError.self) { try folder(directory.file("file")) }
        #expect(error?.description.hasPrefix(directory.file("file") + ": nothing is kept of prompts: ") == true)
    }

    @Test func aDiskThatTakesNoMoreIsComplainedOfOnce() throws {
        let folder = try folder()
        folder.write([1], as: name(1), at: .now)
        // A folder that is gone is as good as a full disk, and can be had without one.
        try directory.removeFolder()
        for number in 2...4 { #expect(!folder.write([1], as: name(number), at: .now)) }
        #expect(bytes(folder, name(1)) == nil)
        #expect(complaints.all == ["\(directory.path): nothing is kept of prompts: No such file or directory"])
    }

    // MARK: Bounds

    /// Makes a file as old as if it had last been used so many seconds ago.
    func age(_ name: ContentDigest, _ seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: directory.file("\(name).prefix"))
    }

    func held() throws -> Set<Int> {
        let names = Set(try directory.names())
        return Set((0...9).filter { names.contains("\(name($0)).prefix") })
    }

    @Test func whatWasNotUsedForLongestGoes() throws {
        let folder = try folder(bytes: 3 * size)
        for number in 1...3 {
            folder.write(content(number), as: name(number), at: .now)
            try age(name(number), Double(100 - number))
        }
        #expect(try held() == [1, 2, 3])
        #expect(bytes(folder, name(1)) != nil)
        folder.write(content(4), as: name(4), at: .now)
        #expect(try held() == [1, 3, 4])
        #expect(folder.touch(name(3), at: .now))
        folder.write(content(5), as: name(5), at: .now)
        #expect(try held() == [3, 4, 5])
    }

    @Test func whatIsNewerStays() throws {
        let folder = try folder(bytes: 2 * size)
        let now = Moment.now
        folder.write(content(1), as: name(1), at: now.inside(0))
        folder.write(content(2), as: name(2), at: now.inside(500))
        #expect(!folder.write(content(3), as: name(3), at: now.inside(1000)))
        #expect(try held() == [1, 2])
        #expect(folder.write(content(4), as: name(4), at: now.inside(100)))
        #expect(try held() == [1, 4])
    }

    @Test func whatComesFromTheFutureGoesFirst() throws {
        let folder = try folder(bytes: 2 * size)
        for number in 1...2 { folder.write(content(number), as: name(number), at: .now) }
        try age(name(2), -1_000_000)
        #expect(folder.write(content(3), as: name(3), at: .now))
        #expect(try held() == [1, 3])
    }

    @Test func whatIsLargerThanTheBoundIsNotWrittenAndMakesNoRoom() throws {
        let folder = try folder(bytes: size)
        folder.write(content(1), as: name(1), at: .now)
        #expect(!folder.write([UInt8](repeating: 0, count: 101), as: name(2), at: .now))
        #expect(try held() == [1])
        #expect(complaints.all.isEmpty)
    }

    @Test func draftsOfTheDeadAreDeletedAndOtherFilesAreNot() throws {
        for file in ["1.draft", "2.draft", "notes.txt"] { try directory.write(Data([1]), to: file) }
        for file in ["1.draft", "notes.txt"] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -4000)], ofItemAtPath: directory.file(file))
        }
        try folder(bytes: 40).write([1], as: name(1), at: .now)
        #expect(try Set(directory.names()) == ["2.draft", "notes.txt", "\(name(1)).prefix"])
    }

    /// Writers, readers and evictions at the same time, each with an own view of the folder, as processes have.
    @Test func writersAndReadersShareAFolder() async throws {
        let bound = 10 * size
        let cache = try #require(
            PrefixCache(folder: directory.path, byteLimit: bound, complain: complaints.add))
        let found = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let folder = try PrefixFolder(cache)
                    var found = 0
                    for step in 0..<60 {
                        let number = (step * 7 + task * 3) % 24
                        folder.write(content(number), as: name(number), at: .now)
                        let other = (step * 5 + task) % 24
                        if let read = bytes(folder, name(other)) {
                            #expect(read == content(other))
                            found += 1
                        }
                    }
                    return found
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(found > 0)
        #expect(complaints.all.isEmpty)
        try folder(bytes: bound).write(content(100), as: name(100), at: .now)
        #expect(try directory.names().count <= 10)
        #expect(try directory.names().allSatisfy { $0.hasSuffix(".prefix") })
    }
}
