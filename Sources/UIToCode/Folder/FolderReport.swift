// What became of a folder, with everything that its reports tell, and the files that it adds to the project: an index with
// thumbnails, a report for people and one for machines, the receipt of every page.

/// Everything that is known about a project of a folder.
struct FolderReport: Sendable {
    /// A page that would have lost by sharing, and what it would have scored.
    struct Loss: Sendable, Equatable {
        let design: String
        /// What the page scores by itself.
        let own: Double
        /// What it scored with shared code.
        let shared: Double
    }

    /// The project's name for people.
    let name: String
    /// The summary that callers get.
    var report: BatchReport
    let made: MadeProject
    /// What the shelf knows of each page, by `BatchDesign.path`.
    let facts: [String: ShelvedPage]
    /// What pages scored in the project, by `BatchDesign.path`; those only that were shown again.
    let shownScores: [String: Double]
    /// Pages that keep their own code.
    let losses: [Loss]
    /// Under which keys the shelf has what pages scored in the project.
    let shownKeys: Set<String>

    /// Gathers what is known, and says in the items where everything is found.
    init(
        name: String, items: [BatchItem], stack: String, made: MadeProject, facts: [String: ShelvedPage],
        shownScores: [String: Double] = [:], losses: [Loss] = [], shownKeys: Set<String> = []
    ) {
        self.name = name
        self.made = made
        self.facts = facts
        self.shownScores = shownScores
        self.losses = losses
        self.shownKeys = shownKeys
        report = BatchReport(items: items, stack: stack)
        report.components = made.components.count
        report.tokens = made.tokens.count
        report.consistencyBefore = made.consistencyBefore
        report.consistency = made.consistency
        report.entry = made.files["index.html"] == nil ? "index.html" : "overview.html"
        let pages = Dictionary(made.pages.map { ($0.design, $0) }) { first, _ in first }
        for index in items.indices where items[index].state == .done {
            guard let page = pages[items[index].path] else { continue }
            report.items[index].page = page.path
            let hasReceipt = facts[page.design]?.receiptPath(.page) != nil
            report.items[index].receipt = hasReceipt ? Self.receipt(page, .page) : nil
        }
        report.files =
            made.files.files.map(\.path) + beside.map(\.path) + [report.entry, "report.html", "report.json"]
    }

    /// Where the thumbnail of a page's design lies in the project.
    static func thumbnail(_ page: MadeProject.Page) -> String { "thumbnails/\(page.slug).png" }

    private static func receipt(_ page: MadeProject.Page, _ name: ReceiptFiles.Name) -> String {
        "receipts/\(page.slug)/\(name.rawValue)"
    }

    /// All files of the project, the report last.
    func outputFiles() -> [OutputFile] {
        let text = { (path: String, text: String) in OutputFile(path: path, content: .bytes(Array(text.utf8))) }
        return made.files.files.map { OutputFile(path: $0.path, content: .bytes($0.bytes)) } + beside + [
            text(report.entry, FolderIndexPage.html(self)),
            text("report.html", FolderReportPage.html(self)),
            text("report.json", FolderReportJSON.text(self)),
        ]
    }

    // Files that are on the shelf already.
    private var beside: [OutputFile] {
        made.pages.flatMap { page -> [OutputFile] in
            guard let shelved = facts[page.design] else { return [] }
            let receipt = [ReceiptFiles.Name.page, .json].compactMap { name in
                shelved.receiptPath(name).map { OutputFile(path: Self.receipt(page, name), content: .file($0)) }
            }
            return [OutputFile(path: Self.thumbnail(page), content: .file(shelved.thumbnailPath))] + receipt
        }
    }

    /// The mean score of the pages that were measured; nil when none was.
    var meanScore: Double? {
        let scores = report.items.compactMap(\.score)
        return scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count)
    }
}
