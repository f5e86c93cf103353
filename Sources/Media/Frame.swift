// One libav frame and its way to RGBA. Packed and palette formats go through swscale; planar YUV and grey go through
// `YUVConversion.swift`, because swscale stretches chroma over pictures of odd size and blends its rows only roughly.

import CMedia

/// Owns an `AVFrame` and frees it.
final class Frame {
    let pointer: UnsafeMutablePointer<AVFrame>

    var width: Int { Int(pointer.pointee.width) }
    var height: Int { Int(pointer.pointee.height) }
    private var format: AVPixelFormat { AVPixelFormat(rawValue: pointer.pointee.format) }

    /// A frame without buffers, for a decoder to fill.
    init() throws(StillDecoder.Fault) {
        guard let pointer = av_frame_alloc() else { throw .outOfMemory }
        self.pointer = pointer
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&pointer)
    }

    /// The frame as `width * height * 4` bytes, alpha not multiplied in. `color` overrides the frame's own.
    func rgba(_ color: FrameColor?) throws(StillDecoder.Fault) -> [UInt8] {
        guard let layout = av_pix_fmt_desc_get(format)?.pointee else { throw .unsupported("an unknown pixel format") }
        let flags = Int32(truncatingIfNeeded: layout.flags)
        if flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) != 0 { return try packedRGBA() }
        let depth = Int(layout.comp.0.depth)
        let isPlanar = flags & AV_PIX_FMT_FLAG_PLANAR != 0 || layout.nb_components == 1
        let hasChroma = layout.nb_components >= 3
        let hasAlpha = layout.nb_components == 4
        guard isPlanar, flags & AV_PIX_FMT_FLAG_BE == 0, depth == 8 || depth > 8 && !hasAlpha,
            let planes = YUVPlanes(
                frame: pointer.pointee, hasChroma: hasChroma, hasAlpha: hasAlpha,
                chromaShift: (x: Int(layout.log2_chroma_w), y: Int(layout.log2_chroma_h)))
        else { throw .unsupported("pixel format \(String(cString: layout.name))") }
        let color = color ?? ownColor
        guard let conversion = YUVConversion(color, depth: depth, hasChroma: hasChroma) else {
            throw .unsupported("colour matrix \(color.matrix)")
        }
        return depth > 8 ? conversion.rgba(planes, of: UInt16.self) : conversion.rgba(planes, of: UInt8.self)
    }

    /// What the bitstream says of its colours.
    private var ownColor: FrameColor {
        FrameColor(
            matrix: Int(pointer.pointee.colorspace.rawValue), fullRange: pointer.pointee.color_range == AVCOL_RANGE_JPEG
        )
    }

    /// Rearranges an RGB or palette frame.
    private func packedRGBA() throws(StillDecoder.Fault) -> [UInt8] {
        let target = try Frame()
        target.pointer.pointee.width = pointer.pointee.width
        target.pointer.pointee.height = pointer.pointee.height
        target.pointer.pointee.format = AV_PIX_FMT_RGBA.rawValue
        // swscale's vector code writes beyond the row's end; a libav buffer has the room, an array has not.
        try StillDecoder.check(av_frame_get_buffer(target.pointer, 0))
        let size = (pointer.pointee.width, pointer.pointee.height)
        guard
            let scaler = sws_getContext(
                size.0, size.1, format, size.0, size.1, target.format, SWS_POINT | SWS_ACCURATE_RND, nil, nil, nil)
        else { throw .unsupported("a pixel format that cannot be converted") }
        defer { sws_freeContext(scaler) }
        try StillDecoder.check(cmedia_sws_convert(scaler, pointer, target.pointer))
        guard let plane = target.pointer.pointee.data.0 else { throw .damage("a frame without pixels") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * 4)
        for y in 0..<height {
            let row = plane + y * Int(target.pointer.pointee.linesize.0)
            bytes.append(contentsOf: UnsafeBufferPointer(start: row, count: width * 4))
        }
        return bytes
    }
}
