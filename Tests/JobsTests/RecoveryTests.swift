// What the next process finds: every acknowledged job, no rubbish, and nobody else at work.
import Foundation
import Testing

@testable import Jobs

@Suite struct RecoveryTests {
    @Test func aDirectoryIsOpenedOnce() async throws {
        let bench = try Workbench()
        #expect(throws: StoreError.locked(directory: bench.directory)) { try JobStore.open(bench.directory) }
        await bench.store.close()
        let next = try JobStore.open(bench.directory)
        await next.close()
    }

    @Test func queuedJobsAreStillQueued() async throws {
        let bench = try Workbench()
        let job = try await bench.submit()
        try await bench.restart()
        #expect(try await bench.store.claimNext(worker: "w")?.id == job.id)
    }

    @Test func runningJobsAreQueuedAgainWithTheirAttempts() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        try await bench.restart()
        let found = try await bench.store.job(job.id, key: nil)
        #expect(found.state == .queued && found.attempts == 1)
        #expect(try await bench.store.renewLease(job, worker: "w", stage: nil) == .lost)
        let again = try #require(try await bench.store.claimNext(worker: "w"))
        #expect(again.attempts == 2)
        try await bench.succeed(again)
    }

    @Test func aJobThatKillsItsProcessIsGivenUpAndSaysWhy() async throws {
        let bench = try Workbench { $0.attempts = 3 }
        let job = try await bench.submit()
        for attempt in 1...3 {
            let claimed = try #require(try await bench.store.claimNext(worker: "w"))
            #expect(claimed.attempts == attempt)
            _ = try await bench.store.renewLease(claimed, worker: "w", stage: "prefill")
            try await bench.restart()
        }
        let ended = try await bench.store.job(job.id, key: nil)
        #expect(ended.state == .failed && ended.failure?.code == "attempts_exhausted")
        #expect(
            ended.failure?.message
                == "the job was begun 3 times and stopped without an answer each time; "
                + "it was last seen in the stage \"prefill\"")
        #expect(try await bench.store.usage(key: "local", from: "2000-01-01", to: "2100-01-01").first?.failed == 1)
    }

    @Test func aJobThatWasToBeCancelledIs() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        _ = try await bench.store.cancel(job: job.id, key: nil)
        try await bench.restart()
        #expect(try await bench.store.job(job.id, key: nil).state == .cancelled)
    }

    @Test func endedJobsStayAsTheyAre() async throws {
        let bench = try Workbench()
        for state in [Job.State.succeeded, .failed, .cancelled] {
            let job = try await bench.job(in: state)
            try await bench.restart()
            #expect(try await bench.store.job(job.id, key: nil) == job)
        }
    }

    @Test func resultsThatNoRevisionRefersToAreRemoved() async throws {
        let bench = try Workbench()
        let job = try await bench.running()
        let revision = try await bench.succeed(job)
        let conversion = job.conversionID
        let strays = ["\(conversion)/2-7/index.html", "\(conversion)/1-1.half/x", "conv_gone/1-1/index.html"]
        for stray in strays {
            let path = "\(bench.directory)/results/\(stray)"
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data("half".utf8).write(to: URL(fileURLWithPath: path))
        }
        try await bench.restart()
        #expect(bench.files("results") == [conversion, "\(conversion)/1-1", "\(conversion)/1-1/index.html"])
        let path = try #require(bench.store.filePath("index.html", of: revision))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "<p>One</p>")
    }

    @Test func uploadsThatNoConversionRefersToAreRemoved() async throws {
        let bench = try Workbench()
        try await bench.submit(bytes: [1])
        let kept = try bench.upload([1])
        let stray = try bench.upload([2])
        let half = try bench.store.beginUpload()
        try await bench.restart()
        #expect(FileManager.default.fileExists(atPath: kept.path))
        #expect(!FileManager.default.fileExists(atPath: stray.path))
        #expect(bench.files("uploads/incoming").isEmpty)
        half.discard()
    }

    @Test func idsRiseAcrossAClockThatIsSetBack() async throws {
        let bench = try Workbench()
        let first = try await bench.submit()
        bench.world.advance(-86_400)
        try await bench.restart()
        let second = try await bench.submit()
        #expect(second.id > first.id && second.conversionID > first.conversionID)
    }

    @Test func aFileThatIsNoDatabaseIsNamed() throws {
        let bench = try Workbench()
        let directory = bench.directory + "-other"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: directory + "/bottega.sqlite"))
        #expect { try JobStore.open(directory) } throws: { error in
            if case .corrupt = error as? StoreError { true } else { false }
        }
        #expect { try JobStore.open(bench.directory + "/bottega.sqlite") } throws: { error in
            if case .cannotOpen = error as? StoreError { true } else { false }
        }
    }
}
