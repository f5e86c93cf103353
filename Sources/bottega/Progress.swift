// What a `convert` tells while it works. Three forms: plain lines (`PlainLines`), a bar that redraws itself
// (`ProgressBar`), lines for machines (`JSONLines`). Errors are complained about on stderr in every form.
import Foundation
import Inference
import Render
import Synchronization
import UIToCode

/// Is told what happens, in order, by one task at a time.
protocol Progress: Sendable {
    /// The checks are done; the model is being opened.
    func opening()
    /// The model is open.
    func opened(_ modelName: String, seconds: Double)
    /// A step of a design's conversion.
    func happened(_ design: String, _ event: ConvertEvent)
    /// A design's page is on disk.
    func written(_ design: String, _ page: PageReport)
    /// A design, or the run as a whole when nil, came to nothing. `message` names the file where there is one.
    func failed(_ design: String?, _ message: String)
}

extension Progress {
    // A design's message begins with its path, unless it does so by itself.
    func complain(_ design: String?, _ message: String) {
        guard let design, !message.hasPrefix(design) else {
            Output.complain(message)
            return
        }
        Output.complain("\(design): \(message)")
    }

    // What is said of a page that has its place, whatever the form of the progress.
    func announce(_ design: String, _ page: PageReport) {
        if page.conversion.finishReason == .length {
            Output.complain(
                "\(design): cut after \(page.conversion.completionTokens) tokens and closed there; see --max-tokens")
        }
        if let reason = page.conversion.unmeasured { Output.complain("\(design): not measured: \(reason)") }
    }

    func path(of page: PageReport) -> String {
        page.folder + "/" + (page.conversion.files.first ?? "")
    }
}

extension PageReport {
    /// `fidelity 0.931 (draft 0.874), `, in front of the time it took; empty for a page that was not measured.
    var fidelity: String {
        guard let receipt = conversion.receipt else { return "" }
        return "fidelity \(receipt.fidelity.score.total.score) (draft \(receipt.draft.total.score)), "
    }
}

/// Lets something happen at most once in a while.
final class Pace: Sendable {
    private let interval: Duration
    private let last = Mutex(ContinuousClock.now)

    init(seconds: Double) { interval = .seconds(seconds) }

    /// Whether the interval has passed since it last was true.
    var isDue: Bool {
        last.withLock { last in
            guard last.duration(to: .now) >= interval else { return false }
            last = .now
            return true
        }
    }

    func restart() { last.withLock { $0 = .now } }
}

extension Double {
    /// Seconds for people: `1.94 s`.
    var short: String { String(format: "%.2f s", self) }
    /// A score for people: `0.931`.
    var score: String { String(format: "%.3f", self) }
    /// Without decimals.
    var whole: String { String(format: "%.0f", self) }
}
