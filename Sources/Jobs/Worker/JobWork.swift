// One job's work, from stored pictures to a project in memory. It writes nothing: what it made is saved, or not, by
// whoever ran it. One design gives a project as it is; of several each gets a folder of its name.
import Foundation
import Inference
import Media
import UIToCode

/// The work of a claimed job.
struct JobWork: Sendable {
    /// What a job made.
    struct Product: Sendable {
        var project = Project()
        /// The path of the file that opens the project.
        var entry = ""
        var report: JobReport
        /// Pictures whose features the engine had at hand.
        var reusedImages = 0
    }

    let running: RunningJob
    let store: JobStore
    let hub: EventHub
    let engine: any Engine
    let imageLimits: ImageLimits
    let metrics: WorkerMetrics

    private var job: Job { running.job }

    /// Does the work. Cancelling the task stops the engine between two tokens.
    ///
    /// - Throws: `DesignFault`, `ConvertError`, `MediaError`, `StoreError`.
    func run() async throws -> Product {
        let conversion = try await store.conversion(job.conversionID, key: job.keyID)
        let request = conversion.request
        let convert = Convert(
            engine: engine,
            options: ConvertOptions(
                stack: request.stack, sampling: Sampling(temperature: request.temperature, seed: request.seed),
                maxTokens: request.maxTokens))
        if let edit = job.edit { return try await revise(conversion, by: edit, convert) }
        return try await run(conversion, convert)
    }

    private func run(_ conversion: Conversion, _ convert: Convert) async throws -> Product {
        var product = Product(report: JobReport(engine: engine.abilities.modelName))
        let folders = Self.folders(of: conversion.designs)
        for (index, stored) in conversion.designs.enumerated() {
            do {
                let (design, seconds) = try read(stored)
                let (project, report) = try await convert.run(design) { event in
                    tell(event, index, in: folders[index], decodeSeconds: seconds)
                }
                for file in project.files { try product.project.add(file.bytes, at: folders[index] + file.path) }
                product.add(report, decodeSeconds: seconds)
            } catch {
                guard conversion.designs.count > 1 else { throw error }
                throw DesignFault(name: stored.name, cause: error)
            }
        }
        product.entry = folders[0] + conversion.request.stack.entryPath
        return product
    }

    private func revise(_ conversion: Conversion, by edit: Edit, _ convert: Convert) async throws -> Product {
        let revision = try await store.revision(job.parentRevision, of: conversion.id)
        let project = try Project.read(from: store.folder(of: revision), paths: revision.files.map(\.path))
        let path = job.file ?? revision.entry
        let folders = Self.folders(of: conversion.designs)
        let index = folders.firstIndex { path.hasPrefix($0) } ?? 0
        let stored = conversion.designs[index]
        var product = Product(entry: revision.entry, report: JobReport(engine: "none"))
        // Operations look at no design, and a large one takes seconds to decode.
        var (design, seconds) = (Design(name: stored.name, image: Image(width: 1, height: 1, fill: (0, 0, 0))), 0.0)
        if case .instruction = edit {
            (design, seconds) = try read(stored)
            product.report.engine = engine.abilities.modelName
        }
        let (revised, report) = try await convert.revise(project, of: design, by: edit, file: path) { event in
            tell(event, index, in: "", decodeSeconds: seconds)
        }
        product.project = revised
        product.add(report, decodeSeconds: seconds)
        return product
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
        let image = try Image.decode(bytes, name: stored.name, limits: imageLimits)
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
        case .writing, .scored, .repaired, .finished:
            break
        }
    }

    private func ended(_ stage: StageEvent) {
        if let seconds = stage.seconds { metrics.stage(stage.stage, seconds: seconds) }
        publish(.stage(stage))
    }

    private func publish(_ body: JobEvent.Body) { hub.publish(body, job: job.id, attempt: job.claims) }
}

/// What went wrong with one design of several.
struct DesignFault: Error {
    let name: String
    let cause: any Error
}

extension JobWork.Product {
    /// Adds what one design cost.
    fileprivate mutating func add(_ costs: ConvertReport, decodeSeconds: Double) {
        if costs.finishReason != .stop { report.finishReason = costs.finishReason.rawValue }
        report.decodeSeconds += decodeSeconds
        report.encodeSeconds += costs.encodeSeconds
        report.prefillSeconds += costs.prefillSeconds
        report.generateSeconds += costs.generateSeconds
        report.totalSeconds += decodeSeconds + costs.totalSeconds
        report.visionTokens += costs.visionTokens
        report.promptTokens += costs.promptTokens
        report.cachedTokens += costs.cachedTokens
        report.completionTokens += costs.completionTokens
        reusedImages += costs.reusedImages
    }
}
