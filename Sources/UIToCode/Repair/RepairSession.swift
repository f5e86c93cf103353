// One run of repairs: the page as it stands, and the only place where it changes. Invariants: the page's total never
// falls; every page that was shown stands in `steps`, once it is decided; a page that was not kept leaves nothing.
import Render

/// The page while it is repaired.
struct RepairSession {
    private let stage: RepairStage
    private let acceptance: Acceptance
    private let tell: (RepairStep) -> Void
    // What the present repair tried by itself without success, in words.
    private var refused: Set<String> = []

    private(set) var page: RepairPage
    private(set) var view: PageView
    private(set) var steps: [RepairStep] = []
    private(set) var isOutOfTime = false

    // A page that may be kept, with its step, which is not in `steps` before that is decided.
    private struct Candidate {
        var page: RepairPage
        var step: RepairStep
        var total: Double { page.report.score.total }
    }

    init(_ draft: RepairPage, on stage: RepairStage, tolerance: Double, tell: @escaping (RepairStep) -> Void) {
        self.stage = stage
        self.tell = tell
        acceptance = Acceptance(tolerance: tolerance, draft: draft.report.score)
        page = draft
        view = PageView(document: draft.document, screenshot: draft.screenshot, design: stage.design)
    }

    /// How many changes were kept so far.
    var keptCount: Int { steps.count { $0.outcome == .kept } }

    /// Whether there is no time, or nothing more to gain.
    var isEnded: Bool { isOutOfTime || page.report.score.total >= 1 - Acceptance.leastGain }

    /// Tries what a repair proposes, until it proposes nothing new, its trials are used up, or the time is spent.
    mutating func carryOut(_ repair: any Repair) async throws(RepairError) {
        var tried: Set<String> = []
        refused = []
        while tried.count < repair.trialLimit, !isEnded {
            let trials = repair.trials(for: view).filter { !tried.contains($0.name) }
            guard !trials.isEmpty else { return }
            let kept = keptCount
            for trial in trials.prefix(repair.trialLimit - tried.count) {
                tried.insert(trial.name)
                try await carryOut(trial, of: repair.name)
                // The others were proposed for the page as it was.
                if keptCount > kept || isEnded { break }
            }
        }
    }

    private mutating func carryOut(_ trial: Trial, of repair: String) async throws(RepairError) {
        let changes = trial.changes.filter { !refused.contains($0.words) }
        switch trial.manner {
        case .best:
            if let best = try await best(of: changes, repair) { keep(best) }
        case .first:
            for change in changes {
                guard let candidate = try await attempt(change, repair) else { continue }
                return keep(candidate)
            }
        case .together:
            try await halve(changes[...], repair)
        case .descent:
            try await descend(changes, repair)
        }
    }

    // MARK: Manners

    private mutating func best(of changes: [Change], _ repair: String) async throws(RepairError) -> Candidate? {
        var best: Candidate?
        for candidate in try await attempt(changes, repair).compactMap(\.candidate) {
            guard let other = best else {
                best = candidate
                continue
            }
            let isBetter = candidate.total > other.total
            refuse(isBetter ? other : candidate, "another value does better")
            if isBetter { best = candidate }
        }
        return best
    }

    private mutating func halve(_ changes: ArraySlice<Change>, _ repair: String) async throws(RepairError) {
        guard !changes.isEmpty else { return }
        if let candidate = try await attempt(.joined(Array(changes)), repair) { return keep(candidate) }
        guard changes.count > 1 else { return }
        let middle = changes.startIndex + changes.count / 2
        try await halve(changes[..<middle], repair)
        try await halve(changes[middle...], repair)
    }

    // Goes from value to value along one axis after the other, until no axis gives a better one. The way is led by the
    // total and by how well the lines of text agree, wherever they lie: a value that is right may cost much until the
    // next one is right too. Where the way ends is kept, or else the best page that was shown.
    private mutating func descend(_ changes: [Change], _ repair: String) async throws(RepairError) {
        let axes: [String] = changes.reduce(into: []) { if !$0.contains($1.axis) { $0.append($1.axis) } }
        var chosen: [Change] = []
        var reached = page.report.score.total + view.agreement
        var candidates: [(candidate: Candidate, guide: Double)] = []
        var seen: Set<Set<String>> = [[]]
        var idle = 0
        for axis in axes + axes where idle < axes.count && !isOutOfTime {
            let others = chosen.filter { $0.axis != axis }
            // What the axis has now is a value too, once another was chosen.
            let ways = (changes.filter { $0.axis == axis }.map { others + [$0] } + [others])
                .filter { seen.insert(Set($0.map(\.words))).inserted }
            idle += 1
            for (way, attempt) in zip(ways, try await attempt(ways.map(Change.joined), repair)) {
                guard let page = attempt.page else { continue }
                let shown = PageView(document: page.document, screenshot: page.screenshot, design: stage.design)
                let guide = page.report.score.total + shown.agreement
                if let candidate = attempt.candidate { candidates.append((candidate, guide)) }
                guard guide > reached else { continue }
                (reached, chosen, idle) = (guide, way, 0)
            }
        }
        let last = candidates.firstIndex { $0.guide == reached }
        let end = last ?? candidates.indices.max { candidates[$0].candidate.total < candidates[$1].candidate.total }
        for index in candidates.indices where index != end {
            refuse(candidates[index].candidate, "another value does better")
        }
        if let end { keep(candidates[end].candidate) }
    }

    // MARK: Attempts

    private mutating func attempt(_ change: Change, _ repair: String) async throws(RepairError) -> Candidate? {
        try await attempt([change], repair).first?.candidate
    }

    // Shows each change by itself, and notes it as refused or failed, or for now as kept. What has no candidate is not
    // to be kept. Fewer attempts than changes when the time is spent.
    private mutating func attempt(
        _ changes: [Change], _ repair: String
    ) async throws(RepairError) -> [(candidate: Candidate?, page: RepairPage?)] {
        let showings = await stage.show(changes, on: page)
        guard !Task.isCancelled else { throw .cancelled }
        isOutOfTime = isOutOfTime || showings.count < changes.count
        return zip(changes, showings).map { change, showing in
            var step = RepairStep(
                repair: repair, change: change.words, before: page.report.score, outcome: .failed,
                seconds: showing.seconds)
            var candidate: Candidate?
            switch showing.page {
            case .failure(let failure): step.reason = failure.reason
            case .success(let shown):
                step.after = shown.report.score
                step.reason = acceptance.objection(to: shown.report.score, before: page.report.score)
                step.outcome = step.reason == nil ? .kept : .refused
                if step.reason == nil { candidate = Candidate(page: shown, step: step) }
            }
            if candidate == nil {
                refused.insert(change.words)
                note(step)
            }
            return (candidate, try? showing.page.get())
        }
    }

    private mutating func keep(_ candidate: Candidate) {
        page = candidate.page
        view = PageView(document: page.document, screenshot: page.screenshot, design: stage.design)
        note(candidate.step)
    }

    private mutating func refuse(_ candidate: Candidate, _ reason: String) {
        var step = candidate.step
        step.outcome = .refused
        step.reason = reason
        note(step)
    }

    private mutating func note(_ step: RepairStep) {
        steps.append(step)
        tell(step)
    }
}
