// Ink without words: the same line agrees with itself, other lines do not.
import Media
import Testing

@testable import Render

@Suite struct InkRasterTests {
    private static func rasters(_ name: String) throws -> [InkRaster] {
        let image = try FidelityGoldens.design(name)
        return Sight(estimating: image).texts.map { InkRaster(image, scale: 1, box: $0.box) }
    }

    @Test func everyLineAgreesBestWithItself() throws {
        let rasters = try Self.rasters("team.png")
        for (index, raster) in rasters.enumerated() {
            #expect(raster.agreement(with: raster) == 1)
            for other in rasters[..<index] {
                let agreement = raster.agreement(with: other)
                #expect(agreement == other.agreement(with: raster))
                #expect((0...1).contains(agreement))
            }
        }
        let pairs = rasters.indices.flatMap { first in (0..<first).map { (first, $0) } }
        let strangers = pairs.map { rasters[$0].agreement(with: rasters[$1]) }.sorted()
        #expect(strangers[strangers.count * 9 / 10] < TextMatching.leastSimilarity)
    }

    @Test func aLineIsKnownAgainInOtherColoursAndAtTwiceTheSize() throws {
        let image = try FidelityGoldens.design("sign-in.png")
        let negative = Image(width: image.width, height: image.height, pixels: image.pixels.map { 255 - $0 })
        let large = image.resized(width: image.width * 2, height: image.height * 2)
        for line in Sight(estimating: image).texts {
            let raster = InkRaster(image, scale: 1, box: line.box)
            #expect(raster.agreement(with: InkRaster(negative, scale: 1, box: line.box)) > 0.99)
            #expect(raster.agreement(with: InkRaster(large, scale: 2, box: line.box)) > 0.85)
        }
    }

    @Test func anEmptyBoxAgreesWithNothing() {
        let flat = Image(width: 50, height: 50, fill: (10, 20, 30))
        let raster = InkRaster(flat, scale: 1, box: Box(x: 5, y: 5, width: 30, height: 12))
        #expect(raster.agreement(with: raster) == 0)
        #expect(InkRaster(flat, scale: 1, box: Box(x: 80, y: 5, width: 30, height: 12)).samples.isEmpty)
    }
}
