// A stylesheet as rules: which of them a page needs, and which boxes they make (for the printer, which must know
// where a line break shows). Understands tags, classes, ids, descendants and children. A selector that says more
// (siblings, attributes, states) is taken to match wherever its known parts do: a rule too many is harmless.

/// The rules of one stylesheet, in order.
struct Stylesheet: Sendable {
    /// One rule, or one whole at-rule.
    struct Rule: Equatable, Sendable {
        /// `selector { declarations }` on one line.
        var text: String
        /// The selectors of the list; empty for an at-rule, which belongs to every page.
        var selectors: [Selector]
        /// The value of the `display` property, when the rule sets it.
        var display: String?
        /// Whether the rule makes spaces or line breaks of the text show.
        var keepsSpaces = false
    }

    /// The rules in order of the text.
    let rules: [Rule]

    /// Reads CSS. Comments and `@font-face`, which would need a file, are dropped; what has no braces is ignored.
    init(_ css: String) {
        var rules: [Rule] = []
        var rest = Array(Self.withoutComments(css).utf8)[...]
        while let brace = rest.firstIndex(of: UInt8(ascii: "{")) {
            let end = Self.endOfBlock(rest, from: brace)
            let head = HTMLText.collapsed(String(decoding: rest[..<brace], as: UTF8.self)).trimmed
            let text = HTMLText.collapsed(String(decoding: rest[..<end], as: UTF8.self)).trimmed
            let body = String(decoding: rest[rest.index(after: brace)..<end].dropLast(), as: UTF8.self)
            rest = rest[end...]
            if head.hasPrefix("@") {
                if !head.hasPrefix("@font-face") { rules.append(Rule(text: text, selectors: [])) }
            } else {
                let selectors = Self.withoutBrackets(head).split(separator: ",").map { Selector($0) }
                rules.append(
                    Rule(
                        text: text, selectors: selectors, display: Self.display(in: body),
                        keepsSpaces: Self.keepsSpaces(in: body)))
            }
        }
        self.rules = rules
    }

    /// The rules that `body` needs: at-rules, and those of which a selector matches an element of the page.
    ///
    /// - Complexity: rules × elements, both small; rules whose tags or classes occur nowhere cost one look-up.
    func rules(usedBy body: HTMLElement) -> [Rule] {
        var names: Set<Substring> = ["html", Substring(body.name)]
        var paths = [[body]]
        Self.walk(body, above: []) { path in paths.append(path) }
        for path in paths {
            names.insert(path[path.count - 1].name[...])
            for name in path[path.count - 1].classes { names.insert("." + name) }
        }
        return rules.filter { rule in
            rule.selectors.isEmpty
                || rule.selectors.contains { selector in
                    selector.names.isSubset(of: names) && paths.contains { selector.matches($0) }
                }
        }
    }

    /// The `display` that its own style, or the last matching rule, gives the last element of `path`; nil when none does.
    func display(of path: [HTMLElement]) -> String? {
        if let own = path.last?["style"].flatMap(Self.display(in:)) { return own }
        return rules.last { rule in rule.display != nil && rule.selectors.contains { $0.matches(path) } }?.display
    }

    /// Whether its own style, or a rule, may make the last element of `path` show spaces and line breaks.
    func keepsSpaces(_ path: [HTMLElement]) -> Bool {
        path.last?["style"].map(Self.keepsSpaces(in:)) == true
            || rules.contains { rule in rule.keepsSpaces && rule.selectors.contains { $0.matches(path) } }
    }

    // Calls `body` with the path from the root to every element below it.
    private static func walk(_ element: HTMLElement, above: [HTMLElement], _ body: ([HTMLElement]) -> Void) {
        let path = above + [element]
        for case .element(let child) in element.children {
            body(path + [child])
            walk(child, above: path, body)
        }
    }

    /// The text with every comment taken out, one that does not end to its end.
    static func withoutComments(_ css: String) -> String {
        var kept = ""
        var rest = css[...]
        while let start = rest.firstRange(of: "/*") {
            kept += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
        }
        return kept + rest
    }

    // The selectors without `(…)` and `[…]`: what these ask for is not looked at.
    private static func withoutBrackets(_ selectors: String) -> String {
        var depth = 0
        return selectors.filter { character in
            if "([".contains(character) { depth += 1 }
            if ")]".contains(character) { depth -= 1 }
            return depth == 0 && !")]".contains(character)
        }
    }

    // The position after the brace that closes the block opened at `brace`; the end when none does.
    private static func endOfBlock(_ css: ArraySlice<UInt8>, from brace: Int) -> Int {
        var depth = 0
        for index in brace..<css.endIndex {
            if css[index] == UInt8(ascii: "{") { depth += 1 }
            if css[index] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return index + 1 }
        }
        return css.endIndex
    }

    private static func display(in declarations: String) -> String? {
        for declaration in declarations.split(separator: ";").reversed() {
            let parts = declaration.split(separator: ":", maxSplits: 1).map { String($0).trimmed }
            if parts.count == 2, parts[0].lowercased() == "display" { return parts[1].lowercased() }
        }
        return nil
    }
}

extension Stylesheet {
    private static func keepsSpaces(in declarations: String) -> Bool {
        declarations.contains("white-space")
            && CSSDeclaration.list(declarations).contains { declaration in
                declaration.property.hasPrefix("white-space") && !["nowrap", "normal"].contains(declaration.value)
            }
    }
}

/// One selector: compounds joined by combinators, `.dark .card > b`.
struct Selector: Equatable, Sendable {
    /// What one element must be: `input.wide:focus` is tag `input` with class `wide`; states are left out.
    struct Compound: Equatable, Sendable {
        var tag: Substring?
        var id: Substring?
        var classes: [Substring] = []
    }

    /// Where the compound before stands.
    enum Reach: Sendable { case parent, ancestor }

    /// A compound, and how far above it the one before it may stand.
    struct Step: Equatable, Sendable {
        var compound: Compound
        var reach: Reach
    }

    /// From left to right.
    private(set) var steps: [Step] = []
    /// Every tag, and every class with its dot, that must occur in a page.
    private(set) var names: Set<Substring> = []

    /// Reads one selector, without commas.
    init(_ text: Substring) {
        var reach = Reach.ancestor
        let spaced = ">+~".reduce(String(text)) { $0.replacing(String($1), with: " \($1) ") }
        for part in spaced.split(whereSeparator: \.isWhitespace) {
            switch part {
            case ">": reach = .parent
            // A sibling's compound is not looked for: what follows it is held against the ancestors before it.
            case "+", "~": if !steps.isEmpty { reach = steps.removeLast().reach }
            default:
                steps.append(Step(compound: Compound(part), reach: reach))
                reach = .ancestor
            }
        }
        for step in steps {
            if let tag = step.compound.tag { names.insert(tag) }
            for name in step.compound.classes { names.insert("." + name) }
        }
    }

    /// Whether the last element of `path` (root first) matches, given the elements above it.
    func matches(_ path: [HTMLElement]) -> Bool { Self.matches(path[...], steps[...]) }

    private static func matches(_ path: ArraySlice<HTMLElement>, _ steps: ArraySlice<Step>) -> Bool {
        guard let step = steps.last else { return true }
        guard let element = path.last, step.compound.matches(element) else { return false }
        let before = steps.dropLast()
        if before.allSatisfy({ $0.compound.isRoot }) { return true }
        if step.reach == .parent { return matches(path.dropLast(), before) }
        var above = path.dropLast()
        while !above.isEmpty {
            if matches(above, before) { return true }
            above = above.dropLast()
        }
        return false
    }
}

extension Selector.Compound {
    /// Reads one compound, `input.wide:focus`.
    fileprivate init(_ text: Substring) {
        var mark: Character = " "
        var name = ""
        for character in text + ":" {
            guard ".#:".contains(character) else {
                name.append(character)
                continue
            }
            switch mark {
            case " " where !name.isEmpty && name != "*": tag = Substring(name.lowercased())
            case ".": classes.append(Substring(name))
            case "#": id = Substring(name)
            default: break
            }
            (mark, name) = (character, "")
        }
    }

    // The root stands above every page and is never part of a path.
    fileprivate var isRoot: Bool { tag == "html" || (tag == nil && id == nil && classes.isEmpty) }

    fileprivate func matches(_ element: HTMLElement) -> Bool {
        if isRoot { return true }
        if let tag, tag != element.name { return false }
        if let id, element["id"].map({ $0[...] }) != id { return false }
        return classes.isEmpty || Set(classes).isSubset(of: element.classes)
    }
}
