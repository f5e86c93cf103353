// How far content has moved between two frames, and over a whole gesture. Phase correlation proposes distances; the
// tiles decide: of those that have changed, most must be found again where the distance says. What does not move with
// the rest, such as a sticky header, has not changed and is not asked.
import Media

/// One step of a scroll.
struct ScrollStep: Equatable {
    /// Pixels the content moved up, or to the left.
    var distance: Int
    /// Whether it moved to the side.
    var isSideways: Bool
    /// The part of the changed tiles that were found again, 0…1.
    var found: Double
    /// Where the content moves.
    var rect: PixelRect
}

/// Measures steps.
struct ScrollMeter {
    private var correlations: [Int: PhaseCorrelation] = [:]

    /// The content that moves is at least so large, in pixels, and in tiles that have changed.
    private static let (leastSide, leastTiles) = (64, 24)
    /// And at least this part of the screen, as a divisor.
    private static let leastPart = 20
    /// Of the change in tiles that may be found again, this part is explained.
    private static let leastFound = 0.7
    /// Of the tiles that hold something where content moves, this part has changed.
    private static let leastMoved = 0.35
    /// Strips that the content is cut into, at most.
    private static let strips = 48
    /// A tile is found again where the distance explains this part of its change.
    private static let explained = 0.5

    /// Measures the step from one frame to the next; nil where the change is none.
    ///
    /// - Parameter hint: the last step of the same gesture.
    mutating func step(
        from before: LumaPlane, to after: LumaPlane, changed: TileSet, hint: ScrollStep?
    ) -> ScrollStep? {
        guard changed.count >= Self.leastTiles else { return nil }
        let parts = changed.regions(gap: 3).filter { $0.tiles.count * 8 >= changed.count }
        guard let first = parts.first else { return nil }
        let rect = parts.reduce(Self.rect(first, after)) { $0.union(Self.rect($1, after)) }
        guard rect.width >= Self.leastSide, rect.height >= Self.leastSide,
            rect.area >= after.width * after.height / Self.leastPart
        else { return nil }
        let order = hint?.isSideways == true ? [true, false] : [false, true]
        for isSideways in order {
            let hinted = hint.flatMap { $0.isSideways == isSideways ? $0.distance : nil }
            let distances = candidates(before, after, rect, isSideways, hinted)
            let steps = distances.compactMap { distance in
                Self.check(before, after, changed, rect, distance, isSideways)
            }
            if let best = steps.max(by: { $0.found < $1.found }), best.found >= Self.leastFound { return best }
        }
        return nil
    }

    private static func rect(_ region: TileRegion, _ plane: LumaPlane) -> PixelRect {
        let area = region.pixels(width: plane.width, height: plane.height)
        return PixelRect(xs: area.xs, ys: area.ys)
    }

    /// Distances worth a try.
    private mutating func candidates(
        _ before: LumaPlane, _ after: LumaPlane, _ rect: PixelRect, _ isSideways: Bool, _ hint: Int?
    ) -> [Int] {
        let length = isSideways ? rect.width : rect.height
        let correlation = correlations[length] ?? PhaseCorrelation(length: length)
        if correlations.count > 16 { correlations = [:] }
        correlations[length] = correlation
        let peaks = correlation.peaks(
            from: Self.profile(of: before, rect, isSideways), to: Self.profile(of: after, rect, isSideways), most: 6)
        var distances: [Int] = []
        for peak in peaks {
            let shift = Int(peak.shift.rounded())
            distances += [-shift, shift > 0 ? correlation.period - shift : -correlation.period - shift]
        }
        if let hint { distances.append(hint) }
        var seen: Set<Int> = []
        return distances.filter { abs($0) >= 1 && abs($0) < length * 9 / 10 && seen.insert($0).inserted }
    }

    /// The area as strips along the axis: each sample the mean of its strip's pixels.
    private static func profile(of plane: LumaPlane, _ rect: PixelRect, _ isSideways: Bool) -> [Float] {
        let (along, across) = isSideways ? (rect.width, rect.height) : (rect.height, rect.width)
        let count = max(1, min(strips, across / TileSet.side))
        var profile = [Float](repeating: 0, count: count * along)
        plane.samples.withUnsafeBufferPointer { samples in
            profile.withUnsafeMutableBufferPointer { profile in
                var y = 0
                while y < rect.height {
                    var index = (rect.ys.lowerBound &+ y) &* plane.width &+ rect.xs.lowerBound
                    var x = 0
                    while x < rect.width {
                        let target =
                            isSideways ? y &* count / rect.height &* along &+ x : x &* count / rect.width &* along &+ y
                        profile[target] += Float(samples[index])
                        index &+= 1
                        x &+= 1
                    }
                    y &+= 1
                }
            }
        }
        return profile
    }

    /// Looks for every changed tile where a distance says it came from.
    private static func check(
        _ before: LumaPlane, _ after: LumaPlane, _ changed: TileSet, _ rect: PixelRect, _ distance: Int,
        _ isSideways: Bool
    ) -> ScrollStep? {
        let shift = isSideways ? (x: distance, y: 0) : (x: 0, y: distance)
        let side = TileSet.side
        // What is flat now would be found anywhere. A tile counts by how much it has changed: a light that stays under
        // the pointer counts less than text.
        var (asked, held, sum, found) = (0, 0, 0, 0)
        var area: PixelRect?
        for tile in changed.indices {
            let x = tile % changed.columns * side
            let y = tile / changed.columns * side
            let place = PixelRect(
                xs: x..<min(after.width, x + side), ys: y..<min(after.height, y + side))
            let source = PixelRect(
                xs: place.xs.lowerBound + shift.x..<place.xs.upperBound + shift.x,
                ys: place.ys.lowerBound + shift.y..<place.ys.upperBound + shift.y)
            guard rect.contains(place), rect.contains(source) else { continue }
            asked += 1
            guard !isFlat(after, place) else { continue }
            held += 1
            let here = distanceSum(after, place, before, place)
            sum += here
            let there = distanceSum(after, place, before, source)
            guard Double(there) < explained * Double(here) else { continue }
            found += here
            area = area.map { $0.union(place) } ?? place
        }
        // Much of the content must be seen in both frames, and hardly any of it may have stayed where it was.
        guard let area, sum > 0, asked * 5 >= changed.count,
            Double(held) >= leastMoved * Double(heldTiles(in: area, of: after, changed))
        else { return nil }
        let whole =
            isSideways ? area.widenedAcross(by: distance, within: rect) : area.widenedDown(by: distance, within: rect)
        return ScrollStep(
            distance: distance, isSideways: isSideways, found: Double(found) / Double(sum), rect: whole)
    }

    /// Tiles that are not flat.
    private static func heldTiles(in area: PixelRect, of plane: LumaPlane, _ tiles: TileSet) -> Int {
        let side = TileSet.side
        let places = tiles.tiles(touching: area.xs, area.ys)
        return places.rows.reduce(0) { sum, row in
            sum
                + places.columns.count { column in
                    !isFlat(
                        plane,
                        PixelRect(
                            xs: column * side..<min(plane.width, (column + 1) * side),
                            ys: row * side..<min(plane.height, (row + 1) * side)))
                }
        }
    }

    /// Whether all samples of an area are nearly the same.
    private static func isFlat(_ plane: LumaPlane, _ area: PixelRect) -> Bool {
        var (least, most) = (UInt8.max, UInt8.min)
        plane.samples.withUnsafeBufferPointer { samples in
            for y in area.ys {
                var index = y &* plane.width &+ area.xs.lowerBound
                let end = index &+ area.width
                while index < end {
                    least = min(least, samples[index])
                    most = max(most, samples[index])
                    index &+= 1
                }
            }
        }
        return most - least < 16
    }

    /// The sum of absolute differences of two areas of one size.
    static func distanceSum(_ one: LumaPlane, _ here: PixelRect, _ two: LumaPlane, _ there: PixelRect) -> Int {
        var sum = 0
        one.samples.withUnsafeBufferPointer { first in
            two.samples.withUnsafeBufferPointer { second in
                var y = 0
                while y < here.height {
                    var index = (here.ys.lowerBound &+ y) &* one.width &+ here.xs.lowerBound
                    var other = (there.ys.lowerBound &+ y) &* two.width &+ there.xs.lowerBound
                    let end = index &+ here.width
                    while index < end {
                        sum &+= abs(Int(first[index]) &- Int(second[other]))
                        index &+= 1
                        other &+= 1
                    }
                    y &+= 1
                }
            }
        }
        return sum
    }

    /// The distance near a predicted one at which an area of one frame lies best on another, and the part of its
    /// tiles with content that are then found again; nil where the two share too little.
    static func align(
        _ before: LumaPlane, _ after: LumaPlane, _ rect: PixelRect, near predicted: Int, reach: Int, isSideways: Bool
    ) -> (distance: Int, found: Double)? {
        func areas(_ distance: Int) -> (PixelRect, PixelRect)? {
            let range = isSideways ? rect.xs : rect.ys
            let shared = range.clamped(
                to: range.lowerBound - distance..<max(range.lowerBound - distance, range.upperBound - distance))
            guard shared.count >= max(32, range.count / 12) else { return nil }
            let moved = shared.lowerBound + distance..<shared.upperBound + distance
            return isSideways
                ? (PixelRect(xs: shared, ys: rect.ys), PixelRect(xs: moved, ys: rect.ys))
                : (PixelRect(xs: rect.xs, ys: shared), PixelRect(xs: rect.xs, ys: moved))
        }
        var best: (distance: Int, error: Double)?
        for distance in predicted - reach...predicted + reach {
            guard let (here, there) = areas(distance) else { continue }
            let error = Double(distanceSum(after, here, before, there)) / Double(here.area)
            if error < best?.error ?? .infinity { best = (distance, error) }
        }
        guard let best, let (here, there) = areas(best.distance) else { return nil }
        let side = TileSet.side * 2
        var (held, found) = (0, 0)
        for y in stride(from: 0, to: here.height - side + 1, by: side) {
            for x in stride(from: 0, to: here.width - side + 1, by: side) {
                let xs = there.xs.lowerBound + x..<there.xs.lowerBound + x + side
                let ys = there.ys.lowerBound + y..<there.ys.lowerBound + y + side
                let shift = (
                    x: here.xs.lowerBound - there.xs.lowerBound, y: here.ys.lowerBound - there.ys.lowerBound
                )
                let fit = TileFit(from: before, to: after, xs: xs, ys: ys, shift: shift)
                guard max(fit.deviationBefore, fit.deviationAfter) > 4 else { continue }
                held += 1
                found += fit.correlation > 0.7 ? 1 : 0
            }
        }
        return (best.distance, held == 0 ? 0 : Double(found) / Double(held))
    }
}

extension PixelRect {
    /// The rectangle with what has come into view, or left it, at the lower and upper side.
    fileprivate func widenedDown(by distance: Int, within rect: PixelRect) -> PixelRect {
        let reach = abs(distance) + TileSet.side
        return PixelRect(xs: xs, ys: ys.lowerBound - reach..<ys.upperBound + reach).clamped(to: rect)
    }

    /// The same to the sides.
    fileprivate func widenedAcross(by distance: Int, within rect: PixelRect) -> PixelRect {
        let reach = abs(distance) + TileSet.side
        return PixelRect(xs: xs.lowerBound - reach..<xs.upperBound + reach, ys: ys).clamped(to: rect)
    }

    private func clamped(to rect: PixelRect) -> PixelRect {
        PixelRect(xs: xs.clamped(to: rect.xs), ys: ys.clamped(to: rect.ys))
    }
}
