// Of what lay between rests, what a person did or was shown: without what the pointer, a touch, a hover or something that
// moves by itself leaves, and with what belongs together put together.
import Media

/// Sieves and joins activities.
struct ActivitySieve {
    private let watched: Watched
    private let (width, height): (Int, Int)
    /// Touches that were seen, in order.
    private(set) var touches: [PointerPlace] = []
    private(set) var activities: [Activity]

    /// A touch is shown as a dot between these parts of the longer side, and not for longer than this, seconds.
    private static let touchSizes = (least: 0.012, most: 0.12)
    private static let touchSeconds = 1.6
    /// A pointer may have moved for so long before it was known, seconds.
    private static let unknownSeconds = 1.0
    /// A pointer that has come to a place no longer ago than this may have changed its looks by that, seconds.
    private static let hoverSeconds = 0.15
    /// It leaves in so many seconds; pixels around it belong to it.
    private static let (leavingSeconds, hoverMargin) = (0.5, 6)
    /// What a pointer hovers over is not larger than this part of the screen.
    private static let hoverPart = 0.2
    /// Areas that differ by less, as parts of what is on them, look the same.
    private static let same = 0.12

    /// Sieves what was watched in frames of a size.
    init(_ watched: Watched, width: Int, height: Int) {
        (self.watched, self.width, self.height) = (watched, width, height)
        activities = watched.activities
        dropPointers()
        dropMovements()
        if watched.trail.isEmpty { findTouches() }
        dropHovers()
    }

    // MARK: Pointer and movements

    /// Drops what was the pointer's own doing before it was known.
    private mutating func dropPointers() {
        guard let first = watched.trail.first else { return }
        activities.removeAll { activity in
            guard activity.scroll == nil else { return false }
            let isJustBefore = (first.seconds - Self.unknownSeconds...first.seconds).contains(activity.start)
            let near = watched.trail.filter { (activity.start - 0.15...activity.end + 0.15).contains($0.seconds) }
            return activity.difference.regions.allSatisfy { region in
                let isPlace = near.contains {
                    $0.rect.widened(by: 4).overlaps(region) && region.area <= 2 * $0.rect.area
                }
                return isPlace
                    || isJustBefore && region.area <= 2 * first.rect.area
                        && first.rect.area <= 2 * region.area
            }
        }
    }

    /// Drops the first and the last step of what moves by itself.
    private mutating func dropMovements() {
        let side = TileSet.side
        activities.removeAll { activity in
            activity.scroll == nil
                && watched.movements.contains { movement in
                    (movement.start - 0.3...movement.end + Self.touchSeconds).contains(activity.start)
                        && activity.difference.regions.allSatisfy { region in
                            let area = movement.rect.widened(by: 2 * side)
                            return region.xs.clamped(to: area.xs) == region.xs
                                && region.ys.clamped(to: area.ys) == region.ys
                        }
                }
        }
    }

    /// Finds dots that come and go, and takes them out.
    private mutating func findTouches() {
        for first in activities.indices {
            for region in activities[first].difference.regions where isTouchSized(region) {
                let later = activities.indices.first { index in
                    index > first && activities[index].start - activities[first].end <= Self.touchSeconds
                        && activities[index].difference.regions.contains { $0.overlap(region) > 0.5 }
                        && looks(after: index).difference(from: looks(before: first), in: region) < 2 * Self.same
                }
                guard let later else { continue }
                touches.append(
                    PointerPlace(
                        rect: region, x: region.centerX, y: region.centerY, seconds: activities[first].start))
                for index in [first, later] {
                    activities[index].difference.regions.removeAll { $0.overlap(region) > 0.5 }
                }
            }
        }
        activities.removeAll { $0.difference.regions.isEmpty && $0.scroll == nil }
        for index in activities.indices {
            let regions = activities[index].difference.regions
            guard let first = regions.first else { continue }
            activities[index].difference.rect = regions.dropFirst().reduce(first) { $0.union($1) }
        }
    }

    private func isTouchSized(_ rect: PixelRect) -> Bool {
        let longer = Double(max(width, height))
        let size = Double(max(rect.width, rect.height))
        return size >= Self.touchSizes.least * longer && size <= Self.touchSizes.most * longer
            && Double(min(rect.width, rect.height)) >= 0.7 * size
    }

    // MARK: Hovers

    /// Drops what a pointer changes by passing over it: begun as it came, and undone once it had left.
    private mutating func dropHovers() {
        guard !watched.trail.isEmpty else { return }
        var dropped: Set<Int> = []
        for index in activities.indices where isHoverSized(activities[index]) {
            let area = activities[index].difference.rect
            let time = activities[index].start
            let moves = watched.trail.filter { (time - Self.hoverSeconds...time + 0.1).contains($0.seconds) }
            guard !moves.isEmpty else { continue }
            let near = area.widened(by: Self.hoverMargin)
            func isInside(_ place: PointerPlace?) -> Bool { place.map { near.contains(x: $0.x, y: $0.y) } ?? false }
            let wasInside = isInside(watched.trail.last { $0.seconds < time - Self.hoverSeconds })
            if !wasInside, isInside(moves.last) {
                if isUndone(index, area) ?? (activities[index].difference.kept > 0.5) { dropped.insert(index) }
            } else if wasInside || wasLeft(near, before: time), hasLeft(area, after: time) {
                let wasSoBefore = activities[..<index].indices.suffix(8).contains {
                    looks(after: index).difference(from: looks(before: $0), in: area) < Self.same
                }
                if wasSoBefore || activities[index].difference.kept > 0.6 { dropped.insert(index) }
            }
        }
        activities = activities.indices.filter { !dropped.contains($0) }.map { activities[$0] }
    }

    private func isHoverSized(_ activity: Activity) -> Bool {
        let area = Double(activity.difference.rect.area)
        return activity.scroll == nil && area <= Self.hoverPart * Double(width * height)
            && activity.difference.light == .unchanged
    }

    /// Whether an area looks again as it did before an activity, once the pointer is elsewhere; nil where the pointer
    /// stayed, or the screen became another.
    private func isUndone(_ index: Int, _ area: PixelRect) -> Bool? {
        for later in watched.rests[activities[index].after...].prefix(12) {
            let place = watched.trail.last { $0.seconds <= later.end }
            if let place, area.widened(by: 12).contains(x: place.x, y: place.y) { continue }
            let whole = later.looks.difference(from: looks(after: index))
            if whole > 0.5 { return nil }
            return later.looks.difference(from: looks(before: index), in: area) < Self.same
        }
        return nil
    }

    /// Whether the pointer was in an area a moment ago.
    private func wasLeft(_ near: PixelRect, before time: Double) -> Bool {
        watched.trail.contains {
            (time - Self.leavingSeconds...time + 0.1).contains($0.seconds) && near.contains(x: $0.x, y: $0.y)
        }
    }

    /// Whether the pointer is soon out of an area.
    private func hasLeft(_ area: PixelRect, after time: Double) -> Bool {
        let place = watched.trail.last { $0.seconds <= time + Self.leavingSeconds }
        return place.map { !area.contains(x: $0.x, y: $0.y) } ?? true
    }

    private func looks(before index: Int) -> ScreenLooks { watched.rests[activities[index].before].looks }
    private func looks(after index: Int) -> ScreenLooks { watched.rests[activities[index].after].looks }
}
