// What watching the frames of a recording leaves: rests, what lay between them, and what moved by itself. All places are
// pixels of the watched frames, which may be smaller than the recording's.
import Media

/// Everything that was seen.
struct Watched {
    var rests: [Rest] = []
    var activities: [Activity] = []
    var movements: [SelfMovement] = []
    /// Everywhere the pointer was.
    var trail: [PointerPlace] = []
}

/// A time at which the screen stood still, but for the pointer and what moves by itself.
struct Rest {
    /// Seconds.
    var start: Double
    var end: Double
    /// The first frame and the last.
    var first: KeptPicture
    var last: KeptPicture
    var looks: ScreenLooks
}

/// What lay between two rests.
struct Activity {
    /// Rests by index.
    var before: Int
    var after: Int
    /// Seconds: the last frame before what has changed for good began to change, and the first after it had.
    var start: Double
    var end: Double
    var difference: ScreenDifference
    /// Small changes one after another, as keystrokes make them.
    var steps: [Step] = []
    /// When the content moved.
    var scroll: ScrollRun?
    /// Where the pointer was when it began, and when it had last moved there; nil when it had not been seen.
    var pointer: PointerPlace?
    /// A small thing that was the first to change: a touch, or what was touched.
    var origin: PixelRect?

    /// A small change.
    struct Step {
        var seconds: Double
        var rect: PixelRect
    }
}

/// Content that moved along one axis.
struct ScrollRun {
    /// Pixels the content moved up, or to the left.
    var distance: Int
    var isSideways: Bool
    var rect: PixelRect
    /// The mean part of the changed tiles that each step found again.
    var found: Double
    /// When it began and ended.
    var start: Double
    var end: Double
    /// Views on the way that show what neither end does: the distance until there, and the frame.
    var views: [View] = []

    /// A view on the way.
    struct View {
        var distance: Int
        var picture: KeptPicture
    }
}
