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

extension PixelRect {
    /// The smallest rectangle around both.
    func union(_ other: PixelRect) -> PixelRect {
        PixelRect(
            xs: min(xs.lowerBound, other.xs.lowerBound)..<max(xs.upperBound, other.xs.upperBound),
            ys: min(ys.lowerBound, other.ys.lowerBound)..<max(ys.upperBound, other.ys.upperBound))
    }

    /// The rectangle with `margin` more pixels on each side; it may leave the picture.
    func widened(by margin: Int) -> PixelRect {
        PixelRect(
            xs: xs.lowerBound - margin..<xs.upperBound + margin, ys: ys.lowerBound - margin..<ys.upperBound + margin)
    }

    /// The part inside a picture; nil where there is none.
    func clipped(width: Int, height: Int) -> PixelRect? {
        shared(with: PixelRect(xs: 0..<width, ys: 0..<height))
    }

    /// The part that both share; nil where there is none.
    func shared(with other: PixelRect) -> PixelRect? {
        let (columns, rows) = (xs.clamped(to: other.xs), ys.clamped(to: other.ys))
        return columns.isEmpty || rows.isEmpty ? nil : PixelRect(xs: columns, ys: rows)
    }

    /// Whether a pixel lies in it.
    func contains(x: Int, y: Int) -> Bool { xs.contains(x) && ys.contains(y) }

    /// The shared area to the area of both together, 0…1.
    func overlap(_ other: PixelRect) -> Double {
        let shared = xs.clamped(to: other.xs).count * ys.clamped(to: other.ys).count
        return shared == 0 ? 0 : Double(shared) / Double(area + other.area - shared)
    }

    var centerX: Int { (xs.lowerBound + xs.upperBound) / 2 }
    var centerY: Int { (ys.lowerBound + ys.upperBound) / 2 }
}
