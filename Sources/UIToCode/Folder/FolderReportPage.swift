// The report of a folder for people: how faithful the pages are and how alike their code is, what they share, what kept
// its own code, what failed and why.
import Render

/// A folder's report to be looked at.
struct FolderReportPage {
    let folder: FolderReport

    /// The report as one HTML file, to lie beside the folders that it leads to.
    ///
    /// Proofs: `FolderReportTests`; in a browser `BatchInBrowserTests`.
    static func html(_ folder: FolderReport) -> String { html(folder, nonce: ReportDocument.freshNonce()) }

    /// The report with a number that was drawn before.
    static func html(_ folder: FolderReport, nonce: String) -> String {
        let scripts = folder.made.pages.isEmpty ? [] : [ReportScript.evaluation]
        return ReportDocument(
            title: "\(folder.name) · Bottega", heading: "Folder report",
            content: FolderReportPage(folder: folder).content, scripts: scripts, hasFilesBeside: true, nonce: nonce,
            styles: [FolderStyle.text]
        ).html
    }

    private var report: BatchReport { folder.report }

    private var content: Markup {
        """
        <div class="page">
        <div class="summary mat">
        \(headline)
        \(totals)
        </div>
        \(failures)
        \(folder.made.pages.isEmpty ? nil : pages)
        \(losses)
        \(components)
        \(tokens)
        </div>
        """
    }

    // MARK: Totals

    private var headline: Markup {
        let kept = report.items.count { $0.isKept && $0.state == .done }
        let score: Markup? = folder.meanScore.map { score in
            """
            <p class="score"><span class="unseen">Mean score </span>\(score.scoreWords)<small> mean</small></p>
            """
        }
        let failed: Markup = report.failedCount == 0 ? "none" : "<span class=\"loss\">\(report.failedCount)</span>"
        return """
            <div class="headline">
            <h1>\(.foreign(folder.name))</h1>
            \(score)
            <dl class="facts">
            <div><dt>Designs</dt><dd>\(report.items.count)</dd></div>
            <div><dt>Failed</dt><dd>\(failed)</dd></div>
            <div><dt>Kept</dt><dd>\(kept) from earlier runs</dd></div>
            <div><dt>Stack</dt><dd>\(report.stack)</dd></div>
            <div><dt>Time</dt><dd>\(report.seconds.secondsWords)</dd></div>
            <div><dt>Pages</dt><dd><a href="\(ReportDocument.address(report.entry))">\(report.entry)</a></dd></div>
            </dl>
            </div>
            """
    }

    private var totals: Markup? {
        var lines: [Markup] = []
        if let after = report.consistency {
            let change = report.consistencyBefore.map { (after - $0).changeWords() }
            let words: Markup? = change.map { change in
                switch change.first {
                case "+": "<small class=\"gain\">\(change)</small>"
                case "−": "<small class=\"loss\">\(change)</small>"
                default: ""
                }
            }
            lines.append(
                """
                <tr><th scope="row"><b>Consistency</b><small>How alike the code of what looks alike is; \
                \((report.consistencyBefore ?? after).scoreWords) as the pages were converted.</small></th>\
                <td class="value">\(after.scoreWords)\(words)</td></tr>
                """)
        }
        if !folder.made.components.isEmpty {
            let uses = folder.made.components.reduce(0) { $0 + $1.uses }
            lines.append(
                """
                <tr><th scope="row"><b>Components</b><small>Written once, shown \(uses) times.</small></th>\
                <td class="value">\(report.components)</td></tr>
                """)
        }
        if report.tokens > 0 {
            lines.append(
                """
                <tr><th scope="row"><b>Tokens</b><small>Colours, type, spacing, radii and shadows with a name.</small></th>\
                <td class="value">\(report.tokens)</td></tr>
                """)
        }
        guard !lines.isEmpty else { return nil }
        return """
            <div class="bill totals"><table>
            <caption>What the pages share</caption>
            <tbody>\(lines)</tbody>
            </table></div>
            """
    }

    // MARK: Designs

    private var failures: Markup? {
        let failed = report.items.filter { $0.state == .failed }
        guard !failed.isEmpty else { return nil }
        let rows = failed.map { item -> Markup in
            """
            <tr><th scope="row" class="what">\(.foreign(item.path))</th><td>\(.foreign(item.failure ?? ""))</td></tr>
            """
        }
        return """
            <section class="card" aria-labelledby="failures-title">
            <h2 id="failures-title">\(failed.count.counted("design")) failed</h2>
            <p class="quiet">They are tried again when their files change, or with <code>--retry-failed</code>.</p>
            <table class="rows"><thead><tr><th scope="col">Design</th><th scope="col">Why</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            </section>
            """
    }

    private var pages: Markup {
        let heads = ["Design", "Draft", "Score"] + (folder.shownScores.isEmpty ? [] : ["In the project"]) + ["Time"]
        let sorts = heads.enumerated().map { column, name -> Markup in
            """
            <th scope="col"\(column > 0 ? " class=\"number\"" as Markup : nil)><button type="button" class="sort" \
            data-column="\(column)" disabled>\(name)</button></th>
            """
        }
        let items = Dictionary(report.items.map { ($0.path, $0) }) { first, _ in first }
        let rows = folder.made.pages.compactMap { page in items[page.design].map { row(page, $0) } }
        return """
            <section class="card" aria-labelledby="designs-title">
            <h2 id="designs-title">\(rows.count.counted("page"))</h2>
            <div class="scroll"><table class="rows gallery">
            <thead><tr>\(sorts[0])<th scope="col"><span class="unseen">Picture</span></th>\(Array(sorts.dropFirst()))</tr>\
            </thead>
            <tbody id="designs">
            \(rows)
            </tbody></table></div>
            <p class="unseen" role="status" id="sorted"></p>
            </section>
            """
    }

    private func row(_ page: MadeProject.Page, _ item: BatchItem) -> Markup {
        let facts = folder.facts[page.design]?.facts
        let remarks = [
            facts?.unmeasured.map { "Not measured: \($0)" }, facts?.isCut == true ? "Cut by the limit of tokens" : nil,
        ].compactMap { $0.map { "<small class=\"loss\">\(.foreign($0))</small>" as Markup } }
        let receipt: Markup? = item.receipt.map {
            "<small><a href=\"\(ReportDocument.address($0))\">Receipt</a></small>"
        }
        var numbers = [("Draft", facts?.draftScore), ("Score", item.score)]
        if !folder.shownScores.isEmpty { numbers.append(("In the project", folder.shownScores[page.design])) }
        let cells = numbers.map { label, value -> Markup in
            """
            <td class="number" data-label="\(label)" data-sort="\((value ?? -1).coordinate4)">\
            \(value?.scoreWords ?? "–")</td>
            """
        }
        return """
            <tr><th scope="row" class="what" data-sort="\(item.path)">\
            <a href="\(ReportDocument.address(page.shown))">\(.foreign(item.path))</a>\(receipt)\(remarks)</th>
            <td class="thumbnail"><img src="\(ReportDocument.address(FolderReport.thumbnail(page)))" \
            alt="Design of \(item.path)" width="160" height="110" loading="lazy" decoding="async"></td>
            \(cells)<td class="number" data-label="Time" data-sort="\(item.seconds.coordinate4)">\
            \(item.seconds.secondsWords)</td></tr>
            """
    }

    // MARK: What is shared

    private var losses: Markup? {
        guard !folder.losses.isEmpty else { return nil }
        let rows = folder.losses.map { loss -> Markup in
            """
            <tr><th scope="row" class="what">\(.foreign(loss.design))</th>\
            <td class="number">\(loss.shared.scoreWords)</td><td class="number">\(loss.own.scoreWords)</td></tr>
            """
        }
        return """
            <section class="card" aria-labelledby="own-title">
            <h2 id="own-title">\(folder.losses.count.counted("page keeps its", "pages keep their")) own code</h2>
            <p class="quiet">With shared code each would have lost more than \(Batch.tolerance.fixed(2)) of its score.</p>
            <table class="rows"><thead><tr><th scope="col">Design</th><th scope="col" class="number">Shared</th>\
            <th scope="col" class="number">Own</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            </section>
            """
    }

    private var components: Markup? {
        guard !folder.made.components.isEmpty else { return nil }
        let pages = Dictionary(folder.made.pages.map { ($0.design, $0) }) { first, _ in first }
        let rows = folder.made.components.map { component -> Markup in
            let places = component.designs.map { design -> Markup in
                guard let page = pages[design] else { return "<span>\(.foreign(design))</span>" }
                return "<a href=\"\(ReportDocument.address(page.shown))\">\(.foreign(design))</a>"
            }
            let given: Markup? = component.isGiven ? "<span class=\"badge\">given</span>" : nil
            let properties: Markup? =
                component.properties.isEmpty
                ? nil : "<small><code>\(component.properties.joined(separator: ", "))</code></small>"
            return """
                <tr><th scope="row" class="what"><b>\(.foreign(component.name))</b>\(given)\(properties)</th>\
                <td class="number">\(component.uses)</td><td><div class="uses">\(places)</div></td></tr>
                """
        }
        return """
            <section class="card" aria-labelledby="components-title">
            <h2 id="components-title">\(folder.made.components.count.counted("component"))</h2>
            <table class="rows"><thead><tr><th scope="col">Name</th><th scope="col" class="number">Uses</th>\
            <th scope="col">Pages</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            </section>
            """
    }

    private var tokens: Markup? {
        guard !folder.made.tokens.isEmpty else { return nil }
        let groups = DesignToken.Kind.allCases.compactMap { kind -> Markup? in
            let tokens = folder.made.tokens.filter { $0.kind == kind }
            guard !tokens.isEmpty else { return nil }
            return """
                <ul class="swatches">
                \(tokens.map(swatch))
                </ul>
                """
        }
        return """
            <section class="card" aria-labelledby="tokens-title">
            <h2 id="tokens-title">\(folder.made.tokens.count.counted("token"))</h2>
            \(groups)
            </section>
            """
    }

    // A colour is drawn only when it is one: whatever else stands there stays text.
    private func swatch(_ token: DesignToken) -> Markup {
        let sample: Markup
        if token.kind == .colour, let colour = RGB(hex: token.value) {
            sample = """
                <svg viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="\(colour.hex)"/></svg>
                """
        } else {
            sample = "<span></span>"
        }
        return """
            <li>\(sample)<span><code>\(token.name)</code><small>\(.foreign(token.value))</small></span>\
            <span class="number">\(token.uses) ×</span></li>
            """
    }
}
