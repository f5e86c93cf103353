// Where a rectangle can be cut across one direction. A cut lies in a run of quiet lines that reach from side to side, so
// it never passes through anything. An *edge* is a cut where the background changes or a thin rule runs; every other
// cut is a *gap*, as strong as it is wide. Gaps between columns must be wider than the space between two words of the
// largest text that they pass.
import Render

/// A place to cut.
struct BlockCut: Sendable, Equatable {
    /// The first line of what comes after.
    var position: Int
    /// Quiet lines around it.
    var gap: Int
    /// Whether the background changes here, or a rule ends.
    var isEdge: Bool
}

/// Finds the cuts of one rectangle in one direction.
struct BlockCuts {
    private let scan: PictureScan
    private let rect: PixelRect
    private let direction: BlockDirection
    private let background: RGB
    private let scale: Double
    // Runs of quiet lines, and the lines in them at which the colour changes.
    private var runs: [QuietRun] = []

    private struct QuietRun {
        var lines: Range<Int>
        /// First lines of another colour than the line before.
        var changes: [Int] = []
        /// Lines after a thin rule that does not reach from side to side.
        var rules: [Int] = []
    }

    /// Cuts narrower than this many pixels of a design at its true size are no cuts.
    private static let narrowestGap = 8.0
    private static let narrowestGapWhenNothingElse = 2.0

    /// Looks for the cuts of `rect`.
    ///
    /// - Parameters:
    ///   - background: the colour in which its parts lie.
    ///   - scale: picture pixels per CSS pixel.
    init(_ scan: PictureScan, _ rect: PixelRect, _ direction: BlockDirection, background: RGB, scale: Double) {
        self.scan = scan
        self.rect = rect
        self.direction = direction
        self.background = background
        self.scale = scale
        findRuns()
        joinAcrossRules()
    }

    /// The cuts from first to last; none at the rectangle's own ends.
    ///
    /// - Parameter isLenient: accepts gaps down to two pixels between rows.
    func all(isLenient: Bool = false) -> [BlockCut] {
        let lines = rect.main(direction)
        let smallest = smallestGap(isLenient: isLenient)
        return runs.filter { $0.lines.lowerBound > lines.lowerBound && $0.lines.upperBound < lines.upperBound }
            .flatMap { cuts(in: $0, smallestGap: smallest) }
    }

    // Lines of another colour that are no more than this are a rule, not a band.
    private var thickestRule: Int { Int((3 * scale).rounded()) }

    // MARK: Runs

    private mutating func findRuns() {
        var run: QuietRun?
        for line in rect.main(direction) {
            guard scan.isQuiet(line, in: rect, direction) else {
                if let run { runs.append(run) }
                run = nil
                continue
            }
            guard var open = run else {
                run = QuietRun(lines: line..<line + 1)
                continue
            }
            let before = scan.colour(of: line - 1, in: rect, direction)
            if !scan.isSame(before, scan.colour(of: line, in: rect, direction)) { open.changes.append(line) }
            open.lines = open.lines.lowerBound..<line + 1
            run = open
        }
        if let run { runs.append(run) }
    }

    // Two runs with up to three lines between them that differ along one long stretch only: the stretch is a rule.
    private mutating func joinAcrossRules() {
        var joined: [QuietRun] = []
        for run in runs {
            guard let before = joined.last, run.lines.lowerBound - before.lines.upperBound <= thickestRule,
                isRule(before.lines.upperBound..<run.lines.lowerBound)
            else {
                joined.append(run)
                continue
            }
            joined[joined.count - 1] = QuietRun(
                lines: before.lines.lowerBound..<run.lines.upperBound, changes: before.changes + run.changes,
                rules: before.rules + [run.lines.lowerBound] + run.rules)
        }
        runs = joined
    }

    private func isRule(_ lines: Range<Int>) -> Bool {
        lines.allSatisfy { line in
            let change = scan.change(from: lines.lowerBound - 1, to: line, in: rect, direction)
            return change.longest >= 0.4 && change.whole - change.longest <= 0.02
        }
    }

    // MARK: Cuts

    private func cuts(in run: QuietRun, smallestGap: Double) -> [BlockCut] {
        let lines = run.lines
        let marks = edges(in: run)
        if !marks.isEmpty {
            return marks.map { BlockCut(position: $0, gap: lines.count, isEdge: true) }
        }
        let colour = scan.colour(of: lines.lowerBound, in: rect, direction)
        let startsSharply = endsSharply(lines.lowerBound)
        let endsSharply = endsSharply(lines.upperBound)
        if !scan.isSame(colour, background), startsSharply != endsSharply,
            rect.cross(direction).count >= Int(48 * scale)
        {
            return [
                BlockCut(position: endsSharply ? lines.upperBound : lines.lowerBound, gap: lines.count, isEdge: true)
            ]
        }
        if lines.count <= thickestRule, startsSharply, endsSharply {
            return [BlockCut(position: lines.upperBound, gap: lines.count, isEdge: true)]
        }
        let isBetweenBoxes =
            rect.cross(direction).count >= Int(80 * scale) ? startsSharply || endsSharply : startsSharply && endsSharply
        guard Double(lines.count) >= (isBetweenBoxes ? min(6 * scale, smallestGap) : smallestGap) else { return [] }
        return [BlockCut(position: lines.lowerBound + (lines.count + 1) / 2, gap: lines.count, isEdge: false)]
    }

    // The lines at which what comes before a run of one colour ends along most of the line.
    private func endsSharply(_ line: Int) -> Bool {
        let change = scan.change(from: line - 1, to: line, in: rect, direction)
        return change.longest >= 0.6 || change.whole >= 0.9
    }

    // After each thin stripe or rule, and where one thick stretch of colour meets another.
    private func edges(in run: QuietRun) -> [Int] {
        var edges = run.rules.filter { $0 < run.lines.upperBound }
        let ends = run.changes + [run.lines.upperBound]
        for (start, end) in zip(run.changes, ends.dropFirst()) {
            let isAfterRule = edges.contains { abs($0 - start) <= thickestRule }
            if end - start > thickestRule, !isAfterRule { edges.append(start) }
        }
        // A stripe that ends the run: what follows begins sharply.
        if let last = run.changes.last, run.lines.upperBound - last <= thickestRule {
            edges.append(run.lines.upperBound)
        }
        return Set(edges).sorted()
    }

    // MARK: Text

    private func smallestGap(isLenient: Bool) -> Double {
        guard direction == .row else {
            return (isLenient ? Self.narrowestGapWhenNothingElse : Self.narrowestGap) * scale
        }
        return max(12 * scale, 0.48 * Double(tallestText))
    }

    // The height of the tallest run of rows with something in them that can be text.
    private var tallestText: Int {
        let limit = Int(72 * scale)
        var tallest = 0
        var height = 0
        for row in rect.ys {
            let isQuiet = scan.isQuiet(row, in: rect, .column)
            if !isQuiet { height += 1 }
            if isQuiet || row == rect.ys.upperBound - 1 {
                if height <= limit { tallest = max(tallest, height) }
                height = 0
            }
        }
        return tallest
    }
}
