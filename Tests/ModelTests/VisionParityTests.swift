// Vision tower and projector against transformers: pictures of several grids, clips, both projectors.

import Media
import Support
import Testing

@testable import Model

@Suite struct VisionParityTests {
    static let media = [
        ("k25", "wide"), ("k25", "tall"), ("k25", "strip"), ("k25", "clip"), ("k25", "frame"), ("kimi-vl", "wide"),
        ("kimi-vl", "tall"),
    ]

    @Test(arguments: media)
    func towerAndProjectorMatchTransformers(checkpoint: String, medium: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let encoded = try tiny.encoded(medium, .exact)
        let tower = Distance(encoded.tower, try tiny.goldens.floats("\(medium)/tower"))
        let features = Distance(encoded.projected, try tiny.goldens.floats("\(medium)/features"))
        #expect(tower.relative <= Tolerances.features, "tower: \(tower)")
        #expect(features.relative <= Tolerances.features, "features: \(features)")
    }

    @Test(arguments: media)
    func theFastPathStraysNoFurtherThanBfloat16Products(checkpoint: String, medium: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let encoded = try tiny.encoded(medium, .fast)
        for (part, found) in [("tower", encoded.tower), ("features", encoded.projected)] {
            let distance = Distance(found, try tiny.goldens.floats("\(medium)/\(part)"))
            let drift = try tiny.goldens.floats("drift/\(medium)/\(part)")[0]
            #expect(distance.rootMeanSquare <= Tolerances.fastDrifts * drift, "\(part): \(distance), drift \(drift)")
        }
    }

    @Test(arguments: media)
    func encodeTakesThePictureItself(checkpoint: String, medium: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let features = tiny.exact.encode(try tiny.medium(medium))
        let distance = Distance(features.values, try tiny.goldens.floats("\(medium)/features"))
        #expect(distance.relative <= Tolerances.features, "\(distance)")
        #expect(features.tokenCount * tiny.exact.config.language.hidden == features.values.count)
    }

    @Test func aChunkOfOneFrameIsAStill() throws {
        let tiny = try TinyModel.named("k25")
        let frame = Image.noise(width: 80, height: 50, seed: 14)
        #expect(tiny.exact.encode(.chunk([frame])) == tiny.exact.encode(.image(frame)))
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let tiny = try TinyModel.named("k25")
        let alone = try KimiModel.open(Fixtures.checkpoint("k25"), threads: 1, precision: .fast)
        #expect(alone.encode(try tiny.medium("clip")) == tiny.fast.encode(try tiny.medium("clip")))
    }
}
