// Whole-pixel geometry of cutting: sizes, rectangles, and the direction in which the parts of a rectangle follow each
// other. A rectangle is seen along a direction as a *main* range (where the parts follow each other) and a *cross* one.
import Inference

extension PixelSize {
    /// The size's length along a direction's main axis.
    func main(_ direction: BlockDirection) -> Int { direction == .column ? height : width }
}

/// How the parts of a block follow each other.
enum BlockDirection: Sendable, Equatable {
    /// From top to bottom.
    case column
    /// From left to right.
    case row

    /// The other direction.
    var other: BlockDirection { self == .column ? .row : .column }
}

/// A rectangle of pixels; `xs` and `ys` are its columns and rows in the picture.
struct PixelRect: Sendable, Equatable {
    var xs, ys: Range<Int>

    /// Describes a rectangle by the pixels it holds.
    init(xs: Range<Int>, ys: Range<Int>) {
        self.xs = xs
        self.ys = ys
    }

    /// Describes a rectangle by its top left pixel and its size.
    init(x: Int, y: Int, width: Int, height: Int) {
        self.init(xs: x..<x + width, ys: y..<y + height)
    }

    var size: PixelSize { PixelSize(width: xs.count, height: ys.count) }
    var width: Int { xs.count }
    var height: Int { ys.count }
    var area: Int { xs.count * ys.count }

    /// The range in which the parts follow each other.
    func main(_ direction: BlockDirection) -> Range<Int> { direction == .column ? ys : xs }

    /// The range that every part spans.
    func cross(_ direction: BlockDirection) -> Range<Int> { direction == .column ? xs : ys }

    /// The rectangle with another main range.
    func with(main: Range<Int>, _ direction: BlockDirection) -> PixelRect {
        direction == .column ? PixelRect(xs: xs, ys: main) : PixelRect(xs: main, ys: ys)
    }

    /// Whether it lies within `size` in both directions.
    func fits(_ size: PixelSize) -> Bool { width <= size.width && height <= size.height }

    /// Whether every pixel of `other` lies inside.
    func contains(_ other: PixelRect) -> Bool {
        xs.lowerBound <= other.xs.lowerBound && other.xs.upperBound <= xs.upperBound
            && ys.lowerBound <= other.ys.lowerBound && other.ys.upperBound <= ys.upperBound
    }

    /// Whether they share a pixel.
    func overlaps(_ other: PixelRect) -> Bool { xs.overlaps(other.xs) && ys.overlaps(other.ys) }
}

/// Pixels at the four sides of a rectangle.
struct PixelInsets: Sendable, Equatable {
    var top = 0
    var right = 0
    var bottom = 0
    var left = 0
}

extension PixelRect {
    /// The rectangle without its outer pixels; at least one pixel stays.
    func inset(by insets: PixelInsets) -> PixelRect {
        let left = min(xs.lowerBound + insets.left, xs.upperBound - 1)
        let top = min(ys.lowerBound + insets.top, ys.upperBound - 1)
        return PixelRect(
            xs: left..<max(left + 1, xs.upperBound - insets.right),
            ys: top..<max(top + 1, ys.upperBound - insets.bottom))
    }
}

extension PixelRect {
    /// The smallest rectangle around both.
    func union(_ other: PixelRect) -> PixelRect {
        PixelRect(
            xs: min(xs.lowerBound, other.xs.lowerBound)..<max(xs.upperBound, other.xs.upperBound),
            ys: min(ys.lowerBound, other.ys.lowerBound)..<max(ys.upperBound, other.ys.upperBound))
    }

    /// The rectangle with `margin` more pixels on each side; it may leave the picture.
    func widened(by margin: Int) -> PixelRect {
        PixelRect(
            xs: xs.lowerBound - margin..<xs.upperBound + margin, ys: ys.lowerBound - margin..<ys.upperBound + margin)
    }

    /// The part inside a picture; nil where there is none.
    func clipped(width: Int, height: Int) -> PixelRect? {
        shared(with: PixelRect(xs: 0..<width, ys: 0..<height))
    }

    /// The part that both share; nil where there is none.
    func shared(with other: PixelRect) -> PixelRect? {
        let (columns, rows) = (xs.clamped(to: other.xs), ys.clamped(to: other.ys))
        return columns.isEmpty || rows.isEmpty ? nil : PixelRect(xs: columns, ys: rows)
    }

    /// Whether a pixel lies in it.
    func contains(x: Int, y: Int) -> Bool { xs.contains(x) && ys.contains(y) }

    /// The shared area to the area of both together, 0…1.
    func overlap(_ other: PixelRect) -> Double {
        let shared = xs.clamped(to: other.xs).count * ys.clamped(to: other.ys).count
        return shared == 0 ? 0 : Double(shared) / Double(area + other.area - shared)
    }

    var centerX: Int { (xs.lowerBound + xs.upperBound) / 2 }
    var centerY: Int { (ys.lowerBound + ys.upperBound) / 2 }
}
