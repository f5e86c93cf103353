// How faithful a result is to its design: two sights in, one report out. Text is matched block by block, pictures are
// compared pixel by pixel, pages are asked what they lack. Nothing here knows how a sight came about.

/// Compares results with designs.
public enum Fidelity {
    /// Scores a result against its design.
    ///
    /// The categories, each 0 to 1 (`FidelityScore` has their definitions), and what they rest on:
    ///
    ///     block text position colour    lines of text, merged and matched     TextMatching
    ///     structure tone edges          the two pictures                      PixelComparison
    ///     completeness accessibility    the page                              PageChecks
    ///
    /// Both sides are brought to the smaller of their scales. When one side's text is an estimate, the other side's is
    /// searched in its picture too, so that like is compared with like; a page then lends its words. A side against
    /// itself is exactly 1 in every number.
    ///
    /// - Complexity: linear in pixels (0.1 to 0.2 s for two screens of 1280 × 800 in a release build, on one core), plus
    ///   the product of both sides' blocks of text.
    ///
    /// Proofs: `FidelityTests`.
    public static func score(of result: Sight, against design: Sight) -> FidelityReport {
        let isEstimate = result.isEstimate || design.isEstimate
        let scale = min(result.scale, design.scale)
        let found = (isEstimate ? result.estimated() : result).scaled(to: scale)
        let wanted = (isEstimate ? design.estimated() : design).scaled(to: scale)
        let canvas = (width: max(found.width, wanted.width), height: max(found.height, wanted.height))

        let pixels = PixelComparison(found, wanted)
        let matching = TextMatching(of: found, with: wanted, canvas: canvas)
        let text = TextScore(matching)
        let page = PageChecks(result: found, design: wanted, text: text, isBlank: pixels.isBlank)

        var values: [FidelityCategory: Double] = [
            .structure: pixels.structure, .tone: 1 - pixels.meanColourDifference / 100, .edges: pixels.edges,
            .completeness: page.completeness,
        ]
        values.merge(text.values) { $1 }
        values[.accessibility] = page.accessibility
        let score = FidelityScore(
            values, uncounted: design.page == nil ? [.accessibility] : [], isBlank: pixels.isBlank)
        let search = DifferenceSearch(
            matching: matching, text: text, pixels: pixels, page: page, score: score, isEstimate: isEstimate,
            canvas: canvas)
        return FidelityReport(
            score: score, differences: search.differences, isEstimate: isEstimate,
            meanColourDifference: pixels.meanColourDifference, width: canvas.width, height: canvas.height)
    }
}

/// The four numbers of text.
struct TextScore {
    /// Block, text, position and colour; empty without text on either side.
    let values: [FidelityCategory: Double]
    /// Area of all blocks of both sides, in CSS pixels.
    let area: Double
    /// Area of the design's blocks that have a partner, over that of all its blocks; 1 when it has none.
    let shareFound: Double

    /// Block = area of matched blocks over area of all, both sides together. Text, position and colour are means over
    /// the pairs: similarity; 1 − max(|dx|, |dy|) of the middles in shares of the canvas; 1 − ΔE00/100. Without a pair
    /// all four are 0.
    init(_ matching: TextMatching) {
        let designArea = matching.design.reduce(0) { $0 + $1.box.area }
        let all = matching.result.reduce(designArea) { $0 + $1.box.area }
        area = all
        // Summed as `designArea` is, so that equal sets of blocks have equal sums.
        let paired = Set(matching.pairs.map(\.design))
        let pairedInResult = Set(matching.pairs.map(\.result))
        let found = matching.design.indices.reduce(0) {
            paired.contains($1) ? $0 + matching.design[$1].box.area : $0
        }
        shareFound = designArea > 0 ? found / designArea : 1
        guard all > 0 else {
            values = [:]
            return
        }
        let matched = matching.result.indices.reduce(found) {
            pairedInResult.contains($1) ? $0 + matching.result[$1].box.area : $0
        }
        func mean(_ value: (TextMatching.Pair) -> Double) -> Double {
            matching.pairs.isEmpty ? 0 : matching.pairs.reduce(0) { $0 + value($1) } / Double(matching.pairs.count)
        }
        values = [
            .block: matched / all,
            .text: mean(\.similarity),
            .position: mean { 1 - matching.distance(matching.result[$0.result].box, matching.design[$0.design].box) },
            .colour: mean {
                let pair = (matching.result[$0.result].colour, matching.design[$0.design].colour)
                return 1 - min(100, ColourDifference.between(pair.0, pair.1)) / 100
            },
        ]
    }
}
