// A line of ink as the embedded model reads it: dark on white, 28 pixels high, whatever its colours and its size. Training
// makes its strips the same way (`Fixtures/model/recipe/strip.py`).
import Media
import Render

/// Strips of lines.
enum TextStrip {
    /// Pixels: the height of a strip, one row of image tokens.
    static let height = 28
    /// Pixels that the ink of a line is scaled to, within `scales`.
    static let inkHeight = 20.0
    static let scales = 0.2...2.0
    /// White pixels before and after the line.
    static let margin = 4
    /// Pixels; what would be wider is read in pieces, since long lines are read less surely than short ones.
    static let widest = 300
    /// Pixels; what is wider and in one piece is no line of text. Training's lines are no wider.
    static let broadest = 560

    /// The scale at which a line of some height is read.
    static func scale(ofHeight height: Int) -> Double {
        min(scales.upperBound, max(scales.lowerBound, inkHeight / Double(max(1, height))))
    }

    /// The width of the strip of a rectangle, in pixels.
    static func width(of rect: PixelRect) -> Int {
        2 * margin + Int((Double(rect.width + 2) * scale(ofHeight: rect.height)).rounded())
    }

    /// A strip with white up to whole image tokens, as wide as they are high: image processors of the family fill up with
    /// black, which would be read as a letter.
    static func wholeTokens(_ strip: Image) -> Image {
        let width = (strip.width + height - 1) / height * height
        return strip.padded(width: width, height: strip.height, with: (255, 255, 255))
    }

    /// The strip of what lies in a rectangle of a picture and one pixel around it.
    ///
    /// Ink is the greatest difference of a channel from the ground, as a share of the greatest in the line; it becomes
    /// black, the ground white.
    static func image(of rect: PixelRect, on ground: RGB, in image: Image) -> Image {
        let left = max(0, rect.xs.lowerBound - 1)
        let top = max(0, rect.ys.lowerBound - 1)
        let right = min(image.width, rect.xs.upperBound + 1)
        let bottom = min(image.height, rect.ys.upperBound + 1)
        let (width, height) = (right - left, bottom - top)
        var distances: [Int] = []
        distances.reserveCapacity(width * height)
        for y in top..<bottom {
            for x in left..<right {
                let start = 3 * (y * image.width + x)
                let red = abs(Int(image.pixels[start]) - Int(ground.red))
                let green = abs(Int(image.pixels[start + 1]) - Int(ground.green))
                let blue = abs(Int(image.pixels[start + 2]) - Int(ground.blue))
                distances.append(max(red, green, blue))
            }
        }
        let most = Double(max(1, distances.max() ?? 1))
        var grey: [UInt8] = []
        grey.reserveCapacity(3 * distances.count)
        for distance in distances {
            let value = UInt8(((1 - Double(distance) / most) * 255).rounded(.toNearestOrEven))
            grey += [value, value, value]
        }
        let scale = scale(ofHeight: rect.height)
        let newWidth = max(1, Int((Double(width) * scale).rounded(.toNearestOrEven)))
        let newHeight = min(
            Self.height, max(1, Int((Double(height) * scale).rounded(.toNearestOrEven))))
        let line = Image(width: width, height: height, pixels: grey).resized(
            width: newWidth, height: newHeight)
        let above = (Self.height - newHeight) / 2
        var pixels = [UInt8](repeating: 255, count: 3 * (newWidth + 2 * margin) * Self.height)
        for y in 0..<newHeight {
            let target = 3 * ((above + y) * (newWidth + 2 * margin) + margin)
            pixels.replaceSubrange(
                target..<target + 3 * newWidth, with: line.pixels[3 * y * newWidth..<3 * (y + 1) * newWidth]
            )
        }
        return Image(width: newWidth + 2 * margin, height: Self.height, pixels: pixels)
    }
}
