// The numbers of the receipt: nine categories from 0 to 1, their weights, one total. A category that does not apply is
// nil, and its weight is shared by the others.

/// What is looked at when a page is compared with its design, in the order in which it is shown.
public enum FidelityCategory: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
    /// Matched text area of all text area.
    case block
    /// Agreement of the words of matched text.
    case text
    /// Nearness of the middles of matched text.
    case position
    /// Agreement of the colours of matched text.
    case colour
    /// Multi-scale structural similarity of the pictures.
    case structure
    /// Mean CIEDE2000 of the pictures.
    case tone
    /// Agreement of the edges in the pictures.
    case edges
    /// Nothing missing: not blank, no text left out, nothing out of the window, no placeholders.
    case completeness
    /// Names, contrast, landmarks, headings.
    case accessibility
}

/// How faithful a result is. Every number lies between 0 and 1; 1 is equal.
///
/// Proofs: `FidelityTests.aPageAgainstItselfIsOneInEveryNumber`, `FidelityTests.weightsOfWhatDoesNotApplyAreShared`.
public struct FidelityScore: Sendable, Equatable {
    /// What each category counts in the total when all apply; they add up to 1.
    public static let weights: [FidelityCategory: Double] = [
        .block: 0.15, .text: 0.20, .position: 0.10, .colour: 0.10, .structure: 0.15, .tone: 0.10, .edges: 0.10,
        .completeness: 0.05, .accessibility: 0.05,
    ]

    /// Area of matched text blocks over the area of all, on both sides; nil without text on either side.
    public var block: Double?
    /// Mean similarity of matched text; 0 when none matches, nil without text on either side.
    public var text: Double?
    /// Mean of 1 − max(|dx|, |dy|) of the middles of matched text, in shares of the canvas; 0 and nil as `text`.
    public var position: Double?
    /// Mean of 1 − ΔE00/100 of the colours of matched text; 0 and nil as `text`.
    public var colour: Double?
    /// Multi-scale SSIM.
    public var structure: Double?
    /// 1 − mean ΔE00/100 over all pixels.
    public var tone: Double?
    /// F1 of edge pixels.
    public var edges: Double?
    /// Product of what is there: not blank, the share of text found, the share of the width that fits, the share of
    /// text that is no placeholder.
    public var completeness: Double?
    /// Share of checks without fault, of the result, or relative to the design when that is a page; nil when the result
    /// is no page.
    public var accessibility: Double?
    /// Weighted mean of the categories in `shares`; 0 for a blank result.
    public var total: Double
    /// What each category counts in this total; they add up to 1. A category that is missing here does not count.
    public var shares: [FidelityCategory: Double]

    /// The number of a category; nil where it does not apply.
    public subscript(category: FidelityCategory) -> Double? {
        switch category {
        case .block: block
        case .text: text
        case .position: position
        case .colour: colour
        case .structure: structure
        case .tone: tone
        case .edges: edges
        case .completeness: completeness
        case .accessibility: accessibility
        }
    }

    /// Weighs numbers into one total.
    ///
    /// - Parameters:
    ///   - values: those that apply.
    ///   - uncounted: those that are told but stay out of the total.
    ///   - isBlank: the total is 0 whatever the numbers are.
    init(_ values: [FidelityCategory: Double], uncounted: Set<FidelityCategory> = [], isBlank: Bool = false) {
        block = values[.block]
        text = values[.text]
        position = values[.position]
        colour = values[.colour]
        structure = values[.structure]
        tone = values[.tone]
        edges = values[.edges]
        completeness = values[.completeness]
        accessibility = values[.accessibility]
        let counted = FidelityCategory.allCases.filter { values[$0] != nil && !uncounted.contains($0) }
        let whole = counted.reduce(0) { $0 + Self.weights[$1]! }
        let sum = counted.reduce(0) { $0 + Self.weights[$1]! * values[$1]! }
        total = isBlank || whole == 0 ? 0 : sum / whole
        shares = Dictionary(uniqueKeysWithValues: counted.map { ($0, Self.weights[$0]! / whole) })
    }
}

extension FidelityScore: Codable {
    private enum CodingKeys: String, CodingKey {
        case total, block, text, position, colour, structure, tone, edges, completeness, accessibility
        case shares = "weights"
    }

    /// Writes every category; what does not apply is `null`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(total, forKey: .total)
        try container.encode(block, forKey: .block)
        try container.encode(text, forKey: .text)
        try container.encode(position, forKey: .position)
        try container.encode(colour, forKey: .colour)
        try container.encode(structure, forKey: .structure)
        try container.encode(tone, forKey: .tone)
        try container.encode(edges, forKey: .edges)
        try container.encode(completeness, forKey: .completeness)
        try container.encode(accessibility, forKey: .accessibility)
        try container.encode(shares, forKey: .shares)
    }
}

extension Double {
    /// A score as it is told: four digits behind the point. What is below 1 never reads as 1.
    package var toldScore: Double { self < 1 ? min((self * 10_000).rounded() / 10_000, 0.9999) : 1 }
}
