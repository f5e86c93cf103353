// The prototype beside the recording: every step is done in a browser, and what its window shows then is compared with the
// recording's first frame at rest.
//
// A step's screen is reached when the page that is shown is that of the screen, and the window scores at least what the
// screen's page scored beside the screen itself, less `tolerance`: a prototype cannot be more faithful than its pages. After
// a step that failed, the next one begins on the page where the recording was.
import Foundation
import Media
import Render

/// Replays a prototype.
struct Replayer {
    let driver: any PageDriving
    let course: Course
    let prototype: Prototype

    /// What a window may score less than the page's conversion: it shows a part of it, and what was typed.
    static let tolerance = 0.05
    /// Seconds for a session: to open it, and for every step.
    private static let opening = 30.0
    private static let perStep = 20.0

    /// Does the steps, and writes into the analysis how it went. A browser that fails costs the replay and is noted.
    ///
    /// - Throws: `cancelled`.
    func replay(
        _ report: inout WorkflowReport, _ progress: @Sendable (WorkflowEvent) -> Void
    ) async throws(WorkflowError) {
        let steps = report.steps
        let scores = report.screens.map(\.score)
        guard !steps.isEmpty else { return }
        let replays: [WorkflowReport.StepReplay]
        do {
            let seconds = Self.opening + Self.perStep * Double(steps.count)
            replays = try await driver.drive(
                prototype.pageFiles, viewport: course.window(of: 0), seconds: seconds
            ) { session in
                var replays: [WorkflowReport.StepReplay] = []
                for index in steps.indices {
                    progress(.replaying(index: index + 1, count: steps.count))
                    replays.append(try await replay(index, session, scores))
                }
                return replays
            }
        } catch RenderError.cancelled {
            throw .cancelled
        } catch {
            guard !Task.isCancelled else { throw .cancelled }
            report.notes.append(
                .init(kind: .failure, start: 0, end: 0, text: "The prototype was not replayed: \(error)."))
            return
        }
        for (index, replay) in replays.enumerated() { report.steps[index].replay = replay }
        let reached = replays.count { $0.isReached }
        report.replay = .init(
            steps: replays.count, reached: reached,
            share: (Double(reached) / Double(replays.count)).thousandths, tolerance: Self.tolerance)
    }

    private func replay(
        _ index: Int, _ session: PageSession, _ scores: [Double?]
    ) async throws -> WorkflowReport.StepReplay {
        let (event, place) = (course.events[index], course.places[index])
        let start = prototype.pages[event.screenBefore]
        if try await session.path != start { try await session.open(start) }
        try await scroll(session, to: place.before)
        try await act(prototype.acts[index], session, goal: prototype.pages[event.screenAfter])
        let (page, expected) = (try await session.path, prototype.pages[event.screenAfter])
        let required = max(0, (scores[event.screenAfter] ?? 0) - Self.tolerance).thousandths
        guard page == expected else {
            return .init(page: page, expected: expected, score: nil, required: required, isReached: false)
        }
        let shot = try await session.screenshot()
        let score = Fidelity.score(of: Sight(shot), against: Sight(estimating: try course.frameAfter(index))).score
            .total.thousandths
        return .init(page: page, expected: expected, score: score, required: required, isReached: score >= required)
    }

    private func act(_ act: Prototype.Act, _ session: PageSession, goal: String) async throws {
        switch act {
        case .click(let point):
            try await session.click(x: point.x, y: try await inSight(point, session))
        case .type(let point, let text):
            try await session.click(x: point.x, y: try await inSight(point, session))
            try await session.type(text)
        case .scroll(let distance):
            try await session.scroll(x: distance.x, y: distance.y)
        case .key:
            try await session.press(.enter)
        case .wait(let seconds):
            let patience = ContinuousClock.now + .seconds(min(3, seconds) + 2)
            while try await session.path != goal, ContinuousClock.now < patience {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    // Where a place of the page is in the window, which is scrolled there if need be.
    private func inSight(_ point: PixelPoint, _ session: PageSession) async throws -> Double {
        let height = Double(course.window(of: 0).height)
        var y = point.y - (try await session.scrollPosition.y)
        if y < 0 || y >= height {
            try await session.scroll(y: y - height / 2)
            y = point.y - (try await session.scrollPosition.y)
        }
        return y
    }

    private func scroll(_ session: PageSession, to place: Double) async throws {
        let way = place - (try await session.scrollPosition.y)
        if abs(way) >= 1 { try await session.scroll(y: way) }
    }
}
