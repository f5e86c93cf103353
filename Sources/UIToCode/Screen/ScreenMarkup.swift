// Parts measured on a picture of a page → one HTML document that a developer would keep: flexbox, landmarks, headings,
// classes by role. In a window of the picture's size every part stands where it was measured.
//
//     ScreenLayout     parts → tree: what lies in what, rows, columns, landmarks
//     ScreenControls   tree → fields, check boxes, labels, forms
//     ScreenOutline    tree → headings, buttons, badges
//     ScreenFlow       node → the CSS that puts its children in their places
//     ScreenStyles     declarations → classes shared by equal elements
import Render

/// One part of a screen with its place.
struct ScreenPart {
    enum Kind {
        /// Holds the parts that lie inside it.
        case box(ScreenLook)
        /// One line, or several lines of one paragraph.
        case text(ScreenText)
        /// The address of a picture file.
        case picture(path: String)
        /// A thin line, horizontal or vertical.
        case rule(RGB)
    }

    var kind: Kind
    /// CSS pixels from the page's top left corner; for a text its line boxes, so its lines times their height.
    var box: Box
}

/// What a box shows of itself.
struct ScreenLook: Equatable {
    /// Nil where it shows what lies behind it.
    var background: RGB?
    var gradient: ScreenBox.Gradient?
    /// Its width counts in CSS pixels.
    var border: ScreenBox.Border?
    /// CSS pixels.
    var radius = 0.0
    /// Its lengths count in CSS pixels.
    var shadow: ScreenBox.Shadow?
    /// Whether it is a check box with its check mark, which is a picture in it.
    var isTicked = false
}

/// What a text says, and how.
struct ScreenText: Equatable {
    enum Alignment: String {
        case left, center, right
    }

    /// Plain text.
    var lines: [String]
    /// CSS pixels.
    var fontSize: Double
    /// CSS pixels.
    var lineHeight: Double
    var isBold = false
    var colour: RGB
    /// A CSS `font-family`.
    var family: String
    /// CSS pixels; 0 for none.
    var letterSpacing = 0.0
    var alignment = Alignment.left
    /// Whether a text that others follow in a row is as wide as was measured, rather than as its words are in its
    /// font: for a font that is not known well, so that what follows stays in its place.
    var holdsWidth = false
}

/// Writes pages of parts.
enum ScreenMarkup {
    /// One complete document.
    ///
    /// - Parameters:
    ///   - parts: in any order; of two that are equally large and lie over each other the first is the outer.
    ///   - width: of the page, in CSS pixels.
    ///   - height: of the page, in CSS pixels.
    ///   - title: plain text.
    /// Proof: `ScreenPageTests`.
    static func document(
        parts: [ScreenPart], width: Double, height: Double, background: RGB, title: String
    ) -> String {
        let layout = ScreenLayout(parts: parts, width: width, height: height, background: background)
        var scribe = ScreenScribe(layout.root)
        let flow = ScreenFlow(layout.root, drift: (0, 0), spans: true)
        let elements = scribe.children(of: layout.root, flow)
        let styles = ScreenStyles(elements)
        var rules = scribe.pageRules(insides: flow.insides, background: background) + styles.rules
        if width > ScreenScribe.narrow { rules += styles.narrowRules(below: Int(ScreenScribe.narrow)) }
        let body = ["<body>"] + elements.flatMap(styles.lines).map { "  " + $0 } + ["</body>"]
        return Page.document(
            title: HTMLText.escaped(title), styles: rules.map { "    \($0)\n" }.joined(),
            body: body.joined(separator: "\n"))
    }
}

/// Makes elements of nodes.
struct ScreenScribe {
    /// Wider rows become columns in windows narrower than this, in CSS pixels.
    static let narrow = 720.0

    private let page: Box
    private var outline: ScreenOutline
    private var tags: Set<String> = []

    init(_ root: ScreenNode) {
        page = root.box
        outline = ScreenOutline(root)
    }

    /// The elements in a node, placed by its flow.
    mutating func children(of node: ScreenNode, _ flow: ScreenFlow, depth: Int = 0) -> [ScreenElement] {
        var elements: [ScreenElement] = []
        for (index, child) in (node.children + node.overlays).enumerated() {
            let isInRow = node.axis == .row && index < node.children.count
            let inner = ScreenFlow(child, drift: flow.drifts[index], spans: flow.spans[index])
            var element = element(child, inner, isInRow: isInRow, depth: depth + 1)
            element.place = flow.places[index] + element.place
            tags.insert(element.tag)
            elements.append(element)
        }
        return elements
    }

    /// The rules for the page and for elements without their classes; to be asked for last.
    func pageRules(insides: [String], background: RGB) -> [String] {
        var body =
            insides + ["min-height: \(CSSLength.pixels(page.height))", "background: \(background.hex)"]
        if let common = outline.common {
            let size = "\(CSSLength.pixels(common.fontSize))/\(CSSLength.pixels(common.lineHeight))"
            body += [
                "color: \(common.colour.hex)", "font: \(size) \(common.family)", "white-space: nowrap",
            ]
        }
        var rules = ["* { box-sizing: border-box; flex-shrink: 0; margin: 0; }", rule("body", body)]
        let texts = ["h1", "h2", "h3"].filter(tags.contains)
        if !texts.isEmpty { rules.append(rule(texts.joined(separator: ", "), ["font: inherit"])) }
        if tags.contains("button") {
            let look = ["border: 0", "background: none", "color: inherit", "font: inherit"]
            rules.append(rule("button", ["padding: 0"] + look + ["cursor: pointer"]))
        }
        let entries = ["input", "textarea"].filter(tags.contains)
        if !entries.isEmpty {
            let look = ["border: 0", "background: none", "color: inherit", "font: inherit"]
            rules.append(rule(entries.joined(separator: ", "), ["appearance: none", "padding: 0"] + look))
        }
        if tags.contains("textarea") { rules.append(rule("textarea", ["resize: none"])) }
        if tags.contains("hr") { rules.append(rule("hr", ["border: 0"])) }
        if tags.contains("img") { rules.append(rule("img", ["display: block"])) }
        return rules
    }

    private func rule(_ selector: String, _ declarations: [String]) -> String {
        "\(selector) { \(declarations.map { $0 + ";" }.joined(separator: " ")) }"
    }

    // MARK: Elements

    private mutating func element(
        _ node: ScreenNode, _ flow: ScreenFlow, isInRow: Bool, depth: Int
    ) -> ScreenElement {
        switch node.content {
        case .text(let text):
            return self.text(text, node.control, isInRow: isInRow)
        case .picture(let path):
            return ScreenElement(
                tag: "img", attributes: " src=\"\(HTMLText.escaped(path))\" alt=\"\"", role: "picture",
                place: flow.height)
        case .rule(let colour):
            let isLevel = node.box.width >= node.box.height
            return ScreenElement(
                tag: isLevel ? "hr" : "div", role: "line", look: ["background: \(colour.hex)"],
                place: flow.height)
        case .box, .group:
            return container(node, flow, depth: depth)
        }
    }

    private mutating func text(
        _ text: ScreenText, _ control: ScreenControl?, isInRow: Bool
    ) -> ScreenElement {
        switch control {
        case .label(let id):
            return ScreenElement(
                tag: "label", attributes: " for=\"\(id)\"", role: "text", look: look(of: text),
                words: words(of: text))
        case .field(let field):
            var element = self.field(field, saying: text)
            let size = [("width", field.width ?? 0), ("height", text.lineHeight)]
            element.place = size.map { "\($0): \(CSSLength.pixels($1))" }
            return element
        case .check, .form, nil: break
        }
        let level = outline.level()
        return ScreenElement(
            tag: level > 0 ? "h\(level)" : isInRow ? "span" : "p", role: level > 0 ? "title" : "text",
            look: look(of: text), words: words(of: text))
    }

    private mutating func container(_ node: ScreenNode, _ flow: ScreenFlow, depth: Int)
        -> ScreenElement
    {
        if case .field(let field) = node.control { return self.field(field, node) }
        if case .check(let check) = node.control { return self.check(check, node, flow) }
        let role = ScreenRole(of: node)
        var element = ScreenElement(
            tag: node.landmark ?? (node.control == .form ? "form" : "div"), role: role.rawValue, place: flow.height)
        element.look = node.look.map(look) ?? []
        if role.isControl {
            control(node, flow, role, &element)
            return element
        }
        element.look += flow.insides
        element.children = children(of: node, flow, depth: depth)
        let isRow = node.axis == .row && node.children.count > 1
        element.folds = isRow && depth <= 2 && node.box.width > Self.narrow
        return element
    }

    // A button or a badge: its words stand in it without an element where they are all that is in it.
    private func control(
        _ node: ScreenNode, _ flow: ScreenFlow, _ role: ScreenRole, _ element: inout ScreenElement
    ) {
        element.tag = role == .button ? "button" : "span"
        if role == .button { element.attributes = " type=\"button\"" }
        if node.children.count == 1, let child = node.children.first, let text = child.text {
            if role == .badge {
                element.look += ["display: flex", "align-items: center", "justify-content: center"]
            }
            element.look += look(of: text)
            element.place =
                ["height: \(CSSLength.pixels(node.box.height))"] + padding(around: child, in: node)
            element.words = words(of: text)
            return
        }
        element.look += flow.insides
        for (index, child) in node.children.enumerated() {
            var inner = ScreenElement(tag: "span", role: "text", place: flow.places[index])
            if let text = child.text {
                (inner.look, inner.words) = (look(of: text), words(of: text))
            } else if case .picture(let path) = child.content {
                (inner.tag, inner.role) = ("img", "picture")
                inner.attributes = " src=\"\(HTMLText.escaped(path))\" alt=\"\""
                inner.place.append("height: \(CSSLength.pixels(child.box.height))")
            }
            element.children.append(inner)
        }
    }

    // A box that is a field. Its words are an attribute, so paddings put them where they were measured.
    private func field(_ field: ScreenField, _ node: ScreenNode) -> ScreenElement {
        var element = self.field(field, saying: node.children.first?.text)
        element.look = (node.look.map(look) ?? []) + element.look
        if let child = node.children.first { element.look += padding(of: field, around: child, in: node.frame) }
        element.place = ["height: \(CSSLength.pixels(node.box.height))"]
        return element
    }

    private func field(_ field: ScreenField, saying text: ScreenText?) -> ScreenElement {
        var element = ScreenElement(tag: field.type == nil ? "textarea" : "input", role: "field")
        let words = field.words.map(HTMLText.escaped)
        if field.type == nil { element.words = field.isPlaceholder ? "" : words ?? "" }
        let named = [
            ("id", field.id), ("type", field.type), ("placeholder", field.isPlaceholder ? words : nil),
            ("value", field.isPlaceholder || field.type == nil ? nil : words),
            ("aria-label", field.id == nil ? words : nil),
        ]
        element.attributes = named.map { name, value in value.map { " \(name)=\"\($0)\"" } ?? "" }.joined()
        guard var text else { return element }
        if field.isPlaceholder, let common = outline.common {
            element.placeholder = ["color: \(text.colour.hex)", "opacity: 1"]
            text.colour = common.colour
        }
        element.look = look(of: text)
        return element
    }

    private func padding(of field: ScreenField, around child: ScreenNode, in frame: Box) -> [String] {
        let start = child.box.x - frame.x
        let left = abs(start - start.rounded()) <= 0.4 ? start.rounded() : start
        // Not where letters a little wider than measured would be cut off.
        let right = child.box.right + 8 <= frame.right - left ? left : 0
        let top = field.type == nil ? child.box.y - frame.y : 2 * (child.box.center.y - frame.center.y)
        return CSSLength.sides([max(0, top), right, max(0, -top), left]).map { ["padding: \($0)"] } ?? []
    }

    private func check(_ check: ScreenCheck, _ node: ScreenNode, _ flow: ScreenFlow) -> ScreenElement {
        let look = node.look.map { look in
            let fill = look.background ?? look.border?.colour
            return look.isTicked
                ? ["appearance: auto"] + (fill.map { ["accent-color: \($0.hex)"] } ?? []) : self.look(look)
        }
        let id = check.id.map { " id=\"\($0)\"" } ?? ""
        return ScreenElement(
            tag: "input", attributes: "\(id) type=\"\(check.kind)\"\(check.isChecked ? " checked" : "")",
            role: check.kind == .radio ? "radio" : "check", look: look ?? [], place: flow.height)
    }

    // What moves the words of a button from its middle to where they stand.
    private func padding(around child: ScreenNode, in node: ScreenNode) -> [String] {
        func shift(_ distance: Double) -> Double { abs(distance) <= 0.5 ? 0 : 2 * distance }
        let x = shift(child.box.center.x - node.box.center.x)
        let y = shift(child.box.center.y - node.box.center.y)
        return CSSLength.sides([max(0, y), max(0, -x), max(0, -y), max(0, x)]).map {
            ["padding: \($0)"]
        } ?? []
    }

    private func words(of text: ScreenText) -> String {
        text.lines.map(HTMLText.escaped).joined(separator: "<br>")
    }

    // MARK: Looks

    private func look(_ look: ScreenLook) -> [String] {
        var declarations: [String] = []
        if let gradient = look.gradient {
            let (from, to) = (gradient.from.hex, gradient.to.hex)
            declarations.append("background: linear-gradient(\(gradient.degrees)deg, \(from), \(to))")
        } else if let background = look.background {
            declarations.append("background: \(background.hex)")
        }
        if let border = look.border, border.width > 0 {
            declarations.append("border: \(border.width)px solid \(border.colour.hex)")
        }
        if look.radius > 0 { declarations.append("border-radius: \(CSSLength.pixels(look.radius))") }
        if let shadow = look.shadow { declarations.append("box-shadow: \(Self.css(shadow))") }
        return declarations
    }

    private static func css(_ shadow: ScreenBox.Shadow) -> String {
        let lengths = [0, shadow.down, shadow.blur] + (shadow.spread == 0 ? [] : [shadow.spread])
        let colour = shadow.colour
        let channels = "\(colour.red), \(colour.green), \(colour.blue), \((shadow.opacity * 100).rounded() / 100)"
        return (lengths.map { $0 == 0 ? "0" : "\($0)px" } + ["rgba(\(channels))"]).joined(separator: " ")
    }

    // What differs from what the page says for all.
    private func look(of text: ScreenText) -> [String] {
        guard let common = outline.common else { return [] }
        var declarations: [String] = []
        if text.colour != common.colour { declarations.append("color: \(text.colour.hex)") }
        if text.fontSize != common.fontSize {
            declarations.append("font-size: \(CSSLength.pixels(text.fontSize))")
        }
        if text.isBold { declarations.append("font-weight: 600") }
        if text.lineHeight != common.lineHeight {
            declarations.append("line-height: \(CSSLength.pixels(text.lineHeight))")
        }
        if text.family != common.family { declarations.append("font-family: \(text.family)") }
        if CSSLength.pixels(text.letterSpacing) != "0" {
            declarations.append("letter-spacing: \(CSSLength.pixels(text.letterSpacing))")
        }
        if text.lines.count > 1, text.alignment != .left {
            declarations.append("text-align: \(text.alignment)")
        }
        return declarations
    }
}
