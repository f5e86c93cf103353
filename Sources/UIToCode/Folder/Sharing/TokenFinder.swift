// The names of a site's values. Values that recur over the pages become tokens; such that nobody can tell apart become
// one, the one used most. Colours are named by what they are for where that is clear (the ground of the pages, their
// text, surfaces, lines, the colour of what one presses), else numbered, as all other kinds are, by size.
import Render

/// Finds and names the values that recur, and writes them by name.
struct TokenFinder {
    private struct Found {
        var value: StyleValue
        var uses: Int
    }

    /// The tokens; `uses` as found in the pages as converted, before rules are shared.
    private(set) var tokens: [DesignToken] = []
    private var names: [StyleValue: String] = [:]

    /// Looks through rules and style attributes of all pages.
    init(_ pages: [PageDraft]) {
        var counts: [StyleValue: Int] = [:]
        var order: [StyleValue] = []
        for (declaration, count) in Self.counted(pages) {
            for value in declaration.values where value.kind != nil {
                if counts[value] == nil { order.append(value) }
                counts[value, default: 0] += count
            }
        }
        let found = order.enumerated().map { (Found(value: $1, uses: counts[$1] ?? 0), $0) }
            .sorted { ($1.0.uses, $0.1) < ($0.0.uses, $1.1) }.map { $0.0 }
        var families: [[Found]] = []
        for value in found {
            if let index = families.firstIndex(where: { $0[0].value.isLike(value.value) }) {
                families[index].append(value)
            } else {
                families.append([value])
            }
        }
        let recurring = families.filter { $0.reduce(0) { $0 + $1.uses } > 1 }
        let roles = ColourRoles(pages, colours: recurring.compactMap { $0[0].value.colour })
        var taken = Self.customProperties(of: pages)
        for kind in DesignToken.Kind.allCases {
            let own = recurring.filter { $0[0].value.kind == kind }
            let ordered =
                kind == .colour || kind == .shadow || kind == .fontFamily
                ? own
                : own.sorted {
                    Self.pixels($0[0].value) < Self.pixels($1[0].value)
                }
            var number = 0
            for family in ordered {
                var name = roles.name(of: family[0].value)
                while name.map({ taken.contains($0) }) ?? true {
                    number += 1
                    name = "\(kind.rawValue)-\(number)"
                }
                guard let name else { continue }
                taken.insert(name)
                tokens.append(
                    DesignToken(
                        name: name, kind: kind, value: family[0].value.css, uses: family.reduce(0) { $0 + $1.uses }))
                for member in family { names[member.value] = name }
            }
        }
    }

    // Every declaration once, in the order they are first met, with how often it stands there.
    private static func counted(_ pages: [PageDraft]) -> [(StyleDeclaration, Int)] {
        var counts: [StyleDeclaration: Int] = [:]
        var order: [StyleDeclaration] = []
        for declaration in pages.flatMap(\.declarations) {
            if counts[declaration] == nil { order.append(declaration) }
            counts[declaration, default: 0] += 1
        }
        return order.map { ($0, counts[$0] ?? 0) }
    }

    /// The declaration with every token's value by its name.
    func named(_ declaration: StyleDeclaration) -> StyleDeclaration {
        declaration.mapping { value in names[value].map { "var(--\($0))" } }
    }

    // MARK: Names

    // Custom properties of the pages' own: a token of such a name would change them.
    private static func customProperties(of pages: [PageDraft]) -> Set<String> {
        Set(pages.flatMap(\.declarations).filter { $0.name.hasPrefix("--") }.map { String($0.name.dropFirst(2)) })
    }

    private static func pixels(_ value: StyleValue) -> Double {
        guard case .length(_, let number, let unit) = value else { return 0 }
        return number * (["px": 1, "rem": 16, "em": 14][unit] ?? 1)
    }
}

extension StyleValue {
    var colour: StyleColour? {
        if case .colour(let colour) = self { colour } else { nil }
    }
}

extension PageDraft {
    /// Every declaration of its rules and style attributes.
    var declarations: [StyleDeclaration] {
        rules.flatMap(\.declarations)
            + body.all.flatMap { node in node["style"].map { StyleText.declarations(ofAttribute: $0) } ?? [] }
    }

    /// Writes every declaration anew.
    ///
    /// - Parameter known: rules that were written anew before, by their old text.
    mutating func mapDeclarations(
        known: inout [String: Stylesheet.Rule], _ change: (StyleDeclaration) -> StyleDeclaration
    ) {
        rules = rules.map { rule in
            if let done = known[rule.text] { return done }
            let done = rule.mapping(change)
            known[rule.text] = done
            return done
        }
        for node in body.all {
            guard let style = node["style"] else { continue }
            let before = StyleText.declarations(ofAttribute: style)
            let after = before.map(change)
            if after != before { node.set("style", StyleText.attribute(after)) }
        }
    }
}

/// What colours are for, by where the pages' rules use them: each declaration counts once a page.
private struct ColourRoles {
    private var names: [StyleColour: String] = [:]

    /// - Parameter colours: those to be named; others close to them count for them.
    init(_ pages: [PageDraft], colours: [StyleColour]) {
        var grounds: [StyleColour: Int] = [:]
        var texts: [StyleColour: Int] = [:]
        var backgrounds: [StyleColour: Int] = [:]
        var inks: [StyleColour: Int] = [:]
        var lines: [StyleColour: Int] = [:]
        func note(_ declaration: StyleDeclaration, ofBody isBody: Bool = false) {
            for found in declaration.values.compactMap(\.colour) {
                guard let colour = colours.first(where: { $0.isLike(found) }) else { continue }
                switch declaration.name {
                case "background", "background-color":
                    if isBody { grounds[colour, default: 0] += 1 } else { backgrounds[colour, default: 0] += 1 }
                case "color":
                    if isBody { texts[colour, default: 0] += 1 } else { inks[colour, default: 0] += 1 }
                case let name where name.hasPrefix("border"): lines[colour, default: 0] += 1
                default: break
                }
            }
        }
        for page in pages {
            for declaration in Self.ofBody(page) { note(declaration, ofBody: true) }
            for declaration in Set(page.declarations) { note(declaration) }
        }
        let isGrey: (StyleColour) -> Bool = { $0.spread <= 40 && $0.alpha == 1 }
        let isVivid: (StyleColour) -> Bool = { $0.spread >= 80 && $0.alpha == 1 }
        assign("color-background", grounds, colours) { _ in true }
        assign("color-text", texts, colours) { _ in true }
        assign("color-surface", backgrounds, colours, where: isGrey)
        assign("color-border", lines, colours, where: isGrey)
        assign("color-text-muted", inks, colours, where: isGrey)
        assign("color-primary", backgrounds, colours, where: isVivid)
        assign("color-accent", inks, colours, where: isVivid)
    }

    // The background and the colour that the body of a page has in the end.
    private static func ofBody(_ page: PageDraft) -> [StyleDeclaration] {
        var winners: [String: (weight: SelectorWeight, declaration: StyleDeclaration)] = [:]
        func consider(_ declaration: StyleDeclaration, _ weight: SelectorWeight) {
            let part = declaration.name == "background-color" ? "background" : declaration.name
            guard ["background", "color"].contains(part) else { return }
            if let known = winners[part], weight < known.weight { return }
            winners[part] = (weight, declaration)
        }
        for rule in page.rules {
            for (selector, text) in zip(rule.selectors, SelectorText.list(rule.parts.head))
            where selector.matches([page.body.shell]) {
                for declaration in rule.declarations { consider(declaration, SelectorWeight(text)) }
            }
        }
        for declaration in page.body["style"].map({ StyleText.declarations(ofAttribute: $0) }) ?? [] {
            consider(declaration, SelectorWeight("#inline#style"))
        }
        return ["background", "color"].compactMap { winners[$0]?.declaration }
    }

    func name(of value: StyleValue) -> String? { value.colour.flatMap { names[$0] } }

    // The most used colour of a kind that has no name yet, the first of equals.
    private mutating func assign(
        _ name: String, _ counts: [StyleColour: Int], _ colours: [StyleColour], where isKind: (StyleColour) -> Bool
    ) {
        let free = colours.enumerated().filter { names[$1] == nil && isKind($1) && counts[$1, default: 0] > 0 }
        let most = free.max {
            (counts[$0.element, default: 0], $1.offset) < (counts[$1.element, default: 0], $0.offset)
        }
        if let most { names[most.element] = name }
    }
}
