// What was tried, what the page did, and how long it took: the tables under the pictures.
import Render

extension ReceiptPage {
    /// All sections under the pictures. What there is nothing to say about is left out, but for the page itself.
    var story: Markup {
        """
        \(receipt.steps.isEmpty ? nil : repairs)
        <div class="columns">
        \(receipt.attempts.isEmpty ? nil : attempts)
        \(accessibility)
        \(behaviour)
        \(times)
        </div>
        """
    }

    private static func section(_ id: String, _ title: String, _ content: Markup, wide: Bool = false) -> Markup {
        """
        <section class="card\(wide ? " wide" : "")" aria-labelledby="\(id)-title">
        <h2 id="\(id)-title">\(title)</h2>
        \(content)
        </section>
        """
    }

    // MARK: Repairs

    private var repairs: Markup {
        let steps = receipt.steps
        let late: Markup? =
            receipt.isOutOfTime
            ? "<p class=\"note\">The time was spent before the repairs had nothing more to propose.</p>" : nil
        return Self.section(
            "repairs", "Repairs",
            """
            <p class="quiet">Each change was made, shown and scored; it stayed only if the total rose and no part fell.</p>
            \(late)
            \(stairs)
            \(Self.filter(steps.map { ($0.outcome.rawValue, $0.outcome.label) }, of: "steps"))
            <div class="scroll"><table class="rows folding">
            <thead><tr><th scope="col">#</th><th scope="col">What was tried</th><th scope="col">Outcome</th>\
            <th scope="col" class="number">Total</th><th scope="col" class="number">Change</th>\
            <th scope="col" class="number">Time</th></tr></thead>
            <tbody id="steps">
            \(steps.enumerated().map(Self.row))
            </tbody></table></div>
            """, wide: true)
    }

    private static func row(_ number: Int, _ step: RepairStep) -> Markup {
        let delta = step.after.map { ($0.total - step.before.total).changeWords(4) } ?? "–"
        let tone = step.outcome == .kept ? "gain" : delta.first == "−" ? "loss" : "quiet"
        return """
            <tr data-kind="\(step.outcome.rawValue)">
            <td class="index">\(number + 1)</td>
            <td class="what"><b>\(step.repair)</b> \(.foreign(step.change))\
            \(step.reason.map { "<small>\(.foreign($0))</small>" as Markup })</td>
            <td data-label="Outcome"><span class="outcome \(step.outcome.rawValue)">\(step.outcome.label)</span></td>
            <td class="number" data-label="Total">\((step.after?.total).map { $0.fixed(4) } ?? "–")</td>
            <td class="number" data-label="Change"><span class="\(tone)">\(delta)</span></td>
            <td class="number" data-label="Time">\(step.seconds.secondsWords)</td>
            </tr>
            """
    }

    // The total after every change that was tried: a line that only rises, with what was refused as open dots.
    private var stairs: Markup? {
        let steps = receipt.steps
        let totals = steps.map(\.before.total) + steps.compactMap(\.after?.total) + [receipt.fidelity.score.total]
        guard steps.count > 1, let least = totals.min(), let most = totals.max(), most - least > 1e-9 else {
            return nil
        }
        let (width, height, edge) = (720.0, 120.0, 10.0)
        func x(_ index: Int) -> Double { edge + (width - 2 * edge) * Double(index) / Double(steps.count) }
        func y(_ total: Double) -> Double { edge + (height - 2 * edge) * (most - total) / (most - least) }
        var path = "M\(x(0).coordinate) \(y(steps[0].before.total).coordinate)"
        var dots: [Markup] = []
        for (index, step) in steps.enumerated() {
            path += "H\(x(index + 1).coordinate)"
            guard let after = step.after else { continue }
            if step.outcome == .kept { path += "V\(y(after.total).coordinate)" }
            dots.append(
                """
                <circle class="\(step.outcome.rawValue)" cx="\(x(index + 1).coordinate)" \
                cy="\(y(after.total).coordinate)" r="3.5"><title>\(index + 1): \(step.change)</title></circle>
                """)
        }
        let story =
            "The total over \(steps.count) changes: from \(steps[0].before.total.fixed(4)) to "
            + "\(receipt.fidelity.score.total.fixed(4))"
        return """
            <figure class="stairs"><svg viewBox="0 0 \(width.coordinate) \(height.coordinate)" role="img" \
            aria-label="\(story)"><path d="\(path)"/>\(dots)</svg>
            <figcaption class="quiet"><span>\(steps[0].before.total.fixed(4))</span>\
            <span><i class="dot kept"></i>kept <i class="dot refused"></i>refused</span>\
            <span>\(receipt.fidelity.score.total.fixed(4))</span></figcaption></figure>
            """
    }

    // MARK: Drafts

    private var attempts: Markup {
        let rows = receipt.attempts.enumerated().map { number, attempt -> Markup in
            let failure = attempt.failure.map { "<small class=\"loss\">\(.foreign($0))</small>" as Markup }
            let choice =
                attempt.temperature > 0 ? "temperature \(attempt.temperature.fixed(2)), seed \(attempt.seed)" : "greedy"
            let seed = attempt.isMeasured ? "measured, read line by line, \(choice)" : choice
            return """
                <tr><td class="index">\(number + 1)</td>
                <td class="what">\(seed)\(attempt.isChosen ? "<span class=\"badge\">chosen</span>" : nil)\(failure)</td>
                <td class="number" data-label="Total">\(attempt.total?.scoreWords ?? "–")</td>
                <td class="number" data-label="Time">\(attempt.seconds.secondsWords)</td></tr>
                """
        }
        return Self.section(
            "drafts", "Drafts",
            """
            <table class="rows"><thead><tr><th scope="col">#</th><th scope="col">Sampled</th>\
            <th scope="col" class="number">Total</th><th scope="col" class="number">Time</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            """)
    }

    // MARK: Accessibility

    private var accessibility: Markup {
        let found = receipt.accessibility
        guard !found.checked.isEmpty || !found.findings.isEmpty else {
            return Self.section("accessibility", "Accessibility", "<p>Nothing was there to be checked.</p>")
        }
        let rows = Accessibility.Rule.allCases.map { rule -> Markup in
            let faults = found.findings.count { $0.rule == rule }
            return """
                <tr><th scope="row" class="what">\(rule.label)<small>\(rule.meaning)</small></th>
                <td class="number" data-label="Checked">\(found.checked[rule] ?? 0)</td>
                <td class="number" data-label="Faults"><span class="\(faults > 0 ? "loss" : "quiet")">\(faults)</span></td>
                </tr>
                """
        }
        let findings = found.findings.map { finding -> Markup in
            "<li><b>\(finding.rule.label)</b> \(.foreign(finding.message)) <code>\(.foreign(finding.selector))</code></li>"
        }
        return Self.section(
            "accessibility", "Accessibility",
            """
            <table class="rows"><thead><tr><th scope="col">Rule</th><th scope="col" class="number">Checked</th>\
            <th scope="col" class="number">Faults</th></tr></thead><tbody>\(rows)</tbody></table>
            \(Self.folded(findings, "fault"))
            """)
    }

    // A list; a long one opens on demand.
    private static func folded(_ items: [Markup], _ noun: String) -> Markup? {
        guard !items.isEmpty else { return nil }
        let list: Markup = "<ul class=\"lines\">\(items)</ul>"
        return items.count <= 5
            ? list : "<details><summary>All \(items.count.counted(noun))</summary>\(list)</details>"
    }

    // MARK: What the page did

    private var behaviour: Markup {
        let console = receipt.console.map { line -> Markup in
            let isBad = ["error", "exception"].contains(line.level)
            return """
                <li><span class="outcome \(isBad ? "failed" : "refused")">\(line.level)</span> \
                <code>\(.foreign(line.text))</code></li>
                """
        }
        let refused = receipt.refused.map { request -> Markup in
            "<li><code>\(.foreign(request.address))</code> \(.foreign(request.reason))</li>"
        }
        let width: Markup =
            receipt.overflow > 0
            ? "<span class=\"loss\">\(receipt.overflow.pixelWords) px wider than its window</span>"
            : "fits its window"
        return Self.section(
            "behaviour", "What the page did",
            """
            <dl class="facts">
            \(fact("Width", width))
            \(fact("Console", console.isEmpty ? "silent" : "\(console.count.counted("line"))"))
            \(fact("Network", refused.isEmpty ? "asked for nothing outside itself" : "\(Self.refusals(refused.count))"))
            </dl>
            \(Self.folded(console, "line"))
            \(Self.folded(refused, "refused request"))
            """)
    }

    private static func refusals(_ count: Int) -> String { "\(count.counted("request")) refused" }

    // MARK: Time

    private var times: Markup {
        let drafts = receipt.attempts.reduce(0) { $0 + $1.seconds }
        let parts = [
            (receipt.attempts.count == 1 ? "Draft" : "Drafts", drafts), ("Repairs", receipt.repairSeconds),
        ]
        let most = parts.reduce(0) { max($0, $1.1) }
        let rows = parts.map { name, seconds -> Markup in
            let share = most > 0 ? seconds / most * 100 : 0
            return """
                <tr><th scope="row">\(name)</th><td class="bar-cell"><svg class="meter" viewBox="0 0 100 10" \
                preserveAspectRatio="none" aria-hidden="true"><rect class="fill" y="2" width="\(share.coordinate)" \
                height="6"/></svg></td><td class="number">\(seconds.secondsWords)</td></tr>
                """
        }
        return Self.section(
            "times", "Time",
            """
            <table class="times"><tbody>\(rows)</tbody>
            <tfoot><tr><th scope="row" colspan="2">Together</th>\
            <td class="number">\((drafts + receipt.repairSeconds).secondsWords)</td></tr></tfoot></table>
            """)
    }
}

extension RepairStep.Outcome {
    /// The outcome for people.
    var label: String {
        switch self {
        case .kept: "Kept"
        case .refused: "Refused"
        case .failed: "Failed"
        }
    }
}

extension Accessibility.Rule {
    /// What it is called.
    var label: String {
        switch self {
        case .name: "Names"
        case .contrast: "Contrast"
        case .landmark: "Landmarks"
        case .heading: "Headings"
        case .document: "Document"
        }
    }

    /// What it asks for.
    var meaning: String {
        switch self {
        case .name: "Buttons, links, fields and pictures say what they are."
        case .contrast: "Text stands out from what is behind it (WCAG 2.2 AA)."
        case .landmark: "There is one main part."
        case .heading: "Headings begin at 1 and skip no level."
        case .document: "The page names its language and has a title."
        }
    }
}
