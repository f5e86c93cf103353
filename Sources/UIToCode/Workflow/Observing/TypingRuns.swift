// Typing: small changes that follow one another along a line. A run is one event, however many keystrokes it has, as
// long as the next is not long in coming.
import Media

/// Finds text that grows or shrinks.
struct TypingRuns {
    private let (width, height): (Int, Int)

    /// Seconds between keystrokes of one run, at most.
    static let pause = 1.6
    /// Pixels between one keystroke's change and the next, in heights of the line.
    private static let reach = 3
    /// Of a changed tile's neighbours, the part that shows strokes when they are text.
    private static let leastStrokes = 0.2

    /// Text takes the place of other text or of nothing: this part of what was there at most is still there. And it does
    /// not cover more than this part of the screen.
    private static let (mostKept, mostCoverage) = (0.5, 0.03)

    /// Prepares for frames of a size.
    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
    }

    /// The line that an activity types on, when it is more than one keystroke; nil when it is none.
    func line(of activity: Activity) -> PixelRect? {
        guard activity.scroll == nil, activity.difference.strokes >= Self.leastStrokes,
            activity.difference.kept < Self.mostKept, activity.difference.coverage < Self.mostCoverage
        else { return nil }
        let parts = activity.difference.regions.filter { isLine($0) }
        return parts.first { part in
            let steps = activity.steps.filter { part.widened(by: 8).overlaps($0.rect) }
            return grows(steps.map(\.rect), within: part)
        }
    }

    /// Whether an activity may be a single keystroke, and where.
    func keystroke(of activity: Activity) -> PixelRect? {
        guard activity.scroll == nil, activity.difference.regions.count <= 2,
            activity.difference.strokes >= Self.leastStrokes / 2
        else { return nil }
        let rect = activity.difference.rect
        return isLine(rect) && rect.width <= 3 * lineHeight / 2 ? rect : nil
    }

    /// Whether a keystroke or a line goes on from a line.
    func continues(_ line: PixelRect, _ next: PixelRect) -> Bool {
        let height = min(line.height, next.height)
        let shared = line.ys.clamped(to: next.ys).count
        if shared * 2 >= height {
            return line.widened(by: Self.reach * max(height, 12)).xs.overlaps(next.xs)
        }
        // The next line of a longer text.
        let gap = next.ys.lowerBound - line.ys.upperBound
        return (0...lineHeight).contains(gap) && next.xs.lowerBound <= line.xs.lowerBound + lineHeight
    }

    private var lineHeight: Int { max(40, min(width, height) / 14) }

    private func isLine(_ rect: PixelRect) -> Bool { rect.height <= lineHeight && rect.width <= width * 3 / 4 }

    /// Whether changes move along: there are three or more, each a part of the whole, and their middles travel further
    /// than they are wide.
    private func grows(_ steps: [PixelRect], within part: PixelRect) -> Bool {
        guard steps.count >= 3 else { return false }
        let widths = steps.map(\.width).sorted()
        let usual = widths[widths.count / 2]
        let centers = steps.map(\.centerX)
        guard let least = centers.min(), let most = centers.max() else { return false }
        return usual * 2 <= part.width && most - least >= max(12, usual)
    }
}
