// One decoded frame and its way to an `Image`: swscale turns samples into RGB with the matrix and range that the stream
// names, and to another size where one is asked for; turns are applied last. Its brightness alone goes the same way.
//
// A matrix that the stream leaves unnamed is taken as BT.601, a range as limited, and chroma as lying in the middle of
// its pixels, as ffmpeg's own scaler does.

import CMedia

/// A frame as the decoder left it. Its pixels become a picture only where one is asked for.
public struct VideoFrame {
    /// Which of the file's frames, counted in the order of showing.
    public let index: Int
    /// When it is shown, from the first frame on; never less than the frame before.
    public let seconds: Double
    let frame: Frame
    let painter: FramePainter

    /// The frame at the size of `VideoInfo`, upright.
    ///
    /// - Throws: `.unreadableVideo` for samples that are no colours.
    public func image() throws(MediaError) -> Image {
        try painter.image(of: frame, width: painter.width, height: painter.height)
    }

    /// The frame at another size, upright, in one step with the change of colours (swscale's bicubic, which counts
    /// every pixel when it shrinks).
    ///
    /// - Throws: as `image()`.
    public func image(width: Int, height: Int) throws(MediaError) -> Image {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        return try painter.image(of: frame, width: width, height: height)
    }

    /// The frame's brightness at a size, upright, stretched to the full range: for `VideoInfo`'s size much cheaper than
    /// its colours.
    ///
    /// - Throws: as `image()`.
    package func luma(width: Int, height: Int) throws(MediaError) -> LumaPlane {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        return try painter.luma(of: frame, width: width, height: height)
    }
}

/// Paints the frames of one video; keeps the scaler from frame to frame.
final class FramePainter {
    /// The size of the picture as seen.
    let width: Int
    let height: Int
    private let orientation: Orientation
    private let file: VideoFile
    private var scalers: [ScalePlan: OpaquePointer] = [:]

    /// Scalers that are kept: a video's frames seldom change their kind, and are asked for in few sizes.
    private static let maxScalers = 4

    init(_ file: VideoFile, width: Int, height: Int, orientation: Orientation) {
        self.file = file
        self.width = width
        self.height = height
        self.orientation = orientation
    }

    deinit {
        for context in scalers.values { sws_freeContext(context) }
    }

    func image(of frame: Frame, width: Int, height: Int) throws(MediaError) -> Image {
        let stored = orientation.swapsSides ? (height, width) : (width, height)
        do throws(StillDecoder.Fault) {
            let plan = try ScalePlan(frame.pointer.pointee, width: stored.0, height: stored.1)
            let pixels = try samples(of: frame, plan, bytesPerPixel: plan.hasAlpha ? 4 : 3)
            let image =
                plan.hasAlpha
                ? Image(width: plan.width, height: plan.height, onWhite: pixels)
                : Image(width: plan.width, height: plan.height, pixels: pixels)
            return image.turned(orientation)
        } catch {
            switch error {
            case .damage(let reason), .unsupported(let reason): throw file.unreadable(reason)
            }
        }
    }

    func luma(of frame: Frame, width: Int, height: Int) throws(MediaError) -> LumaPlane {
        let stored = orientation.swapsSides ? (height, width) : (width, height)
        do throws(StillDecoder.Fault) {
            let plan = try ScalePlan(frame.pointer.pointee, width: stored.0, height: stored.1, isGrey: true)
            let samples = try samples(of: frame, plan, bytesPerPixel: 1)
            return LumaPlane(width: plan.width, height: plan.height, samples: samples).turned(orientation)
        } catch {
            switch error {
            case .damage(let reason), .unsupported(let reason): throw file.unreadable(reason)
            }
        }
    }

    private func samples(
        of frame: Frame, _ plan: ScalePlan, bytesPerPixel: Int
    ) throws(StillDecoder.Fault) -> [UInt8] {
        let target = try Frame()
        target.pointer.pointee.width = Int32(plan.width)
        target.pointer.pointee.height = Int32(plan.height)
        target.pointer.pointee.format = plan.target.rawValue
        try StillDecoder.check(av_frame_get_buffer(target.pointer, 0))
        try StillDecoder.check(cmedia_sws_convert(try context(for: plan), frame.pointer, target.pointer))
        return try Self.rows(of: target.pointer.pointee, bytes: plan.width * bytesPerPixel)
    }

    private func context(for plan: ScalePlan) throws(StillDecoder.Fault) -> OpaquePointer {
        if let context = scalers[plan] { return context }
        let context = try plan.makeContext()
        if scalers.count >= Self.maxScalers {
            for context in scalers.values { sws_freeContext(context) }
            scalers = [:]
        }
        scalers[plan] = context
        return context
    }

    /// The rows without their padding.
    private static func rows(of frame: AVFrame, bytes rowBytes: Int) throws(StillDecoder.Fault) -> [UInt8] {
        guard let plane = frame.data.0 else { throw .damage("a frame without pixels") }
        let count = rowBytes * Int(frame.height)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let target = buffer.baseAddress else { return }
            for y in 0..<Int(frame.height) {
                (target + y * rowBytes).initialize(from: plane + y * Int(frame.linesize.0), count: rowBytes)
            }
            initialized = count
        }
    }
}

/// All that a scaler must know; frames with the same plan share one.
struct ScalePlan: Hashable {
    let width: Int
    let height: Int
    let hasAlpha: Bool
    private let isGrey: Bool
    private let sourceWidth: Int32
    private let sourceHeight: Int32
    private let sourceFormat: AVPixelFormat.RawValue
    private let matrix: Int32
    private let isFullRange: Bool

    /// Reads a frame's format and colours.
    init(_ frame: AVFrame, width: Int, height: Int, isGrey: Bool = false) throws(StillDecoder.Fault) {
        let format = AVPixelFormat(rawValue: frame.format)
        guard let layout = av_pix_fmt_desc_get(format)?.pointee else { throw .unsupported("an unknown pixel format") }
        let flags = Int32(truncatingIfNeeded: layout.flags)
        guard flags & AV_PIX_FMT_FLAG_HWACCEL == 0 else { throw .unsupported("frames that lie on a device") }
        self.width = width
        self.height = height
        // A palette may have clear entries.
        hasAlpha = flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL) != 0
        sourceWidth = frame.width
        sourceHeight = frame.height
        sourceFormat = frame.format
        self.isGrey = isGrey
        matrix = Int32(bitPattern: frame.colorspace.rawValue)
        isFullRange = frame.color_range == AVCOL_RANGE_JPEG
    }

    /// What the samples become. Brightness of what may be clear is that of its colours.
    var target: AVPixelFormat { isGrey ? AV_PIX_FMT_GRAY8 : hasAlpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24 }

    /// A scaler for this plan, to be freed by the caller.
    func makeContext() throws(StillDecoder.Fault) -> OpaquePointer {
        let flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
        guard
            let context = sws_getContext(
                sourceWidth, sourceHeight, AVPixelFormat(rawValue: sourceFormat), Int32(width), Int32(height), target,
                flags, nil, nil, nil)
        else { throw .unsupported("a pixel format that cannot be converted") }
        // Refused, and without meaning, for samples that are red, green and blue already.
        sws_setColorspaceDetails(
            context, sws_getCoefficients(matrix), isFullRange ? 1 : 0, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0,
            1 << 16, 1 << 16)
        return context
    }
}
