// Workflows from the queue to their analysis: what is counted, what survives a process that dies, and what ends one early.
import Foundation
import Inference
import Media
import ServiceLifecycle
import Support
import Testing
import UIToCode

@testable import Jobs

extension Workshop {
    /// Enqueues a workflow of a recording.
    func submitWorkflow(
        _ bytes: [UInt8], redact: Bool = false, finish: ConversionRequest.Finish = .draft
    ) async throws -> Job {
        let upload = try bench.upload(bytes)
        var request = ConversionRequest(finish: finish)
        request.workflow = WorkflowTerms(redact: redact, prototype: false)
        let recording = StoredDesign(
            name: "tour", mediaType: "video/mp4", digest: upload.digest, byteCount: upload.byteCount, width: 0,
            height: 0)
        let draft = ConversionDraft(name: "tour", request: request, designs: [recording])
        let job = try await bench.store.create(draft, key: "local", activeJobLimit: 100).job
        hub.open(job: job.id)
        return job
    }

    /// Works as a process that is killed when `isTime`.
    func die(when isTime: () async throws -> Bool) async throws {
        let group = group
        let task = Task { try await group.run() }
        while !(try await isTime()) { try await Task.sleep(for: .milliseconds(5)) }
        // Its worker can say no more.
        await bench.store.close()
        task.cancel()
        _ = await task.result
        try await bench.restart()
    }
}

@Suite(.timeLimit(.minutes(2))) struct WorkflowJobTests {
    /// Somebody types, then clicks: of two screens.
    private static func signIn() throws -> [UInt8] { [UInt8](try Fixtures.data("videos/small/sign-in.mp4")) }

    @Test func aRecordingThatIsNoneFailsInWordsThatTellNoPlace() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submitWorkflow(Array("no video".utf8))
        let ended = try await shop.finish(job)
        #expect(ended.state == .failed && ended.kind == .workflow)
        #expect(ended.failure?.message.contains(shop.bench.directory) == false, "\(ended)")
        #expect(shop.bench.files("staged").isEmpty)
    }

    @Test func everyAnswerOfTheEngineIsCounted() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submitWorkflow(try Self.signIn())
        let ended = try await shop.finish(job)
        #expect(ended.state == .succeeded && ended.revision == 1, "\(ended)")
        // What was typed, after and before; two screens; the summary.
        #expect(shop.engine.asked.count == 5)
        let revision = try await shop.bench.store.revision(of: job.conversionID)
        guard case .workflow(let outcome)? = revision.outcome else { return #expect(Bool(false), "\(revision)") }
        #expect(outcome.steps == 2 && outcome.screens == 2 && outcome.damage == nil)
        let report = revision.report
        #expect(report.visionTokens == 5 * 256 && report.promptTokens == 5 * 300 && report.cachedTokens == 5 * 20)
        #expect(report.completionTokens == 5 * 21 && report.totalSeconds > 0)
        let usage = try await shop.bench.store.usage(key: "local", from: "2000-01-01", to: "2100-01-01")
        #expect(usage.first?.workflows == 1 && usage.first?.completionTokens == 5 * 21)
        let told = try await shop.told(job)
        #expect(told.contains(.usage(report)) && told.last == .succeeded(revision: 1))
        let stages = told.compactMap { if case .stage(let stage) = $0 { stage.stage } else { nil } }
        #expect(stages == [.observe, .convert, .describe, .save, .save])
        #expect(shop.bench.files("staged").isEmpty)
    }

    @Test func whatAProcessThatDiedHadFinishedIsNotMadeAgain() async throws {
        let bench = try Workbench()
        let first = Workshop([.one, .one, .one, .hang], bench: bench)
        let job = try await first.submitWorkflow(try Self.signIn())
        try await first.die { first.engine.asked.count == 4 }
        let second = Workshop([.one], bench: bench)
        second.hub.open(job: job.id)
        #expect(try await second.finish(job).state == .succeeded)
        #expect(second.engine.asked.count == 2, "the second screen, and the summary")
        let report = try await bench.store.revision(of: job.conversionID).report
        #expect(report.completionTokens == 2 * 21, "what this run cost")
    }

    @Test func onlyAttemptsThatFinishNothingUseUpTheLimit() async throws {
        let bench = try Workbench { $0.attempts = 2 }
        let lazy = Workshop([.hang], bench: bench)
        let job = try await lazy.submitWorkflow(try Self.signIn())
        try await lazy.die { lazy.engine.asked.count == 1 }
        // The second and last attempt gets on: it is the first of the next two.
        let busy = Workshop([.one, .hang], bench: bench)
        try await busy.die {
            let job = try await bench.store.job(job.id, key: nil)
            return busy.engine.asked.count == 2 && job.attempts == 1
        }
        #expect(try await bench.store.job(job.id, key: nil).state == .queued)
        try await Workshop([.hang], bench: bench).die {
            try await bench.store.job(job.id, key: nil).attempts == 2
        }
        let ended = try await bench.store.job(job.id, key: nil)
        #expect(ended.state == .failed && ended.failure?.code == "attempts_exhausted")
    }

    @Test func anEngineThatGoesAwayAfterAScreenIsWaitedForAnew() async throws {
        let gone = ScriptedEngine.Turn.failure(EngineError.unavailable("gone"))
        let bench = try Workbench(isTicking: true) { $0.attempts = 2 }
        let shop = Workshop([.one, gone, .one, gone, .one, gone, .one], bench: bench)
        let job = try await shop.submitWorkflow(try Self.signIn())
        let ended = try await shop.finish(job)
        #expect(ended.state == .succeeded && ended.claims == 4, "\(ended)")
    }

    @Test func aRecordingIsWatchedNoFurtherOnceItsJobIsCancelled() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submitWorkflow([UInt8](try Fixtures.data("videos/trail.mov")))
        let ended = try await shop.run {
            let events = try #require(shop.hub.events(of: job.id))
            for await event in events {
                if case .progress(let progress) = event.body, progress.fraction ?? 0 > 0 { break }
            }
            _ = try await shop.bench.store.cancel(job: job.id, key: nil)
            return try await shop.ended(job)
        }
        #expect(ended.state == .cancelled && shop.engine.asked.isEmpty)
        let told = try await shop.told(job)
        #expect(told.last == .cancelled)
        let stages = told.compactMap { if case .stage(let stage) = $0 { stage.stage } else { nil } }
        #expect(stages == [.observe])
        #expect(shop.bench.files("staged").isEmpty)
    }

    @Test func theWorkersLimitsHoldForScreens() async throws {
        let shop = Workshop([.one], bench: try Workbench(), renderer: PaintingRenderer()) {
            $0.measuredPixels = 70_000
        }
        let job = try await shop.submitWorkflow(try Self.signIn(), finish: .measured)
        #expect(try await shop.finish(job).state == .succeeded)
        let store = shop.bench.store
        let path = try #require(store.filePath("workflow.json", of: try await store.revision(of: job.conversionID)))
        let analysis = try WorkflowReport(json: try Disk.read(path))
        let words = "the picture has 76800 pixels; pages are compared with up to 70000"
        #expect(analysis.screens.map(\.failure) == [words, words] && analysis.screens.allSatisfy { $0.score == nil })
    }

    @Test func aRecordingBeyondTheWorkersLimitsIsRefused() async throws {
        let shop = Workshop([.one], bench: try Workbench()) { $0.videoLimits.maxPixels = 70_000 }
        let ended = try await shop.finish(try await shop.submitWorkflow(try Self.signIn()))
        #expect(ended.state == .failed && ended.failure?.code == "image_too_large", "\(ended)")
    }
}
