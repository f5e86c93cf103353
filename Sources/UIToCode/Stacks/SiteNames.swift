// What pages, components and properties are called in files: names are words, which each stack joins in its own way, and
// none may be one that a language keeps for itself.

/// Names within one site.
struct SiteNames: Sendable {
    /// How a component is called.
    struct Component: Sendable {
        /// `ProductCard`: file name and tag in stacks that know components.
        var identifier: String
        /// `product-card`: a custom element's name, which has a hyphen.
        var tag: String
        /// Property → identifier of a script.
        var properties: [String: String]
    }

    /// By `SiteComponent.name`.
    private(set) var components: [String: Component] = [:]
    /// By `SitePage.slug`: `SignInPage`.
    private(set) var pages: [String: String] = [:]

    /// Names everything in a site; what is the user's own keeps its name.
    init(_ site: Site) {
        var identifiers: Set<String> = []
        var tags: Set<String> = []
        // Names of the user's own list are not changed, so they come first.
        for component in site.components.filter(\.isGiven) + site.components.filter({ !$0.isGiven }) {
            let isGiven = component.isGiven
            let identifier = isGiven ? component.name : Self.unique(Self.identifier(component.name), in: identifiers)
            identifiers.insert(identifier)
            let words = Self.kebab(component.name)
            let tag = Self.unique(words.contains("-") ? words : "ui-" + words, in: tags)
            tags.insert(tag)
            var properties: [String: String] = [:]
            for property in component.properties {
                let name = isGiven ? property : Self.unique(Self.property(property), in: Set(properties.values))
                properties[property] = name
            }
            components[component.name] = Component(identifier: identifier, tag: tag, properties: properties)
        }
        for page in site.pages {
            let name = Self.unique(Self.identifier(page.slug) + "Page", in: identifiers)
            identifiers.insert(name)
            pages[page.slug] = name
        }
    }

    private static func unique(_ name: String, in taken: Set<String>) -> String {
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name)\(number)") { number += 1 }
        return "\(name)\(number)"
    }

    /// `product-card`, `ProductCard`, `product_card` → `product-card`.
    static func kebab(_ name: String) -> String { words(name).joined(separator: "-") }

    /// `product-card` → `ProductCard`; begins with a letter.
    static func identifier(_ name: String) -> String {
        let name = words(name).map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return name.first?.isLetter == true ? name : "Part" + name
    }

    /// `sub-title` → `subTitle`, and no word that a script or a framework keeps for itself.
    static func property(_ name: String) -> String {
        let name = identifier(name)
        let property = name.prefix(1).lowercased() + name.dropFirst()
        return reserved.contains(property) ? property + "Value" : property
    }

    // Lower-case words of ASCII letters and digits.
    private static func words(_ name: String) -> [String] {
        var words: [String] = []
        var wasLower = false
        for character in name {
            let isWord = character.isASCII && (character.isLetter || character.isNumber)
            if !isWord || words.isEmpty || (character.isUppercase && wasLower) { words.append("") }
            if isWord { words[words.count - 1] += character.lowercased() }
            wasLower = isWord && !character.isUppercase
        }
        return words.filter { !$0.isEmpty }
    }

    // Words of ECMAScript, and names that React, Vue, Svelte or HTML give a meaning on every element.
    private static let reserved: Set<String> = [
        "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete",
        "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function", "if", "implements",
        "import", "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public",
        "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void",
        "while", "with", "yield", "children", "id", "is", "key", "props", "ref", "slot", "style",
    ]
}
