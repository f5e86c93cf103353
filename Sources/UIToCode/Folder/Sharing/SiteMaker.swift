// Many converted pages → one site. In this order, each step on what the one before left:
//
//     pages       taken apart into trees and rules; what their designs show at each element
//     assets      pictures by content
//     classes     names that every page numbers for itself mean one thing
//     tokens      values that recur get names
//     unifying    what looks the same gets one form
//     links       what says a page's name leads there
//     styles      rules that all pages share, and each page's own
//     components  regions that recur are written once
//
// Every page keeps its words in their order and its look: only what the pixels prove to be the same is written anew.
import Media
import Render

/// Makes a site of pages.
///
///     let (site, consistency) = await SiteMaker(inputs, name: "shop").site()
struct SiteMaker {
    private let inputs: [SiteInput]
    private let name: String
    private let given: [GivenComponent]

    /// - Parameters:
    ///   - inputs: one for each design, in the order the site shall have them; paths are unique.
    ///   - name: the site's name, plain text.
    ///   - given: the user's own components, checked.
    init(_ inputs: [SiteInput], name: String, given: [GivenComponent] = []) {
        self.inputs = inputs
        self.name = name
        self.given = given
    }

    /// The site, and how consistent its code is, as `Consistency` defines it, before and after; nil for fewer than two
    /// pages or where nothing recurs.
    ///
    /// - Parameter unreadable: told of every design whose picture cannot be had; its page is compared by its code
    ///   alone.
    /// - Complexity: one picture is in memory at a time, of each at most a few hundred kilobytes are kept.
    func site(
        unreadable: @Sendable (_ path: String, _ error: any Error) -> Void = { _, _ in }
    ) async -> (site: Site, consistency: (before: Double?, after: Double?)) {
        var (pages, assets) = drafts(unreadable)
        BlockClasses.settle(&pages)
        let landmarks = LandmarkGroups.find(in: pages)
        let kinds = KindGroups.find(in: pages)
        let alike = LookGroups.find(in: pages)
        let consistency = Consistency(pages, alike: landmarks.map(\.regions) + kinds + alike)
        let before = pages.flatMap(\.declarations)

        let finder = TokenFinder(pages)
        var known: [String: Stylesheet.Rule] = [:]
        for index in pages.indices where !inputs[index].isApart {
            pages[index].mapDeclarations(known: &known, finder.named)
        }

        var unifier = LookUnifier(
            pages, landmarks: landmarks,
            kinds: kinds.map { $0.filter { node in node.page.map { !inputs[$0].isCareful } ?? true } }, alike: alike,
            fixed: Set(inputs.indices.filter { inputs[$0].isApart }))
        unifier.run()
        pages = unifier.pages

        let links = PageLinks(pages)
        for page in pages { links.tie(page) }
        if pages.contains(where: { $0.body.all.contains { $0.classes.contains(PageLinks.linkClass[...]) } }) {
            let rules = Stylesheet(PageLinks.rule).rules
            for index in pages.indices { pages[index].rules = rules + pages[index].rules }
        }

        let styles = SharedStyles(pages)
        var components = ComponentFinder(pages.indices.filter { !inputs[$0].isApart }.map { pages[$0] })
        components.run(given: given)
        ComponentNames.assign(components.components, pages: pages)

        let scribe = SiteScribe(pages: pages, components: components.components, styles: styles)
        let tokens = scribe.counted(finder.tokens)
        let site = Site(
            name: name, pages: scribe.pages, components: scribe.components, tokens: tokens, css: scribe.css,
            assets: assets.files)
        let forms = consistency.forms()
        func score(_ forms: [[String]], _ declarations: [StyleDeclaration]) -> Double? {
            guard pages.count > 1 else { return nil }
            return Consistency.score(
                regions: Consistency.regionShare(forms),
                values: Consistency.valueShare(declarations, tokens: tokens))
        }
        return (site, (score(forms.before, before), score(forms.after, scribe.declarations)))
    }

    // The pages taken apart, with what their designs show; pictures already under their new names.
    private func drafts(_ unreadable: (String, any Error) -> Void) -> (pages: [PageDraft], assets: SharedAssets) {
        let slugs = Slug.slugs(of: inputs.map(\.path))
        var assets = SharedAssets()
        var pages: [PageDraft] = []
        for (number, input) in inputs.enumerated() {
            var page = PageDraft(input, number: number, slug: slugs[number])
            assets.take(input.assets, for: &page)
            if !input.elements.isEmpty {
                do { Self.look(at: try input.picture(), page, input) } catch { unreadable(input.path, error) }
            }
            pages.append(page)
        }
        return (pages, assets)
    }

    // Gives every element of at most half the page what the design shows there.
    private static func look(at picture: Image, _ page: PageDraft, _ input: SiteInput) {
        DesignPlaces.mark(page, in: picture, comfortable: input.comfortable)
        let scale = Double(picture.width) / Double(max(1, page.width))
        let limit = Double(page.width) * Double(page.height) / 2
        for node in page.body.all where node.tag != "body" {
            guard let place = node.place, place.area <= limit else { continue }
            node.look = RegionLook(picture, scale: scale, box: place)
            if node.look != nil, RegionClusters.landmarks.contains(node.tag) {
                node.letters = RegionLetters(picture, scale: scale, box: place)
            }
        }
    }
}

/// Writes down what sharing made.
private struct SiteScribe {
    let pages: [SitePage]
    let components: [SiteComponent]
    let css: String
    /// Every declaration of the site, as often as it is written.
    let declarations: [StyleDeclaration]

    init(pages drafts: [PageDraft], components: [ComponentDraft], styles: SharedStyles) {
        let own = styles.own.map { $0.map { $0 + "\n" }.joined() }
        css = styles.shared.map { $0 + "\n" }.joined()
        pages = zip(drafts, own).map { page, css in
            SitePage(
                slug: page.slug, title: page.title, design: page.path, width: page.width, height: page.height,
                bodyAttributes: [SiteElement.Attribute(name: "data-page", value: .plain(page.slug))]
                    + page.body.attributes.filter { $0.name != "data-page" },
                children: page.body.children.map(\.siteNode), css: css)
        }
        let order = Self.ordered(components)
        let uses = Self.uses(of: components, on: drafts)
        self.components = order.map { component in
            SiteComponent(
                name: component.name, properties: component.properties, root: component.root.siteElement,
                uses: uses[component.number], isGiven: component.isGiven)
        }
        let sheet = ([css] + own).flatMap { Stylesheet($0).rules }.flatMap(\.declarations)
        let trees = drafts.map(\.body) + components.filter { !$0.isGiven }.map(\.root)
        declarations =
            sheet
            + trees.flatMap(\.all).flatMap { node in
                node["style"].map { StyleText.declarations(ofAttribute: $0) } ?? []
            }
    }

    /// The tokens that the site uses, with how many declarations do.
    func counted(_ tokens: [DesignToken]) -> [DesignToken] {
        var counts: [String: Int] = [:]
        for declaration in declarations {
            for case .token(let name) in Set(declaration.values) { counts[name, default: 0] += 1 }
        }
        return tokens.compactMap { token in
            guard let uses = counts[token.name] else { return nil }
            var token = token
            token.uses = uses
            return token
        }
    }

    // Each behind those it uses.
    private static func ordered(_ components: [ComponentDraft]) -> [ComponentDraft] {
        var done: Set<Int> = []
        var order: [ComponentDraft] = []
        func add(_ component: ComponentDraft) {
            guard done.insert(component.number).inserted else { return }
            for node in component.root.all { if let use = node.use { add(use.component) } }
            order.append(component)
        }
        components.forEach(add)
        return order
    }

    // How often the pages show each.
    private static func uses(of components: [ComponentDraft], on pages: [PageDraft]) -> [Int] {
        var counts = components.map { _ in 0 }
        func count(_ node: TreeNode) {
            if let use = node.use {
                counts[use.component.number] += 1
                count(use.component.root)
            }
            node.children.forEach(count)
        }
        for page in pages { count(page.body) }
        return counts
    }
}

extension TreeNode {
    /// The node as the site has it.
    fileprivate var siteNode: SiteNode {
        if let use {
            let values = Dictionary(zip(use.component.properties, use.values)) { first, _ in first }
            return .use(ComponentUse(component: use.component.name, values: values))
        }
        if let text { return .text(text) }
        return .element(siteElement)
    }

    fileprivate var siteElement: SiteElement {
        SiteElement(tag: tag, attributes: attributes, children: children.map(\.siteNode))
    }
}
