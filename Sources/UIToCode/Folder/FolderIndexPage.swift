// The index of a folder's project: every design with its thumbnail, its score, its page and its receipt, in the order of
// the folder. It opens from disk, loads nothing but the thumbnails, and narrows to one folder.

/// An index to be looked at.
struct FolderIndexPage {
    let folder: FolderReport

    /// The index as one HTML file, to lie beside the folders that it leads to.
    ///
    /// Proofs: `FolderReportTests`; in a browser `BatchInBrowserTests`.
    static func html(_ folder: FolderReport) -> String { html(folder, nonce: ReportDocument.freshNonce()) }

    /// The index with a number that was drawn before.
    static func html(_ folder: FolderReport, nonce: String) -> String {
        ReportDocument(
            title: "\(folder.name) · Bottega", heading: "Pages", content: FolderIndexPage(folder: folder).content,
            scripts: [], hasFilesBeside: true, nonce: nonce, styles: [FolderStyle.text]
        ).html
    }

    private var content: Markup {
        """
        <div class="page">
        \(headline)
        <section aria-labelledby="pages-title">
        <div class="heading"><h2 id="pages-title">\(folder.report.items.count.counted("design"))</h2>
        \(ReceiptPage.filter(folder.report.items.map { ($0.folder, $0.folderWords) }, of: "pages"))
        </div>
        <ul class="cards" id="pages">
        \(cards)
        </ul>
        </section>
        </div>
        """
    }

    private var headline: Markup {
        let done = folder.made.pages.count
        let failed = folder.report.failedCount
        let failures: Markup? = failed == 0 ? nil : "<div><dt>Failed</dt><dd class=\"loss\">\(failed)</dd></div>"
        let shared: Markup? =
            folder.made.components.isEmpty
            ? nil : "<div><dt>Components</dt><dd>\(folder.made.components.count)</dd></div>"
        let score: Markup? = folder.meanScore.map { score in
            """
            <p class="score"><span class="unseen">Mean score </span>\(score.scoreWords)<small> mean</small></p>
            """
        }
        return """
            <div class="summary mat">
            <div class="headline">
            <h1>\(.foreign(folder.name))</h1>
            \(score)
            <dl class="facts">
            <div><dt>Pages</dt><dd>\(done)</dd></div>
            \(failures)
            \(shared)
            <div><dt>Report</dt><dd><a href="./report.html">report.html</a></dd></div>
            </dl>
            </div>
            </div>
            """
    }

    private var cards: [Markup] {
        let pages = Dictionary(folder.made.pages.map { ($0.design, $0) }) { first, _ in first }
        return folder.report.items.map { item in
            pages[item.path].map { done(item, $0) } ?? failed(item)
        }
    }

    private func done(_ item: BatchItem, _ page: MadeProject.Page) -> Markup {
        let address = ReportDocument.address(page.shown)
        let score: Markup? = item.score.map { "<span>\($0.scoreWords)</span>" }
        let receipt: Markup? = item.receipt.map { "<a href=\"\(ReportDocument.address($0))\">Receipt</a>" }
        return """
            <li data-kind="\(item.folder)">
            <a class="sight" href="\(address)"><img src="\(ReportDocument.address(FolderReport.thumbnail(page)))" \
            alt="Design of \(item.path)" loading="lazy" decoding="async"></a>
            <div class="words">
            <p class="name"><a href="\(address)">\(.foreign(item.path))</a></p>
            <p class="numbers">\(score)\(receipt)</p>
            </div>
            </li>
            """
    }

    private func failed(_ item: BatchItem) -> Markup {
        """
        <li data-kind="\(item.folder)">
        <div class="lost">\(.foreign(item.failure ?? "No page came of it."))</div>
        <div class="words">
        <p class="name">\(.foreign(item.path))</p>
        <p class="numbers"><span class="loss">Failed</span></p>
        </div>
        </li>
        """
    }
}

extension BatchItem {
    /// The design's folder in the folder that was converted; `.` at its top.
    var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    fileprivate var folderWords: String { folder == "." ? "Top" : folder }
}
