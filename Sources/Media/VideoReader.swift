// The door for video files: a path or bytes in, frames out one after the other with the times they are shown at. One
// decoded frame is held at a time, so memory does not grow with the length of a video. Opening walks all packets once,
// without decoding, since containers often do not know how many frames they hold or how long they last.
//
// A damaged file gives every frame that can be read, and then the error that says what is wrong with it.

import CMedia

/// Reads one video, as often as is asked for.
///
///     let reader = try VideoReader(path: "recording.webm")
///     try reader.read { frame in
///         try look(at: frame.image(), frame.seconds)
///         return true
///     }
///
/// Calls block while they work; a reader belongs to one thread at a time.
public final class VideoReader {
    /// What the file holds.
    public let info: VideoInfo
    private let file: VideoFile
    private let damage: String?

    /// Opens a video file: a regular file, or a pipe, which is read to its end first.
    ///
    /// - Throws: `.unreadable`, `.tooManyBytes`, `.notAVideo`, `.unreadableVideo`, `.videoTooLarge`, `.videoTooLong`,
    ///   `.tooManyFrames`, `.videoTooSlow`, `.cancelled`; `.damagedVideo` where not one frame can be found.
    public convenience init(path: String, limits: VideoLimits = .init()) throws(MediaError) {
        try self.init(VideoSource(path: path, atMost: limits.maxFileBytes), limits)
    }

    /// Opens a video held in memory. `name` is what errors call it.
    ///
    /// - Throws: as `init(path:limits:)`.
    public convenience init(bytes: [UInt8], name: String, limits: VideoLimits = .init()) throws(MediaError) {
        try self.init(VideoSource(bytes: bytes, name: name, atMost: limits.maxFileBytes), limits)
    }

    private init(_ source: VideoSource, _ limits: VideoLimits) throws(MediaError) {
        file = try VideoFile(source, limits: limits)
        let demuxer = try VideoDemuxer(file)
        let codec = demuxer.stream.pointee.codecpar.pointee
        let decoder = try VideoDecoder.find(codec, file)
        let index = try VideoIndex(demuxer, file)
        let (width, height) = Self.squarePixels(Int(codec.width), Int(codec.height), demuxer.pixelAspect)
        try file.checkSize(width: width, height: height)
        let isTurned = demuxer.orientation.swapsSides
        damage = index.damage
        info = VideoInfo(
            format: file.format, codec: String(cString: decoder.pointee.name), width: isTurned ? height : width,
            height: isTurned ? width : height, seconds: index.seconds, framesPerSecond: index.framesPerSecond,
            frameCount: index.frameCount)
    }

    /// Decodes the video from its beginning and hands over each frame, in the order of showing, until `body` returns
    /// false.
    ///
    /// Frames may be kept; each holds its samples until it goes. Cancelling the task ends the reading soon.
    ///
    /// - Returns: how many frames were handed over.
    /// - Throws: `MediaError.damagedVideo` at the end of what is readable, unless `body` ended the reading before;
    ///   `.videoTooSlow`; `.cancelled`; what `body` throws, which ends the reading.
    @discardableResult
    public func read(_ body: (VideoFrame) throws -> Bool) throws -> Int {
        var failure: (any Error)?
        let (count, damage) = try decode { frame in
            do { return try body(frame) } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        if let damage { throw file.damaged(damage, frames: count) }
        return count
    }

    /// As `read`, with the damage beside the count. Damage is nil where `body` ended the reading.
    func decode(
        _ body: (VideoFrame) throws(MediaError) -> Bool
    ) throws(MediaError) -> (frameCount: Int, damage: String?) {
        let demuxer = try VideoDemuxer(file)
        let decoder = try VideoDecoder(demuxer, file)
        let painter = FramePainter(file, width: info.width, height: info.height, orientation: demuxer.orientation)
        var times = FrameTimes(demuxer.stream.pointee, framesPerSecond: info.framesPerSecond)
        var count = 0
        while let frame = try decoder.next() {
            let shown = VideoFrame(
                index: count, seconds: times.seconds(of: frame.pointer.pointee), frame: frame, painter: painter)
            count += 1
            guard try body(shown) else { return (count, nil) }
        }
        return (count, damage ?? decoder.damage)
    }

    /// The error for what is wrong with this file.
    func damaged(_ reason: String, frames: Int) -> MediaError { file.damaged(reason, frames: frames) }

    /// The size at which pixels are square: the shorter side of a pixel is stretched, so nothing is lost. Shapes that
    /// no screen has are a file's mistake.
    private static func squarePixels(_ width: Int, _ height: Int, _ aspect: Double) -> (Int, Int) {
        guard (0.25...4).contains(aspect) else { return (width, height) }
        return aspect >= 1
            ? (Int((Double(width) * aspect).rounded()), height) : (width, Int((Double(height) / aspect).rounded()))
    }
}

/// When frames are shown, from the first one on.
private struct FrameTimes {
    private let tick: Double
    private let step: Double
    private var first: Int64?
    private var last = 0.0

    init(_ stream: AVStream, framesPerSecond: Double) {
        tick = Double(stream.time_base.num) / Double(max(1, stream.time_base.den))
        step = 1 / framesPerSecond
    }

    /// The time of the next frame; one without a timestamp follows the last at the video's pace.
    mutating func seconds(of frame: AVFrame) -> Double {
        let stamp = frame.best_effort_timestamp
        guard stamp != .min else {
            if first != nil { last += step }
            return last
        }
        let start = first ?? stamp
        first = start
        last = max(last, (Double(stamp) - Double(start)) * tick)
        return last
    }
}
