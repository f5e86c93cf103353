// Bicubic resizing against Pillow, sample for sample.

import Media
import Testing

@Suite struct ResizeTests {
    @Test(arguments: Goldens.resizes)
    func equalsPIL(golden: ResizeGolden) {
        let source = LinearCongruential.noise(width: golden.from[0], height: golden.from[1])
        let resized = source.resized(width: golden.to[0], height: golden.to[1])
        #expect(resized.width == golden.to[0] && resized.height == golden.to[1])
        #expect(resized.pixels[...] == golden.expected)
    }

    @Test func oneColorStaysThatColor() {
        let flat = Image(width: 37, height: 11, fill: (255, 1, 128))
        for (width, height) in [(1, 1), (36, 12), (74, 3), (5, 50)] {
            #expect(
                flat.resized(width: width, height: height) == Image(width: width, height: height, fill: (255, 1, 128)))
        }
    }
}
