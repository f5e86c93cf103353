// Differences in words: what a reader of the report is told about each kind.
import Render

extension Difference.Kind {
    /// One word, or two with a hyphen, for scripts.
    var key: String {
        switch self {
        case .missingText: "missing-text"
        case .extraText: "extra-text"
        case .wrongText: "wrong-text"
        case .moved: "moved"
        case .wrongSize: "wrong-size"
        case .wrongColour: "wrong-colour"
        case .wrongArea: "wrong-area"
        case .overflow: "overflow"
        case .blank: "blank"
        case .placeholder: "placeholder"
        }
    }

    /// What kind it is.
    var label: String {
        switch self {
        case .missingText: "Missing text"
        case .extraText: "Extra text"
        case .wrongText: "Other words"
        case .moved: "Moved"
        case .wrongSize: "Text size"
        case .wrongColour: "Text colour"
        case .wrongArea: "Area"
        case .overflow: "Too wide"
        case .blank: "Blank"
        case .placeholder: "Placeholder"
        }
    }

    /// What differs.
    var words: Markup {
        switch self {
        case .missingText(let text?): "<del>\(.foreign(text))</del>"
        case .missingText(nil): "A line of text that the page lacks."
        case .extraText(let text?): "<ins>\(.foreign(text))</ins>"
        case .extraText(nil): "A line of text that the design lacks."
        case .wrongText(let expected, let found):
            """
            <del>\(.foreign(expected))</del> <span class="unseen">became</span>\
            <span aria-hidden="true">→</span> <ins>\(.foreign(found))</ins>
            """
        case .moved(let dx, let dy): "\(Self.way(dx, dy))"
        case .wrongSize(let expected, let found): "\(found.pixelWords) px instead of \(expected.pixelWords) px"
        case .wrongColour(let expected, let found), .wrongArea(let expected, let found):
            "\(Self.swatch(found)) instead of \(Self.swatch(expected))"
        case .overflow(let pixels): "The page is \(pixels.pixelWords) px wider than its window."
        case .blank: "The page shows one colour and nothing else."
        case .placeholder(let text): "<ins>\(.foreign(text))</ins> stands for something still to be written."
        }
    }

    private static func way(_ dx: Double, _ dy: Double) -> String {
        var parts: [String] = []
        if dx.pixelWords != "0" { parts.append("\(dx.magnitude.pixelWords) px to the \(dx < 0 ? "left" : "right")") }
        if dy.pixelWords != "0" { parts.append("\(dy.magnitude.pixelWords) px \(dy < 0 ? "up" : "down")") }
        return parts.isEmpty ? "by less than a tenth of a pixel" : parts.joined(separator: ", ")
    }

    // A colour as a chip and in letters. Chips are drawings, since the policy allows no style on elements.
    private static func swatch(_ colour: RGB) -> Markup {
        """
        <span class="swatch"><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" \
        fill="\(colour.hex)"/></svg><code>\(colour.hex)</code></span>
        """
    }
}
