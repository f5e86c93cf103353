// One walk over a track's packets without decoding: how many frames, how long, how fast, and whether the file ends
// where it says it does.

import CMedia

/// What the packets of a video say.
struct VideoIndex {
    private(set) var frameCount = 0
    private(set) var seconds = 0.0
    private(set) var framesPerSecond = 1.0
    private(set) var damage: String?

    /// Reads all packets that `demuxer` has left.
    ///
    /// - Throws: `.videoTooLong`, `.tooManyFrames`, `.videoTooSlow`, `.cancelled`; `.damagedVideo` where there is no frame at all.
    init(_ demuxer: VideoDemuxer, _ file: VideoFile) throws(MediaError) {
        let stream = demuxer.stream
        let tick = Double(stream.pointee.time_base.num) / Double(max(1, stream.pointee.time_base.den))
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        guard let packet else { throw file.unreadable("out of memory") }
        var (packetCount, first, last, lastTicks) = (0, Int64.max, Int64.min, Int64(0))
        do throws(MediaError) {
            while let isWhole = try demuxer.next(packet) {
                packetCount += 1
                if !isWhole { damage = damage ?? "truncated: its last frame is incomplete" }
                guard packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0 else { continue }
                frameCount += 1
                guard frameCount <= file.limits.maxFrames else {
                    throw .tooManyFrames(file: file.name, limit: file.limits.maxFrames)
                }
                let stamp = packet.pointee.pts == .min ? packet.pointee.dts : packet.pointee.pts
                guard stamp != .min else { continue }
                first = min(first, stamp)
                if stamp >= last { (last, lastTicks) = (stamp, max(0, packet.pointee.duration)) }
                let length = (Double(last) - Double(first)) * tick
                guard length <= file.limits.maxSeconds else {
                    let known = Double(max(0, stream.pointee.duration)) * tick
                    throw .videoTooLong(
                        file: file.name, seconds: max(length, known), limit: file.limits.maxSeconds)
                }
            }
            damage = damage ?? demuxer.missingEnd(packetCount: packetCount)
        } catch .damagedVideo(_, _, let reason, _) {
            damage = damage ?? reason
        }
        guard frameCount > 0 else { throw file.damaged(damage ?? "it holds no frame", frames: 0) }
        let span = last > first ? (Double(last) - Double(first)) * tick : 0
        framesPerSecond = Self.rate(span > 0 ? Double(frameCount - 1) / span : nil, stream.pointee.avg_frame_rate)
        seconds = span + (lastTicks > 0 ? Double(lastTicks) * tick : 1 / framesPerSecond)
    }

    /// The container's rate where it agrees with the timestamps; some write the tick of their clock instead.
    private static func rate(_ measured: Double?, _ said: AVRational) -> Double {
        let said = said.num > 0 && said.den > 0 ? Double(said.num) / Double(said.den) : nil
        guard let measured else { return said ?? 1 }
        guard let said, (0.5...2).contains(said / measured) else { return measured }
        return said
    }
}
