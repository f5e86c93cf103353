// That every stack that a browser shows without a build shows what the plain pages show, pixel by pixel.
import Foundation
import Media
import Render
import Support
import Testing

@testable import UIToCode

@Suite(.serialized, .enabled(if: Browser.isThere, "needs a Chromium"), .timeLimit(.minutes(5)))
struct SiteTwinTests {
    private static let window = Viewport(width: 900, height: 600)

    private func pictures(of project: Project, _ site: Site) async throws -> [Screenshot] {
        let renderer = try TestBrowser.renderer()
        var pictures: [Screenshot] = []
        for page in site.pages {
            pictures.append(
                try await renderer.render(
                    PageFiles(project, entry: "pages/\(page.slug).html"), viewport: Self.window))
        }
        await renderer.close()
        return pictures
    }

    @Test(arguments: [Stack.html, .tailwind])
    func aStackShowsWhatItsTwinShows(stack: Stack) async throws {
        let site = SampleSite.site
        let twin = try await pictures(of: try SiteEmitter.twin(of: site), site)
        let pages = try await pictures(of: try SiteEmitter(stack.template).project(of: site), site)
        for (index, (page, other)) in zip(pages, twin).enumerated() {
            #expect(page.image == other.image, "\(site.pages[index].slug)")
            #expect(page.texts.map(\.text) == other.texts.map(\.text))
            #expect(page.console.isEmpty, "\(page.console)")
            #expect(page.refused.isEmpty, "\(page.refused)")
        }
        #expect(twin[0].texts.contains { $0.text?.contains("Sencha {fine}") == true })
        #expect(twin[1].texts.contains { $0.text?.contains("Sencha \"A\"") == true })
    }

    /// The hand-written pages of the sample designs: style sheets as people write them.
    @Test(arguments: [Stack.html, .tailwind])
    func aPageInAStackIsThePage(stack: Stack) async throws {
        let renderer = try TestBrowser.renderer()
        for folder in ["designs/sources", "designs/screens/sources"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: Fixtures.path(folder)).sorted()
            where name.hasSuffix(".html") {
                let html = String(decoding: try Fixtures.data(folder + "/" + name), as: UTF8.self)
                let site = Site(page: html, name: name, width: 900, height: 600)
                let project = try SiteEmitter(stack.template).project(of: site, isSingle: true)
                let page = try await renderer.render(
                    PageFiles(project, entry: "index.html"), viewport: Self.window)
                let original = try await renderer.render(PageFiles(html: html), viewport: Self.window)
                #expect(page.image == original.image, "\(folder)/\(name)")
            }
        }
        await renderer.close()
    }

    @Test func withoutScriptsThePagesOwnWordsStay() async throws {
        let site = SampleSite.site
        var options = RenderOptions()
        options.javascript = false
        options.pageSeconds = 60
        let renderer = try Renderer(options: options)
        let page = try await renderer.render(
            PageFiles(try SiteEmitter(Stack.html.template).project(of: site), entry: "pages/shop.html"),
            viewport: Self.window)
        await renderer.close()
        let words = page.texts.compactMap(\.text).joined(separator: " ")
        for word in ["Assam <strong>", "$4", "Sencha {fine}", "no break"] { #expect(words.contains(word), "\(words)") }
    }
}

private enum Browser {
    static let isThere = (try? Renderer()) != nil
}
