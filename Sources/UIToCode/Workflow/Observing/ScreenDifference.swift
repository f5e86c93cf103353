// What sets two rests of the screen apart: where, how much of what there is, whether all around has been dimmed or lit
// again, and whether a panel with edges of its own has come or gone.
import Media

/// The difference of two rests.
struct ScreenDifference {
    /// What lies together, in pixels of the watched frames, the largest first; neighbours within a line's height are
    /// one.
    var regions: [PixelRect]
    /// Around all regions.
    var rect: PixelRect
    /// The part of the screen that the changed tiles cover, 0…1.
    var coverage: Double
    /// Of the tiles that hold anything on either screen, the part that has changed, 0…1.
    var changed: Double
    /// Of the tiles that held something before, the part that has changed, 0…1: what was only added to takes nothing away.
    var lost: Double
    /// Of the changed tiles that held something, the part whose content is still there in other tones, 0…1.
    var kept: Double
    /// Of the changed tiles, the part that holds something with many upright strokes now, as text does, 0…1.
    var strokes: Double
    /// What has become of the screen around a panel.
    var light: Light
    /// The panel: what was not dimmed or lit, or else the largest region.
    var panel: PixelRect
    /// Of the panel's inner tiles, the part that has changed, and the part that held something before, 0…1.
    var filled: Double
    var covering: Double
    /// How much of the panel's sides are edges that were not there before, and that are no longer there, 0…1.
    var edgesCome: Double
    var edgesGone: Double
    /// Of the panels that had come, those whose sides are no longer edges.
    var gonePanels: [PixelRect]

    /// The screen around a panel.
    enum Light { case unchanged, dimmed, lit }

    /// A panel has gone when this part of its sides has.
    private static let leastGone = 0.45

    /// Measures what `tiles` differ in.
    ///
    /// - Parameter panels: those that have come before and may go now.
    init(from before: LumaPlane, to after: LumaPlane, tiles: TileSet, panels: [PixelRect]) {
        let (width, height) = (after.width, after.height)
        let parts = tiles.regions(gap: 2)
        let all = parts.map { part in
            let area = part.pixels(width: width, height: height)
            let exact = after.differingPixels(from: before, xs: area.xs, ys: area.ys, beyond: 16)
            return (PixelRect(xs: exact?.xs ?? area.xs, ys: exact?.ys ?? area.ys), part.tiles.count)
        }.sorted { $0.1 > $1.1 }
        // Crumbs beside something large are the codec's.
        let least = (all.first?.1 ?? 0) / 50
        regions = all.filter { $0.1 > least }.map(\.0)
        let bounds = regions.dropFirst().reduce(regions.first ?? PixelRect(x: 0, y: 0, width: 1, height: 1)) {
            $0.union($1)
        }
        rect = bounds
        let tones = TileTones(before, after, tiles)
        coverage = Double(tiles.count) / Double(tiles.columns * tiles.rows)
        changed = tones.held == 0 ? coverage : Double(tones.changedHeld) / Double(tones.held)
        lost = tones.heldBefore == 0 ? 0 : Double(tones.changedHeldBefore) / Double(tones.heldBefore)
        kept = tones.changedHeldBefore == 0 ? 0 : Double(tones.keptContent) / Double(tones.changedHeldBefore)
        strokes = Self.strokes(in: after, tiles)
        (light, panel) = (.unchanged, regions.first ?? bounds)
        if let dimmed = tones.panel(isDimming: true) {
            (light, panel) = (.dimmed, dimmed)
        } else if let lit = tones.panel(isDimming: false) {
            (light, panel) = (.lit, lit)
        }
        (filled, covering) = tones.inside(panel)
        edgesCome = PanelEdges.share(around: panel, of: after, without: before)
        edgesGone = PanelEdges.share(around: panel, of: before, without: after)
        gonePanels = panels.filter { PanelEdges.share(around: $0, of: before, without: after) > Self.leastGone }
    }

    /// The part of some tiles that holds at least a stroke's worth of steep steps from left to right.
    private static func strokes(in plane: LumaPlane, _ tiles: TileSet) -> Double {
        guard !tiles.isEmpty else { return 0 }
        let side = TileSet.side
        let count = tiles.indices.count { tile in
            let (left, top) = (tile % tiles.columns * side, tile / tiles.columns * side)
            var steps = 0
            for y in top..<min(plane.height, top + side) {
                for x in max(1, left)..<min(plane.width, left + side) {
                    let index = y * plane.width + x
                    if abs(Int(plane.samples[index]) - Int(plane.samples[index - 1])) > 24 { steps += 1 }
                }
            }
            return steps >= 5
        }
        return Double(count) / Double(tiles.count)
    }
}

/// The tones of all tiles before and after.
private struct TileTones {
    var (held, changedHeld, heldBefore, changedHeldBefore, keptContent) = (0, 0, 0, 0, 0)
    private var fits: [TileFit] = []
    private let tiles: TileSet
    private let (width, height): (Int, Int)

    /// A screen is dimmed when this part of it, of all that is bright enough to tell, has lost its light alike.
    private static let leastAlike = 0.45
    /// Light that is left; less would be another screen, more is no dimming.
    private static let factors = 0.15...0.9
    /// Levels from which on a tone tells a factor, and that it may be off.
    private static let (bright, tolerance) = (40.0, 6.0)
    /// Tiles with less deviation hold nothing; correlated more than this, they hold the same.
    private static let (leastDeviation, sameContent) = (4.0, 0.7)

    init(_ before: LumaPlane, _ after: LumaPlane, _ tiles: TileSet) {
        self.tiles = tiles
        (width, height) = (after.width, after.height)
        let side = TileSet.side
        fits.reserveCapacity(tiles.columns * tiles.rows)
        for row in 0..<tiles.rows {
            for column in 0..<tiles.columns {
                let fit = TileFit(
                    from: before, to: after, xs: column * side..<min(width, (column + 1) * side),
                    ys: row * side..<min(height, (row + 1) * side))
                let isChanged = tiles[row * tiles.columns + column]
                let (wasHeld, isHeld) = (
                    fit.deviationBefore > Self.leastDeviation, fit.deviationAfter > Self.leastDeviation
                )
                if wasHeld || isHeld {
                    held += 1
                    changedHeld += isChanged ? 1 : 0
                }
                heldBefore += wasHeld ? 1 : 0
                if wasHeld && isChanged {
                    changedHeldBefore += 1
                    keptContent += abs(fit.correlation) > Self.sameContent ? 1 : 0
                }
                fits.append(fit)
            }
        }
    }

    /// Of the tiles within a rectangle, but for those along its sides, the part that has changed and the part that held
    /// something before.
    func inside(_ rect: PixelRect) -> (changed: Double, held: Double) {
        let area = tiles.tiles(touching: rect.xs, rect.ys)
        let rows = area.rows.count > 2 ? area.rows.dropFirst().dropLast() : area.rows
        let columns = area.columns.count > 2 ? area.columns.dropFirst().dropLast() : area.columns
        var (changed, held) = (0, 0)
        for row in rows {
            for column in columns {
                let tile = row * tiles.columns + column
                changed += tiles[tile] ? 1 : 0
                held += fits[tile].deviationBefore > Self.leastDeviation ? 1 : 0
            }
        }
        let count = Double(max(1, rows.count * columns.count))
        return (Double(changed) / count, Double(held) / count)
    }

    /// What stands in a screen that was dimmed, or lit again, all around it; nil where it was not.
    func panel(isDimming: Bool) -> PixelRect? {
        func tones(_ fit: TileFit) -> (from: Double, to: Double) {
            isDimming ? (fit.meanBefore, fit.meanAfter) : (fit.meanAfter, fit.meanBefore)
        }
        var counts = [Int](repeating: 0, count: 51)
        var bright = 0
        for fit in fits {
            let (from, to) = tones(fit)
            guard from >= Self.bright else { continue }
            bright += 1
            counts[Int((min(1, to / from) * 50).rounded())] += 1
        }
        let smoothed = counts.indices.map { index in
            counts[max(0, index - 1)...min(50, index + 1)].reduce(0, +)
        }
        // The factor of most tiles, but for those that kept their light.
        let candidates = smoothed.indices.filter { Self.factors.contains(Double($0) / 50) }
        guard bright > 0, let best = candidates.max(by: { smoothed[$0] < smoothed[$1] }),
            Double(smoothed[best]) >= Self.leastAlike * Double(bright)
        else { return nil }
        let factor = Double(best) / 50
        var others = TileSet(width: width, height: height)
        for (index, fit) in fits.enumerated() {
            let (from, to) = tones(fit)
            if abs(to - from * factor) > max(Self.tolerance, from * 0.05) { others[index] = true }
        }
        guard let largest = others.regions(gap: 1).max(by: { $0.tiles.count < $1.tiles.count }) else { return nil }
        let area = largest.pixels(width: width, height: height)
        return PixelRect(xs: area.xs, ys: area.ys)
    }
}

/// The sides of a panel.
enum PanelEdges {
    /// Pixels about a side among which its edge is looked for, and levels that make a step of one.
    private static let (reach, step) = (12, 5)
    /// A side this near to the screen's own edge cannot be seen.
    private static let margin = 6

    /// How much of a rectangle's sides are edges in one frame and not in the other, 0…1; the mean over the sides that
    /// can be seen. 0 where no more than one can be.
    static func share(around rect: PixelRect, of plane: LumaPlane, without other: LumaPlane) -> Double {
        var shares: [Double] = []
        if rect.ys.lowerBound > margin { shares.append(best(rect.ys.lowerBound, rect.xs, false, plane, other)) }
        if rect.ys.upperBound < plane.height - margin {
            shares.append(best(rect.ys.upperBound, rect.xs, false, plane, other))
        }
        if rect.xs.lowerBound > margin { shares.append(best(rect.xs.lowerBound, rect.ys, true, plane, other)) }
        if rect.xs.upperBound < plane.width - margin {
            shares.append(best(rect.xs.upperBound, rect.ys, true, plane, other))
        }
        return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
    }

    /// The line about a side with the most of its length a new edge.
    private static func best(
        _ position: Int, _ along: Range<Int>, _ isUpright: Bool, _ plane: LumaPlane, _ other: LumaPlane
    ) -> Double {
        let across = isUpright ? plane.width : plane.height
        var best = 0
        for line in max(2, position - reach)..<min(across - 2, position + reach + 1) {
            var count = 0
            for place in along {
                let (a, b, c) =
                    isUpright
                    ? (
                        place * plane.width + line - 2, place * plane.width + line,
                        place * plane.width + line + 1
                    )
                    : (
                        (line - 2) * plane.width + place, line * plane.width + place,
                        (line + 1) * plane.width + place
                    )
                let now = max(
                    abs(Int(plane.samples[a]) - Int(plane.samples[b])),
                    abs(Int(plane.samples[a]) - Int(plane.samples[c])))
                let then = max(
                    abs(Int(other.samples[a]) - Int(other.samples[b])),
                    abs(Int(other.samples[a]) - Int(other.samples[c])))
                if now >= step, now >= then + step - 1 { count += 1 }
            }
            best = max(best, count)
        }
        return along.isEmpty ? 0 : Double(best) / Double(along.count)
    }
}
