// What goes, when, and what never does.
import Foundation
import Testing

@testable import Jobs

@Suite struct RemovalTests {
    @Test func deletingRemovesRowsAndFiles() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await bench.succeed(job)
        try await bench.store.delete(conversion: job.conversionID, key: "local")
        #expect(bench.files("results").isEmpty)
        #expect(!FileManager.default.fileExists(atPath: try bench.digestPath))
        await #expect(throws: StoreError.notFound("conversion \(job.conversionID)")) {
            try await bench.store.delete(conversion: job.conversionID, key: "local")
        }
        await #expect(throws: StoreError.notFound("job \(job.id)")) { try await bench.store.job(job.id, key: nil) }
        #expect(try await bench.store.revisions(of: job.conversionID).isEmpty)
    }

    @Test func aPictureOfAnotherConversionStays() async throws {
        let bench = try Workbench()
        let first = try await bench.submit()
        let second = try await bench.submit()
        try await bench.store.delete(conversion: first.conversionID, key: "local")
        #expect(FileManager.default.fileExists(atPath: try bench.digestPath))
        try await bench.store.delete(conversion: second.conversionID, key: "local")
        #expect(!FileManager.default.fileExists(atPath: try bench.digestPath))
    }

    @Test func aPictureThatWaitsForItsConversionStays() async throws {
        let bench = try Workbench()
        let job = try await bench.submit()
        let waiting = try bench.draft()
        try await bench.store.delete(conversion: job.conversionID, key: "local")
        _ = try await bench.store.create(waiting, key: "local", activeJobLimit: 9)
        #expect(FileManager.default.fileExists(atPath: try bench.digestPath))
    }

    @Test func aDeletedConversionsWorkerLosesItsLease() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await bench.store.delete(conversion: job.conversionID, key: "local")
        #expect(try await bench.store.renewLease(job, worker: "w", stage: nil) == .lost)
    }

    @Test func conversionsExpireWhenNobodyTouchesThem() async throws {
        let bench = try Workbench { $0.retentionSeconds = 100 }
        let old = try await bench.job(in: .succeeded)
        let failed = try await bench.job(in: .failed)
        bench.world.advance(60)
        let edited = try await bench.store.createEdit(
            .text("x"), of: old.conversionID, key: "local", activeJobLimit: 9
        ).job
        bench.world.advance(40)
        var report = try await bench.store.sweep(now: bench.world.now)
        #expect(report.expiredConversions == 1)
        await #expect(throws: StoreError.self) { try await bench.store.job(failed.id, key: nil) }
        #expect(try await bench.store.job(edited.id, key: nil).state == .queued)
        bench.world.advance(1000)
        report = try await bench.store.sweep(now: bench.world.now)
        #expect(report.expiredConversions == 0, "its edit is queued")
        _ = try await bench.store.cancel(job: edited.id, key: nil)
        report = try await bench.store.sweep(now: bench.world.now)
        #expect(report.expiredConversions == 1 && report.keptBytes == 0)
        #expect(bench.files("results").isEmpty)
    }

    @Test func nothingExpiresWithoutALimit() async throws {
        let bench = try Workbench {
            $0.retentionSeconds = nil
            $0.retentionBytes = nil
        }
        _ = try await bench.job(in: .succeeded)
        bench.world.advance(1e9)
        let report = try await bench.store.sweep(now: bench.world.now)
        #expect(report.expiredConversions == 0 && report.evictedConversions == 0)
        #expect(report.keptBytes == 9 + 10, "a design of 9 bytes and a page of 10")
    }

    @Test func theOldestMakeRoomAndThoseAtWorkNever() async throws {
        let bench = try Workbench { $0.retentionBytes = 250 }
        var jobs: [Job] = []
        for number in 0..<4 {
            let job = try await bench.submit(bytes: [UInt8](repeating: UInt8(number), count: 100))
            jobs.append(job)
            bench.world.advance(1)
        }
        // The first is at work, the others are done.
        for job in jobs.dropFirst() { _ = try await bench.store.cancel(job: job.id, key: nil) }
        let report = try await bench.store.sweep(now: bench.world.now)
        #expect(report.evictedConversions == 2 && report.keptBytes == 200)
        let left = try await bench.store.conversions(key: "local", limit: 9).items.map(\.id)
        #expect(left == [jobs[3].conversionID, jobs[0].conversionID])
        #expect(bench.files("uploads").filter { $0.utf8.count > 60 }.count == 2)
    }

    @Test func theSameContentCountsOnce() async throws {
        let bench = try Workbench { $0.retentionBytes = 100 }
        for _ in 0..<3 {
            let job = try await bench.submit(bytes: [UInt8](repeating: 1, count: 100))
            _ = try await bench.store.cancel(job: job.id, key: nil)
        }
        let report = try await bench.store.sweep(now: bench.world.now)
        #expect(report.evictedConversions == 0 && report.keptBytes == 100)
    }

    @Test func uploadsWaitAnHourForTheirConversion() async throws {
        let bench = try Workbench()
        let stray = try bench.upload([1])
        try await bench.submit(bytes: [2])
        let again = try bench.upload([2])
        bench.world.advance(3600)
        #expect(try await bench.store.sweep(now: bench.world.now).removedUploads == 0)
        bench.world.advance(1)
        #expect(try await bench.store.sweep(now: bench.world.now).removedUploads == 1)
        #expect(!FileManager.default.fileExists(atPath: stray.path))
        #expect(FileManager.default.fileExists(atPath: again.path))
    }

    @Test func rememberedRequestsAreForgotten() async throws {
        let bench = try Workbench { $0.idempotencySeconds = 100 }
        try await bench.submit(idempotency: IdempotencyRequest(key: "k", digest: "d"))
        bench.world.advance(99)
        #expect(try await bench.store.sweep(now: bench.world.now).forgottenRequests == 0)
        bench.world.advance(1)
        #expect(try await bench.store.sweep(now: bench.world.now).forgottenRequests == 1)
    }
}

extension Workbench {
    /// Where the picture of `submit` lies.
    fileprivate var digestPath: String {
        get throws { store.uploadPath(try digest(of: Array("a picture".utf8))) }
    }
}
