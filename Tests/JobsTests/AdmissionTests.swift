// What is let in: up to the bounds, once, and only while there is space.
import Foundation
import Testing
import UIToCode

@testable import Jobs

@Suite struct AdmissionTests {
    @Test func aFullQueueRefusesWithATimeToComeBack() async throws {
        let bench = try Workbench { $0.queueLimit = 2 }
        for _ in 0..<2 {
            let job = try await bench.running()
            bench.world.advance(12)
            try await bench.succeed(job)
        }
        try await bench.submit()
        try await bench.submit()
        await #expect(throws: StoreError.queueFull(retryAfter: 12)) { try await bench.submit() }
        _ = try await bench.store.claimNext(worker: "w")
        try await bench.submit()
    }

    @Test func concurrentRequestsDoNotShareTheLastPlace() async throws {
        let bench = try Workbench { $0.queueLimit = 5 }
        let draft = try bench.draft()
        let store = bench.store
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask { (try? await store.create(draft, key: "k", activeJobLimit: 100)) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(accepted == 5)
        #expect(try await store.counts().queued == 5)
    }

    @Test func aKeyHasSoManyActiveJobsAndNoMore() async throws {
        let bench = try Workbench()
        let store = bench.store
        _ = try await bench.running(key: "a")
        _ = try await store.create(bench.draft(), key: "a", activeJobLimit: 2)
        await #expect(throws: StoreError.activeJobLimit(2)) {
            try await store.create(bench.draft(), key: "a", activeJobLimit: 2)
        }
        _ = try await store.create(bench.draft(), key: "b", activeJobLimit: 2)
    }

    @Test func theSameRequestIsDoneOnce() async throws {
        let bench = try Workbench { $0.queueLimit = 1 }
        let request = IdempotencyRequest(key: "k", digest: "d")
        let first = try await bench.submit(idempotency: request)
        let again = try await bench.store.create(bench.draft(), key: "local", activeJobLimit: 1, idempotency: request)
        #expect(again == .replayed(first))
        let job = try #require(try await bench.store.claimNext(worker: "w"))
        try await bench.succeed(job)
        let later = try await bench.store.create(bench.draft(), key: "local", activeJobLimit: 1, idempotency: request)
        #expect(later.job.id == first.id && later.job.state == .succeeded)
    }

    @Test func anotherRequestUnderTheSameNameIsRefused() async throws {
        let bench = try Workbench()
        try await bench.submit(idempotency: IdempotencyRequest(key: "k", digest: "d"))
        await #expect(throws: StoreError.idempotencyMismatch) {
            try await bench.submit(idempotency: IdempotencyRequest(key: "k", digest: "e"))
        }
        try await bench.submit(key: "other", idempotency: IdempotencyRequest(key: "k", digest: "e"))
    }

    @Test func aRequestIsForgottenAfterItsTime() async throws {
        let bench = try Workbench { $0.idempotencySeconds = 100 }
        let request = IdempotencyRequest(key: "k", digest: "d")
        let first = try await bench.submit(idempotency: request)
        bench.world.advance(99)
        #expect(try await bench.submit(idempotency: request).id == first.id)
        bench.world.advance(1)
        let second = try await bench.submit(idempotency: IdempotencyRequest(key: "k", digest: "e"))
        #expect(second.id != first.id)
    }

    @Test func editsAreIdempotentToo() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await bench.succeed(job)
        let request = IdempotencyRequest(key: "k", digest: "d")
        let store = bench.store
        let first = try await store.createEdit(
            .text("x"), of: job.conversionID, key: "local", activeJobLimit: 9, idempotency: request)
        let again = try await store.createEdit(
            .text("x"), of: job.conversionID, key: "local", activeJobLimit: 9, idempotency: request)
        #expect(again == .replayed(first.job))
    }

    @Test func nothingIsAcceptedBelowTheReserve() async throws {
        let bench = try Workbench { $0.minimumFreeBytes = 1000 }
        let draft = try bench.draft()
        bench.world.setFreeBytes(999)
        #expect(throws: StoreError.full("999 bytes are free and 1000 are kept for work already accepted")) {
            try bench.store.beginUpload()
        }
        await #expect(throws: StoreError.self) {
            try await bench.store.create(draft, key: "local", activeJobLimit: 9)
        }
        #expect(try await bench.store.counts().queued == 0)
        await #expect(throws: StoreError.self) { try await bench.store.probe() }
        bench.world.setFreeBytes(1000)
        try await bench.store.probe()
        _ = try await bench.store.create(draft, key: "local", activeJobLimit: 9)
    }

    @Test func aDesignThatWasNeverUploadedIsNotFound() async throws {
        let bench = try Workbench()
        var draft = try bench.draft()
        draft.designs[0].digest = String(repeating: "0", count: 64)
        await #expect(throws: StoreError.notFound("upload \(draft.designs[0].digest)")) {
            try await bench.store.create(draft, key: "local", activeJobLimit: 9)
        }
        #expect(try await bench.store.conversions(key: "local", limit: 9).items.isEmpty)
    }

    @Test func anEditNeedsItsRevision() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let store = bench.store
        func edit(_ parent: Int?) async throws -> Submission {
            try await store.createEdit(
                .text("x"), of: job.conversionID, parent: parent, key: "local", activeJobLimit: 9)
        }
        await #expect(throws: StoreError.revisionMissing(1)) { try await edit(nil) }
        try await bench.succeed(job)
        await #expect(throws: StoreError.revisionMissing(2)) { try await edit(2) }
        await #expect(throws: StoreError.revisionMissing(0)) { try await edit(0) }
        let accepted = try await edit(1).job
        #expect(accepted.parentRevision == 1 && accepted.kind == .edit)
        #expect(accepted.edit == (try Edit.text("x")))
        #expect(try await store.conversion(job.conversionID, key: "local").latestJobID == accepted.id)
        await #expect(throws: StoreError.notFound("conversion \(job.conversionID)")) {
            try await store.createEdit(.text("x"), of: job.conversionID, key: "other", activeJobLimit: 9)
        }
    }

    @Test func whatWasAskedForIsKept() async throws {
        let bench = try Workbench()
        var draft = try bench.draft(["b", "a"])
        draft.request = ConversionRequest(temperature: 0.5, seed: 1 << 63 - 1, maxTokens: 77)
        let job = try await bench.store.create(draft, key: "local", activeJobLimit: 9).job
        try await bench.restart()
        let conversion = try await bench.store.conversion(job.conversionID, key: "local")
        #expect(conversion.request == draft.request && conversion.designs == draft.designs)
        #expect(conversion.name == "b" && conversion.createdAt == bench.world.now && conversion.latestRevision == nil)
    }
}
