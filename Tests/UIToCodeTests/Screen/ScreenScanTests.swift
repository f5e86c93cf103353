// What is seen on drawn pages: each box, rule and line of ink in its place and in its colours.
import Foundation
import Media
import Render
import Testing

@testable import UIToCode

@Suite struct ScreenScanTests {
    private let ink = RGB(17, 24, 39)
    private let white = RGB(255, 255, 255)
    private let slate = RGB(241, 245, 249)

    private func rects(_ scan: ScreenScan) -> [PixelRect] {
        scan.lines.map(\.rect).sorted { ($0.ys.lowerBound, $0.xs.lowerBound) < ($1.ys.lowerBound, $1.xs.lowerBound) }
    }

    // The box at a place, to the pixel.
    private func box(at rect: PixelRect, in scan: ScreenScan) throws -> ScreenBox {
        let found = scan.boxes.dropFirst().filter { $0.rect.isNear(rect, within: 1) }
        #expect(found.count == 1, "\(scan.boxes)")
        return try #require(found.first)
    }

    // MARK: Boxes

    @Test func aBlankPictureIsOneBoxWithoutLines() {
        let scan = ScreenScan(Image(width: 300, height: 200, fill: (10, 20, 30)))
        let whole = PixelRect(x: 0, y: 0, width: 300, height: 200)
        #expect(scan.boxes == [ScreenBox(rect: whole, colour: RGB(10, 20, 30))])
        #expect(scan.lines.isEmpty && scan.rules.isEmpty && scan.pictures.isEmpty)
    }

    @Test(arguments: [(1, 200), (200, 1), (1, 1), (3, 90)])
    func narrowPicturesAreOneBox(width: Int, height: Int) {
        let scan = ScreenScan(Image(width: width, height: height, fill: (255, 255, 255)))
        #expect(scan.boxes.map(\.rect) == [PixelRect(x: 0, y: 0, width: width, height: height)])
    }

    @Test(arguments: [0, 6, 8, 12, 16])
    func aCardHasItsLineAndItsCorners(radius: Int) throws {
        var page = DrawnPage(width: 400, height: 300, slate)
        let card = PixelRect(x: 40, y: 50, width: 240, height: 160)
        page.rounded(card, radius: radius, line: RGB(203, 213, 225), white, on: slate)
        let scan = ScreenScan(page.image)
        #expect(scan.boxes.count == 2)
        let box = try box(at: card, in: scan)
        #expect(box.rect == card && box.colour == white)
        #expect(box.border == ScreenBox.Border(width: 1, colour: RGB(203, 213, 225)))
        #expect(abs(box.radius - radius) <= 1)
        #expect(scan.lines.isEmpty && scan.rules.isEmpty && scan.pictures.isEmpty)
    }

    @Test(arguments: [0, 4, 8, 20])
    func aButtonHasItsColourAndItsCorners(radius: Int) throws {
        var page = DrawnPage(width: 300, height: 200)
        let button = PixelRect(x: 60, y: 80, width: 120, height: 40)
        page.rounded(button, radius: radius, RGB(37, 99, 235), on: white)
        page.text(x: 84, y: 94, width: 72, white)
        let scan = ScreenScan(page.image)
        let box = try box(at: button, in: scan)
        #expect(box.rect == button && box.colour == RGB(37, 99, 235) && box.border == nil && box.gradient == nil)
        #expect(abs(box.radius - radius) <= 1)
        #expect(rects(scan) == page.texts)
    }

    @Test func aBoxThatDiffersByFourLevelsIsFound() throws {
        var page = DrawnPage(width: 400, height: 300)
        let panel = PixelRect(x: 100, y: 40, width: 200, height: 120)
        page.fill(panel, RGB(251, 251, 251))
        let box = try box(at: panel, in: ScreenScan(page.image))
        #expect(box.rect == panel && box.colour == RGB(251, 251, 251) && box.radius == 0)
    }

    @Test func boxesLieInBoxes() throws {
        var page = DrawnPage(width: 400, height: 300, slate)
        let (card, badge) = (
            PixelRect(x: 20, y: 20, width: 300, height: 200), PixelRect(x: 40, y: 40, width: 60, height: 24)
        )
        page.fill(card, white)
        page.fill(badge, RGB(220, 252, 231))
        let scan = ScreenScan(page.image)
        #expect(scan.boxes.map(\.rect) == [PixelRect(x: 0, y: 0, width: 400, height: 300), card, badge])
        #expect(scan.boxes.map(\.colour) == [slate, white, RGB(220, 252, 231)])
    }

    @Test func aCircleIsABoxWithARadiusOfHalfItsWidth() throws {
        var page = DrawnPage(width: 200, height: 160)
        let disc = PixelRect(x: 60, y: 50, width: 40, height: 40)
        page.rounded(disc, radius: 20, RGB(124, 58, 237), on: white)
        let scan = ScreenScan(page.image)
        let box = try box(at: disc, in: scan)
        #expect(box.colour == RGB(124, 58, 237) && abs(box.radius - 20) <= 1)
        #expect(scan.lines.isEmpty && scan.pictures.isEmpty)
    }

    @Test func colourThatPassesFromTopToBottomIsAGradient() throws {
        var page = DrawnPage(width: 300, height: 240)
        let hero = PixelRect(x: 40, y: 40, width: 200, height: 120)
        let (from, to) = (RGB(99, 102, 241), RGB(59, 42, 181))
        for y in hero.ys {
            let share = Double(y - hero.ys.lowerBound) / Double(hero.height - 1)
            page.fill(PixelRect(xs: hero.xs, ys: y..<y + 1), from.passing(to: to, by: share))
        }
        let box = try box(at: hero, in: ScreenScan(page.image))
        let gradient = try #require(box.gradient)
        #expect(gradient.degrees == 180)
        #expect(gradient.from.distance(to: from) <= 6 && gradient.to.distance(to: to) <= 6)
    }

    @Test func aPictureWithNoiseStillHasItsCard() throws {
        var page = DrawnPage(width: 400, height: 300, slate)
        let card = PixelRect(x: 40, y: 50, width: 240, height: 160)
        page.fill(card, RGB(30, 41, 59))
        page.text(x: 60, y: 80, width: 150, height: 14, white)
        let scan = ScreenScan(page.image.noisy(by: 3))
        let box = try box(at: card, in: scan)
        #expect(try #require(box.colour).distance(to: RGB(30, 41, 59)) <= 3 && box.gradient == nil)
        #expect(scan.boxes.count == 2)
        #expect(rects(scan).count == 1)
        #expect(try #require(scan.lines.first).rect.isNear(page.texts[0], within: 1))
    }

    // MARK: Rules

    @Test func rulesAreFoundInBothDirections() throws {
        var page = DrawnPage(width: 400, height: 300)
        let (level, upright) = (
            PixelRect(x: 30, y: 60, width: 320, height: 1), PixelRect(x: 200, y: 100, width: 2, height: 120)
        )
        page.fill(level, RGB(229, 231, 235))
        page.fill(upright, RGB(100, 116, 139))
        let scan = ScreenScan(page.image)
        #expect(scan.rules.map(\.rect) == [level, upright])
        #expect(scan.rules.map(\.colour) == [RGB(229, 231, 235), RGB(100, 116, 139)])
        #expect(scan.lines.isEmpty && scan.boxes.count == 1)
    }

    @Test func stemsOfLargeLettersAreNoRules() {
        var page = DrawnPage(width: 400, height: 200)
        // As in "Ill" of a headline.
        for letter in 0..<3 { page.fill(PixelRect(x: 40 + letter * 9, y: 60, width: 4, height: 26), ink) }
        page.text(x: 71, y: 60, width: 120, height: 26, ink)
        let scan = ScreenScan(page.image)
        #expect(scan.rules.isEmpty)
        #expect(rects(scan) == [PixelRect(xs: 40..<page.texts[0].xs.upperBound, ys: 60..<86)])
    }

    // MARK: Lines

    @Test func aLineHasItsPlaceColourAndGround() throws {
        var page = DrawnPage(width: 400, height: 200, slate)
        page.fill(PixelRect(x: 20, y: 20, width: 360, height: 80), RGB(15, 23, 42))
        page.text(x: 40, y: 50, width: 180, RGB(226, 232, 240))
        page.text(x: 40, y: 140, width: 220, height: 16, RGB(185, 28, 28))
        let scan = ScreenScan(page.image)
        #expect(rects(scan) == page.texts)
        let lines = scan.lines.sorted { $0.rect.ys.lowerBound < $1.rect.ys.lowerBound }
        #expect(lines.map(\.ground) == [RGB(15, 23, 42), slate])
        #expect(lines.map(\.colour) == [RGB(226, 232, 240), RGB(185, 28, 28)])
    }

    @Test func columnsAreLinesOfTheirOwn() {
        var page = DrawnPage(width: 400, height: 100)
        page.text(x: 30, y: 40, width: 90)
        page.text(x: page.texts[0].xs.upperBound + 40, y: 40, width: 90)
        #expect(rects(ScreenScan(page.image)) == page.texts)
    }

    @Test func rowsAreLinesOfTheirOwn() {
        var page = DrawnPage(width: 400, height: 200)
        for row in 0..<5 { page.text(x: 30, y: 20 + row * 18, width: 200) }
        #expect(rects(ScreenScan(page.image)) == page.texts)
    }

    @Test func anIconBesideATextIsALineOfItsOwn() {
        var page = DrawnPage(width: 300, height: 100)
        let icon = PixelRect(x: 30, y: 37, width: 16, height: 16)
        page.fill(icon, ink)
        page.fill(icon.inset(by: PixelInsets(top: 3, right: 3, bottom: 3, left: 3)), white)
        page.text(x: 54, y: 40, width: 120, height: 10)
        let scan = ScreenScan(page.image)
        #expect(rects(scan) == [icon] + page.texts)
    }

    @Test(arguments: [47, 48, 49])
    func aCommaBelongsToItsWord(top: Int) {
        var page = DrawnPage(width: 300, height: 100)
        page.text(x: 40, y: 40, width: 60, height: 10, ink)
        let word = page.texts[0]
        let comma = PixelRect(x: word.xs.upperBound + 2, y: top, width: 2, height: 4)
        page.fill(comma, ink)
        #expect(rects(ScreenScan(page.image)) == [word.union(comma)])
    }

    // As "one" beside "place," are.
    @Test func wordsWithAndWithoutTallLettersAreOneLine() {
        var page = DrawnPage(width: 300, height: 100)
        page.text(x: 40, y: 43, width: 40, height: 7, ink)
        let start = page.texts[0].xs.upperBound + 4
        page.text(x: start, y: 40, width: 50, height: 13, ink)
        #expect(rects(ScreenScan(page.image)) == [page.texts[0].union(page.texts[1])])
    }

    @Test func theDotOfAnIBelongsToItsWord() {
        var page = DrawnPage(width: 300, height: 100)
        page.text(x: 40, y: 40, width: 60, height: 10, ink)
        let stem = PixelRect(x: page.texts[0].xs.upperBound + 2, y: 42, width: 2, height: 8)
        page.fill(stem, ink)
        page.fill(PixelRect(x: stem.xs.lowerBound, y: 38, width: 2, height: 2), ink)
        #expect(rects(ScreenScan(page.image)) == [PixelRect(xs: 40..<stem.xs.upperBound, ys: 38..<50)])
    }

    @Test func lettersOnABorderedFieldAreNotItsBorder() throws {
        var page = DrawnPage(width: 300, height: 120)
        let field = PixelRect(x: 30, y: 40, width: 220, height: 40)
        page.rounded(field, radius: 6, line: RGB(156, 163, 175), white, on: white)
        page.text(x: 44, y: 54, width: 90, RGB(107, 114, 128))
        let scan = ScreenScan(page.image)
        let box = try box(at: field, in: scan)
        #expect(box.border == ScreenBox.Border(width: 1, colour: RGB(156, 163, 175)) && abs(box.radius - 6) <= 1)
        #expect(rects(scan) == page.texts)
    }

    @Test func whatIsTooLargeForTextIsAPicture() {
        var page = DrawnPage(width: 400, height: 300)
        for step in 0..<160 {
            page.fill(PixelRect(x: 60 + step, y: 60 + step, width: 5, height: 4), RGB(220, 38, 38))
        }
        let scan = ScreenScan(page.image)
        #expect(scan.pictures == [PixelRect(x: 60, y: 60, width: 164, height: 163)])
        #expect(scan.lines.isEmpty)
    }

    @Test func theSamePictureAlwaysGivesTheSameScan() {
        var page = DrawnPage(width: 400, height: 300, slate)
        for row in 0..<3 {
            page.card(PixelRect(x: 20, y: 20 + row * 90, width: 360, height: 80))
            page.text(x: 40, y: 40 + row * 90, width: 200)
            page.text(x: 280, y: 40 + row * 90, width: 80)
        }
        let first = ScreenScan(page.image)
        let second = ScreenScan(page.image)
        #expect(first.boxes == second.boxes)
        #expect(first.lines.map(\.rect) == second.lines.map(\.rect))
        #expect(first.rules.map(\.rect) == second.rules.map(\.rect))
    }

    // As a caption above a figure: its letters are not the figure's dots.
    @Test func aSmallLineAboveALargeOneIsALineOfItsOwn() throws {
        var page = DrawnPage(width: 300, height: 120)
        page.text(x: 30, y: 20, width: 60, height: 9, ink)
        page.text(x: 30, y: 36, width: 110, height: 20, ink)
        #expect(rects(ScreenScan(page.image)) == page.texts)
    }

    // MARK: Badges

    // As "ADDRESS" in capitals of 11 px on a pill of 18: no wide place is left beside the letters.
    @Test func aPillWithDenseTextIsABoxWithALine() throws {
        var page = DrawnPage(width: 200, height: 100)
        let pill = PixelRect(x: 40, y: 40, width: 75, height: 18)
        page.rounded(pill, radius: 9, RGB(236, 72, 153), on: white)
        page.text(x: 47, y: 45, width: 61, height: 8, white)
        let scan = ScreenScan(page.image)
        let box = try box(at: pill, in: scan)
        #expect(box.colour == RGB(236, 72, 153) && abs(box.radius - 9) <= 1)
        #expect(rects(scan) == page.texts)
        #expect(scan.lines.map(\.ground) == [RGB(236, 72, 153)])
    }

    @Test func aRoundCountIsABoxWithItsDigit() throws {
        var page = DrawnPage(width: 120, height: 100)
        let badge = PixelRect(x: 40, y: 40, width: 18, height: 18)
        page.rounded(badge, radius: 9, RGB(220, 38, 38), on: white)
        let digit = PixelRect(x: 47, y: 45, width: 4, height: 8)
        page.fill(digit, white)
        let scan = ScreenScan(page.image)
        let box = try box(at: badge, in: scan)
        #expect(box.colour == RGB(220, 38, 38) && abs(box.radius - 9) <= 1 && !box.isTicked)
        #expect(rects(scan) == [digit])
    }

    // Its hole is as high as its strokes leave it.
    @Test func aLargeLetterWithAHoleIsNoBadge() {
        var page = DrawnPage(width: 120, height: 100)
        let letter = PixelRect(x: 40, y: 30, width: 24, height: 30)
        page.fill(letter, ink)
        page.fill(letter.inset(by: PixelInsets(top: 5, right: 5, bottom: 5, left: 5)), white)
        let scan = ScreenScan(page.image)
        #expect(!scan.boxes.contains { $0.colour == ink })
    }

    // MARK: Small boxes

    @Test(arguments: [13, 16], [2, 3])
    func aSmallSquareKeepsItsCorners(side: Int, radius: Int) throws {
        var page = DrawnPage(width: 100, height: 80)
        let square = PixelRect(x: 30, y: 30, width: side, height: side)
        page.rounded(square, radius: radius, line: RGB(118, 118, 118), white, on: white)
        let box = try box(at: square, in: ScreenScan(page.image))
        #expect(box.border == ScreenBox.Border(width: 1, colour: RGB(118, 118, 118)))
        #expect(abs(box.radius - radius) <= 1)
    }

    @Test func aCheckMarkInASmallBoxIsAPicture() throws {
        var page = DrawnPage(width: 100, height: 80)
        let square = PixelRect(x: 30, y: 30, width: 16, height: 16)
        page.rounded(square, radius: 3, RGB(37, 99, 235), on: white)
        // Down to the right for three pixels, then up for six.
        for step in 0..<10 {
            let y = step < 4 ? 37 + step : 43 - step
            page.fill(PixelRect(x: 33 + step, y: y, width: 1, height: 2), white)
        }
        let scan = ScreenScan(page.image)
        let box = try box(at: square, in: scan)
        #expect(box.isTicked && box.colour == RGB(37, 99, 235) && abs(box.radius - 3) <= 1)
        #expect(scan.pictures == [PixelRect(x: 33, y: 34, width: 10, height: 8)])
        #expect(scan.lines.isEmpty)
    }

    // MARK: Shadows

    @Test(arguments: [(2, 6, 0.2), (4, 12, 0.15), (1, 3, 0.12), (8, 24, 0.2)])
    func aShadowIsNeitherBorderNorRule(down: Int, blur: Int, opacity: Double) throws {
        var page = DrawnPage(width: 400, height: 300, slate)
        let card = PixelRect(x: 80, y: 60, width: 240, height: 160)
        page.shadow(of: card, down: down, blur: blur, opacity: opacity, on: slate)
        page.rounded(card, radius: 0, line: RGB(203, 213, 225), white, on: slate)
        let scan = ScreenScan(page.image)
        let box = try box(at: card, in: scan)
        #expect(box.rect == card && box.border == ScreenBox.Border(width: 1, colour: RGB(203, 213, 225)))
        let shadow = try #require(box.shadow)
        #expect(abs(shadow.down - down) <= 1 && abs(shadow.blur - blur) <= max(1, blur / 4) && shadow.spread == 0)
        #expect(abs(shadow.opacity - opacity) <= 0.05 && shadow.colour == RGB(0, 0, 0))
        #expect(scan.rules.isEmpty && scan.lines.isEmpty && scan.pictures.isEmpty)
    }

    @Test func aCardWithoutAShadowHasNone() throws {
        var page = DrawnPage(width: 400, height: 300, slate)
        let card = PixelRect(x: 40, y: 50, width: 240, height: 160)
        page.rounded(card, radius: 8, line: RGB(203, 213, 225), white, on: slate)
        #expect(try box(at: card, in: ScreenScan(page.image)).shadow == nil)
    }
}

extension DrawnPage {
    // A box with round corners and soft edges, perhaps with a line of one pixel around it.
    fileprivate mutating func rounded(
        _ rect: PixelRect, radius: Int, line: RGB? = nil, _ colour: RGB, on ground: RGB
    ) {
        for y in rect.ys {
            for x in rect.xs {
                var mixed = ground.passing(to: line ?? colour, by: Self.share(of: (x, y), in: rect, radius))
                if line != nil {
                    let inner = rect.inset(by: PixelInsets(top: 1, right: 1, bottom: 1, left: 1))
                    mixed = mixed.passing(to: colour, by: Self.share(of: (x, y), in: inner, max(0, radius - 1)))
                }
                fill(PixelRect(x: x, y: y, width: 1, height: 1), mixed)
            }
        }
    }

    // How much of a pixel lies in a rectangle with round corners, from 64 points of it.
    private static func share(of pixel: (x: Int, y: Int), in rect: PixelRect, _ radius: Int) -> Double {
        guard rect.contains(PixelRect(x: pixel.x, y: pixel.y, width: 1, height: 1)) else { return 0 }
        let toSide = min(pixel.x - rect.xs.lowerBound, rect.xs.upperBound - 1 - pixel.x)
        let toEnd = min(pixel.y - rect.ys.lowerBound, rect.ys.upperBound - 1 - pixel.y)
        guard toSide < radius, toEnd < radius else { return 1 }
        var inside = 0
        for point in 0..<64 {
            let across = Double(radius - toSide) - Double(2 * (point % 8) + 1) / 16
            let down = Double(radius - toEnd) - Double(2 * (point / 8) + 1) / 16
            if across < 0 || down < 0 || across * across + down * down <= Double(radius * radius) { inside += 1 }
        }
        return Double(inside) / 64
    }

    // What browsers draw below a box: its place in a normal distribution of half the blur.
    fileprivate mutating func shadow(of rect: PixelRect, down: Int, blur: Int, opacity: Double, on ground: RGB) {
        func share(_ place: Int, _ range: Range<Int>) -> Double {
            let width = Double(blur) / 2 * 2.0.squareRoot()
            let place = Double(place) + 0.5
            let (start, end) = (Double(range.lowerBound) - place, Double(range.upperBound) - place)
            return (erf(end / width) - erf(start / width)) / 2
        }
        let thrown = PixelRect(xs: rect.xs, ys: rect.ys.lowerBound + down..<rect.ys.upperBound + down)
        for y in 0..<height {
            for x in 0..<width {
                let dark = opacity * share(x, thrown.xs) * share(y, thrown.ys)
                fill(PixelRect(x: x, y: y, width: 1, height: 1), ground.passing(to: RGB(0, 0, 0), by: dark))
            }
        }
    }
}

extension Image {
    // The picture with every level off by up to `most`, the same on every run.
    fileprivate func noisy(by most: Int) -> Image {
        var state: UInt64 = 88_172_645_463_325_252
        let noisy = pixels.map { level in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let offset = Int(truncatingIfNeeded: state >> 33) % (2 * most + 1) - most
            return UInt8(min(255, max(0, Int(level) + offset)))
        }
        return Image(width: width, height: height, pixels: noisy)
    }
}
