// Packets to frames: feeds libavcodec with a track's packets and takes frames out in the order of showing. Packets that
// cannot be decoded are passed over and remembered as damage, so that what follows them is still seen.

import CMedia

/// Decodes one pass over a video.
final class VideoDecoder {
    /// The first thing that was wrong.
    private(set) var damage: String?
    private let demuxer: VideoDemuxer
    private let file: VideoFile
    private var context: UnsafeMutablePointer<AVCodecContext>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var isDraining = false

    /// Threads of a decoder. Two hide the cost of slow frames; more would be taken from other work.
    private static let threadCount: Int32 = 2

    /// Opens the codec of a track.
    init(_ demuxer: VideoDemuxer, _ file: VideoFile) throws(MediaError) {
        self.demuxer = demuxer
        self.file = file
        let stream = demuxer.stream.pointee
        let codec = try Self.find(stream.codecpar.pointee, file)
        packet = av_packet_alloc()
        context = avcodec_alloc_context3(codec)
        guard packet != nil, let context, avcodec_parameters_to_context(context, stream.codecpar) >= 0 else {
            throw file.unreadable("out of memory")
        }
        context.pointee.thread_count = Self.threadCount
        context.pointee.pkt_timebase = stream.time_base
        context.pointee.max_pixels = Int64(file.limits.decodedPixels)
        let code = avcodec_open2(context, codec, nil)
        guard code >= 0 else {
            throw file.unreadable(
                "its codec \(String(cString: codec.pointee.name)) does not open: \(VideoDemuxer.words(for: code))")
        }
    }

    deinit {
        avcodec_free_context(&context)
        av_packet_free(&packet)
    }

    /// The decoder for a track.
    static func find(_ codec: AVCodecParameters, _ file: VideoFile) throws(MediaError) -> UnsafePointer<AVCodec> {
        guard let decoder = avcodec_find_decoder(codec.codec_id) else {
            let name = String(cString: avcodec_get_name(codec.codec_id))
            throw file.unreadable("there is no decoder for its codec \(name)")
        }
        return decoder
    }

    /// The next frame in the order of showing, or nil where the video ends.
    func next() throws(MediaError) -> Frame? {
        guard let context else { return nil }
        while true {
            let frame = try makeFrame()
            let code = avcodec_receive_frame(context, frame.pointer)
            if code >= 0 {
                let isBroken = frame.pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
                if isBroken || frame.pointer.pointee.decode_error_flags != 0 { note("a frame is incomplete") }
                return frame
            }
            switch code {
            case Int32(CMEDIA_AV_AGAIN): try feed(context)
            case Int32(CMEDIA_AV_END): return nil
            case Int32(CMEDIA_AV_NO_MEMORY): throw file.unreadable("out of memory")
            default:
                note(VideoDemuxer.words(for: code))
                if isDraining { return nil }
                try feed(context)
            }
        }
    }

    /// Gives the codec one more packet, or tells it that there is none.
    private func feed(_ context: UnsafeMutablePointer<AVCodecContext>) throws(MediaError) {
        guard let packet, !isDraining else { return }
        do throws(MediaError) {
            if let isWhole = try demuxer.next(packet) {
                // It shows nothing new; a codec would take it for the end of all, or for a fault.
                guard packet.pointee.size > 0 else { return }
                if !isWhole { note("a packet is incomplete") }
                let code = avcodec_send_packet(context, packet)
                if code == Int32(CMEDIA_AV_NO_MEMORY) { throw file.unreadable("out of memory") }
                if code < 0, code != Int32(CMEDIA_AV_AGAIN) { note(VideoDemuxer.words(for: code)) }
                return
            }
        } catch .damagedVideo(_, _, let reason, _) {
            note(reason)
        }
        isDraining = true
        avcodec_send_packet(context, nil)
    }

    private func makeFrame() throws(MediaError) -> Frame {
        do throws(StillDecoder.Fault) { return try Frame() } catch { throw file.unreadable("out of memory") }
    }

    private func note(_ reason: String) {
        if damage == nil { damage = reason }
    }
}
