// Progress for pipes and logs.
import Render
import UIToCode

/// One plain line a step on stderr; the pages' paths on stdout.
final class PlainLines: Progress {
    private let pace = Pace(seconds: 1)

    func opening() {}

    func opened(_ modelName: String, seconds: Double) { Output.tell("model \(modelName), opened in \(seconds.short)") }

    func happened(_ design: String, _ event: ConvertEvent) {
        switch event {
        case .decoded(let width, let height, let seconds):
            Output.tell("\(design): \(width) × \(height) pixels, decoded in \(seconds.short)")
        case .encoded(let tokens, let seconds):
            Output.tell("\(design): \(tokens) vision tokens, encoded in \(seconds.short)")
        case .prefilled(let tokens, let seconds):
            Output.tell("\(design): \(tokens) tokens of prompt, read in \(seconds.short)")
            pace.restart()
        case .writing(let tokens, let rate):
            if pace.isDue { Output.tell("\(design): writing, \(tokens) tokens, \(rate.whole) tokens/s") }
        case .wrote, .draft, .drafted: break
        case .scored(let attempt, let total?, _): Output.tell("\(design): draft \(attempt) scores \(total.score)")
        case .scored(let attempt, nil, let failure):
            Output.tell("\(design): draft \(attempt) has no score: \(failure ?? "unknown")")
        case .repaired(_, let step):
            guard step.outcome == .kept, let after = step.after else { break }
            Output.tell("\(design): \(step.repair): \(step.change), \(after.total.score)")
        case .finished(let report):
            Output.tell(
                "\(design): \(report.completionTokens) tokens written, \(report.tokensPerSecond.whole) tokens/s")
        }
    }

    func written(_ design: String, _ page: PageReport) {
        announce(design, page)
        Output.tell("\(design): \(page.fidelity)done in \(page.totalSeconds.short)")
        Output.result(path(of: page))
    }

    func failed(_ design: String?, _ message: String) { complain(design, message) }
}
