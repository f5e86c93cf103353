// PNG out: what was written reads back the same, and flat designs become small files.

import Media
import Testing

@Suite struct PNGWritingTests {
    @Test(arguments: [(1, 1), (1, 40), (40, 1), (33, 17), (64, 64)])
    func whatIsWrittenReadsBackTheSame(width: Int, height: Int) throws {
        let noise = LinearCongruential.noise(width: width, height: height)
        let readBack = try Image.decode(try noise.encodedPNG(), name: "written")
        #expect(readBack == noise)
    }

    @Test func flatDesignsCompress() throws {
        let encoded = try Image(width: 200, height: 200, fill: (240, 240, 245)).encodedPNG()
        #expect(encoded.count < 200 * 200 * 3 / 100)
    }
}
