// SSIM against scikit-image, scale by scale, and what must hold whatever the pictures are.
import Media
import Testing

@testable import Render

@Suite struct StructureTests {
    /// Float32 sums of up to a thousand terms near 1, against float64: measured below 2e-6.
    static let tolerance = 1e-5

    @Test(arguments: FidelityGoldens.structure)
    func equalsScikitImage(golden: StructureGolden) {
        let (first, second) = golden.pictures
        let sum = first.samples.reduce(0) { $0 + Int($1) } + 2 * second.samples.reduce(0) { $0 + Int($1) }
        #expect(sum == golden.lumaSum, "the luma is PIL's")
        let scales = Structure.scales(first, second)
        #expect(scales.count == golden.scales.count)
        for (scale, wanted) in zip(scales, golden.scales) {
            #expect(abs(scale.similarity - wanted.similarity) < Self.tolerance)
            #expect(abs(scale.contrast - wanted.contrast) < Self.tolerance)
        }
    }

    @Test(arguments: FidelityGoldens.structure)
    func multiScaleEqualsTheRecordedCombination(golden: StructureGolden) {
        let (first, second) = golden.pictures
        #expect(abs(Structure.similarity(first, second) - golden.combined) < Self.tolerance)
    }

    @Test(arguments: [(1, 1), (9, 300), (57, 23), (200, 131)])
    func equalPicturesAreExactlyOne(width: Int, height: Int) {
        let luma = Luma(Image.generatedPage(width: width, height: height, seed: 5, shift: 0))
        #expect(Structure.similarity(luma, luma) == 1)
    }

    @Test func oppositePicturesAreZeroNotNegative() {
        let first = Image.generatedPage(width: 64, height: 64, seed: 5, shift: 0)
        let second = Image(width: 64, height: 64, pixels: first.pixels.map { 255 - $0 })
        #expect(Structure.scales(Luma(first), Luma(second))[0].contrast < 0)
        #expect(Structure.similarity(Luma(first), Luma(second)) == 0)
    }
}
