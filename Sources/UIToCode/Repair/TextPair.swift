// Which line of text of a design is which line of the page. On a picture nobody has read the words, so lines are told
// by their look (the pattern of their ink), their place and their size; where words are known, they count.
import Render

/// A line of the page and the line of the design that it stands for.
struct TextPair: Sendable {
    var design: TextBox
    var result: TextBox
    /// The element of the page that holds the line; nil when none was found.
    var selector: String?
    /// How alike the ink of the two is, -1 to 1; 1 for equal words.
    var likeness: Double

    /// Where the design has the line, counted from where the page has it. Positive: further right, further down.
    ///
    /// - Parameter alignment: the computed `text-align`, which says what stays when the width changes.
    func shift(alignment: String?) -> (x: Double, y: Double) {
        let x =
            switch alignment {
            case "center", "-webkit-center": design.box.center.x - result.box.center.x
            case "right", "end", "-webkit-right": design.box.right - result.box.right
            default: design.box.x - result.box.x
            }
        return (x, design.box.center.y - result.box.center.y)
    }
}

extension TextPair {
    /// The least likeness, nearness and size together that make a pair.
    static let leastAgreement = 0.5

    /// Pairs lines, the most alike first, each line at most once.
    ///
    /// - Parameters:
    ///   - design: the lines of the design, with its pixels.
    ///   - result: the lines of the page, with its pixels.
    /// - Returns: the pairs from top to bottom of the page, then from left to right.
    static func pairs(
        of design: [TextBox], in designPixels: Pixels, with result: [TextBox], in resultPixels: Pixels
    ) -> [TextPair] {
        let designInk = design.map { InkPattern($0.box, in: designPixels) }
        let resultInk = result.map { InkPattern($0.box, in: resultPixels) }
        let reach = 0.35 * Double(max(resultPixels.width, 200))
        var candidates: [(agreement: Double, design: Int, result: Int, likeness: Double)] = []
        for (row, line) in design.enumerated() {
            for (column, other) in result.enumerated() {
                let size = Self.sizeAgreement(line.box, other.box)
                let near = Self.nearness(line.box, other.box, reach: reach)
                guard size > 0.3, near > 0 else { continue }
                let likeness =
                    line.text != nil && line.text == other.text
                    ? 1 : designInk[row].correlation(with: resultInk[column])
                let agreement = 0.45 * max(0, likeness) + 0.35 * near + 0.2 * size
                if agreement >= leastAgreement { candidates.append((agreement, row, column, likeness)) }
            }
        }
        candidates.sort { ($0.agreement, -$0.design, -$0.result) > ($1.agreement, -$1.design, -$1.result) }
        var taken = (design: Set<Int>(), result: Set<Int>())
        var pairs: [TextPair] = []
        for candidate in candidates where !taken.design.contains(candidate.design) {
            guard taken.result.insert(candidate.result).inserted else { continue }
            taken.design.insert(candidate.design)
            pairs.append(
                TextPair(
                    design: design[candidate.design], result: result[candidate.result], likeness: candidate.likeness))
        }
        return pairs.sorted { ($0.result.box.y, $0.result.box.x) < ($1.result.box.y, $1.result.box.x) }
    }

    /// How alike the sizes of the two are, 0 to 1.
    var sizeAgreement: Double { Self.sizeAgreement(design.box, result.box) }

    private static func sizeAgreement(_ one: Box, _ other: Box) -> Double {
        func ratio(_ a: Double, _ b: Double) -> Double { min(a, b) / max(max(a, b), 1) }
        return ratio(one.width, other.width) * ratio(one.height, other.height)
    }

    private static func nearness(_ one: Box, _ other: Box, reach: Double) -> Double {
        let (x, y) = (one.center.x - other.center.x, one.center.y - other.center.y)
        let left = one.x - other.x
        let dx = min(abs(x), abs(left))
        return 1 - (dx * dx + y * y).squareRoot() / reach
    }
}

/// Where a line of text is dark and where it is not, at one size for all lines.
private struct InkPattern {
    private static let columns = 48
    private static let rows = 8
    // `[rows, columns]`, the mean taken off, of length 1; all 0 without ink.
    private var values: [Double]

    init(_ box: Box, in pixels: Pixels) {
        values = []
        guard let ground = Fill(of: pixels.colours(in: box))?.colour else {
            values = [Double](repeating: 0, count: Self.columns * Self.rows)
            return
        }
        for row in 0..<Self.rows {
            for column in 0..<Self.columns { values.append(Self.ink(row, column, box, pixels, ground)) }
        }
        let mean = values.reduce(0, +) / Double(values.count)
        values = values.map { $0 - mean }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 { values = values.map { $0 / length } }
    }

    func correlation(with other: InkPattern) -> Double { zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 } }

    // How far the pixels under one cell are from the ground, on the whole.
    private static func ink(_ row: Int, _ column: Int, _ box: Box, _ pixels: Pixels, _ ground: RGB) -> Double {
        let cell = Box(
            x: box.x + box.width * Double(column) / Double(columns),
            y: box.y + box.height * Double(row) / Double(rows),
            width: box.width / Double(columns), height: box.height / Double(rows))
        let left = Int(cell.x), top = Int(cell.y)
        var sum = 0, count = 0
        for y in top..<max(top + 1, Int(cell.bottom)) where y >= 0 && y < pixels.height {
            for x in left..<max(left + 1, Int(cell.right)) where x >= 0 && x < pixels.width {
                sum += pixels[x, y].distance(to: ground)
                count += 1
            }
        }
        return count > 0 ? Double(sum) / Double(count) : 0
    }
}
