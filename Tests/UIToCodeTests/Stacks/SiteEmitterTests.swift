// What stacks write of a small site. That parsers and compilers take it is for `Tests/Trials/stacks.py` to show.
import Testing

@testable import UIToCode

struct SiteEmitterTests {
    private func project(_ stack: Stack, _ site: Site = SampleSite.site) throws -> Project {
        try SiteEmitter(stack.template).project(of: site)
    }

    private func text(_ project: Project, _ path: String) throws -> String {
        String(decoding: try #require(project[path], "\(project.files.map(\.path))"), as: UTF8.self)
    }

    @Test(arguments: Stack.allCases)
    func theSameSiteGivesTheSameProject(stack: Stack) throws {
        #expect(try project(stack) == project(stack))
    }

    @Test func pagesOfHTMLStandBesideOneAnotherAndShareTheirFiles() throws {
        let project = try project(.html)
        #expect(
            project.files.map(\.path) == [
                "pages/shop.html", "pages/account.html", "styles.css", "components.js", "tokens.json",
                "assets/square.svg",
            ])
        let page = try text(project, "pages/shop.html")
        #expect(page.contains("<title>Shop \u{201C}Tea &amp; Co\u{201D}</title>"))
        #expect(page.contains(#"<link rel="stylesheet" href="../styles.css">"#))
        #expect(page.contains(#"<body data-page="shop">"#))
        #expect(page.contains("<nav-bar></nav-bar>"))
        #expect(page.contains(#"title="Sencha {fine}" price="$6" image="../assets/square.svg" class="k">"#))
        let components = try text(project, "components.js")
        #expect(components.contains(#"define("product-card", ["title", "price", "image", "class"], `"#))
        #expect(components.contains(#"<a href="account.html">Account</a>"#))
        #expect(components.contains(#"Leaves, water, time: \`5 min\` for \${1}"#))
        for tag in ["ui-badge", "nav-bar", "product-card", "order-row", "ui-tagline"] {
            #expect(components.split(separator: "define(\"\(tag)\"").count == 2)
        }
        #expect(try text(project, "pages/account.html").contains(#"<template data-component="order-row" item="Assam""#))
        #expect(try text(project, "styles.css").hasPrefix(":root {\n  --color-accent: #0f766e;\n"))
    }

    @Test func reactIsSpelledInJSX() throws {
        let project = try project(.react)
        let card = try text(project, "src/components/ProductCard.jsx")
        #expect(card.contains("import Badge from \"./Badge.jsx\";"))
        #expect(card.contains("export default function ProductCard({ title, price, image, classValue }) {"))
        #expect(card.contains(#"<img src={image} alt="" />"#))
        #expect(card.contains("<p>from <b>{price}</b> a &#123;pot&#125;</p>"))
        let page = try text(project, "src/pages/ShopPage.jsx")
        #expect(page.contains("import NavBar from \"../components/NavBar.jsx\";"))
        #expect(
            page.contains(#"<ProductCard title="Sencha {fine}" price="$6" image="assets/square.svg" classValue="k" />"#)
        )
        #expect(page.contains(#"<pre>{"steep(\n  \u007b minutes: 3 \u007d\n)"}</pre>"#))
        #expect(page.contains(#"style={{ marginLeft: "7px", "--size": "2px" }}"#))
        #expect(page.contains(#"<svg viewBox="0 0 24 24" width="24" strokeWidth="2">"#))
        let account = try text(project, "src/pages/AccountPage.jsx")
        #expect(account.contains(#"<label htmlFor="mail">"#))
        #expect(
            account.contains(#"<input id="mail" type="email" defaultValue="a@b.c" disabled readOnly tabIndex="2" />"#))
        #expect(account.contains("<br />"))
        let styles = try text(project, "src/styles.css")
        #expect(styles.contains("body > #root > nav {"))
        #expect(styles.contains("body[data-page=\"account\"] main {"))
        #expect(
            try text(project, "src/pages/index.js").contains(
                #"{ slug: "account", title: "Account", body: { "class": "quiet", "data-page": "account" }, component: AccountPage },"#
            ))
        #expect(project["public/assets/square.svg"] != nil)
    }

    @Test func vueAndSvelteHaveTheirOwnSpellings() throws {
        let vue = try project(.vue)
        let card = try text(vue, "src/components/ProductCard.vue")
        #expect(card.contains("  classValue: { type: String, required: true },"))
        #expect(card.contains(#"<img :src="image" alt="" />"#) && card.contains("<h3>{{ title }}</h3>"))
        #expect(try text(vue, "src/pages/ShopPage.vue").contains(#"title="{{ chai }} \ `x`""#))
        let svelte = try project(.svelte)
        let other = try text(svelte, "src/components/ProductCard.svelte")
        #expect(other.contains("let { title, price, image, classValue } = $props();"))
        #expect(other.contains(#"<img src={image} alt="" />"#) && other.contains("<h3>{title}</h3>"))
        #expect(try text(svelte, "src/pages/ShopPage.svelte").contains(##"title="Sencha &#123;fine&#125;""##))
    }

    @Test func ofTheUsersOwnComponentsOnlyUsesAreWritten() throws {
        var site = SampleSite.site
        site.components[0].isGiven = true
        let react = try project(.react, site)
        #expect(react["src/components/Badge.jsx"] == nil)
        #expect(try text(react, "src/components/ProductCard.jsx").contains("import Badge from \"./Badge.jsx\";"))
        #expect(try text(react, "README.md").contains("- `src/components/Badge.jsx`"))
        let html = try project(.html, site)
        #expect(
            try text(html, "pages/account.html").contains(
                #"<ui-badge label="last"><span class="badge">last</span></ui-badge>"#))
        #expect(try !text(html, "components.js").contains("define(\"ui-badge\""))
    }

    @Test func aSinglePageStandsAtTheTop() throws {
        var site = SampleSite.site
        site.pages.removeLast()
        let project = try SiteEmitter(Stack.tailwind.template).project(of: site, isSingle: true)
        #expect(project.files.first?.path == "index.html")
        let page = try text(project, "index.html")
        #expect(page.contains(#"href="tailwind.css""#) && page.contains(#"image="assets/square.svg""#))
    }

    @Test func rowsStandInABodyAsABrowserReadsThem() {
        var site = SampleSite.site
        site.pages[1].children = [
            .element(
                SiteElement(
                    tag: "table",
                    children: [
                        .element(SiteElement(tag: "caption")), .use(ComponentUse(component: "OrderRow", values: [:])),
                        .text(.plain("\n")), .element(SiteElement(tag: "tr")), .element(SiteElement(tag: "tfoot")),
                    ]))
        ]
        guard case .element(let table) = site.withTableBodies.pages[1].children[0] else { return }
        let tags = table.children.map { child -> String in
            guard case .element(let element) = child else { return "?" }
            return "\(element.tag) \(element.children.count)"
        }
        #expect(tags == ["caption 0", "tbody 3", "tfoot 0"])
    }

    /// Written for `Tests/Trials/stacks.py`, which names the folder.
    @Test(.enabled(if: SampleSite.folder != nil, "only when a folder is asked for"))
    func theSampleIsWritten() throws {
        let folder = try #require(SampleSite.folder)
        for stack in Stack.allCases { try project(stack).write(to: "\(folder)/\(stack.rawValue)", replace: true) }
        try SiteEmitter.twin(of: SampleSite.site).write(to: "\(folder)/twin", replace: true)
    }

    @Test func namesThatLanguagesKeepAreChanged() {
        #expect(SiteNames.property("class") == "classValue")
        #expect(SiteNames.property("sub-title") == "subTitle")
        #expect(SiteNames.identifier("2nd card") == "Part2ndCard")
        #expect(SiteNames.kebab("ProductCard2") == "product-card2")
    }
}
