// How far a job is, as a number that only rises and a line of words. The scale has six steps, those of a conversion; what
// a job does not do is skipped, and within a step the number creeps towards the next one, since nobody knows how many
// words or repairs there will be.
//
//     0 waits · 1 picture read · 2 picture seen · 3 written · 4 shown and repaired · 6 saved
import Inference
import Jobs
import Synchronization
import UIToCode

/// Tells a client how far its request is, if it asked for that.
final class ProgressTeller: Sendable {
    /// The number at the end.
    static let total = 6.0

    /// Nil when nobody asked.
    private let token: JSONValue?
    private let hasWords: Bool
    private let send: @Sendable (JSONValue) -> Void
    private let last = Mutex(-1.0)

    /// - Parameters:
    ///   - token: what the client calls the progress: a string or a number.
    ///   - hasWords: whether words may be sent.
    init(token: JSONValue?, hasWords: Bool, send: @escaping @Sendable (JSONValue) -> Void) {
        switch token {
        case .string, .number: self.token = token
        default: self.token = nil
        }
        self.hasWords = hasWords
        self.send = send
    }

    /// Tells a number that is greater than the last one by a thousandth at least; nothing otherwise.
    func tell(_ progress: Double, _ words: String) {
        guard let token else { return }
        let progress = (progress * 1000).rounded() / 1000
        let isMore = last.withLock { last in
            guard progress > last else { return false }
            last = progress
            return true
        }
        guard isMore else { return }
        var parameters: [JSONValue.Member] = [
            .init("progressToken", token), .init("progress", .number(progress)),
            .init("total", .number(Self.total)),
        ]
        if hasWords { parameters.append(.init("message", .string(words))) }
        send(RPC.notification("notifications/progress", .object(parameters)))
    }
}

/// Where a job stands, from what is told about it.
///
/// Proof: `JobProgressTests`.
struct JobProgress {
    /// What was told last.
    private(set) var value = -1.0
    private var characterCount = 0
    private var items: [Int: BatchItem.State] = [:]
    private var lastTold = ContinuousClock.now - .seconds(1)

    /// Takes an event.
    ///
    /// - Returns: a number greater than all before, and words; nil when there is nothing to tell.
    mutating func take(
        _ event: JobEvent.Body, at now: ContinuousClock.Instant = .now
    ) -> (value: Double, words: String)? {
        guard let (step, words) = step(event, now) else { return nil }
        // Later drafts and attempts go through steps again: then it creeps.
        value = step > value ? step : creeping
        lastTold = now
        return (value, words)
    }

    private var creeping: Double { value + (ProgressTeller.total - value) * 0.04 }

    private mutating func step(_ event: JobEvent.Body, _ now: ContinuousClock.Instant) -> (Double, String)? {
        switch event {
        case .status(.queued, let position):
            return (0, position.map { "waiting at place \($0)" } ?? "waiting")
        case .status(.running, _): return (0.1, "begun")
        case .stage(let stage): return Self.step(stage)
        case .delta(_, let text):
            characterCount += text.utf8.count
            guard lastTold.duration(to: now) >= .milliseconds(500) else { return nil }
            let share = Double(characterCount) / Double(characterCount + 4000)
            return (3 + 0.9 * share, "\(characterCount) characters are written")
        case .scored(let score):
            guard let total = score.total else { return (creeping, "draft \(score.attempt) could not be shown") }
            return (creeping, "draft \(score.attempt) scores \(total.headerText)")
        case .repaired(let repair):
            return (creeping, "\(repair.change): \(repair.outcome == .kept ? "kept" : "not kept")")
        case .item(let event): return item(event)
        case .progress(let progress):
            return (1 + 4.5 * (progress.fraction ?? 0), progress.words ?? "the stage is \(progress.stage.rawValue)")
        case .restart(let attempt): return (creeping, "begun again, for the \(attempt). time")
        case .succeeded: return (ProgressTeller.total, "saved")
        case .status, .draft, .receipt, .file, .usage, .failed, .cancelled: return nil
        }
    }

    private static func step(_ event: StageEvent) -> (Double, String) {
        switch event.stage {
        case .decode: (1, "the picture is read")
        case .encode: (2, event.tokens.map { "the picture is seen: \($0) tokens" } ?? "the picture is seen")
        case .prefill: (2.5, "the prompt is read")
        case .write: (3, "the page is being written")
        case .measure: (4, "the page is shown and compared")
        case .save: (5.9, "the files are saved")
        case .observe: (1, "the recording is looked at")
        case .convert: (1, "pages are made")
        case .share: (5.6, "what recurs is looked for")
        case .describe: (5.6, "the steps are described")
        case .replay: (5.7, "the prototype is tried")
        }
    }

    // Designs of a batch count alike; how many there are shows in the beginning, when each is told of.
    private mutating func item(_ event: ItemEvent) -> (Double, String)? {
        items[event.index] = event.item.state
        let ended = items.values.count { $0 == .done || $0 == .failed }
        guard event.item.state == .done || event.item.state == .failed else { return nil }
        return (1 + 4.5 * Double(ended) / Double(items.count), "\(ended) of \(items.count) designs")
    }
}
