// Where changed pages are made, shown and scored, up to two at once. It changes nothing: what it gives back is a page
// that could take the place of the present one, or the reason why there is none.
import Render

/// A page as it stands, or as it could stand.
struct RepairPage: Sendable {
    var project: Project
    /// The page as it is written, in `project` too.
    var document: String
    var screenshot: Screenshot
    var report: FidelityReport
}

/// Makes, shows and scores pages.
struct RepairStage: Sendable {
    /// What compares two sights; `Fidelity.score` outside tests.
    typealias Score = @Sendable (_ result: Sight, _ design: Sight) -> FidelityReport

    /// A page, or why it could not be made or shown; with the seconds it took.
    struct Showing: Sendable {
        var page: Result<RepairPage, Failure>
        var seconds: Double
    }

    /// Why a page could not be made or shown, in words.
    struct Failure: Error {
        var reason: String
    }

    /// How many pages are shown at once.
    static let pagesAtOnce = 2

    let renderer: any PageRendering
    let score: Score
    let entry: String
    let design: Sight
    let viewport: Viewport
    let deadline: ContinuousClock.Instant

    /// Whether the time is spent.
    var isOutOfTime: Bool { ContinuousClock.now >= deadline }

    /// Shows the page with each of some changes by itself.
    ///
    /// - Returns: in the order of the changes; fewer when the time is spent before the last was begun.
    func show(_ changes: [Change], on page: RepairPage) async -> [Showing] {
        await withTaskGroup(of: (Int, Showing).self) { group in
            var showings: [Int: Showing] = [:]
            for (index, change) in changes.enumerated() {
                if index >= Self.pagesAtOnce, let (number, showing) = await group.next() { showings[number] = showing }
                guard !isOutOfTime, !Task.isCancelled else { break }
                group.addTask { (index, await show(change, on: page)) }
            }
            for await (number, showing) in group { showings[number] = showing }
            return showings.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Shows the page with a change.
    func show(_ change: Change, on page: RepairPage) async -> Showing {
        let start = ContinuousClock.now
        let result = await made(change, on: page)
        return Showing(page: result, seconds: start.duration(to: .now).seconds)
    }

    private func made(_ change: Change, on page: RepairPage) async -> Result<RepairPage, Failure> {
        let project: Project, document: String
        do { (project, document) = try applied(change, to: page) } catch {
            return .failure(Failure(reason: "\(error)"))
        }
        let screenshot: Screenshot
        do {
            screenshot = try await renderer.render(PageFiles(project, entry: entry), viewport: viewport)
        } catch { return .failure(Failure(reason: "\(error)")) }
        return .success(
            RepairPage(
                project: project, document: document, screenshot: screenshot, report: score(Sight(screenshot), design)))
    }

    private func applied(_ change: Change, to page: RepairPage) throws -> (project: Project, document: String) {
        var project = page.project
        var editor = try DocumentEditor(page.document)
        for operation in change.operations { try editor.apply(operation) }
        let operations = StyleWriter.operations(
            for: change.styles, document: editor.text, elements: page.screenshot.elements)
        for operation in operations { try editor.apply(operation) }
        for file in change.files { try project.add(file.bytes, at: file.path) }
        project.replace(entry, with: Array(editor.text.utf8))
        return (project, editor.text)
    }
}
