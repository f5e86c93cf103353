// Which values get names, and how they are written.
import Foundation
import Media
import Testing

@testable import UIToCode

@Suite struct TokenTests {
    private func site(_ sheets: [String], body: String = "<p class=\"card\">x</p>") async -> Site {
        let inputs = sheets.enumerated().map { number, css in
            SiteInput(
                path: "p\(number).png", name: "p", html: "<style>\(css)</style><body>\(body)</body>", assets: [],
                elements: [], width: 10, height: 10, picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) })
        }
        return await SiteMaker(inputs, name: "x").site().site
    }

    @Test func whatNobodyCanTellApartIsOneToken() async {
        let site = await site([
            "body { color: #0f172a; } .card { padding: 12px; color: #0f172a; }",
            "body { color: #10172a; } .card { padding: 12.2px; color: #0f172a; }",
            "body { color: #dc2626; } .card { padding: 14px; color: #0f172a; }",
        ])
        #expect(site.tokens.map(\.name) == ["color-text", "space-1"])
        #expect(site.tokens.map(\.value) == ["#0f172a", "12px"])
        #expect(site.css == "")
        #expect(site.pages[1].css.contains("{ color: var(--color-text); }"))
        #expect(site.pages[2].css.contains("{ color: #dc2626; }"))
    }

    @Test func coloursAreNamedByWhatTheyAreFor() async {
        let css = """
            body { background: #f1f5f9; color: #0f172a; font: 600 14px/20px Inter, sans-serif; }
            .card { background: #fff; border: 1px solid #E2E8F0; box-shadow: 0 2px 6px rgba(0,0,0,.2); }
            p { border-radius: 8px 8px 0 0; margin: 0 auto 12px; font-size: 1.7em; background: rgb(2, 132, 199); }
            """
        let site = await site([css, css])
        let tokens = Dictionary(uniqueKeysWithValues: site.tokens.map { ($0.name, $0.value) })
        #expect(
            tokens == [
                "color-background": "#f1f5f9", "color-text": "#0f172a", "color-surface": "#ffffff",
                "color-border": "#e2e8f0", "color-primary": "#0284c7", "font-size-1": "14px", "font-size-2": "1.7em",
                "font-family-1": "Inter, sans-serif", "space-1": "12px", "radius-1": "8px",
                "shadow-1": "0 2px 6px rgba(0, 0, 0, .2)",
            ])
        #expect(site.css.contains("font: 600 var(--font-size-1)/20px var(--font-family-1);"))
        #expect(site.css.contains("border: 1px solid var(--color-border);"))
        #expect(site.css.contains("border-radius: var(--radius-1) var(--radius-1) 0 0;"))
        #expect(site.css.contains("margin: 0 auto var(--space-1);"))
        #expect(site.tokens.first { $0.name == "radius-1" }?.uses == 1)
    }

    @Test func styleAttributesUseTokensToo() async throws {
        let body = "<p style=\"color: #123456; background: url('#123456')\">x</p>"
        let site = await site(["", ""], body: body)
        let style = try #require(site.expanded(site.pages[0]).first { $0.name == "p" }?["style"])
        #expect(style == "color: var(--color-1); background: url('#123456')")
    }

    // The format as its specification of October 2025 gives it: colours, dimensions and shadows are objects.
    @Test func theFileIsWhatDesignToolsRead() throws {
        let tokens = [
            DesignToken(name: "color-surface", kind: .colour, value: "#ff0080", uses: 1),
            DesignToken(name: "space-1", kind: .space, value: "12.5px", uses: 1),
            DesignToken(name: "font-size-1", kind: .fontSize, value: "1.7em", uses: 1),
            DesignToken(name: "font-family-1", kind: .fontFamily, value: "\"Open Sans\", sans-serif", uses: 1),
            DesignToken(name: "shadow-1", kind: .shadow, value: "0 2px 6px rgba(0, 0, 0, 0.2)", uses: 1),
        ]
        let root = try #require(
            try JSONSerialization.jsonObject(with: Data(TokensFile.text(tokens).utf8)) as? [String: [String: Any]])
        let surface = try #require(root["color"]?["surface"] as? [String: Any])
        #expect(surface["$type"] as? String == "color")
        let colour = try #require(surface["$value"] as? [String: Any])
        #expect(colour["colorSpace"] as? String == "srgb")
        let components = try #require(colour["components"] as? [Double])
        #expect(components == [1, 0, 0.502])
        #expect(colour["hex"] as? String == "#ff0080")
        let space = try #require(root["space"]?["1"] as? [String: Any])
        #expect(space["$type"] as? String == "dimension")
        let length = try #require(space["$value"] as? [String: Any])
        #expect(length["value"] as? Double == 12.5 && length["unit"] as? String == "px")
        let size = try #require(root["font-size"]?["1"] as? [String: Any])
        #expect(size["$type"] as? String == "number" && size["$value"] as? Double == 1.7)
        let family = try #require(root["font-family"]?["1"] as? [String: Any])
        let names = try #require(family["$value"] as? [String])
        #expect(names == ["Open Sans", "sans-serif"])
        let shadow = try #require((root["shadow"]?["1"] as? [String: Any])?["$value"] as? [[String: Any]])
        #expect((shadow[0]["blur"] as? [String: Any])?["value"] as? Double == 6)
        #expect(TokensFile.css(tokens).hasPrefix(":root {\n  --color-surface: #ff0080;\n  --space-1: 12.5px;\n"))
    }

    @Test(arguments: [
        ("#abc", "#aabbcc"), ("#AABBCC80", "rgba(170, 187, 204, 0.502)"), ("rgb(1 2 3 / 50%)", "rgba(1, 2, 3, 0.5)"),
        ("rgba(1, 2, 3, 1)", "#010203"), ("white", "#ffffff"), ("transparent", nil), ("#12345", nil),
        ("rgb(1, 2)", nil),
    ])
    func coloursAreReadAsTheyAreWritten(_ text: String, _ css: String?) { #expect(StyleColour(text)?.css == css) }

    @Test(arguments: [
        ("p", 0, 0, 1), (".a.b > p:hover", 0, 3, 1), ("#x p::before", 1, 0, 2), (":where(#x .a) p", 0, 0, 1),
        ("a:not(.b, #c)[href]", 1, 1, 1), ("*", 0, 0, 0),
        ("body:where([data-page=\"x\"]) li:nth-child(2n + 1)", 0, 1, 2),
    ])
    func selectorsWeighWhatBrowsersSay(_ selector: String, _ ids: Int, _ classes: Int, _ tags: Int) {
        let weight = SelectorWeight(selector)
        #expect(weight.ids == ids && weight.classes == classes && weight.tags == tags)
    }
}
