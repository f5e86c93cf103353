// One job's work, from stored pictures to a project in memory; of batches and workflows, to one that is staged on disk.
// What it made is saved, or not, by whoever ran it. One design gives a project as it is; of several each gets a folder of its name.
import Foundation
import Inference
import Media
import Render
import UIToCode

/// The work of a claimed job.
struct JobWork: Sendable {
    /// What a job made.
    struct Product: Sendable {
        var project = Project()
        /// The path of the file that opens the project.
        var entry = ""
        var report: JobReport
        /// One for each design, in their order.
        var receipts: [ReceiptDraft] = []
        /// Pictures whose features the engine had at hand.
        var reusedImages = 0
        /// What the job wrote to disk, in place of `project`; nil for what is in memory.
        var staged: Staged?

        /// A project on disk, and what it came to.
        struct Staged: Sendable {
            let project: StagedProject
            let outcome: Outcome
        }
    }

    let running: RunningJob
    let store: JobStore
    let hub: EventHub
    let engine: any Engine
    /// Shows pages; nil where there is no browser.
    let renderer: (any PageRendering)?
    let options: WorkerOptions
    let metrics: WorkerMetrics

    var job: Job { running.job }

    /// Does the work. Cancelling the task stops the engine between two tokens.
    ///
    /// - Throws: `DesignFault`, `ConvertError`, `BatchError`, `WorkflowError`, `MediaError`, `StoreError`.
    func run() async throws -> Product {
        let conversion = try await store.conversion(job.conversionID, key: job.keyID)
        switch conversion.kind {
        case .conversion:
            if let edit = job.edit { return try await revise(conversion, by: edit) }
            return try await run(conversion)
        case .batch: return try await runBatch(conversion)
        case .workflow: return try await runWorkflow(conversion)
        }
    }

    private func run(_ conversion: Conversion) async throws -> Product {
        var product = Product(report: JobReport(engine: engine.abilities.modelName))
        let options = convertOptions(conversion.request)
        let folders = Self.folders(of: conversion.designs)
        for (index, stored) in conversion.designs.enumerated() {
            do {
                let (design, seconds) = try read(stored)
                let bench = bench(for: design, conversion.request)
                let convert = Convert(engine: engine, renderer: try? bench.get(), options: options)
                let (project, report) = try await convert.run(design) { event in
                    tell(event, index, in: folders[index], decodeSeconds: seconds)
                }
                for file in project.files { try product.project.add(file.bytes, at: folders[index] + file.path) }
                product.add(report, decodeSeconds: seconds)
                let receipt: Result<(receipt: Receipt, pictures: ReceiptPictures), Unmeasured> =
                    if let receipt = report.receipt, let pictures = report.pictures {
                        .success((receipt, pictures))
                    } else {
                        .failure(Unmeasured(report.unmeasured ?? bench.failure?.reason ?? "it was not shown"))
                    }
                product.add(
                    receipt, design: index, page: folders[index] + conversion.request.stack.entryPath,
                    seconds: seconds + report.totalSeconds)
            } catch {
                guard conversion.designs.count > 1 else { throw error }
                throw DesignFault(name: stored.name, cause: error)
            }
        }
        product.entry = folders[0] + conversion.request.stack.entryPath
        return product
    }

    private func revise(_ conversion: Conversion, by edit: Edit) async throws -> Product {
        let revision = try await store.revision(job.parentRevision, of: conversion.id)
        let project = try Project.read(from: store.folder(of: revision), paths: revision.files.map(\.path))
        let path = job.file ?? revision.entry
        let folders = Self.folders(of: conversion.designs)
        let index = folders.firstIndex { path.hasPrefix($0) } ?? 0
        let stored = conversion.designs[index]
        var product = Product(entry: revision.entry, report: JobReport(engine: "none"))
        // Operations look at no design, and a large one takes seconds to decode.
        var (design, seconds) = (Design(name: stored.name, image: Image(width: 1, height: 1, fill: (0, 0, 0))), 0.0)
        let isMeasured = renderer != nil && conversion.request.finish != .draft
        var isInstruction = false
        if case .instruction = edit { isInstruction = true }
        if isInstruction { product.report.engine = engine.abilities.modelName }
        if isInstruction || isMeasured { (design, seconds) = try read(stored) }
        let convert = Convert(engine: engine, options: convertOptions(conversion.request))
        let (revised, report) = try await convert.revise(project, of: design, by: edit, file: path) { event in
            tell(event, index, in: "", decodeSeconds: seconds)
        }
        product.project = revised
        product.add(report, decodeSeconds: seconds)
        let page = folders[index] + conversion.request.stack.entryPath
        let start = ContinuousClock.now
        let receipt = try await receipt(
            of: revised, page: page, beside: design, number: index, conversion.request,
            before: revision.receipts.measure(of: index))
        let measureSeconds = start.duration(to: .now).seconds
        if case .success = receipt {
            product.report.measureSeconds = measureSeconds
            product.report.totalSeconds += measureSeconds
        }
        for other in conversion.designs.indices {
            if other == index {
                product.add(
                    receipt, design: index, page: page, seconds: seconds + report.totalSeconds + measureSeconds)
            } else {
                let page = folders[other] + conversion.request.stack.entryPath
                product.receipts.append(ReceiptDraft(takingOver: revision.receipts, design: other, page: page))
            }
        }
        return product
    }

    // MARK: Receipts

    /// What shows the page of a design, or why none is to be shown.
    private func bench(
        for design: Design, _ request: ConversionRequest
    ) -> Result<any PageRendering, Unmeasured> {
        guard request.finish != .draft else { return .failure(Unmeasured("only the draft was asked for")) }
        guard let renderer else { return .failure(.noBrowser) }
        if let reason = convertOptions(request).unmeasured(design.image) { return .failure(Unmeasured(reason)) }
        return .success(renderer)
    }

    /// Holds an edited page beside its design.
    ///
    /// - Throws: `CancellationError`.
    private func receipt(
        of project: Project, page: String, beside design: Design, number: Int, _ request: ConversionRequest,
        before: StoredReceipt.Measure?
    ) async throws -> Result<(receipt: Receipt, pictures: ReceiptPictures), Unmeasured> {
        switch bench(for: design, request) {
        case .failure(let reason): return .failure(reason)
        case .success(let renderer):
            running.enter(.measure)
            publish(.stage(StageEvent(stage: .measure, design: number)))
            do throws(RenderError) {
                return .success(
                    try await renderer.receipt(of: project, page: page, beside: design, before: before?.fidelity.score))
            } catch .cancelled {
                throw CancellationError()
            } catch {
                return .failure(Unmeasured("\(error)"))
            }
        }
    }

    // Where each design's files go: the top for a single one, else a folder by its name, with -2, -3, … when taken.
    private static func folders(of designs: [StoredDesign]) -> [String] {
        guard designs.count > 1 else { return [""] }
        var taken: Set<String> = []
        return designs.map { Design.unique(Design.stem(of: fileName(of: $0)), in: &taken) + "/" }
    }

    // A design goes by its file's name without the extension, which a stored name lacks.
    private static func fileName(of design: StoredDesign) -> String { design.name + ".picture" }

    private func read(_ stored: StoredDesign) throws -> (design: Design, seconds: Double) {
        try Task.checkCancellation()
        running.enter(.decode)
        let start = ContinuousClock.now
        let bytes = try Disk.read(store.uploadPath(stored.digest))
        let image = try Image.decode(bytes, name: stored.name, limits: options.imageLimits)
        return (Design(name: Self.fileName(of: stored), image: image), start.duration(to: .now).seconds)
    }

    private func tell(_ event: ConvertEvent, _ design: Int, in folder: String, decodeSeconds: Double) {
        switch event {
        case .decoded(let width, let height, _):
            running.enter(.encode)
            ended(StageEvent(stage: .decode, design: design, seconds: decodeSeconds, width: width, height: height))
        case .encoded(let tokens, let seconds):
            running.enter(.prefill)
            ended(StageEvent(stage: .encode, design: design, seconds: seconds, tokens: tokens))
        case .prefilled(let tokens, let seconds):
            running.enter(.write)
            ended(StageEvent(stage: .prefill, design: design, seconds: seconds, tokens: tokens))
            publish(.stage(StageEvent(stage: .write, design: design)))
        case .wrote(let path, let text):
            publish(.delta(path: folder + path, text: text))
        case .draft(let path, let html):
            publish(.draft(path: folder + path, html: html))
        case .drafted(attempt: 1):
            running.enter(.measure)
            publish(.stage(StageEvent(stage: .measure, design: design)))
        case .scored(let attempt, let total, let failure):
            publish(.scored(ScoreEvent(design: design, attempt: attempt, total: total, failure: failure)))
        case .repaired(let attempt, let step):
            publish(.repaired(RepairEvent(step, design: design, attempt: attempt)))
        case .writing, .drafted, .finished:
            break
        }
    }

    /// How `Convert` is asked for what a request wants, within the worker's limits.
    func convertOptions(_ request: ConversionRequest) -> ConvertOptions {
        var options = ConvertOptions(
            stack: request.stack.template, sampling: Sampling(temperature: request.temperature, seed: request.seed),
            maxTokens: request.maxTokens, attempts: request.attempts,
            repair: request.finish == .repaired ? RepairOptions() : nil, budgetSeconds: request.budgetSeconds)
        options.measuredPixels = self.options.measuredPixels
        return options
    }

    func ended(_ stage: StageEvent) {
        if let seconds = stage.seconds { metrics.stage(stage.stage, seconds: seconds) }
        publish(.stage(stage))
    }

    func publish(_ body: JobEvent.Body) { hub.publish(body, job: job.id, attempt: job.claims) }
}

/// What went wrong with one design of several.
struct DesignFault: Error {
    let name: String
    let cause: any Error
}

extension JobWork.Product {
    /// Adds what one design cost.
    fileprivate mutating func add(_ costs: ConvertReport, decodeSeconds: Double) {
        report.add(costs)
        // The picture was decoded here, before the conversion began.
        report.decodeSeconds += decodeSeconds
        report.totalSeconds += decodeSeconds + costs.totalSeconds
        reusedImages += costs.reusedImages
    }

    /// Adds the receipt of a design's page, or why there is none.
    fileprivate mutating func add(
        _ measured: Result<(receipt: Receipt, pictures: ReceiptPictures), Unmeasured>, design: Int, page: String,
        seconds: Double
    ) {
        do {
            let (receipt, pictures) = try measured.get()
            let stored = StoredReceipt(
                receipt, design: design, page: page, archiveName: project.receiptName(beside: page), seconds: seconds)
            receipts.append(ReceiptDraft(receipt: stored, files: try ReceiptFiles(receipt, pictures)))
        } catch {
            let reason = (error as? Unmeasured)?.reason ?? "\(error)"
            receipts.append(
                ReceiptDraft(
                    receipt: StoredReceipt(design: design, page: page, unmeasured: reason, seconds: seconds)))
        }
    }
}

/// Why a page has no score, in words.
private struct Unmeasured: Error {
    static let noBrowser = Unmeasured("the service has no browser to show it in")

    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension Result {
    /// The error; nil for a success.
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

extension [StoredReceipt] {
    /// What was measured of a design's page.
    fileprivate func measure(of design: Int) -> StoredReceipt.Measure? { first { $0.design == design }?.measure }
}

extension ReceiptDraft {
    /// The receipt of a page that an edit left as it was.
    fileprivate init(takingOver receipts: [StoredReceipt], design: Int, page: String) {
        receipt =
            receipts.first { $0.design == design }
            ?? StoredReceipt(
                design: design, page: page, unmeasured: "it was made by a version that measured nothing", seconds: 0)
        receipt.measure?.byteCount = 0
    }
}
