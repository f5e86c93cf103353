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

    /// The soft shadow that a box throws on its ground, as CSS describes it. Pixels.
    struct Shadow: Equatable {
        /// How far below the box it lies; less than 0 above.
        var down: Int
        /// The width over which it fades.
        var blur: Int
        /// By how much it is larger than the box on each side; less than 0 where smaller.
        var spread: Int
        var colour: RGB
        /// 0…1.
        var opacity: Double
    }

    /// Without the shadow.
    var rect: PixelRect
    /// Nil where it shows what lies behind it.
    var colour: RGB?
    var border: Border?
    var gradient: Gradient?
    var shadow: Shadow?
    /// Pixels by which the corners are rounded.
    var radius = 0
    /// Whether it is a small filled square with a check mark, which is among the pictures.
    var isTicked = false

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
