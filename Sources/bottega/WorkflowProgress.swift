// What `workflow` tells while it works: plain lines, a bar that redraws itself, or lines for machines.
import Foundation
import Render
import UIToCode

/// Is told what happens, in order.
final class WorkflowProgress: Sendable {
    private enum Form { case lines, bar, json }

    private let form: Form
    private let pace = Pace(seconds: 0.2)

    init(json: Bool) { form = json ? .json : Output.isTerminal ? .bar : .lines }

    func happened(_ event: WorkflowEvent) {
        switch form {
        case .json: if let line = Line(event), isDue(event) { Output.result(JSONText.line(line)) }
        case .bar:
            if let (share, words) = Self.share(event), isDue(event) { Output.draw(ProgressBar.line(share, words)) }
        case .lines: if let words = Self.words(event) { Output.tell(words) }
        }
    }

    /// The analysis is on disk.
    func written(_ output: String, _ report: WorkflowReport) {
        if form == .bar { Output.draw(ProgressBar.cleared) }
        for note in report.notes where note.kind == .failure || note.kind == .damage { Output.complain(note.text) }
        guard form != .json else {
            Output.result(Written(output: output, workflow: report).line)
            return
        }
        let replay = report.replay.map { ", prototype reaches \($0.reached) of \($0.steps)" } ?? ""
        Output.tell(
            "\(report.steps.count) steps on \(report.screens.count) screens\(replay), done in "
                + report.seconds.total.short)
        Output.result(output + "/report.html")
    }

    // Many events a second are told now and then.
    private func isDue(_ event: WorkflowEvent) -> Bool {
        if case .observing = event { return pace.isDue }
        return true
    }

    private static func words(_ event: WorkflowEvent) -> String? {
        switch event {
        case .observing(let share): share == 0 ? "watching the recording" : nil
        case .observed(let events, let screens): "seen: \(events) events on \(screens) screens"
        case .converting(let index, let count, let isKept):
            "screen \(index) of \(count): \(isKept ? "kept from before" : "converting")"
        case .screen(_, .finished(let report)):
            report.receipt.map { "fidelity \($0.fidelity.score.total.score), \(report.totalSeconds.short)" }
        case .screen, .answered: nil
        case .summing: "the engine sums up"
        case .replaying(let index, let count): index == 1 ? "replaying \(count) steps" : nil
        case .writing: "writing"
        case .finished: nil
        }
    }

    // The bar: a tenth for watching, to nine tenths for the screens, the rest for the replay.
    private static func share(_ event: WorkflowEvent) -> (Double, String)? {
        switch event {
        case .observing(let share): (0.1 * share, "watching the recording")
        case .observed(let events, let screens): (0.1, "\(events) events on \(screens) screens")
        case .converting(let index, let count, _):
            (0.1 + 0.7 * Double(index - 1) / Double(count), "screen \(index)/\(count)")
        case .screen, .answered: nil
        case .summing: (0.8, "summing up")
        case .replaying(let index, let count):
            (0.82 + 0.17 * Double(index - 1) / Double(count), "replaying step \(index)/\(count)")
        case .writing: (0.99, "writing")
        case .finished: nil
        }
    }

    /// The last line for machines: keys in snake case, as `workflow.json` has them.
    private struct Written: Encodable {
        var event = "written"
        let output: String
        let workflow: WorkflowReport

        var line: String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            do { return String(decoding: try encoder.encode(self), as: UTF8.self) } catch {
                preconditionFailure("an analysis always has a JSON form: \(error)")
            }
        }
    }

    /// One line for machines.
    private struct Line: Encodable {
        var event: String
        var share: Double?
        var events: Int?
        var screens: Int?
        var index: Int?
        var count: Int?
        var isKept: Bool?
        var total: Double?
        var seconds: Double?

        init?(_ event: WorkflowEvent) {
            switch event {
            case .observing(let share):
                self.event = "observing"
                self.share = share.micro
            case .observed(let events, let screens):
                self.event = "observed"
                (self.events, self.screens) = (events, screens)
            case .converting(let index, let count, let isKept):
                self.event = "converting"
                (self.index, self.count, self.isKept) = (index, count, isKept)
            case .screen(let index, .finished(let report)):
                self.event = "converted"
                self.index = index
                total = report.receipt?.fidelity.score.total.micro
                seconds = report.totalSeconds.micro
            case .replaying(let index, let count):
                self.event = "replaying"
                (self.index, self.count) = (index, count)
            case .summing: self.event = "summing"
            case .writing: self.event = "writing"
            case .screen, .answered, .finished: return nil
            }
        }
    }
}
