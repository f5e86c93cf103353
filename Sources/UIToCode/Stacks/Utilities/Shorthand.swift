// Which properties of CSS set which others. Only sets that decide which of two declarations counts are needed, so values are
// not looked at.

/// Properties by what they set.
enum Shorthand {
    /// The single properties that a property sets; itself for one that is single.
    static func parts(of property: String) -> Set<String> { table[property] ?? [property] }

    /// Whether one declaration touches what another sets.
    static func overlaps(_ first: String, _ second: String) -> Bool {
        first == second || !parts(of: first).isDisjoint(with: parts(of: second))
    }

    /// Whether a declaration of the first leaves nothing of one of the second.
    static func covers(_ first: String, _ second: String) -> Bool {
        first == second || parts(of: first).isSuperset(of: parts(of: second))
    }

    private static let sides = ["top", "right", "bottom", "left"]
    private static let corners = ["top-left", "top-right", "bottom-right", "bottom-left"]

    private static let table: [String: Set<String>] = {
        var table: [String: Set<String>] = [:]
        for box in ["margin", "padding", "scroll-margin", "scroll-padding"] {
            table[box] = Set(sides.map { "\(box)-\($0)" })
            table["\(box)-inline"] = ["\(box)-left", "\(box)-right"]
            table["\(box)-block"] = ["\(box)-top", "\(box)-bottom"]
            table["\(box)-inline-start"] = ["\(box)-left"]
            table["\(box)-inline-end"] = ["\(box)-right"]
            table["\(box)-block-start"] = ["\(box)-top"]
            table["\(box)-block-end"] = ["\(box)-bottom"]
        }
        table["inset"] = Set(sides)
        table["inset-inline"] = ["left", "right"]
        table["inset-block"] = ["top", "bottom"]
        let aspects = ["width", "style", "color"]
        for side in sides { table["border-\(side)"] = Set(aspects.map { "border-\(side)-\($0)" }) }
        for aspect in aspects { table["border-\(aspect)"] = Set(sides.map { "border-\($0)-\(aspect)" }) }
        let image = ["source", "slice", "width", "outset", "repeat"].map { "border-image-\($0)" }
        table["border-image"] = Set(image)
        table["border"] = Set(sides.flatMap { side in aspects.map { "border-\(side)-\($0)" } } + image)
        let edge = { (side: String) in aspects.map { "border-\(side)-\($0)" } }
        table["border-inline"] = Set(edge("left") + edge("right"))
        table["border-block"] = Set(edge("top") + edge("bottom"))
        table["border-radius"] = Set(corners.map { "border-\($0)-radius" })
        let lists: [(String, [String])] = [
            (
                "background",
                ["color", "image", "position-x", "position-y", "size", "repeat", "attachment", "origin", "clip"]
            ),
            ("background-position", []),
            (
                "font",
                [
                    "style", "variant", "weight", "stretch", "size", "family", "size-adjust", "kerning",
                    "feature-settings",
                ]
            ),
            ("flex", ["grow", "shrink", "basis"]),
            ("outline", ["width", "style", "color"]),
            ("list-style", ["type", "position", "image"]),
            ("text-decoration", ["line", "style", "color", "thickness"]),
            ("transition", ["property", "duration", "timing-function", "delay", "behavior"]),
            (
                "animation",
                [
                    "name", "duration", "timing-function", "delay", "iteration-count", "direction", "fill-mode",
                    "play-state", "timeline",
                ]
            ),
            ("overflow", ["x", "y"]),
            ("column-rule", ["width", "style", "color"]),
            ("text-emphasis", ["style", "color"]),
            ("mask", ["image", "position", "size", "repeat", "origin", "clip", "mode", "composite"]),
        ]
        for (name, parts) in lists where !parts.isEmpty { table[name] = Set(parts.map { "\(name)-\($0)" }) }
        table["background-position"] = ["background-position-x", "background-position-y"]
        table["font", default: []].insert("line-height")
        table["gap"] = ["row-gap", "column-gap"]
        table["grid-gap"] = table["gap"]
        table["flex-flow"] = ["flex-direction", "flex-wrap"]
        table["place-items"] = ["align-items", "justify-items"]
        table["place-content"] = ["align-content", "justify-content"]
        table["place-self"] = ["align-self", "justify-self"]
        table["grid-column"] = ["grid-column-start", "grid-column-end"]
        table["grid-row"] = ["grid-row-start", "grid-row-end"]
        table["grid-area"] = ["grid-column-start", "grid-column-end", "grid-row-start", "grid-row-end"]
        let grid = ["grid-template-columns", "grid-template-rows", "grid-template-areas"]
        table["grid-template"] = Set(grid)
        table["grid"] = Set(grid + ["grid-auto-flow", "grid-auto-rows", "grid-auto-columns"])
        table["columns"] = ["column-width", "column-count"]
        table["white-space"] = ["white-space-collapse", "text-wrap-mode"]
        table["text-wrap"] = ["text-wrap-mode", "text-wrap-style"]
        table["inline-size"] = ["width"]
        table["block-size"] = ["height"]
        return table
    }()
}
