// A scroll as it happens: steps added up, and the sum set right by comparing with a frame further back, an anchor, as
// long as the two still share content. What looked like a scroll but leads to a frame in which the anchor's content is
// not found is none, such as a sheet that slides in.
import Media

/// Steps of one gesture.
struct ScrollChain {
    private(set) var run: ScrollRun
    /// The last step, by which the next is guessed.
    private(set) var last: ScrollStep
    private var anchor: (plane: LumaPlane, distance: Int)
    private var steps = 1
    private var isBroken = false

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

    /// Begins with a first step.
    init(_ step: ScrollStep, from before: LumaPlane, start: Double, end: Double) {
        run = ScrollRun(
            distance: step.distance, isSideways: step.isSideways, rect: step.rect, found: step.found, start: start,
            end: end)
        last = step
        anchor = (before, 0)
    }

    /// Whether a step goes on with this one.
    func continues(_ step: ScrollStep) -> Bool { step.isSideways == run.isSideways }

    /// Adds a step that led to a frame.
    ///
    /// - Parameter keep: lays the frame's picture down.
    mutating func add(
        _ step: ScrollStep, to after: LumaPlane, end: Double, keep: () throws(MediaError) -> KeptPicture
    ) throws(MediaError) {
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
        guard run.found >= Self.leastMean else { return nil }
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
