// Who gets which job: each one once, and everybody's turn comes.
import Testing

@testable import Jobs

@Suite struct ClaimTests {
    @Test func manyWorkersGetEveryJobOnce() async throws {
        let bench = try Workbench()
        var submitted: Set<String> = []
        for number in 0..<24 { submitted.insert(try await bench.submit(key: "key\(number % 5)").id) }
        let store = bench.store
        let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var mine: [String] = []
                    while let job = try await store.claimNext(worker: "w\(worker)") { mine.append(job.id) }
                    return mine
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 24 && Set(claimed) == submitted)
    }

    @Test func ofManyWhoEndAJobOneSucceeds() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let store = bench.store
        let ends = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<12 {
                group.addTask {
                    do {
                        switch number % 3 {
                        case 0: try await bench.succeed(job)
                        case 1: try await store.fail(job, worker: "w", .sample)
                        default: try await store.finishCancelled(job, worker: "w")
                        }
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(ends == 1)
        let ended = try await store.job(job.id, key: nil)
        let usage = try await store.usage(key: "local", from: "2000-01-01", to: "2100-01-01")
        #expect(ended.state.isFinal)
        #expect(usage.reduce(0) { $0 + $1.conversions + $1.failed } == (ended.state == .cancelled ? 0 : 1))
        #expect(bench.files("results").contains { $0.hasSuffix("index.html") } == (ended.state == .succeeded))
    }

    @Test func keysTakeTurns() async throws {
        let bench = try Workbench()
        for key in ["a", "a", "a", "b", "c", "b"] { try await bench.submit(key: key) }
        var order: [String] = []
        while let job = try await bench.store.claimNext(worker: "w") {
            order.append(job.keyID)
            try await bench.store.fail(job, worker: "w", .sample)
        }
        #expect(order == ["a", "b", "c", "a", "b", "a"])
    }

    @Test func theKeyWithFewestRunningJobsComesFirst() async throws {
        let bench = try Workbench()
        for key in ["a", "a", "a", "b"] { try await bench.submit(key: key) }
        var order: [String] = []
        while let job = try await bench.store.claimNext(worker: "w") { order.append(job.keyID) }
        #expect(order == ["a", "b", "a", "a"])
    }

    @Test func jobsOfOneKeyComeInTheirOrder() async throws {
        let bench = try Workbench()
        var ids: [String] = []
        for _ in 0..<5 { ids.append(try await bench.submit().id) }
        #expect(ids == ids.sorted())
        for id in ids { #expect(try await bench.store.claimNext(worker: "w")?.id == id) }
    }

    @Test func jobsOfOneConversionRunOneAfterTheOther() async throws {
        let bench = try Workbench()
        let first = try await bench.running()
        try await bench.succeed(first)
        let store = bench.store
        for text in ["one", "two"] {
            _ = try await store.createEdit(.text(text), of: first.conversionID, key: "local", activeJobLimit: 9)
        }
        let edit = try #require(try await store.claimNext(worker: "w"))
        #expect(edit.kind == .edit && edit.parentRevision == 1)
        #expect(try await store.claimNext(worker: "w") == nil)
        try await bench.succeed(edit)
        let next = try #require(try await store.claimNext(worker: "w"))
        #expect(next.parentRevision == 2)
        #expect(try await bench.succeed(next).parent == 2)
    }

    @Test func positionsFollowTheOrderOfClaims() async throws {
        let bench = try Workbench()
        var jobs: [Job] = []
        for key in ["a", "a", "a", "b", "c", "b"] { jobs.append(try await bench.submit(key: key)) }
        var places: [Int: String] = [:]
        for job in jobs { places[try #require(try await bench.store.position(of: job.id))] = job.id }
        #expect(places.keys.sorted() == Array(1...6))
        for place in 1...6 {
            let job = try #require(try await bench.store.claimNext(worker: "w"))
            #expect(places[place] == job.id)
            #expect(try await bench.store.position(of: job.id) == nil)
            try await bench.store.fail(job, worker: "w", .sample)
        }
        #expect(try await bench.store.position(of: "job_none") == nil)
    }

    @Test func aSilentWorkersJobGoesToTheNext() async throws {
        let bench = try Workbench { $0.leaseSeconds = 30 }
        let job = try await bench.running(worker: "silent")
        bench.world.advance(29)
        #expect(try await bench.store.claimNext(worker: "w") == nil)
        bench.world.advance(1)
        let again = try #require(try await bench.store.claimNext(worker: "w"))
        #expect(again.id == job.id && again.attempts == 2)
        #expect(try await bench.store.renewLease(job, worker: "silent", stage: nil) == .lost)
        try await bench.succeed(again)
    }

    @Test func aRenewedLeaseLastsAnew() async throws {
        let bench = try Workbench { $0.leaseSeconds = 30 }
        let job = try await bench.running()
        bench.world.advance(29)
        #expect(try await bench.store.renewLease(job, worker: "w", stage: "write") == .held)
        bench.world.advance(29)
        #expect(try await bench.store.claimNext(worker: "v") == nil)
        #expect(try await bench.store.job(job.id, key: nil).stage == "write")
    }

    @Test func aJobThatSilencesItsWorkersFails() async throws {
        let bench = try Workbench { $0.attempts = 2 }
        let job = try await bench.running()
        bench.world.advance(30)
        _ = try await bench.store.claimNext(worker: "w")
        bench.world.advance(30)
        let claim = try await bench.store.claim(worker: "w")
        #expect(claim.job == nil && claim.ended.map(\.id) == [job.id])
        #expect(claim.ended.first?.failure?.code == "attempts_exhausted")
    }

    @Test func theCountsTellTheQueue() async throws {
        let bench = try Workbench()
        #expect(try await bench.store.counts() == QueueCounts(queued: 0, running: 0, oldestQueuedSeconds: nil))
        _ = try await bench.running()
        try await bench.submit()
        bench.world.advance(7)
        try await bench.submit()
        #expect(try await bench.store.counts() == QueueCounts(queued: 2, running: 1, oldestQueuedSeconds: 7))
    }
}
