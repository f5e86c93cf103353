import Media
import Render
import Testing

@testable import UIToCode

@Suite struct PixelsTests {
    private let red = RGB(200, 20, 20)

    @Test func aPictureOfTwicePixelsIsAskedByCSSPixel() {
        let pixels = Pixels(Painting(8, 8).box(4, 2, 2, 2, red).image, scale: 2)
        #expect(pixels.width == 4)
        #expect(pixels[2, 1] == red)
        #expect(pixels[1, 1] == RGB(255, 255, 255))
        #expect(
            pixels.crop(Box(x: 2, y: 1, width: 1, height: 1))?.pixels == [
                200, 20, 20, 200, 20, 20, 200, 20, 20, 200, 20, 20,
            ])
    }

    @Test func regionsAreCutAtTheBorder() {
        let pixels = Pixels(Painting(6, 6).image, scale: 1)
        #expect(pixels.colours(in: Box(x: -5, y: 4, width: 7, height: 9)).count == 4)
        #expect(pixels.colours(in: Box(x: 7, y: 0, width: 5, height: 5)).isEmpty)
        #expect(pixels.crop(Box(x: 7, y: 0, width: 5, height: 5)) == nil)
    }

    @Test func holesAreNotLookedAt() {
        let pixels = Pixels(Painting(10, 10).box(2, 2, 6, 6, red).image, scale: 1)
        let all = Box(x: 0, y: 0, width: 10, height: 10)
        #expect(Set(pixels.colours(in: all, outside: [Box(x: 2, y: 2, width: 6, height: 6)])) == [RGB(255, 255, 255)])
    }

    @Test func theFillIsTheMostFrequentColourWithItsNeighbours() throws {
        let colours = [RGB(10, 10, 10), RGB(10, 10, 10), RGB(14, 10, 8), RGB(90, 0, 0)]
        let fill = try #require(Fill(of: colours))
        #expect(fill == Fill(colour: RGB(10, 10, 10), share: 0.75))
        #expect(Fill(of: []) == nil)
    }

    @Test func inkIsTheColourFarthestFromTheGround() throws {
        let pale = RGB(220, 140, 140)
        let image = Painting(40, 20, ground: RGB(240, 240, 255)).text(4, 4, 30, 10, red).box(20, 4, 1, 10, pale).image
        let ink = try #require(Ink(in: Pixels(image, scale: 1), box: Box(x: 4, y: 4, width: 30, height: 10)))
        #expect(ink.ground == RGB(240, 240, 255))
        #expect(ink.colour == red)
        let blank = Pixels(Painting(40, 20).image, scale: 1)
        #expect(Ink(in: blank, box: Box(x: 4, y: 4, width: 30, height: 10)) == nil)
    }

    @Test func computedColoursAreReadWhenTheyAreOpaque() {
        #expect(RGB(computed: "rgb(1, 2, 3)") == RGB(1, 2, 3))
        #expect(RGB(computed: "rgba(1, 2, 3, 1)") == RGB(1, 2, 3))
        #expect(RGB(computed: "rgba(1, 2, 3, 0.5)") == nil)
        #expect(RGB(computed: "rgba(0, 0, 0, 0)") == nil)
        #expect(RGB(computed: "transparent") == nil)
        #expect(RGB(computed: "color(srgb 1 0 0)") == nil)
    }
}
