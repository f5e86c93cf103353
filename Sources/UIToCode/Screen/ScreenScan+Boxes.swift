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
            box.radius =
                isRound
                ? rect.width / 2 : radius(of: rect, edge: 0.9) { map.regions[$1 * map.width + $0] == ground.region }
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
        var grounds: [Int32: Ground] = [:]
        for y in 0..<map.height {
            var x = 0
            while x < map.width {
                let region = map.regions[y * map.width + x]
                let start = x
                while x < map.width, map.regions[y * map.width + x] == region { x += 1 }
                guard map.isGround[Int(region)] else { continue }
                let run = PixelRect(xs: start..<x, ys: y..<y + 1)
                if let ground = grounds[region] {
                    grounds[region]?.rect = ground.rect.union(run)
                    grounds[region]?.count += run.width
                } else {
                    grounds[region] = Ground(region: region, rect: run, count: run.width)
                }
            }
        }
        return grounds.values.sorted { ($1.count, $0.region) < ($0.count, $1.region) }
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
}
