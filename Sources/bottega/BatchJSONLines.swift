// A batch's progress for machines. Every line has `event` and keys in snake case. The steps of each design's conversion are
// those of `convert --json`; between them stand the batch's own:
//
//     began     designs, kept, failed, waiting
//     done      design, score, seconds, is_kept, settled, designs, seconds_left
//     failed    design, message, is_kept, settled, designs, seconds_left
//     sharing
//     finished  output, entry, pages, kept, failed, components, tokens, consistency, consistency_before, seconds
import Foundation
import Synchronization
import UIToCode

/// One JSON object a line on stdout; errors on stderr too.
final class BatchJSONLines: BatchProgress {
    private let count = Mutex(BatchCount())
    private let steps = JSONLines()

    func opening() { steps.opening() }

    func opened(_ modelName: String, seconds: Double) { steps.opened(modelName, seconds: seconds) }

    func happened(_ event: BatchEvent) {
        let count = count.withLock { $0.hear(event) }
        switch event {
        case .began:
            put(
                Line(
                    event: "began", designs: count.total, kept: count.kept, failed: count.failed,
                    waiting: count.total - count.settled))
            for item in count.knownFailures { tell(item, count, secondsLeft: nil) }
        case .design(let index, let step): steps.happened(count.items[index].path, step)
        case .item(_, let item, let secondsLeft): tell(item, count, secondsLeft: secondsLeft)
        case .sharing: put(Line(event: "sharing"))
        case .finished: break  // `written` says it all
        }
    }

    func written(_ report: BatchReport, output: String) {
        put(
            Line(
                event: "finished", kept: report.items.count { $0.isKept && $0.state == .done },
                failed: report.failedCount, seconds: report.seconds.micro, output: output, entry: report.entry,
                pages: report.items.count - report.failedCount, components: report.components,
                tokens: report.tokens, consistency: report.consistency?.micro,
                consistencyBefore: report.consistencyBefore?.micro))
    }

    func stopped(_ message: String) { steps.failed(nil, message) }

    private func tell(_ item: BatchItem, _ count: BatchCount, secondsLeft: Double?) {
        if item.state == .failed { Output.complain(item.complaint) }
        put(
            Line(
                event: item.state.rawValue, design: item.path, designs: count.total, settled: count.settled,
                isKept: item.isKept, score: item.score?.micro, seconds: item.seconds.micro,
                secondsLeft: secondsLeft?.micro, message: item.failure))
    }

    private struct Line: Encodable {
        var event: String
        var design: String?
        var designs: Int?
        var kept: Int?
        var failed: Int?
        var waiting: Int?
        var settled: Int?
        var isKept: Bool?
        var score: Double?
        var seconds: Double?
        var secondsLeft: Double?
        var message: String?
        var output: String?
        var entry: String?
        var pages: Int?
        var components: Int?
        var tokens: Int?
        var consistency: Double?
        var consistencyBefore: Double?
    }

    private func put(_ line: Line) { Output.result(JSONText.line(line)) }
}
