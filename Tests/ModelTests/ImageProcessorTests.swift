// Pictures to patches: the grid rule and normalisation against transformers, resized pixels against PIL.

import Foundation
import Media
import Support
import Testing

@testable import Model

@Suite struct ImageProcessorTests {
    struct Grid: Decodable {
        let width: Int
        let height: Int
        let limit: Int
        let resized: [Int]
        let rows: Int
        let columns: Int
    }

    @Test func gridsMatchTransformersAtEverySize() throws {
        let processor = try #require(try TinyModel.named("k25").exact.imageProcessor)
        let grids = try JSONDecoder().decode([Grid].self, from: Fixtures.data("parity/model/goldens/grids.json"))
        #expect(grids.count == 32)
        for grid in grids {
            let found = processor.grid(width: grid.width, height: grid.height, limit: grid.limit)
            #expect([found.width, found.height] == grid.resized, "\(grid)")
            #expect(found.rows == grid.rows && found.columns == grid.columns, "\(grid)")
            #expect(found.tokenCount == grid.rows * grid.columns / 4)
        }
    }

    @Test(arguments: ["wide", "tall", "strip", "clip", "shrunk", "shrunk-clip"])
    func patchesMatchPIL(medium: String) throws {
        let tiny = try TinyModel.named("k25")
        let processor = try #require(tiny.exact.imageProcessor)
        let grid = try tiny.goldens.ints("\(medium)/grid")
        let item = try tiny.medium(medium)
        let found = processor.grid(of: item)
        #expect([found.rows, found.columns] == Array(grid[1...]))
        let values = processor.patches(of: item)
        let step = (try? tiny.goldens.ints("\(medium)/step")[0]) ?? 1
        let levels = try tiny.goldens.levels("\(medium)/levels")
        let patches = stride(from: 0, to: grid.reduce(1, *), by: step).flatMap { values[$0 * 588..<($0 + 1) * 588] }
        #expect(patches.count == levels.count)
        let worst = zip(patches, levels).reduce(Float(0)) { max($0, abs(($1.0 + 1) * 127.5 - Float($1.1))) }
        // Resizing may round the other way; without it pixels are the picture's own.
        #expect(worst <= (medium.hasPrefix("shrunk") ? 1.001 : 0.001))
    }

    @Test func pixelValuesMatchTransformers() throws {
        let tiny = try TinyModel.named("k25")
        let values = try #require(tiny.exact.imageProcessor).patches(of: try tiny.medium("wide"))
        let distance = Distance(Array(values.suffix(2 * 588)), try tiny.goldens.floats("wide/pixels"))
        #expect(distance.greatest <= 2 * Float(1).ulp, "\(distance)")
    }

    @Test func paddingIsBlackBelowAndRight() throws {
        let processor = try #require(try TinyModel.named("k25").exact.imageProcessor)
        let values = processor.patches(of: .image(Image(width: 10, height: 15, fill: (255, 255, 255))))
        for (index, value) in values.enumerated() {
            let patch = index / 588, y = patch / 2 * 14 + index % 196 / 14, x = patch % 2 * 14 + index % 14
            #expect(value == (x < 10 && y < 15 ? 1 : -1), "x \(x), y \(y)")
        }
        #expect(values.count == 4 * 588)
    }

    @Test func theModelCountsTokensBeforeEncoding() throws {
        let model = try TinyModel.named("k25").exact
        for (width, height) in [(1, 1), (100, 70), (201, 150), (500, 3)] {
            let features = model.encode(.image(Image.noise(width: width, height: height, seed: 1)))
            #expect(model.mediaTokenCount(width: width, height: height) == features.tokenCount)
        }
    }

    @Test func theLimitsComeFromThePreprocessorFile() throws {
        let k25 = try #require(try TinyModel.named("k25").exact.config.imageProcessor)
        #expect(k25.patchLimit == 96 && k25.framePatchLimit == 32 && k25.sidePatchLimit == 512)
        #expect(k25.framesPerSecond == 2 && k25.framesPerChunk == 4 && k25.mean == k25.deviation)
        let kimiVL = try #require(try TinyModel.named("kimi-vl").exact.config.imageProcessor)
        #expect(kimiVL.patchLimit == 96 && kimiVL.framesPerChunk == 1)
    }
}
