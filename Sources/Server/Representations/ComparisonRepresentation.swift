// A comparison on the wire: the score with its parts, the typed differences, the heat map. `Render` writes the first
// two itself, so that they look the same wherever a score is told.
import Media
import Render

/// The comparison object.
struct ComparisonRepresentation: PicturedAnswer, Sendable {
    private enum CodingKeys: String, CodingKey {
        case object, score, differences, isEstimate, meanColourDifference, width, height, viewport
        case png = "heatMap"
    }

    var object = "comparison"
    let score: FidelityScore
    let differences: [Difference]
    let isEstimate: Bool
    let meanColourDifference: Double
    let width, height: Double
    let viewport: Viewport
    let png: EmbeddedPicture

    init(_ report: FidelityReport, viewport: Viewport, heatMap: Image) throws(MediaError) {
        score = report.score
        differences = report.differences
        isEstimate = report.isEstimate
        meanColourDifference = report.meanColourDifference
        width = report.width
        height = report.height
        self.viewport = viewport
        png = try EmbeddedPicture(heatMap)
    }
}

extension Double {
    /// A score in a header: as it is told, with all four digits behind the point.
    var headerText: String {
        let digits = String(Int((toldScore * 10_000).rounded()))
        let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        return padded.prefix(1) + "." + padded.suffix(4)
    }
}
