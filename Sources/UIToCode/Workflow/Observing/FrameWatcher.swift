// Watches a recording frame by frame and cuts it into rests and what lies between them. It holds the brightness of a few
// frames, and lays the pictures that are worth keeping down as they come.
//
//     rest ──(a frame differs from the rest)──▶ begin ──▶ activity
//     activity ──(nothing has moved for a while)──▶ settle ──▶ rest, the same or another
//
// What the pointer does, a caret that blinks, and tiles that move by themselves neither begin an activity nor keep one
// going.
import Media

/// Cuts a recording into rests and activities.
struct FrameWatcher {
    private let store: PictureStore
    private let (width, height): (Int, Int)
    private var watched = Watched()
    private var noise: CodecNoise
    private var pointer: PointerTracker
    private var selfMoving: SelfMovingTiles
    private var meter = ScrollMeter()
    private var recent: [Glimpse] = []
    private var gaps: [Double] = []
    private var reference: Glimpse?
    private var activity: OpenActivity?
    /// What may be panels that have come and not gone.
    private var panels: [PixelRect] = []

    /// A frame that was looked at.
    private struct Glimpse {
        let frame: any RecordedFrame
        let luma: LumaPlane
        var seconds: Double { frame.seconds }
    }

    /// Frames that follow sooner are passed over, seconds: slow fades show better, and the rest costs less.
    private static let leastGap = 0.045
    /// A screen at which nothing moves for so long, or for this many frames of a slow recording, is at rest.
    private static let (restSeconds, restFrames) = (0.15, 1.6)
    /// Frames are at hand for so long, seconds, or for two rests.
    private static let leastMemory = 0.5
    /// A frame that stays on for longer than this was at rest long before the next one came.
    private static let longestFrame = 0.1
    /// The reference follows the screen this often, seconds.
    private static let refreshSeconds = 1.0
    /// What lives this long is kept though it never rests.
    private static let shortestLife = 0.15
    /// Of content that moved, this part at most looks as what was there before.
    private static let mostKept = 0.5
    /// The part of a panel's sides that are new edges, and how many panels are remembered.
    private static let (panelEdges, maxPanels) = (0.5, 8)
    /// Levels by which a pixel is plainly off, and the tiles that a letter covers.
    private static let (plain, crumbTiles) = (20, 6)
    /// Steps that are remembered of an activity.
    private static let maxSteps = 600

    /// Prepares to watch frames at a size, and to lay pictures down in a store.
    init(width: Int, height: Int, store: PictureStore) {
        (self.width, self.height, self.store) = (width, height, store)
        noise = CodecNoise(width: width, height: height)
        pointer = PointerTracker(width: width, height: height)
        selfMoving = SelfMovingTiles(width: width, height: height)
    }

    /// Looks at the next frame.
    mutating func look(at frame: any RecordedFrame) throws(MediaError) {
        guard let last = recent.last else {
            let first = Glimpse(frame: frame, luma: try frame.luma(width: width, height: height))
            recent = [first]
            reference = first
            try addRest(first, start: frame.seconds)
            return
        }
        guard frame.seconds - last.seconds >= Self.leastGap else { return }
        gaps.append(frame.seconds - last.seconds)
        if gaps.count > 20 { gaps.removeFirst() }
        if let activity, frame.seconds - max(activity.lastChange, last.seconds) >= restSeconds { try settle(at: last) }
        let now = Glimpse(frame: frame, luma: try frame.luma(width: width, height: height))
        try look(from: last, to: now)
        recent.append(now)
        let oldest = now.seconds - max(Self.leastMemory, 2 * restSeconds)
        recent.removeAll { $0.seconds < oldest }
    }

    /// Ends the last rest or activity.
    mutating func finished() throws(MediaError) -> Watched {
        if let last = recent.last {
            if activity != nil { try settle(at: last) }
            try closeRest(at: last)
        }
        selfMoving.finish()
        watched.movements = selfMoving.ended
        watched.trail = pointer.isSure ? pointer.trail : []
        return watched
    }

    /// Seconds between frames: the middle one of the last.
    private var usualGap: Double { gaps.isEmpty ? 0 : gaps.sorted()[gaps.count / 2] }

    private var restSeconds: Double { max(Self.restSeconds, Self.restFrames * (gaps.min() ?? 0)) }

    private mutating func look(from last: Glimpse, to now: Glimpse) throws(MediaError) {
        var moving =
            ChangeMap(from: last.luma, to: now.luma, noise: &noise, isLearning: true).tiles
        let regions = moving.regions(gap: 0).map { exact($0, last.luma, now.luma) }
        let explained = pointer.follow(from: last.luma, to: now.luma, regions: regions, seconds: now.seconds)
        for rect in explained { moving.remove(touching: rect.xs, rect.ys) }
        for caret in regions where isCaret(caret) { moving.remove(touching: caret.xs, caret.ys) }
        if activity == nil { try beginIfChanged(from: last, to: now, moving) }
        guard activity != nil else {
            selfMoving.update(moving, seconds: now.seconds, gap: usualGap)
            return
        }
        var others = moving
        others.subtract(selfMoving.tiles)
        let isScroll = try scroll(from: last, to: now, others)
        if !isScroll {
            selfMoving.update(moving, seconds: now.seconds, gap: usualGap)
            others.subtract(selfMoving.tiles)
        }
        note(others, from: last, to: now)
        try settleIfStill(at: now)
    }

    // MARK: Changes

    /// A region in pixels.
    private func exact(_ region: TileRegion, _ before: LumaPlane, _ after: LumaPlane) -> PixelRect {
        let area = region.pixels(width: width, height: height)
        let exact = after.differingPixels(from: before, xs: area.xs, ys: area.ys, beyond: Self.plain)
        return PixelRect(xs: exact?.xs ?? area.xs, ys: exact?.ys ?? area.ys)
    }

    /// Whether a region is as small as a letter, and no pixel of it plainly off: a codec that settles.
    private func isCrumb(_ region: TileRegion, _ before: LumaPlane, _ after: LumaPlane) -> Bool {
        guard region.tiles.count <= Self.crumbTiles else { return false }
        let area = region.pixels(width: width, height: height)
        return after.differingPixels(from: before, xs: area.xs, ys: area.ys, beyond: Self.plain) == nil
    }

    /// Something upright, thin and no higher than a few lines.
    private func isCaret(_ rect: PixelRect) -> Bool {
        rect.width <= max(3, width / 400) && rect.height >= 3 * rect.width && rect.height <= max(48, height / 12)
    }

    /// What differs from a reference, but for the pointer, carets and what moves by itself.
    private mutating func deviation(of now: LumaPlane, from then: Glimpse) -> TileSet {
        var tiles = ChangeMap(from: then.luma, to: now, noise: &noise).tiles
        guard !tiles.isEmpty else { return tiles }
        tiles.subtract(selfMoving.tiles)
        if pointer.isSure {
            let since = pointer.trail.lastIndex { $0.seconds <= then.seconds } ?? 0
            for place in pointer.trail[since...] {
                let area = place.rect.widened(by: 3)
                tiles.remove(touching: area.xs, area.ys)
            }
        }
        for region in tiles.regions(gap: 0) {
            let rect = exact(region, then.luma, now)
            if isCaret(rect) || rect.area < 12 || isCrumb(region, then.luma, now) {
                tiles.remove(touching: rect.xs, rect.ys)
            }
        }
        return tiles
    }

    // MARK: From rest to activity

    private mutating func beginIfChanged(
        from last: Glimpse, to now: Glimpse, _ moving: TileSet
    ) throws(MediaError) {
        guard let reference else { return }
        let changed = deviation(of: now.luma, from: reference)
        guard !changed.isEmpty else {
            if now.seconds - reference.seconds >= Self.refreshSeconds { self.reference = now }
            return
        }
        let start = max(last.seconds, now.seconds - Self.longestFrame)
        try closeRest(at: last)
        watched.rests[watched.rests.count - 1].end = start
        var open = OpenActivity(start: start, tiles: changed, from: last, pointer: pointer.place)
        let regions = changed.regions(gap: 1)
        if regions.count == 1 { open.origin = exact(regions[0], reference.luma, now.luma) }
        open.lastChange = now.seconds
        activity = open
    }

    private mutating func note(_ moving: TileSet, from last: Glimpse, to now: Glimpse) {
        guard var open = activity else { return }
        activity = nil
        defer { activity = open }
        guard let reference else { return }
        if !moving.isEmpty {
            open.lastChange = now.seconds
            let since = max(last.seconds, now.seconds - Self.longestFrame)
            open.noteTiles(moving, from: since, to: now.seconds)
            if open.steps.count < Self.maxSteps {
                for region in moving.regions(gap: 1) {
                    let rect = exact(region, last.luma, now.luma)
                    if rect.height <= lineHeight, rect.width <= width / 3 {
                        open.steps.append(Activity.Step(seconds: now.seconds, rect: rect))
                    }
                }
            }
        }
        let deviation = deviation(of: now.luma, from: reference)
        if deviation.count > open.peak?.tiles.count ?? 0 {
            open.peak = (deviation, now)
        }
    }

    /// The height of a line of text with its field, at most.
    private var lineHeight: Int { max(40, min(width, height) / 14) }

    private mutating func scroll(from last: Glimpse, to now: Glimpse, _ moving: TileSet) throws(MediaError) -> Bool {
        guard var open = activity else { return false }
        activity = nil
        defer { activity = open }
        guard let (step, from) = step(open, from: last, to: now, moving) else { return false }
        open.scrolledTo = now
        if open.scroll?.continues(step) == true {
            try open.scroll?.add(step, from: from.luma, to: now.luma, end: now.seconds) { () throws(MediaError) in
                try store.keep(try now.frame.image())
            }
        } else {
            let start = max(from.seconds, now.seconds - Self.longestFrame)
            open.scroll = ScrollChain(step, from: from.luma, start: start, end: now.seconds)
        }
        return true
    }

    /// The step from where the last one led, or else from the frame before, and which of them it was.
    private mutating func step(
        _ open: OpenActivity, from last: Glimpse, to now: Glimpse, _ moving: TileSet
    ) -> (ScrollStep, Glimpse)? {
        let hint = open.scroll?.last
        if open.scrolledTo.seconds < last.seconds {
            var changed = ChangeMap(from: open.scrolledTo.luma, to: now.luma, noise: &noise).tiles
            changed.subtract(selfMoving.tiles)
            let step = meter.step(from: open.scrolledTo.luma, to: now.luma, changed: changed, hint: hint)
            if let step, !moving.isEmpty { return (step, open.scrolledTo) }
        }
        return meter.step(from: last.luma, to: now.luma, changed: moving, hint: hint).map { ($0, last) }
    }

    // MARK: From activity to rest

    private mutating func settleIfStill(at now: Glimpse) throws(MediaError) {
        guard let activity, now.seconds - activity.lastChange >= restSeconds else { return }
        // A slow fade does not show from frame to frame.
        guard let then = recent.last(where: { now.seconds - $0.seconds >= restSeconds }),
            deviation(of: now.luma, from: then).isEmpty
        else {
            self.activity?.lastChange = now.seconds
            return
        }
        try settle(at: now)
    }

    private mutating func settle(at now: Glimpse) throws(MediaError) {
        guard let open = activity, let reference else { return }
        activity = nil
        let tiles = deviation(of: now.luma, from: reference)
        guard !tiles.isEmpty else {
            try keepShortLife(open, reference, now)
            return
        }
        let difference = measured(from: reference.luma, to: now.luma, tiles)
        let (start, end) = open.times(of: tiles)
        try addRest(now, start: end)
        // What still holds what it held has not moved.
        let scroll = difference.kept < Self.mostKept ? finishedScroll(open, reference, now, tiles) : nil
        addActivity(open, difference, start: start, end: end, scroll: scroll)
        self.reference = now
    }

    /// What moved the content between two rests, when anything did: the steps on the way, or, where both ends still
    /// share content, what sets them apart at once.
    private mutating func finishedScroll(
        _ open: OpenActivity, _ reference: Glimpse, _ now: Glimpse, _ tiles: TileSet
    ) -> ScrollRun? {
        guard var chain = open.scroll else { return nil }
        let direct = meter.step(from: reference.luma, to: now.luma, changed: tiles, hint: chain.total)
        return chain.finished(
            at: now.luma, changed: tiles, direct: direct, isWhole: chain.run.start <= open.start + Self.longestFrame)
    }

    /// Two activities for what came and went without a rest in between.
    private mutating func keepShortLife(
        _ open: OpenActivity, _ reference: Glimpse, _ now: Glimpse
    ) throws(MediaError) {
        let life = open.lastChange - open.start
        guard open.scroll == nil, let peak = open.peak, life >= Self.shortestLife,
            peak.tiles.count * 200 >= peak.tiles.columns * peak.tiles.rows
        else { return }
        let opening = measured(from: reference.luma, to: peak.at.luma, peak.tiles)
        guard opening.light == .dimmed || opening.edgesCome > Self.panelEdges && opening.kept < Self.mostKept else {
            return
        }
        try addRest(peak.at, start: peak.at.seconds)
        watched.rests[watched.rests.count - 1].end = peak.at.seconds
        addActivity(open, opening, start: open.start, end: peak.at.seconds, scroll: nil)
        let closing = measured(from: peak.at.luma, to: now.luma, peak.tiles)
        try addRest(now, start: open.lastChange)
        addActivity(open, closing, start: peak.at.seconds, end: open.lastChange, scroll: nil)
        self.reference = now
    }

    private mutating func measured(from before: LumaPlane, to after: LumaPlane, _ tiles: TileSet) -> ScreenDifference {
        let difference = ScreenDifference(from: before, to: after, tiles: tiles, panels: panels)
        panels.removeAll { difference.gonePanels.contains($0) }
        if difference.light == .dimmed || difference.edgesCome >= Self.panelEdges { panels.append(difference.panel) }
        if panels.count > Self.maxPanels { panels.removeFirst() }
        return difference
    }

    private mutating func addActivity(
        _ open: OpenActivity, _ difference: ScreenDifference, start: Double, end: Double, scroll: ScrollRun?
    ) {
        watched.activities.append(
            Activity(
                before: watched.rests.count - 2, after: watched.rests.count - 1, start: start, end: max(start, end),
                difference: difference, steps: open.steps, scroll: scroll,
                pointer: pointer.trail.last { $0.seconds <= start + 1e-6 } ?? open.pointer, origin: open.origin))
    }

    private mutating func addRest(_ now: Glimpse, start: Double) throws(MediaError) {
        let picture = try store.keep(try now.frame.image())
        watched.rests.append(
            Rest(start: start, end: now.seconds, first: picture, last: picture, looks: ScreenLooks(now.luma)))
    }

    /// Notes how the screen looked at the end of the rest, with the pointer where it then was.
    private mutating func closeRest(at last: Glimpse) throws(MediaError) {
        let index = watched.rests.count - 1
        guard index >= 0 else { return }
        if last.seconds > watched.rests[index].end {
            watched.rests[index].last = try store.keep(try last.frame.image())
        }
        watched.rests[index].end = max(watched.rests[index].end, last.seconds)
    }

    /// An activity that has not come to rest.
    private struct OpenActivity {
        let start: Double
        let pointer: PointerPlace?
        var origin: PixelRect?
        var lastChange = 0.0
        var steps: [Activity.Step] = []
        var scroll: ScrollChain?
        /// The frame from which the next step of a scroll is measured.
        var scrolledTo: Glimpse
        /// The frame that differed most from the rest before.
        var peak: (tiles: TileSet, at: Glimpse)?
        /// For every tile, when it began to change and when it last did; nil while it has not.
        private var began: [Double?]
        private var ended: [Double?]

        init(start: Double, tiles: TileSet, from last: Glimpse, pointer: PointerPlace?) {
            (self.start, self.pointer, scrolledTo) = (start, pointer, last)
            began = [Double?](repeating: nil, count: tiles.columns * tiles.rows)
            ended = began
            for tile in tiles.indices {
                began[tile] = start
                ended[tile] = start
            }
        }

        mutating func noteTiles(_ tiles: TileSet, from start: Double, to end: Double) {
            for tile in tiles.indices {
                began[tile] = began[tile] ?? start
                ended[tile] = end
            }
        }

        /// When most of what has changed for good began to change, and when it had: a tenth of it may be earlier, such
        /// as what the pointer passed on its way.
        func times(of tiles: TileSet) -> (start: Double, end: Double) {
            let begins = tiles.indices.compactMap { began[$0] }.sorted()
            let ends = tiles.indices.compactMap { ended[$0] }.sorted()
            guard !begins.isEmpty, !ends.isEmpty else { return (start, lastChange) }
            return (begins[begins.count / 10], ends[ends.count - 1 - ends.count / 20])
        }
    }
}
