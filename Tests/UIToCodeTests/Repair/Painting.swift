// Pictures and pages painted by hand, for tests of what repairs see and propose.
import Media
import Render

@testable import UIToCode

/// A picture that boxes are painted on.
struct Painting {
    private(set) var image: Image

    init(_ width: Int, _ height: Int, ground: RGB = RGB(255, 255, 255)) {
        image = Image(width: width, height: height, fill: (ground.red, ground.green, ground.blue))
    }

    /// Fills a box.
    func box(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: RGB) -> Painting {
        shape { column, row in
            (x..<x + width).contains(column) && (y..<y + height).contains(row) ? colour : nil
        }
    }

    /// Fills a box with round corners; pixels whose middle lies outside the arc stay.
    func rounded(_ x: Int, _ y: Int, _ width: Int, _ height: Int, radius: Double, _ colour: RGB) -> Painting {
        shape { column, row in
            guard (x..<x + width).contains(column), (y..<y + height).contains(row) else { return nil }
            let dx = max(radius - (Double(column - x) + 0.5), (Double(column - x) + 0.5) - (Double(width) - radius), 0)
            let dy = max(radius - (Double(row - y) + 0.5), (Double(row - y) + 0.5) - (Double(height) - radius), 0)
            return dx * dx + dy * dy <= radius * radius ? colour : nil
        }
    }

    /// Writes something like a line of text: strokes of 2 pixels, their places and heights by `seed`.
    func text(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: RGB, seed: Int = 1) -> Painting {
        var painting = self
        var state = UInt32(truncatingIfNeeded: seed &* 7919)
        var place = 0
        while place < width - 2 {
            state = state &* 1_664_525 &+ 1_013_904_223
            let top = place == 0 ? 0 : Int(state >> 16) % max(1, height / 2)
            painting = painting.box(x + place, y + top, 2, height - top, colour)
            place += 3 + Int(state >> 24) % 5
        }
        painting = painting.box(x + width - 2, y, 2, height, colour)
        return painting
    }

    /// Paints every pixel for which there is a colour.
    func shape(_ colour: (_ x: Int, _ y: Int) -> RGB?) -> Painting {
        var pixels = image.pixels
        for y in 0..<image.height {
            for x in 0..<image.width {
                guard let colour = colour(x, y) else { continue }
                let start = (y * image.width + x) * 3
                (pixels[start], pixels[start + 1], pixels[start + 2]) = (colour.red, colour.green, colour.blue)
            }
        }
        var painting = self
        painting.image = Image(width: image.width, height: image.height, pixels: pixels)
        return painting
    }

    /// The picture as a page of these elements and lines.
    func page(_ elements: [ElementBox] = [], texts: [TextBox] = [], overflow: Double = 0) -> Screenshot {
        Screenshot(
            image: image, viewport: Viewport(width: image.width, height: image.height), texts: texts,
            elements: elements, overflow: overflow)
    }

    /// The picture as a design of these lines.
    func design(texts: [TextBox] = []) -> Sight {
        var sight = Sight(page(texts: texts))
        sight.page = nil
        return sight
    }
}

extension ElementBox {
    /// An element that is written `tag.class.class`, at a place.
    static func at(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ selector: String, in parent: String? = "body",
        _ style: [String: String] = [:]
    ) -> ElementBox {
        let last = selector.split(separator: " ").last.map(String.init) ?? selector
        let parts = last.split(separator: ":")[0].split(separator: ".").map(String.init)
        return ElementBox(
            selector: selector, tag: parts[0], classes: Array(parts.dropFirst()),
            box: Box(x: x, y: y, width: width, height: height), style: style,
            parent: selector == "body" ? nil : parent)
    }
}

extension TextBox {
    /// A line of known words in an element.
    static func line(
        _ text: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double, in selector: String? = nil
    ) -> TextBox {
        TextBox(text, box: Box(x: x, y: y, width: width, height: height), fontSize: height, selector: selector)
    }
}
