// From rests and activities to events and screens: the second half of observing, done when the whole recording is known,
// since an overlay is told from a change by what comes after it.
//
// Order of questions: did the content move; was text typed; is an overlay gone; has one come; has most of the screen
// become another; else it is a change of a part.
import Media
import Render

/// Names what happened.
struct Interpretation {
    private let watched: Watched
    private let store: PictureStore
    private let (width, height): (Int, Int)
    /// Pixels of the recording to one of the watched frames.
    private let scale: Double
    private let touches: [PointerPlace]
    private var moments: [Moment] = []
    private var catalogue = ScreenCatalogue()
    private var overlays: [Overlay] = []
    private var (screen, offset) = (0, 0)
    private var events: [ObservedEvent] = []

    /// One or more activities that are one event.
    private struct Moment {
        var activity: Activity
        var typed: PixelRect?
        var keystrokes = 1
    }

    /// An overlay that is open.
    private struct Overlay {
        var before: Int
        var panel: PixelRect
        var isDimming: Bool
        var screenBelow: Int
        var offsetBelow: Int
    }

    /// Wheel turns that follow sooner are one gesture, seconds; so are changes that nobody caused in between.
    private static let (gesturePause, loadPause) = (0.7, 0.6)
    /// An overlay is at least this part of the screen, and in either direction so many pixels, and at most that part.
    private static let overlayParts = (least: 0.004, most: 0.75)
    private static let overlayPixels = 24
    /// The part of a panel's sides that must be new edges, alone and when it goes again later.
    private static let (panelEdges, passingEdges) = (0.55, 0.3)
    /// Of what is under a panel, less than this part may still be seen.
    private static let covered = 0.5
    /// A panel is more than its frame; a large one covers something, and does not take the place of everything.
    private static let (leastFilled, largePanel, leastCovering) = (0.25, 0.25, 0.05)
    /// Of what is on the screen, this part changes when another takes its place, and of what was there, that part.
    private static let (otherScreen, leastLost) = (0.5, 0.4)
    /// Areas that differ by less are as they were before.
    private static let restored = 0.3
    /// A first rest that is shorter than this has no screen of its own, seconds.
    private static let opening = 0.15
    /// Movements that are shorter are parts of what they end in, seconds.
    private static let leastMovement = 1.0

    /// Prepares to interpret what was watched in frames of a size, `scale` times smaller than the recording's.
    init(_ watched: Watched, width: Int, height: Int, scale: Double, store: PictureStore) {
        self.store = store
        let sieve = ActivitySieve(watched, width: width, height: height)
        self.watched = watched
        (self.width, self.height, self.scale) = (width, height, scale)
        touches = sieve.touches
        moments = joined(sieve.activities)
    }

    /// All events and screens.
    ///
    /// - Throws: what laying down pictures throws; `.cancelled`.
    mutating func observation() throws(MediaError) -> (events: [ObservedEvent], screens: [ObservedScreen]) {
        guard var first = watched.rests.first else { return ([], []) }
        if let opening = moments.first?.activity, opening.before == 0, first.end - first.start < Self.opening {
            // A recording that opens with a screen that is still to come.
            first = watched.rests[opening.after]
            moments.removeFirst()
        }
        screen = catalogue.screen(of: first).index
        var shownSince = first.start
        for index in moments.indices {
            guard !Task.isCancelled else { throw .cancelled }
            let activity = moments[index].activity
            catalogue.show(screen, from: shownSince, to: watched.rests[activity.before].end)
            // A screen is left as it looks then, with what lies under the pointer lit.
            catalogue.remember(watched.rests[activity.before], at: screen, offset: offset)
            name(index)
            shownSince = watched.rests[activity.after].start
        }
        if let last = watched.rests.last { catalogue.show(screen, from: shownSince, to: last.end) }
        addMovements()
        events.sort { $0.start < $1.start }
        return (events, try screens())
    }

    // MARK: Joining

    private func joined(_ activities: [Activity]) -> [Moment] {
        let typing = TypingRuns(width: width, height: height)
        var moments: [Moment] = []
        for activity in activities {
            let line = typing.line(of: activity)
            var next = Moment(activity: activity, typed: line)
            let stroke = line ?? typing.keystroke(of: activity)
            if let stroke, let last = moments.last, activity.start - last.activity.end <= TypingRuns.pause {
                let before = last.typed ?? typing.keystroke(of: last.activity)
                if let before, typing.continues(before, stroke) {
                    next.typed = before.union(stroke)
                    next.keystrokes = last.keystrokes + 1
                    moments[moments.count - 1] = Self.join(last, next)
                    continue
                }
            }
            if let last = moments.last, belongs(next, to: last) {
                moments[moments.count - 1] = Self.join(last, next)
            } else {
                moments.append(next)
            }
        }
        return moments
    }

    /// Whether an activity goes on with the last: the same gesture, or something that nobody caused in between.
    private func belongs(_ next: Moment, to last: Moment) -> Bool {
        let pause = next.activity.start - last.activity.end
        if let one = last.activity.scroll, let two = next.activity.scroll {
            return pause <= Self.gesturePause && one.isSideways == two.isSideways
                && (one.distance > 0) == (two.distance > 0) && one.rect.overlap(two.rect) > 0.4
        }
        guard last.activity.scroll == nil, next.activity.scroll == nil, last.typed == nil, next.typed == nil,
            pause <= Self.loadPause, !moved(since: last.activity.start - 0.2, until: next.activity.start)
        else { return false }
        let (one, two) = (last.activity.difference, next.activity.difference)
        guard one.light == .unchanged, two.light == .unchanged else { return false }
        // A page that is shown in parts, or a button that showed that it was pressed.
        let isLoading = isOtherScreen(one) && !isOtherScreen(two)
        let isPress = isOtherScreen(two) && one.coverage < 0.05
        return isLoading && !isPanel(two) || isPress
    }

    /// Whether a pointer that can be seen has moved.
    private func moved(since start: Double, until end: Double) -> Bool {
        watched.trail.contains { $0.seconds > start + 0.05 && $0.seconds <= end }
    }

    private static func join(_ last: Moment, _ next: Moment) -> Moment {
        var joined = last
        joined.activity.after = next.activity.after
        joined.activity.end = next.activity.end
        joined.activity.steps += next.activity.steps
        joined.typed = next.typed
        joined.keystrokes = next.keystrokes
        if next.activity.difference.coverage > last.activity.difference.coverage {
            let rect = joined.activity.difference.rect
            joined.activity.difference = next.activity.difference
            joined.activity.difference.rect = rect.union(next.activity.difference.rect)
        } else {
            joined.activity.difference.rect = joined.activity.difference.rect.union(next.activity.difference.rect)
        }
        if let one = last.activity.scroll, var two = next.activity.scroll {
            for index in two.views.indices { two.views[index].distance += one.distance }
            two.views = one.views + two.views
            two.distance += one.distance
            two.rect = two.rect.union(one.rect)
            two.start = one.start
            two.found = min(one.found, two.found)
            joined.activity.scroll = two
        }
        return joined
    }

    // MARK: Naming

    private mutating func name(_ index: Int) {
        let moment = moments[index]
        let activity = moment.activity
        let difference = activity.difference
        let after = watched.rests[activity.after]
        let screenBefore = screen
        if let run = activity.scroll, !isReflow(run, activity) {
            catalogue.scroll(screen, from: offset, run)
            if !run.isSideways { offset += run.distance }
            catalogue.remember(after, at: screen, offset: offset)
            add(moment, .scroll, run.rect, screenBefore, confidence: 0.5 + 0.5 * run.found)
            return
        }
        if let typed = moment.typed {
            catalogue.remember(after, at: screen, offset: offset)
            add(moment, .typing, typed, screenBefore, confidence: moment.keystrokes > 1 ? 0.9 : 0.8)
            return
        }
        if let (level, likeness) = closed(activity) {
            let overlay = overlays[level]
            overlays.removeSubrange(level...)
            (screen, offset) = (overlay.screenBelow, overlay.offsetBelow)
            catalogue.remember(after, at: screen, offset: offset)
            add(moment, .overlayClose, overlay.panel, screenBefore, confidence: 0.6 + 0.4 * likeness)
            return
        }
        if let confidence = opened(index) {
            overlays.append(
                Overlay(
                    before: activity.before, panel: difference.panel, isDimming: difference.light == .dimmed,
                    screenBelow: screen, offsetBelow: offset))
            (screen, offset, _) = catalogue.screen(of: after, below: screen, panel: difference.panel)
            add(moment, .overlayOpen, difference.panel, screenBefore, confidence: confidence)
            return
        }
        if isOtherScreen(difference) {
            overlays = []
            (screen, offset, _) = catalogue.screen(of: after)
            let kind: ObservedEvent.Kind = screen == screenBefore ? .change : .navigation
            add(
                moment, kind, difference.rect, screenBefore,
                confidence: min(1, 0.5 + (difference.changed - Self.otherScreen)))
            return
        }
        catalogue.remember(after, at: screen, offset: offset)
        add(
            moment, .change, difference.rect, screenBefore,
            confidence: min(0.9, 0.5 + (Self.otherScreen - difference.changed)))
    }

    /// Whether content only closed up below what was clicked, or made room: it moved a little, from the pointer on.
    private func isReflow(_ run: ScrollRun, _ activity: Activity) -> Bool {
        guard !run.isSideways, let pointer = activity.pointer else { return false }
        let distance = abs(run.distance)
        return distance < height / 5 && abs(pointer.y - run.rect.ys.lowerBound) <= distance + 8
            && run.rect.ys.lowerBound > height / 6
    }

    /// The lowest overlay that is gone, and how much the screen looks as it did before it came, 0…1.
    private func closed(_ activity: Activity) -> (level: Int, likeness: Double)? {
        let (before, after) = (watched.rests[activity.before].looks, watched.rests[activity.after].looks)
        let found = overlays.enumerated().compactMap { level, overlay -> (level: Int, likeness: Double)? in
            let under = watched.rests[overlay.before].looks
            let area = overlay.isDimming ? nil : overlay.panel
            let (now, then) = (after.difference(from: under, in: area), before.difference(from: under, in: area))
            if now < Self.restored, now < then / 2 { return (level, 1 - now) }
            // It may have gone while what is below has changed as well.
            let isGone = activity.difference.gonePanels.contains { $0.overlap(overlay.panel) > 0.6 }
            return isGone && !isOtherScreen(activity.difference) ? (level, 0.5) : nil
        }
        return found.max { $0.likeness < $1.likeness }
    }

    /// How sure it is that an overlay has come, 0…1; nil when none has.
    private func opened(_ index: Int) -> Double? {
        let activity = moments[index].activity
        let difference = activity.difference
        if difference.light == .dimmed { return 0.95 }
        // What makes the screen light again takes something away; nothing opens by it.
        guard difference.light != .lit else { return nil }
        if isPanel(difference) {
            return returns(index) ? 0.95 : 0.5 + 0.4 * difference.edgesCome
        }
        let isPassing =
            hasPanelSize(difference.panel) && difference.edgesCome >= Self.passingEdges
            && difference.kept < Self.covered
        return isPassing && returns(index) ? 0.7 : nil
    }

    /// Whether most of what there was is gone, and most of what there is is new.
    private func isOtherScreen(_ difference: ScreenDifference) -> Bool {
        difference.changed >= Self.otherScreen && difference.lost >= Self.leastLost && spread(difference.rect) > 0.3
    }

    private func isPanel(_ difference: ScreenDifference) -> Bool {
        hasPanelSize(difference.panel) && difference.edgesCome >= Self.panelEdges && difference.kept < Self.covered
            && difference.edgesCome > difference.edgesGone && difference.filled >= Self.leastFilled
            && (spread(difference.panel) < Self.largePanel
                || difference.covering >= Self.leastCovering && !isOtherScreen(difference))
    }

    private func hasPanelSize(_ panel: PixelRect) -> Bool {
        let part = Double(panel.area) / Double(width * height)
        return (Self.overlayParts.least...Self.overlayParts.most).contains(part)
            && min(panel.width, panel.height) >= Self.overlayPixels
    }

    /// Whether the area of a change looks later as it did before, with no other screen in between.
    private func returns(_ index: Int) -> Bool {
        let activity = moments[index].activity
        let area = activity.difference.panel
        let under = watched.rests[activity.before].looks
        for later in moments[(index + 1)...].prefix(12) {
            let difference = later.activity.difference
            if later.activity.scroll != nil { continue }
            if difference.rect.overlap(area) > 0.5 || difference.panel.overlap(area) > 0.5,
                watched.rests[later.activity.after].looks.difference(from: under, in: area) < Self.restored / 2
            {
                return true
            }
            if difference.changed >= Self.otherScreen, spread(difference.rect) > 0.5 { return false }
        }
        return false
    }

    private func spread(_ rect: PixelRect) -> Double { Double(rect.area) / Double(width * height) }

    // MARK: Events and screens

    private mutating func add(
        _ moment: Moment, _ kind: ObservedEvent.Kind, _ rect: PixelRect, _ screenBefore: Int, confidence: Double
    ) {
        let activity = moment.activity
        let distance = activity.scroll.map { run in
            run.isSideways
                ? PixelPoint(x: Double(run.distance) * scale, y: 0)
                : PixelPoint(x: 0, y: Double(run.distance) * scale)
        }
        events.append(
            ObservedEvent(
                kind: kind, start: activity.start, end: activity.end, box: box(rect),
                pointer: pointer(of: activity), distance: distance, screenBefore: screenBefore, screenAfter: screen,
                frameBefore: watched.rests[activity.before].last, frameAfter: watched.rests[activity.after].first,
                confidence: confidence))
    }

    /// Where it was clicked, most likely: where the pointer was, else the touch that was seen, else the small thing that
    /// was the first to change.
    private func pointer(of activity: Activity) -> PixelPoint? {
        if let place = activity.pointer { return point(place.x, place.y) }
        if let touch = touches.last(where: { (activity.start - 1.6...activity.end).contains($0.seconds) }) {
            return point(touch.x, touch.y)
        }
        guard let origin = activity.origin, max(origin.width, origin.height) * 8 <= max(width, height) else {
            return nil
        }
        return point(origin.centerX, origin.centerY)
    }

    private mutating func addMovements() {
        for movement in watched.movements where movement.end - movement.start >= Self.leastMovement {
            let before = watched.rests.lastIndex { $0.start <= movement.start } ?? 0
            let after = watched.rests.firstIndex { $0.end >= movement.end } ?? watched.rests.count - 1
            func screen(at seconds: Double) -> Int {
                events.last { $0.end <= seconds + 1e-6 && $0.kind != .animation }?.screenAfter ?? 0
            }
            events.append(
                ObservedEvent(
                    kind: .animation, start: movement.start, end: movement.end, box: box(movement.rect),
                    pointer: watched.trail.last { $0.seconds <= movement.start }.map { point($0.x, $0.y) },
                    distance: nil, screenBefore: screen(at: movement.start), screenAfter: screen(at: movement.end),
                    frameBefore: watched.rests[before].last, frameAfter: watched.rests[after].first,
                    confidence: min(0.9, 0.5 + 0.1 * (movement.end - movement.start))))
        }
    }

    private func screens() throws(MediaError) -> [ObservedScreen] {
        var screens: [ObservedScreen] = []
        for screen in catalogue.screens {
            let first = screen.views[0].picture
            var image = first
            if let scrolled = screen.scrolled {
                let views =
                    screen.views.map { (offset: pixels($0.offset), picture: $0.picture) }
                    + screen.extras.map { (offset: pixels($0.offset), picture: $0.picture) }
                let area = PixelRect(
                    xs: pixels(scrolled.xs.lowerBound)..<pixels(scrolled.xs.upperBound),
                    ys: pixels(scrolled.ys.lowerBound)..<pixels(scrolled.ys.upperBound))
                if let page = try PageStitcher(area: area).stitched(views) { image = try store.keep(page) }
            }
            screens.append(
                ObservedScreen(
                    image: image, windowHeight: first.height, firstSeen: screen.firstSeen, below: screen.below,
                    spans: screen.spans))
        }
        return screens
    }

    private func pixels(_ length: Int) -> Int { Int((Double(length) * scale).rounded()) }

    private func point(_ x: Int, _ y: Int) -> PixelPoint {
        PixelPoint(x: (Double(x) + 0.5) * scale, y: (Double(y) + 0.5) * scale)
    }

    private func box(_ rect: PixelRect) -> Box {
        Box(
            x: Double(rect.xs.lowerBound) * scale, y: Double(rect.ys.lowerBound) * scale,
            width: Double(rect.width) * scale, height: Double(rect.height) * scale)
    }
}
