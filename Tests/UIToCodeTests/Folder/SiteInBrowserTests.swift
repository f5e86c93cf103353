// Pages before and after sharing, as a browser shows them.
import Media
import Render
import Testing

@testable import UIToCode

@Suite(.serialized, .enabled(if: SiteBrowser.isThere, "needs a Chromium"), .timeLimit(.minutes(5)))
struct SiteInBrowserTests {
    @Test func everyPageLooksAsItDid() async throws {
        let rules = [
            0: "    div.card { padding: 13px; border-color: #dc2626; }\n",
            4: "    div.card { padding: 19px; }\n    b { color: #fde68a; }\n",
            5: "    body { font-size: 16px; }\n    input { border-radius: 3px; }\n",
        ]
        let inputs = try SixScreens.inputs(rules: rules)
        let (site, _) = await SiteMaker(inputs, name: "shop").site()
        let renderer = try TestBrowser.renderer()
        let viewport = Viewport(width: SixScreens.width, height: SixScreens.height)
        for (input, page) in zip(inputs, site.pages) {
            let before = try await renderer.render(PageFiles(html: input.html), viewport: viewport)
            let after = try await renderer.render(PageFiles(html: document(page, of: site)), viewport: viewport)
            // Said as a truth value: a failure would print every pixel.
            let isEqual = before.image == after.image
            #expect(isEqual, "\(page.slug)")
            #expect(before.texts.map(\.text) == after.texts.map(\.text))
        }
        // The pages differ from each other: equal pictures would prove nothing.
        let first = try await renderer.render(PageFiles(html: inputs[0].html), viewport: viewport)
        let other = try await renderer.render(PageFiles(html: inputs[4].html), viewport: viewport)
        let isOther = first.image != other.image
        #expect(isOther)
        await renderer.close()
    }

    private func document(_ page: SitePage, of site: Site) -> String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(page.title)</title>
        <style>\(TokensFile.css(site.tokens))\(site.css)\(page.css)</style></head>
        \(HTMLPrinter.verbatim([.element(site.expanded(page))]))</html>
        """
    }
}

private enum SiteBrowser {
    static let isThere = (try? Renderer()) != nil
}
