// What the measuring script tells of a page, and what becomes of it. Elements refer to each other by number, and
// computed values to a table, so that a large page stays small on its way here.
import Foundation
import Media

extension Renderer {
    /// The properties whose computed values `ElementBox.style` holds.
    public static let styleProperties: [String] =
        [
            "color", "background-color", "background-image", "background-size", "background-position",
            "background-repeat",
        ]
        + ["top", "right", "bottom", "left"].flatMap {
            ["border-\($0)-color", "border-\($0)-width", "border-\($0)-style"]
        }
        + ["top-left", "top-right", "bottom-right", "bottom-left"].map { "border-\($0)-radius" }
        + [
            "font-size", "font-weight", "font-family", "font-style", "line-height", "letter-spacing", "text-align",
            "text-transform", "text-decoration-line", "display", "flex-direction", "flex-wrap", "justify-content",
            "align-items", "row-gap", "column-gap", "grid-template-columns",
        ]
        + ["top", "right", "bottom", "left"].flatMap { ["padding-\($0)", "margin-\($0)"] }
        + [
            "width", "height", "min-width", "min-height", "max-width", "max-height", "box-sizing", "box-shadow",
            "opacity", "position", "top", "left", "overflow-x", "overflow-y",
        ]
}

/// The script's answer.
struct MeasuredPage: Decodable {
    struct Text: Decodable {
        let text: String
        let box: [Double]
        let colour: [Int]
        let size: Double
        let weight: Int
        /// The element that holds it.
        let place: Place
    }

    struct Element: Decodable {
        let place: Place
        let tag: String
        let classes: [String]
        let box: [Double]
        /// Numbers in `values`, in the order of `Renderer.styleProperties`.
        let style: [Int]
    }

    /// A way to an element: from a measured element (its number; -1 for none) on by `steps`, which may be empty.
    struct Place: Decodable {
        let from: Int
        let steps: String
    }

    struct Finding: Decodable {
        let rule: Accessibility.Rule
        let place: Place
        let message: String
    }

    let title: String
    let texts: [Text]
    let elements: [Element]
    let values: [String]
    let checked: [String: Int]
    let findings: [Finding]
    let comments: [String]
    /// Something was left out for its size.
    let isCapped: Bool

    /// The screenshot that this describes.
    func screenshot(
        _ image: Image, _ viewport: Viewport, overflow: Double, console: [ConsoleMessage], refused: [RefusedRequest]
    ) throws(RenderError) -> Screenshot {
        var boxes: [ElementBox] = []
        for element in elements {
            let selector = try selector(element.place, boxes)
            let style = try zip(Renderer.styleProperties, element.style).map { property, number throws(RenderError) in
                guard values.indices.contains(number) else { throw Self.fault }
                return (property, values[number])
            }
            boxes.append(
                ElementBox(
                    selector: selector, tag: element.tag, classes: element.classes, box: try Self.box(element.box),
                    style: Dictionary(style, uniquingKeysWith: { $1 }),
                    parent: element.place.from < 0 ? nil : boxes[element.place.from].selector))
        }
        let texts = try texts.map { text throws(RenderError) in
            guard text.colour.count == 3 else { throw Self.fault }
            let channels = text.colour.map { UInt8(clamping: $0) }
            return TextBox(
                text.text, box: try Self.box(text.box), colour: RGB(channels[0], channels[1], channels[2]),
                fontSize: text.size, fontWeight: text.weight, selector: try selector(text.place, boxes))
        }
        let findings = try findings.map { finding throws(RenderError) in
            Accessibility.Finding(
                rule: finding.rule, selector: try selector(finding.place, boxes), message: finding.message)
        }
        let checked = Dictionary(
            uniqueKeysWithValues: checked.compactMap { name, count in
                Accessibility.Rule(rawValue: name).map { ($0, count) }
            })
        return Screenshot(
            image: image, viewport: viewport, title: title, texts: texts, elements: boxes, overflow: overflow,
            accessibility: Accessibility(checked: checked, findings: findings), comments: comments, console: console,
            refused: refused)
    }

    private static let fault = RenderError.protocolFault("the measurements of the page do not fit together")

    private func selector(_ place: Place, _ boxes: [ElementBox]) throws(RenderError) -> String {
        guard place.from >= 0 else { return place.steps }
        guard place.from < boxes.count else { throw Self.fault }
        let start = boxes[place.from].selector
        return place.steps.isEmpty ? start : start + " > " + place.steps
    }

    private static func box(_ numbers: [Double]) throws(RenderError) -> Box {
        guard numbers.count == 4 else { throw fault }
        return Box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }
}
