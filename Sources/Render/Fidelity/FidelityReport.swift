// What a comparison found: the score, and the typed differences with their places in both pictures.

/// What a comparison found.
public struct FidelityReport: Sendable, Equatable {
    /// The numbers.
    public var score: FidelityScore
    /// What differs, the gravest first; see `Difference.severity`.
    public var differences: [Difference]
    /// The lines of text of a side were searched in its picture, so that block, text, position, colour and the
    /// differences of text are estimates.
    public var isEstimate: Bool
    /// Mean ΔE00 over all pixels of the canvas; pixels that only one picture covers count 100.
    public var meanColourDifference: Double
    /// CSS pixels of the canvas: the larger width and the larger height.
    public var width, height: Double

    init(
        score: FidelityScore, differences: [Difference], isEstimate: Bool, meanColourDifference: Double,
        width: Double, height: Double
    ) {
        self.score = score
        self.differences = differences
        self.isEstimate = isEstimate
        self.meanColourDifference = meanColourDifference
        self.width = width
        self.height = height
    }
}

extension FidelityReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case score, differences, width, height
        case isEstimate = "is_estimate"
        case meanColourDifference = "mean_colour_difference"
    }
}
