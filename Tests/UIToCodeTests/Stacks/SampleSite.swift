// A small site with everything that stacks spell in their own way: components with and without properties, in a table, within
// one another, texts full of marks, drawings, fields, inline styles, an asset, links, a page with rules of its own.
import Foundation

@testable import UIToCode

enum SampleSite {
    /// Where the sample is to be written in every stack; nil when nobody asks for it.
    static let folder = ProcessInfo.processInfo.environment["BOTTEGA_SAMPLE_SITE"]

    /// Two pages, five components.
    static var site: Site {
        Site(
            name: "Tea & Co", pages: [shop, account], components: [badge, navigation, card, row, tagline],
            tokens: [
                DesignToken(name: "color-accent", kind: .colour, value: "#0f766e", uses: 3),
                DesignToken(name: "space-2", kind: .space, value: "12px", uses: 5),
            ],
            css: css, assets: [asset])
    }

    /// A red square of 8 pixels.
    static let asset: Project.File = {
        var project = Project()
        let picture = """
            <svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>
            """
        do { try project.add(Array(picture.utf8), at: "assets/square.svg") } catch { preconditionFailure("\(error)") }
        return project.files[0]
    }()

    static let css = """
        * { box-sizing: border-box; margin: 0; padding: 0; }
        body { font: 16px/1.4 "Liberation Sans", Arial, sans-serif; color: #0f172a; background: #f8fafc; }
        body > nav { display: flex; gap: 16px; padding: 12px 24px; background: var(--color-accent); color: #fff; }
        nav a { color: inherit; text-decoration: none; } nav a:hover { text-decoration: underline; }
        nav a.on { font-weight: 700; }
        main { padding: 24px; display: grid; gap: var(--space-2); grid-template-columns: repeat(3, 1fr); }
        .card { padding: 12px; border: 1px solid #cbd5e1; border-radius: 8px; background: #fff; }
        .card:first-child { border-color: var(--color-accent); }
        .card > h3 { font-size: 18px; } .card h3 + p { color: #64748b; margin-top: 4px; }
        .card img { width: 100%; height: 40px; display: block; }
        .badge { display: inline-block; padding: 2px 8px; border-radius: 999px; background: #fde68a; font-size: 12px; }
        .quiet .badge { background: #e2e8f0; }
        table { border-collapse: collapse; width: 100%; } td { padding: 6px 12px; border-bottom: 1px solid #e2e8f0; }
        tr:nth-child(even) td { background: #eef2f7; }
        pre { font: 13px/1.5 "Liberation Mono", monospace; grid-column: 1 / -1; }
        input, select { font: inherit; padding: 4px 8px; }
        .wide { grid-column: 1 / -1; }
        @media (max-width: 500px) { main { grid-template-columns: 1fr; padding: 12px; } }
        .card::after { content: "·"; color: #94a3b8; }
        """

    private static func use(_ name: String, _ values: [String: String] = [:]) -> SiteNode {
        .use(ComponentUse(component: name, values: values))
    }

    private static func element(
        _ tag: String, _ attributes: [(String, SiteText?)] = [], _ children: [SiteNode] = []
    ) -> SiteElement {
        SiteElement(tag: tag, attributes: attributes.map { .init(name: $0.0, value: $0.1) }, children: children)
    }

    private static func node(
        _ tag: String, _ attributes: [(String, SiteText?)] = [], _ children: [SiteNode] = []
    ) -> SiteNode {
        .element(element(tag, attributes, children))
    }

    private static func plain(_ text: String) -> SiteNode { .text(.plain(text)) }
    private static func hole(_ name: String) -> SiteNode { .text(.property(name)) }

    private static let badge = SiteComponent(
        name: "Badge", properties: ["label"],
        root: element("span", [("class", .plain("badge"))], [hole("label")]), uses: 4)

    private static let navigation = SiteComponent(
        name: "NavBar", properties: [],
        root: element(
            "nav", [],
            [
                node("b", [], [plain("Tea &amp; Co")]),
                node("a", [("href", .plain("shop.html"))], [plain("Shop")]),
                node("a", [("href", .plain("account.html"))], [plain("Account")]),
            ]), uses: 2)

    private static let card = SiteComponent(
        name: "ProductCard", properties: ["title", "price", "image", "class"],
        root: element(
            "article", [("class", .plain("card"))],
            [
                node("img", [("src", .property("image")), ("alt", .plain(""))]),
                node("h3", [], [hole("title")]),
                node("p", [], [plain("from "), node("b", [], [hole("price")]), plain(" a {pot}")]),
                use("Badge", ["label": "new &amp; \u{201C}good\u{201D}"]),
                node("i", [("class", .plain("mark")), ("title", .property("class"))], [plain(" ")]),
            ]), uses: 3)

    private static let row = SiteComponent(
        name: "OrderRow", properties: ["item", "sub-total"],
        root: element("tr", [], [node("td", [], [hole("item")]), node("td", [], [hole("sub-total")])]), uses: 3)

    private static let tagline = SiteComponent(
        name: "Tagline", properties: [],
        root: element("p", [("class", .plain("wide"))], [plain("Leaves, water, time: `5 min` for ${1}")]), uses: 2)

    private static func product(_ title: String, _ price: String) -> SiteNode {
        use("ProductCard", ["title": title, "price": price, "image": "assets/square.svg", "class": "k"])
    }

    private static let shop = SitePage(
        slug: "shop", title: "Shop \u{201C}Tea & Co\u{201D}", design: "app/shop.png", width: 900, height: 600,
        bodyAttributes: [],
        children: [
            use("NavBar"),
            node(
                "main", [],
                [
                    product("Assam &lt;strong&gt;", "$4"), plain("\n  "), product("Sencha {fine}", "$6"),
                    product("{{ chai }} \\ `x`", "$5"), use("Tagline"),
                    node("pre", [], [plain("steep(\n  { minutes: 3 }\n)")]),
                    node(
                        "p", [("class", .plain("wide quiet")), ("style", .plain("margin-left: 7px; --size: 2px"))],
                        [
                            plain("Words with "), node("em", [], [plain("no")]), plain(" break "),
                            use("Badge", ["label": "1"]),
                            plain(" "), use("Badge", ["label": "2"]), plain(" end"),
                        ]),
                    node(
                        "svg",
                        [("viewbox", .plain("0 0 24 24")), ("width", .plain("24")), ("stroke-width", .plain("2"))],
                        [
                            node(
                                "path",
                                [("d", .plain("M4 12h16")), ("stroke", .plain("#000")), ("fill", .plain("none"))])
                        ]),
                ]),
        ], css: "")

    private static let account = SitePage(
        slug: "account", title: "Account", design: "app/account.png", width: 900, height: 600,
        bodyAttributes: [.init(name: "class", value: .plain("quiet"))],
        children: [
            use("NavBar"),
            node(
                "main", [],
                [
                    node(
                        "table", [("class", .plain("wide"))],
                        [
                            node(
                                "tbody", [],
                                [
                                    use("OrderRow", ["item": "Assam", "sub-total": "$8"]),
                                    use("OrderRow", ["item": "Sencha &quot;A&quot;", "sub-total": "$6"]),
                                    use("OrderRow", ["item": "Chai", "sub-total": "$5"]),
                                ])
                        ]),
                    node(
                        "form", [("class", .plain("wide"))],
                        [
                            node("label", [("for", .plain("mail"))], [plain("Mail")]),
                            node(
                                "input",
                                [
                                    ("id", .plain("mail")), ("type", .plain("email")), ("value", .plain("a@b.c")),
                                    ("disabled", nil), ("readonly", .plain("")), ("tabindex", .plain("2")),
                                    ("onclick", .plain("go()")),
                                ]),
                            node("select", [], [node("option", [("selected", nil)], [plain("Tea")])]),
                            node("br"),
                        ]),
                    use("Tagline"),
                    use("Badge", ["label": "last"]),
                ]),
        ],
        css:
            "body[data-page=\"account\"] main { background: #ecfeff; }\nbody[data-page=\"account\"] .wide { letter-spacing: 0.2px; }"
    )
}
