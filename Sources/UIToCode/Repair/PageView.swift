// A page beside its design, as repairs look at it: the elements as a tree, the lines of text in pairs, and how far the
// design has things from where the page has them. Made anew for every page that was kept.
import Render

/// What repairs see.
struct PageView: Sendable {
    /// The page as it is written.
    let document: String
    /// The page as it is shown.
    let screenshot: Screenshot
    /// The colours of the two pictures.
    let design, result: Pixels
    /// The lines of text of the design.
    let designTexts: [TextBox]
    /// Lines that stand for each other, from top to bottom.
    let pairs: [TextPair]
    private let numbers: [String: Int]
    private let childNumbers: [[Int]]
    private let pairNumbers: [[Int]]

    init(document: String, screenshot: Screenshot, design sight: Sight) {
        self.document = document
        self.screenshot = screenshot
        design = Pixels(sight.image, scale: sight.scale)
        result = Pixels(screenshot.image, scale: screenshot.viewport.scale)
        designTexts = sight.texts
        let elements = screenshot.elements
        let numbers = Dictionary(elements.enumerated().map { ($1.selector, $0) }) { first, _ in first }
        var childNumbers = [[Int]](repeating: [], count: elements.count)
        for (number, element) in elements.enumerated() {
            if let parent = element.parent.flatMap({ numbers[$0] }), parent != number {
                childNumbers[parent].append(number)
            }
        }
        // Both sides are measured in the same way: where the design's lines are estimated, so are the page's.
        let lines =
            sight.isEstimate
            ? Sight(estimating: screenshot.image, scale: screenshot.viewport.scale).texts : screenshot.texts
        var pairs = TextPair.pairs(of: sight.texts, in: design, with: lines, in: result)
        var pairNumbers = [[Int]](repeating: [], count: elements.count)
        for index in pairs.indices {
            pairs[index].selector = Self.holder(of: pairs[index].result, in: screenshot)
            var number = pairs[index].selector.flatMap { numbers[$0] }
            while let one = number, pairNumbers[one].last != index {
                pairNumbers[one].append(index)
                number = elements[one].parent.flatMap { numbers[$0] }
            }
        }
        self.numbers = numbers
        self.childNumbers = childNumbers
        self.pairs = pairs
        self.pairNumbers = pairNumbers
    }

    // The element whose text covers most of a line; a field when only a field lies there.
    private static func holder(of line: TextBox, in screenshot: Screenshot) -> String? {
        if let selector = line.selector { return selector }
        func overlap(_ box: Box) -> Double { box.intersection(line.box)?.area ?? 0 }
        if let text = screenshot.texts.max(by: { overlap($0.box) < overlap($1.box) }), overlap(text.box) > 0 {
            return text.selector
        }
        return screenshot.elements.last { ["input", "select", "textarea"].contains($0.tag) && overlap($0.box) > 0 }?
            .selector
    }

    /// The elements in document order.
    var elements: [ElementBox] { screenshot.elements }

    /// The element of a selector.
    func element(_ selector: String) -> ElementBox? { numbers[selector].map { elements[$0] } }

    /// The elements directly inside, in document order.
    func children(of element: ElementBox) -> [ElementBox] {
        (numbers[element.selector].map { childNumbers[$0] } ?? []).map { elements[$0] }
    }

    /// All elements inside, in document order.
    func descendants(of element: ElementBox) -> [ElementBox] {
        children(of: element).flatMap { [$0] + descendants(of: $0) }
    }

    /// The pairs of lines inside, from top to bottom.
    func pairs(in element: ElementBox) -> [TextPair] {
        (numbers[element.selector].map { pairNumbers[$0] } ?? []).map { pairs[$0] }
    }

    /// The elements of a kind: those of the same tag and classes, in document order.
    func kind(of element: ElementBox) -> [ElementBox] {
        elements.filter { $0.tag == element.tag && $0.classes == element.classes }
    }

    /// How well the lines of the design are found on the page, by ink and size and not by place: 0 to 1, each line
    /// counted by its area; 1 without lines.
    var agreement: Double {
        let whole = designTexts.reduce(0) { $0 + $1.box.area }
        guard whole > 0 else { return 1 }
        return pairs.reduce(0) { $0 + max(0, $1.likeness) * $1.sizeAgreement * $1.design.box.area } / whole
    }

    /// How far the design has a line from where the page has it.
    func shift(of pair: TextPair) -> (x: Double, y: Double) {
        pair.shift(alignment: pair.selector.flatMap(element)?.style["text-align"])
    }

    /// How far the design has an element from where the page has it: the median of its lines; 0 without lines.
    func shift(of element: ElementBox) -> (x: Double, y: Double) {
        let shifts = pairs(in: element).map(shift)
        return (shifts.map(\.x).median ?? 0, shifts.map(\.y).median ?? 0)
    }
}

extension ElementBox {
    /// A computed length in CSS pixels; nil when it is no length (`auto`, `normal`, a percentage).
    func length(_ property: String) -> Double? {
        guard let value = style[property], value.hasSuffix("px") else { return nil }
        return Double(value.dropLast(2))
    }

    /// The opaque colour behind its content; nil when there is none.
    var background: RGB? { style["background-color"].flatMap { RGB(computed: $0) } }

    /// The width of its top border, 0 when it has none.
    func border(_ side: String) -> Double {
        style["border-\(side)-style"] == "none" ? 0 : length("border-\(side)-width") ?? 0
    }

    /// Whether it paints a box: a background, a border, a picture.
    var isVisible: Bool {
        let sides = ["top", "right", "bottom", "left"]
        return background != nil || sides.contains { border($0) > 0 } || ["img", "svg", "canvas"].contains(tag)
            || (style["background-image"].map { $0 != "none" } ?? false)
    }

    /// What it is called in the trace: tag and classes.
    var name: String { ([tag] + classes).joined(separator: ".") }
}

extension Array where Element == Double {
    /// The middle value, or the mean of the middle two; nil when empty.
    var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        let middle = count / 2
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Double {
    /// In CSS pixels, with at most one digit behind the point: `12px`, `12.5px`.
    var px: String {
        let tenths = Int((self * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)px" : "\(Double(tenths) / 10)px"
    }
}
