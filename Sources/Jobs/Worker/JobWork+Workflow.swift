// A workflow's work: `Workflow` does it, with the conversion's shelf for its screens, into a staged folder. What it tells is
// told to the hub, and what it finished is noted, by a scribe.
import Foundation
import Inference
import Render
import UIToCode

extension JobWork {
    /// Analyses a recording.
    ///
    /// - Throws: `JobFailure` with what the recording is called in place of where it lies; `StoreError`.
    func runWorkflow(_ conversion: Conversion) async throws -> Product {
        let terms = conversion.request.workflow ?? WorkflowTerms()
        let options = WorkflowOptions(
            convert: convertOptions(conversion.request), redact: terms.redact, prototype: terms.prototype,
            videoLimits: self.options.videoLimits)
        let workflow = Workflow(
            engine: engine, renderer: conversion.request.finish == .draft ? nil : renderer, options: options)
        let recording = conversion.designs[0]
        let path = store.uploadPath(recording.digest)
        let output = try store.stage(for: job)
        do {
            let shelf = try PageShelf(folder: store.shelfFolder(of: conversion.id))
            var (report, costs) = try await scribed(by: WorkflowScribe(self)) { tell in
                try await workflow.run(
                    video: path, name: conversion.name, shelf: shelf, output: output, progress: tell)
            }
            running.enter(.save)
            costs.totalSeconds = report.seconds.total
            return Product(
                entry: Self.report, report: costs,
                staged: Product.Staged(
                    project: try StagedProject(folder: output, entry: Self.report),
                    outcome: .workflow(
                        WorkflowOutcome(
                            steps: report.steps.count, screens: report.screens.count, replayed: report.replay?.share,
                            damage: report.video.damage))))
        } catch {
            store.unstage(job)
            guard let error = error as? WorkflowError else { throw error }
            var failure = JobFailure(error)
            failure.message = failure.message.replacing(path, with: recording.name)
            throw failure
        }
    }

    /// What opens a workflow's files.
    private static let report = "report.html"
}

/// Notes that a workflow gets on, and tells what it tells.
private struct WorkflowScribe: Scribe {
    let work: JobWork
    private(set) var costs: JobReport

    init(_ work: JobWork) {
        self.work = work
        costs = JobReport(engine: work.engine.abilities.modelName)
    }

    mutating func hear(_ event: WorkflowEvent) async {
        switch event {
        case .observing(let fraction): enter(.observe, fraction)
        case .observed(let events, let screens): enter(.convert, 0, "\(events) events on \(screens) screens")
        case .converting(let index, let count, _):
            enter(.convert, Double(index - 1) / Double(max(1, count)), "screen \(index) of \(count)")
        case .answered(let report, let isShelved):
            costs.add(report)
            guard isShelved else { return }
            work.running.getOn()
            await write { work throws(StoreError) in
                try await work.store.noteProgress(of: work.job, worker: work.options.name)
            }
        case .summing: enter(.describe)
        case .replaying(let index, let count):
            enter(.replay, Double(index - 1) / Double(max(1, count)), "step \(index) of \(count)")
        case .writing: enter(.save)
        case .screen, .finished: break
        }
    }

    private func enter(_ stage: StageEvent.Stage, _ fraction: Double? = nil, _ words: String? = nil) {
        if work.running.current != stage {
            work.running.enter(stage)
            work.publish(.stage(StageEvent(stage: stage, design: 0)))
        }
        work.publish(.progress(ProgressEvent(stage: stage, fraction: fraction, words: words)))
    }
}
