// A scroll as it happens: steps added up, and the sum set right by comparing with a frame further back, an anchor, as
// long as the two still share content. What looked like a scroll but leads to a frame in which the anchor's content is
// not found is none, such as a sheet that slides in. Neither is a sheet that slides away: what comes into view behind it
// stands still, where a scroll moves it along with the rest.
import Media

/// Steps of one gesture.
struct ScrollChain {
    private(set) var run: ScrollRun
    /// The last step, by which the next is guessed.
    private(set) var last: ScrollStep
    private var anchor: (plane: LumaPlane, distance: Int)
    /// The frame before the first step.
    private let first: LumaPlane
    private var steps = 1
    private var isBroken = false
    /// Of what had come into view before a step: how far it is off where it stood, and where the step moved it to, in
    /// levels added up over all pixels and steps.
    private var (standing, moving) = (0, 0)

    /// Content beyond this part of the area is compared with a new anchor.
    private static let anchorPart = 0.4
    /// The part of the content that must be found again.
    private static let leastFound = 0.45
    /// And the mean of what the steps found.
    private static let leastMean = 0.88
    /// Pixels that a sum of steps may be off, for each step and at most.
    private static let reach = (perStep: 2, most: 10)
    /// A sideways move by nearly the whole width is one screen sliding over the other.
    private static let slidePart = 0.85
    /// Up to this part of the area both ends of a gesture share enough content to be compared.
    private static let sharedPart = 0.7
    /// What steps that were missed may leave between the sum and the direct comparison: a part, or so many pixels.
    private static let (leeway, leastLeeway) = (0.35, 24)
    /// The part of what has changed that may lie outside of the area that scrolled.
    private static let mostOutside = 0.4
    /// Levels of a pixel, in the mean, by which a tile has come into view.
    private static let leastNew = 6
    /// What has come into view stood still when it is found in its place so many times as well as further on.
    private static let uncovered = 2

    /// Begins with a first step.
    init(_ step: ScrollStep, from before: LumaPlane, start: Double, end: Double) {
        run = ScrollRun(
            distance: step.distance, isSideways: step.isSideways, rect: step.rect, found: step.found, start: start,
            end: end)
        last = step
        anchor = (before, 0)
        first = before
    }

    /// Whether a step goes on with this one.
    func continues(_ step: ScrollStep) -> Bool { step.isSideways == run.isSideways }

    /// Adds a step that led from one frame to another.
    ///
    /// - Parameter keep: lays the frame's picture down.
    mutating func add(
        _ step: ScrollStep, from before: LumaPlane, to after: LumaPlane, end: Double,
        keep: () throws(MediaError) -> KeptPicture
    ) throws(MediaError) {
        followNewcomers(step, before, after)
        steps += 1
        run.distance += step.distance
        run.rect = run.rect.union(step.rect)
        run.found += (step.found - run.found) / Double(steps)
        run.end = end
        last = step
        let span = Double(run.isSideways ? run.rect.width : run.rect.height)
        guard Double(abs(run.distance - anchor.distance)) > Self.anchorPart * span else { return }
        settle(after)
        run.views.append(ScrollRun.View(distance: run.distance, picture: try keep()))
    }

    /// Looks whether what has come into view so far stands still in a step, or moves along.
    private mutating func followNewcomers(_ step: ScrollStep, _ before: LumaPlane, _ after: LumaPlane) {
        let range = run.isSideways ? run.rect.xs : run.rect.ys
        let depth = min(abs(run.distance), range.count)
        let strip =
            run.distance > 0
            ? range.upperBound - depth..<range.upperBound : range.lowerBound..<range.lowerBound + depth
        let area =
            run.isSideways ? PixelRect(xs: strip, ys: run.rect.ys) : PixelRect(xs: run.rect.xs, ys: strip)
        let side = TileSet.side
        for y in stride(from: area.ys.lowerBound, through: area.ys.upperBound - side, by: side) {
            for x in stride(from: area.xs.lowerBound, through: area.xs.upperBound - side, by: side) {
                let here = PixelRect(x: x, y: y, width: side, height: side)
                let there = PixelRect(
                    x: x - (run.isSideways ? step.distance : 0), y: y - (run.isSideways ? 0 : step.distance),
                    width: side, height: side)
                guard run.rect.contains(there),
                    ScrollMeter.distanceSum(before, here, first, here) >= Self.leastNew * here.area
                else { continue }
                standing += ScrollMeter.distanceSum(before, here, after, here)
                moving += ScrollMeter.distanceSum(before, here, after, there)
            }
        }
    }

    /// Sets the sum right by the anchor, and makes the frame the next one.
    private mutating func settle(_ after: LumaPlane) {
        let reach = min(Self.reach.most, 2 + Self.reach.perStep * steps)
        let aligned = ScrollMeter.align(
            anchor.plane, after, run.rect, near: run.distance - anchor.distance, reach: reach,
            isSideways: run.isSideways)
        if let aligned, aligned.found >= Self.leastFound {
            run.distance = anchor.distance + aligned.distance
        } else {
            isBroken = true
        }
        anchor = (after, run.distance)
    }

    /// The whole gesture as one step.
    var total: ScrollStep {
        ScrollStep(distance: run.distance, isSideways: run.isSideways, found: run.found, rect: run.rect)
    }

    /// The whole gesture, measured at the frame at rest after it; nil when it was no scroll.
    ///
    /// - Parameters:
    ///   - changed: the tiles in which that frame differs from the one at rest before.
    ///   - direct: what sets the two apart when they are compared at once.
    ///   - isWhole: whether it was followed from the very first change.
    mutating func finished(
        at after: LumaPlane, changed: TileSet, direct: ScrollStep?, isWhole: Bool
    ) -> ScrollRun? {
        settle(after)
        let span = Double(run.isSideways ? run.rect.width : run.rect.height)
        var outside = changed
        outside.remove(touching: run.rect.xs, run.rect.ys)
        guard run.distance != 0, Double(outside.count) <= Self.mostOutside * Double(changed.count) else { return nil }
        let leeway = max(Self.leastLeeway, Int(Self.leeway * Double(abs(run.distance))))
        guard run.found >= Self.leastMean, Self.uncovered * standing >= moving else { return nil }
        if let direct, direct.isSideways == run.isSideways, abs(direct.distance - run.distance) <= leeway,
            direct.found >= Self.leastMean
        {
            run.distance = direct.distance
            return run
        }
        // As long as the ends share content, they must agree.
        let part = Double(abs(run.distance)) / span
        guard !isBroken, isWhole, part >= Self.sharedPart, !run.isSideways || part < Self.slidePart else { return nil }
        return run
    }
}
