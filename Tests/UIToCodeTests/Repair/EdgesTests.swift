import Media
import Render
import Testing

@testable import UIToCode

@Suite struct EdgesTests {
    private let fill = RGB(60, 90, 200)

    private func finder(_ design: Painting, _ result: Painting) -> EdgeFinder {
        EdgeFinder(design: Pixels(design.image, scale: 1), result: Pixels(result.image, scale: 1))
    }

    @Test func edgesAreFoundWhereTheDesignHasThem() {
        let finder = finder(Painting(120, 100).box(35, 24, 60, 50, fill), Painting(120, 100).box(30, 30, 60, 40, fill))
        let box = Box(x: 30, y: 30, width: 60, height: 40)
        #expect(finder.shift(of: .left, of: box, guess: (0, 0)) == 5)
        #expect(finder.shift(of: .right, of: box, guess: (0, 0)) == 5)
        #expect(finder.shift(of: .top, of: box, guess: (0, 0)) == -6)
        #expect(finder.shift(of: .bottom, of: box, guess: (0, 0)) == 4)
    }

    // A border is two edges; the inner one of the page must not be taken for the outer one of the design.
    @Test func aBorderIsFoundAsAWhole() {
        func card(_ x: Int) -> Painting {
            Painting(120, 100, ground: RGB(240, 240, 240)).box(x, 20, 60, 60, RGB(120, 120, 120))
                .box(x + 1, 21, 58, 58, RGB(255, 255, 255))
        }
        let finder = finder(card(34), card(30))
        let box = Box(x: 30, y: 20, width: 60, height: 60)
        #expect(finder.shift(of: .left, of: box, guess: (0, 0)) == 4)
        #expect(finder.shift(of: .left, of: box, guess: (2, 0)) == 4)
    }

    @Test func whatTheDesignDoesNotHaveIsNotFound() {
        let finder = finder(Painting(120, 100), Painting(120, 100).box(30, 30, 60, 40, fill))
        let box = Box(x: 30, y: 30, width: 60, height: 40)
        #expect(finder.shift(of: .left, of: box, guess: (0, 0)) == nil)
        #expect(finder.shift(of: .left, of: Box(x: 2, y: 2, width: 5, height: 5), guess: (0, 0)) == nil)
    }

    @Test(arguments: [0.0, 4, 8, 12, 16, 20]) func cornersAreMeasured(radius: Double) throws {
        let image = Painting(100, 100, ground: RGB(240, 240, 240)).rounded(20, 20, 60, 60, radius: radius, fill).image
        let found = try #require(Corner.radius(in: Pixels(image, scale: 1), x: 20, y: 20, limit: 30))
        #expect(abs(found - radius) <= 2)
    }

    @Test func aCornerThatDoesNotStandOutIsNotMeasured() {
        #expect(Corner.radius(in: Pixels(Painting(60, 60).image, scale: 1), x: 20, y: 20, limit: 20) == nil)
    }
}
