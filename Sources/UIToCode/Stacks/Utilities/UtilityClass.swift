// A declaration → the class that says it, as Tailwind CSS 4 names it: a word of its scale where it has one, else the value in
// square brackets, else property and value. What the class does is the declaration itself, so that no name can change
// what a page looks like.

/// A class of one declaration.
struct UtilityClass: Hashable, Sendable {
    /// `p-4`, `hover:bg-[#0f766e]`.
    var name: String
    var property: String
    var value: String

    /// The class that does what a declaration does.
    ///
    /// - Parameter usesScale: whether lengths in pixels may be called by the scale, which counts in `rem` of 16 pixels.
    init(_ declaration: CSSDeclaration, usesScale: Bool) {
        property = declaration.property
        value = declaration.value
        name =
            UtilityNames(usesScale: usesScale).name(property, value) ?? "[\(property):\(Self.escaped(value))]"
    }

    /// A value as it stands within a class's brackets.
    static func escaped(_ value: String) -> String {
        value.replacing("_", with: "\\_").replacing(", ", with: ",").replacing(" ", with: "_")
    }

    /// What a declaration says one by one; itself when it is best said whole.
    static func parts(of declaration: CSSDeclaration) -> [CSSDeclaration] {
        let parts = parts(declaration.property, declaration.value) ?? [(declaration.property, declaration.value)]
        return parts.map { CSSDeclaration(property: $0, value: $1) }
    }

    private static func parts(_ property: String, _ value: String) -> [(String, String)]? {
        let words = CSSText.words(value)
        switch (property, words.count) {
        case ("padding", 2...4), ("margin", 2...4):
            let (top, right) = (words[0], words[1])
            let bottom = words.count > 2 ? words[2] : top
            let left = words.count > 3 ? words[3] : right
            let vertical =
                top == bottom
                ? [("\(property)-block", top)] : [("\(property)-top", top), ("\(property)-bottom", bottom)]
            let horizontal =
                left == right
                ? [("\(property)-inline", left)] : [("\(property)-right", right), ("\(property)-left", left)]
            return horizontal + vertical
        case ("gap", 2): return [("row-gap", words[0]), ("column-gap", words[1])]
        case ("border", 1) where ["0", "0px", "none"].contains(value):
            return [("border-width", "0"), ("border-style", "none")]
        case ("border", 3):
            let width = words.first { $0.first?.isNumber == true || $0.first == "." }
            let style = words.first { UtilityNames.borderStyles.contains($0) }
            guard let width, let style, let colour = words.first(where: { $0 != width && $0 != style }) else {
                return nil
            }
            return [("border-width", width), ("border-style", style), ("border-color", colour)]
        case ("background", 1) where value == "none":
            return [("background-color", "transparent"), ("background-image", "none")]
        case ("background", 1) where UtilityNames.isColour(value): return [("background-color", value)]
        case ("text-decoration", 1) where ["none", "underline", "line-through", "overline"].contains(value):
            return [("text-decoration-line", value)]
        case ("list-style", 1) where value == "none": return [("list-style-type", "none")]
        case ("font", 1) where ["inherit", "initial", "unset", "revert"].contains(value):
            return fontParts.map { ($0, value) }
        case ("font", 2...): return font(words)
        default: return nil
        }
    }

    private static let fontParts = ["font-style", "font-weight", "font-size", "line-height", "font-family"]

    // `italic 600 14px/20px Inter, sans-serif`; what is not said is as it is initially. Nil when there is more in it.
    private static func font(_ words: [String]) -> [(String, String)]? {
        guard let size = words.firstIndex(where: { $0.first?.isNumber == true && Int($0) == nil || $0.contains("/") })
        else { return nil }
        var (style, weight) = ("normal", "400")
        for word in words[..<size] {
            switch word {
            case "normal": continue
            case "italic", "oblique": style = word
            case "bold": weight = "700"
            default:
                guard Int(word) != nil else { return nil }
                weight = word
            }
        }
        let sizes = words[size].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let family = words[(size + 1)...].joined(separator: " ")
        guard sizes.count <= 2, sizes.allSatisfy({ !$0.isEmpty }), !family.isEmpty, !family.hasPrefix("/") else {
            return nil
        }
        let height = sizes.count == 2 ? sizes[1] : "normal"
        return Array(zip(fontParts, [style, weight, sizes[0], height, family]))
    }

    /// The class with what must hold for it: `hover`, `before`, `[@media(min-width:600px)]`.
    func under(_ variants: [String]) -> UtilityClass {
        var result = self
        result.name = (variants + [name]).joined(separator: ":")
        return result
    }
}

/// Words of Tailwind's scales.
private struct UtilityNames {
    let usesScale: Bool

    static let borderStyles: Set<String> = ["solid", "dashed", "dotted", "double", "hidden", "none"]

    /// Whether a value can be nothing but a colour.
    static func isColour(_ value: String) -> Bool {
        value.hasPrefix("#")
            || ["white", "black", "transparent", "currentcolor", "red", "green", "blue"].contains(value.lowercased())
            || ["rgb(", "rgba(", "hsl(", "hsla(", "oklch(", "lab(", "color-mix("].contains { value.hasPrefix($0) }
            || value.hasPrefix("var(--color-")
    }

    func name(_ property: String, _ value: String) -> String? {
        if let word = Self.words[property]?[value] { return word }
        if let prefix = Self.lengths[property] { return length(prefix, value, property) }
        if let prefix = Self.colours[property] { return colour(prefix, value) }
        switch property {
        case "font-size": return sized("text", value, hint: "length")
        case "line-height": return value == "1" ? "leading-none" : length("leading", value, property)
        case "letter-spacing": return sized("tracking", value)
        case "border-width": return border("border", value)
        case "border-top-width": return border("border-t", value)
        case "border-right-width": return border("border-r", value)
        case "border-bottom-width": return border("border-b", value)
        case "border-left-width": return border("border-l", value)
        case "border-radius":
            if usesScale, let word = Self.radii[value] { return word }
            return CSSText.words(value).count == 1 ? sized("rounded", value) : nil
        case "opacity":
            guard let number = Double(value), (0...1).contains(number) else { return nil }
            let percent = (number * 100).rounded()
            return percent == number * 100 ? "opacity-\(Int(percent))" : "opacity-[\(value)]"
        case "z-index": return Int(value).map { $0 < 0 ? "-z-\(-$0)" : "z-\($0)" }
        case "order": return Int(value).map { $0 < 0 ? "-order-\(-$0)" : "order-\($0)" }
        case "flex-grow": return Int(value).map { $0 == 1 ? "grow" : "grow-\($0)" }
        case "flex-shrink": return Int(value).map { $0 == 1 ? "shrink" : "shrink-\($0)" }
        case "grid-template-columns": return grid("grid-cols", value)
        case "grid-template-rows": return grid("grid-rows", value)
        case "box-shadow": return value == "none" ? "shadow-none" : "shadow-[\(UtilityClass.escaped(value))]"
        default: return nil
        }
    }

    // A length of the spacing scale.
    private func length(_ prefix: String, _ value: String, _ property: String) -> String? {
        if let word = Self.sizeWords[value], Self.takesSizeWords.contains(property) { return "\(prefix)-\(word)" }
        if ["0", "0px"].contains(value) { return "\(prefix)-0" }
        if value == "auto" { return "\(prefix)-auto" }
        let isNegative = value.hasPrefix("-")
        let digits = value.dropFirst(isNegative ? 1 : 0)
        if usesScale, digits.hasSuffix("px"), let pixels = Int(digits.dropLast(2)), let step = Self.step(pixels) {
            return (isNegative ? "-" : "") + "\(prefix)-\(step)"
        }
        return sized(prefix, value)
    }

    // The value in brackets, or a custom property in parentheses.
    private func sized(_ prefix: String, _ value: String, hint: String? = nil) -> String? {
        guard CSSText.words(value).count == 1 else { return nil }
        if let name = Self.customProperty(value) { return "\(prefix)-(\(hint.map { $0 + ":" } ?? "")\(name))" }
        // A bracket of a text utility is a size only when it looks like one.
        guard hint == nil || value.first?.isNumber == true || value.hasPrefix("calc(") else { return nil }
        return "\(prefix)-[\(UtilityClass.escaped(value))]"
    }

    private func colour(_ prefix: String, _ value: String) -> String? {
        switch value.lowercased() {
        case "#fff", "#ffffff", "white": return "\(prefix)-white"
        case "#000", "#000000", "black": return "\(prefix)-black"
        case "transparent", "inherit": return "\(prefix)-\(value.lowercased())"
        case "currentcolor": return "\(prefix)-current"
        default:
            if let name = Self.customProperty(value) { return "\(prefix)-(color:\(name))" }
            guard Self.isColour(value) else { return nil }
            return "\(prefix)-[\(UtilityClass.escaped(value))]"
        }
    }

    private func border(_ prefix: String, _ value: String) -> String? {
        switch value {
        case "1px": prefix
        case "0", "0px": "\(prefix)-0"
        case "2px", "4px", "8px": "\(prefix)-\(value.dropLast(2))"
        default:
            value.first?.isNumber == true && CSSText.words(value).count == 1
                ? "\(prefix)-[\(UtilityClass.escaped(value))]" : nil
        }
    }

    // `repeat(3, minmax(0, 1fr))` is what the scale calls 3.
    private func grid(_ prefix: String, _ value: String) -> String {
        let folded = value.replacing(" ", with: "")
        if folded.hasPrefix("repeat("), folded.hasSuffix(",minmax(0,1fr))"),
            let count = Int(folded.dropFirst("repeat(".count).prefix { $0 != "," })
        {
            return "\(prefix)-\(count)"
        }
        return value == "none" ? "\(prefix)-none" : "\(prefix)-[\(UtilityClass.escaped(value))]"
    }

    // `var(--space-3)` → `--space-3`
    private static func customProperty(_ value: String) -> String? {
        guard value.hasPrefix("var(--"), value.hasSuffix(")"), !value.contains(",") else { return nil }
        let name = value.dropFirst("var(".count).dropLast()
        return name.contains { "() ".contains($0) } ? nil : String(name)
    }

    // A step of the spacing scale, of 4 pixels each; halves up to 14 pixels.
    private static func step(_ pixels: Int) -> String? {
        if pixels == 1 { return "px" }
        if pixels % 4 == 0, pixels / 4 <= 96 { return String(pixels / 4) }
        return pixels % 2 == 0 && pixels <= 14 ? "\(pixels / 4).5" : nil
    }

    private static let sizeWords = [
        "100%": "full", "50%": "1/2", "min-content": "min", "max-content": "max", "fit-content": "fit",
    ]
    private static let takesSizeWords: Set<String> = [
        "width", "height", "min-width", "min-height", "max-width", "max-height", "flex-basis",
    ]

    private static let lengths: [String: String] = [
        "padding": "p", "padding-inline": "px", "padding-block": "py", "padding-top": "pt", "padding-right": "pr",
        "padding-bottom": "pb", "padding-left": "pl", "margin": "m", "margin-inline": "mx", "margin-block": "my",
        "margin-top": "mt", "margin-right": "mr", "margin-bottom": "mb", "margin-left": "ml", "inset": "inset",
        "top": "top", "right": "right", "bottom": "bottom", "left": "left", "width": "w", "height": "h",
        "min-width": "min-w", "min-height": "min-h", "max-width": "max-w", "max-height": "max-h", "gap": "gap",
        "row-gap": "gap-y", "column-gap": "gap-x", "flex-basis": "basis",
    ]

    private static let colours: [String: String] = [
        "color": "text", "background-color": "bg", "border-color": "border", "border-top-color": "border-t",
        "border-right-color": "border-r", "border-bottom-color": "border-b", "border-left-color": "border-l",
        "accent-color": "accent", "caret-color": "caret", "fill": "fill", "outline-color": "outline",
    ]

    private static let radii: [String: String] = [
        "0": "rounded-none", "0px": "rounded-none", "2px": "rounded-xs", "4px": "rounded-sm", "6px": "rounded-md",
        "8px": "rounded-lg", "12px": "rounded-xl", "16px": "rounded-2xl", "24px": "rounded-3xl", "32px": "rounded-4xl",
    ]

    private static func same(_ prefix: String, _ values: [String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: values.map { ($0, prefix + $0) })
    }

    private static let words: [String: [String: String]] = [
        "display": same(
            "",
            [
                "block", "inline-block", "inline", "flex", "inline-flex", "table", "inline-table", "table-caption",
                "table-cell", "table-row", "flow-root", "grid", "inline-grid", "contents", "list-item",
            ]
        ).merging(["none": "hidden"]) { $1 },
        "position": same("", ["static", "fixed", "absolute", "relative", "sticky"]),
        "flex-direction": [
            "row": "flex-row", "row-reverse": "flex-row-reverse", "column": "flex-col",
            "column-reverse": "flex-col-reverse",
        ],
        "flex-wrap": ["wrap": "flex-wrap", "nowrap": "flex-nowrap", "wrap-reverse": "flex-wrap-reverse"],
        "flex": ["1": "flex-1", "auto": "flex-auto", "none": "flex-none", "0 1 auto": "flex-initial"],
        "align-items": [
            "flex-start": "items-start", "flex-end": "items-end", "center": "items-center",
            "baseline": "items-baseline", "stretch": "items-stretch",
        ],
        "align-self": [
            "auto": "self-auto", "flex-start": "self-start", "flex-end": "self-end", "center": "self-center",
            "baseline": "self-baseline", "stretch": "self-stretch",
        ],
        "justify-content": [
            "flex-start": "justify-start", "flex-end": "justify-end", "center": "justify-center",
            "space-between": "justify-between", "space-around": "justify-around", "space-evenly": "justify-evenly",
            "stretch": "justify-stretch", "normal": "justify-normal",
        ],
        "justify-items": same("justify-items-", ["start", "end", "center", "stretch", "normal"]),
        "justify-self": same("justify-self-", ["auto", "start", "end", "center", "stretch"]),
        "place-items": same("place-items-", ["start", "end", "center", "baseline", "stretch"]),
        "place-content": same("place-content-", ["start", "end", "center", "baseline", "stretch"]),
        "text-align": same("text-", ["left", "center", "right", "justify", "start", "end"]),
        "font-weight": [
            "100": "font-thin", "200": "font-extralight", "300": "font-light", "400": "font-normal",
            "500": "font-medium", "600": "font-semibold", "700": "font-bold", "800": "font-extrabold",
            "900": "font-black",
        ],
        "font-style": ["italic": "italic", "normal": "not-italic"],
        "text-decoration-line": [
            "underline": "underline", "overline": "overline", "line-through": "line-through", "none": "no-underline",
        ],
        "text-transform": [
            "uppercase": "uppercase", "lowercase": "lowercase", "capitalize": "capitalize", "none": "normal-case",
        ],
        "white-space": same("whitespace-", ["normal", "nowrap", "pre", "pre-line", "pre-wrap", "break-spaces"]),
        "list-style-type": ["none": "list-none", "disc": "list-disc", "decimal": "list-decimal"],
        "border-style": same("border-", ["solid", "dashed", "dotted", "double", "hidden", "none"]),
        "background-image": ["none": "bg-none"],
        "background-size": same("bg-", ["auto", "cover", "contain"]),
        "background-repeat": ["repeat": "bg-repeat", "no-repeat": "bg-no-repeat"],
        "background-position": same("bg-", ["center"]),
        "overflow": same("overflow-", ["auto", "hidden", "clip", "visible", "scroll"]),
        "overflow-x": same("overflow-x-", ["auto", "hidden", "clip", "visible", "scroll"]),
        "overflow-y": same("overflow-y-", ["auto", "hidden", "clip", "visible", "scroll"]),
        "object-fit": same("object-", ["contain", "cover", "fill", "none", "scale-down"]),
        "box-sizing": ["border-box": "box-border", "content-box": "box-content"],
        "vertical-align": same(
            "align-", ["baseline", "top", "middle", "bottom", "text-top", "text-bottom", "sub", "super"]),
        "visibility": ["visible": "visible", "hidden": "invisible", "collapse": "collapse"],
        "cursor": same("cursor-", ["auto", "default", "pointer", "text", "move", "not-allowed", "grab", "help"]),
        "pointer-events": same("pointer-events-", ["none", "auto"]),
        "user-select": same("select-", ["none", "text", "all", "auto"]),
        "border-collapse": ["collapse": "border-collapse", "separate": "border-separate"],
        "table-layout": ["auto": "table-auto", "fixed": "table-fixed"],
        "float": same("float-", ["left", "right", "none"]),
        "isolation": ["isolate": "isolate", "auto": "isolation-auto"],
        "resize": ["none": "resize-none", "both": "resize", "vertical": "resize-y", "horizontal": "resize-x"],
        "width": ["100vw": "w-screen"],
        "height": ["100vh": "h-screen"],
        "min-height": ["100vh": "min-h-screen"],
        "grid-column": ["1 / -1": "col-span-full"],
    ]
}
