// The picture value itself: filling, padding, cropping.

import Media
import Testing

@Suite struct ImageTests {
    @Test func aFilledPictureRepeatsItsColor() {
        let image = Image(width: 2, height: 2, fill: (1, 2, 3))
        #expect(image.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
    }

    @Test func paddingGrowsToTheRightAndBelow() {
        let padded = Image(width: 1, height: 1, fill: (9, 8, 7)).padded(width: 2, height: 2, with: (0, 1, 2))
        #expect(padded == Image(width: 2, height: 2, pixels: [9, 8, 7, 0, 1, 2, 0, 1, 2, 0, 1, 2]))
    }

    @Test func paddingToItsOwnSizeChangesNothing() {
        let noise = LinearCongruential.noise(width: 5, height: 3)
        #expect(noise.padded(width: 5, height: 3, with: (0, 0, 0)) == noise)
    }

    @Test func croppingUndoesPadding() {
        let noise = LinearCongruential.noise(width: 7, height: 5)
        let padded = noise.padded(width: 12, height: 9, with: (1, 1, 1))
        #expect(padded.cropped(x: 0, y: 0, width: 7, height: 5) == noise)
    }

    @Test func croppingTakesTheRectangleNamed() {
        let image = Image(width: 3, height: 2, pixels: (0..<18).map { UInt8($0) })
        #expect(image.cropped(x: 1, y: 1, width: 2, height: 1).pixels == [12, 13, 14, 15, 16, 17])
    }
}
