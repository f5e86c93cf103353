// Which tiles count as changed, and which only show what a codec does.

import Media
import Testing

@Suite struct ChangeMapTests {
    @Test func whatIsTheSameHasNotChanged() {
        let plane = Self.textured(seed: 1)
        #expect(Self.changes(plane, plane).isEmpty)
    }

    @Test func aFewPixelsFarOffChangeTheirTileAlone() {
        let before = LumaPlane(width: 50, height: 30, samples: [UInt8](repeating: 200, count: 1500))
        let after = Self.painted(before, x: 17..<20, y: 9..<10, level: 160)
        // Tiles of 8: column 2, row 1 of 7 columns.
        #expect(Self.changes(before, after).indices == [9])
        let twoPixels = Self.painted(before, x: 17..<19, y: 9..<10, level: 160)
        #expect(Self.changes(before, twoPixels).isEmpty)
    }

    @Test func aFaintTintOfTheWholeTileIsAChange() {
        let before = LumaPlane(width: 24, height: 16, samples: [UInt8](repeating: 255, count: 384))
        let after = Self.painted(before, x: 8..<16, y: 0..<8, level: 250)
        #expect(Self.changes(before, after).indices == [1])
    }

    @Test func aKeyframeThatSharpensChangesNothing() {
        let sharp = Self.textured(seed: 3)
        let blurred = LumaPlane(
            width: sharp.width, height: sharp.height,
            samples: sharp.samples.indices.map { index in
                let left = sharp.samples[index % sharp.width == 0 ? index : index - 1]
                let right = sharp.samples[index % sharp.width == sharp.width - 1 ? index : index + 1]
                return UInt8((Int(left) + 6 * Int(sharp.samples[index]) + Int(right)) / 8)
            })
        let worst = zip(sharp.samples, blurred.samples).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(worst > 30)
        #expect(Self.changes(blurred, sharp).isEmpty)
    }

    @Test func theThresholdFollowsTheNoise() {
        var numbers = ObservingNumbers(state: 11)
        let clean = LumaPlane(width: 64, height: 64, samples: [UInt8](repeating: 128, count: 4096))
        func noisy() -> LumaPlane {
            LumaPlane(
                width: 64, height: 64,
                samples: clean.samples.map { UInt8(clamping: Int($0) + numbers.next(below: 41) - 20) })
        }
        var noise = CodecNoise(width: 64, height: 64)
        var last = noisy()
        for _ in 0..<12 {
            let next = noisy()
            _ = ChangeMap(from: last, to: next, noise: &noise, isLearning: true)
            last = next
        }
        let quiet = ChangeMap(from: last, to: noisy(), noise: &noise).tiles
        #expect(quiet.isEmpty)
        let real = ChangeMap(from: last, to: Self.painted(noisy(), x: 16..<24, y: 8..<16, level: 10), noise: &noise)
        #expect(real.tiles.indices == [10])
        // Without what was learnt, the same noise looks like change.
        #expect(Self.changes(last, noisy()).count > 8)
    }

    @Test func tilesThatTouchAreOneRegion() {
        var tiles = TileSet(width: 80, height: 40)
        for index in [0, 1, 11, 7, 39] { tiles[index] = true }
        #expect(tiles.regions(gap: 0).map { $0.tiles.sorted() } == [[0, 1, 11], [7], [39]])
        #expect(tiles.regions(gap: 5).map { $0.tiles.sorted() } == [[0, 1, 7, 11, 39]])
        let pixels = tiles.regions(gap: 0)[2].pixels(width: 77, height: 37)
        #expect(pixels.xs == 72..<77 && pixels.ys == 24..<32)
    }

    @Test func aLineOfBestFitTellsHowOneAreaFollowsAnother() {
        let plane = Self.textured(seed: 8)
        let darker = LumaPlane(
            width: plane.width, height: plane.height, samples: plane.samples.map { UInt8(Int($0) / 2) })
        let fit = TileFit(from: plane, to: darker, xs: 0..<24, ys: 0..<24)
        #expect(fit.correlation > 0.999)
        #expect(abs(fit.contrastRatio - 0.5) < 0.01)
        #expect(abs(fit.meanAfter - fit.meanBefore / 2) < 1)
    }

    @Test func picturesThatAreLaidDownComeBackTheSame() throws {
        let store = try PictureStore()
        var numbers = ObservingNumbers(state: 2)
        let images = [(3, 5), (31, 2), (16, 16)].map { width, height in
            Image(
                width: width, height: height,
                pixels: (0..<width * height * 3).map { _ in UInt8(numbers.next(below: 256)) })
        }
        let kept = try images.map { try store.keep($0) }
        for (image, kept) in zip(images, kept).reversed() {
            #expect(try kept.image() == image)
            #expect(kept.width == image.width && kept.height == image.height)
        }
        #expect(try KeptPicture(images[0]).image() == images[0])
    }

    @Test func brightnessIsThatOfBT601AndShrinksByMeans() {
        let image = Image(
            width: 2, height: 2, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
        let luma = LumaPlane(image)
        // 0.299, 0.587 and 0.114 of 255.
        for (mine, exact) in zip(luma.samples, [76.2, 149.7, 29.1, 255]) { #expect(abs(Double(mine) - exact) < 1.1) }
        #expect(luma.reduced(by: 2).samples == [UInt8((luma.samples.reduce(0) { $0 + Int($1) } + 2) / 4)])
    }

    @Test func aFramesBrightnessIsThatOfItsColours() throws {
        let reader = try VideoReader(path: VideoGoldens.path("h264.mp4"))
        try reader.read { frame in
            let exact = LumaPlane(try frame.image())
            let luma = try frame.luma(width: reader.info.width, height: reader.info.height)
            let differences = zip(exact.samples, luma.samples).map { abs(Int($0) - Int($1)) }
            #expect(Double(differences.reduce(0, +)) / Double(differences.count) < 3)
            return frame.index < 3
        }
    }

    private static func changes(_ before: LumaPlane, _ after: LumaPlane) -> TileSet {
        var noise = CodecNoise(width: before.width, height: before.height)
        return ChangeMap(from: before, to: after, noise: &noise).tiles
    }

    private static func textured(seed: UInt32) -> LumaPlane {
        var numbers = ObservingNumbers(state: seed)
        return LumaPlane(
            width: 48, height: 40, samples: (0..<48 * 40).map { _ in UInt8(40 + numbers.next(below: 170)) })
    }

    private static func painted(_ plane: LumaPlane, x: Range<Int>, y: Range<Int>, level: UInt8) -> LumaPlane {
        var samples = plane.samples
        for row in y { for column in x { samples[row * plane.width + column] = level } }
        return LumaPlane(width: plane.width, height: plane.height, samples: samples)
    }
}
