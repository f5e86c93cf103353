// Pages that are put together of blocks number their classes: `part-3` is another thing on every page. Over a whole site
// each such name means one thing, and one thing has one name, so that pages can be compared and written alike.

/// Gives the numbered classes of blocks one meaning over all pages.
struct BlockClasses {
    private struct Meaning: Hashable {
        let prefix: String
        /// Every rule that names the class, with the class left open.
        let rules: [String]
    }

    private var names: [Meaning: String] = [:]
    private var taken: Set<String> = []
    // The highest number given out so far, by any page or here.
    private var last: [String: Int] = [:]

    /// Renames the classes of all pages, in their order; what is met first keeps its name.
    static func settle(_ pages: inout [PageDraft]) {
        var classes = BlockClasses()
        for name in pages.flatMap({ $0.rules.flatMap(names) }) {
            guard let prefix = prefix(of: name), let number = Int(name.dropFirst(prefix.count)) else { continue }
            classes.last[prefix] = max(number, classes.last[prefix, default: 0])
        }
        for index in pages.indices { classes.settle(&pages[index]) }
    }

    private mutating func settle(_ page: inout PageDraft) {
        var rules: [String: [String]] = [:]
        for rule in page.rules {
            for name in Set(Self.names(in: rule)) {
                rules[name, default: []].append(Self.renamed(rule) { $0 == name ? "" : $0 }.text)
            }
        }
        var renamed: [String: String] = [:]
        for name in rules.keys.sorted() {
            let meaning = Meaning(prefix: Self.prefix(of: name) ?? name, rules: rules[name] ?? [])
            renamed[name] = self.name(for: meaning, wanted: name)
        }
        guard renamed.contains(where: { $0 != $1 }) else { return }
        page.rules = page.rules.map { rule in
            Self.names(in: rule).isEmpty ? rule : Self.renamed(rule) { renamed[$0] ?? $0 }
        }
        for node in page.body.all where node.classes.contains(where: { renamed[String($0)] != nil }) {
            node.set("class", node.classes.map { renamed[String($0)] ?? String($0) }.joined(separator: " "))
        }
    }

    private mutating func name(for meaning: Meaning, wanted: String) -> String {
        if let known = names[meaning] { return known }
        var name = wanted
        while !taken.insert(name).inserted {
            let number = last[meaning.prefix, default: 0] + 1
            last[meaning.prefix] = number
            name = "\(meaning.prefix)\(number)"
        }
        names[meaning] = name
        return name
    }

    // MARK: Names

    // `part-`, `x-block-`; nil for a class that is not numbered by blocks.
    private static func prefix(of name: some StringProtocol) -> String? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let number = name[name.index(after: dash)...]
        var stem = name[..<dash]
        while stem.hasPrefix("x-") { stem = stem.dropFirst(2) }
        guard !number.isEmpty, number.allSatisfy(\.isNumber), ["part", "block", "kind"].contains(String(stem)) else {
            return nil
        }
        return String(name[...dash])
    }

    private static func names(in rule: Stylesheet.Rule) -> [String] {
        if rule.isGroup { return rule.inner.flatMap { names(in: $0) } }
        var found: [String] = []
        _ = replaced(in: rule.parts.head) {
            found.append($0)
            return $0
        }
        return found
    }

    private static func renamed(_ rule: Stylesheet.Rule, _ change: (String) -> String) -> Stylesheet.Rule {
        let (head, body) = rule.parts
        let text =
            rule.isGroup
            ? "\(head) { \(rule.inner.map { renamed($0, change).text }.joined(separator: " ")) }"
            : "\(replaced(in: head, change)) \(body)"
        return Stylesheet(text).rules.first ?? rule
    }

    // A head with each numbered class given another name.
    private static func replaced(in head: String, _ change: (String) -> String) -> String {
        var result = ""
        var rest = head[...]
        while let dot = rest.firstIndex(of: ".") {
            let start = rest.index(after: dot)
            let name = rest[start...].prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            result += rest[..<start]
            result += prefix(of: name) == nil ? String(name) : change(String(name))
            rest = rest[name.endIndex...]
        }
        return result + rest
    }
}
