// Perceptual hashes, beside those of scipy's cosine transform.

import Media
import Testing

@Suite struct PerceptualHashTests {
    @Test func hashesAsScipyAndNumpyDo() {
        for golden in ObservingGoldens.hashes {
            let picture = golden.picture()
            #expect(picture.samples.reduce(0) { $0 + Int($1) } == golden.sum)
            #expect(PerceptualHash(picture).bits == UInt64(golden.bits, radix: 16))
        }
    }

    @Test func aLargerPictureHashesAsItsMeansDo() {
        for golden in ObservingGoldens.hashes.prefix(5) {
            let small = golden.picture()
            var samples: [UInt8] = []
            for y in 0..<96 {
                for x in 0..<160 { samples.append(small.samples[y / 3 * 32 + x / 5]) }
            }
            let large = LumaPlane(width: 160, height: 96, samples: samples)
            #expect(PerceptualHash(large).distance(to: PerceptualHash(small)) == 0)
        }
    }

    @Test func noiseChangesFewBitsAndAnotherPictureMany() {
        var numbers = ObservingNumbers(state: 5)
        let pictures = ObservingGoldens.hashes.map { $0.picture() }
        for (index, picture) in pictures.enumerated() {
            let noisy = LumaPlane(
                width: 32, height: 32,
                samples: picture.samples.map { UInt8(clamping: Int($0) + numbers.next(below: 7) - 3) })
            let hash = PerceptualHash(picture)
            #expect(hash.distance(to: PerceptualHash(noisy)) <= 6)
            #expect(hash.distance(to: PerceptualHash(pictures[(index + 1) % pictures.count])) > 10)
        }
    }
}
