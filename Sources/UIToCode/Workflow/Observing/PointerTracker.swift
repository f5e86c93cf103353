// Where the pointer is. It is learnt rather than known: something small that leaves one place and is seen at another in
// the same frame, again and again, is a pointer, be it an arrow, a hand or a dot that a recorder draws. From then on its
// looks are searched for where anything changes. A change that leaves the pointer's own pixels alone did not move it.
import Media

/// A place at which the pointer was seen.
struct PointerPlace: Equatable {
    /// Its pixels.
    var rect: PixelRect
    /// Where it points.
    var x, y: Int
    /// When it came to be there.
    var seconds: Double
}

/// Follows the pointer from frame to frame.
struct PointerTracker {
    /// Where it was last seen; nil until something has moved like one.
    private(set) var place: PointerPlace?
    /// Everywhere it was, in order; what turned out to be none is not in it.
    private(set) var trail: [PointerPlace] = []
    /// Whether what is followed has moved like a pointer for long enough.
    private(set) var isSure = false

    private let limit: Int
    private var sprites: [PointerSprite] = []
    /// Whether it left its place and was not seen since.
    private var isLost = false
    private var travel = 0
    private var moves = 0

    /// A pointer is not larger than this part of the longer side, and need not be smaller than so many pixels.
    private static let (largestPart, largestPixels) = (0.045, 40)
    /// Thinner than this is a caret or a line.
    private static let thinnest = 5
    /// What has come this far in at least two moves is a pointer.
    private static let sureTravel = 60
    /// Looks that are remembered: an arrow, a hand, a bar for text, each on light and dark ground.
    private static let maxSprites = 6
    /// In larger areas of change, in pixels, only what is so near to the last place is searched.
    private static let (largestSearch, reach) = (60_000, 90)

    /// Prepares for frames of a size.
    init(width: Int, height: Int) {
        limit = max(Self.largestPixels, Int(Self.largestPart * Double(max(width, height))))
    }

    /// Looks at what has changed from one frame to the next.
    ///
    /// - Parameter regions: where anything has changed, in pixels.
    /// - Returns: the places at which the change is the pointer's doing; none while it is not certain.
    mutating func follow(
        from before: LumaPlane, to after: LumaPlane, regions: [PixelRect], seconds: Double
    ) -> [PixelRect] {
        guard !regions.isEmpty else { return [] }
        // What is not sure yet must move alone.
        guard isSure || regions.allSatisfy({ max($0.width, $0.height) <= 2 * limit }) else {
            forget()
            return []
        }
        guard let place else {
            if let pair = pair(before, after, regions.filter(isPointerSized), seconds) { begin(pair) }
            return []
        }
        if !isLost {
            let isTouched = regions.contains { $0.overlaps(place.rect.widened(by: 2)) }
            if isTouched {
                guard hasLeft(place, before, after) else { return [] }
            } else if isStillThere(place, after) {
                return []
            } else {
                isLost = isSure
            }
        }
        let moved =
            search(before, after, regions, seconds, from: place)
            ?? (isLost ? nil : replace(place, before, after, regions, seconds))
            ?? found(pair(before, after, regions.filter(isPointerSized), seconds))
        guard let moved else {
            if isSure { isLost = true } else { forget() }
            return []
        }
        let left = isLost ? moved.rect : place.rect
        isLost = false
        accept(moved, from: place)
        return isSure ? [left, moved.rect] : []
    }

    private func isPointerSized(_ rect: PixelRect) -> Bool {
        max(rect.width, rect.height) <= limit && min(rect.width, rect.height) >= Self.thinnest
    }

    /// Whether a known look is seen at a place.
    private func isStillThere(_ place: PointerPlace, _ plane: LumaPlane) -> Bool {
        sprites.contains { $0.isSeen(in: plane, x: place.rect.xs.lowerBound, y: place.rect.ys.lowerBound) }
    }

    /// Whether most of the pointer's own pixels are no longer what they were.
    private func hasLeft(_ place: PointerPlace, _ before: LumaPlane, _ after: LumaPlane) -> Bool {
        if isStillThere(place, after) { return false }
        guard let area = place.rect.clipped(width: after.width, height: after.height) else { return true }
        let changed = after.differingPixels(from: before, xs: area.xs, ys: area.ys, beyond: 24)?.count ?? 0
        return changed * 12 > area.area
    }

    /// Searches the changed areas for a look that is known, the nearest first.
    private mutating func search(
        _ before: LumaPlane, _ after: LumaPlane, _ regions: [PixelRect], _ seconds: Double, from place: PointerPlace
    ) -> PointerPlace? {
        func distance(_ rect: PixelRect) -> Int { abs(rect.centerX - place.x) + abs(rect.centerY - place.y) }
        let near = PixelRect(
            xs: place.x - Self.reach..<place.x + Self.reach, ys: place.y - Self.reach..<place.y + Self.reach)
        var best: (x: Int, y: Int, error: Double)?
        var look = 0
        for region in regions.sorted(by: { distance($0) < distance($1) }).prefix(8) {
            // In what is large, much may look like a pointer.
            guard let area = region.area <= Self.largestSearch ? region : region.shared(with: near) else { continue }
            for (index, sprite) in sprites.enumerated() {
                let corner = PixelRect(
                    xs: area.xs.lowerBound - 4..<max(area.xs.lowerBound, area.xs.upperBound - sprite.width) + 5,
                    ys: area.ys.lowerBound - 4..<max(area.ys.lowerBound, area.ys.upperBound - sprite.height) + 5)
                if let found = sprite.find(in: after, topLeft: corner), found.error < best?.error ?? .infinity {
                    (best, look) = (found, index)
                }
            }
        }
        guard let best else { return nil }
        let found = PixelRect(x: best.x, y: best.y, width: sprites[look].width, height: sprites[look].height)
        // Where nothing else has changed, the ground is known.
        if regions.contains(where: { found.widened(by: 3).contains($0) && $0.overlaps(found) }),
            !found.overlaps(place.rect)
        {
            sprites[look].learn(at: best.x, best.y, in: after, ground: before)
        }
        let tip = sprites[look].tip
        return PointerPlace(rect: found, x: best.x + tip.x, y: best.y + tip.y, seconds: seconds)
    }

    /// Takes another small thing that appeared as the pointer left for its new look, or, where nothing did, a small
    /// change in place for a change of its look.
    private mutating func replace(
        _ place: PointerPlace, _ before: LumaPlane, _ after: LumaPlane, _ regions: [PixelRect], _ seconds: Double
    ) -> PointerPlace? {
        let touched = regions.filter { $0.overlaps(place.rect.widened(by: 2)) }
        let small = regions.filter { isPointerSized($0) && !$0.overlaps(place.rect.widened(by: 2)) }
        let likely = small.min { unlikeness($0, place.rect) < unlikeness($1, place.rect) }
        if let likely, unlikeness(likely, place.rect) < 2.5,
            let sprite = PointerSprite(at: likely, in: after, ground: before)
        {
            learn(sprite)
            return PointerPlace(
                rect: likely, x: likely.xs.lowerBound + sprite.tip.x, y: likely.ys.lowerBound + sprite.tip.y,
                seconds: seconds)
        }
        guard touched.count == 1, max(touched[0].width, touched[0].height) <= limit + limit / 2 else { return nil }
        return PointerPlace(rect: touched[0], x: place.x, y: place.y, seconds: place.seconds)
    }

    /// How different two sizes are; 1 for the same.
    private func unlikeness(_ one: PixelRect, _ two: PixelRect) -> Double {
        func ratio(_ a: Int, _ b: Int) -> Double { Double(max(a, b)) / Double(max(1, min(a, b))) }
        return ratio(one.width, two.width) * ratio(one.height, two.height)
    }

    /// Two places between which something small has moved, and its looks.
    private struct Pair {
        var from, to: PointerPlace
        var sprite: PointerSprite
    }

    private func pair(
        _ before: LumaPlane, _ after: LumaPlane, _ small: [PixelRect], _ seconds: Double
    ) -> Pair? {
        guard (2...6).contains(small.count) else { return nil }
        var best: (from: PixelRect, to: PixelRect, likeness: Double)?
        for from in small {
            for to in small where from != to && unlikeness(from, to) < 1.7 {
                let likeness = likeness(of: from, in: before, to, in: after)
                // The other way round: was it here before, and is it there now?
                guard likeness > 0.75, likeness > self.likeness(of: to, in: before, from, in: after) + 0.1,
                    likeness > best?.likeness ?? 0
                else { continue }
                best = (from, to, likeness)
            }
        }
        guard let best, let sprite = PointerSprite(at: best.to, in: after, ground: before) else { return nil }
        func place(_ rect: PixelRect) -> PointerPlace {
            PointerPlace(
                rect: rect, x: rect.xs.lowerBound + sprite.tip.x, y: rect.ys.lowerBound + sprite.tip.y,
                seconds: seconds)
        }
        return Pair(from: place(best.from), to: place(best.to), sprite: sprite)
    }

    /// Begins to follow what has moved.
    private mutating func begin(_ pair: Pair) {
        sprites = [pair.sprite]
        (travel, moves) = (0, 0)
        trail = [pair.from]
        accept(pair.to, from: pair.from)
    }

    /// Goes on with what has moved elsewhere, after the pointer was lost.
    private mutating func found(_ pair: Pair?) -> PointerPlace? {
        guard let pair else { return nil }
        learn(pair.sprite)
        return pair.to
    }

    /// How alike the content of two places is, -1…1, wherever they lie best on each other within a few pixels.
    private func likeness(of from: PixelRect, in before: LumaPlane, _ to: PixelRect, in after: LumaPlane) -> Double {
        let (width, height) = (min(from.width, to.width), min(from.height, to.height))
        let area = PixelRect(x: from.xs.lowerBound, y: from.ys.lowerBound, width: width, height: height)
        var best = -1.0
        for y in -2...2 {
            for x in -2...2 {
                let shift = (x: to.xs.lowerBound - area.xs.lowerBound + x, y: to.ys.lowerBound - area.ys.lowerBound + y)
                let moved = PixelRect(
                    x: area.xs.lowerBound + shift.x, y: area.ys.lowerBound + shift.y,
                    width: width, height: height)
                guard moved.clipped(width: after.width, height: after.height) == moved else { continue }
                best = max(best, TileFit(from: before, to: after, xs: area.xs, ys: area.ys, shift: shift).correlation)
            }
        }
        return best
    }

    private mutating func accept(_ next: PointerPlace, from last: PointerPlace) {
        travel += abs(next.x - last.x) + abs(next.y - last.y)
        moves += 1
        place = next
        trail.append(next)
        if travel >= Self.sureTravel, moves >= 2 { isSure = true }
    }

    private mutating func learn(_ sprite: PointerSprite) {
        sprites.insert(sprite, at: 0)
        if sprites.count > Self.maxSprites { sprites.removeLast() }
    }

    private mutating func forget() {
        place = nil
        isLost = false
        trail = []
        sprites = []
    }
}
