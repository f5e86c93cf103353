// What lies under a pointer: the element of the screen's page at that place, what it says, and what it is. A page is a
// conversion, so places are a little off: where nothing lies under the pointer, the nearest text counts.
import Media
import Render

/// Something on a screen that can be acted upon.
struct FoundTarget: Sendable, Equatable {
    /// What it says, or what stands beside it.
    var label: String?
    /// As ARIA has them.
    var role: String?
    /// In pixels of the screen, scrolled parts included.
    var box: Box
    /// The element; nil where there is none.
    var selector: String?
}

/// Looks for targets on one page.
struct TargetSearch {
    private let shown: Screenshot?
    private let source: HTMLSource
    private let parents: [String: ElementBox]
    private let size: (width: Double, height: Double)

    /// Larger elements are grounds, not targets; a share of the window.
    private static let largestShare = 0.35
    /// Without an element: how far a text may be, and how large a place is.
    private static let reach = 24.0
    private static let place = (width: 56.0, height: 32.0)
    /// Longer labels are stories.
    private static let longestLabel = 60

    /// Prepares a search.
    ///
    /// - Parameter window: the recording's window.
    init(_ page: ScreenPage, window: Viewport) {
        shown = page.shown
        source = HTMLSource(page.html)
        size = (Double(window.width), Double(window.height))
        parents = Dictionary((page.shown?.elements ?? []).map { ($0.selector, $0) }) { first, _ in first }
    }

    /// What lies at a place; where no pointer was seen, what lies where something changed.
    ///
    /// - Parameters:
    ///   - point: in pixels of the screen, scrolled parts included.
    ///   - change: likewise.
    ///   - wantsField: whether something was typed there.
    func target(at point: PixelPoint?, change: Box, wantsField: Bool = false) -> FoundTarget? {
        guard let point = point ?? place(of: change) else { return nil }
        let under = (shown?.elements ?? []).filter { $0.box.contains(point) && !["html", "body"].contains($0.tag) }
        let way = chain(under)
        if wantsField, let field = way.first(where: { role(of: $0) == "textbox" }) { return found(field) }
        if let interactive = way.first(where: { role(of: $0) != nil && isSmall($0) }) { return found(interactive) }
        if let element = way.first(where: { isSmall($0) && !label(of: $0).isEmpty }) ?? way.first(where: isSmall) {
            return found(element)
        }
        if let near = nearestText(to: point), let element = near.selector.flatMap({ parents[$0] }), isSmall(element) {
            return found(element)
        }
        return FoundTarget(box: around(point))
    }

    // What changes without a pointer shows where it was touched only when it is small itself.
    private func place(of change: Box) -> PixelPoint? {
        guard change.area > 0, change.area <= size.width * size.height * Self.largestShare else { return nil }
        return PixelPoint(x: change.center.x, y: change.center.y)
    }

    // From the innermost element outwards: the smallest, of equal ones the last, and those around it.
    private func chain(_ elements: [ElementBox]) -> [ElementBox] {
        guard let inner = elements.enumerated().min(by: { ($0.1.box.area, $1.0) < ($1.1.box.area, $0.0) })?.element
        else {
            return []
        }
        var chain = [inner]
        while let parent = chain.last?.parent, let element = parents[parent], element.tag != "body",
            chain.count <= parents.count
        { chain.append(element) }
        return chain
    }

    private func isSmall(_ element: ElementBox) -> Bool {
        element.box.area <= size.width * size.height * Self.largestShare
    }

    private func around(_ point: PixelPoint) -> Box {
        let (width, height) = Self.place
        let left = min(max(0, point.x - width / 2), max(0, size.width - width))
        return Box(x: left, y: max(0, point.y - height / 2), width: width, height: height)
    }

    private func found(_ element: ElementBox) -> FoundTarget {
        let role = role(of: element)
        let isField = role == "textbox" || role == "combobox"
        var label = self.label(of: element)
        if isField { label = name(of: element) ?? beside(element, above: true) ?? label }
        if label.isEmpty { label = name(of: element) ?? beside(element, above: false) ?? "" }
        return FoundTarget(
            label: label.isEmpty ? nil : Self.short(label), role: role, box: element.box, selector: element.selector)
    }

    // MARK: What it is

    private func role(of element: ElementBox) -> String? {
        if let role = attribute("role", of: element), !role.isEmpty { return role }
        switch element.tag {
        case "a": return "link"
        case "button", "summary": return "button"
        case "select": return "combobox"
        case "textarea": return "textbox"
        case "option": return "option"
        case "input":
            switch attribute("type", of: element)?.lowercased() ?? "text" {
            case "checkbox": return "checkbox"
            case "radio": return "radio"
            case "range": return "slider"
            case "button", "submit", "reset", "image": return "button"
            default: return "textbox"
            }
        default:
            // What a page's author calls so is meant so.
            let names: [(String, String)] = [
                ("btn", "button"), ("button", "button"), ("toggle", "switch"), ("switch", "switch"), ("tab", "tab"),
            ]
            return names.first { name in element.classes.contains { $0.lowercased() == name.0 } }?.1
        }
    }

    private func attribute(_ name: String, of element: ElementBox) -> String? {
        guard let number = try? ElementSelector(element.selector).first(in: source) else { return nil }
        return source.elements[number][name]
    }

    // MARK: What it says

    private func name(of element: ElementBox) -> String? {
        for attribute in ["aria-label", "alt", "title", "placeholder"] {
            if let name = self.attribute(attribute, of: element)?.trimmed, !name.isEmpty { return name }
        }
        return nil
    }

    private func label(of element: ElementBox) -> String {
        let texts = (shown?.texts ?? []).filter { text in
            element.box.contains(PixelPoint(x: text.box.center.x, y: text.box.center.y))
                && (text.selector.map { $0 == element.selector || $0.hasPrefix(element.selector + " ") } ?? false)
        }
        return texts.compactMap(\.text).joined(separator: " ").trimmed
    }

    // The text on the same line, to the right before to the left; of a field first the one right above it.
    private func beside(_ element: ElementBox, above: Bool) -> String? {
        let (box, texts) = (element.box, (shown?.texts ?? []).filter { $0.text != nil })
        if above {
            let over = texts.map(\.box).enumerated().filter { _, text in
                text.bottom <= box.y + 4 && box.y - text.bottom <= 28 && text.x < box.right && text.right > box.x
            }
            if let nearest = over.max(by: { $0.element.bottom < $1.element.bottom }) {
                return texts[nearest.offset].text
            }
        }
        let line = texts.filter { abs($0.box.center.y - box.center.y) <= max(10, box.height / 2) }
        let right = line.filter { $0.box.x >= box.right - 2 && $0.box.x - box.right <= 160 }.min { $0.box.x < $1.box.x }
        let left = line.filter { $0.box.right <= box.x + 2 && box.x - $0.box.right <= 480 }
            .max { $0.box.right < $1.box.right }
        return (right ?? left)?.text
    }

    private func nearestText(to point: PixelPoint) -> TextBox? {
        func distance(_ box: Box) -> Double {
            let dx = max(0, box.x - point.x, point.x - box.right), dy = max(0, box.y - point.y, point.y - box.bottom)
            return (dx * dx + dy * dy).squareRoot()
        }
        let near = (shown?.texts ?? []).map { ($0, distance($0.box)) }.filter { $0.1 <= Self.reach }
        return near.min { $0.1 < $1.1 }?.0
    }

    private static func short(_ label: String) -> String {
        let label = HTMLText.collapsed(label)
        return label.count <= longestLabel ? label : label.prefix(longestLabel - 1) + "…"
    }
}
