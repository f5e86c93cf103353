// Steps in words: what somebody is to do, and what comes of it. And the whole in words that follow from the steps alone.
import Foundation
import Render

/// One step, about to be told.
struct StepWords {
    let action: WorkflowReport.Action
    let kind: ObservedEvent.Kind
    let target: FoundTarget?
    var text: String?
    let distance: PixelPoint?
    let seconds: Double
    /// Names of screens.
    let before, after: String

    /// `Click the button “Sign in”.`
    var instruction: String {
        switch action {
        case .click: "Click \(thing)."
        case .type: text.map { "Type “\($0)” into \(thing)." } ?? "Type into \(thing)."
        case .scroll: "Scroll \(way)."
        case .wait: isChange ? "Wait for “\(after)”." : "Wait \(seconds.fixed(1)) s."
        }
    }

    /// `“Dashboard” opens.`
    var effect: String {
        switch kind {
        case .navigation: isChange ? "“\(after)” opens." : "“\(after)” is shown anew."
        case .overlayOpen: "“\(after)” opens above “\(before)”."
        case .overlayClose: "“\(before)” closes; “\(after)” is back."
        case .change: isChange ? "“\(after)” is shown." : "A part of “\(before)” changes."
        case .typing: text.map { "The field reads “\($0)”." } ?? "The field has more text in it."
        case .scroll: "The content of “\(before)” moves."
        case .animation: isChange ? "“\(after)” appears." : "Something on “\(before)” moves by itself."
        }
    }

    private var isChange: Bool { before != after }

    // `the button “Sign in”`, `“Sign in”`, `the field`, `a place on “Sign in”`.
    private var thing: String {
        guard let target else { return action == .type ? "a field of “\(before)”" : "a place on “\(before)”" }
        let role = target.role.map { Self.roles[$0] ?? $0 }
        switch (role, target.label) {
        case (let role?, let label?): return "the \(role) “\(label)”"
        case (nil, let label?): return "“\(label)”"
        case (let role?, nil): return "the \(role) at \(place(target.box))"
        case (nil, nil):
            return action == .type ? "the field at \(place(target.box))" : "the place at \(place(target.box))"
        }
    }

    private func place(_ box: Box) -> String { "\(Int(box.center.x)), \(Int(box.center.y))" }

    private var way: String {
        guard let distance else { return "the content" }
        let ways = [(distance.y, "down", "up"), (distance.x, "right", "left")].filter { abs($0.0) >= 1 }
        guard !ways.isEmpty else { return "the content" }
        return ways.map { "\(Int(abs($0.0).rounded())) px \($0.0 > 0 ? $0.1 : $0.2)" }.joined(separator: " and ")
    }

    /// Words for roles that people do not use.
    private static let roles = [
        "textbox": "field", "combobox": "list", "switch": "switch", "menuitem": "menu entry", "searchbox": "field",
    ]
}

/// The whole recording in words.
enum SummaryRules {
    /// Steps that are told one by one.
    private static let told = 6

    /// A few sentences.
    static func text(of report: WorkflowReport) -> String {
        let done = report.steps.filter { $0.by == .user }
        let length = report.video.seconds.secondsWords
        let screens = report.screens.count.counted("screen")
        guard !done.isEmpty else {
            return "The recording of \(length) shows \(screens), and nobody did anything that could be seen."
        }
        var text = "The recording of \(length) shows \(done.count.counted("step")) on \(screens)"
        if let first = report.screens.first, let last = report.screen(done[done.count - 1].screenAfter) {
            text +=
                first.id == last.id
                ? ", beginning and ending on “\(first.name)”." : ", from “\(first.name)” to “\(last.name)”."
        }
        let notable = Array(done.filter { $0.action != .scroll }.prefix(told))
        if !notable.isEmpty {
            let words = notable.map { step in
                String(step.instruction.dropLast()).prefix(1).lowercased()
                    + String(step.instruction.dropLast()).dropFirst()
            }
            let rest = done.count - notable.count
            text += " Somebody is to " + words.joined(separator: ", then ")
            text += rest > 0 ? ", and \(rest.counted("step")) more." : "."
        }
        let waits = report.notes.filter { $0.kind == .wait || $0.kind == .pause }
        if !waits.isEmpty {
            let seconds = waits.reduce(0) { $0 + $1.end - $1.start }
            text +=
                " \(waits.count.counted("wait")) of more than 2 s \(waits.count == 1 ? "takes" : "take") "
                + "\(seconds.fixed(1)) s in all."
        }
        return text
    }
}
