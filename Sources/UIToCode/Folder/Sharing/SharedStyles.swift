// The style rules of all pages as one sheet, and what stays each page's own. A rule that changes nothing in the pages
// that lack it is shared; any other is bound to its pages. In every page its rules keep their weight and their order:
// the page's own come after the shared ones, so a shared rule that has to win over one of them is repeated behind it.

/// Shared and own rules of pages.
struct SharedStyles {
    /// One rule a line.
    private(set) var shared: [String] = []
    /// Per page, one rule a line.
    private(set) var own: [[String]]

    private struct Entry {
        var rule: Stylesheet.Rule
        var owners: Set<Int>
    }

    private let pages: [StyledPage]
    private var entries: [Entry] = []
    // By the rule's text, where it stands among the entries.
    private var places: [String: [Int]] = [:]
    private var knownTerms: [String: RuleTerms] = [:]

    /// A page: its rules and all its elements.
    private struct StyledPage {
        let slug: String
        let rules: [Stylesheet.Rule]
        /// For each element the elements from the root to it.
        let paths: [[HTMLElement]]
        /// Tags, and classes with their dots.
        let names: Set<Substring>

        init(_ page: PageDraft) {
            slug = page.slug
            paths = Self.paths(page.body, above: [])
            var names: Set<Substring> = ["html"]
            for path in paths {
                names.insert(path[path.count - 1].name[...])
                for name in path[path.count - 1].classes { names.insert("." + name) }
            }
            self.names = names
            let (all, found) = (paths, names)
            rules = page.rules.filter { $0.matchesAny(of: all, names: found) }
        }

        private static func paths(_ node: TreeNode, above: [HTMLElement]) -> [[HTMLElement]] {
            guard node.isElement else { return [] }
            let path = above + [node.shell]
            return [path] + node.children.flatMap { paths($0, above: path) }
        }
    }

    /// Shares the rules of pages, whose trees are as they were before regions became uses.
    init(_ drafts: [PageDraft]) {
        pages = drafts.map { StyledPage($0) }
        own = drafts.map { _ in [] }
        for number in pages.indices { add(number) }
        let isShared = entries.map { isHarmless($0) }
        shared = zip(entries, isShared).filter { $0.1 }.map { $0.0.rule.text }
        let sharedTexts = Set(shared)
        for number in pages.indices { own[number] = ownRules(of: number, shared: sharedTexts) }
    }

    // Whether a rule changes nothing in the pages that lack it. A rule of no elements (`@keyframes`) is known by its
    // head.
    private func isHarmless(_ entry: Entry) -> Bool {
        if entry.rule.selectors.isEmpty, !entry.rule.isGroup {
            return !entries.contains { $0.rule.parts.head == entry.rule.parts.head && $0.rule.text != entry.rule.text }
        }
        return pages.indices.allSatisfy { number in
            entry.owners.contains(number)
                || !entry.rule.matchesAny(of: pages[number].paths, names: pages[number].names)
        }
    }

    // Puts a page's rules among the entries, in its order.
    private mutating func add(_ number: Int) {
        var position = 0
        var new: [(position: Int, rule: Stylesheet.Rule)] = []
        for rule in pages[number].rules {
            if let found = places[rule.text]?.first(where: { $0 >= position }) {
                entries[found].owners.insert(number)
                position = found + 1
            } else {
                new.append((position, rule))
            }
        }
        guard !new.isEmpty else { return }
        var merged: [Entry] = []
        var rest = new[...]
        for position in 0...entries.count {
            while let next = rest.first, next.position == position {
                merged.append(Entry(rule: next.rule, owners: [number]))
                rest = rest.dropFirst()
            }
            if position < entries.count { merged.append(entries[position]) }
        }
        entries = merged
        places = Dictionary(grouping: entries.indices) { entries[$0].rule.text }
    }

    // The rules that are the page's own, and the shared ones that must stand behind them.
    private mutating func ownRules(of number: Int, shared: Set<String>) -> [String] {
        let page = pages[number]
        var own: [(rule: Stylesheet.Rule, terms: RuleTerms, reach: Set<Int>)] = []
        for rule in page.rules {
            let isShared = shared.contains(rule.text)
            if isShared, own.isEmpty { continue }
            let reach = Set(page.paths.indices.filter { rule.matchesAny(of: [page.paths[$0]], names: page.names) })
            let terms = terms(of: rule)
            let mustFollow = own.contains { before in
                before.terms.contends(with: terms) && !before.reach.isDisjoint(with: reach)
            }
            if !isShared || mustFollow { own.append((rule, terms, reach)) }
        }
        return own.map { Self.bound($0.rule, to: page.slug) }
    }

    private mutating func terms(of rule: Stylesheet.Rule) -> RuleTerms {
        if let known = knownTerms[rule.text] { return known }
        let found = RuleTerms(rule)
        knownTerms[rule.text] = found
        return found
    }

    // MARK: Binding

    private static func bound(_ rule: Stylesheet.Rule, to slug: String) -> String {
        let (head, body) = rule.parts
        if rule.text.hasPrefix("@") {
            guard rule.isGroup else { return rule.text }
            return "\(head) { \(rule.inner.map { bound($0, to: slug) }.joined(separator: " ")) }"
        }
        let mark = "body[data-page=\"\(slug)\"]"
        let selectors = SelectorText.list(head).map { selector in
            for root in ["html", ":root"] where selector == root {
                return "\(root):where(:has(> \(mark)))"
            }
            return SelectorText.bound(
                selector, container: "body:where([data-page=\"\(slug)\"])", scope: ":where(\(mark), \(mark) *)")
        }
        return "\(selectors.joined(separator: ", ")) \(body)"
    }
}

extension Stylesheet.Rule {
    /// Whether it says something about one of the elements; an at-rule that holds no rules always does.
    fileprivate func matchesAny(of paths: [[HTMLElement]], names: Set<Substring>) -> Bool {
        if isGroup { return inner.contains { $0.matchesAny(of: paths, names: names) } }
        return selectors.isEmpty
            || selectors.contains { selector in
                selector.names.isSubset(of: names) && paths.contains { selector.matches($0) }
            }
    }
}

/// What decides between two rules for one element.
private struct RuleTerms {
    let weights: Set<SelectorWeight>
    let properties: [String]

    init(_ rule: Stylesheet.Rule) {
        weights = Self.weights(of: rule)
        properties = rule.declarations.map(\.name)
    }

    /// Whether the order of the two may decide: they weigh the same and set the same property.
    func contends(with other: RuleTerms) -> Bool {
        !weights.isDisjoint(with: other.weights)
            && other.properties.contains { name in
                properties.contains { StyleDeclaration.areRelated($0, name) }
            }
    }

    private static func weights(of rule: Stylesheet.Rule) -> Set<SelectorWeight> {
        if rule.isGroup { return Set(rule.inner.flatMap { weights(of: $0) }) }
        return Set(SelectorText.list(rule.parts.head).map { SelectorWeight($0) })
    }
}
