// Batches from the queue to their project: what is told and kept of each design, what a retry does, what survives a
// process that dies, and what goes with the conversion.
import Foundation
import Inference
import Media
import ServiceLifecycle
import Support
import Testing
import UIToCode

@testable import Jobs

extension Workbench {
    /// Enqueues a batch of pictures that differ.
    @discardableResult
    func submitBatch(
        _ names: [String] = ["a.png", "app/b.png"], finish: ConversionRequest.Finish = .draft,
        picture: (Int) -> [UInt8] = Workshop.picture(shade:)
    ) async throws -> Job {
        var draft = try self.draft(["x"])
        draft.designs = try names.enumerated().map { index, name in
            let upload = try upload(picture(index))
            return StoredDesign(
                name: name, mediaType: "image/png", digest: upload.digest, byteCount: upload.byteCount, width: 4,
                height: 3)
        }
        draft.name = "app"
        draft.request.finish = finish
        draft.request.batch = BatchTerms(inFlight: 1)
        return try await store.create(draft, key: "local", activeJobLimit: 100).job
    }

    /// The items of a batch.
    func items(_ job: Job) async throws -> [BatchItem?] {
        try await store.conversion(job.conversionID, key: "local").designs.map(\.item)
    }
}

extension Workshop {
    /// A small picture, another for each shade.
    static func picture(shade: Int) -> [UInt8] {
        do { return try Image(width: 4, height: 3, fill: (UInt8(shade), 2, 3)).encodedPNG() } catch { return [] }
    }

    func submitBatch(_ names: [String] = ["a.png", "app/b.png"]) async throws -> Job {
        let job = try await bench.submitBatch(names)
        hub.open(job: job.id)
        return job
    }
}

@Suite(.timeLimit(.minutes(2))) struct BatchTests {
    private static let failing = ScriptedEngine.Turn.page([" "])

    @Test func aFolderBecomesOneProject() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let job = try await shop.submitBatch()
        #expect(job.kind == .batch && !job.isRetry)
        let ended = try await shop.finish(job)
        #expect(ended.state == .succeeded && ended.revision == 1, "\(ended)")
        let store = shop.bench.store
        let revision = try await store.revision(of: job.conversionID)
        #expect(revision.entry == "index.html" && revision.files.first?.path == "index.html")
        for file in revision.files {
            let path = try #require(store.filePath(file.path, of: revision))
            let bytes = try Disk.read(path)
            #expect(bytes.count == file.byteCount && file.digest.count == 64, "\(file.path)")
        }
        let items = try await shop.bench.items(job)
        #expect(items.map { $0?.path } == ["a.png", "app/b.png"])
        #expect(items.allSatisfy { $0?.state == .done && $0?.isKept == false })
        for item in items {
            let page = try #require(item?.page)
            #expect(revision.files.contains { $0.path == page }, "\(page)")
        }
        guard case .batch? = revision.outcome else { return #expect(Bool(false), "\(revision)") }
        #expect(revision.report.completionTokens == 42 && revision.report.engine == "script")
        let usage = try await store.usage(key: "local", from: "2000-01-01", to: "2100-01-01")
        #expect(usage.first?.batches == 1 && usage.first?.conversions == 0)
        #expect(shop.bench.files("staged").isEmpty)
    }

    @Test func everyDesignIsToldOfAndLateReadersSeeHowEachStands() async throws {
        let shop = Workshop([.one, Self.failing, .one], bench: try Workbench())
        let job = try await shop.submitBatch(["a.png", "b.png", "c.png"])
        _ = try await shop.finish(job)
        let told = try await shop.told(job)
        let items = told.compactMap { if case .item(let item) = $0 { item } else { nil } }
        // What was told before of the same design is not told again.
        #expect(items.map(\.index).sorted() == [0, 1, 2])
        #expect(items.sorted { $0.index < $1.index }.map(\.item.state) == [.done, .failed, .done])
        #expect(items.first { $0.index == 1 }?.item.failure?.isEmpty == false)
        #expect(told.last == .succeeded(revision: 1))
        #expect(!told.contains { if case .file = $0 { true } else { false } })
        let stages = told.compactMap { if case .stage(let stage) = $0 { stage.stage } else { nil } }
        #expect(stages.first == .convert && stages.contains(.share) && stages.last == .save)
    }

    @Test func aDesignThatFailsStopsNoOtherAndIsRetried() async throws {
        let shop = Workshop([Self.failing, .one], bench: try Workbench())
        let job = try await shop.submitBatch()
        let (first, second) = try await shop.run {
            let first = try await shop.ended(job)
            let asked = shop.engine.asked.count
            #expect(asked == 2)
            let retry = try await shop.bench.store.createRetry(
                of: job.conversionID, key: "local", activeJobLimit: 10
            ).job
            #expect(retry.isRetry && retry.kind == .batch)
            shop.hub.open(job: retry.id)
            let second = try await shop.ended(retry)
            #expect(shop.engine.asked.count == 3, "only what failed is converted again")
            return (first, second)
        }
        #expect(first.state == .succeeded && second.state == .succeeded && second.revision == 2)
        #expect(second.parentRevision == 1)
        let items = try await shop.bench.items(job)
        #expect(items.allSatisfy { $0?.state == .done && $0?.failure == nil })
        #expect(items.map { $0?.isKept } == [false, true])
    }

    @Test func aBatchWithoutASinglePageFailsAndMayBeTakenUpAgain() async throws {
        let shop = Workshop([Self.failing, Self.failing, .one], bench: try Workbench())
        let job = try await shop.submitBatch()
        try await shop.run {
            let ended = try await shop.ended(job)
            #expect(ended.state == .failed && ended.failure?.code == "blank_result", "\(ended)")
            #expect(ended.failure?.message.contains("none of the 2 designs") == true)
            #expect(try await shop.bench.items(job).allSatisfy { $0?.state == .failed })
            let retry = try await shop.bench.store.createRetry(
                of: job.conversionID, key: "local", activeJobLimit: 10
            ).job
            shop.hub.open(job: retry.id)
            #expect(try await shop.ended(retry).revision == 1)
        }
        #expect(shop.bench.files("staged").isEmpty)
    }

    @Test func aRetryWaitsForTheEndOfTheJobBefore() async throws {
        let bench = try Workbench()
        let job = try await bench.submitBatch()
        await #expect(throws: StoreError.busy(job: job.id)) {
            try await bench.store.createRetry(of: job.conversionID, key: "local", activeJobLimit: 10)
        }
        await #expect(throws: StoreError.notFound("conversion \(job.conversionID)")) {
            try await bench.store.createRetry(of: job.conversionID, key: "other", activeJobLimit: 10)
        }
        let page = try await bench.submit()
        await #expect(throws: StoreError.notFound("batch \(page.conversionID)")) {
            try await bench.store.createRetry(of: page.conversionID, key: "local", activeJobLimit: 10)
        }
    }

    @Test func whatAProcessThatDiedHadFinishedIsNotMadeAgain() async throws {
        let bench = try Workbench()
        let first = Workshop([.one, .hang], bench: bench)
        let job = try await first.submitBatch()
        let group = first.group
        let task = Task { try await group.run() }
        await first.engine.waitUntilAsked(2)
        while try await bench.items(job)[0]?.state != .done { try await Task.sleep(for: .milliseconds(5)) }
        // As a killed process leaves it: its worker can say no more.
        await bench.store.close()
        task.cancel()
        _ = await task.result
        try await bench.restart()
        #expect(!bench.files("shelves").isEmpty)
        let second = Workshop([.one], bench: bench)
        second.hub.open(job: job.id)
        let ended = try await second.finish(job)
        #expect(ended.state == .succeeded && second.engine.asked.count == 1)
        #expect(try await bench.items(job).map { $0?.isKept } == [true, false])
    }

    @Test func onlyAttemptsThatFinishNothingUseUpTheLimit() async throws {
        let bench = try Workbench { $0.attempts = 3 }
        let job = try await bench.submitBatch(["a.png", "b.png", "c.png", "d.png"])
        for index in 0..<4 {
            let claimed = try #require(try await bench.store.claimNext(worker: "w"))
            #expect(claimed.attempts == min(index + 1, 2), "attempt \(index)")
            let done = BatchItem(path: "x", state: .done)
            try await bench.store.note([index: done], of: claimed, worker: "w")
            #expect(try await bench.store.job(job.id, key: nil).attempts == 1)
            try await bench.restart()
        }
        // What an earlier run had finished, and what failed, is no step forward.
        for attempts in [2, 3] {
            let claimed = try #require(try await bench.store.claimNext(worker: "w"))
            #expect(claimed.attempts == attempts)
            try await bench.store.note(
                [0: BatchItem(path: "x", state: .done, isKept: true), 1: BatchItem(path: "y", state: .failed)],
                of: claimed, worker: "w")
            try await bench.restart()
        }
        let ended = try await bench.store.job(job.id, key: nil)
        #expect(ended.state == .failed && ended.failure?.code == "attempts_exhausted")
    }

    @Test func aWorkerThatLostItsJobNotesNothing() async throws {
        let bench = try Workbench()
        let job = try await bench.submitBatch()
        let claimed = try #require(try await bench.store.claimNext(worker: "w"))
        try await bench.restart()
        await #expect(throws: StoreError.leaseLost(job: job.id)) {
            try await bench.store.note([0: BatchItem(path: "x", state: .done)], of: claimed, worker: "w")
        }
        #expect(try await bench.items(job) == [nil, nil])
    }

    @Test func shelvesGoWithTheirConversion() async throws {
        let shop = Workshop([.one], bench: try Workbench())
        let (one, two) = (try await shop.submitBatch(), try await shop.submitBatch())
        try await shop.run { _ = (try await shop.ended(one), try await shop.ended(two)) }
        let store = shop.bench.store
        #expect(Disk.exists(store.shelfFolder(of: one.conversionID)))
        try await store.delete(conversion: one.conversionID, key: "local")
        #expect(!Disk.exists(store.shelfFolder(of: one.conversionID)))
        shop.bench.world.advance(8 * 86_400)
        let report = try await store.sweep(now: shop.bench.world.now)
        #expect(report.expiredConversions == 1 && report.keptBytes == 0)
        #expect(shop.bench.files("shelves").isEmpty && shop.bench.files("results").isEmpty)
    }

    @Test func strayShelvesAndStagesAreRemoved() async throws {
        let bench = try Workbench()
        for path in ["shelves/conv_gone/x", "staged/job_gone-1/project/y"] {
            let file = URL(filePath: "\(bench.directory)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("stray".utf8).write(to: file)
        }
        let report = try await bench.store.sweep(now: bench.world.now)
        #expect(report.keptBytes == 0 && bench.files("shelves").isEmpty)
        #expect(!bench.files("staged").isEmpty, "a sweep does not know what is under way")
        try await bench.restart()
        #expect(bench.files("staged").isEmpty)
    }

    @Test func anItemTakesThePlaceOfWhatWasToldOfItsDesign() async throws {
        let hub = EventHub()
        func tell(_ index: Int, _ state: BatchItem.State) {
            hub.publish(.item(ItemEvent(index: index, item: BatchItem(path: "x", state: state))), job: "j", attempt: 1)
        }
        tell(0, .waiting)
        tell(1, .waiting)
        hub.publish(.progress(ProgressEvent(stage: .observe, fraction: 0.1)), job: "j", attempt: 1)
        tell(0, .running)
        hub.publish(.progress(ProgressEvent(stage: .observe, fraction: 0.2)), job: "j", attempt: 1)
        tell(0, .done)
        hub.publish(.cancelled, job: "j", attempt: 1)
        let events = try #require(hub.events(of: "j"))
        let told = await events.reduce(into: [JobEvent.Body]()) { $0.append($1.body) }
        #expect(
            told == [
                .item(ItemEvent(index: 1, item: BatchItem(path: "x", state: .waiting))),
                .progress(ProgressEvent(stage: .observe, fraction: 0.2)),
                .item(ItemEvent(index: 0, item: BatchItem(path: "x", state: .done))), .cancelled,
            ])
    }

    @Test func listsKeepTheKindsApart() async throws {
        let bench = try Workbench()
        let (batch, page) = (try await bench.submitBatch(), try await bench.submit())
        let store = bench.store
        #expect(try await store.conversions(key: "local", limit: 9).items.map(\.id) == [page.conversionID])
        #expect(
            try await store.conversions(key: "local", kind: .batch, limit: 9).items.map(\.id) == [batch.conversionID])
        #expect(try await store.conversions(key: "local", kind: .workflow, limit: 9).items.isEmpty)
        #expect(try await store.jobs(key: "local", limit: 9).items.map(\.kind) == [.convert, .batch])
    }

    @Test func theWorkersLimitsHoldForEachDesign() async throws {
        let shop = Workshop([.one], bench: try Workbench(), renderer: PaintingRenderer()) {
            ($0.imageLimits.maxPixels, $0.measuredPixels) = (4000, 3000)
        }
        let job = try await shop.bench.submitBatch(["small.png", "large.png", "huge.png"], finish: .measured) { index in
            let image = Image(width: 64, height: [40, 50, 70][index], fill: (UInt8(index), 2, 3))
            return (try? image.encodedPNG()) ?? []
        }
        shop.hub.open(job: job.id)
        #expect(try await shop.finish(job).state == .succeeded)
        let items = try await shop.bench.items(job)
        #expect(items.map { $0?.state } == [.done, .done, .failed])
        #expect(items.map { $0?.score != nil } == [true, false, false])
        #expect(items[2]?.failure?.contains("4000 in all") == true, "\(items)")
    }

    @Test func aStagedProjectIsWholeOrRefused() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(
            atPath: directory.file("project/assets"), withIntermediateDirectories: true)
        try directory.write(Data("<p>".utf8), to: "project/index.html")
        try directory.write(Data("a".utf8), to: "project/assets/a.css")
        let staged = try StagedProject(folder: directory.file("project"), entry: "index.html")
        #expect(staged.files.map(\.path) == ["index.html", "assets/a.css"])
        #expect(staged.files[1].digest == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
        #expect(throws: StoreError.self) {
            try StagedProject(folder: directory.file("project"), entry: "absent.html")
        }
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("project/link"), withDestinationPath: "/etc/passwd")
        #expect(throws: StoreError.io("link is neither a file nor a folder")) {
            try StagedProject(folder: directory.file("project"), entry: "index.html")
        }
    }
}
