// A small page made by hand, as a browser would tell of it, for edits one at a time.
import Media

@testable import Render

enum SamplePage {
    static let texts = [
        line("Harbour Coffee", 16, 12, 107, 14, selector: "body > header > b"),
        line("Menu", 272, 12, 38, 14, selector: "a:nth-child(1)"),
        line("About", 326, 12, 40, 14, selector: "a:nth-child(2)"),
        line("Fresh coffee, every day", 80, 71, 286, 25, selector: "h1"),
        line("Edit", 300, 120, 28, 14, selector: "tr:nth-child(1) > td"),
        line("Edit", 300, 150, 28, 14, selector: "tr:nth-child(2) > td"),
        line("Edit", 300, 180, 28, 14, selector: "tr:nth-child(3) > td"),
        line("Order now", 128, 220, 72, 14, selector: "button"),
    ]

    static func line(
        _ text: String?, _ x: Double, _ y: Double, _ width: Double, _ size: Double, colour: RGB = RGB(15, 23, 42),
        selector: String? = nil
    ) -> TextBox {
        TextBox(
            text, box: Box(x: x, y: y, width: width, height: size * 1.2), colour: colour, fontSize: size,
            selector: selector)
    }

    /// A page with these lines; the picture is always the same.
    static func sight(
        _ texts: [TextBox] = texts, overflow: Double = 0, accessibility: Accessibility = faultless,
        comments: [String] = [], image: Image = Image.generatedPage(width: 400, height: 300, seed: 3, shift: 0)
    ) -> Sight {
        let viewport = Viewport(width: image.width, height: image.height)
        return Sight(
            Screenshot(
                image: image, viewport: viewport, texts: texts, overflow: overflow, accessibility: accessibility,
                comments: comments))
    }

    static let faultless = Accessibility(checked: [.name: 4, .contrast: 8, .landmark: 1])
}
