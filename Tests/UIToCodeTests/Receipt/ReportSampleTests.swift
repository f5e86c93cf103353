// Writes reports to be looked at, and to be tried in a browser:
//
//     BOTTEGA_SAMPLES=samples swift test --filter ReportSampleTests
//     python3 Tests/Trials/report.py --samples samples
import Foundation
import Media
import Testing

@testable import Render
@testable import UIToCode

@Suite(.enabled(if: ProcessInfo.processInfo.environment["BOTTEGA_SAMPLES"] != nil, "BOTTEGA_SAMPLES names no folder"))
struct ReportSampleTests {
    private let folder = URL(filePath: ProcessInfo.processInfo.environment["BOTTEGA_SAMPLES"] ?? "")

    private func write(_ text: String, _ path: String) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    @Test func reportsAreWritten() throws {
        let pictures = try ReceiptSamples.dashboard()
        try write(ReceiptPage.html(receipt: ReceiptSamples.full, pictures: pictures), "report.html")
        try write(ReceiptJSON.text(ReceiptSamples.full), "report.json")
        try write(ReceiptPage.html(receipt: ReceiptSamples.equal, pictures: ReceiptSamples.pictures), "equal.html")
        let hostile = ReceiptSamples.full(with: ReceiptSamples.hostile.joined(separator: " "))
        try write(ReceiptPage.html(receipt: hostile, pictures: pictures), "hostile.html")
    }

    @Test func anEvaluationIsWritten() throws {
        let pictures = try ReceiptSamples.dashboard()
        var rows = EvaluationSamples.rows
        let names = ["landing-page", "orders", "wallet phone", "sign-up", "team"]
        for (number, name) in names.enumerated() {
            let draft = 0.5 + 0.07 * Double(number)
            rows.append(
                EvaluationRow(
                    name: name, path: name,
                    receipt: EvaluationSamples.receipt(name, draft: draft, repaired: draft + 0.05),
                    best: EvaluationSamples.receipt(name, draft: draft + 0.01, repaired: draft + 0.08, attempts: 4),
                    seconds: 5 + Double(number)))
        }
        for row in rows {
            guard let receipt = row.receipt else { continue }
            try write(ReceiptPage.html(receipt: receipt, pictures: pictures), "evaluation/\(row.path)/report.html")
            for (name, image) in [
                ("design", pictures.design), ("result", pictures.result), ("heat", pictures.heatMap),
            ] {
                try Data(image.encodedPNG()).write(to: folder.appending(path: "evaluation/\(row.path)/\(name).png"))
            }
        }
        let evaluation = Evaluation(rows)
        try write(EvaluationPage.html(title: "Eight designs", evaluation: evaluation), "evaluation/index.html")
        try write(evaluation.csv, "evaluation/evaluation.csv")
    }
}
