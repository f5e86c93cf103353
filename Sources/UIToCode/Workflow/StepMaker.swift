// Events → steps: what was done, to what, and what came of it; and from the steps the transitions and what is worth a note.
import Foundation
import Media
import Render

/// Makes the analysis of a course.
struct StepMaker {
    let course: Course
    let screens: [ScreenPage]
    let typed: [Int: TypedText.Reading]

    /// Seconds after which waiting is called so.
    static let longWait = 2.0
    /// Around a target, in the picture of it.
    private static let cropMargin = 4.0

    /// The analysis, without a replay, with a summary by rules.
    ///
    /// - Parameter album: gets the pictures.
    func report(name: String, engine: String, album: inout Album) throws(WorkflowError) -> WorkflowReport {
        let names = ScreenNames.names(of: screens, course)
        var made: [WorkflowReport.Screen] = []
        for index in screens.indices { made.append(try screen(index, names[index], &album)) }
        let searches = screens.indices.map { TargetSearch(screens[$0], window: course.window(of: $0)) }
        var steps: [WorkflowReport.Step] = []
        for index in course.events.indices { steps.append(try step(index, names, searches, &album)) }
        var report = WorkflowReport(
            name: name, video: video, engine: engine, redacted: course.redaction != nil,
            summary: .init(text: "", author: .rules), steps: steps, screens: made,
            transitions: transitions(steps), events: course.events.map(event), notes: notes(steps, made),
            seconds: .init(), files: [])
        report.summary.text = SummaryRules.text(of: report)
        return report
    }

    /// The id of a screen.
    static func id(_ screen: Int) -> String { "screen-\(screen + 1)" }

    private var video: WorkflowReport.Video {
        let info = course.observation.info
        return .init(
            format: info.format.rawValue, codec: info.codec, width: info.width, height: info.height,
            seconds: info.seconds.thousandths, framesPerSecond: info.framesPerSecond.thousandths,
            frameCount: info.frameCount, damage: course.observation.damage)
    }

    // MARK: Screens and events

    private func screen(_ index: Int, _ name: String, _ album: inout Album) throws(WorkflowError)
        -> WorkflowReport.Screen
    {
        let seen = course.screens[index]
        return .init(
            id: Self.id(index), name: name, picture: try album.add(try course.picture(of: index), as: Self.id(index)),
            page: nil,
            width: seen.image.width, height: seen.image.height, windowHeight: min(seen.windowHeight, seen.image.height),
            firstSeen: seen.firstSeen.thousandths,
            spans: seen.spans.map { TimeSpan(start: $0.start.thousandths, end: $0.end.thousandths) },
            below: seen.below.map(Self.id), score: screens[index].score?.thousandths, failure: screens[index].failure)
    }

    private func event(_ event: ObservedEvent) -> WorkflowReport.Event {
        .init(
            kind: event.kind, start: event.start.thousandths, end: event.end.thousandths, box: event.box.tenths,
            pointer: event.pointer, distance: event.distance, screenBefore: Self.id(event.screenBefore),
            screenAfter: Self.id(event.screenAfter), confidence: event.confidence.thousandths)
    }

    // MARK: Steps

    private func step(
        _ index: Int, _ names: [String], _ searches: [TargetSearch], _ album: inout Album
    ) throws(WorkflowError) -> WorkflowReport.Step {
        let (event, place) = (course.events[index], course.places[index])
        let id = "step-\(index + 1)"
        let aim = target(index, searches[event.screenBefore])
        let action: WorkflowReport.Action =
            switch event.kind {
            case .scroll: .scroll
            case .typing: .type
            // Something begins to move when it is clicked, or without anybody.
            case .animation: place.isByItself || aim?.role == nil ? .wait : .click
            case .navigation, .overlayOpen, .overlayClose, .change: place.isByItself ? .wait : .click
            }
        let found = action == .click || action == .type ? aim : nil
        var words = StepWords(
            action: action, kind: event.kind, target: found, text: typed[index]?.text, distance: event.distance,
            seconds: event.end - event.start, before: names[event.screenBefore], after: names[event.screenAfter])
        if course.redaction != nil, action == .type { words.text = Redaction.mark }
        return .init(
            id: id, start: event.start.thousandths, end: event.end.thousandths, action: action, kind: event.kind,
            by: action == .wait ? .app : .user,
            target: try found.map { found throws(WorkflowError) in try target(found, index, id, &album) },
            text: words.text, distance: event.distance, instruction: words.instruction, effect: words.effect,
            screenBefore: Self.id(event.screenBefore), screenAfter: Self.id(event.screenAfter), event: index,
            evidence: .init(
                before: try album.add(try course.frameBefore(index), as: id + "-before"),
                after: try album.add(try course.frameAfter(index), as: id + "-after")),
            confidence: confidence(event, action, found).thousandths, replay: nil)
    }

    private func target(_ index: Int, _ search: TargetSearch) -> FoundTarget? {
        let (event, place) = (course.events[index], course.places[index])
        let change = event.box.shifted(y: place.before)
        // What is typed stands where the text grew, wherever the pointer is.
        if event.kind == .typing {
            let middle = PixelPoint(x: change.center.x, y: change.center.y)
            return search.target(at: middle, change: change, wantsField: true)
        }
        let point = event.pointer.map { PixelPoint(x: $0.x, y: $0.y + place.before) }
        return search.target(at: point, change: change)
    }

    private func target(
        _ found: FoundTarget, _ index: Int, _ id: String, _ album: inout Album
    ) throws(WorkflowError) -> WorkflowReport.Target {
        let (event, place) = (course.events[index], course.places[index])
        let box = found.box.shifted(y: -place.before)
        let crop = try course.frameBefore(index).part(in: box.widened(by: Self.cropMargin))
        return .init(
            label: found.label, role: found.role, box: box.tenths, point: event.kind == .typing ? nil : event.pointer,
            crop: try crop.map { crop throws(WorkflowError) in try album.add(crop, as: id + "-target") },
            selector: found.selector)
    }

    // What was seen, less where nobody can tell what it was done to.
    private func confidence(
        _ event: ObservedEvent, _ action: WorkflowReport.Action, _ found: FoundTarget?
    ) -> Double {
        guard action == .click || action == .type else { return event.confidence }
        guard let found else { return event.confidence * 0.6 }
        return event.confidence * (found.selector == nil ? 0.75 : found.role == nil ? 0.9 : 1)
    }

    // MARK: What follows from them

    private func transitions(_ steps: [WorkflowReport.Step]) -> [WorkflowReport.Transition] {
        steps.filter { $0.screenBefore != $0.screenAfter }.map { step in
            .init(from: step.screenBefore, to: step.screenAfter, step: step.id, label: step.instruction)
        }
    }

    private func notes(_ steps: [WorkflowReport.Step], _ made: [WorkflowReport.Screen]) -> [WorkflowReport.Note] {
        var notes: [WorkflowReport.Note] = []
        var done = 0.0
        for step in steps {
            if step.start - done > Self.longWait {
                let seconds = (step.start - done).fixed(1)
                notes.append(
                    .init(kind: .pause, start: done, end: step.start, text: "Nothing happened for \(seconds) s."))
            }
            if step.end - step.start > Self.longWait, step.kind != .typing, step.kind != .scroll {
                let seconds = (step.end - step.start).fixed(1)
                notes.append(
                    .init(kind: .wait, start: step.start, end: step.end, text: "The screen was busy for \(seconds) s."))
            }
            done = max(done, step.end)
        }
        let moves = steps.filter { $0.kind == .navigation }
        for (there, (back, again)) in zip(moves, zip(moves.dropFirst(), moves.dropFirst(2)))
        where there.screenBefore == back.screenAfter && back.screenAfter == again.screenBefore
            && there.screenAfter == back.screenBefore && back.screenBefore == again.screenAfter
        {
            let (from, to) = (name(there.screenBefore, made), name(there.screenAfter, made))
            notes.append(
                .init(
                    kind: .backAndForth, start: there.start, end: again.end,
                    text: "“\(to)” was opened from “\(from)”, left again, and opened once more."))
        }
        for screen in made {
            guard let failure = screen.failure else { continue }
            notes.append(
                .init(
                    kind: .failure, start: screen.firstSeen, end: screen.firstSeen,
                    text: "The page of “\(screen.name)”: \(failure)."))
        }
        if let damage = course.observation.damage {
            let end = course.observation.info.seconds.thousandths
            notes.append(
                .init(kind: .damage, start: min(done, end), end: end, text: "The recording is damaged: \(damage)."))
        }
        return notes.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    }

    private func name(_ id: String, _ made: [WorkflowReport.Screen]) -> String {
        made.first { $0.id == id }?.name ?? id
    }
}
