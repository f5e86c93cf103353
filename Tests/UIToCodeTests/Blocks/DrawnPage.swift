// Pictures of pages for the tests of cutting: flat boxes and lines of letters that look like text to a cutter.
import Media
import Render

@testable import UIToCode

/// A page that is drawn box by box.
struct DrawnPage {
    let width: Int
    let height: Int
    private var pixels: [UInt8]
    /// Where each text line stands.
    private(set) var texts: [PixelRect] = []

    init(width: Int, height: Int, _ colour: RGB = RGB(255, 255, 255)) {
        self.width = width
        self.height = height
        pixels = Image(width: width, height: height, fill: (colour.red, colour.green, colour.blue)).pixels
    }

    /// The page with every pixel as a square of four.
    var doubled: Image {
        var bytes: [UInt8] = []
        for y in 0..<height * 2 {
            for x in 0..<width * 2 {
                let start = (y / 2 * width + x / 2) * 3
                bytes += pixels[start..<start + 3]
            }
        }
        return Image(width: width * 2, height: height * 2, pixels: bytes)
    }

    var image: Image { Image(width: width, height: height, pixels: pixels) }

    mutating func fill(_ rect: PixelRect, _ colour: RGB) {
        for y in rect.ys {
            for x in rect.xs {
                let start = (y * width + x) * 3
                (pixels[start], pixels[start + 1], pixels[start + 2]) = (colour.red, colour.green, colour.blue)
            }
        }
    }

    /// A white box with a grey line around it.
    mutating func card(_ rect: PixelRect, line: RGB = RGB(203, 213, 225), _ colour: RGB = RGB(255, 255, 255)) {
        fill(rect, line)
        fill(rect.inset(by: PixelInsets(top: 1, right: 1, bottom: 1, left: 1)), colour)
    }

    /// A line of words: letters two pixels apart, three to seven in a word, spaces of a third of the height, which is
    /// as wide as common fonts have them.
    mutating func text(x: Int, y: Int, width: Int, height: Int = 12, _ colour: RGB = RGB(30, 41, 59)) {
        var position = x
        var letter = 0
        var end = x
        var wordLength = 3 + (x + y) % 5
        while position + 2 <= x + width {
            fill(PixelRect(x: position, y: y, width: 2, height: height), colour)
            fill(
                PixelRect(x: position, y: y + height - 2, width: min(height / 2 - 2, x + width - position), height: 2),
                colour)
            end = position + max(2, min(height / 2 - 2, x + width - position))
            position += height / 2
            letter += 1
            if letter == wordLength { (position, letter, wordLength) = (position + height / 3, 0, 3 + position % 5) }
        }
        texts.append(PixelRect(xs: x..<end, ys: y..<y + height))
    }
}
