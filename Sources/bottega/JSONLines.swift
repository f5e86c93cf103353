// Progress for machines. Every line has `event`; a `written` line has the timings of its page, in seconds.
import Foundation
import Inference
import Render
import UIToCode

/// One JSON object a line on stdout; errors on stderr too.
final class JSONLines: Progress {
    private let pace = Pace(seconds: 0.2)

    func opening() {}

    func opened(_ modelName: String, seconds: Double) {
        put(Event(event: "opened", model: modelName, seconds: seconds.micro))
    }

    func happened(_ design: String, _ event: ConvertEvent) {
        switch event {
        case .decoded(let width, let height, let seconds):
            put(Event(event: "decoded", design: design, width: width, height: height, seconds: seconds.micro))
        case .encoded(let tokens, let seconds):
            put(Event(event: "encoded", design: design, tokens: tokens, seconds: seconds.micro))
        case .prefilled(let tokens, let seconds):
            put(Event(event: "prefilled", design: design, tokens: tokens, seconds: seconds.micro))
        case .writing(let tokens, let rate):
            guard pace.isDue else { return }
            put(Event(event: "writing", design: design, tokens: tokens, tokensPerSecond: rate.micro))
        case .wrote, .draft, .drafted: break
        case .scored(let attempt, let total, let failure):
            put(Event(event: "scored", design: design, attempt: attempt, total: total?.micro, message: failure))
        case .repaired(_, let step):
            put(
                Event(
                    event: "repaired", design: design, total: step.after?.total.micro, message: step.reason,
                    repair: step.repair, change: step.change, outcome: step.outcome.rawValue))
        case .finished: break  // `written` says it all
        }
    }

    func written(_ design: String, _ page: PageReport) {
        announce(design, page)
        put(PageLine(design, page))
    }

    func failed(_ design: String?, _ message: String) {
        complain(design, message)
        put(Event(event: "failed", design: design, message: message))
    }

    private struct Event: Encodable {
        var event: String
        var design: String?
        var model: String?
        var width: Int?
        var height: Int?
        var tokens: Int?
        var tokensPerSecond: Double?
        var seconds: Double?
        var attempt: Int?
        var total: Double?
        var message: String?
        var repair: String?
        var change: String?
        var outcome: String?
    }

    private struct PageLine: Encodable {
        struct Seconds: Encodable {
            let start, load, decode, encode, prefill, perToken, generate, write, total: Double
        }

        struct Fidelity: Encodable {
            let total, draft: Double
            let isEstimate: Bool
            let receipt: String?
        }

        let event = "written"
        let design: String
        let output: String
        let files: [String]
        let finishReason: String
        let visionTokens, promptTokens, tokens: Int
        let tokensPerSecond: Double
        let seconds: Seconds
        let fidelity: Fidelity?

        init(_ design: String, _ page: PageReport) {
            let report = page.conversion
            self.design = design
            output = page.folder
            files = report.files
            finishReason = report.finishReason.rawValue
            visionTokens = report.visionTokens
            promptTokens = report.promptTokens
            tokens = report.completionTokens
            tokensPerSecond = report.tokensPerSecond.micro
            seconds = Seconds(
                start: page.startSeconds.micro, load: page.loadSeconds.micro, decode: report.decodeSeconds.micro,
                encode: report.encodeSeconds.micro, prefill: report.prefillSeconds.micro,
                perToken: report.secondsPerToken.micro, generate: report.generateSeconds.micro,
                write: page.writeSeconds.micro, total: page.totalSeconds.micro)
            fidelity = report.receipt.map { receipt in
                Fidelity(
                    total: receipt.fidelity.score.total.micro, draft: receipt.draft.total.micro,
                    isEstimate: receipt.fidelity.isEstimate, receipt: page.receipt)
            }
        }
    }

    private func put(_ line: some Encodable) { Output.result(JSONText.line(line)) }
}

/// JSON as machines read it here: one line, keys in snake_case and in alphabetical order.
enum JSONText {
    static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            preconditionFailure("a report always has a JSON form: \(error)")
        }
    }
}

extension Double {
    // Rounded to millionths: no measured time is more exact.
    var micro: Double { (self * 1e6).rounded() / 1e6 }
}
