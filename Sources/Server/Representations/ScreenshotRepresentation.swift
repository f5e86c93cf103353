// A page as it was shown, on the wire: where every text and element lies, what was checked, what was said and refused,
// and the picture.
import Media
import Render

/// The screenshot object.
struct ScreenshotRepresentation: PicturedAnswer, Sendable {
    /// One line of text.
    struct Text: Encodable, Sendable {
        @Nullable var text: String?
        let box: Box
        let colour: RGB
        let fontSize: Double
        let fontWeight: Int
        @Nullable var selector: String?
    }

    /// One element.
    struct Element: Encodable, Sendable {
        let selector, tag: String
        let box: Box
    }

    /// What was counted for people who cannot see the page.
    struct Checks: Encodable, Sendable {
        /// How many things each rule looked at, by the rule's name.
        let checked: [String: Int]
        let findings: [Accessibility.Finding]
    }

    private enum CodingKeys: String, CodingKey {
        case object, title, width, height, viewport, overflow, texts, elements, accessibility, console, refused
        case png = "image"
    }

    var object = "screenshot"
    let title: String
    let width, height: Int
    let viewport: Viewport
    let overflow: Double
    let texts: [Text]
    let elements: [Element]
    let accessibility: Checks
    let console: [ConsoleMessage]
    let refused: [RefusedRequest]
    let png: EmbeddedPicture

    init(_ screenshot: Screenshot) throws(MediaError) {
        title = screenshot.title
        width = screenshot.image.width
        height = screenshot.image.height
        viewport = screenshot.viewport
        overflow = screenshot.overflow
        texts = screenshot.texts.map { line in
            Text(
                text: line.text, box: line.box, colour: line.colour, fontSize: line.fontSize,
                fontWeight: line.fontWeight, selector: line.selector)
        }
        elements = screenshot.elements.map { Element(selector: $0.selector, tag: $0.tag, box: $0.box) }
        let checked = screenshot.accessibility.checked.map { ($0.key.rawValue, $0.value) }
        accessibility = Checks(
            checked: Dictionary(uniqueKeysWithValues: checked), findings: screenshot.accessibility.findings)
        console = screenshot.console
        refused = screenshot.refused.map(\.told)
        png = try EmbeddedPicture(screenshot.image)
    }
}
