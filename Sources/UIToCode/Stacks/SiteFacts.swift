// What templates can ask for: facts about the site, and about the page or component that a file is for. `Templates/README.md`
// lists them for people.

/// The facts of a site in a stack.
struct SiteFacts {
    private let site: Site
    private let stack: StackTemplate
    private let names: SiteNames
    private let writer: MarkupWriter
    private let surroundings: [String: [HTMLElement]]
    private let styles: (shared: String, pages: [String: String])

    init(_ site: Site, _ stack: StackTemplate, isSingle: Bool) {
        self.site = site
        self.stack = stack
        names = SiteNames(site)
        let pages = stack.files.first { $0.subject == .page }
        let page = (isSingle ? pages?.singlePath : nil) ?? pages?.path ?? ""
        let root = StackTemplate.root(of: page)
        let addresses = SiteAddresses(
            site, asset: stack.assetAddress.replacing("ROOT", with: root),
            styleAsset: stack.styleAssetAddress.replacing("ROOT", with: root), link: stack.syntax.link)
        writer = MarkupWriter(site, syntax: stack.syntax, names: names, addresses: addresses)
        surroundings = writer.surroundings(of: site)
        let css = [TokensFile.css(site.tokens), site.css].map(\.trimmed).filter { !$0.isEmpty }
        let shared = SiteAddresses(
            site, asset: "", styleAsset: stack.styleAssetAddress.replacing("ROOT", with: ""), link: "")
        styles = (
            Self.mounted(shared.style(css.joined(separator: "\n\n")), stack.mount),
            Dictionary(
                site.pages.map { ($0.slug, Self.mounted(addresses.style($0.css.trimmed), stack.mount)) }
            ) { first, _ in first }
        )
    }

    /// What a rule makes files of: words for the path, and facts of each one's own.
    func subjects(
        of rule: StackTemplate.FileRule
    ) -> [(words: [(String, String)], facts: [String: TemplateFact])] {
        switch rule.subject {
        case .site: return [([], [:])]
        case .page:
            return site.pages.map { page in
                ([("SLUG", page.slug), ("NAME", names.pages[page.slug] ?? "")], facts(of: page, indent: rule.indent))
            }
        case .component:
            return site.components.filter { !$0.isGiven }.map { component in
                let name = names.components[component.name]
                return (
                    [("SLUG", name?.tag ?? ""), ("NAME", name?.identifier ?? "")],
                    facts(of: component, indent: rule.indent)
                )
            }
        }
    }

    /// What every template of a rule can ask for, but `root`.
    func site(for rule: StackTemplate.FileRule) -> [String: TemplateFact] {
        let own = site.components.filter { !$0.isGiven }
        let pageStyles = site.pages.compactMap { styles.pages[$0.slug] }.filter { !$0.isEmpty }
        return [
            "siteName": .text(site.name),
            "siteNameJSON": .text(ScriptText.quoted(site.name)),
            "packageName": .text(SiteNames.kebab(site.name).isEmpty ? "site" : SiteNames.kebab(site.name)),
            "css": .text(styles.shared),
            "pagesCSS": .text(pageStyles.joined(separator: "\n\n")),
            "hasPagesCSS": .flag(!pageStyles.isEmpty),
            "tokensJSON": .text(TokensFile.text(site.tokens)),
            "pages": .list(site.pages.map(identity)),
            "components": .list(
                own.map { rule.subject == .site ? facts(of: $0, indent: rule.indent) : identity(of: $0) }),
            "hasComponents": .flag(!own.isEmpty),
            "givenComponents": .list(site.components.filter(\.isGiven).map(identity)),
            "hasGivenComponents": .flag(own.count < site.components.count),
        ]
    }

    // What a page is called and opens with.
    private func identity(of page: SitePage) -> [String: TemplateFact] {
        let members = page.attributes.map { attribute in
            guard case .plain(let value) = attribute.value else { return ScriptText.quoted(attribute.name) + ": \"\"" }
            return ScriptText.quoted(attribute.name) + ": " + ScriptText.quoted(HTMLText.unescaped(value))
        }
        return [
            "slug": .text(page.slug),
            "name": .text(names.pages[page.slug] ?? ""),
            "title": .text(page.title),
            "titleJSON": .text(ScriptText.quoted(page.title)),
            "design": .text(page.design),
            "bodyAttributes": .text(writer.attributes(page.attributes, of: "body")),
            "bodyJSON": .text("{ \(members.joined(separator: ", ")) }"),
        ]
    }

    private func facts(of page: SitePage, indent: Int) -> [String: TemplateFact] {
        let css = styles.pages[page.slug] ?? ""
        let own: [String: TemplateFact] = [
            "markup": .text(writer.markup(of: page, indent: indent)),
            "imports": imports(page.children),
            "usesComponents": .flag(!Self.uses(page.children).isEmpty),
            "pageCSS": .text(css),
            "hasPageCSS": .flag(!css.isEmpty),
        ]
        return identity(of: page).merging(own) { $1 }
    }

    // What a component is called and takes.
    private func identity(of component: SiteComponent) -> [String: TemplateFact] {
        let name = names.components[component.name]
        let properties = component.properties.map { property in
            let identifier = name?.properties[property] ?? property
            let attribute = SiteNames.kebab(property)
            return [
                "property": TemplateFact.text(identifier), "attribute": .text(attribute),
                "attributeJSON": .text(ScriptText.quoted(attribute)),
            ]
        }
        return [
            "name": .text(name?.identifier ?? ""),
            "tag": .text(name?.tag ?? ""),
            "tagJSON": .text(ScriptText.quoted(name?.tag ?? "")),
            "uses": .text(String(component.uses)),
            "properties": .list(properties),
            "hasProperties": .flag(!properties.isEmpty),
        ]
    }

    private func facts(of component: SiteComponent, indent: Int) -> [String: TemplateFact] {
        let uses = Self.uses([.element(component.root)])
        let markup = writer.markup(of: component, above: surroundings[component.name] ?? [], indent: indent)
        let own: [String: TemplateFact] = [
            "markup": .text(markup),
            "markupLiteral": .text(ScriptText.template(markup)),
            "imports": imports([.element(component.root)]),
            "usesComponents": .flag(!uses.isEmpty),
            "hasScript": .flag(!uses.isEmpty || !component.properties.isEmpty),
        ]
        return identity(of: component).merging(own) { $1 }
    }

    // The components that nodes use themselves, by name.
    private func imports(_ nodes: [SiteNode]) -> TemplateFact {
        .list(
            Self.uses(nodes).sorted().compactMap { used in
                names.components[used].map { ["component": .text($0.identifier), "componentTag": .text($0.tag)] }
            })
    }

    private static func uses(_ nodes: [SiteNode]) -> Set<String> {
        nodes.reduce(into: []) { found, node in
            switch node {
            case .text: break
            case .use(let use): found.insert(use.component)
            case .element(let element): found.formUnion(uses(element.children))
            }
        }
    }

    // Children of the body are one level further down where something is mounted between.
    private static func mounted(_ css: String, _ mount: String?) -> String {
        guard let mount else { return css }
        var result = ""
        var rest = css[...]
        while let found = rest.firstRange(of: "body") {
            let before = rest[..<found.lowerBound].last ?? result.last
            let isTag = before.map { !($0.isLetter || $0.isNumber || ".#-_[\"'=:".contains($0)) } ?? true
            result += rest[..<found.upperBound]
            rest = rest[found.upperBound...]
            guard isTag else { continue }
            let compound = rest.prefix { !$0.isWhitespace && !">{},+~;".contains($0) }
            let behind = rest[compound.endIndex...].drop { $0.isWhitespace }
            guard behind.first == ">" else { continue }
            result += compound + " > " + mount + " >"
            rest = behind.dropFirst()
        }
        return result + rest
    }
}
