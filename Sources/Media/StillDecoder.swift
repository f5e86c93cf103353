// One compressed still through libavcodec and libswscale, from memory to RGBA. Nothing is opened by name and no
// demuxer runs: each format's file structure is read in Swift, and the codec gets exactly the bytes of one picture.
// A frame whose size is not the announced one, or a decoder that reported any error, gives no picture.

import CMedia

/// What the codec is to make of one picture's bytes.
struct StillDecoder {
    /// Which codec.
    let codec: AVCodecID
    /// The size the file announced, already checked against the limits.
    let width: Int
    let height: Int
    /// The colour description of the container, where it has one; it overrides the bitstream's.
    var color: FrameColor?
    /// Whether an error the codec logs counts although it returned a picture.
    var complaintsCount = true
    /// Forces alpha to 255, for files whose fourth byte means nothing.
    var opaque = false

    /// Why there is no picture: damage in words, or a feature that is not read.
    enum Fault: Error {
        case damage(String)
        case unsupported(String)

        static let outOfMemory = Fault.damage("out of memory")
    }

    /// Decodes one picture to `width * height * 4` bytes, alpha not multiplied in.
    func rgba(_ data: some Collection<UInt8>) throws(Fault) -> [UInt8] {
        Self.captureLog()
        cmedia_log_clear()
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        guard let packet, data.count <= Int(Int32.max) - Int(AV_INPUT_BUFFER_PADDING_SIZE),
            av_new_packet(packet, Int32(data.count)) >= 0
        else { throw .outOfMemory }
        _ = UnsafeMutableBufferPointer(start: packet.pointee.data, count: data.count).update(from: data)
        let frame = try Frame()
        try decode(packet, into: frame)
        var rgba = try frame.rgba(color)
        if opaque {
            for index in stride(from: 3, to: rgba.count, by: 4) { rgba[index] = 255 }
        }
        return rgba
    }

    private static let logIsCaptured: Void = cmedia_log_capture()

    /// Keeps libav's log away from stderr from now on.
    static func captureLog() { _ = logIsCaptured }

    private func decode(_ packet: UnsafeMutablePointer<AVPacket>, into frame: Frame) throws(Fault) {
        guard let decoder = avcodec_find_decoder(codec) else {
            throw .unsupported("a codec that this libavcodec lacks")
        }
        var context = avcodec_alloc_context3(decoder)
        defer { avcodec_free_context(&context) }
        guard let context else { throw .outOfMemory }
        context.pointee.thread_count = 1
        context.pointee.err_recognition = AV_EF_EXPLODE
        // Decoders may round sizes up to their blocks; anything beyond that is not the picture announced.
        context.pointee.max_pixels = Int64((width + 128) * (height + 128))
        try Self.check(avcodec_open2(context, decoder, nil))
        try Self.check(avcodec_send_packet(context, packet))
        try Self.check(avcodec_send_packet(context, nil))
        try Self.check(avcodec_receive_frame(context, frame.pointer))
        let complaint = String(cString: cmedia_log_first_error())
        guard complaint.isEmpty || !complaintsCount else { throw .damage(complaint) }
        let flags = frame.pointer.pointee.flags
        guard frame.pointer.pointee.decode_error_flags == 0, flags & AV_FRAME_FLAG_CORRUPT == 0 else {
            throw .damage("the picture data is incomplete")
        }
        guard frame.width == width, frame.height == height else {
            throw .damage(
                "the file announces \(width) × \(height) pixels, its data holds "
                    + "\(frame.width) × \(frame.height)")
        }
    }

    /// Fails with libav's own words.
    static func check(_ code: Int32) throws(Fault) {
        guard code < 0 else { return }
        let complaint = String(cString: cmedia_log_first_error())
        guard complaint.isEmpty else { throw .damage(complaint) }
        var message = FaultMessage()
        cmedia_av_describe(code, &message.bytes)
        throw .damage(message.text)
    }
}

extension EncodedPicture {
    /// Runs the codec over one picture's bytes, faults named after this file.
    func decode(_ decoder: StillDecoder, _ data: some Collection<UInt8>) throws(MediaError) -> [UInt8] {
        do throws(StillDecoder.Fault) {
            return try decoder.rgba(data)
        } catch {
            switch error {
            case .damage(let reason): throw corrupt(reason)
            case .unsupported(let feature): throw unsupported(feature)
            }
        }
    }
}
