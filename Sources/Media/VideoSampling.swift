// Which frames of a video a model sees: as many a second as it was trained with, spread evenly over the frames from the
// first to the last, as the processor of Kimi K2.5 chooses them.

/// Frames sampled from a video.
public struct VideoSample: Sendable, Equatable {
    /// Pictures of one size, in order.
    public var frames: [Image]
    /// When each is shown, in seconds from the first frame of the video.
    public var seconds: [Double]
    /// What is wrong with the file; frames are then sampled from what is readable of it.
    public var damage: MediaError?
}

extension VideoReader {
    /// The indices of the frames to sample: with fps the smaller of both rates,
    ///
    ///     n = max(1, round(frames · fps / rate)), at most maxFrames
    ///     index = round(linspace(0, frames − 1, n))
    ///
    /// rounding half to even, as numpy does.
    ///
    /// - Returns: rising indices, none where there is no frame.
    ///
    /// Source: the video processor of Kimi K2.5. Proof: `VideoSamplingTests.choosesWhatNumpyChooses`.
    public static func sampleIndices(
        frameCount: Int, framesPerSecond: Double, samplesPerSecond: Double, maxFrames: Int
    ) -> [Int] {
        precondition(framesPerSecond > 0 && samplesPerSecond > 0 && maxFrames > 0, "rates and counts are positive")
        guard frameCount > 0 else { return [] }
        let wanted = Double(frameCount) * min(samplesPerSecond, framesPerSecond) / framesPerSecond
        let count = min(max(Int(wanted.rounded(.toNearestOrEven)), 1), maxFrames)
        guard count > 1 else { return [0] }
        let last = Double(frameCount - 1)
        let step = last / Double(count - 1)
        return (0..<count).map { index in
            Int((index == count - 1 ? last : Double(index) * step).rounded(.toNearestOrEven))
        }
    }

    /// Samples the video.
    ///
    /// - Parameters:
    ///   - samplesPerSecond: frames of a second to take; a slower video gives all it has.
    ///   - maxFrames: most frames to take of the whole.
    ///   - maxPixels: larger frames are shrunk to this many pixels, their shape kept.
    /// - Throws: `.videoTooSlow`, `.cancelled`; `.damagedVideo` where no frame can be decoded. Lesser damage is told in the sample.
    /// - Complexity: decodes every frame, converts those that are taken. Where packets turn out to show nothing, decodes
    ///   once more, since the choice depends on the number of frames.
    public func sample(
        samplesPerSecond: Double, maxFrames: Int = .max, maxPixels: Int = .max
    ) throws(MediaError) -> VideoSample {
        let (width, height) = fitted(into: maxPixels)
        var expected = info.frameCount
        while true {
            let chosen = Self.sampleIndices(
                frameCount: expected, framesPerSecond: info.framesPerSecond, samplesPerSecond: samplesPerSecond,
                maxFrames: maxFrames)
            var sample = VideoSample(frames: [], seconds: [])
            let (count, damage) = try decode { frame throws(MediaError) in
                if sample.frames.count < chosen.count, frame.index == chosen[sample.frames.count] {
                    sample.frames.append(try frame.image(width: width, height: height))
                    sample.seconds.append(frame.seconds)
                }
                return true
            }
            guard count > 0 else { throw damaged(damage ?? "no frame can be decoded", frames: 0) }
            if count == expected {
                sample.damage = damage.map { damaged($0, frames: count) }
                return sample
            }
            expected = count
        }
    }

    private func fitted(into maxPixels: Int) -> (width: Int, height: Int) {
        precondition(maxPixels > 0, "a picture has at least one pixel")
        let (width, height) = (Double(info.width), Double(info.height))
        guard width * height > Double(maxPixels) else { return (info.width, info.height) }
        let scale = (Double(maxPixels) / (width * height)).squareRoot()
        return (max(1, Int(width * scale)), max(1, Int(height * scale)))
    }
}
