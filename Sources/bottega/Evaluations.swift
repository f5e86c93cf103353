// The designs of one `eval`, one after the other: each converted as `convert` does it, once more with several drafts where
// that was asked for, and held against its own HTML where it has one. A design that fails is named and the others go on.
import Foundation
import Inference
import Media
import Render
import UIToCode

/// A design to be evaluated.
struct Mockup: Sendable {
    let name: String
    let image: Image
    /// The page it is a picture of, where that is known.
    var page: PageFiles?
}

/// What one `eval` has to do.
struct Evaluations: Sendable {
    let engine: any Engine
    let renderer: Renderer
    /// The folder to write.
    let output: String
    /// Drafts to choose from in the second pass; 1 leaves it out.
    let attempts: Int

    /// A page held against the HTML of its design: nothing in it is an estimate.
    private struct Truth {
        var scores: [Evaluation.Stage: [FidelityScore]] = [:]
    }

    /// Converts all mockups, writes the evaluation and prints its totals.
    ///
    /// - Returns: whether every one became a page with a receipt.
    func run(_ mockups: [Mockup]) async throws -> Bool {
        var rows: [EvaluationRow] = []
        var truth = Truth()
        for mockup in mockups {
            guard !Task.isCancelled else { throw CancellationError() }
            let start = ContinuousClock.now
            let row: EvaluationRow
            do {
                row = try await evaluate(mockup, start, &truth)
                let total = (row.best ?? row.receipt)?.fidelity.score.total ?? 0
                Output.tell("\(mockup.name): \((row.receipt?.draft.total ?? 0).score) → \(total.score)")
            } catch {
                guard !Task.isCancelled else { throw CancellationError() }
                Output.complain("\(mockup.name): \(error)")
                row = EvaluationRow(
                    name: mockup.name, path: mockup.name, failure: "\(error)", seconds: start.duration(to: .now).seconds
                )
            }
            rows.append(row)
        }
        let evaluation = Evaluation(rows)
        let page = EvaluationPage.html(
            title: "\(engine.abilities.modelName), \(rows.count) designs", evaluation: evaluation)
        var files = Project()
        try files.add(Array(page.utf8), at: "index.html")
        try files.add(Array(evaluation.csv.utf8), at: "evaluation.csv")
        try files.write(to: output, replace: true)
        report(evaluation, truth)
        Output.result(output + "/index.html")
        return evaluation.failureCount == 0
    }

    private func evaluate(
        _ mockup: Mockup, _ start: ContinuousClock.Instant, _ truth: inout Truth
    ) async throws -> EvaluationRow {
        let design = Design(name: mockup.name, image: mockup.image)
        let receipt = try await convert(design, attempts: 1, to: mockup.name, mockup, .repaired, &truth)
        var best: Receipt?
        if attempts > 1 {
            best = try await convert(design, attempts: attempts, to: mockup.name + "/best", mockup, .best, &truth)
        }
        return EvaluationRow(
            name: mockup.name, path: mockup.name, receipt: receipt, best: best,
            seconds: start.duration(to: .now).seconds)
    }

    private func convert(
        _ design: Design, attempts: Int, to path: String, _ mockup: Mockup, _ stage: Evaluation.Stage,
        _ truth: inout Truth
    ) async throws -> Receipt {
        let options = ConvertOptions(attempts: attempts)
        var (project, report) = try await Convert(engine: engine, renderer: renderer, options: options).run(design)
        guard let receipt = report.receipt, let pictures = report.pictures else {
            throw EvaluationError.unmeasured(report.unmeasured ?? "the page has no receipt")
        }
        if let page = mockup.page {
            if stage == .repaired {
                let plain = ConvertOptions(repair: nil)
                let (draft, _) = try await Convert(engine: engine, options: plain).run(design)
                try await hold(draft, against: page, receipt, .draft, &truth)
            }
            try await hold(project, against: page, receipt, stage, &truth)
        }
        try project.addReceipt(of: report)
        for (name, image) in [("design", pictures.design), ("result", pictures.result), ("heat", pictures.heatMap)] {
            try project.add(try image.encodedPNG(), at: name + ".png")
        }
        try project.write(to: output + "/" + path, replace: true)
        return receipt
    }

    private func hold(
        _ project: Project, against page: PageFiles, _ receipt: Receipt, _ stage: Evaluation.Stage, _ truth: inout Truth
    ) async throws {
        let files = Dictionary(project.files.map { ($0.path, $0.bytes) }) { first, _ in first }
        let result = Subject.page(PageFiles(entry: receipt.entry, files: files))
        let comparison = try await renderer.compare(result, to: .page(page), viewport: receipt.viewport)
        truth.scores[stage, default: []].append(comparison.report.score)
    }

    // MARK: Totals

    private func report(_ evaluation: Evaluation, _ truth: Truth) {
        let stages = evaluation.summaries
        Output.tell("")
        Output.tell(row("", stages.map(\.stage.rawValue)))
        Output.tell(row("total", stages.map(\.mean.score)))
        Output.tell(row("median", stages.map(\.median.score)))
        for category in FidelityCategory.allCases {
            Output.tell(row(category.rawValue, stages.map { $0.parts[category].map(\.score) ?? "–" }))
        }
        Output.tell(row("seconds", stages.map { String(format: "%.2f", $0.seconds) }))
        for stage in stages where stage.stage != .draft {
            Output.tell(
                "\(stage.stage.rawValue) lower than before: \(evaluation.loweredCount(by: stage.stage)) designs")
        }
        guard !truth.scores.isEmpty else { return }
        Output.tell("\nagainst the HTML of the designs, nothing estimated")
        let held = Evaluation.Stage.allCases.compactMap { stage in truth.scores[stage].map { (stage, $0) } }
        Output.tell(row("", held.map(\.0.rawValue)))
        Output.tell(row("total", held.map { mean($0.1.map(\.total)).score }))
        for category in FidelityCategory.allCases {
            Output.tell(row(category.rawValue, held.map { mean($0.1.compactMap { $0[category] }).score }))
        }
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        ([name] + cells).map { $0.padding(toLength: 14, withPad: " ", startingAt: 0) }.joined()
    }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}

/// Why a design has no place in an evaluation.
enum EvaluationError: Error, CustomStringConvertible {
    case unmeasured(String)
    case noDesigns
    case generator(path: String, reason: String)

    var description: String {
        switch self {
        case .unmeasured(let reason): reason
        case .noDesigns: "there are no pictures to evaluate"
        case .generator(let path, let reason): "\(path): \(reason)"
        }
    }
}
