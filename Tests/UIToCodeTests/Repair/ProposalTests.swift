import Media
import Render
import Testing

@testable import UIToCode

/// What each repair proposes on pages painted by hand.
@Suite struct ProposalTests {
    private let ink = RGB(20, 20, 30)
    private let white = ["background-color": "rgb(255, 255, 255)"]

    private func view(_ page: Screenshot, _ design: Sight, document: String = "<body></body>") -> PageView {
        PageView(document: document, screenshot: page, design: design)
    }

    private func words(_ trials: [Trial]) -> [String] { trials.flatMap { $0.changes.map(\.words) } }

    // MARK: Look

    @Test func theLookOfAPageWithoutVariablesIsItsTypeface() {
        let page = Painting(10, 10).page([.at(0, 0, 10, 10, "body", ["font-family": "Lato, sans-serif"])])
        let trials = LookRepair().trials(for: view(page, Painting(10, 10).design()))
        #expect(trials.map(\.name) == ["look"])
        #expect(Set(trials[0].changes.map(\.axis)) == ["typeface"])
        #expect(trials[0].changes.count == LookRepair.typefaces.count - 1)
        #expect(!words(trials).contains { $0.contains("Lato") })
    }

    @Test func theLookOfAPageWithVariablesIsAllOfThem() {
        let document = """
            <html><head><style>body { --unit: 4px; --radius: 8px; } .roomy { --unit: 5px; } .sharp { --radius: 0px; }
            </style></head><body class="roomy"></body></html>
            """
        let page = Painting(10, 10).page([.at(0, 0, 10, 10, "body", ["font-size": "14px"])])
        let trials = LookRepair().trials(for: view(page, Painting(10, 10).design(), document: document))
        #expect(Set(trials[0].changes.map(\.axis)) == ["typeface", "size of type", "density", "roundness"])
        #expect(words(trials).contains("density of the page: 5px → 4px"))
        #expect(words(trials).contains("roundness of the page: 8px → 0px"))
        #expect(!words(trials).contains { $0.hasSuffix("→ 14px") || $0.hasSuffix("→ 5px") || $0.hasSuffix("→ 8px") })
    }

    // MARK: Page

    @Test func thePageGetsTheColourAlongTheDesignsBorder() throws {
        let page = Painting(60, 60).page([.at(0, 0, 60, 60, "body", white)])
        let design = Painting(60, 60, ground: RGB(15, 23, 42)).design()
        let trials = PageRepair().trials(for: view(page, design))
        #expect(words(trials) == ["background of the page: #ffffff → #0f172a"])
        #expect(PageRepair().trials(for: view(page, Painting(60, 60).design())).isEmpty)
    }

    @Test func whatIsTooWideIsFitted() {
        let elements: [ElementBox] = [
            .at(0, 0, 60, 60, "body", white), .at(0, 0, 90, 20, "div.row", ["display": "flex"]),
        ]
        let page = Painting(60, 60).page(elements, overflow: 30)
        let trials = PageRepair().trials(for: view(page, Painting(60, 60).design()))
        #expect(trials.map(\.name) == ["overflow"])
        #expect(words(trials).contains("div.row no wider than the page"))
        #expect(words(trials).contains("rows that stick out may break"))
    }

    // MARK: Colours

    @Test func backgroundsBordersAndTextsTakeTheDesignsColours() {
        let line = TextBox.line("Hi", 20, 24, 40, 12, in: "div.card")
        func painting(_ ground: RGB, _ border: RGB, _ text: RGB) -> Painting {
            Painting(100, 60).box(10, 10, 80, 40, border).box(11, 11, 78, 38, ground).text(20, 24, 40, 12, text)
        }
        let style = [
            "background-color": "rgb(240, 240, 240)", "color": "rgb(20, 20, 30)", "border-top-width": "1px",
            "border-top-style": "solid", "border-top-color": "rgb(100, 100, 100)",
        ]
        let page = painting(RGB(240, 240, 240), RGB(100, 100, 100), ink)
            .page([.at(0, 0, 100, 60, "body", white), .at(10, 10, 80, 40, "div.card", style)], texts: [line])
        let design = painting(RGB(200, 220, 255), RGB(10, 80, 10), RGB(160, 0, 0))
            .design(texts: [.line("Hi", 20, 24, 40, 12)])
        #expect(
            words(ColourRepair().trials(for: view(page, design))) == [
                "background of div.card: #f0f0f0 → #c8dcff", "border of div.card: #646464 → #0a500a",
                "text of div.card: #14141e → #a00000",
            ])
        let same = view(page, page.sight)
        #expect(ColourRepair().trials(for: same).isEmpty)
    }

    @Test func aBackgroundOfManyColoursIsLeftAlone() {
        let page = Painting(100, 60).page([.at(0, 0, 100, 60, "body", white), .at(10, 10, 80, 40, "div", white)])
        let design = Painting(100, 60).shape { x, y in
            (10..<90).contains(x) && (10..<50).contains(y) ? RGB(UInt8(x * 2), UInt8(y * 4), 90) : nil
        }.design()
        #expect(!words(ColourRepair().trials(for: view(page, design))).contains { $0.contains("of div") })
    }

    @Test func aKindThatWantsOneColourGetsItTogether() {
        func painting(_ colour: RGB) -> Painting {
            Painting(100, 60).box(5, 5, 40, 20, colour).box(55, 5, 40, 20, colour)
        }
        let old = ["background-color": "rgb(0, 128, 0)"]
        let page = painting(RGB(0, 128, 0)).page([
            .at(0, 0, 100, 60, "body", white), .at(5, 5, 40, 20, "i.dot:nth-child(1)", old),
            .at(55, 5, 40, 20, "i.dot:nth-child(2)", old),
        ])
        let trials = ColourRepair().trials(for: view(page, painting(RGB(128, 0, 0)).design()))
        #expect(words(trials) == ["background of i.dot: #008000 → #800000"])
        #expect(trials[0].changes[0].styles[0].selectors.count == 2)
    }

    // MARK: Sizes

    @Test func largerLinesGiveALargerSize() {
        let page = Painting(200, 60).text(10, 10, 80, 10, ink).page(
            [
                .at(0, 0, 200, 60, "body", white),
                .at(10, 10, 80, 10, "p", ["font-size": "12px", "font-weight": "400"]),
            ], texts: [.line("Words", 10, 10, 80, 10, in: "p")])
        let design = Painting(200, 60).text(10, 10, 108, 14, ink).design(texts: [.line("Words", 10, 10, 108, 14)])
        let found = words(SizeRepair().trials(for: view(page, design)))
        #expect(found.contains("font size of p: 12px → 16px"))
        #expect(SizeRepair().trials(for: view(page, page.sight)).isEmpty)
    }

    // The strokes of the design are as long and twice as thick.
    @Test func thickerStrokesGiveAHeavierWeight() {
        func painting(_ stroke: Int, _ width: Int) -> Painting {
            (0..<9).reduce(Painting(200, 60)) { $0.box(10 + $1 * (width - stroke) / 8, 10, stroke, 10, ink) }
        }
        let page = painting(2, 80).page(
            [
                .at(0, 0, 200, 60, "body", white),
                .at(10, 10, 80, 10, "p", ["font-size": "12px", "font-weight": "400"]),
            ], texts: [.line("Words", 10, 10, 80, 10, in: "p")])
        let design = painting(4, 84).design(texts: [.line("Words", 10, 10, 84, 10)])
        #expect(words(SizeRepair().trials(for: view(page, design))).contains("weight of p: 400 → 600"))
    }

    // MARK: Spacing

    @Test func whatLiesFurtherApartGetsALargerGap() {
        func painting(_ step: Int) -> Painting {
            (0..<3).reduce(Painting(200, 160)) { $0.text(20, 20 + $1 * step, 60, 10, ink, seed: $1) }
        }
        func lines(_ step: Double, _ selector: (Int) -> String?) -> [TextBox] {
            (0..<3).map { .line("line \($0)", 20, 20 + Double($0) * step, 60, 10, in: selector($0)) }
        }
        let column = [
            "display": "flex", "flex-direction": "column", "row-gap": "8px", "padding-top": "20px",
            "padding-left": "20px",
        ]
        let children = (0..<3).map { number in
            ElementBox.at(
                20, 20 + Double(number) * 18, 60, 10, "body > p:nth-child(\(number + 1))", in: "body",
                ["display": "block"])
        }
        var named = children
        for index in named.indices { named[index].tag = "p" }
        let page = painting(18).page(
            [.at(0, 0, 200, 160, "body", white.merging(column) { one, _ in one })] + named,
            texts: lines(18) { "body > p:nth-child(\($0 + 1))" })
        let trials = SpacingRepair().trials(for: view(page, painting(26).design(texts: lines(26) { _ in nil })))
        #expect(trials.first?.changes.map(\.words) == ["gap of body: 8px → 16px"])
        #expect(words(Array(trials.dropFirst())) == ["gap of body: 8px → 12px"])
    }

    @Test func aBoxThatIsHigherAroundItsTextGetsMorePadding() {
        func painting(_ rim: Int) -> Painting {
            Painting(120, 100).box(20, 30 - rim, 80, 10 + 2 * rim, RGB(40, 80, 200))
                .text(30, 30, 40, 10, RGB(255, 255, 255))
        }
        let style = [
            "background-color": "rgb(40, 80, 200)", "padding-top": "6px", "padding-bottom": "6px",
            "padding-left": "10px", "display": "block",
        ]
        let page = painting(6).page(
            [.at(0, 0, 120, 100, "body", white), .at(20, 24, 80, 22, "div.bar", style)],
            texts: [.line("Go", 30, 30, 40, 10, in: "div.bar")])
        let trials = SpacingRepair().trials(for: view(page, painting(10).design(texts: [.line("Go", 30, 30, 40, 10)])))
        let found = trials.first?.changes.map(\.words) ?? []
        #expect(found.contains("padding-top of div.bar: 6px → 10px"))
        #expect(found.contains("padding-bottom of div.bar: 6px → 10px"))
    }

    @Test func rounderCornersGiveALargerRadius() {
        func painting(_ radius: Double) -> Painting {
            Painting(120, 100).rounded(20, 20, 80, 60, radius: radius, RGB(40, 80, 200))
        }
        let style = ["background-color": "rgb(40, 80, 200)", "border-top-left-radius": "4px"]
        let page = painting(4).page([.at(0, 0, 120, 100, "body", white), .at(20, 20, 80, 60, "div.card", style)])
        let found = words(SpacingRepair().trials(for: view(page, painting(16).design())))
        #expect(found.contains { $0.hasPrefix("border-radius of div.card: 4px → 1") })
        #expect(SpacingRepair().trials(for: view(page, page.sight)).isEmpty)
    }

    // MARK: Pictures

    private func photograph(_ x: Int, _ y: Int) -> RGB {
        RGB(UInt8(x * 37 % 256), UInt8(y * 53 % 256), UInt8(x * y % 256))
    }

    @Test func anEmptyBoxGetsThePictureOfTheDesign() throws {
        let design = Painting(160, 120).shape { x, y in
            (40..<120).contains(x) && (32..<88).contains(y) ? photograph(x, y) : nil
        }.design()
        let page = Painting(160, 120).page([
            .at(0, 0, 160, 120, "body", white), .at(40, 32, 80, 56, "div.img"), .at(0, 100, 160, 20, "div.bar"),
        ])
        let trials = ImageRepair().trials(for: view(page, design))
        #expect(trials.map(\.name) == ["picture in div.img"])
        let file = try #require(trials.first?.changes.first?.files.first)
        #expect(file.path == "assets/picture-40-32.png")
        let picture = try Image.decode(file.bytes, name: file.path)
        #expect(picture == design.image.cropped(x: 40, y: 32, width: 80, height: 56))
    }

    @Test func textAndFlatAreasAreNoPictures() {
        let painting = Painting(160, 120).box(8, 8, 60, 60, RGB(1, 2, 3)).text(80, 20, 60, 30, ink)
        #expect(PictureRegions(Pixels(painting.image, scale: 1), texts: []).boxes.isEmpty)
        let photo = Painting(160, 120).shape { x, y in x >= 64 && y >= 64 ? photograph(x, y) : nil }
        let pixels = Pixels(photo.image, scale: 1)
        #expect(PictureRegions(pixels, texts: []).boxes == [Box(x: 64, y: 64, width: 96, height: 56)])
        let estimate = Box(x: 80, y: 80, width: 40, height: 10)
        #expect(PictureRegions(pixels, texts: [estimate]).boxes == [Box(x: 64, y: 64, width: 96, height: 56)])
        let titled = Pixels(photo.box(72, 72, 80, 40, RGB(255, 255, 255)).text(76, 76, 60, 30, ink).image, scale: 1)
        let title = Box(x: 72, y: 72, width: 80, height: 40)
        #expect(!PictureRegions(titled, texts: [title]).boxes.contains { $0.area > 2000 })
    }

    @Test func anImageKeepsItsElement() throws {
        let design = Painting(160, 120).shape { x, y in
            (40..<120).contains(x) && (32..<88).contains(y) ? photograph(x, y) : nil
        }.design()
        let page = Painting(160, 120).page([.at(0, 0, 160, 120, "body", white), .at(40, 32, 80, 56, "img")])
        let operations = try #require(ImageRepair().trials(for: view(page, design)).first?.changes.first?.operations)
        #expect(operations == [EditOperation("img", .setAttribute(name: "src", value: "assets/picture-40-32.png"))])
    }
}

extension Screenshot {
    /// The page as a design of its own.
    fileprivate var sight: Sight {
        var sight = Sight(self)
        sight.page = nil
        return sight
    }
}
