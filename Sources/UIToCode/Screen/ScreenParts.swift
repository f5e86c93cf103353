// What a scan finds on a screen: boxes and lines of ink.
import Render

/// A rectangle with a colour, a border or both.
struct ScreenBox: Equatable {
    /// The lines around a box, inside its rectangle.
    struct Border: Equatable {
        /// Pixels.
        var width: Int
        var colour: RGB
    }

    /// Colours that pass into each other.
    struct Gradient: Equatable {
        /// As CSS counts: 180 runs from top to bottom.
        var degrees: Int
        var from, to: RGB
    }

    var rect: PixelRect
    /// Nil where it shows what lies behind it.
    var colour: RGB?
    var border: Border?
    var gradient: Gradient?
    /// Pixels by which the corners are rounded.
    var radius = 0

    init(rect: PixelRect, colour: RGB?) {
        self.rect = rect
        self.colour = colour
    }
}

/// A string of ink on one ground: most likely a line of text, perhaps an icon.
struct InkLine {
    var rect: PixelRect
    var ground: RGB
    var colour: RGB
    /// The pieces that hang together, from left to right.
    var pieces: [InkBlob]
}

extension PixelRect {
    /// Whether no side lies farther from that of another rectangle than `distance`.
    func isNear(_ other: PixelRect, within distance: Int) -> Bool {
        abs(xs.lowerBound - other.xs.lowerBound) <= distance
            && abs(xs.upperBound - other.xs.upperBound) <= distance
            && abs(ys.lowerBound - other.ys.lowerBound) <= distance
            && abs(ys.upperBound - other.ys.upperBound) <= distance
    }
}

extension RGB {
    /// Reads 0xRRGGBB.
    init(code: UInt32) {
        self.init(UInt8(code >> 16 & 255), UInt8(code >> 8 & 255), UInt8(code & 255))
    }

    /// The nearest colour to three channels.
    init(rounding channels: (Double, Double, Double)) {
        self.init(UInt8(channels.0.rounded()), UInt8(channels.1.rounded()), UInt8(channels.2.rounded()))
    }
}
