// Digests of contents and pictures.
import Media
import Model
import Testing

@testable import Inference

struct ContentDigestTests {
    /// Source: FIPS 180-4, appendix of examples.
    @Test func isSHA256() {
        #expect(
            ContentDigest(of: Array("abc".utf8)).description
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func isItsBytes() {
        let (one, other) = (ContentDigest(of: [1]), ContentDigest(of: [2]))
        #expect(one != other)
        #expect(one == ContentDigest(of: [1]))
        #expect(one.bytes.count == 32)
        #expect(one.bytes != other.bytes)
    }

    @Test func picturesOfOtherPixelsOrShapesHaveOtherDigests() {
        func picture(_ width: Int, _ height: Int, _ shade: UInt8 = 0) -> Image {
            Image(width: width, height: height, fill: (shade, 0, 0))
        }
        let all = [
            PictureDigest(of: .image(picture(2, 3))), PictureDigest(of: .image(picture(3, 2))),
            PictureDigest(of: .image(picture(2, 3, 1))), PictureDigest(of: .chunk([picture(2, 3)])),
            PictureDigest(of: .chunk([picture(2, 3), picture(2, 3)])),
        ]
        #expect(Set(all).count == all.count)
        #expect(PictureDigest(of: .image(picture(2, 3))) == all[0])
    }
}
