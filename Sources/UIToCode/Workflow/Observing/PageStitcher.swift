// A scrolled screen at its whole length: what does not scroll once, and of what does, every row once, from the views in
// the order of their offsets.
import Media

/// Puts the views of a scrolled screen together.
struct PageStitcher {
    /// Where the content scrolls, in pixels of the recording.
    let area: PixelRect

    /// A stitched page is no longer than this, in pixels; what lies further down is left out.
    private static let maxHeight = 16_000

    /// Stitches views, each with its offset in pixels of the recording, into one picture.
    ///
    /// Above the scrolling area stands what stands there in the first view, below it what stands below; beside it, at
    /// the height of the window, what stands beside it, continued with the colour of its lowest row.
    ///
    /// - Throws: what reading a view throws.
    func stitched(_ views: [(offset: Int, picture: KeptPicture)]) throws(MediaError) -> Image? {
        let sorted = views.sorted { $0.offset < $1.offset }
        guard let top = sorted.first, let bottom = sorted.last, bottom.offset > top.offset else { return nil }
        let first = try top.picture.image()
        let (width, window) = (first.width, first.height)
        guard let area = area.clipped(width: width, height: window) else { return nil }
        let most = max(0, Self.maxHeight - window)
        let length = min(bottom.offset - top.offset, most)
        let rowBytes = width * 3
        var pixels = [UInt8](repeating: 255, count: rowBytes * (window + length))
        // The frame around the content: above it, beside it, and below it.
        pixels.replaceSubrange(0..<rowBytes * window, with: first.pixels)
        let side = first.pixels[(area.ys.upperBound - 1) * rowBytes..<area.ys.upperBound * rowBytes]
        for row in area.ys.upperBound..<area.ys.upperBound + length {
            pixels.replaceSubrange(row * rowBytes..<(row + 1) * rowBytes, with: side)
        }
        let foot = first.pixels[area.ys.upperBound * rowBytes..<window * rowBytes]
        pixels.replaceSubrange((area.ys.upperBound + length) * rowBytes..<(window + length) * rowBytes, with: foot)
        // The content; a view adds the rows that the ones above it do not show.
        var filled = 0
        for view in sorted where view.offset - top.offset <= length {
            let start = view.offset - top.offset
            guard start + area.height > filled else { continue }
            let image = try view.picture.image()
            guard image.width == width, image.height == window else { continue }
            for row in max(filled, start)..<start + area.height {
                let source = ((area.ys.lowerBound + row - start) * width + area.xs.lowerBound) * 3
                let target = ((area.ys.lowerBound + row) * width + area.xs.lowerBound) * 3
                pixels.replaceSubrange(
                    target..<target + area.width * 3, with: image.pixels[source..<source + area.width * 3])
            }
            filled = start + area.height
        }
        return Image(width: width, height: window + length, pixels: pixels)
    }
}
