// The style rules of many pages as one sheet. A rule that changes nothing in the pages that lack it stands there once,
// as it is; every other rule is bound to the blocks it came from. In every block its own rules keep their order and
// their weight, so that two pages may use one class name for two things.

/// The style rules of several pages put together.
struct BlockStyles {
    private struct Entry {
        var rule: Stylesheet.Rule
        var sheet: Stylesheet
        var owners: Set<Int>
    }

    private let container: String
    private let scopes: [Scope]
    private var entries: [Entry] = []

    /// Blocks that share their rules: one block, or all of one kind.
    struct Scope {
        /// The class that only these blocks' containers have.
        var name: String
        var bodies: [HTMLElement]
        var rules: [Stylesheet.Rule]
    }

    /// Puts the rules of `scopes` in one order: each once where the scopes agree.
    ///
    /// - Parameter container: the class of every block's container.
    init(_ scopes: [Scope], container: String) {
        self.container = container
        self.scopes = scopes
        if let order = RuleOrder.common(scopes.map { $0.rules.map(\.text) }) {
            take(in: order)
        } else {
            for number in scopes.indices { add(number) }
        }
    }

    /// The sheet, one rule a line, and the names of the scopes that it mentions.
    var sheet: (lines: [String], names: Set<String>) {
        var lines: [String] = []
        var names: Set<String> = []
        for entry in entries {
            let isShared = scopes.indices.allSatisfy { entry.owners.contains($0) || !affects(entry, scopes[$0]) }
            let owners = isShared ? [] : entry.owners.sorted().map { scopes[$0].name }
            names.formUnion(owners)
            lines.append(bound(entry.rule, to: owners))
        }
        return (lines, names)
    }

    // MARK: Order

    // All rules in an order that every scope keeps.
    private mutating func take(in order: [String]) {
        var owners: [String: Set<Int>] = [:]
        for number in scopes.indices {
            for rule in scopes[number].rules { owners[rule.text, default: []].insert(number) }
        }
        let rules = Dictionary(scopes.flatMap(\.rules).map { ($0.text, $0) }) { first, _ in first }
        entries = order.compactMap { text in
            rules[text].map { Entry(rule: $0, sheet: Stylesheet(text), owners: owners[text, default: []]) }
        }
    }

    // Where scopes contradict each other: a scope's rules among those of the scopes before, as far as they fit; what
    // does not stands there again.
    private mutating func add(_ number: Int) {
        var position = 0
        for rule in scopes[number].rules {
            if let found = entries[position...].firstIndex(where: { $0.rule.text == rule.text }) {
                entries[found].owners.insert(number)
                position = found + 1
            } else {
                entries.insert(Entry(rule: rule, sheet: Stylesheet(rule.text), owners: [number]), at: position)
                position += 1
            }
        }
    }

    private func affects(_ entry: Entry, _ scope: Scope) -> Bool {
        scope.bodies.contains { !entry.sheet.rules(usedBy: $0).isEmpty }
    }

    // MARK: Text

    private func bound(_ rule: Stylesheet.Rule, to names: [String]) -> String {
        let (head, body) = rule.parts
        if rule.selectors.isEmpty {
            let isGroup = ["@media", "@supports", "@container", "@layer"].contains { head.hasPrefix($0) }
            guard isGroup else { return rule.text }
            let inner = Stylesheet(String(body.dropFirst().dropLast())).rules.map { bound($0, to: names) }
            return "\(head) { \(inner.joined(separator: " ")) }"
        }
        let classes = names.map { ".\($0)" }
        let container = "div:where(\(classes.isEmpty ? ".\(container)" : classes.joined(separator: ", ")))"
        let scope = names.isEmpty ? nil : ":where(\(classes.flatMap { [$0, "\($0) *"] }.joined(separator: ", ")))"
        let selectors = SelectorText.list(head).map { SelectorText.bound($0, container: container, scope: scope) }
        return "\(selectors.joined(separator: ", ")) \(body)"
    }
}
