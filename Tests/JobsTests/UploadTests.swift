// Bytes on their way in: whole and under their digest, or gone.
import Foundation
import Testing

@testable import Jobs

extension Workbench {
    /// The name of a content, found by storing it in another store.
    func digest(of bytes: [UInt8]) throws -> String {
        let other = try Workbench()
        return try other.upload(bytes).digest
    }
}

@Suite struct UploadTests {
    private func append(_ bytes: [UInt8], to upload: Upload) throws {
        try bytes.withUnsafeBytes { try upload.append($0) }
    }

    @Test func anUploadIsKeptUnderItsDigest() throws {
        let bench = try Workbench()
        let upload = try bench.store.beginUpload()
        try append(Array("ab".utf8), to: upload)
        try append(Array("c".utf8), to: upload)
        #expect(upload.byteCount == 3 && upload.opening == Array("abc".utf8))
        let stored = try upload.finish()
        // FIPS 180-2, appendix B.1.
        #expect(stored.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(stored.byteCount == 3 && stored.path == bench.store.uploadPath(stored.digest))
        #expect(try Data(contentsOf: URL(fileURLWithPath: stored.path)) == Data("abc".utf8))
        #expect(bench.files("uploads/incoming").isEmpty)
    }

    @Test func theSameContentIsKeptOnce() throws {
        let bench = try Workbench()
        let first = try bench.upload([1, 2, 3])
        let second = try bench.upload([1, 2, 3])
        #expect(first == second)
        #expect(bench.files("uploads").filter { $0.hasSuffix(first.digest) }.count == 1)
        #expect(bench.files("uploads/incoming").isEmpty)
    }

    @Test func onlyTheOpeningIsHeldInMemory() throws {
        let bench = try Workbench()
        let upload = try bench.store.beginUpload()
        let block = (0..<50_000).map { UInt8(truncatingIfNeeded: $0) }
        for _ in 0..<3 { try append(block, to: upload) }
        #expect(upload.opening == block + block.prefix(65_536 - 50_000))
        #expect(try upload.finish().byteCount == 150_000)
    }

    @Test func aDiscardedUploadLeavesNothing() throws {
        let bench = try Workbench()
        let upload = try bench.store.beginUpload()
        try append([1], to: upload)
        #expect(bench.files("uploads/incoming").count == 1)
        upload.discard()
        upload.discard()
        #expect(bench.files("uploads") == ["incoming"])
        #expect(throws: StoreError.self) { try append([1], to: upload) }
        #expect(throws: StoreError.self) { try upload.finish() }
    }

    @Test func anUploadThatIsDroppedLeavesNothing() throws {
        let bench = try Workbench()
        do {
            let upload = try bench.store.beginUpload()
            try append([1], to: upload)
        }
        #expect(bench.files("uploads") == ["incoming"])
    }

    @Test func aDiskThatFillsUpMeanwhileStopsTheUpload() throws {
        let bench = try Workbench { $0.minimumFreeBytes = 1000 }
        let upload = try bench.store.beginUpload()
        let block = [UInt8](repeating: 1, count: 4 << 20)
        try append(block, to: upload)
        try append(block, to: upload)
        bench.world.setFreeBytes(999)
        #expect { try append(block, to: upload) } throws: { error in
            if case .full = error as? StoreError { true } else { false }
        }
        upload.discard()
        #expect(bench.files("uploads/incoming").isEmpty)
    }
}
