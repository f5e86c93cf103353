// The receipt as files of the project it is about.

extension Project {
    /// Adds `report.html` for people and `report.json` for machines; under names with `-2`, `-3`, … when the project has
    /// files of these names.
    ///
    /// - Returns: the path of the page; nil when the project was not measured, and then nothing is added.
    @discardableResult
    public mutating func addReceipt(of report: ConvertReport) throws(ProjectError) -> String? {
        guard let receipt = report.receipt, let pictures = report.pictures else { return nil }
        var number = 1
        var name = "report"
        while files.contains(where: { $0.path.hasPrefix(name + ".") || $0.path.hasPrefix(name + "/") }) {
            number += 1
            name = "report-\(number)"
        }
        try add(Array(ReceiptPage.html(receipt: receipt, pictures: pictures).utf8), at: name + ".html")
        try add(Array(ReceiptJSON.text(receipt).utf8), at: name + ".json")
        return name + ".html"
    }
}
