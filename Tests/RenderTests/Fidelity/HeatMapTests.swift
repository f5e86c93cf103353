// The heat map: grey where nothing differs, darker the more it does.
import Media
import Testing

@testable import Render

@Suite struct HeatMapTests {
    @Test func withoutDifferencesItIsThePaleDesign() {
        let design = Image.generatedPage(width: 40, height: 30, seed: 3, shift: 0)
        let map = Fidelity.heatMap(of: design, against: design)
        #expect(map.width == 40 && map.height == 30)
        for index in 0..<40 * 30 {
            let pixel = map.pixels[3 * index..<3 * index + 3]
            #expect(Set(pixel).count == 1 && pixel.first! >= 166)
        }
    }

    @Test func differencesAreColouredAndLargerOnesDarker() {
        let design = Image(width: 60, height: 20, fill: (255, 255, 255))
        let result = design.filled(x: 0, y: 0, width: 20, height: 20, RGB(240, 240, 240))
            .filled(x: 20, y: 0, width: 20, height: 20, RGB(120, 120, 120))
        let luma = Luma(Fidelity.heatMap(of: result, against: design)).samples
        #expect(luma[0] > luma[25] + 60)
        #expect(luma[50] == 255)
        let lumas = HeatScale.steps.map { Luma(Image(width: 1, height: 1, fill: $0.channels)).samples[0] }
        #expect(zip(lumas, lumas.dropFirst()).allSatisfy { $0 > $1 + 20 }, "the scale reads in grey too")
    }

    @Test func theCanvasIsTheLargerOfBothAndWhatOnlyOneCoversIsMarked() {
        let map = Fidelity.heatMap(
            of: Image(width: 30, height: 10, fill: (255, 255, 255)),
            against: Image(width: 20, height: 15, fill: (255, 255, 255)))
        #expect(map.width == 30 && map.height == 15)
        func isGrey(_ x: Int, _ y: Int) -> Bool { Set(map.pixels[(y * 30 + x) * 3..<(y * 30 + x) * 3 + 3]).count == 1 }
        #expect(isGrey(5, 5))
        #expect(!isGrey(25, 5) && !isGrey(5, 12) && !isGrey(25, 12))
    }
}
