// From numbers to things one can point at: each difference with its kind, its places and what it costs.

/// Lists what differs between a result and its design.
struct DifferenceSearch {
    /// CSS pixels beyond which a text counts as moved.
    static let leastMove = 2.0
    /// CSS pixels, and share of the design's size, beyond either of which a font size counts as wrong. Estimates are
    /// allowed twice as much.
    static let leastSize = (pixels: 1.0, share: 0.08)
    /// ΔE00 beyond which a colour counts as wrong; estimates are allowed twice as much.
    static let leastColour = 3.0

    private let matching: TextMatching
    private let text: TextScore
    private let pixels: PixelComparison
    private let page: PageChecks
    private let score: FidelityScore
    private let isEstimate: Bool
    private let canvas: (width: Double, height: Double)

    init(
        matching: TextMatching, text: TextScore, pixels: PixelComparison, page: PageChecks, score: FidelityScore,
        isEstimate: Bool, canvas: (width: Double, height: Double)
    ) {
        self.matching = matching
        self.text = text
        self.pixels = pixels
        self.page = page
        self.score = score
        self.isEstimate = isEstimate
        self.canvas = canvas
    }

    /// All of them, the gravest first, then from top to bottom, then from left to right.
    var differences: [Difference] {
        let all = unmatched + matching.pairs.flatMap(differences(of:)) + ofAreas + ofPage
        return all.enumerated().sorted { left, right in
            let (a, b) = (
                left.element.designBox ?? left.element.resultBox, right.element.designBox ?? right.element.resultBox
            )
            return (right.element.severity, a?.y ?? 0, a?.x ?? 0, left.offset)
                < (left.element.severity, b?.y ?? 0, b?.x ?? 0, right.offset)
        }.map(\.element)
    }

    private func share(_ category: FidelityCategory) -> Double { score.shares[category] ?? 0 }

    /// Area over the area of all blocks of both sides.
    private func part(of area: Double) -> Double { text.area > 0 ? area / text.area : 0 }

    /// Missing and extra text: its part of the block category, and of completeness when it is missing.
    private var unmatched: [Difference] {
        let kept = Set(matching.pairs.map(\.design))
        let used = Set(matching.pairs.map(\.result))
        let designArea = matching.design.reduce(0) { $0 + $1.box.area }
        let missing = matching.design.indices.filter { !kept.contains($0) }.map { index in
            let block = matching.design[index]
            let severity =
                share(.block) * part(of: block.box.area) + share(.completeness) * block.box.area / max(1, designArea)
            return Difference(.missingText(block.text), design: block.box, severity: min(1, severity))
        }
        let extra = matching.result.indices.filter { !used.contains($0) }.map { index in
            let block = matching.result[index]
            return Difference(
                .extraText(block.text), result: block.box, selector: block.selector,
                severity: share(.block) * part(of: block.box.area))
        }
        return missing + extra
    }

    /// What differs within a pair: its part of the category; for moved and resized text also its part of the edges,
    /// which agree no longer.
    private func differences(of pair: TextMatching.Pair) -> [Difference] {
        let (found, wanted) = (matching.result[pair.result], matching.design[pair.design])
        let count = Double(matching.pairs.count)
        let edges = share(.edges) * part(of: found.box.area + wanted.box.area)
        var kinds: [(Difference.Kind, Double)] = []
        if let text = found.text, let expected = wanted.text, text != expected {
            kinds.append((.wrongText(expected: expected, found: text), share(.text) * (1 - pair.similarity) / count))
        }
        let (dx, dy) = Self.move(from: wanted.box, to: found.box)
        if max(abs(dx), abs(dy)) > Self.leastMove {
            let distance = matching.distance(found.box, wanted.box)
            kinds.append((.moved(dx: dx, dy: dy), share(.position) * distance / count + edges))
        }
        let allowance = isEstimate ? 2.0 : 1.0
        let growth = abs(found.fontSize - wanted.fontSize)
        let relative = growth / max(1, wanted.fontSize)
        let isWrongSize =
            isEstimate
            ? growth > 2 * Self.leastSize.pixels && relative > 2 * Self.leastSize.share
            : growth > Self.leastSize.pixels || relative > Self.leastSize.share
        if isWrongSize {
            kinds.append((.wrongSize(expected: wanted.fontSize, found: found.fontSize), edges * min(1, relative)))
        }
        let colours = ColourDifference.between(found.colour, wanted.colour)
        if colours > Self.leastColour * allowance {
            kinds.append(
                (
                    .wrongColour(expected: wanted.colour, found: found.colour),
                    share(.colour) * min(1, colours / 100) / count
                ))
        }
        return kinds.map {
            Difference($0, design: wanted.box, result: found.box, selector: found.selector, severity: $1)
        }
    }

    /// How far a box moved: of the shifts of its left edge, middle and right edge the least, likewise from top to
    /// bottom, so that text which only became longer has not moved.
    static func move(from design: Box, to result: Box) -> (dx: Double, dy: Double) {
        func least(_ shifts: [Double]) -> Double { shifts.min { abs($0) < abs($1) }! }
        return (
            least([result.x - design.x, result.center.x - design.center.x, result.right - design.right]),
            least([result.y - design.y, result.center.y - design.center.y, result.bottom - design.bottom])
        )
    }

    /// Areas in another colour: their part of the canvas in tone and structure, in full from ΔE00 50 on.
    private var ofAreas: [Difference] {
        pixels.areas.map { area in
            let part = area.area / max(1, canvas.width * canvas.height)
            return Difference(
                .wrongArea(expected: area.expected, found: area.found), design: area.box, result: area.box,
                severity: (share(.tone) + share(.structure)) * part * min(1, area.difference / 50))
        }
    }

    /// Blank, overflow, placeholders.
    private var ofPage: [Difference] {
        var all: [Difference] = []
        if pixels.isBlank { all.append(Difference(.blank, severity: 1)) }
        if page.overflow > 0 {
            all.append(
                Difference(
                    .overflow(page.overflow), severity: share(.completeness) * min(1, page.overflow / canvas.width)))
        }
        let lines = Double(max(1, matching.result.count + page.excuses.count))
        for line in page.placeholders {
            all.append(
                Difference(
                    .placeholder(line.text ?? ""), result: line.box, selector: line.selector,
                    severity: share(.completeness) / lines))
        }
        for comment in page.excuses {
            all.append(Difference(.placeholder(comment), severity: share(.completeness) / lines))
        }
        return all
    }
}
