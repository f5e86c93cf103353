// Progress for pipes and logs.
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
        case .wrote, .draft: break
        case .finished(let report):
            Output.tell(
                "\(design): \(report.completionTokens) tokens written, \(report.tokensPerSecond.whole) tokens/s")
        }
    }

    func written(_ design: String, _ page: PageReport) {
        announce(design, page)
        Output.tell("\(design): done in \(page.totalSeconds.short)")
        Output.result(path(of: page))
    }

    func failed(_ design: String?, _ message: String) { complain(design, message) }
}
