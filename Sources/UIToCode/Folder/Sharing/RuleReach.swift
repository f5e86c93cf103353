// Which elements a rule reaches, and with what weight. A scope that was written around a selector, `:where(.block-1,
// .block-1 *)`, is heeded; what else stands in brackets is taken to match.

/// A rule, read for asking it often.
struct RuleReach {
    private struct Part {
        let selector: Selector
        let weight: SelectorWeight
        /// Classes of which one must be on the element or above it; nil without a scope.
        let scope: Set<Substring>?
        /// Whether the element itself must have it.
        let isOwn: Bool
        let body: String
    }

    private var parts: [Part] = []

    init(_ rule: Stylesheet.Rule) {
        add(rule, inside: "")
    }

    /// What the rule says of the last element of a path, with the at-rules around; empty when it does not reach it. A
    /// rule that reaches an element by several selectors weighs as the heaviest.
    func matches(_ path: [HTMLElement]) -> [(weight: SelectorWeight, body: String)] {
        var found: [(weight: SelectorWeight, body: String)] = []
        for part in parts where part.selector.matches(path) && Self.isInside(part, path) {
            if let index = found.firstIndex(where: { $0.body == part.body }) {
                found[index].weight = max(found[index].weight, part.weight)
            } else {
                found.append((part.weight, part.body))
            }
        }
        return found
    }

    private mutating func add(_ rule: Stylesheet.Rule, inside head: String) {
        let own = rule.parts
        if rule.isGroup {
            for inner in rule.inner { add(inner, inside: head + own.head + " ") }
            return
        }
        guard !rule.selectors.isEmpty else { return }
        for (text, selector) in zip(SelectorText.list(own.head), rule.selectors) {
            let (scope, isOwn) = Self.scope(of: text)
            parts.append(
                Part(
                    selector: selector, weight: SelectorWeight(text), scope: scope, isOwn: isOwn,
                    body: head + own.body))
        }
    }

    private static func isInside(_ part: Part, _ path: [HTMLElement]) -> Bool {
        guard let scope = part.scope else { return true }
        return (part.isOwn ? path.suffix(1) : path[...]).contains { !scope.isDisjoint(with: $0.classes) }
    }

    // The classes in the first `:where(…)` of a selector, when it holds nothing else: with `.name *` among them they
    // may be above the element, without it, and without other compounds, they are its own.
    private static func scope(of selector: String) -> (classes: Set<Substring>?, isOwn: Bool) {
        guard let start = selector.firstRange(of: ":where("),
            let end = selector[start.upperBound...].firstIndex(of: ")")
        else { return (nil, false) }
        let inside = selector[start.upperBound..<end]
        let items = inside.split(separator: ",").map { String($0).trimmed }
        var names: Set<Substring> = []
        for item in items {
            var name = item[...]
            if name.hasSuffix(" *") { name = name.dropLast(2) }
            guard name.first == ".", name.dropFirst().allSatisfy({ $0.isLetter || $0.isNumber || "-_".contains($0) })
            else { return (nil, false) }
            names.insert(name.dropFirst())
        }
        let isAlone = !selector[..<start.lowerBound].contains(" ") && selector[end...].dropFirst().isEmpty
        return (names, isAlone && !items.contains { $0.hasSuffix(" *") })
    }
}
