// One pass over a container: opens it, finds the video track, hands out that track's packets in file order. Only the
// reader that `VideoFormat` names runs, it sees nothing but the one file, and it gives up when its time is over or its task
// is cancelled.

import CMedia

/// A container that is open at some packet.
final class VideoDemuxer {
    let stream: UnsafeMutablePointer<AVStream>
    private let input: VideoInput
    private let file: VideoFile
    private var context: UnsafeMutablePointer<AVFormatContext>?

    /// Opens a video at its first packet.
    init(_ file: VideoFile) throws(MediaError) {
        StillDecoder.captureLog()
        cmedia_log_clear()
        self.file = file
        let deadline = ContinuousClock.now + .seconds(file.limits.maxWorkSeconds)
        guard let input = VideoInput(file.source, deadline: deadline), let opened = avformat_alloc_context() else {
            throw file.unreadable("out of memory")
        }
        self.input = input
        opened.pointee.pb = input.context
        opened.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
        opened.pointee.interrupt_callback = input.interruption
        opened.pointee.io_open = { _, _, _, _, _ in Int32(CMEDIA_AV_REFUSED) }
        var context: UnsafeMutablePointer<AVFormatContext>? = opened
        let code = avformat_open_input(&context, nil, av_find_input_format(file.format.demuxerName), nil)
        // A failed call has freed the context; one that is thrown away from here on must be closed.
        guard code >= 0, let context else { throw Self.fault(code, input, file) }
        do throws(MediaError) {
            stream = try Self.videoTrack(context, input, file)
        } catch {
            var context: UnsafeMutablePointer<AVFormatContext>? = context
            avformat_close_input(&context)
            throw error
        }
        self.context = context
    }

    deinit { avformat_close_input(&context) }

    private static func videoTrack(
        _ context: UnsafeMutablePointer<AVFormatContext>, _ input: VideoInput, _ file: VideoFile
    ) throws(MediaError) -> UnsafeMutablePointer<AVStream> {
        // libav may decode a frame of each track to learn what the headers leave out.
        var options = [OpaquePointer?](repeating: nil, count: Int(context.pointee.nb_streams))
        for index in options.indices {
            if let track = context.pointee.streams[index] { try file.checkSize(track.pointee.codecpar.pointee) }
            av_dict_set(&options[index], "max_pixels", String(file.limits.decodedPixels), 0)
        }
        let code = avformat_find_stream_info(context, &options)
        for index in options.indices { av_dict_free(&options[index]) }
        guard code >= 0 else { throw fault(code, input, file) }
        let best = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
        guard best >= 0, let stream = context.pointee.streams[Int(best)],
            stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        else { throw file.unreadable("it holds no video track") }
        for index in 0..<Int(context.pointee.nb_streams) where index != Int(best) {
            context.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL
        }
        let codec = stream.pointee.codecpar.pointee
        guard codec.width > 0, codec.height > 0 else {
            throw file.damaged("its frames have no size", frames: 0)
        }
        try file.checkSize(codec)
        return stream
    }

    /// Reads the next packet of the video track.
    ///
    /// - Returns: nil where the file ends, else whether the packet is whole.
    /// - Throws: `.videoTooSlow`, `.cancelled`, or `VideoFile.damaged` where nothing more can be read.
    func next(_ packet: UnsafeMutablePointer<AVPacket>) throws(MediaError) -> Bool? {
        while true {
            av_packet_unref(packet)
            let code = av_read_frame(context, packet)
            if input.isOver { throw file.stopped }
            if code == Int32(CMEDIA_AV_END) { return nil }
            guard code >= 0 else { throw Self.fault(code, input, file) }
            if packet.pointee.stream_index == stream.pointee.index {
                return packet.pointee.flags & AV_PKT_FLAG_CORRUPT == 0
            }
        }
    }

    /// What the container said of a track's end after its last packet was read, where that is not the end of the file.
    ///
    /// - Parameter packetCount: packets of the track that were read, those not to be shown included.
    func missingEnd(packetCount: Int) -> String? {
        switch file.format {
        case .mp4, .quickTime:
            let listed = Int(avformat_index_get_entries_count(stream))
            return packetCount < listed ? "truncated: it lists \(listed) frames and holds \(packetCount)" : nil
        case .webm, .matroska:
            let complaint = String(cString: cmedia_log_first_error())
            return complaint.isEmpty ? nil : complaint
        case .avi, .gif, .flv, .mpeg, .mpegTransport, .ogg, .asf:
            return nil
        }
    }

    /// The shape of a pixel, 1 where the file says nothing of use.
    var pixelAspect: Double {
        let ratio = av_guess_sample_aspect_ratio(context, stream, nil)
        guard ratio.num > 0, ratio.den > 0 else { return 1 }
        return Double(ratio.num) / Double(ratio.den)
    }

    /// How the file wants its frames to be turned. Angles between the quarters are left alone.
    var orientation: Orientation {
        guard let matrix = cmedia_display_matrix(stream) else { return .upright }
        return Orientation(a: Int(matrix[0]), b: Int(matrix[1]), c: Int(matrix[3]), d: Int(matrix[4]))
    }

    private static func fault(_ code: Int32, _ input: VideoInput, _ file: VideoFile) -> MediaError {
        if input.isOver { return file.stopped }
        if code == Int32(CMEDIA_AV_NO_MEMORY) { return file.unreadable("out of memory") }
        let complaint = String(cString: cmedia_log_first_error())
        return file.damaged(complaint.isEmpty ? Self.words(for: code) : complaint, frames: 0)
    }

    /// libav's words for one of its codes.
    static func words(for code: Int32) -> String {
        var message = FaultMessage()
        cmedia_av_describe(code, &message.bytes)
        return message.text
    }
}

/// A video file before it is opened: its bytes, its container, its limits, and errors in its name.
struct VideoFile {
    let source: VideoSource
    let format: VideoFormat
    let limits: VideoLimits

    /// Tells the container by content.
    init(_ source: VideoSource, limits: VideoLimits) throws(MediaError) {
        let opening = source.opening(VideoFormat.openingBytes)
        guard let format = VideoFormat.detect(opening) else {
            throw .notAVideo(file: source.name, found: Image.describeOpening(of: opening))
        }
        self.source = source
        self.format = format
        self.limits = limits
    }

    var name: String { source.name }

    /// The error for content that breaks the format's rules.
    func damaged(_ reason: String, frames: Int) -> MediaError {
        .damagedVideo(file: name, format: format, reason: reason, frames: frames)
    }

    /// The error for content that cannot be shown.
    func unreadable(_ reason: String) -> MediaError { .unreadableVideo(file: name, format: format, reason: reason) }

    /// The error for a reading that was given up.
    var stopped: MediaError {
        Task.isCancelled ? .cancelled : .videoTooSlow(file: name, limit: limits.maxWorkSeconds)
    }

    /// Refuses frames beyond the limits.
    func checkSize(_ codec: AVCodecParameters) throws(MediaError) {
        guard codec.codec_type == AVMEDIA_TYPE_VIDEO else { return }
        try checkSize(width: Int(codec.width), height: Int(codec.height))
    }

    /// Refuses frames beyond the limits.
    func checkSize(width: Int, height: Int) throws(MediaError) {
        guard width * height <= limits.maxPixels else {
            throw .videoTooLarge(file: name, width: width, height: height, limit: limits.maxPixels)
        }
    }
}

extension VideoLimits {
    /// What a decoder may allocate for a frame: sizes are rounded up to its blocks on both sides.
    var decodedPixels: Int { maxPixels + 256 * Int(Double(maxPixels).squareRoot()) + 65_536 }
}

extension Orientation {
    /// What a display matrix does to stored rows: a stored pixel at (x, y) is seen at (ax + cy, bx + dy).
    init(a: Int, b: Int, c: Int, d: Int) {
        let isStraight = b == 0 && c == 0 && a != 0 && d != 0
        let isTurned = a == 0 && d == 0 && b != 0 && c != 0
        self =
            switch (isStraight, isTurned) {
            case (true, _):
                a > 0 ? (d > 0 ? .upright : .mirroredTopBottom) : (d > 0 ? .mirroredLeftRight : .turnedHalf)
            case (_, true):
                b > 0 ? (c > 0 ? .transposed : .turnedClockwise) : (c > 0 ? .turnedCounterclockwise : .transversed)
            default: .upright
            }
    }
}
