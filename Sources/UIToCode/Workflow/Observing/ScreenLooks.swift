// A screen as it is remembered to be known again: its brightness at a quarter of the size or less, and its perceptual
// hash. A few dozen kilobytes each, so that all rests of a recording can be at hand.
import Media

/// The looks of a screen at rest.
struct ScreenLooks {
    /// Pixels of the watched frames to one of these.
    let factor: Int
    private let plane: LumaPlane
    private let hash: PerceptualHash

    /// Columns that looks are reduced to, about.
    private static let columns = 320
    /// Samples of a cell's side.
    private static let cell = 4
    /// A cell holds something where its samples vary by this many levels; it looks different where its samples, or
    /// their mean, are off by so many.
    private static let (leastDeviation, leastDifference) = (3.0, 7)
    /// Most bits in which hashes of one screen differ, of 64.
    private static let mostBits = 18

    /// Remembers a frame.
    init(_ frame: LumaPlane) {
        factor = max(1, frame.width / Self.columns)
        plane = frame.reduced(by: factor)
        hash = PerceptualHash(plane)
    }

    /// How much of what is on either screen looks different, 0…1, in an area given in pixels of the watched frames;
    /// nil for all of it. An area with nothing in it is the same.
    func difference(from other: ScreenLooks, in area: PixelRect? = nil) -> Double {
        guard plane.width == other.plane.width, plane.height == other.plane.height else { return 1 }
        let (left, right) = range(area?.xs, plane.width)
        let (top, bottom) = range(area?.ys, plane.height)
        var (held, differing) = (0, 0)
        for y in stride(from: top, to: bottom, by: Self.cell) {
            for x in stride(from: left, to: right, by: Self.cell) {
                let (xs, ys) = (x..<min(right, x + Self.cell), y..<min(bottom, y + Self.cell))
                let fit = TileFit(from: other.plane, to: plane, xs: xs, ys: ys)
                let isDifferent = meanDifference(other, xs, ys) >= Self.leastDifference
                if isDifferent || max(fit.deviationBefore, fit.deviationAfter) >= Self.leastDeviation {
                    held += 1
                    differing += isDifferent ? 1 : 0
                }
            }
        }
        return held == 0 ? 0 : Double(differing) / Double(held)
    }

    /// Whether hashes allow two looks to be one screen's; where they do, `difference` tells.
    func mayBe(_ other: ScreenLooks) -> Bool { hash.distance(to: other.hash) <= Self.mostBits }

    private func range(_ pixels: Range<Int>?, _ limit: Int) -> (Int, Int) {
        guard let pixels else { return (0, limit) }
        let lower = min(limit, max(0, pixels.lowerBound / factor))
        return (lower, max(lower, min(limit, (pixels.upperBound + factor - 1) / factor)))
    }

    private func meanDifference(_ other: ScreenLooks, _ xs: Range<Int>, _ ys: Range<Int>) -> Int {
        var sum = 0
        for y in ys {
            for index in y * plane.width + xs.lowerBound..<y * plane.width + xs.upperBound {
                sum += abs(Int(plane.samples[index]) - Int(other.plane.samples[index]))
            }
        }
        return sum / max(1, xs.count * ys.count)
    }
}
