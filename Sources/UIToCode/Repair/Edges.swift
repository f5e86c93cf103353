// Sides of boxes, and how far the edge of a painted box lies from where the page has it: the profile of changes of
// colour across the edge is looked for in the design.
import Render

/// A side of a box.
enum Side: String, CaseIterable, Sendable {
    case top, right, bottom, left

    var isVertical: Bool { self == .left || self == .right }

    /// The strip along this side inside a box, without a tenth at both ends.
    func strip(of box: Box, thickness: Double) -> Box {
        let (dx, dy) = (box.width / 10, box.height / 10)
        return switch self {
        case .top: Box(x: box.x + dx, y: box.y, width: box.width - 2 * dx, height: thickness)
        case .bottom: Box(x: box.x + dx, y: box.bottom - thickness, width: box.width - 2 * dx, height: thickness)
        case .left: Box(x: box.x, y: box.y + dy, width: thickness, height: box.height - 2 * dy)
        case .right: Box(x: box.right - thickness, y: box.y + dy, width: thickness, height: box.height - 2 * dy)
        }
    }

    /// A box moved towards the middle of the box that it is a side of.
    func moved(_ box: Box, inwards distance: Double) -> Box {
        switch self {
        case .top: box.moved((0, distance))
        case .bottom: box.moved((0, -distance))
        case .left: box.moved((distance, 0))
        case .right: box.moved((-distance, 0))
        }
    }

    /// Where the side of a box lies, across it.
    func place(of box: Box) -> Double {
        switch self {
        case .top: box.y
        case .bottom: box.bottom
        case .left: box.x
        case .right: box.right
        }
    }
}

/// Finds the edges of the page's boxes in the design.
struct EdgeFinder: Sendable {
    /// How far an edge is looked for, in CSS pixels to both sides of the guess.
    static let reach = 36
    private static let window = 5

    let design, result: Pixels

    /// How far the design has a side of a box from where the page has it; nil when no edge like it is near.
    ///
    /// - Parameter guess: how far the design is thought to have the whole box.
    func shift(of side: Side, of box: Box, guess: (x: Double, y: Double)) -> Double? {
        let edge = Int(side.place(of: box).rounded())
        let own = profile(side, of: box, around: edge, in: result, reach: Self.window)
        let length = own.length
        guard length > 4 else { return nil }
        let along = side.isVertical ? (x: 0, y: guess.y) : (x: guess.x, y: 0)
        let start = Int((side.isVertical ? guess.x : guess.y).rounded())
        let reach = Self.reach + Self.window
        let other = profile(side, of: box.moved(along), around: edge + start, in: design, reach: reach)
        var best: (shift: Int, value: Double)?
        for offset in -Self.reach...Self.reach {
            let middle = offset + reach
            let part = Array(other[middle - Self.window...middle + Self.window])
            guard part.length > 0.35 * length, part.length * 0.35 < length else { continue }
            let likeness = zip(own, part).reduce(0) { $0 + $1.0 * $1.1 } / (length * part.length)
            guard likeness >= 0.8 else { continue }
            let value = likeness - 0.004 * Double(abs(offset))
            if value > best?.value ?? 0 { best = (start + offset, value) }
        }
        return best.map { Double($0.shift) }
    }

    // How much the colour changes across each line that is parallel to the side, on the mean over its middle part.
    private func profile(_ side: Side, of box: Box, around edge: Int, in pixels: Pixels, reach: Int) -> [Double] {
        let span = side.isVertical ? (box.y, box.height) : (box.x, box.width)
        let first = Int((span.0 + 0.2 * span.1).rounded()), count = max(1, Int(0.6 * span.1))
        let places = stride(from: first, to: first + count, by: max(1, count / 24))
        return (edge - reach...edge + reach).map { line in
            var sum = 0, seen = 0
            for place in places {
                let (x, y) = side.isVertical ? (line, place) : (place, line)
                let (beforeX, beforeY) = side.isVertical ? (x - 1, y) : (x, y - 1)
                guard beforeX >= 0, beforeY >= 0, x < pixels.width, y < pixels.height else { continue }
                sum += pixels[x, y].distance(to: pixels[beforeX, beforeY])
                seen += 1
            }
            return seen > 0 ? Double(sum) / Double(seen) : 0
        }
    }
}

extension [Double] {
    /// The length of the vector.
    fileprivate var length: Double { reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

extension Box {
    /// The box elsewhere.
    func moved(_ shift: (x: Double, y: Double)) -> Box {
        Box(x: x + shift.x, y: y + shift.y, width: width, height: height)
    }

    /// The box without a rim of this width, or with one when it is negative; never smaller than nothing.
    func inset(by rim: Double) -> Box {
        Box(x: x + rim, y: y + rim, width: max(0, width - 2 * rim), height: max(0, height - 2 * rim))
    }
}
