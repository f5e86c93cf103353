// How faithful the pages of a revision are to their designs: the numbers lie with the revision's row, so that every
// answer can tell them; the receipt as files (`ReceiptFiles`) lies beside the revision's own files. A receipt never
// changes. An edit of one page takes over the receipts of the others, which stay where they are.
package import Render
import UIToCode

/// What is known about the faithfulness of one design's page.
package struct StoredReceipt: Codable, Sendable, Equatable {
    /// What was measured.
    package struct Measure: Codable, Sendable, Equatable {
        /// The page's score, and where it differs from its design.
        package var fidelity: FidelityReport
        /// What the chosen draft scored before any repair; after an edit, what the page scored before it.
        package var draft: FidelityScore
        /// Drafts to choose from; 0 after an edit.
        package var attempts: Int
        /// Changes that were tried, and of those the ones that were kept.
        package var tried, kept: Int
        /// Whether the time was spent before the repairs had nothing more to propose.
        package var isOutOfTime: Bool
        /// Its path in an archive of the project, without an ending.
        package var archiveName: String
        /// Where its files lie, relative to the data directory.
        var folder = ""
        /// Its files.
        package var files: [String]
        /// Bytes of its files; 0 where an earlier revision has them.
        var byteCount = 0
    }

    /// Index of the design.
    package var design: Int
    /// The path of the page that was made from it.
    package var page: String
    /// Nil when the page was not measured.
    package var measure: Measure?
    /// Why the page was not measured, in words; nil when it was.
    package var unmeasured: String?
    /// Seconds of everything that was done for this design.
    package var seconds: Double

    /// A page that was not measured.
    package init(design: Int, page: String, unmeasured: String, seconds: Double) {
        self.design = design
        self.page = page
        self.unmeasured = unmeasured
        self.seconds = seconds
    }

    /// A page that was measured; its files are still to be stored.
    init(_ receipt: Receipt, design: Int, page: String, archiveName: String, seconds: Double) {
        let receipt = ReceiptJSON(receipt).receipt
        self.design = design
        self.page = page
        self.seconds = seconds
        measure = Measure(
            fidelity: receipt.fidelity, draft: receipt.draft, attempts: receipt.attempts.count,
            tried: receipt.steps.count, kept: receipt.steps.count { $0.outcome == .kept },
            isOutOfTime: receipt.isOutOfTime, archiveName: archiveName, files: [])
    }
}

extension Revision {
    /// The mean of the totals of the pages that were measured, 0 to 1; nil when none was.
    package var score: Double? {
        let totals = receipts.compactMap(\.measure?.fidelity.score.total)
        return totals.isEmpty ? nil : totals.reduce(0, +) / Double(totals.count)
    }
}

/// A receipt before it is stored.
package struct ReceiptDraft: Sendable {
    var receipt: StoredReceipt
    /// Nil when the page was not measured, and for a receipt that an earlier revision has stored.
    var files: ReceiptFiles?
}

extension ReceiptDraft {
    /// The receipt as it stands once its files are stored below `folder`.
    func stored(in folder: String) -> StoredReceipt {
        var stored = receipt
        guard let files else { return stored }
        stored.measure?.folder = "\(folder)/\(receipt.design)"
        stored.measure?.files = files.contents.keys.map(\.rawValue).sorted()
        stored.measure?.byteCount = files.contents.values.reduce(0) { $0 + $1.count }
        return stored
    }
}

extension [ReceiptDraft] {
    /// The files that are to be stored, each design's in a folder of its number.
    var papers: Project {
        var papers = Project()
        for draft in self {
            for (name, bytes) in draft.files?.contents ?? [:] {
                do { try papers.add(bytes, at: "\(draft.receipt.design)/\(name.rawValue)") } catch {
                    preconditionFailure("names of receipts are sound, and each design has one: \(error)")
                }
            }
        }
        return papers
    }
}
