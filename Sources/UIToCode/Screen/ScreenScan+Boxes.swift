// Grounds of a screen → boxes: rectangles with flat or shaded colour and corners. What is no rectangle is part of a
// picture.
import Foundation
import Render

extension ScreenScan {
    // A wide region of the picture.
    private struct Ground {
        var region: Int32
        var rect: PixelRect
        var count: Int

        // Of the pixels that the box around it has.
        var fill: Double { Double(count) / Double(rect.area) }
    }

    /// Pixels: round boxes that are narrower are dots.
    private static let mostDot = 12
    /// Filled shapes are badges from this size on, in pixels; ...
    private static let leastBadge = 10
    /// ... they are no higher, and larger ones have room for a ground beside their text, ...
    private static let mostBadgeHeight = 64
    /// ... the bands without ink at their tops and bottoms together are this part of their height: more than those of
    /// letters with holes, whose strokes are thinner, ...
    private static let leastPadding = 0.36
    /// ... and they fill what lies between their sides but for their corners; circles do so by π/4 less their soft edge.
    private static let leastOutline = 0.6

    /// Makes grounds of small filled shapes in which text or a mark leaves no wide place.
    mutating func findBadges() {
        var found = false
        for shape in regions(from: 3, where: { !isGround[$0] }) where isBadge(shape) {
            isGround[Int(shape.region)] = true
            found = true
            for y in shape.rect.ys {
                for x in shape.rect.xs where map.regions[y * map.width + x] == shape.region {
                    numbers[y * map.width + x] = -1
                }
            }
        }
        if found { recount() }
    }

    private func isBadge(_ shape: Ground) -> Bool {
        let rect = shape.rect
        // Letters are narrower than they are high.
        guard rect.width + 2 >= rect.height, rect.height >= Self.leastBadge, rect.height <= Self.mostBadgeHeight else {
            return false
        }
        func holds(_ x: Int, _ y: Int) -> Bool { map.regions[y * map.width + x] == shape.region }
        // From the first to the last pixel of a row or column, and whether none is missing between.
        func span(_ places: Range<Int>, _ holds: (Int) -> Bool) -> (length: Int, isClear: Bool) {
            guard let first = places.first(where: holds), let last = places.last(where: holds) else {
                return (0, false)
            }
            return (last + 1 - first, (first...last).allSatisfy(holds))
        }
        let rows = rect.ys.map { y in span(rect.xs) { holds($0, y) } }
        let above = rows.prefix { $0.isClear }.count
        let below = rows.reversed().prefix { $0.isClear }.count
        guard min(above, below) >= 2, Double(above + below) >= Self.leastPadding * Double(rect.height) else {
            return false
        }
        let columns = rect.xs.map { x in span(rect.ys) { holds(x, $0) } }
        let least = Int(Self.leastOutline * Double(rect.area))
        guard rows.reduce(0, { $0 + $1.length }) >= least, columns.reduce(0, { $0 + $1.length }) >= least else {
            return false
        }
        // A hole in the middle makes a ring of it: an icon or a letter.
        func longestGap(_ places: Range<Int>, _ holds: (Int) -> Bool) -> Int {
            var (longest, length) = (0, 0)
            for place in places {
                length = holds(place) ? 0 : length + 1
                longest = max(longest, length)
            }
            return longest
        }
        let isRing =
            2 * longestGap(rect.xs) { holds($0, rect.centerY) } > rect.width
            && 2 * longestGap(rect.ys) { holds(rect.centerX, $0) } > rect.height
        return !isRing && (isRound(shape) || isStraight(shape))
    }

    mutating func findBoxes() {
        let whole = PixelRect(x: 0, y: 0, width: map.width, height: map.height)
        let grounds = grounds()
        isCrowded = grounds.count > Self.mostGrounds
        guard !isCrowded else { return }
        func isWhole(_ ground: Ground) -> Bool {
            ground.rect.width * 50 >= whole.width * 49 && ground.rect.height * 50 >= whole.height * 49
        }
        let page = grounds.first(where: isWhole) ?? grounds.first
        boxes = [ScreenBox(rect: whole, colour: page.map(colour) ?? RGB(255, 255, 255))]
        var shapes: [(rect: PixelRect, colour: RGB)] = []
        for ground in grounds {
            let rect = ground.rect
            if ground.region == page?.region, isWhole(ground) {
                boxOfGround[ground.region] = 0
                continue
            }
            guard rect.width >= Self.leastBox, rect.height >= Self.leastBox else { continue }
            let isRound = isRound(ground)
            guard isRound || isStraight(ground) || rect.area * 8 >= whole.area else {
                shapes.append((rect, colour(of: ground)))
                continue
            }
            var box = ScreenBox(rect: rect, colour: colour(of: ground))
            let side = min(rect.width, rect.height)
            // Squares with round corners follow a circle, too, when they are small; dots have no corners to tell.
            let drawn = side < Self.mostSmallSide ? smallRadius(of: box) : 0
            if isRound, side >= Self.mostSmallSide || side < Self.mostDot || 5 * drawn >= 2 * side {
                box.radius = rect.width / 2
            } else if side < Self.mostSmallSide {
                box.radius = drawn
            } else {
                box.radius = radius(of: rect, edge: 0.9) { map.regions[$1 * map.width + $0] == ground.region }
            }
            box.gradient = gradient(of: ground.region, in: rect)
            boxOfGround[ground.region] = boxes.count
            boxes.append(box)
        }
        // What has the colour of the box around it is background that lines enclose.
        pictures = shapes.filter { shape in
            let around = boxes.filter { $0.rect.contains(shape.rect) }.min { $0.rect.area < $1.rect.area }
            return around?.colour.map { $0.distance(to: shape.colour) > 3 } ?? true
        }.map(\.rect)
    }

    // All wide regions, the largest first.
    private func grounds() -> [Ground] {
        regions(from: 1) { isGround[$0] }.sorted { ($1.count, $0.region) < ($0.count, $1.region) }
    }

    // The regions whose numbers satisfy a condition, from their first run of `length` pixels in a row on.
    private func regions(from length: Int, where isMeant: (Int) -> Bool) -> [Ground] {
        var grounds: [Int32: Ground] = [:]
        for y in 0..<map.height {
            var x = 0
            while x < map.width {
                let region = map.regions[y * map.width + x]
                let start = x
                while x < map.width, map.regions[y * map.width + x] == region { x += 1 }
                guard isMeant(Int(region)) else { continue }
                let run = PixelRect(xs: start..<x, ys: y..<y + 1)
                if let ground = grounds[region] {
                    grounds[region]?.rect = ground.rect.union(run)
                    grounds[region]?.count += run.width
                } else if run.width >= length {
                    grounds[region] = Ground(region: region, rect: run, count: run.width)
                }
            }
        }
        return Array(grounds.values)
    }

    // Whether two opposite sides of a region are straight for at least half of their length.
    private func isStraight(_ ground: Ground) -> Bool {
        let rect = ground.rect
        func holds(_ x: Int, _ y: Int) -> Bool { map.regions[y * map.width + x] == ground.region }
        func share(_ places: Range<Int>, _ lines: [Int], _ holds: (Int, Int) -> Bool) -> Bool {
            2 * places.count { place in lines.contains { holds($0, place) } } >= places.count
        }
        let (left, right) = (rect.xs.lowerBound, rect.xs.upperBound - 1)
        let (top, bottom) = (rect.ys.lowerBound, rect.ys.upperBound - 1)
        return share(rect.ys, [left, left + 1]) { holds($0, $1) }
            && share(rect.ys, [right, right - 1]) { holds($0, $1) }
            || share(rect.xs, [top, top + 1]) { holds($1, $0) }
                && share(rect.xs, [bottom, bottom - 1]) { holds($1, $0) }
    }

    private func isRound(_ ground: Ground) -> Bool {
        abs(ground.rect.width - ground.rect.height) <= 2 && ground.fill > 0.35
            && roundness(of: ground.region, ground.rect) > 0.9
    }

    // How much of a circle's edge a region follows.
    private func roundness(of region: Int32, _ rect: PixelRect) -> Double {
        let radius = Double(rect.width) / 2
        let (x, y) = (
            Double(rect.xs.lowerBound) + radius, Double(rect.ys.lowerBound) + Double(rect.height) / 2
        )
        var agree = 0
        for step in 0..<72 {
            let angle = Double(step) / 72 * 2 * .pi
            func holds(_ distance: Double) -> Bool {
                let (px, py) = (Int(x + cos(angle) * distance), Int(y + sin(angle) * distance))
                guard px >= 0, py >= 0, px < map.width, py < map.height else { return false }
                return map.regions[py * map.width + px] == region
            }
            if holds(radius - 1.8) || holds(radius - 2.8), !holds(radius + 1.5) { agree += 1 }
        }
        return Double(agree) / 72
    }

    // The most frequent colour of a region, from at most about 4,000 of its pixels.
    private func colour(of ground: Ground) -> RGB {
        let step = max(1, Int((Double(ground.rect.area) / 4000).squareRoot()))
        return mostFrequent(in: ground.rect, step: step) { map.regions[$0] == ground.region } ?? RGB(255, 255, 255)
    }

    // The colours of a box whose first and last lines differ: from top to bottom, or from left to right.
    private func gradient(of region: Int32, in rect: PixelRect) -> ScreenBox.Gradient? {
        func mean(_ part: PixelRect) -> (Double, Double, Double)? {
            var (sum, count) = ((0.0, 0.0, 0.0), 0)
            for y in part.ys {
                for x in part.xs where map.regions[y * map.width + x] == region {
                    let colour = RGB(code: packed(x, y))
                    sum = (
                        sum.0 + Double(colour.red), sum.1 + Double(colour.green), sum.2 + Double(colour.blue)
                    )
                    count += 1
                }
            }
            guard count > 4 else { return nil }
            return (sum.0 / Double(count), sum.1 / Double(count), sum.2 / Double(count))
        }
        func ends(_ first: PixelRect, _ last: PixelRect) -> (RGB, RGB)? {
            guard let from = mean(first), let to = mean(last) else { return nil }
            let apart = max(abs(from.0 - to.0), abs(from.1 - to.1), abs(from.2 - to.2))
            guard apart > 8 else { return nil }
            return (RGB(rounding: from), RGB(rounding: to))
        }
        let (rows, columns) = (max(1, rect.height / 12), max(1, rect.width / 12))
        let down = ends(
            PixelRect(xs: rect.xs, ys: rect.ys.prefix(rows)),
            PixelRect(xs: rect.xs, ys: rect.ys.suffix(rows)))
        let across = ends(
            PixelRect(xs: rect.xs.prefix(columns), ys: rect.ys),
            PixelRect(xs: rect.xs.suffix(columns), ys: rect.ys))
        if let down, let across { return ScreenBox.Gradient(degrees: 135, from: across.0, to: down.1) }
        if let down { return ScreenBox.Gradient(degrees: 180, from: down.0, to: down.1) }
        return across.map { ScreenBox.Gradient(degrees: 90, from: $0.0, to: $0.1) }
    }

    // The radius of a rectangle's corners, from the area that they lack: (1 - π/4) r² each, and for every pixel of radius
    // `edge` more: the soft edge, which counts with a frame and is lacking of a ground.
    func radius(of rect: PixelRect, edge: Double, holds: (Int, Int) -> Bool) -> Int {
        let most = min(rect.width, rect.height) / 2
        var areas: [Int] = []
        for (fromRight, fromBottom) in [(false, false), (true, false), (false, true), (true, true)] {
            var area = 0
            for row in 0..<most {
                let y = fromBottom ? rect.ys.upperBound - 1 - row : rect.ys.lowerBound + row
                var missing = 0
                func place(_ x: Int) -> Int {
                    fromRight ? rect.xs.upperBound - 1 - x : rect.xs.lowerBound + x
                }
                while missing < most, !holds(place(missing), y) { missing += 1 }
                if missing == 0 { break }
                area += missing
            }
            areas.append(area)
        }
        areas.sort()
        guard areas[1] > 0 else { return 0 }
        let (area, share) = (Double(areas[1]), 1 - Double.pi / 4)
        let radius = ((edge * edge + 4 * share * area).squareRoot() - edge) / (2 * share)
        return min(most, Int(radius.rounded()))
    }

    // The radius of a small box's corners: that whose drawn corners are nearest to those on the picture.
    func smallRadius(of box: ScreenBox) -> Int {
        let rect = box.rect
        let line = box.border?.width ?? 0
        guard let colour = box.colour ?? colourInside(rect, line: line), let ground = colourAround(rect) else {
            return 0
        }
        let side = min(rect.width, rect.height)
        func difference(_ radius: Double) -> Int {
            var sum = 0
            for row in 0..<side / 2 {
                for column in 0..<side / 2 {
                    let outer = Self.cornerShare(column, row, radius)
                    let inner =
                        min(column, row) < line
                        ? 0 : Self.cornerShare(column - line, row - line, max(0, radius - Double(line)))
                    let edge = ground.passing(to: box.border?.colour ?? colour, by: outer)
                    let drawn = edge.passing(to: colour, by: inner)
                    for (fromRight, fromBottom) in [(false, false), (true, false), (false, true), (true, true)] {
                        let x = fromRight ? rect.xs.upperBound - 1 - column : rect.xs.lowerBound + column
                        let y = fromBottom ? rect.ys.upperBound - 1 - row : rect.ys.lowerBound + row
                        sum += drawn.distance(to: RGB(code: packed(x, y)))
                    }
                }
            }
            return sum
        }
        let radii = (0...side).map { Double($0) / 2 }
        let best = radii.map { (radius: $0, difference: difference($0)) }.min { $0.difference < $1.difference }
        return Int((best?.radius ?? 0).rounded())
    }

    private func colourInside(_ rect: PixelRect, line: Int) -> RGB? {
        mostFrequent(in: rect.inset(by: PixelInsets(top: line, right: line, bottom: line, left: line))) { _ in true }
    }

    // How much of a pixel lies in a box whose top left corner is round, from 16 points of it.
    private static func cornerShare(_ column: Int, _ row: Int, _ radius: Double) -> Double {
        guard Double(column) < radius, Double(row) < radius else { return 1 }
        var inside = 0
        for point in 0..<16 {
            let across = radius - Double(column) - (Double(point % 4) + 0.5) / 4
            let down = radius - Double(row) - (Double(point / 4) + 0.5) / 4
            if across <= 0 || down <= 0 || across * across + down * down <= radius * radius { inside += 1 }
        }
        return Double(inside) / 16
    }
}
