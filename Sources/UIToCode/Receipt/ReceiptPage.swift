// `report.html`: the receipt as a page for people. One file that opens from disk with no network: the score with its
// parts, both pictures with what differs, what was tried. The pictures are in `ReceiptPage+Pictures.swift`, what was
// tried and what the page did in `ReceiptPage+Story.swift`.
import Render

/// A receipt to be looked at.
public struct ReceiptPage {
    let receipt: Receipt
    let pictures: ReceiptPictures

    /// The report as one HTML file.
    ///
    /// It carries its pictures, its style and its script, and its policy lets it load nothing; texts of the model and of
    /// the page are shown as they are and never read as markup.
    ///
    /// A picture that cannot be written as PNG is replaced by the reason.
    ///
    /// Proofs: `ReceiptPageTests`; in a browser `Tests/Trials/report.py`.
    public static func html(receipt: Receipt, pictures: ReceiptPictures) -> String {
        html(receipt: receipt, pictures: pictures, nonce: ReportDocument.freshNonce())
    }

    /// The report with a number that was drawn before.
    static func html(receipt: Receipt, pictures: ReceiptPictures, nonce: String) -> String {
        let page = ReceiptPage(receipt: receipt, pictures: pictures)
        return ReportDocument(
            title: "\(score(receipt).total.scoreWords) · \(receipt.design) · Bottega", heading: "Fidelity receipt",
            content: page.content(), scripts: [ReportScript.receipt], hasFilesBeside: false, nonce: nonce
        ).html
    }

    private static func score(_ receipt: Receipt) -> FidelityScore { receipt.fidelity.score }

    private func content() -> Markup {
        """
        <div class="page">
        <div class="summary mat">
        \(headline)
        \(bill)
        </div>
        \(look())
        \(story)
        \(footer)
        </div>
        """
    }

    // MARK: The total

    private var score: FidelityScore { receipt.fidelity.score }
    private var isRepaired: Bool { receipt.steps.contains { $0.outcome == .kept } }
    private var keptCount: Int { receipt.steps.count { $0.outcome == .kept } }

    private var headline: Markup {
        """
        <div class="headline">
        <h1>\(.foreign(receipt.design))</h1>
        <p class="score"><span class="unseen">Total </span>\(score.total.scoreWords)<small> of 1</small></p>
        \(way)
        <dl class="facts">
        \(fact("Page", "<code>\(.foreign(receipt.entry))</code>"))
        \(fact("Window", "\(window)"))
        \(fact("Differences", "\(receipt.fidelity.differences.count)"))
        \(receipt.attempts.count > 1 ? fact("Drafts", "the best of \(receipt.attempts.count)") : nil)
        \(receipt.steps.isEmpty ? nil : fact("Repairs", "\(keptCount) kept of \(receipt.steps.count) tried"))
        </dl>
        </div>
        """
    }

    func fact(_ name: String, _ value: Markup) -> Markup { "<div><dt>\(name)</dt><dd>\(value)</dd></div>" }

    private var window: String {
        let viewport = receipt.viewport
        let size = "\(viewport.width) × \(viewport.height)"
        return viewport.scale == 1 ? size : "\(size), \(viewport.scale.pixelWords) pixels each"
    }

    // How the total came about: the draft, what the repairs added.
    private var way: Markup {
        guard !receipt.attempts.isEmpty else {
            let change = (score.total - receipt.draft.total).changeWords()
            return """
                <p class="way"><span>Before the change <b>\(receipt.draft.total.scoreWords)</b></span>\
                <span><span aria-hidden="true">→ </span>now <b>\(score.total.scoreWords)</b></span>\
                <span class="\(score.total < receipt.draft.total ? "loss" : "gain")">\(change)</span></p>
                """
        }
        guard !receipt.steps.isEmpty else { return "<p class=\"way\">The draft as the model wrote it.</p>" }
        guard isRepaired else {
            return "<p class=\"way\">The draft as the model wrote it: no repair made it better.</p>"
        }
        return """
            <p class="way"><span>Draft <b>\(receipt.draft.total.scoreWords)</b></span>\
            <span><span aria-hidden="true">→ </span>repaired <b>\(score.total.scoreWords)</b></span>\
            <span class="gain">\((score.total - receipt.draft.total).changeWords())</span></p>
            """
    }

    // MARK: Its parts

    // What is counted, as a till prints it: value times weight, line by line, and the sum.
    private var bill: Markup {
        """
        <div class="bill"><table>
        <caption>What it is made of</caption>
        <thead><tr><th scope="col">Part</th><th scope="col"><span class="unseen">Bar</span></th>\
        <th scope="col">Value</th><th scope="col">Weight</th><th scope="col">Points</th></tr></thead>
        <tbody>
        \(FidelityCategory.allCases.map(part))
        </tbody>
        <tfoot><tr><th scope="row" colspan="4">Total</th><td>\(score.total.scoreWords)</td></tr></tfoot>
        </table>
        \(isRepaired ? "<p class=\"key\"><i class=\"tick\"></i> where the draft was</p>" : nil)
        </div>
        """
    }

    private func part(_ category: FidelityCategory) -> Markup {
        let isEstimate = receipt.fidelity.isEstimate && category.isOfText && score[category] != nil
        return """
            <tr>
            <th scope="row"><b>\(category.label)</b>\(isEstimate ? "<span class=\"badge\">estimated</span>" : nil)\
            <small>\(category.meaning)\(remark(category))</small></th>
            <td class="bar-cell">\(bar(category))</td>
            <td class="value">\(score[category]?.scoreWords ?? "–")\(change(category))</td>
            <td class="weight">\(weight(category))</td>
            <td class="points">\(points(category))</td>
            </tr>
            """
    }

    private func bar(_ category: FidelityCategory) -> Markup {
        guard let value = score[category] else { return "<span class=\"meter none\"></span>" }
        var tick: Markup?
        if isRepaired, let draft = receipt.draft[category] {
            tick = "<rect class=\"tick\" x=\"\((draft * 100 - 0.7).coordinate)\" width=\"1.4\" height=\"10\"/>"
        }
        return """
            <svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">\
            <rect class="track" y="2" width="100" height="6"/>\
            <rect class="fill" y="2" width="\((value * 100).coordinate)" height="6"/>\(tick)</svg>
            """
    }

    private func change(_ category: FidelityCategory) -> Markup? {
        guard isRepaired, let value = score[category], let draft = receipt.draft[category] else { return nil }
        let words = (value - draft).changeWords()
        guard words.first == "+" || words.first == "−" else { return nil }
        return "<small class=\"\(words.first == "+" ? "gain" : "loss")\">\(words)</small>"
    }

    private func weight(_ category: FidelityCategory) -> Markup {
        guard let share = score.shares[category] else { return "–" }
        return "<span aria-hidden=\"true\">× </span>\((share * 100).pixelWords) %"
    }

    private func points(_ category: FidelityCategory) -> String {
        guard let value = score[category], let share = score.shares[category] else { return "–" }
        return (value * share).fixed(3)
    }

    private func remark(_ category: FidelityCategory) -> String {
        if score[category] == nil { return " Does not apply here: its weight is shared by the others." }
        if score.shares[category] == nil { return " Told, but not counted: a picture has none to compare with." }
        guard category == .tone else { return "" }
        return " Mean ΔE00: \(receipt.fidelity.meanColourDifference.fixed(2))."
    }

    private var footer: Markup {
        """
        <footer>
        <p>All numbers lie between 0 and 1, and 1 is equal. The total is the sum of value times weight; it is 0 for a blank \
        page.\(receipt.fidelity.isEstimate ? Self.estimateNote : nil)</p>
        </footer>
        """
    }

    private static let estimateNote: Markup = """
         <span class="badge">estimated</span> The design is a picture: where its lines of text lie was searched in the \
        pixels, so what is said about text is an estimate.
        """
}

extension FidelityCategory {
    /// What it is called.
    var label: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

    /// It is measured on lines of text.
    var isOfText: Bool { [.block, .text, .position, .colour].contains(self) }

    /// What it says, in one sentence.
    var meaning: String {
        switch self {
        case .block: "How much of all text, by area, has its counterpart on the other side."
        case .text: "How well the words of counterparts agree."
        case .position: "How near every text lies to where the design has it."
        case .colour: "How close the colours of texts are to the eye."
        case .structure: "How alike both pictures are in shapes and shading, coarse to fine (multi-scale SSIM)."
        case .tone: "How close the colours of all pixels are to the eye."
        case .edges: "How many outlines lie where the design has them."
        case .completeness: "Nothing left out, nothing wider than the window, no placeholders."
        case .accessibility: "Names, contrast, landmarks and headings, for people who cannot see the page."
        }
    }
}
