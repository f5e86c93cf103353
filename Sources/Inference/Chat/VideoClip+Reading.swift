// Video files as the clips that conversations hold: frames sampled as Kimi K2.5's processor samples them, at the times
// they are shown. `Media` decodes and chooses; here is only what a model asks of it.
public import Media

extension VideoClip {
    /// Most frames that are taken of a video unless told otherwise: two a second of two minutes.
    public static let usualMaxFrames = 256

    /// Larger frames are shrunk to this many pixels, 1920 × 1080. Models of the Kimi family look at fewer than half of
    /// them, so a long recording of a large screen costs no memory that nobody sees.
    private static let maxPixels = 1920 * 1080

    /// Samples a video file.
    ///
    /// The call blocks while it decodes: keep it away from threads that others wait for.
    ///
    /// - Parameters:
    ///   - path: any video that `VideoReader` reads.
    ///   - samplesPerSecond: what the engine's abilities ask for, `videoFramesPerSecond`.
    ///   - maxFrames: most frames, spread evenly over a longer video.
    /// - Throws: as `VideoReader.init(path:limits:)`; `.damagedVideo` for any damage, however much is readable.
    public init(
        reading path: String, limits: VideoLimits = .init(), samplesPerSecond: Double = 2,
        maxFrames: Int = usualMaxFrames
    ) throws(MediaError) {
        try self.init(VideoReader(path: path, limits: limits), samplesPerSecond, maxFrames)
    }

    /// Samples a video held in memory. `name` is what errors call it.
    ///
    /// - Throws: as `init(reading:limits:samplesPerSecond:maxFrames:)`.
    public init(
        reading bytes: [UInt8], name: String, limits: VideoLimits = .init(), samplesPerSecond: Double = 2,
        maxFrames: Int = usualMaxFrames
    ) throws(MediaError) {
        try self.init(VideoReader(bytes: bytes, name: name, limits: limits), samplesPerSecond, maxFrames)
    }

    private init(_ reader: VideoReader, _ samplesPerSecond: Double, _ maxFrames: Int) throws(MediaError) {
        let sample = try reader.sample(
            samplesPerSecond: samplesPerSecond, maxFrames: maxFrames, maxPixels: Self.maxPixels)
        if let damage = sample.damage { throw damage }
        self.init(frames: sample.frames, seconds: sample.seconds)
    }
}
