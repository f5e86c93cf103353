// The screens' pages as one project that opens from disk: each screen a page, the first of them `index.html`, overlays too.
// What was clicked leads where the recording went. An element that led to several screens leads there in turn; where a page
// has no element at the place, an unseen spot lies there.
import Foundation
import Inference
import Render

/// A clickable prototype.
struct Prototype: Sendable {
    /// What is done at a step, in pixels of the page.
    enum Act: Sendable, Equatable {
        case click(PixelPoint)
        case type(PixelPoint, String)
        case scroll(PixelPoint)
        /// Enter, where nobody saw what was clicked.
        case key
        /// For so many seconds at most.
        case wait(Double)
    }

    /// The page of each screen, relative to the prototype.
    let pages: [String]
    /// Contents by path.
    private(set) var files: [(path: String, bytes: [UInt8])] = []
    /// One for each step.
    private(set) var acts: [Act] = []

    /// Builds it.
    init(_ report: WorkflowReport, _ course: Course, _ screens: [ScreenPage]) {
        let slugs = ScreenNames.slugs(of: report.screens.map(\.name))
        let pages = slugs.map { $0 + ".html" }
        self.pages = pages
        var wirings = screens.map { _ in PageWiring() }
        for (index, step) in report.steps.enumerated() {
            let (event, place) = (course.events[index], course.places[index])
            var goal = step.screenBefore == step.screenAfter ? PageWiring.stay : pages[event.screenAfter]
            // What follows by itself from a click that only sets something going follows from it here too.
            if Self.isFollowed(index, report.steps) {
                goal = PageWiring.later + pages[course.events[index + 1].screenAfter]
            }
            let box = step.target?.box.shifted(y: place.before)
            let point = Self.point(step, box, scrolled: place.before)
            switch step.action {
            case .click:
                if let box, let point {
                    wirings[event.screenBefore].click(step.target?.selector, box, step.target?.label, to: goal)
                    acts.append(.click(point))
                } else {
                    wirings[event.screenBefore].press(to: goal)
                    acts.append(.key)
                }
            case .type:
                let field = box ?? event.box.shifted(y: place.before)
                let isField = ["textbox", "combobox", "searchbox"].contains(step.target?.role)
                wirings[event.screenBefore].type(
                    isField ? step.target?.selector : nil, field, step.target?.label, to: goal)
                acts.append(
                    .type(point ?? PixelPoint(x: field.center.x, y: field.center.y), step.text ?? Redaction.mark))
            case .scroll:
                acts.append(.scroll(step.distance ?? PixelPoint(x: 0, y: place.after - place.before)))
            case .wait:
                if index == 0 || !Self.isFollowed(index - 1, report.steps) {
                    wirings[event.screenBefore].wait(event.end - event.start, to: goal)
                }
                acts.append(.wait(event.end - event.start))
            }
        }
        for (index, screen) in screens.enumerated() {
            add(screen, slugs[index], wirings[index], course.redaction)
        }
    }

    private static func isFollowed(_ index: Int, _ steps: [WorkflowReport.Step]) -> Bool {
        guard index + 1 < steps.count, steps[index].action == .click else { return false }
        let (step, next) = (steps[index], steps[index + 1])
        return step.screenBefore == step.screenAfter && next.action == .wait && next.screenBefore == step.screenAfter
            && next.screenAfter != next.screenBefore
    }

    /// The prototype as a browser is given it.
    var pageFiles: PageFiles {
        PageFiles(entry: pages[0], files: Dictionary(files.map { ($0.path, $0.bytes) }) { first, _ in first })
    }

    // Where it was clicked, if that is on the target, else its middle.
    private static func point(_ step: WorkflowReport.Step, _ box: Box?, scrolled: Double) -> PixelPoint? {
        guard let box else { return nil }
        if let point = step.target?.point.map({ PixelPoint(x: $0.x, y: $0.y + scrolled) }), box.contains(point) {
            return point
        }
        return PixelPoint(x: box.center.x, y: box.center.y)
    }

    private mutating func add(
        _ screen: ScreenPage, _ slug: String, _ wiring: PageWiring, _ redaction: Redaction?
    ) {
        var html = screen.html
        for file in screen.project.files where file.path != ScreenPage.entry {
            let path = "assets/\(slug)-" + file.path.replacing("assets/", with: "").replacing("/", with: "-")
            html = Self.renamed(html, file.path, to: path)
            var bytes = file.bytes
            if let redaction, Project.mediaType(of: path).hasSuffix("charset=utf-8") {
                bytes = Array(redaction.scrubbed(markup: String(decoding: bytes, as: UTF8.self)).utf8)
            }
            files.append((path, bytes))
        }
        html = wiring.applied(to: html)
        if let redaction { html = redaction.scrubbed(markup: html) }
        files.append((slug + ".html", Array(html.utf8)))
    }

    // The markup with a file's address changed wherever it stands as a whole.
    private static func renamed(_ html: String, _ old: String, to new: String) -> String {
        var html = html
        for (before, after) in [("\"", "\""), ("'", "'"), ("(", ")")] {
            for start in ["", "./"] {
                html = html.replacing(before + start + old + after, with: before + new + after)
            }
        }
        return html
    }
}
