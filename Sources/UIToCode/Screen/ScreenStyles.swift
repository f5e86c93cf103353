// Elements with their declarations → elements with classes and a stylesheet. What an element looks like and where it
// stands are two classes, so that equal looks share one; where every element of a look has the same place they are one.

/// An element of a page, with what it declares.
struct ScreenElement {
    var tag: String
    /// Markup that follows the class.
    var attributes = ""
    /// The start of the class's name.
    var role: String
    /// Declarations without their semicolons.
    var look: [String] = []
    var place: [String] = []
    /// Declarations for what a field says while it is empty.
    var placeholder: [String] = []
    /// Markup between the tags, in one line.
    var words: String?
    var children: [ScreenElement] = []
    /// Whether the element becomes a column in narrow windows.
    var folds = false
}

/// Names for the declarations of elements.
struct ScreenStyles {
    /// One rule a line.
    private(set) var rules: [String] = []

    // Names by declarations; those of looks with their role.
    private var looks: [String: String] = [:]
    private var places: [String: String] = [:]
    private var placesOfLooks: [String: Set<String>] = [:]
    private var counts: [String: Int] = [:]
    private var folding: [String] = []

    /// Names everything that elements declare, in the order of the page.
    init(_ elements: [ScreenElement]) {
        for element in elements { survey(element) }
        for element in elements { name(element) }
    }

    /// The names of an element's classes.
    func classes(of element: ScreenElement) -> [String] {
        [looks[lookKey(element)], isJoined(element) ? nil : places[Self.text(element.place)]].compactMap { $0 }
    }

    /// Elements as markup, one a line, with what is in them indented by two spaces.
    func lines(_ element: ScreenElement) -> [String] {
        let classes = classes(of: element)
        let name = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
        let start = "<\(element.tag)\(name)\(element.attributes)>"
        if ["img", "hr", "input"].contains(element.tag) { return [start] }
        if let words = element.words { return ["\(start)\(words)</\(element.tag)>"] }
        if element.children.isEmpty { return ["\(start)</\(element.tag)>"] }
        return [start] + element.children.flatMap(lines).map { "  " + $0 } + ["</\(element.tag)>"]
    }

    /// The rule for windows narrower than this; none when no row folds.
    ///
    /// - Parameter width: CSS pixels.
    func narrowRules(below width: Int) -> [String] {
        guard !folding.isEmpty else { return [] }
        let names = folding.map { "." + $0 }
        let inner = names.map { "\($0) > *" }
        return [
            "@media (max-width: \(width)px) {",
            "  body { white-space: normal; }",
            "  \(names.joined(separator: ", ")) { flex-direction: column; align-items: stretch; gap: 16px; }",
            "  \(inner.joined(separator: ", ")) { width: auto; margin: 0; }",
            "}",
        ]
    }

    // MARK: Names

    private static func text(_ declarations: [String]) -> String {
        declarations.map { $0 + ";" }.joined(separator: " ")
    }

    private func lookKey(_ element: ScreenElement) -> String {
        "\(element.role) \(Self.text(element.look))\(Self.text(element.placeholder))"
    }

    // Whether the look comes with this place only, and says both in one class.
    private func isJoined(_ element: ScreenElement) -> Bool {
        !element.look.isEmpty && placesOfLooks[lookKey(element)]?.count == 1
    }

    private mutating func survey(_ element: ScreenElement) {
        placesOfLooks[lookKey(element), default: []].insert(Self.text(element.place))
        for child in element.children { survey(child) }
    }

    private mutating func name(_ element: ScreenElement) {
        let joined = isJoined(element)
        let key = lookKey(element)
        if !element.look.isEmpty, looks[key] == nil {
            let name = free(element.role)
            looks[key] = name
            rules.append(
                ".\(name) { \(Self.text(joined ? element.look + element.place : element.look)) }")
            if !element.placeholder.isEmpty {
                rules.append(".\(name)::placeholder { \(Self.text(element.placeholder)) }")
            }
        }
        let place = Self.text(element.place)
        if !joined, !place.isEmpty, places[place] == nil {
            let name = free("at")
            places[place] = name
            rules.append(".\(name) { \(place) }")
        }
        if element.folds, let name = looks[key], !folding.contains(name) { folding.append(name) }
        for child in element.children { name(child) }
    }

    private mutating func free(_ role: String) -> String {
        counts[role, default: 0] += 1
        return "\(role)-\(counts[role, default: 0])"
    }
}
