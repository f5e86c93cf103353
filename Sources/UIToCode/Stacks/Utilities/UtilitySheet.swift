// A site in rules → the same site in utility classes, looking the same to the pixel. The cascade is decided here: of every
// element that a page shows it is known which rules match it, so each gets exactly the declarations that win. Rules that
// cannot be decided here, because they ask for more than the tree tells or fall out differently for two uses of one
// component, stay rules, together with every rule that they could win or lose against.
//
//     rules → who matches whom → what stays (to a fixed point) → per element: winners → classes → stylesheet

/// Turns rules into classes.
struct UtilitySheet {
    /// The site in utility classes: `css` holds exactly those that are used, and the rules that had to stay.
    static func applied(to site: Site) -> Site {
        let tree = StyledTree(site)
        var sheet = UtilitySheet(site, tree)
        sheet.decide()
        return sheet.result(site)
    }

    // A rule and what it has to do with the elements.
    private struct Entry {
        var rule: StyleRule
        /// The page whose own rule it is; nil for rules of the whole site.
        var page: String?
        /// Elements, by number, that match it in some place.
        var matched: Set<Int> = []
        /// Whether it matches each of them in every place.
        var isUniform = true
        /// Whether it is of the root or of all elements alike: it stays, and yields to every class.
        var isBase = false
        var stays = false
    }

    // A declaration on its way to an element.
    private struct Claim {
        var declaration: CSSDeclaration
        /// The entry; nil for the element's own style.
        var entry: Int?
        var priority: (specificity: Int, order: Int)
    }

    // What holds for a class: states, media, and the part of the element.
    private struct Condition: Hashable {
        var media: [String] = []
        var states: [String] = []
        var part: String?

        /// As prefixes of a class, outermost first.
        var variants: [String] {
            media.map {
                "[\(UtilityClass.escaped($0.replacing(": ", with: ":").replacing("@media ", with: "@media_")))]"
            }
                + states + (part.map { [$0] } ?? [])
        }
    }

    private let tree: StyledTree
    private var entries: [Entry] = []
    // What is no rule: where it stood among the entries, its text, and the page whose it is.
    private var others: [(place: Int, text: String, page: String?)] = []
    private let usesScale: Bool
    // By element: its classes, and whether its own style stays.
    private var classes: [Int: [(UtilityClass, Condition)]] = [:]
    private var keepsStyle: Set<Int> = []

    private init(_ site: Site, _ tree: StyledTree) {
        self.tree = tree
        var entries: [Entry] = []
        var others: [(place: Int, text: String, page: String?)] = []
        func add(_ css: String, page: String?) {
            for item in StyleRule.list(css) {
                switch item {
                case .rule(let rule): entries.append(Entry(rule: rule, page: page))
                case .other(let text): others.append((entries.count, text, page))
                }
            }
        }
        add(site.css, page: nil)
        for page in site.pages { add(page.css, page: page.slug) }
        usesScale = !entries.contains { entry in
            entry.rule.selector.isOfRoot
                && entry.rule.declarations.contains { ["font", "font-size"].contains($0.property) }
        }
        for index in entries.indices { Self.match(&entries[index], tree) }
        self.entries = entries
        self.others = others
    }

    private static func match(_ entry: inout Entry, _ tree: StyledTree) {
        let selector = entry.rule.selector
        entry.isBase = selector.isOfRoot || selector.isUniversal && entry.rule.media.isEmpty
        entry.stays =
            entry.isBase || !selector.isExact || entry.rule.declarations.contains(where: \.isImportant)
            || selector.states.count > 1 || entry.rule.media.contains { !$0.hasPrefix("@media") }
        guard !entry.isBase else { return }
        for (number, places) in tree.places.enumerated() {
            let matching = places.count { place in
                (entry.page == nil || entry.page == place.page) && selector.matches(place.element)
            }
            guard matching > 0 else { continue }
            entry.matched.insert(number)
            if matching < places.count || tree.definitions[number].hasOpenClass { entry.isUniform = false }
        }
        if !entry.isUniform { entry.stays = true }
    }

    // MARK: What stays

    private mutating func decide() {
        repeat { spread() } while !assign()
    }

    // Rules that touch what a staying rule touches stay with it.
    private mutating func spread() {
        var byElement: [Int: [Int]] = [:]
        for (index, entry) in entries.enumerated() where !entry.isBase {
            for number in entry.matched { byElement[number, default: []].append(index) }
        }
        var open = entries.indices.filter { entries[$0].stays && !entries[$0].isBase }
        while let index = open.popLast() {
            for other in Set(entries[index].matched.flatMap { byElement[$0] ?? [] }) where !entries[other].stays {
                guard touches(entries[index], entries[other]) else { continue }
                entries[other].stays = true
                open.append(other)
            }
        }
    }

    private func touches(_ one: Entry, _ other: Entry) -> Bool {
        guard one.rule.selector.part == other.rule.selector.part else { return false }
        return one.rule.declarations.contains { first in
            other.rule.declarations.contains { Shorthand.overlaps(first.property, $0.property) }
        }
    }

    // Gives every element its classes; false when a rule was found that must stay.
    private mutating func assign() -> Bool {
        classes = [:]
        keepsStyle = []
        for number in tree.definitions.indices {
            if let entry = assign(number) {
                entries[entry].stays = true
                return false
            }
        }
        return true
    }

    // - Returns: a rule that classes cannot say, which must stay.
    private mutating func assign(_ number: Int) -> Int? {
        var claims: [Condition: [Claim]] = [:]
        for (index, entry) in entries.enumerated() where !entry.stays && entry.matched.contains(number) {
            let selector = entry.rule.selector
            let condition = Condition(media: entry.rule.media, states: selector.states, part: selector.part)
            for declaration in entry.rule.declarations {
                claims[condition, default: []].append(
                    Claim(declaration: declaration, entry: index, priority: (selector.specificity, index)))
            }
        }
        addStyle(of: number, to: &claims)
        let winners = claims.mapValues { Self.winners($0) }
        var own: [(UtilityClass, Condition)] = []
        for (condition, claims) in winners {
            for claim in claims {
                let rivals = winners.filter { $0.key != condition && $0.key.part == condition.part }
                if let verdict = verdict(of: claim, under: condition, among: rivals) {
                    if verdict { return claim.entry }
                    continue
                }
                let utility = UtilityClass(claim.declaration, usesScale: usesScale)
                own.append((utility.under(condition.variants), condition))
            }
            if let misplaced = Self.misplaced(claims) { return misplaced }
        }
        classes[number] = own
        return nil
    }

    private mutating func addStyle(of number: Int, to claims: inout [Condition: [Claim]]) {
        let definition = tree.definitions[number]
        guard let style = definition.style, !definition.hasOpenClass else { return }
        let declarations = CSSDeclaration.list(style)
        let isContested = entries.contains { entry in
            entry.stays && !entry.isBase && entry.matched.contains(number)
                && entry.rule.declarations.contains { first in
                    declarations.contains { Shorthand.overlaps(first.property, $0.property) }
                }
        }
        guard !isContested, !declarations.contains(where: \.isImportant) else {
            keepsStyle.insert(number)
            return
        }
        for declaration in declarations {
            claims[Condition(), default: []].append(
                Claim(declaration: declaration, entry: nil, priority: (.max, entries.count)))
        }
    }

    // What is left of claims under one condition, the weakest first.
    private static func winners(_ claims: [Claim]) -> [Claim] {
        var kept: [Claim] = []
        for (_, claim) in claims.enumerated().sorted(by: { one, other in
            one.element.priority == other.element.priority
                ? one.offset < other.offset : one.element.priority < other.element.priority
        }) {
            kept.removeAll { Shorthand.covers(claim.declaration.property, $0.declaration.property) }
            kept += UtilityClass.parts(of: claim.declaration).map { part in
                Claim(declaration: part, entry: claim.entry, priority: claim.priority)
            }
        }
        return kept
    }

    // What becomes of a claim beside those under other conditions: nil when it counts, false when it never shows, true when
    // its rule must stay. Classes under a condition stand behind those that hold always.
    private func verdict(of claim: Claim, under condition: Condition, among rivals: [Condition: [Claim]]) -> Bool? {
        for (other, claims) in rivals {
            for rival in claims
            where Shorthand.overlaps(claim.declaration.property, rival.declaration.property)
                && claim.entry != rival.entry
            {
                let isAlways = other.media.isEmpty && other.states.isEmpty
                let isOwnAlways = condition.media.isEmpty && condition.states.isEmpty
                if isOwnAlways { continue }  // told from the rival's side
                guard isAlways else { return true }
                guard rival.priority > claim.priority else { continue }
                return !Shorthand.covers(rival.declaration.property, claim.declaration.property)
            }
        }
        return nil
    }

    // The stylesheet has broad properties before narrow ones. A winner that this would turn round must stay a rule.
    private static func misplaced(_ claims: [Claim]) -> Int? {
        for (index, later) in claims.enumerated() {
            for earlier in claims[..<index]
            where Shorthand.overlaps(earlier.declaration.property, later.declaration.property)
                && !(breadth(earlier.declaration.property) > breadth(later.declaration.property))
            {
                if let entry = later.entry ?? earlier.entry { return entry }
            }
        }
        return nil
    }

    private static func breadth(_ property: String) -> Int { Shorthand.parts(of: property).count }

    // MARK: The site anew

    private func result(_ site: Site) -> Site {
        let kept = keptNames
        var used: [UtilityClass: Condition] = [:]
        for (number, definition) in tree.definitions.enumerated() {
            let own = (classes[number] ?? []).sorted { Self.precedes($0, $1) }
            var names: [String] = definition.classes.filter { kept.contains($0) }
            for (utility, condition) in own where !names.contains(utility.name) {
                names.append(utility.name)
                used[utility] = condition
            }
            definition.setClasses(names, keepsStyle: keepsStyle.contains(number))
        }
        var result = tree.site(site)
        result.css = ([staying(page: nil)] + Self.texts(of: used)).filter { !$0.isEmpty }.joined(separator: "\n")
        for index in result.pages.indices { result.pages[index].css = staying(page: result.pages[index].slug) }
        return result
    }

    // Classes that staying rules ask for.
    private var keptNames: Set<String> {
        var names: Set<String> = []
        let words = { (text: String) in
            text.split { !($0.isLetter || $0.isNumber || "-_".contains($0)) }.map(String.init)
        }
        for other in others { names.formUnion(words(other.text)) }
        for entry in entries where entry.stays {
            for compound in entry.rule.selector.compounds {
                for case .hasClass(let name) in compound.tests { names.insert(name) }
            }
            // Of a selector that is not understood every word may be a class.
            guard !entry.rule.selector.isExact else { continue }
            names.formUnion(words(entry.rule.selector.text))
        }
        return names
    }

    private func staying(page: String?) -> String {
        var texts: [String] = []
        for place in 0...entries.count {
            texts += others.filter { $0.place == place && $0.page == page }.map(\.text)
            if place < entries.count, entries[place].stays, entries[place].page == page {
                texts.append(entries[place].rule.text)
            }
        }
        return texts.joined(separator: "\n")
    }

    private static func precedes(_ one: (UtilityClass, Condition), _ other: (UtilityClass, Condition)) -> Bool {
        key(one.0, one.1) < key(other.0, other.1)
    }

    // Always before sometimes, broad before narrow, then by name.
    private static func key(_ utility: UtilityClass, _ condition: Condition) -> (Int, Int, String, String) {
        let rank = (condition.media.isEmpty ? 0 : 2) + (condition.states.isEmpty ? 0 : 1)
        return (rank, -breadth(utility.property), utility.property, utility.name)
    }

    private static func texts(of used: [UtilityClass: Condition]) -> [String] {
        var seen: Set<String> = []
        return used.sorted { precedes(($0.key, $0.value), ($1.key, $1.value)) }.compactMap { utility, condition in
            guard seen.insert(utility.name).inserted else { return nil }
            let states = condition.states.map { ":" + $0 }.joined() + (condition.part.map { "::" + $0 } ?? "")
            let rule = ".\(escaped(utility.name))\(states) { \(utility.property): \(utility.value); }"
            return condition.media.reversed().reduce(rule) { "\($1) { \($0) }" }
        }
    }

    // A class as a selector writes it.
    private static func escaped(_ name: String) -> String {
        var text = ""
        for (index, character) in name.enumerated() {
            if index == 0, character.isNumber {
                text += "\\3\(character) "
            } else if character.isASCII, !(character.isLetter || character.isNumber || "-_".contains(character)) {
                text += "\\\(character)"
            } else {
                text.append(character)
            }
        }
        return text
    }
}
