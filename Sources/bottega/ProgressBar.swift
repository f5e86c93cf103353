// Progress for a person at a terminal.
import Render
import Synchronization
import UIToCode

/// One line on a terminal, redrawn; the pages' paths on stdout.
final class ProgressBar: Progress {
    private let designCount: Int
    private let doneCount = Atomic<Int>(0)
    private let pace = Pace(seconds: 0.1)

    init(designCount: Int) { self.designCount = designCount }

    func opening() { draw(0, "opening the model") }

    func opened(_ modelName: String, seconds: Double) { draw(0.05, "model \(modelName)") }

    func happened(_ design: String, _ event: ConvertEvent) {
        let name = design.split(separator: "/").last ?? ""
        switch event {
        case .decoded: draw(0.05, "\(name)  looking")
        case .encoded: draw(0.30, "\(name)  reading")
        case .prefilled: draw(0.40, "\(name)  writing")
        case .writing(let tokens, let rate):
            guard pace.isDue else { return }
            draw(Self.share(written: tokens), "\(name)  writing  \(tokens) tokens  \(rate.whole) tokens/s")
        case .wrote, .draft, .scored: break
        case .drafted: draw(0.9, "\(name)  measuring")
        case .repaired(_, let step):
            guard pace.isDue else { return }
            draw(
                0.95,
                "\(name)  repairing  \((step.outcome == .kept ? step.after ?? step.before : step.before).total.score)")
        case .finished: draw(1, "\(name)  saving")
        }
    }

    func written(_ design: String, _ page: PageReport) {
        let report = page.conversion
        clear()
        announce(design, page)
        Output.tell(
            "\(design)  \(report.completionTokens) tokens  \(report.tokensPerSecond.whole) tokens/s  "
                + page.fidelity + page.totalSeconds.short)
        Output.result(path(of: page))
        doneCount.add(1, ordering: .relaxed)
    }

    func failed(_ design: String?, _ message: String) {
        clear()
        complain(design, message)
        doneCount.add(1, ordering: .relaxed)
    }

    // How long a page gets is not known before its end: the bar is half through the writing at 250 tokens, which is a
    // common length of a small page, and never quite full before the end.
    private static func share(written tokens: Int) -> Double { 0.4 + 0.6 * Double(tokens) / Double(tokens + 250) }

    private func draw(_ share: Double, _ text: String) {
        let current = min(doneCount.load(ordering: .relaxed) + 1, designCount)
        let number = designCount > 1 ? "\(current)/\(designCount)  " : ""
        Output.draw(Self.line(share, number + text))
    }

    private func clear() { Output.draw(Self.cleared) }

    /// An empty line in place of the bar.
    static let cleared = "\r\u{1B}[K"

    /// A bar filled to some share, in place of the one before, with a text behind it that is cut at the terminal's edge.
    static func line(_ share: Double, _ text: String) -> String {
        let width = 24
        let filled = Int(share * Double(width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        return cleared + "\(bar)  \(text)".prefix(max(1, Output.columns - 1))
    }
}
