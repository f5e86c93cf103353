// How large a video may be, and what is known of one before it is decoded.

/// The largest video that is read.
public struct VideoLimits: Sendable, Equatable {
    /// Seconds from the first frame to the end.
    public var maxSeconds = 900.0
    /// Bytes of the file.
    public var maxFileBytes = 500_000_000
    /// Pixels of a frame; 8K has this many.
    public var maxPixels = 7680 * 4320
    /// Frames, before any sampling.
    public var maxFrames = 200_000
    /// Seconds that opening, or one reading from end to end, may take.
    public var maxWorkSeconds = 600.0

    /// 15 minutes, 500 MB, frames up to 8K, 200,000 frames, ten minutes of work.
    public init() {}
}

/// What a video file holds, known from its packets without decoding them.
public struct VideoInfo: Sendable, Equatable {
    /// The container, told by content.
    public let format: VideoFormat
    /// libav's name of the codec, such as `h264`.
    public let codec: String
    /// Columns of the frames as they are to be seen: turned as the file says, pixels made square.
    public let width: Int
    /// Rows of the frames as they are to be seen.
    public let height: Int
    /// Seconds from the first frame to the end of the last.
    public let seconds: Double
    /// Frames a second: what the container says, or the mean of the timestamps where that is off by more than
    /// a factor of two.
    public let framesPerSecond: Double
    /// Frames in the file. Codecs with packets that show nothing have fewer than this; `VideoReader.read` tells.
    public let frameCount: Int
}
