// Brings a page closer to its design without a model: the door of the repairs. The order is from what moves everything
// to what moves little, so that later repairs look at a page whose rough faults are gone.
public import Render

/// Repairs pages, never for the worse.
///
///     let repairs = Repairs(renderer: try Renderer())
///     let outcome = try await repairs.run(
///         project: draft, entry: "index.html", design: Sight(estimating: picture),
///         viewport: Viewport(width: picture.width, height: picture.height))
///     try outcome.project.write(to: "out")
///
/// With the same renderer, page and design the outcome is the same, unless the time runs out.
public struct Repairs: Sendable {
    private let renderer: any PageRendering
    private let options: RepairOptions
    private let score: RepairStage.Score
    private let repairs: [any Repair]

    /// Prepares repairs; costs nothing.
    public init(renderer: any PageRendering, options: RepairOptions = RepairOptions()) {
        self.init(renderer: renderer, options: options, repairs: Self.all) { result, design in
            Fidelity.score(of: result, against: design)
        }
    }

    /// Prepares some repairs, judged by a score of the caller's.
    init(
        renderer: any PageRendering, options: RepairOptions, repairs: [any Repair], score: @escaping RepairStage.Score
    ) {
        self.renderer = renderer
        self.options = options
        self.repairs = repairs
        self.score = score
    }

    /// Every repair, in the order they are gone through.
    static let all: [any Repair] = [
        LookRepair(), PageRepair(), ImageRepair(), ColourRepair(), SizeRepair(), SpacingRepair(), ImageRepair(),
        ColourRepair(),
    ]

    /// Repairs one page of a project.
    ///
    /// - Parameters:
    ///   - entry: the path of the page.
    ///   - design: what the page should look like.
    ///   - viewport: the window in which the page is compared.
    ///   - progress: called with every step, in the order of the trace.
    /// - Throws: `page` when the project has no such page, `render` when the draft cannot be shown, `cancelled`.
    /// - Returns: the page as it was, or a better one.
    public func run(
        project: Project, entry: String, design: Sight, viewport: Viewport,
        progress: @escaping (RepairStep) -> Void = { _ in }
    ) async throws(RepairError) -> RepairOutcome {
        let start = ContinuousClock.now
        let document: String
        do { document = try project.document(at: entry) } catch { throw .page(error) }
        let screenshot: Screenshot
        do {
            screenshot = try await renderer.render(PageFiles(project, entry: entry), viewport: viewport)
        } catch { throw error == .cancelled ? .cancelled : .render(error) }
        let draft = RepairPage(
            project: project, document: document, screenshot: screenshot, report: score(Sight(screenshot), design))
        let stage = RepairStage(
            renderer: renderer, score: score, entry: entry, design: design, viewport: viewport,
            deadline: start + .seconds(min(options.budgetSeconds, 1e9)))
        var session = RepairSession(draft, on: stage, tolerance: options.tolerance, tell: progress)
        for round in 0..<options.rounds where !session.isEnded {
            let kept = session.keptCount
            for repair in repairs where !session.isEnded && (round == 0 || !repair.isDoneOnce) {
                try await session.carryOut(repair)
            }
            if session.keptCount == kept { break }
        }
        return RepairOutcome(
            project: session.page.project, screenshot: session.page.screenshot, report: session.page.report,
            draft: draft.report.score, steps: session.steps, seconds: start.duration(to: .now).seconds,
            isOutOfTime: session.isOutOfTime)
    }
}

extension Project {
    // The text of a page in UTF-8.
    fileprivate func document(at path: String) throws(EditError) -> String {
        guard let bytes = self[path] else { throw .fileMissing(path: path) }
        guard Self.mediaType(of: path).hasPrefix("text/html"), let text = String(validating: bytes, as: UTF8.self)
        else { throw .notHTML(path: path) }
        return text
    }
}
