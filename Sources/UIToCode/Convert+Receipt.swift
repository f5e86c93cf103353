// The draft's way to the best page that can be had of it: every draft is shown and scored beside its design, the best is
// chosen and repaired, and what was found on the way is the receipt. A browser that fails costs the receipt, or the
// repairs, never the conversion.
import Inference
import Media
public import Render

/// How drafts after the first are made.
enum Attempts {
    /// Their lowest temperature: below it drafts hardly differ.
    static let temperature = 0.4
    /// So many typefaces are tried for a page that is measured and read.
    static let typefaces = 4
    /// A total of a measured draft that a written one would hardly pass.
    static let plenty = 0.95
    /// Repairs hardly bring a draft farther than this.
    static let reach = 0.1
}

extension Convert {
    /// Converts a design, chooses among drafts, repairs the chosen one and measures what comes of it.
    ///
    /// - Returns: the costs without `files` and `totalSeconds`; tokens and seconds are those of all drafts.
    func measured(
        _ design: Design, _ renderer: any PageRendering, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        let bench = Bench(design, renderer, entry: StackTemplate.pageName)
        var (drafts, costs) = try await drafts(of: design, bench, progress)
        let writeSeconds = drafts.reduce(0) { $0 + $1.writeSeconds }
        var best = Self.best(of: drafts)
        guard var shown = drafts[best].shown else {
            drafts[best].attempt.isChosen = true
            costs.finishReason = drafts[best].finishReason
            costs.unmeasured = drafts[best].attempt.failure
            costs.measureSeconds = bench.seconds - writeSeconds
            return (drafts[best].project, costs)
        }
        var outcome = try await repaired(drafts, best, shown, bench, progress)
        // Repairs may bring another draft further than the best: the first, so that more drafts never make a page worse than
        // one would, and one that was made in the other manner and comes near.
        let least = shown.report.score.total - Attempts.reach
        let other = drafts.firstIndex {
            $0.attempt.isMeasured != drafts[0].attempt.isMeasured && ($0.total ?? 0) >= least
        }
        let rivals = options.repair == nil ? [] : [0, other].compactMap { $0 }.filter { $0 != best }
        for rival in rivals {
            guard let start = drafts[rival].shown else { continue }
            let challenge = try await repaired(drafts, rival, start, bench, progress)
            let seconds = outcome.seconds + challenge.seconds
            if challenge.report.score.total > outcome.report.score.total {
                (best, shown, outcome) = (rival, start, challenge)
            }
            outcome.seconds = seconds
        }
        drafts[best].attempt.isChosen = true
        costs.finishReason = drafts[best].finishReason
        if let bounds = options.repair {
            outcome = try await repairedByModel(
                outcome, of: design, on: bench, bounds: bounds, costs: &costs
            ) { progress(.repaired(attempt: best + 1, $0)) }
        }
        costs.receipt = bench.receipt(of: outcome, draft: shown, attempts: drafts.map(\.attempt))
        costs.pictures = bench.pictures(of: outcome, draft: shown)
        costs.elements = outcome.screenshot.elements
        costs.measureSeconds = bench.seconds - writeSeconds
        return (outcome.project, costs)
    }

    // The one with the highest total, ties to the first; one that could not be shown only when none could.
    private static func best(of drafts: [ScoredDraft]) -> Int {
        var best = 0
        for index in drafts.indices where (drafts[index].total ?? -1) > (drafts[best].total ?? -1) { best = index }
        return best
    }

    // How a draft is made.
    private struct Manner {
        var sampling: Sampling
        var isMeasured: Bool
        /// Whether it is left out when the first draft leaves little to gain.
        var isSpare = false
    }

    // As many as are asked for; a design that is measured and that the model can write whole is written besides, should the
    // measured page not be like it. Pages that are written differ more from each other than readings of the same lines.
    private func manners(for design: Design) -> [Manner] {
        let isWrittenToo = readsLines && !isLarge(design)
        var manners = (0..<max(1, options.attempts)).map { number in
            Manner(sampling: sampling(of: number), isMeasured: readsLines && (number == 0 || !isWrittenToo))
        }
        if isWrittenToo {
            manners.insert(Manner(sampling: options.sampling, isMeasured: false, isSpare: true), at: 1)
        }
        return manners
    }

    // At least one draft.
    private func drafts(
        of design: Design, _ bench: Bench, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (drafts: [ScoredDraft], costs: ConvertReport) {
        var drafts: [ScoredDraft] = []
        var costs = ConvertReport()
        var fault: ConvertError?
        var number = 0
        for manner in manners(for: design) {
            if number > 0, let budget = options.budgetSeconds, bench.seconds >= budget { break }
            if manner.isSpare, let total = drafts.first?.total, total >= Attempts.plenty { continue }
            let start = bench.seconds
            number += 1
            do {
                // Only the first draft is told while it is written: one page is watched, not several.
                let isFirst = number == 1
                let tell = { (event: ConvertEvent) in if isFirst { progress(event) } }
                let read = manner.isMeasured ? try await readScreen(of: design, manner.sampling, tell) : nil
                if manner.isMeasured, read == nil, !isLarge(design) {
                    number -= 1  // it is written next
                    continue
                }
                let (project, report) =
                    if let read {
                        (try read.screen.project(), read.report)
                    } else {
                        try await written(design, manner.sampling, tell)
                    }
                costs.add(report)
                if isFirst, let page = project[bench.entry] {
                    progress(.draft(path: bench.entry, html: String(decoding: page, as: UTF8.self)))
                }
                progress(.drafted(attempt: number))
                var draft = ScoredDraft(
                    project: project, finishReason: report.finishReason, writeSeconds: bench.seconds - start,
                    attempt: Receipt.Attempt(
                        temperature: manner.sampling.temperature, seed: manner.sampling.seed,
                        isMeasured: read != nil))
                try await bench.show(&draft)
                if let read { try await typeset(read.screen, &draft, on: bench) }
                draft.attempt.seconds = bench.seconds - start
                drafts.append(draft)
                progress(.scored(attempt: number, total: draft.total, failure: draft.attempt.failure))
            } catch {
                guard error != .cancelled else { throw error }
                fault = fault ?? error
                progress(.scored(attempt: number, total: nil, failure: "\(error)"))
            }
        }
        if let fault, drafts.isEmpty { throw fault }
        return (drafts, costs)
    }

    // In which typeface a page is set tells itself when it is shown: the likeliest ones are tried.
    private func typeset(
        _ screen: ReadScreen, _ draft: inout ScoredDraft, on bench: Bench
    ) async throws(ConvertError) {
        guard draft.shown != nil else { return }
        for typeface in try screen.typefaces.prefix(Attempts.typefaces).dropFirst() {
            if let budget = options.budgetSeconds, bench.seconds >= budget { return }
            var other = draft
            other.project = try screen.project(in: typeface)
            try await bench.show(&other)
            if let total = other.total, total > draft.total ?? 0 { draft = other }
        }
    }

    private func sampling(of number: Int) -> Sampling {
        guard number > 0 else { return options.sampling }
        var sampling = options.sampling
        sampling.temperature = max(Attempts.temperature, sampling.temperature)
        sampling.seed &+= UInt64(number)
        return sampling
    }

    // The draft as it is when repairs are not wanted, or cannot begin.
    private func repaired(
        _ drafts: [ScoredDraft], _ index: Int, _ shown: Bench.Shown, _ bench: Bench, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> RepairOutcome {
        let project = drafts[index].project
        let untouched = RepairOutcome(unrepaired: project, shown)
        guard var bounds = options.repair else { return untouched }
        if let budget = options.budgetSeconds {
            bounds.budgetSeconds = min(bounds.budgetSeconds, max(0, budget - bench.seconds))
        }
        do {
            return try await withoutActuallyEscaping(progress) { progress async throws(RepairError) in
                try await Repairs(renderer: bench.renderer, options: bounds).run(
                    project: project, entry: bench.entry, design: bench.sight, viewport: bench.viewport
                ) { progress(.repaired(attempt: index + 1, $0)) }
            }
        } catch .cancelled {
            throw .cancelled
        } catch {
            return untouched
        }
    }
}

/// One draft on its way.
private struct ScoredDraft {
    var project: Project
    let finishReason: GenerationSummary.FinishReason
    /// Seconds until it was written.
    let writeSeconds: Double
    var attempt: Receipt.Attempt
    /// Nil until it was shown, and when it could not be.
    var shown: Bench.Shown?

    /// What it scored.
    var total: Double? { shown?.report.score.total }
}

/// Where pages are held beside their design.
struct Bench {
    /// A page that was shown.
    struct Shown {
        let screenshot: Screenshot
        let report: FidelityReport
    }

    let name: String
    let sight: Sight
    let renderer: any PageRendering
    let entry: String
    let viewport: Viewport
    private let start = ContinuousClock.now

    fileprivate init(_ design: Design, _ renderer: any PageRendering, entry: String) {
        name = design.name
        sight = Sight(estimating: design.image)
        self.renderer = renderer
        self.entry = entry
        viewport = Viewport(width: design.image.width, height: design.image.height)
    }

    /// Seconds since the conversion began.
    var seconds: Double { start.duration(to: .now).seconds }

    /// A project's page in the design's window.
    func screenshot(of project: Project) async throws(RenderError) -> Screenshot {
        try await renderer.render(PageFiles(project, entry: entry), viewport: viewport)
    }

    /// Shows and scores a draft, or says in it why that cannot be.
    ///
    /// - Throws: `cancelled`.
    fileprivate func show(_ draft: inout ScoredDraft) async throws(ConvertError) {
        do {
            let screenshot = try await screenshot(of: draft.project)
            let report = Fidelity.score(of: Sight(screenshot), against: sight)
            draft.shown = Shown(screenshot: screenshot, report: report)
            draft.attempt.total = report.score.total
        } catch .cancelled {
            throw .cancelled
        } catch {
            draft.attempt.failure = "\(error)"
        }
    }

    fileprivate func receipt(of outcome: RepairOutcome, draft: Shown, attempts: [Receipt.Attempt]) -> Receipt {
        let page = outcome.screenshot
        return Receipt(
            design: name, entry: entry, viewport: viewport, fidelity: outcome.report, draft: draft.report.score,
            attempts: attempts, steps: outcome.steps, isOutOfTime: outcome.isOutOfTime,
            accessibility: page.accessibility, overflow: page.overflow, console: page.console, refused: page.refused,
            repairSeconds: outcome.seconds)
    }

    fileprivate func pictures(of outcome: RepairOutcome, draft: Shown) -> ReceiptPictures {
        let result = outcome.screenshot.image
        return ReceiptPictures(
            design: sight.image, result: result, draft: draft.screenshot.image == result ? nil : draft.screenshot.image,
            heatMap: Fidelity.heatMap(of: result, against: sight.image))
    }
}

extension PageRendering {
    /// Holds a page beside its design as it is, and changes nothing.
    ///
    /// - Parameters:
    ///   - path: the project's page.
    ///   - before: what the page scored before somebody changed it, told as the receipt's `draft`; nil for nothing else
    ///     than what it scores now.
    /// - Returns: a receipt without attempts and steps.
    public func receipt(
        of project: Project, page path: String, beside design: Design, before: FidelityScore? = nil
    ) async throws(RenderError) -> (receipt: Receipt, pictures: ReceiptPictures) {
        let bench = Bench(design, self, entry: path)
        let screenshot = try await bench.screenshot(of: project)
        let shown = Bench.Shown(
            screenshot: screenshot, report: Fidelity.score(of: Sight(screenshot), against: bench.sight))
        let outcome = RepairOutcome(unrepaired: project, shown)
        var receipt = bench.receipt(of: outcome, draft: shown, attempts: [])
        if let before { receipt.draft = before }
        return (receipt, bench.pictures(of: outcome, draft: shown))
    }
}

extension RepairOutcome {
    /// A page as it was shown, which nothing was done to.
    fileprivate init(unrepaired project: Project, _ shown: Bench.Shown) {
        self.init(
            project: project, screenshot: shown.screenshot, report: shown.report, draft: shown.report.score, steps: [],
            seconds: 0, isOutOfTime: false)
    }
}

extension PageFiles {
    /// A project as a browser is given it.
    init(_ project: Project, entry: String) {
        self.init(
            entry: entry, files: Dictionary(project.files.map { ($0.path, $0.bytes) }) { first, _ in first })
    }
}

extension ConvertReport {
    /// Adds what one more draft cost.
    mutating func add(_ other: ConvertReport) {
        decodeSeconds = other.decodeSeconds
        encodeSeconds += other.encodeSeconds
        prefillSeconds += other.prefillSeconds
        generateSeconds += other.generateSeconds
        visionTokens += other.visionTokens
        promptTokens += other.promptTokens
        cachedTokens += other.cachedTokens
        reusedImages += other.reusedImages
        completionTokens += other.completionTokens
    }
}
