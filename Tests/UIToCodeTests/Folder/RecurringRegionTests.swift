// One thing that was drafted in several ways, on the bars of six real designs: it is written once, each page's own item
// marked as its design marks it. Other words make another bar.
import Foundation
import Inference
import Media
import Render
import Support
import Testing

@testable import UIToCode

@Suite struct RecurringRegionTests {
    private static let names = ["Overview", "Orders", "Plants", "Customers", "Deliveries", "Settings"]
    // Where each design has its own item.
    private static let places = [(403, 88), (498, 70), (575, 66), (646, 99), (750, 91), (847, 81)]

    private static func picture(_ name: String) throws -> Image {
        try Image.decode(Array(try Fixtures.data("designs/app/\(name.lowercased()).png")), name: name)
    }

    private static func mirrored(_ image: Image) -> Image {
        var pixels = image.pixels
        for y in 0..<image.height {
            for x in 0..<image.width {
                for channel in 0..<3 {
                    pixels[(y * image.width + x) * 3 + channel] =
                        image.pixels[(y * image.width + image.width - 1 - x) * 3 + channel]
                }
            }
        }
        return Image(width: image.width, height: image.height, pixels: pixels)
    }

    // A page with the bar in one of two shapes.
    private static func input(_ index: Int, shape: Int, mirrored: Bool = false) throws -> SiteInput {
        let links = names.enumerated().map { "<a\($0 == index ? " class=\"on\"" : "")>\($1)</a>" }
        let bar =
            shape == 0
            ? "<b>Fernwood</b><div>\(links.joined())</div>"
            : "<p><b>Fernwood</b></p><ul>\(links.map { "<li>\($0)</li>" }.joined())</ul>"
        let picture = try picture(names[index])
        let css = "nav { color: white; } .on { font-weight: 700; }"
        return SiteInput(
            path: "\(names[index]).png", name: names[index],
            html: """
                <html><head><title>\(names[index])</title><style>\(css)</style></head>\
                <body><nav>\(bar)</nav><p>\(index)</p></body></html>
                """, assets: [],
            elements: [
                ElementBox(
                    selector: "body > nav:nth-child(1)", tag: "nav", box: Box(x: 0, y: 0, width: 960, height: 60))
            ], width: 960, height: 640, picture: { mirrored ? Self.mirrored(picture) : picture })
    }

    private func bars(_ site: Site) -> [Int] {
        site.components.filter { $0.root.tag == "nav" }.map(\.uses).sorted()
    }

    // The words of the items that are marked on a page.
    private func marked(_ page: SitePage, of site: Site) -> [String] {
        var words: [String] = []
        site.expanded(page).visit { node in
            if let element = node.element, element.classes.contains("on") { words.append(element.innerText) }
        }
        return words
    }

    @Test func draftsOfOneBarInDifferentShapesBecomeOneComponent() async throws {
        let inputs = try Self.names.indices.map { try Self.input($0, shape: $0 % 3 == 1 ? 1 : 0) }
        let (site, consistency) = await SiteMaker(inputs, name: "app").site()
        #expect(bars(site) == [6])
        for (name, page) in zip(Self.names, site.pages) { #expect(marked(page, of: site) == [name]) }
        #expect((consistency.before ?? 1) < 0.6 && consistency.after == 1)
    }

    @Test func barsWithOtherWordsRemainTwo() async throws {
        // Mirrored, a bar has its place, its colours and as much ink as before, and says something else.
        // Those two are drafted as some of the others are, which take another form.
        let inputs = try Self.names.indices.map { try Self.input($0, shape: $0 > 3 ? 1 : $0 % 2, mirrored: $0 > 3) }
        let (site, _) = await SiteMaker(inputs, name: "app").site()
        #expect(bars(site) == [2, 4])
    }

    @Test func aPageThatKeepsItsOwnCodeKeepsItsBar() async throws {
        var inputs = try Self.names.indices.map { try Self.input($0, shape: $0 == 5 ? 1 : 0) }
        inputs[5].isApart = true
        let (site, _) = await SiteMaker(inputs, name: "app").site()
        #expect(bars(site) == [5])
        #expect(site.expanded(site.pages[5]).first { $0.name == "ul" } != nil)
    }

    @Test func aWordIsItselfInAnotherStateAndNoOtherWord() throws {
        let bar = Box(x: 0, y: 0, width: 960, height: 60)
        let letters = try Self.names.map { try #require(RegionLetters(try Self.picture($0), scale: 1, box: bar)) }
        for (index, place) in Self.places.enumerated() {
            let own = Box(x: Double(place.0 - 4), y: 9, width: Double(place.1 + 8), height: 42)
            for other in Self.names.indices where abs(other - index) > 1 {
                #expect(letters[index].says(sameAs: letters[other], in: own), "\(Self.names[index])")
            }
            for word in Self.names.indices where word != index {
                // A third design whose bar is moved until another word lies where this one's is.
                let third = try #require(Self.names.indices.first { abs($0 - word) > 1 && $0 != index })
                let middle = Self.places[word].0 + Self.places[word].1 / 2 - place.0 - place.1 / 2
                let moved = try #require(
                    RegionLetters(
                        try Self.picture(Self.names[third]), scale: 1,
                        box: Box(x: Double(middle), y: 0, width: 960, height: 60)))
                #expect(
                    !letters[index].says(sameAs: moved, in: own), "\(Self.names[index]) and \(Self.names[word])")
            }
        }
    }

    @Test func blocksOfOneKindTakeTheCommonFormAndKeepTheirWords() throws {
        let forms = [
            "<div class=\"card part-1\"><p>Sent</p><b>96</b></div>",
            "<div class=\"card part-1\"><p>Open</p><b>7</b></div>",
            "<div class=\"box part-2\"><div><p>Lost</p><p>3</p></div><input type=\"checkbox\"></div>",
            "<div class=\"box part-2\"><p>Name</p><p>Given</p><input value=\"Ada\"></div>",
        ]
        let css = ".card { padding: 4px; } .part-1 { width: 90px; } .box { padding: 5px; } .part-2 { width: 91px; }"
        let pages = forms.enumerated().map { number, form in
            PageDraft(
                SiteInput(
                    path: "\(number).png", name: "\(number)", html: "<style>\(css)</style><body>\(form)</body>",
                    assets: [], elements: [], width: 100, height: 100,
                    picture: { Image(width: 1, height: 1, fill: (0, 0, 0)) }), number: number, slug: "\(number)")
        }
        let cards = pages.map { $0.body.children[0] }
        for card in cards { card.box = Box(x: 0, y: 0, width: 90, height: 40) }
        var unifier = LookUnifier(pages, landmarks: [], kinds: [cards], alike: [])
        unifier.run()
        let written = unifier.pages.map { $0.body.children[0] }
        #expect(written[2].children.map(\.tag) == ["p", "b"])
        #expect(written[2].texts.map { $0.text?.plain } == ["Lost", "3"])
        // Its box stays its page's own.
        #expect(written[2]["class"] == "card part-2")
        // What has a place for a word that the common form lacks stays as it is.
        #expect(written[3] === cards[3])
    }
}
