// The screens of a recording, each one once. What is on a screen may change, be typed, toggled or scrolled: those are
// states of it, and each of them is one more way to know it again. A screen with an overlay on it is a screen of its
// own, which knows the one below.
import Media

/// Knows screens again.
struct ScreenCatalogue {
    /// A screen and what is known of it.
    struct Screen {
        var below: Int?
        var spans: [TimeSpan] = []
        var firstSeen: Double
        /// Where its overlay lies.
        var panel: PixelRect?
        /// How it looked, and how far it was scrolled then.
        var views: [View]
        /// Where its content scrolls, once it has.
        var scrolled: PixelRect?
        /// Frames between rests that show what no rest does.
        var extras: [(offset: Int, picture: KeptPicture)] = []
    }

    /// A state of a screen at rest.
    struct View {
        var looks: ScreenLooks
        var picture: KeptPicture
        var offset: Int
    }

    private(set) var screens: [Screen] = []

    /// Looks that differ in less than this part of what is on them are one screen's.
    private static let same = 0.22
    /// States that are remembered of a screen.
    private static let maxViews = 48

    /// The screen that a rest shows: a known one, or a new one.
    ///
    /// - Parameters:
    ///   - below: the screen below, when the rest shows an overlay.
    ///   - panel: where that overlay lies.
    /// - Returns: its index, how far it is scrolled, and how much it differs from the state it was known by.
    mutating func screen(
        of rest: Rest, below: Int? = nil, panel: PixelRect? = nil
    ) -> (index: Int, offset: Int, difference: Double) {
        var best: (index: Int, offset: Int, difference: Double)?
        for (index, screen) in screens.enumerated() where screen.below == below {
            for view in screen.views {
                if let panel {
                    guard let other = screen.panel, panel.overlap(other) > 0.6 else { continue }
                } else if !view.looks.mayBe(rest.looks) {
                    continue
                }
                let difference = rest.looks.difference(from: view.looks, in: panel)
                if difference < best?.difference ?? Self.same { best = (index, view.offset, difference) }
            }
        }
        if let best {
            remember(rest, at: best.index, offset: best.offset)
            return best
        }
        let view = View(looks: rest.looks, picture: rest.first, offset: 0)
        screens.append(Screen(below: below, firstSeen: rest.start, panel: panel, views: [view]))
        return (screens.count - 1, 0, 0)
    }

    /// Remembers one more state of a screen.
    mutating func remember(_ rest: Rest, at index: Int, offset: Int) {
        guard screens[index].views.count < Self.maxViews else { return }
        screens[index].views.append(View(looks: rest.looks, picture: rest.first, offset: offset))
    }

    /// Notes that a screen was scrolled from an offset.
    mutating func scroll(_ index: Int, from offset: Int, _ run: ScrollRun) {
        guard !run.isSideways else { return }
        screens[index].scrolled = screens[index].scrolled.map { $0.union(run.rect) } ?? run.rect
        screens[index].extras += run.views.map { (offset + $0.distance, $0.picture) }
    }

    /// Notes that a screen was shown.
    mutating func show(_ index: Int, from start: Double, to end: Double) {
        guard end > start || screens[index].spans.isEmpty else { return }
        if let last = screens[index].spans.last, last.end >= start {
            screens[index].spans[screens[index].spans.count - 1].end = max(last.end, end)
        } else {
            screens[index].spans.append(TimeSpan(start: start, end: end))
        }
    }
}
