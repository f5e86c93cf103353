// The receipt as files of the project it is about.

extension Project {
    /// Adds `report.html` for people and `report.json` for machines; under names with `-2`, `-3`, … when the project has
    /// files of these names.
    ///
    /// - Returns: the path of the page; nil when the project was not measured, and then nothing is added.
    @discardableResult
    public mutating func addReceipt(of report: ConvertReport) throws(ProjectError) -> String? {
        guard let receipt = report.receipt, let pictures = report.pictures else { return nil }
        let name = receiptName(beside: receipt.entry)
        try add(Array(ReceiptPage.html(receipt: receipt, pictures: pictures).utf8), at: name + ".html")
        try add(Array(ReceiptJSON.text(receipt).utf8), at: name + ".json")
        return name + ".html"
    }

    /// The path, without an ending, that the receipt of a page has in an archive of the project: `report` in the page's
    /// folder; with `-2`, `-3`, … when the project has files of this name.
    public func receiptName(beside page: String) -> String {
        let folder = page.lastIndex(of: "/").map { String(page[...$0]) } ?? ""
        var number = 1
        var name = folder + "report"
        while files.contains(where: { $0.path.hasPrefix(name + ".") || $0.path.hasPrefix(name + "/") }) {
            number += 1
            name = folder + "report-\(number)"
        }
        return name
    }
}
