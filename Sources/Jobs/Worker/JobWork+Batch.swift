// A batch's work: `Batch` does it, with the conversion's shelf, into a staged folder. What it tells is written down design
// by design, then told to the hub, by a scribe.
import Foundation
import Inference
import Render
import UIToCode

extension JobWork {
    /// Converts a batch's designs and puts them together.
    ///
    /// - Throws: `BatchError`, `StoreError`; `JobFailure` when not one design became a page.
    func runBatch(_ conversion: Conversion) async throws -> Product {
        let terms = conversion.request.batch ?? BatchTerms()
        guard let stack = Stack(rawValue: terms.stack)?.template else {
            throw JobFailure(code: "stack_unknown", message: "there is no stack \"\(terms.stack)\"", isRetryable: false)
        }
        let designs = conversion.designs.map { BatchDesign(path: $0.name, file: store.uploadPath($0.digest)) }
        let options = BatchOptions(
            convert: convertOptions(conversion.request), stack: stack, imageLimits: self.options.imageLimits,
            inFlight: terms.inFlight, retriesFailed: job.isRetry, sharing: terms.sharing)
        let batch = Batch(
            engine: engine, renderer: conversion.request.finish == .draft ? nil : renderer, options: options)
        running.enter(.convert)
        publish(.stage(StageEvent(stage: .convert, design: 0)))
        let output = try store.stage(for: job)
        do {
            let shelf = try PageShelf(folder: store.shelfFolder(of: conversion.id))
            let (report, costs) = try await scribed(by: BatchScribe(self, designs)) { tell in
                try await batch.run(designs, name: conversion.name, shelf: shelf, output: output, progress: tell)
            }
            return try product(of: report, costs, output)
        } catch {
            store.unstage(job)
            throw error
        }
    }

    private func product(of report: BatchReport, _ costs: JobReport, _ output: String) throws -> Product {
        guard report.failedCount < report.items.count else {
            let reason = report.items.compactMap(\.failure).first ?? "there was none"
            throw JobFailure(
                code: "blank_result", message: "none of the \(report.items.count) designs became a page: \(reason)",
                isRetryable: false)
        }
        running.enter(.save)
        var costs = costs
        costs.totalSeconds = report.seconds
        return Product(
            entry: report.entry, report: costs,
            staged: Product.Staged(
                project: try StagedProject(folder: output, entry: report.entry),
                outcome: .batch(
                    BatchOutcome(
                        components: report.components, tokens: report.tokens,
                        consistencyBefore: report.consistencyBefore, consistency: report.consistency))))
    }
}

/// Writes down what a batch tells, and tells it on.
private struct BatchScribe: Scribe {
    let work: JobWork
    private let designs: [BatchDesign]
    private var items: [BatchItem] = []
    private var stages: [Int: StageEvent.Stage] = [:]
    private var secondsLeft: Double?
    private var stageBegan = ContinuousClock.now
    /// The sum over the designs that were converted in this run.
    private(set) var costs: JobReport

    init(_ work: JobWork, _ designs: [BatchDesign]) {
        self.work = work
        self.designs = designs
        costs = JobReport(engine: work.engine.abilities.modelName)
    }

    mutating func hear(_ event: BatchEvent) async {
        switch event {
        case .began(let items):
            self.items = items.enumerated().map { shown($1, $0) }
            await note(Dictionary(uniqueKeysWithValues: self.items.enumerated().map { ($0, $1) }))
            for index in items.indices { tell(index) }
        case .design(let index, let event): await hear(event, of: index)
        case .item(let index, let item, let secondsLeft):
            guard items.indices.contains(index) else { return }
            items[index] = shown(item, index)
            stages[index] = nil
            self.secondsLeft = secondsLeft
            await note([index: items[index]])
            tell(index)
        case .sharing: enter(.share)
        case .finished(let report):
            work.ended(StageEvent(stage: work.running.current, design: 0, seconds: secondsOfStage()))
            // What a full disk kept from being written in time.
            items = report.items.enumerated().map { shown($1, $0) }
            await note(Dictionary(uniqueKeysWithValues: items.enumerated().map { ($0, $1) }))
        }
    }

    private mutating func hear(_ event: ConvertEvent, of index: Int) async {
        guard items.indices.contains(index) else { return }
        let stage: StageEvent.Stage
        switch event {
        case .decoded: stage = .encode
        case .encoded: stage = .prefill
        case .prefilled: stage = .write
        case .drafted(attempt: 1): stage = .measure
        case .finished(let report): return costs.add(report)
        default: return
        }
        guard stages.updateValue(stage, forKey: index) != stage else { return }
        if items[index].state != .running {
            items[index].state = .running
            await note([index: items[index]])
        }
        tell(index)
    }

    private mutating func enter(_ stage: StageEvent.Stage) {
        work.ended(StageEvent(stage: work.running.current, design: 0, seconds: secondsOfStage()))
        stageBegan = .now
        work.running.enter(stage)
        work.publish(.stage(StageEvent(stage: stage, design: 0)))
    }

    private func secondsOfStage() -> Double { stageBegan.duration(to: .now).seconds }

    private func tell(_ index: Int) {
        let event = ItemEvent(index: index, item: items[index], stage: stages[index], secondsLeft: secondsLeft)
        work.publish(.item(event))
    }

    // A reason may name the place where the design lies, which is nobody's business.
    private func shown(_ item: BatchItem, _ index: Int) -> BatchItem {
        var item = item
        item.failure = item.failure?.replacing(designs[index].file, with: designs[index].path)
        return item
    }

    private func note(_ items: [Int: BatchItem]) async {
        if items.values.contains(where: \.isProgress) { work.running.getOn() }
        // What a full disk keeps from being noted is, with the next design or at the end.
        await write { work throws(StoreError) in
            try await work.store.note(items, of: work.job, worker: work.options.name)
        }
    }
}

extension BatchItem {
    /// Whether it was finished in this run.
    var isProgress: Bool { state == .done && !isKept }
}
