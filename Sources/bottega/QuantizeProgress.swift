// What a `quantize` tells while it works, and what it has cost.
import Foundation
import Model
import Synchronization

/// Three forms, as for `convert`: a bar on a terminal, plain lines elsewhere, JSON lines on request.
struct QuantizeProgress {
    private let isJSON: Bool
    private let clock = ProcessClock()
    private let pace: Pace

    init(isJSON: Bool) {
        self.isJSON = isJSON
        pace = Pace(seconds: isJSON || !Output.isTerminal ? 2 : 0.1)
    }

    func happened(_ state: QuantizationProgress) {
        guard pace.isDue else { return }
        if isJSON {
            Output.result(JSONText.line(Event(state, seconds: clock.seconds)))
        } else if Output.isTerminal {
            let share = Double(state.byteCount) / Double(max(1, state.totalBytes))
            Output.draw(ProgressBar.line(share, Self.words(state)))
        } else {
            Output.tell(Self.words(state))
        }
    }

    /// Takes the bar away.
    func clear() {
        if !isJSON, Output.isTerminal { Output.draw(ProgressBar.cleared) }
    }

    func finished(_ report: QuantizationReport, _ folder: String) {
        clear()
        if isJSON {
            Output.result(JSONText.line(Summary(report, folder, seconds: clock.seconds)))
        } else {
            for line in Self.lines(report, folder) { Output.result(line) }
        }
    }

    private static func words(_ state: QuantizationProgress) -> String {
        let kept = state.keptShards > 0 ? ", \(state.keptShards) kept" : ""
        return "\(InspectionText.bytes(state.byteCount)) of \(InspectionText.bytes(state.totalBytes)), "
            + "shard \(min(state.shardCount + 1, state.totalShards)) of \(state.totalShards)\(kept)"
    }

    /// The summary for people.
    static func lines(_ report: QuantizationReport, _ folder: String) -> [String] {
        let shards = report.shardCount == 1 ? "1 shard" : "\(report.shardCount) shards"
        let largest = report.quantised.map(\.largestError).max() ?? 0
        var lines = [
            InspectionText.line("quantised", "\(report.quantised.count) tensors to INT4, scales \(report.job.scales)"),
            InspectionText.line(
                "weights",
                "\(InspectionText.bytes(report.sourceBytes)) became \(InspectionText.bytes(report.resultBytes)) "
                    + "in \(shards)"),
            InspectionText.line(
                "error", "\(percent(report.relativeError)) in root mean square, at most \(digits(largest))"),
        ]
        for (index, tensor) in report.worst(10).enumerated() {
            lines.append(
                InspectionText.line(
                    index == 0 ? "worst" : "",
                    "\(percent(tensor.relativeError)), at most \(digits(tensor.largestError))  \(tensor.name)"))
        }
        return lines + [InspectionText.line("written", folder)]
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }

    private static func digits(_ value: Double) -> String { String(format: "%.3g", value) }

    private struct Event: Encodable {
        let event = "progress"
        let bytes, totalBytes, shards, keptShards, totalShards: Int
        let seconds: Double

        init(_ state: QuantizationProgress, seconds: Double) {
            bytes = state.byteCount
            totalBytes = state.totalBytes
            shards = state.shardCount
            keptShards = state.keptShards
            totalShards = state.totalShards
            self.seconds = (seconds * 1000).rounded() / 1000
        }
    }

    private struct Summary: Encodable {
        let event = "finished"
        let output, scales: String
        let tensors, sourceBytes, resultBytes, shards: Int
        let relativeError: Double
        let worst: [QuantizationReport.TensorError]
        let seconds: Double

        init(_ report: QuantizationReport, _ folder: String, seconds: Double) {
            output = folder
            scales = report.job.scales
            tensors = report.quantised.count
            sourceBytes = report.sourceBytes
            resultBytes = report.resultBytes
            shards = report.shardCount
            relativeError = report.relativeError
            worst = report.worst(10)
            self.seconds = (seconds * 1000).rounded() / 1000
        }
    }
}
