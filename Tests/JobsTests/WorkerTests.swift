// Jobs from the queue to their end, through a scripted engine: what is stored, what is told, what is tried again.
import Foundation
import Inference
import Logging
import Media
import Render
import ServiceLifecycle
import Support
import Testing
import UIToCode

@testable import Jobs

/// A store with a worker on it.
struct Workshop: Sendable {
    let bench: Workbench
    let hub = EventHub()
    let engine: ScriptedEngine
    let group: ServiceGroup

    init(
        _ turns: [ScriptedEngine.Turn], bench: Workbench, readsImages: Bool = true,
        renderer: (any PageRendering)? = nil,
        _ edit: (inout WorkerOptions) -> Void = { _ in }
    ) {
        self.bench = bench
        engine = ScriptedEngine(turns, readsImages: readsImages)
        var options = WorkerOptions()
        (options.pauseSeconds, options.longestPauseSeconds) = (0.01, 0.02)
        edit(&options)
        var logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let worker = Worker(
            store: bench.store, hub: hub, engine: engine, renderer: renderer, options: options, logger: logger)
        group = ServiceGroup(services: [worker], logger: logger)
    }

    static let picture: [UInt8] = {
        do { return try Image(width: 4, height: 3, fill: (1, 2, 3)).encodedPNG() } catch { return [] }
    }()

    /// Enqueues a conversion of pictures by these names.
    func submit(_ names: [String] = ["sign-in"], bytes: [UInt8] = picture) async throws -> Job {
        let job = try await bench.store.create(
            bench.draft(names, bytes: bytes), key: "local", activeJobLimit: 100
        ).job
        hub.open(job: job.id)
        return job
    }

    /// Runs the worker while `body` runs, then shuts it down gracefully.
    func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        let group = group
        let task = Task { try await group.run() }
        do {
            let value = try await body()
            await group.triggerGracefulShutdown()
            try await task.value
            return value
        } catch {
            task.cancel()
            throw error
        }
    }

    /// Runs the worker until a job has ended.
    func finish(_ job: Job) async throws -> Job {
        try await run { try await ended(job) }
    }

    /// The job, when it has ended.
    func ended(_ job: Job) async throws -> Job {
        await hub.waitUntilFinished(job.id)
        return try await bench.store.job(job.id, key: nil)
    }

    /// What was told of a job that ended.
    func told(_ job: Job) async throws -> [JobEvent.Body] {
        let events = try #require(hub.events(of: job.id, after: nil))
        return await events.reduce(into: []) { $0.append($1.body) }
    }
}

@Suite(.timeLimit(.minutes(2))) struct WorkerTests {
    @Test func aDesignBecomesARevision() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submit()
        let ended = try await shop.finish(job)
        #expect(ended.state == .succeeded && ended.revision == 1 && ended.attempts == 1)
        let revision = try await shop.bench.store.revision(of: job.conversionID)
        #expect(revision.entry == "index.html" && revision.files.map(\.path) == ["index.html"])
        #expect(revision.report.engine == "script" && revision.report.finishReason == "stop")
        #expect(revision.report.visionTokens == 256 && revision.report.cachedTokens == 20)
        #expect(revision.report.promptTokens == 300 && revision.report.completionTokens == 21)
        #expect(revision.report.totalSeconds >= revision.report.decodeSeconds && revision.report.decodeSeconds > 0)
        let path = try #require(shop.bench.store.filePath("index.html", of: revision))
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("<p>One</p>"))
    }

    @Test func everyStepIsToldInOrder() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submit()
        _ = try await shop.finish(job)
        let told = try await shop.told(job)
        let stages = told.compactMap { if case .stage(let stage) = $0 { stage } else { nil } }
        #expect(stages.map(\.stage) == [.decode, .encode, .prefill, .write, .save])
        #expect(stages[0].width == 4 && stages[0].height == 3 && stages[1].tokens == 256 && stages[3].seconds == nil)
        let text = told.compactMap { if case .delta("index.html", let text) = $0 { text } else { nil } }.joined()
        #expect(text == "<!doctype html><html><body><p>One</p></body></html>")
        #expect(told.first == .status(.running, position: nil))
        let report = try await shop.bench.store.revision(of: job.conversionID).report
        #expect(
            told.suffix(4)
                == [.file(path: "index.html"), .receipt(design: 0), .usage(report), .succeeded(revision: 1)])
    }

    @Test func theRequestReachesTheEngine() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        var draft = try shop.bench.draft(bytes: Workshop.picture)
        draft.request = ConversionRequest(temperature: 0.5, seed: 9, maxTokens: 77)
        let job = try await shop.bench.store.create(draft, key: "local", activeJobLimit: 9).job
        shop.hub.open(job: job.id)
        _ = try await shop.finish(job)
        let request = try #require(shop.engine.asked.first)
        #expect(request.sampling == Sampling(temperature: 0.5, seed: 9) && request.maxTokens == 77)
        #expect(request.conversation.messages[0].content.first == .image(Image(width: 4, height: 3, fill: (1, 2, 3))))
    }

    @Test func severalDesignsGetFoldersOfTheirNames() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submit(["sign-in", "v1.2", "sign-in"])
        #expect(try await shop.finish(job).state == .succeeded)
        let revision = try await shop.bench.store.revision(of: job.conversionID)
        #expect(revision.files.map(\.path) == ["sign-in/index.html", "v1.2/index.html", "sign-in-2/index.html"])
        #expect(revision.entry == "sign-in/index.html" && revision.report.visionTokens == 3 * 256)
        let paths = try await shop.told(job).compactMap { if case .delta(let path, _) = $0 { path } else { nil } }
        #expect(Set(paths) == Set(revision.files.map(\.path)))
    }

    @Test func anEditMakesTheNextRevision() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submit()
        let store = shop.bench.store
        try await shop.run {
            _ = try await shop.ended(job)
            let edit = try await store.createEdit(
                .text("Two"), of: job.conversionID, key: "local", activeJobLimit: 9
            ).job
            shop.hub.open(job: edit.id)
            #expect(try await shop.ended(edit).revision == 2)
            let missing = try await store.createEdit(
                .text("x", of: "table"), of: job.conversionID, key: "local", activeJobLimit: 9
            ).job
            shop.hub.open(job: missing.id)
            #expect(try await shop.ended(missing).failure?.code == "edit_target_missing")
        }
        let revision = try await store.revision(of: job.conversionID)
        #expect(revision.number == 2 && revision.parent == 1)
        let path = try #require(store.filePath("index.html", of: revision))
        let page = try String(contentsOfFile: path, encoding: .utf8)
        #expect(page.contains("Two") && !page.contains("One"))
        #expect(shop.engine.asked.count == 1, "exact edits need no engine")
    }

    @Test(arguments: [
        (ScriptedEngine.Turn.page([""]), "blank_result"),
        (.page(["I cannot see."]), "blank_result"),
        (.page(["```html ../../x.html\n<p>x</p>\n```"]), "unsafe_path"),
        (.failure(EngineError.contextExceeded(promptTokens: 9, contextTokens: 8)), "engine_context_exceeded"),
        (.failure(EngineError.unsupported("no pictures")), "engine_refused"),
    ])
    func whatWentWrongHasACode(turn: ScriptedEngine.Turn, code: String) async throws {
        let shop = Workshop([turn], bench: try Workbench())
        let job = try await shop.submit()
        let ended = try await shop.finish(job)
        #expect(ended.state == .failed && ended.attempts == 1)
        #expect(ended.failure?.code == code && ended.failure?.isRetryable == false)
        let failure = try #require(ended.failure)
        #expect(try await shop.told(job).last == .failed(failure))
        #expect(shop.bench.files("results").isEmpty)
    }

    @Test func picturesThatCannotBeReadHaveTheirCodes() async throws {
        let png = Workshop.picture
        for (bytes, code) in [
            (Array("no picture".utf8), "unsupported_media"), (Array(png.prefix(40)), "corrupt_media"),
        ] {
            let shop = Workshop([.one], bench: try Workbench())
            let failure = try #require(try await shop.finish(shop.submit(bytes: bytes)).failure)
            #expect(failure.code == code)
            #expect(failure.message.hasPrefix("sign-in: ") && !failure.message.contains(shop.bench.directory))
        }
        let small = Workshop([.one], bench: try Workbench()) { $0.imageLimits = ImageLimits(maxSide: 3, maxPixels: 9) }
        #expect(try await small.finish(small.submit()).failure?.code == "image_too_large")
        let blind = Workshop([.one], bench: try Workbench(), readsImages: false)
        #expect(try await blind.finish(blind.submit()).failure?.code == "engine_no_vision")
    }

    @Test func theDesignAtFaultIsNamed() async throws {
        let shop = Workshop([.one, .page([""])], bench: try Workbench())
        let failure = try #require(try await shop.finish(shop.submit(["good", "bad"])).failure)
        #expect(failure.code == "blank_result" && failure.message == "bad: script wrote a blank page")
    }

    @Test func anEngineThatIsAwayIsAskedAgainUntilTheAttemptsAreUsedUp() async throws {
        let away = ScriptedEngine.Turn.failure(EngineError.unavailable("the engine is away"))
        let back = Workshop([away, away, .one], bench: try Workbench(isTicking: true))
        let first = try await back.submit()
        let ended = try await back.finish(first)
        #expect(ended.state == .succeeded && ended.attempts == 3)
        let told = try await back.told(first)
        #expect(told.contains(.restart(attempt: 2)) && told.contains(.restart(attempt: 3)))
        #expect(told.count { $0 == .status(.queued, position: nil) } == 2)

        let gone = Workshop([away], bench: try Workbench(isTicking: true))
        let failed = try await gone.finish(gone.submit())
        #expect(
            failed.failure == JobFailure(code: "engine_unavailable", message: "the engine is away", isRetryable: true))
        #expect(failed.attempts == 3 && gone.engine.asked.count == 3)
    }

    @Test func aCancelledJobStopsItsEngine() async throws {
        let shop = Workshop([.hang, .one], bench: try Workbench())
        let job = try await shop.submit()
        let next = try await shop.submit()
        try await shop.run {
            await shop.engine.waitUntilAsked(1)
            _ = try await shop.bench.store.cancel(job: job.id, key: "local")
            #expect(try await shop.ended(job).state == .cancelled)
            #expect(try await shop.ended(next).state == .succeeded)
        }
        #expect(try await shop.told(job).last == .cancelled)
        #expect(try await shop.told(next).last == .succeeded(revision: 1))
    }

    @Test func aDeletedConversionStopsItsEngine() async throws {
        let shop = Workshop([.hang, .one], bench: try Workbench())
        let job = try await shop.submit()
        let next = try await shop.submit()
        try await shop.run {
            await shop.engine.waitUntilAsked(1)
            try await shop.bench.store.delete(conversion: job.conversionID, key: "local")
            await shop.hub.waitUntilFinished(job.id)
            #expect(try await shop.ended(next).state == .succeeded)
        }
        #expect(try await shop.told(job).last == .cancelled)
    }

    @Test func aShutdownLetsAJobFinishWithinItsGrace() async throws {
        let shop = Workshop([.gated(["<!doctype html><html><body><p>One</p></body></html>"])], bench: try Workbench())
        let job = try await shop.submit()
        let waiting = try await shop.submit()
        let group = shop.group
        let task = Task { try await group.run() }
        await shop.engine.waitUntilAsked(1)
        await group.triggerGracefulShutdown()
        shop.engine.proceed()
        try await task.value
        #expect(try await shop.bench.store.job(job.id, key: nil).state == .succeeded)
        #expect(try await shop.bench.store.job(waiting.id, key: nil).state == .queued)
    }

    @Test func aShutdownGivesBackWhatTakesTooLong() async throws {
        let bench = try Workbench()
        let shop = Workshop([.hang], bench: bench) { $0.graceSeconds = 0.01 }
        let job = try await shop.submit()
        try await shop.run { await shop.engine.waitUntilAsked(1) }
        let released = try await bench.store.job(job.id, key: nil)
        #expect(released.state == .queued && released.attempts == 0 && released.claims == 1)

        let next = Workshop([.one], bench: bench)
        next.hub.open(job: job.id)
        #expect(try await next.finish(job).attempts == 1)
        #expect(try await next.told(job).first == .restart(attempt: 2))
    }

    @Test func aCancelledWorkerGivesItsJobsBack() async throws {
        let bench = try Workbench()
        let shop = Workshop([.hang], bench: bench)
        let job = try await shop.submit()
        let worker = Worker(
            store: bench.store, hub: shop.hub, engine: shop.engine, options: WorkerOptions(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let task = Task { try await worker.run() }
        await shop.engine.waitUntilAsked(1)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await bench.store.job(job.id, key: nil).state == .queued)
    }

    @Test func aJobOfADeadProcessIsDoneByTheNext() async throws {
        let bench = try Workbench()
        let job = try await bench.store.create(
            bench.draft(bytes: Workshop.picture), key: "local", activeJobLimit: 9
        ).job
        _ = try await bench.store.claimNext(worker: "dead")
        try await bench.restart()
        let shop = Workshop([.one], bench: bench)
        shop.hub.open(job: job.id)
        let ended = try await shop.finish(job)
        #expect(ended.state == .succeeded && ended.attempts == 2)
        #expect(try await shop.told(job).first == .restart(attempt: 2))
    }

    @Test func aFullDiskDelaysAJobAndCountsNoAttempt() async throws {
        let shop = Workshop([.one], bench: try Workbench(isTicking: true))
        let job = try await shop.submit()
        shop.bench.world.setFreeBytes(1000)
        let ended = try await shop.run {
            // Twice the attempts that a job has.
            await shop.engine.waitUntilAsked(6)
            shop.bench.world.setFreeBytes(1 << 40)
            return try await shop.ended(job)
        }
        #expect(ended.state == .succeeded && ended.attempts == 1 && ended.claims >= 6)
    }

    @Test func whatNobodyForesawFailsTheJobAlone() async throws {
        struct Surprise: Error {}
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submit()
        let next = try await shop.submit()
        // The stored picture is gone.
        let conversion = try await shop.bench.store.conversion(job.conversionID, key: "local")
        let path = shop.bench.store.uploadPath(conversion.designs[0].digest)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        try await shop.run {
            #expect(try await shop.ended(job).failure?.code == "internal")
            try bytes.write(to: URL(fileURLWithPath: path))
            let later = try await shop.submit()
            #expect(try await shop.ended(later).state == .succeeded)
            #expect(try await shop.ended(next).state.isFinal)
        }
    }

    @Test func manyJobsRunAtOnceAndEachEndsOnce() async throws {
        let bench = try Workbench()
        let shop = Workshop([.one], bench: bench) { $0.concurrency = 4 }
        var jobs: [Job] = []
        for _ in 0..<20 { jobs.append(try await shop.submit()) }
        let submitted = jobs
        try await shop.run { for job in submitted { _ = try await shop.ended(job) } }
        for job in jobs {
            let ended = try await bench.store.job(job.id, key: nil)
            #expect(ended.state == .succeeded && ended.attempts == 1)
            #expect(try await shop.told(job).count { $0.isTerminal } == 1)
        }
        let usage = try await bench.store.usage(key: "local", from: "2000-01-01", to: "2100-01-01")
        #expect(usage.map(\.conversions) == [20])
    }
}
