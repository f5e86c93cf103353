// Soft shadows of boxes: how the ground darkens toward their sides → the shadow that CSS would draw so. Their ink is taken
// out, so that it becomes neither border nor rule.
import Foundation
import Render

extension ScreenScan {
    // How far a shadow is followed from a side, in pixels.
    private static let shadowReach = 40
    // Smaller boxes have no sides to measure along, in pixels.
    private static let leastShadowed = 16
    // A shadow darkens the ground by at least this many levels beside its box.
    private static let leastDarkness = 3.0
    // What is darker than this is drawn, not shade.
    private static let mostOpacity = 0.6
    // A border between a box and its shadow is no wider, in pixels.
    private static let mostBorder = 2
    // Levels by which what stands beside a box differs from the shadow before it.
    private static let leastEdge = 60.0
    // Levels by which a shadow may differ from the one that explains it: 8-bit colours, and two shadows over each other.
    private static let mostDeviation = 1.2

    /// Shadows of boxes that have one and of which none is known yet; their pixels are no ink.
    mutating func findShadows() {
        var found = false
        for index in boxes.indices.dropFirst() where boxes[index].shadow == nil {
            guard min(boxes[index].rect.width, boxes[index].rect.height) >= Self.leastShadowed,
                let (shadow, border, ground) = shadow(of: boxes[index])
            else { continue }
            boxes[index].shadow = shadow
            let outer = boxes[index].rect.widened(by: border)
            found = erase(shadow, of: outer, radius: boxes[index].radius + border, on: ground) || found
        }
        if found { recount() }
    }

    // The flat colour of what lies at a place.
    private func flatGround(x: Int, y: Int) -> RGB? {
        let around = boxes.filter { $0.rect.contains(x: x, y: y) }.min { $0.rect.area < $1.rect.area }
        return around?.gradient == nil ? around?.colour : nil
    }

    // MARK: Measuring

    // How much of the ground's light is missing from a side outward, pixel by pixel; by channel.
    private struct Fade {
        enum Side { case top, bottom, left, right }

        var side: Side
        var ground: SIMD3<Double>
        var missing: [SIMD3<Double>]
        // Whether it grows within the first pixels, and not by as much as where something else begins.
        var isBroken = false
    }

    // The shadow of a box, how wide a border lies between both, and the ground of most of the shadow.
    private func shadow(of box: ScreenBox) -> (shadow: ScreenBox.Shadow, border: Int, ground: RGB)? {
        var best: (shadow: ScreenBox.Shadow, border: Int, ground: RGB, deviation: Double)?
        for border in 0...(box.border == nil ? Self.mostBorder : 0) {
            let outer = box.rect.widened(by: border)
            let sides = [Fade.Side.bottom, .top, .left, .right].compactMap { fade($0, from: outer) }
            // Darker beyond its first pixels than there: the border goes on, or another one begins.
            guard !sides.contains(where: \.isBroken) else { continue }
            let fades = sides.filter { $0.missing.count >= 3 }
            let below = sides.first { $0.side == .bottom }
            guard let seen = below ?? sides.first, seen.missing.count >= 3, isSoft(seen) || below == nil,
                fades.contains(where: isSoft),
                let (shadow, deviation) = Self.shadow(explaining: fades, of: outer)
            else { continue }
            // A border is seen only where the shadow is explained much better without it.
            if let best, 1.5 * deviation + 0.3 > best.deviation { continue }
            best = (shadow, border, RGB(rounding: (seen.ground.x, seen.ground.y, seen.ground.z)), deviation)
        }
        return best.map { ($0.shadow, $0.border, $0.ground) }
    }

    // The middle of what is seen at nine places of a side, as far as it fades and is the same at most of them; nil outside
    // the picture and on grounds that are not flat.
    private func fade(_ side: Fade.Side, from rect: PixelRect) -> Fade? {
        let beside =
            switch side {
            case .top: (rect.centerX, rect.ys.lowerBound - 2)
            case .bottom: (rect.centerX, rect.ys.upperBound + 1)
            case .left: (rect.xs.lowerBound - 2, rect.centerY)
            case .right: (rect.xs.upperBound + 1, rect.centerY)
            }
        guard let ground = flatGround(x: beside.0, y: beside.1) else { return nil }
        let light = SIMD3(Double(ground.red), Double(ground.green), Double(ground.blue))
        let along = side == .top || side == .bottom ? rect.xs : rect.ys
        var missing: [SIMD3<Double>] = []
        var isBroken = false
        for distance in 0..<Self.shadowReach {
            var seen: [[Double]] = [[], [], []]
            for place in 0..<9 {
                let middle = along.lowerBound + along.count / 4 + place * along.count / 16
                let (x, y) =
                    switch side {
                    case .top: (middle, rect.ys.lowerBound - 1 - distance)
                    case .bottom: (middle, rect.ys.upperBound + distance)
                    case .left: (rect.xs.lowerBound - 1 - distance, middle)
                    case .right: (rect.xs.upperBound + distance, middle)
                    }
                guard x >= 0, y >= 0, x < map.width, y < map.height else { continue }
                let colour = RGB(code: packed(x, y))
                seen[0].append(Double(colour.red))
                seen[1].append(Double(colour.green))
                seen[2].append(Double(colour.blue))
            }
            guard seen[0].count == 9 else {
                if distance == 0 { return nil }
                break
            }
            let sorted = seen.map { $0.sorted() }
            let next = light - SIMD3(sorted[0][4], sorted[1][4], sorted[2][4])
            if sorted.contains(where: { $0[7] - $0[2] > max(4, next.max() / 3) }) { break }
            let isLighter = next.min() < -1
            let grows = missing.last.map { (next - $0).max() > 1 } ?? false
            if isLighter || grows {
                let step = missing.last.map { (next - $0).max() } ?? 0
                isBroken = grows && missing.count <= Self.mostBorder && step < Self.leastEdge
                break
            }
            missing.append(next)
            if missing.count > 2, missing.suffix(3).allSatisfy({ $0.max() < 0.5 }) { break }
        }
        return Fade(side: side, ground: light, missing: missing, isBroken: isBroken)
    }

    // Whether a side passes into its ground by degrees, which the soft edge of a border does in one pixel.
    private func isSoft(_ fade: Fade) -> Bool {
        let levels = fade.missing.map { $0.max() }
        return levels[0] >= Self.leastDarkness && levels[1] >= 1 && levels[2] >= 1
            && levels[0] > levels[2] && levels[2] > levels[levels.count - 1] - 0.5
            && levels[levels.count - 1] < 0.5 * levels[0]
    }

    // MARK: Explaining

    private static let blurs = [2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 30, 32, 36, 40, 48, 56, 60, 64]

    // The shadow that is nearest to what was measured on the sides, and by how many levels it is off; nil where none is
    // near.
    private static func shadow(
        explaining fades: [Fade], of rect: PixelRect
    ) -> (ScreenBox.Shadow, deviation: Double)? {
        let light = fades.map { $0.ground.sum() }.max() ?? 0
        guard light > 0 else { return nil }
        let seen = fades.map { fade in fade.missing.map { $0.sum() / max(1, fade.ground.sum()) } }
        let count = Double(seen.reduce(0) { $0 + $1.count })
        var best: (down: Int, blur: Int, spread: Int, opacity: Double, error: Double)?
        for blur in blurs {
            for spread in [0, -1, 1, -2, -3, -4, -6, -8, -12] {
                for down in -min(blur, 12)...min(blur + 4, 32) {
                    var (product, square, whole) = (0.0, 0.0, 0.0)
                    for (fade, seen) in zip(fades, seen) {
                        for (distance, share) in seen.enumerated() {
                            let drawn = cover(
                                fade.side, Double(distance) + 0.5, of: rect, down: down, blur: blur, spread: spread)
                            product += drawn * share
                            square += drawn * drawn
                            whole += share * share
                        }
                    }
                    guard square > 0 else { continue }
                    let opacity = min(1, product / square)
                    let error = whole - 2 * opacity * product + opacity * opacity * square
                    // Spreads are rare, and shadows do not rise without need.
                    let isPlain = spread == 0 && down >= 0
                    let weight = isPlain ? 1 : 1.5
                    if opacity > 0, best.map({ weight * error < $0.error }) ?? true {
                        best = (down, blur, spread, opacity, weight * error)
                    }
                }
            }
        }
        guard let best, best.opacity <= mostOpacity else { return nil }
        let deviation = (best.error / count).squareRoot() * light / 3
        let most = seen.compactMap(\.first).max() ?? 0
        guard deviation <= max(mostDeviation, 0.08 * most * light / 3) else { return nil }
        let (colour, opacity) = paint(fades, opacity: best.opacity)
        return (
            ScreenBox.Shadow(
                down: best.down, blur: best.blur, spread: best.spread, colour: colour, opacity: opacity), deviation
        )
    }

    // How much of a shadow lies on the middle of a side, at a distance from it.
    private static func cover(
        _ side: Fade.Side, _ distance: Double, of rect: PixelRect, down: Int, blur: Int, spread: Int
    ) -> Double {
        let (down, spread, deviation) = (Double(down), Double(spread), Double(blur) / 2)
        let isLevel = side == .top || side == .bottom
        let (length, breadth) =
            isLevel ? (Double(rect.height), Double(rect.width)) : (Double(rect.width), Double(rect.height))
        let shift = side == .bottom ? down : side == .top ? -down : 0
        let near = Bell.below((spread + shift - distance) / deviation)
        let far = Bell.below((shift - length - spread - distance) / deviation)
        let aside = isLevel ? 0 : abs(down)
        let half = breadth / 2 + spread
        let across = Bell.below((half - aside) / deviation) - Bell.below((-half - aside) / deviation)
        return max(0, near - far) * max(0, across)
    }

    // The colour of a shadow and how opaque it is, of the many pairs that look the same: that with one channel at 0.
    private static func paint(_ fades: [Fade], opacity: Double) -> (RGB, Double) {
        let strongest = fades.max { $0.missing[0].sum() < $1.missing[0].sum() }
        guard let strongest else { return (RGB(0, 0, 0), opacity) }
        let (missing, light) = (strongest.missing.reduce(SIMD3<Double>.zero, +), strongest.ground)
        let shares = missing / light.replacing(with: 1, where: light .< 1)
        let most = shares.max()
        let mean = missing.sum() / light.sum()
        guard most > 0, mean > 0 else { return (RGB(0, 0, 0), opacity) }
        // Levels that differ by the rounding of 8-bit colours alone are black.
        let channels = light * (1 - shares / most)
        guard shares.min() < 0.8 * most else { return (RGB(0, 0, 0), opacity) }
        return (RGB(rounding: (channels.x, channels.y, channels.z)), min(1, opacity * most / mean))
    }

    // MARK: Erasing

    // Takes what a shadow explains out of the ink around a box; whether there was any.
    private mutating func erase(
        _ shadow: ScreenBox.Shadow, of rect: PixelRect, radius: Int, on ground: RGB
    ) -> Bool {
        let reach = shadow.blur + abs(shadow.down) + max(0, shadow.spread)
        guard let around = rect.widened(by: reach).clipped(width: map.width, height: map.height) else { return false }
        let deviation = Double(shadow.blur) / 2
        func share(_ place: Int, _ range: Range<Int>, _ shift: Int) -> Double {
            let start = Double(range.lowerBound + shift - shadow.spread)
            let end = Double(range.upperBound + shift + shadow.spread)
            let place = Double(place) + 0.5
            return Bell.below((end - place) / deviation) - Bell.below((start - place) / deviation)
        }
        let columns = around.xs.map { share($0, rect.xs, 0) }
        var found = false
        for y in around.ys {
            let row = share(y, rect.ys, shadow.down)
            for x in around.xs where numbers[y * map.width + x] >= 0 && isOutside(x, y, rect, radius) {
                let cover = shadow.opacity * row * columns[x - around.xs.lowerBound]
                let drawn = ground.passing(to: shadow.colour, by: max(0, cover))
                let colour = RGB(code: packed(x, y))
                // Round corners throw less shadow than square ones, so that it may be lighter than drawn.
                let slack = 4 + ground.distance(to: drawn) / 3
                let isBetween = { (level: UInt8, drawn: UInt8, ground: UInt8) in
                    Int(level) >= Int(min(drawn, ground)) - slack && Int(level) <= Int(max(drawn, ground)) + 2
                }
                guard isBetween(colour.red, drawn.red, ground.red), isBetween(colour.green, drawn.green, ground.green),
                    isBetween(colour.blue, drawn.blue, ground.blue)
                else { continue }
                numbers[y * map.width + x] = -1
                found = true
            }
        }
        return found
    }

    // Whether a pixel lies outside a box with round corners.
    private func isOutside(_ x: Int, _ y: Int, _ rect: PixelRect, _ radius: Int) -> Bool {
        let across = min(x - rect.xs.lowerBound, rect.xs.upperBound - 1 - x)
        let down = min(y - rect.ys.lowerBound, rect.ys.upperBound - 1 - y)
        if across < 0 || down < 0 { return true }
        guard across < radius, down < radius else { return false }
        let (toSide, toEnd) = (Double(radius - across) - 0.5, Double(radius - down) - 0.5)
        return (toSide * toSide + toEnd * toEnd).squareRoot() > Double(radius) + 0.5
    }
}

/// The normal distribution, by which shadows fade.
private enum Bell {
    private static let steps = 64.0, end = 4.0
    private static let shares = (0...Int(2 * end * steps)).map { step in
        0.5 * erfc((end - Double(step) / steps) / 2.0.squareRoot())
    }

    /// How much of it lies below a value, in standard deviations.
    static func below(_ value: Double) -> Double {
        shares[Int(((min(end, max(-end, value)) + end) * steps).rounded())]
    }
}
