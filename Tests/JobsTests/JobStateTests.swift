// Every arrow of the diagram in `Job.swift`, and every way that is none.
import Testing
import UIToCode

@testable import Jobs

@Suite struct JobStateTests {
    @Test func aNewJobIsQueued() async throws {
        let bench = try Workbench()
        let job = try await bench.submit()
        #expect(job.state == .queued && job.attempts == 0 && job.claims == 0 && job.kind == .convert)
        #expect(job.startedAt == nil && job.finishedAt == nil && job.stage == nil && job.revision == nil)
        #expect(job.createdAt == bench.world.now)
        #expect(try await bench.store.job(job.id, key: "local") == job)
        #expect(try await bench.store.conversion(job.conversionID, key: "local").latestJobID == job.id)
    }

    @Test func aClaimedJobRuns() async throws {
        let bench = try Workbench()
        let submitted = try await bench.submit()
        bench.world.advance(5)
        let job = try #require(try await bench.store.claimNext(worker: "w"))
        #expect(job.id == submitted.id && job.state == .running && job.attempts == 1 && job.claims == 1)
        #expect(job.startedAt == bench.world.now && job.stage == "decode")
        #expect(try await bench.store.claimNext(worker: "v") == nil)
    }

    @Test func aRunningJobSucceedsWithARevision() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let revision = try await bench.succeed(job)
        let ended = try await bench.store.job(job.id, key: nil)
        #expect(ended.state == .succeeded && ended.revision == 1 && ended.finishedAt == bench.world.now)
        #expect(ended.stage == nil && revision.number == 1 && revision.jobID == job.id)
    }

    @Test func aRunningJobFailsWithAReason() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await bench.store.fail(job, worker: "w", .sample)
        let ended = try await bench.store.job(job.id, key: nil)
        #expect(ended.state == .failed && ended.failure == .sample && ended.finishedAt != nil && ended.revision == nil)
    }

    @Test func aQueuedJobIsCancelledAtOnce() async throws {
        let bench = try Workbench()
        let job = try await bench.submit()
        #expect(try await bench.store.cancel(job: job.id, key: "local").state == .cancelled)
        #expect(try await bench.store.claimNext(worker: "w") == nil)
    }

    @Test func aRunningJobIsCancelledByItsWorker() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        #expect(try await bench.store.renewLease(job, worker: "w", stage: "prefill") == .held)
        let asked = try await bench.store.cancel(job: job.id, key: "local")
        #expect(asked.state == .running && asked.isCancelRequested && asked.stage == "prefill")
        #expect(try await bench.store.renewLease(job, worker: "w", stage: nil) == .cancelRequested)
        try await bench.store.finishCancelled(job, worker: "w")
        #expect(try await bench.store.job(job.id, key: nil).state == .cancelled)
    }

    @Test func aJobThatSucceedsBeforeItsCancellingIsSeenHasSucceeded() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        _ = try await bench.store.cancel(job: job.id, key: nil)
        try await bench.succeed(job)
        #expect(try await bench.store.job(job.id, key: nil).state == .succeeded)
    }

    @Test func aReleasedJobIsClaimedAgainWhenItsTimeHasCome() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let released = try await bench.store.release(job, worker: "w", after: 10, countsAttempt: true)
        #expect(released.state == .queued && released.attempts == 1)
        // One look: were the time asked for after the claim, a job that falls due in between would be overlooked.
        let early = try await bench.store.claim(worker: "w")
        #expect(early.job == nil && early.dueSeconds == 10)
        bench.world.advance(10)
        let again = try #require(try await bench.store.claimNext(worker: "w"))
        #expect(again.attempts == 2 && again.claims == 2 && again.startedAt == job.startedAt)
    }

    @Test func anAttemptThatDoesNotCountIsTakenBack() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let released = try await bench.store.release(job, worker: "w", after: 0, countsAttempt: false)
        #expect(released.attempts == 0 && released.claims == 1)
        let again = try #require(try await bench.store.claimNext(worker: "w"))
        #expect(again.attempts == 1 && again.claims == 2)
    }

    @Test func aJobThatIsToBeCancelledIsNotQueuedAgain() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        _ = try await bench.store.cancel(job: job.id, key: nil)
        let released = try await bench.store.release(job, worker: "w", after: 0, countsAttempt: true)
        #expect(released.state == .cancelled && released.finishedAt != nil)
    }

    @Test(arguments: [Job.State.queued, .succeeded, .failed, .cancelled])
    func nobodyEndsAJobThatDoesNotRun(state: Job.State) async throws {
        let bench = try Workbench()
        let job = try await bench.job(in: state)
        try await expectLost(job, worker: "w", bench)
        #expect(try await bench.store.job(job.id, key: nil) == job)
    }

    @Test func anotherWorkerCannotEndAJob() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await expectLost(job, worker: "v", bench)
        #expect(try await bench.store.job(job.id, key: nil) == job)
    }

    @Test func aWorkerCannotEndWhatItClaimedAnewWithItsOldClaim() async throws {
        let bench = try Workbench()
        let old = try await bench.running()
        try await bench.store.release(old, worker: "w", after: 0, countsAttempt: false)
        let new = try #require(try await bench.store.claimNext(worker: "w"))
        try await expectLost(old, worker: "w", bench)
        try await bench.succeed(new)
        #expect(try await bench.store.job(new.id, key: nil).state == .succeeded)
    }

    @Test(arguments: [Job.State.succeeded, .failed, .cancelled])
    func cancellingAFinishedJobChangesNothing(state: Job.State) async throws {
        let bench = try Workbench()
        let job = try await bench.job(in: state)
        #expect(try await bench.store.cancel(job: job.id, key: "local") == job)
    }

    @Test func anotherKeysJobIsNotFound() async throws {
        let bench = try Workbench()
        let job = try await bench.submit(key: "a")
        let missing = StoreError.notFound("job \(job.id)")
        await #expect(throws: missing) { try await bench.store.job(job.id, key: "b") }
        await #expect(throws: missing) { try await bench.store.cancel(job: job.id, key: "b") }
        await #expect(throws: StoreError.notFound("conversion \(job.conversionID)")) {
            try await bench.store.conversion(job.conversionID, key: "b")
        }
        await #expect(throws: StoreError.notFound("conversion \(job.conversionID)")) {
            try await bench.store.delete(conversion: job.conversionID, key: "b")
        }
        #expect(try await bench.store.job(job.id, key: "a").state == .queued)
    }

    private func expectLost(_ job: Job, worker: String, _ bench: Workbench) async throws {
        let lost = StoreError.leaseLost(job: job.id)
        let store = bench.store
        #expect(try await store.renewLease(job, worker: worker, stage: "write") == .lost)
        await #expect(throws: lost) { try await bench.succeed(job, worker: worker) }
        await #expect(throws: lost) { try await store.fail(job, worker: worker, .sample) }
        await #expect(throws: lost) { try await store.finishCancelled(job, worker: worker) }
        await #expect(throws: lost) { try await store.release(job, worker: worker, after: 0, countsAttempt: true) }
    }
}
