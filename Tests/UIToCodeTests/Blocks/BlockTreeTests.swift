// Where pictures are cut, and where never.
import Inference
import Media
import Render
import Testing

@testable import UIToCode

@Suite struct BlockTreeTests {
    private let comfortable = PixelSize(width: 560, height: 448)

    private func rects(_ tree: BlockTree) -> [PixelRect] { tree.leaves.map(\.rect) }

    // Everything that must hold of any tree: nothing overlaps, everything lies inside, no text line is cut, no text is
    // lost, and each child follows the one before.
    private func check(_ tree: BlockTree, of page: DrawnPage) {
        func check(_ block: Block) {
            #expect(block.rect.contains(block.content) || !block.isLeaf)
            for child in block.children {
                #expect(block.rect.contains(child.rect))
                check(child)
            }
            for (before, after) in zip(block.children, block.children.dropFirst()) {
                let direction = block.direction
                #expect(before.rect.main(direction).upperBound <= after.rect.main(direction).lowerBound)
            }
        }
        check(tree.root)
        for text in page.texts {
            #expect(tree.leaves.filter { $0.rect.overlaps(text) }.count == 1, "text at \(text)")
            #expect(tree.leaves.contains { $0.rect.contains(text) }, "text at \(text)")
        }
    }

    // MARK: Known pages

    @Test func headerSidebarAndMainAreCutAtTheirEdges() throws {
        var page = DrawnPage(width: 1000, height: 700)
        page.fill(PixelRect(x: 0, y: 0, width: 1000, height: 60), RGB(15, 23, 42))
        page.text(x: 24, y: 24, width: 120, RGB(255, 255, 255))
        page.text(x: 860, y: 24, width: 100, RGB(255, 255, 255))
        page.fill(PixelRect(x: 0, y: 60, width: 200, height: 640), RGB(241, 245, 249))
        for row in 0..<6 { page.text(x: 24, y: 90 + row * 32, width: 110) }
        page.text(x: 240, y: 100, width: 300, height: 20)
        for row in 0..<5 { page.text(x: 240, y: 150 + row * 24, width: 500) }
        let tree = BlockTree.cut(page.image, comfortable: comfortable)
        check(tree, of: page)
        #expect(tree.root.direction == .column)
        #expect(tree.root.children.map(\.rect.ys) == [0..<60, 60..<700])
        let below = try #require(tree.root.children.last)
        #expect(below.direction == .row)
        #expect(below.children.map(\.background.hex) == ["#f1f5f9", "#ffffff"])
        #expect(below.children[0].rect.xs == 0..<200)
    }

    @Test func aGridOfCardsIsRowsOfWholeCardsOfOneKind() throws {
        var page = DrawnPage(width: 1000, height: 640, RGB(248, 250, 252))
        page.text(x: 40, y: 32, width: 240, height: 20)
        for row in 0..<2 {
            for column in 0..<3 {
                let card = PixelRect(x: 40 + column * 314, y: 84 + row * 264, width: 292, height: 240)
                page.card(card)
                page.fill(
                    PixelRect(x: card.xs.lowerBound + 20, y: card.ys.lowerBound + 20, width: 252, height: 100),
                    RGB(203, 213, 225))
                page.text(x: card.xs.lowerBound + 20, y: card.ys.lowerBound + 140, width: 130 + 17 * column)
                page.text(x: card.xs.lowerBound + 20, y: card.ys.lowerBound + 166, width: 180 + 11 * row)
            }
        }
        let tree = BlockTree.cut(page.image, comfortable: comfortable)
        check(tree, of: page)
        let rows = tree.root.children.filter { $0.direction == .row }
        #expect(rows.map(\.children.count) == [3, 3])
        let cards = rows.flatMap(\.children)
        #expect(cards.allSatisfy { $0.content.size == PixelSize(width: 292, height: 240) })
        #expect(Set(cards.map(\.kind)).count == 1)
        #expect(cards[0].kind != nil)
        #expect(tree.kindCount == 1)
        #expect(tree.leaves.filter { $0.kind == nil }.count == 1)
    }

    @Test func columnsWithRowsOfTheirOwnAreCutBetweenTheColumns() throws {
        var page = DrawnPage(width: 1000, height: 600)
        for row in 0..<9 { page.text(x: 40, y: 40 + row * 37, width: 140) }
        for row in 0..<7 { page.text(x: 300, y: 50 + row * 61, width: 420, height: 14) }
        let tree = BlockTree.cut(page.image, comfortable: comfortable)
        check(tree, of: page)
        #expect(tree.root.direction == .row)
        #expect(tree.root.children.count == 2)
    }

    @Test func aBoxThatIsTooLargeKeepsItsLineAndIsCutInside() throws {
        var page = DrawnPage(width: 1000, height: 760, RGB(241, 245, 249))
        let card = PixelRect(x: 60, y: 60, width: 880, height: 640)
        page.card(card)
        for row in 0..<4 {
            page.text(x: 90, y: 100 + row * 150, width: 300, height: 18)
            page.text(x: 90, y: 136 + row * 150, width: 420)
            page.text(x: 90, y: 160 + row * 150, width: 380)
        }
        let tree = BlockTree.cut(page.image, comfortable: comfortable)
        check(tree, of: page)
        var framed: [Block] = []
        func gather(_ block: Block) {
            if block.frame != nil { framed.append(block) }
            block.children.forEach(gather)
        }
        gather(tree.root)
        let box = try #require(framed.first)
        #expect(box.rect == card)
        #expect(box.frame?.lines == PixelInsets(top: 1, right: 1, bottom: 1, left: 1))
        #expect(box.frame?.colour.hex == "#cbd5e1")
        #expect(box.background.hex == "#ffffff")
    }

    @Test func anEmptyBandStaysAsABlankBlockAndIsNoLeaf() throws {
        var page = DrawnPage(width: 400, height: 1000)
        for row in 0..<12 { page.text(x: 20, y: 30 + row * 30, width: 300) }
        page.fill(PixelRect(x: 0, y: 440, width: 400, height: 40), RGB(59, 130, 246))
        for row in 0..<12 { page.text(x: 20, y: 540 + row * 30, width: 300) }
        let tree = BlockTree.cut(page.image, comfortable: comfortable)
        check(tree, of: page)
        let blank = try #require(tree.root.children.first { $0.isBlank })
        #expect(blank.rect == PixelRect(x: 0, y: 440, width: 400, height: 40))
        #expect(blank.background.hex == "#3b82f6")
        #expect(!tree.leaves.contains { $0.isBlank })
    }

    // MARK: Text

    @Test func textLinesAreNeverCut() {
        for seed in 0..<5 {
            var page = DrawnPage(width: 700 + 41 * seed, height: 500 + 37 * seed, RGB(250, 250, 250))
            var y = 20
            var row = seed
            while y < page.height - 60 {
                let height = 10 + (row * 7) % 32
                page.text(x: 20 + (row * 13) % 40, y: y, width: page.width - 100 - (row * 29) % 200, height: height)
                y += height + 6 + (row * 11) % 30
                row += 1
            }
            check(BlockTree.cut(page.image, comfortable: comfortable), of: page)
        }
    }

    @Test func aHeadlineWiderThanComfortableStaysWhole() {
        var page = DrawnPage(width: 1200, height: 200)
        page.text(x: 40, y: 60, width: 1100, height: 56)
        let tree = BlockTree.cut(page.image, comfortable: comfortable)
        check(tree, of: page)
        #expect(tree.leaves.count == 1)
    }

    // MARK: Sizes

    @Test func leavesAreNoLargerThanComfortableWhereThereAreCuts() {
        var page = DrawnPage(width: 1200, height: 1600)
        for row in 0..<24 {
            for column in 0..<3 { page.text(x: 40 + column * 400, y: 30 + row * 64, width: 260, height: 14) }
        }
        for size in [PixelSize(width: 560, height: 448), PixelSize(width: 800, height: 600)] {
            let tree = BlockTree.cut(page.image, comfortable: size)
            check(tree, of: page)
            #expect(rects(tree).allSatisfy { $0.fits(size) })
            #expect(tree.leaves.count < 40)
        }
    }

    @Test func aDesignThatFitsHasNoPlan() {
        var page = DrawnPage(width: 560, height: 448)
        page.text(x: 20, y: 20, width: 200)
        #expect(BlockPlan(Design(name: "small", image: page.image), comfortable: comfortable) == nil)
    }

    @Test func aPlanHasOneDesignForEachLeafInItsOwnSize() throws {
        var page = DrawnPage(width: 390, height: 844)
        for row in 0..<20 { page.text(x: 20, y: 30 + row * 40, width: 300) }
        let plan = try #require(BlockPlan(Design(name: "phone", image: page.image), comfortable: comfortable))
        #expect(plan.designs.count == plan.tree.leaves.count)
        #expect(plan.designs.count > 1)
        #expect(plan.designs.map(\.name) == plan.designs.indices.map { "phone-\($0 + 1)" })
        for (design, leaf) in zip(plan.designs, plan.tree.leaves) {
            #expect(PixelSize(width: design.image.width, height: design.image.height) == leaf.rect.size)
        }
    }

    // MARK: Odd pictures

    @Test func aPictureOfOneColourIsOneBlankBlock() {
        let tree = BlockTree.cut(Image(width: 1300, height: 900, fill: (10, 20, 30)), comfortable: comfortable)
        #expect(tree.root.isBlank)
        #expect(tree.leaves.isEmpty)
        #expect(tree.root.background.hex == "#0a141e")
    }

    @Test(arguments: [(1, 900), (900, 1), (1, 1), (3, 2000), (2000, 2)])
    func narrowPicturesAreNotCutToPieces(width: Int, height: Int) {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for index in pixels.indices { pixels[index] = UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 13) }
        let tree = BlockTree.cut(Image(width: width, height: height, pixels: pixels), comfortable: comfortable)
        #expect(tree.leaves.count <= 1)
        #expect(tree.root.rect == PixelRect(x: 0, y: 0, width: width, height: height))
    }

    @Test func noiseIsOneLeaf() {
        var state: UInt64 = 88_172_645_463_325_252
        let pixels = (0..<900 * 700 * 3).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        let tree = BlockTree.cut(Image(width: 900, height: 700, pixels: pixels), comfortable: comfortable)
        #expect(tree.leaves.count == 1)
    }

    @Test func aVeryLongPageIsCutIntoManyLeaves() {
        var page = DrawnPage(width: 400, height: 6000)
        for row in 0..<145 { page.text(x: 20, y: 20 + row * 41, width: 300) }
        let tree = BlockTree.cut(page.image, comfortable: comfortable)
        check(tree, of: page)
        #expect(rects(tree).allSatisfy { $0.fits(comfortable) })
        #expect((13...30).contains(tree.leaves.count))
    }

    @Test func theSamePictureAlwaysGivesTheSameTree() {
        var page = DrawnPage(width: 1000, height: 700, RGB(248, 250, 252))
        for row in 0..<3 {
            for column in 0..<4 {
                page.card(PixelRect(x: 20 + column * 244, y: 20 + row * 220, width: 224, height: 200))
                page.text(x: 40 + column * 244, y: 40 + row * 220, width: 150)
            }
        }
        let first = BlockTree.cut(page.image, comfortable: comfortable)
        for _ in 0..<3 { #expect(BlockTree.cut(page.image, comfortable: comfortable) == first) }
    }

    @Test func twiceTheScaleGivesTheSameTreeTwiceAsLarge() {
        var page = DrawnPage(width: 1000, height: 640, RGB(248, 250, 252))
        page.fill(PixelRect(x: 0, y: 0, width: 220, height: 640), RGB(15, 23, 42))
        for row in 0..<5 { page.text(x: 24, y: 40 + row * 40, width: 120, RGB(226, 232, 240)) }
        for row in 0..<3 { page.card(PixelRect(x: 260, y: 40 + row * 190, width: 700, height: 160)) }
        let one = BlockTree.cut(page.image, comfortable: comfortable)
        let two = BlockTree.cut(page.doubled, comfortable: PixelSize(width: 1120, height: 896), scale: 2)
        #expect(one.leaves.count == two.leaves.count)
        for (first, second) in zip(one.leaves, two.leaves) {
            #expect(abs(first.content.width * 2 - second.content.width) <= 4)
            #expect(abs(first.content.height * 2 - second.content.height) <= 4)
        }
    }
}
