// What a `batch` tells while it works. Three forms, as those of `convert`: plain lines, a bar that redraws itself, lines for
// machines. Failures are complained about on stderr in every form.
import Synchronization
import UIToCode

/// Is told what happens, in order, one thing at a time.
protocol BatchProgress: Sendable {
    /// The checks are done; the model is being opened.
    func opening()
    /// The model is open.
    func opened(_ modelName: String, seconds: Double)
    /// Something happened to the batch.
    func happened(_ event: BatchEvent)
    /// The project is on disk.
    func written(_ report: BatchReport, output: String)
    /// The batch came to nothing.
    func stopped(_ message: String)
}

extension BatchProgress {
    func stopped(_ message: String) { Output.complain(message) }

    /// The last words on stderr: `22 pages, 2 designs failed, in 81.40 s`.
    func sum(_ report: BatchReport) -> String {
        let done = report.items.count - report.failedCount
        let kept = report.items.count { $0.isKept && $0.state == .done }
        var words = ["\(done) \(done == 1 ? "page" : "pages")"]
        if kept > 0 { words[0] += " (\(kept) from earlier runs)" }
        if report.components > 0 { words.append("\(report.components) shared components") }
        if let before = report.consistencyBefore, let after = report.consistency {
            words.append("consistency \(after.score) (converted \(before.score))")
        }
        if report.failedCount > 0 { words.append("\(report.failedCount) failed") }
        return words.joined(separator: ", ") + ", in \(report.seconds.short)"
    }
}

/// How far a batch is.
struct BatchCount {
    private(set) var items: [BatchItem] = []

    /// Takes what an event says.
    ///
    /// - Returns: how far the batch then is.
    mutating func hear(_ event: BatchEvent) -> BatchCount {
        switch event {
        case .began(let items): self.items = items
        case .item(let index, let item, _): items[index] = item
        case .finished(let report): items = report.items
        case .design, .sharing: break
        }
        return self
    }

    var total: Int { items.count }
    var settled: Int { items.count { $0.state == .done || $0.state == .failed } }
    var failed: Int { items.count { $0.state == .failed } }
    var kept: Int { items.count { $0.state == .done && $0.isKept } }

    /// Failures that were known before the work began.
    var knownFailures: [BatchItem] { items.filter { $0.state == .failed } }
}

extension BatchItem {
    /// `shop/1.png: damaged PNG: …`; an earlier run's failures say so.
    var complaint: String {
        "\(path): \(failure ?? "no page came of it")" + (isKept ? " (in an earlier run; see --retry-failed)" : "")
    }

    /// `0.931 in 4.20 s`, or what is known of it.
    var outcome: String { (score.map { "\($0.score) in " } ?? "done in ") + seconds.short }
}

extension Double {
    /// A time to wait, no more exact than it is known: `under a minute left`, `about 6 min left`.
    var left: String {
        switch self {
        case ..<50: "under a minute left"
        case ..<5400: "about \(Int((self / 60).rounded(.up))) min left"
        default: "about \(Int((self / 3600).rounded())) h left"
        }
    }
}

/// One plain line a design on stderr; the path of the index on stdout.
final class BatchPlainLines: BatchProgress {
    private let count = Mutex(BatchCount())

    func opening() {}

    func opened(_ modelName: String, seconds: Double) { Output.tell("model \(modelName), opened in \(seconds.short)") }

    func happened(_ event: BatchEvent) {
        let count = count.withLock { $0.hear(event) }
        switch event {
        case .began:
            let waiting = count.total - count.settled
            Output.tell("\(count.total) designs, \(count.kept) from earlier runs, \(waiting) to convert")
            for item in count.knownFailures { Output.complain(item.complaint) }
        case .design: break
        case .item(_, let item, let secondsLeft):
            guard item.state == .done else { return Output.complain(item.complaint) }
            let left = count.settled < count.total ? secondsLeft.map { ", " + $0.left } ?? "" : ""
            Output.tell("[\(count.settled)/\(count.total)] \(item.path): \(item.outcome)\(left)")
        case .sharing: Output.tell("putting \(count.settled - count.failed) pages together")
        case .finished: break
        }
    }

    func written(_ report: BatchReport, output: String) {
        Output.tell(sum(report))
        Output.result(output + "/" + report.entry)
    }
}

/// One line on a terminal, redrawn; the path of the index on stdout.
final class BatchBar: BatchProgress {
    private struct State {
        var count = BatchCount()
        var secondsLeft: Double?
    }

    private let state = Mutex(State())
    private let pace = Pace(seconds: 0.1)

    func opening() { Output.draw(ProgressBar.line(0, "opening the model")) }

    func opened(_ modelName: String, seconds: Double) { Output.draw(ProgressBar.line(0, "model \(modelName)")) }

    func happened(_ event: BatchEvent) {
        let (count, secondsLeft) = state.withLock { state in
            if case .item(_, _, let seconds) = event { state.secondsLeft = seconds }
            return (state.count.hear(event), state.secondsLeft)
        }
        switch event {
        case .began:
            for item in count.knownFailures { complain(item) }
            draw(count, nil, "")
        case .design(let index, let step):
            guard pace.isDue, let word = step.word else { return }
            let name = count.items[index].path.split(separator: "/").last ?? ""
            draw(count, secondsLeft, "\(name)  \(word)")
        case .item(_, let item, _):
            if item.state == .failed { complain(item) }
            draw(count, secondsLeft, item.path)
        case .sharing: Output.draw(ProgressBar.line(1, "putting \(count.settled - count.failed) pages together"))
        case .finished: break
        }
    }

    func written(_ report: BatchReport, output: String) {
        Output.draw(ProgressBar.cleared)
        Output.tell(sum(report))
        Output.result(output + "/" + report.entry)
    }

    func stopped(_ message: String) {
        Output.draw(ProgressBar.cleared)
        Output.complain(message)
    }

    private func complain(_ item: BatchItem) {
        Output.draw(ProgressBar.cleared)
        Output.complain(item.complaint)
    }

    private func draw(_ count: BatchCount, _ secondsLeft: Double?, _ text: String) {
        var words = ["\(count.settled)/\(count.total)"]
        if count.failed > 0 { words.append("\(count.failed) failed") }
        if let secondsLeft, count.settled < count.total { words.append(secondsLeft.left) }
        words.append(text)
        let share = Double(count.settled) / Double(max(1, count.total))
        Output.draw(ProgressBar.line(share, words.joined(separator: "  ")))
    }
}

extension ConvertEvent {
    // What is being done to a design.
    fileprivate var word: String? {
        switch self {
        case .decoded, .encoded: "reading"
        case .prefilled, .writing: "writing"
        case .wrote, .draft: nil
        case .drafted, .scored: "measuring"
        case .repaired: "repairing"
        case .finished: "saving"
        }
    }
}
