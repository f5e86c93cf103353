// How faithful a page is, on the wire: the numbers, what differs, and where the rest lies. The whole receipt, with every
// repair that was tried, is the file `report.json` that `json_url` names.
import Jobs
import Render
import UIToCode

/// The receipt of one design's page.
struct ReceiptRepresentation: Encodable, Sendable {
    let design: Int
    let page: String
    @Nullable var score: FidelityScore?
    @Nullable var draft: FidelityScore?
    @Nullable var isEstimate: Bool?
    @Nullable var meanColourDifference: Double?
    @Nullable var width: Double?
    @Nullable var height: Double?
    /// Nil, and left out, in listings.
    var differences: [Difference]?
    let attempts: Int
    let repairsTried: Int
    let repairsKept: Int
    let isOutOfTime: Bool
    let seconds: Double
    @Nullable var unmeasured: String?
    @Nullable var reportURL: String?
    @Nullable var jsonURL: String?
    @Nullable var heatMapURL: String?
    @Nullable var pictureURL: String?
    @Nullable var draftPictureURL: String?

    /// - Parameter withDifferences: whether every difference comes along.
    init(_ receipt: StoredReceipt, of revision: Revision, withDifferences: Bool) {
        let measure = receipt.measure
        func url(_ name: ReceiptFiles.Name) -> String? {
            guard let measure, measure.files.contains(name.rawValue) else { return nil }
            return Links.receipt(name, design: receipt.design, of: revision.conversionID, revision: revision.number)
        }
        design = receipt.design
        page = receipt.page
        score = measure?.fidelity.score
        draft = measure?.draft
        isEstimate = measure?.fidelity.isEstimate
        meanColourDifference = measure?.fidelity.meanColourDifference
        width = measure?.fidelity.width
        height = measure?.fidelity.height
        differences = withDifferences ? measure?.fidelity.differences ?? [] : nil
        attempts = measure?.attempts ?? 0
        repairsTried = measure?.tried ?? 0
        repairsKept = measure?.kept ?? 0
        isOutOfTime = measure?.isOutOfTime ?? false
        seconds = receipt.seconds
        unmeasured = receipt.unmeasured
        reportURL = url(.page)
        jsonURL = url(.json)
        heatMapURL = url(.heatMap)
        pictureURL = url(.result)
        draftPictureURL = url(.draft)
    }
}

extension Revision {
    /// The receipts of the revision's pages.
    func receiptRepresentations(withDifferences: Bool) -> [ReceiptRepresentation] {
        receipts.map { ReceiptRepresentation($0, of: self, withDifferences: withDifferences) }
    }

    /// The score as it is told.
    var shownScore: Double? { score?.toldScore }
}
