// What the picture of a recording tells by itself: what happened when and where, and the screens it happened on. No model
// has looked at it yet.
public import Media
public import Render

/// A place, or a way, in pixels of the recording.
public struct PixelPoint: Sendable, Equatable, Codable {
    /// To the right, and down.
    public var x, y: Double

    /// Describes a place or a way.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// From when to when, seconds from the first frame.
public struct TimeSpan: Sendable, Equatable, Codable {
    /// The first moment and the last.
    public var start, end: Double

    /// Describes a time.
    public init(start: Double, end: Double) {
        self.start = start
        self.end = end
    }
}

/// What happened, as seen.
public struct ObservedEvent: Sendable {
    /// The kinds.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Another screen takes the place of the one before.
        case navigation
        /// Something opens above the screen, and closes again.
        case overlayOpen = "overlay_open"
        case overlayClose = "overlay_close"
        /// Part of the screen changes its looks once: a tab, a checkbox, a toggle, an expanded row.
        case change
        /// Text grows, or shrinks, in a field.
        case typing
        /// The content moves.
        case scroll
        /// Something moves by itself: a spinner, a progress bar, a video.
        case animation
    }

    /// What it was.
    public var kind: Kind
    /// Seconds from the first frame: when the last frame before anything changed was last seen.
    public var start: Double
    /// Seconds from the first frame: the first frame at rest after it.
    public var end: Double
    /// What changed, in pixels of the recording.
    public var box: Box
    /// Where the pointer was last seen before the change, pixels; nil when it was not seen.
    public var pointer: PixelPoint?
    /// Of a scroll: pixels the content moved up (positive) or down, and left or right.
    public var distance: PixelPoint?
    /// The screen before, by index.
    public var screenBefore: Int
    /// The screen after, by index. What is typed, toggled or scrolled stays on its screen: that is the same screen in
    /// another state.
    public var screenAfter: Int
    /// The last stable frame before.
    public var frameBefore: KeptPicture
    /// The first stable frame after.
    public var frameAfter: KeptPicture
    /// How sure the kind and the place are, 0…1: how far the figures that decided lie from where they would have
    /// decided otherwise. It is no probability.
    public var confidence: Double
}

/// A screen of the recording, each one once.
public struct ObservedScreen: Sendable {
    /// The screen at rest; scrolled ones stitched to their whole length.
    public var image: KeptPicture
    /// Height of the recording's window in it; less than the image's for stitched screens.
    public var windowHeight: Int
    /// Seconds at which it was first at rest.
    public var firstSeen: Double
    /// The screen below, when this is one with an overlay on it.
    public var below: Int?
    /// Times it was shown at rest: start and end, seconds.
    public var spans: [TimeSpan]
}

/// All that was seen.
public struct Observation: Sendable {
    /// What the file says of itself.
    public var info: VideoInfo
    /// In order of their start.
    public var events: [ObservedEvent]
    /// In order of their first time.
    public var screens: [ObservedScreen]
    /// Why the recording was not read to its end, in words; nil when it was.
    public var damage: String?
}
