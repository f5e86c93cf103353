// Files to be referred to: kept whole and once, their key's alone, bounded, and gone with their bytes.
import Foundation
import Testing

@testable import Jobs

extension Workbench {
    static let plenty = MediaLimits(files: 100, bytes: 1 << 40)

    /// Keeps a file.
    @discardableResult
    func keep(
        _ bytes: [UInt8] = Array("a clip".utf8), key: String = "local", purpose: String = "video",
        limits: MediaLimits = plenty
    ) async throws -> MediaFile {
        let draft = MediaDraft(
            name: "clip.mp4", purpose: purpose, kind: .video, mediaType: "video/mp4", upload: try upload(bytes))
        return try await store.keep(draft, key: key, limits: limits)
    }

    /// The contents on the shelf.
    fileprivate var contents: [String] { files("uploads").filter { $0.utf8.count > 60 } }
}

@Suite struct MediaFileTests {
    @Test func aFileIsKeptAsItWasSent() async throws {
        let bench = try Workbench()
        let file = try await bench.keep()
        #expect(MediaFile.isID(file.id) && file.keyID == "local" && file.name == "clip.mp4")
        #expect(file.purpose == "video" && file.kind == .video && file.mediaType == "video/mp4")
        #expect(file.byteCount == 6 && file.createdAt == bench.world.now)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)) == Data("a clip".utf8))
        #expect(try await bench.store.media(file.id, key: "local") == file)
        let day = try await bench.store.usage(key: "local", from: "2027-01-01", to: "2027-12-31")
        #expect(day.map(\.uploadBytes) == [6])
    }

    @Test func anothersFileIsNotFound() async throws {
        let bench = try Workbench()
        let file = try await bench.keep()
        let missing = StoreError.notFound("file \(file.id)")
        await #expect(throws: missing) { try await bench.store.media(file.id, key: "other") }
        await #expect(throws: missing) { try await bench.store.delete(media: file.id, key: "other") }
        #expect(try await bench.store.media(key: "other", limit: 9).files.isEmpty)
        #expect(try await bench.store.media(file.id, key: "local") == file)
    }

    @Test func filesSurviveARestart() async throws {
        let bench = try Workbench()
        let file = try await bench.keep()
        // What a process that died had taken in and not kept, and what it was writing.
        try bench.upload([9])
        let cut = try bench.store.beginUpload()
        try [UInt8](repeating: 1, count: 9).withUnsafeBytes { try cut.append($0) }
        try await bench.restart()
        #expect(try await bench.store.media(file.id, key: "local") == file)
        #expect(bench.contents.count == 1 && bench.files("uploads/incoming").isEmpty)
        #expect(FileManager.default.fileExists(atPath: file.path))
        #expect(try await bench.keep().id > file.id)
    }

    @Test func deletingRemovesTheBytesWithTheirLastFile() async throws {
        let bench = try Workbench()
        let first = try await bench.keep()
        let second = try await bench.keep(key: "other")
        #expect(first.path == second.path)
        try await bench.store.delete(media: first.id, key: "local")
        #expect(FileManager.default.fileExists(atPath: second.path))
        await #expect(throws: StoreError.notFound("file \(first.id)")) {
            try await bench.store.delete(media: first.id, key: "local")
        }
        try await bench.store.delete(media: second.id, key: "other")
        #expect(bench.contents.isEmpty)
    }

    @Test func aConversionAndAFileShareTheirBytes() async throws {
        let bench = try Workbench()
        let file = try await bench.keep([7])
        let job = try await bench.submit(bytes: [7])
        try await bench.store.delete(conversion: job.conversionID, key: "local")
        #expect(FileManager.default.fileExists(atPath: file.path))
        let other = try await bench.submit(bytes: [7])
        try await bench.store.delete(media: file.id, key: "local")
        #expect(FileManager.default.fileExists(atPath: file.path))
        try await bench.store.delete(conversion: other.conversionID, key: "local")
        #expect(bench.contents.isEmpty)
    }

    @Test func filesExpireAsConversionsDo() async throws {
        let bench = try Workbench { $0.retentionSeconds = 100 }
        let old = try await bench.keep([1])
        bench.world.advance(60)
        let young = try await bench.keep([2])
        bench.world.advance(39)
        #expect(try await bench.store.sweep(now: bench.world.now).expiredFiles == 0)
        bench.world.advance(1)
        #expect(try await bench.store.sweep(now: bench.world.now).expiredFiles == 1)
        await #expect(throws: StoreError.self) { try await bench.store.media(old.id, key: "local") }
        #expect(!FileManager.default.fileExists(atPath: old.path))
        #expect(FileManager.default.fileExists(atPath: young.path))
    }

    @Test func filesStayWithoutALimit() async throws {
        let bench = try Workbench { $0.retentionSeconds = nil }
        let file = try await bench.keep()
        bench.world.advance(1e9)
        #expect(try await bench.store.sweep(now: bench.world.now).expiredFiles == 0)
        #expect(FileManager.default.fileExists(atPath: file.path))
    }

    @Test func aKeyKeepsOnlySoMuch() async throws {
        let bench = try Workbench()
        let limits = MediaLimits(files: 2, bytes: 10)
        try await bench.keep([1, 2, 3, 4], limits: limits)
        await #expect(throws: StoreError.fileByteLimit(10)) {
            try await bench.keep([1, 2, 3, 4, 5, 6, 7], limits: limits)
        }
        try await bench.store.requireRoomForMedia(key: "local", limits: limits)
        try await bench.keep([1, 2, 3, 4, 5, 6], limits: limits)
        await #expect(throws: StoreError.fileLimit(2)) {
            try await bench.store.requireRoomForMedia(key: "local", limits: limits)
        }
        await #expect(throws: StoreError.fileLimit(2)) { try await bench.keep([9], limits: limits) }
        #expect(bench.contents.count == 2, "what was refused is gone at once")
        try await bench.keep([9], key: "other", limits: limits)
    }

    @Test func whatIsRefusedLeavesTheSameContentOfOthers() async throws {
        let bench = try Workbench()
        let file = try await bench.keep()
        let waiting = try bench.upload([5])
        for bytes in [Array("a clip".utf8), [5]] {
            await #expect(throws: StoreError.self) {
                try await bench.keep(bytes, limits: MediaLimits(files: 1, bytes: 99))
            }
        }
        #expect(FileManager.default.fileExists(atPath: file.path))
        #expect(FileManager.default.fileExists(atPath: waiting.path))
    }

    @Test func aFullDiskKeepsNothing() async throws {
        let bench = try Workbench { $0.minimumFreeBytes = 1000 }
        let draft = MediaDraft(
            name: "a", purpose: "image", kind: .image, mediaType: "image/png", upload: try bench.upload())
        bench.world.setFreeBytes(999)
        await #expect {
            try await bench.store.keep(draft, key: "local", limits: Workbench.plenty)
        } throws: { error in
            if case .full = error as? StoreError { true } else { false }
        }
        #expect(try await bench.store.media(key: "local", limit: 9).files.isEmpty)
        #expect(bench.contents.isEmpty)
    }

    @Test func aListGoesOnBehindAnyId() async throws {
        let bench = try Workbench()
        var files: [MediaFile] = []
        for number in 0..<5 {
            files.append(try await bench.keep([UInt8(number)], purpose: number == 2 ? "image" : "video"))
        }
        let first = try await bench.store.media(key: "local", limit: 2)
        #expect(first == MediaPage(files: [files[4], files[3]], hasMore: true))
        // The list goes on where it was, though its last file is gone.
        try await bench.store.delete(media: files[3].id, key: "local")
        let second = try await bench.store.media(key: "local", limit: 3, after: files[3].id)
        #expect(second == MediaPage(files: [files[2], files[1], files[0]], hasMore: false))
        let oldest = try await bench.store.media(key: "local", limit: 2, after: files[0].id, oldestFirst: true)
        #expect(oldest == MediaPage(files: [files[1], files[2]], hasMore: true))
        #expect(try await bench.store.media(key: "local", purpose: "image", limit: 9).files == [files[2]])
    }

    @Test(arguments: [
        "", "file-", "file_01kay7zq3v8m5tqe0c9h2rwx4d", "file-01kay7zq3v8m5tqe0c9h2rwx4",
        "file-81kay7zq3v8m5tqe0c9h2rwx4d",
    ])
    func anIdHasItsForm(text: String) { #expect(!MediaFile.isID(text)) }
}
