// The evaluation as a page for people: totals per part and stage, then every design with its picture, the rendering of
// its page and the heat map side by side. Pictures lie in files beside the page and are loaded when they come into sight.
import Render

/// An evaluation to be looked at.
public struct EvaluationPage {
    let title: String
    let evaluation: Evaluation

    /// The page as one HTML file, to lie in the folder that the rows' paths start from, with `evaluation.csv` beside it.
    ///
    /// Proofs: `EvaluationPageTests`; in a browser `Tests/Trials/report.py`.
    public static func html(title: String, evaluation: Evaluation) -> String {
        html(title: title, evaluation: evaluation, nonce: ReportDocument.freshNonce())
    }

    /// The page with a number that was drawn before.
    static func html(title: String, evaluation: Evaluation, nonce: String) -> String {
        let page = EvaluationPage(title: title, evaluation: evaluation)
        return ReportDocument(
            title: "\(title) · Bottega", heading: "Evaluation", content: page.content,
            scripts: [ReportScript.evaluation], hasFilesBeside: true, nonce: nonce
        ).html
    }

    private var content: Markup {
        """
        <div class="page">
        <div class="summary mat">
        \(headline)
        \(evaluation.summaries.isEmpty ? nil : totals)
        </div>
        \(evaluation.rows.isEmpty ? nil : designs)
        </div>
        """
    }

    // MARK: Totals

    private var headline: Markup {
        let failures = evaluation.failureCount
        let failed: Markup = failures == 0 ? "none" : "<span class=\"loss\">\(failures), counted as 0</span>"
        let last = evaluation.summaries.last
        return """
            <div class="headline">
            <h1>\(.foreign(title))</h1>
            <p class="score"><span class="unseen">Mean total </span>\(last?.mean.scoreWords ?? "–")<small> mean</small></p>
            \(way)
            <dl class="facts">
            <div><dt>Designs</dt><dd>\(evaluation.rows.count)</dd></div>
            <div><dt>Failed</dt><dd>\(failed)</dd></div>
            \(lowered)
            <div><dt>Table</dt><dd><a href="evaluation.csv">evaluation.csv</a></dd></div>
            </dl>
            </div>
            """
    }

    private var way: Markup? {
        let stages = evaluation.summaries
        guard let first = stages.first, let last = stages.last, stages.count > 1 else { return nil }
        let steps = stages.enumerated().map { number, summary -> Markup in
            let arrow: Markup? = number > 0 ? "<span aria-hidden=\"true\">→ </span>" : nil
            return "<span>\(arrow)\(label(summary.stage)) <b>\(summary.mean.scoreWords)</b></span>"
        }
        return "<p class=\"way\">\(steps)<span class=\"gain\">\((last.mean - first.mean).changeWords())</span></p>"
    }

    private var lowered: Markup? {
        guard evaluation.summaries.count > 1 else { return nil }
        let count = evaluation.summaries.reduce(0) { $0 + evaluation.loweredCount(by: $1.stage) }
        let words: Markup = count == 0 ? "none" : "<span class=\"loss\">\(count)</span>"
        return "<div><dt>Made worse</dt><dd>\(words)</dd></div>"
    }

    private func label(_ stage: Evaluation.Stage) -> String {
        switch stage {
        case .draft: "Draft"
        case .repaired: "Repaired"
        case .best: evaluation.attemptCount.map { "Best of \($0)" } ?? "Best"
        }
    }

    private var totals: Markup {
        let stages = evaluation.summaries
        let head = stages.map { "<th scope=\"col\">\(label($0.stage))</th>" as Markup }
        let parts = FidelityCategory.allCases.map { category -> Markup in
            line("<b>\(category.label)</b><small>\(category.meaning)</small>", stages.map { $0.parts[category] })
        }
        return """
            <div class="bill totals"><table>
            <caption>On average</caption>
            <thead><tr><th scope="col">Part</th>\(head)</tr></thead>
            <tbody>\(parts)\(line("<b>Median total</b>", stages.map(\.median)))
            <tr><th scope="row"><b>Time for a design</b></th>\
            \(stages.map { "<td class=\"weight\">\($0.seconds.secondsWords)</td>" as Markup })</tr></tbody>
            <tfoot><tr><th scope="row">Mean total</th>\
            \(stages.map { "<td>\($0.mean.scoreWords)</td>" as Markup })</tr></tfoot>
            </table></div>
            """
    }

    // One number per stage, each with what it gained on the one before.
    private func line(_ name: Markup, _ values: [Double?]) -> Markup {
        let cells = values.enumerated().map { number, value -> Markup in
            guard let value else { return "<td>–</td>" }
            var change: Markup?
            if number > 0, let before = values[number - 1] {
                let words = (value - before).changeWords()
                if words.first == "+" { change = "<small class=\"gain\">\(words)</small>" }
                if words.first == "−" { change = "<small class=\"loss\">\(words)</small>" }
            }
            return "<td class=\"value\">\(value.scoreWords)\(change)</td>"
        }
        return "<tr><th scope=\"row\">\(name)</th>\(cells)</tr>"
    }

    // MARK: Designs

    private var designs: Markup {
        let stages = evaluation.summaries.map(\.stage)
        let heads = ["Name"] + stages.map(label) + ["Time"]
        let sorts = heads.enumerated().map { column, name -> Markup in
            """
            <th scope="col"\(column > 0 ? " class=\"number\"" as Markup : nil)><button type="button" class="sort" \
            data-column="\(column)" disabled>\(name)</button></th>
            """
        }
        let pictures = ["Design", "Page", "Heat map"].map { "<th scope=\"col\">\($0)</th>" as Markup }
        return """
            <section class="card" aria-labelledby="designs-title">
            <h2 id="designs-title">\(evaluation.rows.count.counted("design"))</h2>
            <div class="scroll"><table class="rows gallery">
            <thead><tr>\(sorts[0])\(pictures)\(Array(sorts.dropFirst()))</tr></thead>
            <tbody id="designs">
            \(evaluation.rows.map { row($0, stages) })
            </tbody></table></div>
            <p class="unseen" role="status" id="sorted"></p>
            </section>
            """
    }

    private func row(_ row: EvaluationRow, _ stages: [Evaluation.Stage]) -> Markup {
        let folder = ReportDocument.address(row.path)
        let name: Markup =
            row.receipt == nil
            ? "\(.foreign(row.name))" : "<a href=\"\(folder)/report.html\">\(.foreign(row.name))</a>"
        let failure = row.failure.map { "<small class=\"loss\">\(.foreign($0))</small>" as Markup }
        let numbers = stages.map { stage -> Markup in
            let total = row.score(at: stage)?.total
            return """
                <td class="number" data-label="\(label(stage))" data-sort="\((total ?? -1).coordinate4)">\
                \(total?.scoreWords ?? "–")</td>
                """
        }
        return """
            <tr><th scope="row" class="what" data-sort="\(row.name)">\(name)\(failure)</th>
            \(row.receipt == nil ? "<td colspan=\"3\" class=\"pictures\"></td>" : pictures(folder, row.name))
            \(numbers)<td class="number" data-label="Time" data-sort="\(row.seconds.coordinate4)">\
            \(row.seconds.secondsWords)</td></tr>
            """
    }

    private func pictures(_ folder: String, _ name: String) -> Markup {
        let files = [("design.png", "Design"), ("result.png", "Page"), ("heat.png", "Heat map")]
        let cells = files.map { file, label -> Markup in
            """
            <td class="thumbnail"><a href="\(folder)/\(file)"><img src="\(folder)/\(file)" alt="\(label) of \(name)" \
            width="160" height="110" loading="lazy" decoding="async"></a></td>
            """
        }
        return "\(cells)"
    }
}

extension Double {
    /// For sorting by scripts: four digits.
    var coordinate4: String {
        let words = fixed(4)
        return words.first == "−" ? "-" + words.dropFirst() : words == "–" ? "0" : words
    }
}
