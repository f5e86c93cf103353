// Which frames are sampled, against numpy's choice by the rule of Kimi K2.5's processor.

import Media
import Testing

@Suite struct VideoSamplingTests {
    @Test(arguments: VideoGoldens.samples)
    func choosesWhatNumpyChooses(golden: SampleGolden) {
        let chosen = VideoReader.sampleIndices(
            frameCount: golden.frames, framesPerSecond: golden.rate, samplesPerSecond: golden.perSecond,
            maxFrames: golden.most)
        #expect(chosen == golden.indices)
    }

    @Test func aVideoWithoutFramesHasNoSamples() {
        let chosen = VideoReader.sampleIndices(
            frameCount: 0, framesPerSecond: 30, samplesPerSecond: 2, maxFrames: 10)
        #expect(chosen.isEmpty)
    }

    /// `hole.mov` has a packet that gives no frame, so its choice is made again among those that there are.
    @Test(arguments: VideoGoldens.videos)
    func aVideoIsSampledTwiceASecond(golden: VideoGolden) throws {
        let reader = try VideoReader(path: golden.path)
        let sample = try reader.sample(samplesPerSecond: 2)
        #expect(sample.seconds.count == golden.sampled.count && sample.frames.count == golden.sampled.count)
        for (mine, index) in zip(sample.seconds, golden.sampled) { #expect(abs(mine - golden.seconds[index]) < 1e-6) }
        #expect((sample.damage != nil) == golden.isDamaged)
        var all: [Image] = []
        _ = try? reader.read {
            all.append(try $0.image()); return true
        }
        let isSame = sample.frames == golden.sampled.map { all[$0] }
        #expect(isSame)
    }

    @Test func largeFramesAreShrunk() throws {
        let reader = try VideoReader(path: VideoGoldens.path("h264.mp4"))
        let sample = try reader.sample(samplesPerSecond: 2, maxFrames: 3, maxPixels: 24 * 16)
        #expect(sample.frames.map(\.width) == [24, 24, 24] && sample.frames.map(\.height) == [16, 16, 16])
        #expect(sample.seconds.first == 0 && sample.seconds.last.map { abs($0 - 59.0 / 24) < 1e-9 } == true)
    }
}
