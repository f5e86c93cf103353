// What becomes of many pages: each thing once, nothing lost, nothing looking other than before.
import Foundation
import Inference
import Media
import Render
import Support
import Testing

@testable import UIToCode

@Suite struct SiteMakerTests {
    private func tags(_ nodes: [SiteNode]) -> [String] {
        nodes.flatMap { node -> [String] in
            guard case .element(let element) = node else { return [] }
            return [element.tag] + tags(element.children)
        }
    }

    private func uses(_ nodes: [SiteNode]) -> [ComponentUse] {
        nodes.flatMap { node -> [ComponentUse] in
            switch node {
            case .use(let use): return [use]
            case .element(let element): return uses(element.children)
            case .text: return []
            }
        }
    }

    // A page as it came in, its attributes in the order of their names.
    private func original(_ input: SiteInput) -> HTMLElement {
        let page = PageDraft(input, number: 0, slug: "")
        let site = Site(
            name: "", pages: [], components: [], tokens: [], css: "", assets: [])
        let children = page.body.children.map(\.plainNode)
        return sorted(
            site.expanded(
                SitePage(
                    slug: "", title: "", design: "", width: 0, height: 0, bodyAttributes: page.body.attributes,
                    children: children, css: "")))
    }

    // Attributes by name, tokens as their values; without what links and pages are given.
    private func sorted(_ element: HTMLElement, _ tokens: [DesignToken] = []) -> HTMLElement {
        var result = element
        let classes = element.classes.filter { $0 != PageLinks.linkClass }
        result.set("class", classes.isEmpty ? nil : classes.joined(separator: " "))
        result.attributes = result.attributes.filter { !["href", "data-page"].contains($0.name) }
            .sorted { $0.name < $1.name }
        for index in result.attributes.indices where result.attributes[index].name == "style" {
            let style = tokens.reduce(result.attributes[index].value ?? "") { style, token in
                style.replacing("var(--\(token.name))", with: token.value)
            }
            result.attributes[index].value = style
        }
        result.children = element.children.map { child in
            guard case .element(let inner) = child else { return child }
            return .element(sorted(inner, tokens))
        }
        return result
    }

    private func texts(_ element: HTMLElement) -> [String] {
        var texts: [String] = []
        element.visit { node in
            if case .text(let text) = node { texts.append(text) }
        }
        return texts
    }

    // MARK: Components

    @Test func navigationAndCardAreEachWrittenOnce() async throws {
        let (site, _) = await SiteMaker(try SixScreens.inputs(), name: "shop").site()
        let navigation = try #require(site.components.first { $0.root.tag == "nav" })
        #expect(navigation.name == "NavBar")
        #expect(navigation.uses == 6)
        #expect(site.components.filter { $0.root.tag == "nav" }.count == 1)
        let card = try #require(site.components.first { $0.name == "StatCard" })
        #expect(card.uses == 8)
        #expect(card.properties == ["detail", "value"])
        for page in site.pages {
            #expect(!tags(page.children).contains("nav"))
            #expect(uses(page.children).first?.component == "NavBar")
        }
        let written = site.pages.flatMap { uses($0.children) }.filter { $0.component == "StatCard" }
        #expect(written.map { $0.values["value"] }.prefix(3) == ["$8,420", "316", "12.5k"])
    }

    @Test func aNavigationWithAnotherItemIsAnotherNavigation() async throws {
        var inputs = try SixScreens.inputs()
        inputs[5].html = try SixScreens.document(5, extra: "<a>Help</a>")
        let (site, _) = await SiteMaker(inputs, name: "shop").site()
        #expect(site.components.first { $0.root.tag == "nav" }?.uses == 5)
        #expect(tags(site.pages[5].children).contains("nav"))
    }

    @Test func everyComponentIsUsedTwiceHasOneNameAndStandsBehindThoseItUses() async throws {
        let (site, _) = await SiteMaker(try SixScreens.inputs(), name: "shop").site()
        #expect(Set(site.components.map(\.name)).count == site.components.count)
        var known: Set<String> = []
        for component in site.components {
            #expect(component.uses >= 2)
            for use in uses(component.root.children) { #expect(known.contains(use.component)) }
            known.insert(component.name)
        }
        #expect(known.isSuperset(of: ["NavBar", "StatCard", "ListItem", "Field"]))
    }

    @Test func aPageWrittenOutIsThePageThatCameIn() async throws {
        let inputs = try SixScreens.inputs()
        let (site, _) = await SiteMaker(inputs, name: "shop").site()
        for (input, page) in zip(inputs, site.pages) { #expect(sorted(site.expanded(page)) == original(input)) }
    }

    @Test func aSingleButtonIsNoComponent() async throws {
        let button = "<button class=\"btn\">One</button>"
        let page = "<body><main>\(button)<p>text</p>\(button)</main></body>"
        let inputs = ["a.png", "b.png"].map { path in
            SiteInput(
                path: path, name: path, html: page, assets: [], elements: [], width: 100, height: 100,
                picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) })
        }
        #expect(await SiteMaker(inputs, name: "x").site().site.components.isEmpty)
    }

    // MARK: Pixels

    @Test func whatLooksTheSameIsWrittenInOneWay() async throws {
        let (plain, _) = await SiteMaker(try SixScreens.inputs(), name: "shop").site()
        let (seen, _) = await SiteMaker(try SixScreens.seenInputs(), name: "shop").site()
        let apart = try #require(plain.components.first { $0.name == "NavBar" })
        let united = try #require(seen.components.first { $0.name == "NavBar" })
        // One draft's row has a class more than the others'. Only the pixels say that it means nothing.
        #expect(apart.properties.contains("boxClass"))
        #expect(!united.properties.contains("boxClass"))
        // The page's own item is bold in the designs as well: it stays.
        #expect(united.properties.count == 6)
        for (input, page) in zip(try SixScreens.inputs(), seen.pages) {
            #expect(texts(seen.expanded(page)) == texts(original(input)))
        }
    }

    @Test func otherMarkupForTheSamePixelsBecomesTheCommonOne() async throws {
        var inputs = try SixScreens.seenInputs()
        // The same bar, drafted without the row around the links.
        let flat = SixScreens.navigation(4).replacing("<div class=\"row gap-3\">", with: "").replacing(
            "</div>", with: "")
        inputs[4].html = inputs[4].html.replacing(
            try #require(inputs[4].html.firstMatch(of: /<nav(.|\n)*<\/nav>/)?.output.0), with: flat)
        inputs[4].elements = SixScreens.boxes(4).filter { !$0.selector.hasSuffix("div:nth-child(2)") }.map { element in
            var element = element
            for index in SixScreens.names.indices {
                element.selector = element.selector.replacing(
                    "div:nth-child(2) > a:nth-child(\(index + 1))", with: "a:nth-child(\(index + 2))")
            }
            return element
        }
        let (site, _) = await SiteMaker(inputs, name: "shop").site()
        #expect(site.components.first { $0.name == "NavBar" }?.uses == 6)
        inputs[4].picture = { SixScreens.picture(4, hasOtherWords: true) }
        let (other, _) = await SiteMaker(inputs, name: "shop").site()
        #expect(other.components.first { $0.name == "NavBar" }?.uses == 5)
    }

    @Test func aDesignThatCannotBeReadIsTold() async throws {
        var inputs = try SixScreens.seenInputs()
        inputs[1].picture = { throw ProjectError.unsafePath("gone") }
        let told = Told()
        let (site, _) = await SiteMaker(inputs, name: "shop").site { path, _ in told.add(path) }
        #expect(told.paths == ["app/Orders.png"])
        #expect(site.pages.count == 6)
    }

    // MARK: Styles

    @Test func everyElementKeepsItsStyle() async throws {
        let rules = [
            0: "    div.card { padding: 13px; border-color: #e2e8f1; }\n",
            4: "    div.card { padding: 13.2px; border-color: #e2e8f0; }\n    a { color: #ffffff; }\n",
            5: "    body { background: #fef9c3; }\n    input { border-radius: 3px; }\n",
        ]
        let inputs = try SixScreens.inputs(rules: rules)
        let (site, _) = await SiteMaker(inputs, name: "shop").site()
        for (input, page) in zip(inputs, site.pages) {
            let css = BlockPage(input.html).rules.map(\.text).joined(separator: "\n")
            let before = ResolvedStyles(original(input), css: css, tokens: site.tokens).elements
            let after = ResolvedStyles(
                sorted(site.expanded(page)), css: (site.css + page.css).replacing(PageLinks.rule, with: ""),
                slug: page.slug, tokens: site.tokens
            ).elements
            try #require(before.count == after.count)
            for (one, other) in zip(before, after) {
                #expect(Set(one.keys) == Set(other.keys))
                for (name, value) in one where value != other[name] {
                    let written = [value, other[name] ?? ""].map { StyleDeclaration(name: name, value: $0) }
                    #expect(written[0].mapping { _ in "·" } == written[1].mapping { _ in "·" })
                    let pair = written.map(\.values)
                    #expect(
                        pair[0].count == pair[1].count && zip(pair[0], pair[1]).allSatisfy { $0.isLike($1) },
                        "\(page.slug) \(name): \(value) became \(other[name] ?? "nothing")")
                }
            }
        }
        #expect(site.pages[5].css.contains("body:where([data-page=\"app-settings\"]) { background: "))
        #expect(site.pages[2].css.isEmpty)
    }

    @Test func aSharedRuleThatWinsOverAPagesOwnStillWins() async throws {
        let inputs = [("a", "8px"), ("b", "9px")].map { name, size in
            SiteInput(
                path: name + ".png", name: name,
                html: """
                    <style>.x { padding: \(size); } .y { padding: 20px; }</style><body><p class="x">one</p>\
                    <p class="x y">two</p></body>
                    """, assets: [], elements: [], width: 10, height: 10,
                picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) })
        }
        let (site, _) = await SiteMaker(inputs, name: "x").site()
        for (page, size) in zip(site.pages, ["8px", "9px"]) {
            let styles = ResolvedStyles(
                site.expanded(page), css: site.css + page.css, slug: page.slug, tokens: site.tokens)
            #expect(styles.elements.map { $0["padding"] } == [nil, size, "20px"])
        }
    }

    // MARK: Links, pictures, names

    @Test func itemsThatNameAPageLeadThere() async throws {
        let (site, _) = await SiteMaker(try SixScreens.inputs(), name: "shop").site()
        var addresses: [String] = []
        site.expanded(site.pages[2]).visit { node in
            if let address = node.element?["href"] { addresses.append(address) }
        }
        #expect(addresses == SixScreens.names.map { "app-\($0.lowercased()).html" })
    }

    @Test func aButtonThatNamesAPageBecomesALinkThatLooksLikeIt() async throws {
        let css = """
            button { border: 0; font: inherit; color: inherit; } .btn { padding: 4px 8px; color: #ffffff; }
            """
        let inputs = ["Home", "Help"].map { name in
            SiteInput(
                path: name + ".png", name: name,
                html: """
                    <style>\(css)</style><body><nav><i>Home</i><i>Other</i></nav><button class="btn">Help</button>\
                    <form><button>Help</button></form></body>
                    """, assets: [], elements: [], width: 10, height: 10,
                picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) })
        }
        let (site, _) = await SiteMaker(inputs, name: "x").site()
        let body = site.expanded(site.pages[0])
        let link = try #require(body.first { $0.name == "a" && $0.classes.contains("btn") })
        #expect(link["href"] == "help.html" && link.innerText == "Help")
        #expect(
            link["style"] == """
                border: 0; font: inherit; display: inline-block; text-align: center; text-decoration: none
                """)
        #expect(body.first { $0.name == "form" }?.first { $0.name == "a" } == nil)
        let words = try #require(body.first { $0.name == "i" }?.children.first?.element)
        #expect(words["href"] == "home.html" && words.innerText == "Home")
        // On its own page a button that is in no navigation stays what it is.
        #expect(site.expanded(site.pages[1]).first { $0.name == "button" && !$0.classes.isEmpty } != nil)
    }

    @Test func onePictureIsThereOnce() async throws {
        let inputs = try ["a", "b"].map { name in
            var project = Project()
            try project.add([1, 2, 3], at: "assets/\(name).png")
            try project.add([UInt8(name.utf8.first ?? 0)], at: "assets/own.png")
            return SiteInput(
                path: name + ".png", name: name,
                html: """
                    <body><img src="assets/\(name).png"><i style="background: url('assets/own.png')">x</i>\
                    <img src="https://elsewhere/x.png"></body>
                    """, assets: project.files, elements: [], width: 10, height: 10,
                picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) })
        }
        let (site, _) = await SiteMaker(inputs, name: "x").site()
        // SHA-256 of the bytes 1, 2, 3, as sha256sum says.
        let shared = "assets/039058c6f2c0cb49.png"
        #expect(site.assets.map(\.path).first == shared)
        #expect(site.assets.count == 3)
        for page in site.pages {
            let body = site.expanded(page)
            #expect(body.first { $0.name == "img" }?["src"] == shared)
            let style = try #require(body.first { $0.name == "i" }?["style"])
            #expect(site.assets.contains { style.contains($0.path) })
        }
    }

    @Test func slugsFollowFromThePathAlone() {
        #expect(Slug.slugs(of: ["Shop/Sign in.png", "Über uns.webp"]) == ["shop-sign-in", "uber-uns"])
        let some = Slug.slugs(of: ["a.png", "b.png", "a.jpg"])
        #expect(Set(some).count == 3 && some[1] == "b")
        #expect(Slug.slugs(of: ["a.jpg", "b.png", "a.png"]) == [some[2], some[1], some[0]])
        #expect(some[0].hasPrefix("a-"))
    }

    // MARK: The user's own

    @Test func aRegionLikeTheExampleBecomesAUseOfTheUsersComponent() async throws {
        let list = try GivenComponent.list(
            reading: Array(
                """
                [{"name": "MetricTile", "properties": ["label", "amount"],
                  "example": "<div class='card'><p class='muted'>{label}</p><p class='big'>{amount}</p></div>"}]
                """.utf8))
        let inputs = try SixScreens.inputs()
        let (site, _) = await SiteMaker(inputs, name: "shop", given: list).site()
        let tile = try #require(site.components.first { $0.name == "MetricTile" })
        #expect(tile.isGiven && tile.uses == 8)
        #expect(!site.components.contains { $0.name == "StatCard" })
        let first = try #require(uses(site.pages[0].children).first { $0.component == "MetricTile" })
        #expect(first.values == ["label": "Revenue", "amount": "$8,420"])
        for (input, page) in zip(inputs, site.pages) {
            #expect(texts(site.expanded(page)) == texts(original(input)))
        }
    }

    @Test(arguments: [
        ("{}", "the list of components cannot be read"), ("[{\"name\": \"A\"}]", "component 1 has no \"properties\""),
        ("[{\"name\": \"a b\", \"properties\": [], \"example\": \"<p>x</p>\"}]", "no name of a component"),
        ("[{\"name\": \"A\", \"properties\": [\"x\"], \"example\": \"<p></p>\"}]", "has no place in the example"),
        ("[{\"name\": \"A\", \"properties\": [], \"example\": \"words\"}]", "is not one element"),
    ])
    func aListThatCannotBeUsedSaysWhy(_ text: String, _ words: String) {
        let error = #expect(throws: GivenComponentError.self) { try GivenComponent.list(reading: Array(text.utf8)) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    // MARK: Consistency

    @Test func sharingRaisesTheConsistency() async throws {
        let rules = [0: "    h1 { color: #10172b; }\n", 1: "    h1 { color: #0f172a; }\n"]
        let (_, consistency) = await SiteMaker(try SixScreens.inputs(rules: rules), name: "shop").site()
        let before = try #require(consistency.before)
        let after = try #require(consistency.after)
        #expect(before < 0.95)
        #expect(after == 1)
        let (_, alone) = await SiteMaker([try SixScreens.inputs()[0]], name: "shop").site()
        #expect(alone.before == nil && alone.after == nil)
    }

    @Test func theShareOfPairsIsWhatCountingSays() {
        #expect(Consistency.regionShare([["a", "a", "b"], ["c", "c"]]) == 2.0 / 4)
        #expect(Consistency.regionShare([["a"]]) == nil)
        let tokens = [DesignToken(name: "color-text", kind: .colour, value: "#0f172a", uses: 2)]
        let values = ["#0f172a", "#0F172A", "#10172a", "var(--color-text)", "#ff0000"]
        let share = Consistency.valueShare(values.map { StyleDeclaration(name: "color", value: $0) }, tokens: tokens)
        #expect(share == 3.0 / 4)
    }

    // MARK: Random pages

    @Test(arguments: 0..<12) func wordsStayAndKeepTheirOrder(_ seed: Int) async throws {
        var random = SeededPages(seed: UInt64(seed) + 1)
        let inputs = (0..<3).map { number in
            SiteInput(
                path: "p\(number).png", name: "p", html: "<body>\(random.page())</body>", assets: [], elements: [],
                width: 10, height: 10, picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) })
        }
        let (site, _) = await SiteMaker(inputs, name: "x").site()
        for (input, page) in zip(inputs, site.pages) {
            #expect(texts(site.expanded(page)) == texts(original(input)))
            #expect(sorted(site.expanded(page), site.tokens) == original(input))
        }
    }
}

extension TreeNode {
    /// The node for a page that shares nothing.
    fileprivate var plainNode: SiteNode {
        if let text { return .text(text) }
        return .element(SiteElement(tag: tag, attributes: attributes, children: children.map(\.plainNode)))
    }
}

/// Remembers what it is told.
private final class Told: @unchecked Sendable {
    private(set) var paths: [String] = []
    func add(_ path: String) { paths.append(path) }
}

/// Pages of a few kinds of regions, with words, classes and nesting by chance.
private struct SeededPages {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func page() -> String { (0..<4 + next(4)).map { _ in region(depth: 0) }.joined() }

    private mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    private mutating func word() -> String { ["Ada", "Bo", "Cy", "Dee &amp; co", "17", "x"][next(6)] }

    private mutating func region(depth: Int) -> String {
        let look = ["", " class=\"card\"", " class=\"card wide\"", " style=\"color: #123456\""][next(4)]
        switch depth > 2 ? next(2) : next(6) {
        case 0: return "<p\(look)>\(word())</p>"
        case 1: return "<div class=\"row\"><b>\(word())</b> <span\(look)>\(word())</span><i></i></div>"
        case 2: return "<section\(look)>\(region(depth: depth + 1))\(region(depth: depth + 1))</section>"
        case 3:
            return "<ul>\((0..<1 + next(3)).map { _ in "<li><a>\(word())</a><em>\(word())</em></li>" }.joined())</ul>"
        case 4: return "<nav\(look)><a>\(word())</a><a class=\"on\">\(word())</a></nav>"
        default: return "<div\(look)><img alt=\"\(word())\">\(region(depth: depth + 1))<p>\(word())</p></div>"
        }
    }
}
