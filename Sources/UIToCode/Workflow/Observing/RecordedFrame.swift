// What watching asks of a frame, so that frames can come from a file or be drawn.
import Media

/// A frame with the time it is shown at. Its pixels are only worked out where they are asked for.
protocol RecordedFrame {
    /// From the first frame on.
    var seconds: Double { get }
    /// Its brightness at a size.
    func luma(width: Int, height: Int) throws(MediaError) -> LumaPlane
    /// Its colours at full size.
    func image() throws(MediaError) -> Image
}

extension VideoFrame: RecordedFrame {}
