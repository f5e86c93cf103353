// Which tiles of a screen differ between two frames of a recording, beyond what its codec does to a screen at rest.
//
// A tile has changed where some of its pixels are far off, or all of them a little in one direction. How far is far
// depends on the noise that the tile, and the whole picture, showed while nothing happened. Where a codec only sharpens
// or blurs what was there before, as it does at keyframes, the tile keeps its structure and its mean: that is no change.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a recording's codec does to a screen at rest, tile by tile.
package struct CodecNoise: Sendable {
    /// Means of the differences of a pixel, in levels, while a tile was at rest.
    private var levels: [Float]
    /// The same of most tiles of the picture, over the last frames.
    private var overall: [Float] = []

    /// How fast a tile's level follows, and how many frames the picture's level looks back on.
    private static let pace: Float = 0.1
    private static let memory = 8
    /// A change that any eye sees, in levels of a pixel and of a tile's mean, where there is no noise.
    private static let (leastPixel, leastMean): (Float, Float) = (22, 3)
    /// How many times the mean noise a change is at least. Of normal noise, 6 means are 4.8 standard deviations.
    private static let (pixelFactor, meanFactor): (Float, Float) = (6, 1.5)

    /// No noise, for a picture of a size.
    package init(width: Int, height: Int) {
        let tiles = TileSet(width: width, height: height)
        levels = [Float](repeating: 0, count: tiles.columns * tiles.rows)
    }

    /// What most tiles show even when they are quiet: the least of the last frames' medians.
    fileprivate var floor: Float { overall.min() ?? 0 }

    /// Learns from a pair of frames what most of their tiles show, before it is known which of them changed.
    fileprivate mutating func learn(median: Float) {
        overall.append(median)
        if overall.count > Self.memory { overall.removeFirst() }
    }

    /// Learns what a tile at rest shows.
    fileprivate mutating func learn(_ mean: Float, tile: Int) {
        levels[tile] += Self.pace * (mean - levels[tile])
    }

    /// From how many levels on a pixel, or a tile's mean, is no noise.
    fileprivate func limits(_ tile: Int, floor: Float) -> (pixel: Float, mean: Float) {
        let level = max(levels[tile], floor)
        return (Self.leastPixel + Self.pixelFactor * level, Self.leastMean + Self.meanFactor * level)
    }
}

/// The tiles that differ between two frames of one size.
package struct ChangeMap: Sendable {
    /// The tiles that have changed.
    package private(set) var tiles: TileSet

    /// Pixels far off that make a tile a changed one: fewer are a codec's mistakes.
    private static let leastPixels = 3

    /// Compares two frames of one size.
    ///
    /// - Parameters:
    ///   - noise: what is known of the codec's noise.
    ///   - isLearning: whether `noise` learns from this pair, which must then be neighbours in time.
    /// - Complexity: rows that are the same byte by byte cost one comparison of memory.
    package init(from before: LumaPlane, to after: LumaPlane, noise: inout CodecNoise, isLearning: Bool = false) {
        precondition(before.width == after.width && before.height == after.height, "frames are of one size")
        tiles = TileSet(width: after.width, height: after.height)
        var measures = [TileMeasure](repeating: TileMeasure(), count: tiles.columns * tiles.rows)
        let touched = Self.measure(before, after, columns: tiles.columns, into: &measures)
        if isLearning {
            noise.learn(median: Self.median(of: measures, touched: touched))
        }
        let floor = noise.floor
        for tile in touched {
            let measure = measures[tile]
            let limits = noise.limits(tile, floor: floor)
            let size = Self.size(of: tile, columns: tiles.columns, after)
            let mean = Float(measure.sum) / Float(size)
            var hasChanged = abs(mean) >= limits.mean
            if !hasChanged, Int(measure.highest) > Int(limits.pixel) {
                hasChanged =
                    Self.pixels(beyond: Int(limits.pixel), tile, columns: tiles.columns, before, after)
                    >= Self.leastPixels
                    && !Self.keepsStructure(tile, columns: tiles.columns, before, after)
            }
            if hasChanged {
                tiles[tile] = true
            } else if isLearning {
                noise.learn(Float(measure.absoluteSum) / Float(size), tile: tile)
            }
        }
    }

    /// What the difference of a tile adds up to.
    private struct TileMeasure {
        var sum: Int32 = 0
        var absoluteSum: Int32 = 0
        var highest: UInt8 = 0
    }

    /// Measures the tiles in which any byte differs, and lists them.
    private static func measure(
        _ before: LumaPlane, _ after: LumaPlane, columns: Int, into measures: inout [TileMeasure]
    ) -> [Int] {
        let (width, height, side) = (after.width, after.height, TileSet.side)
        /// Pixels of a row that are compared at once: eight tiles.
        let stretch = side * 8
        var touched: [Int] = []
        before.samples.withUnsafeBufferPointer { before in
            after.samples.withUnsafeBufferPointer { after in
                let (old, new) = (before.baseAddress!, after.baseAddress!)
                for top in stride(from: 0, to: height, by: side) {
                    let bottom = min(height, top + side)
                    if memcmp(old + top * width, new + top * width, (bottom - top) * width) == 0 { continue }
                    for left in stride(from: 0, to: width, by: stretch) {
                        let right = min(width, left + stretch)
                        var isSame = true
                        var y = top
                        while isSame, y < bottom {
                            let start = y &* width &+ left
                            isSame = memcmp(old + start, new + start, right - left) == 0
                            y &+= 1
                        }
                        if isSame { continue }
                        for x in stride(from: left, to: right, by: side) {
                            let tile = top / side * columns + x / side
                            let measure = measureTile(
                                old + top * width + x, new + top * width + x, stride: width,
                                columns: min(side, right - x), rows: bottom - top)
                            guard measure.absoluteSum > 0 else { continue }
                            measures[tile] = measure
                            touched.append(tile)
                        }
                    }
                }
            }
        }
        return touched
    }

    @inline(__always)
    private static func measureTile(
        _ old: UnsafePointer<UInt8>, _ new: UnsafePointer<UInt8>, stride: Int, columns: Int, rows: Int
    ) -> TileMeasure {
        var (sum, absoluteSum, highest): (Int32, Int32, Int32) = (0, 0, 0)
        var y = 0
        while y < rows {
            var index = y &* stride
            let end = index &+ columns
            while index < end {
                let difference = Int32(new[index]) &- Int32(old[index])
                let size = abs(difference)
                sum &+= difference
                absoluteSum &+= size
                highest = max(highest, size)
                index &+= 1
            }
            y &+= 1
        }
        return TileMeasure(sum: sum, absoluteSum: absoluteSum, highest: UInt8(truncatingIfNeeded: highest))
    }

    /// The middle one of all tiles' mean differences; tiles that were not touched have none.
    private static func median(of measures: [TileMeasure], touched: [Int]) -> Float {
        guard touched.count * 2 > measures.count else { return 0 }
        let sums = measures.map(\.absoluteSum).sorted()
        return Float(sums[sums.count / 2]) / Float(TileSet.side * TileSet.side)
    }

    private static func size(of tile: Int, columns: Int, _ plane: LumaPlane) -> Int {
        let area = area(of: tile, columns: columns, plane)
        return area.xs.count * area.ys.count
    }

    private static func area(of tile: Int, columns: Int, _ plane: LumaPlane) -> (xs: Range<Int>, ys: Range<Int>) {
        let side = TileSet.side
        let (x, y) = (tile % columns * side, tile / columns * side)
        return (x..<min(plane.width, x + side), y..<min(plane.height, y + side))
    }

    private static func pixels(
        beyond limit: Int, _ tile: Int, columns: Int, _ before: LumaPlane, _ after: LumaPlane
    ) -> Int {
        let area = area(of: tile, columns: columns, after)
        var count = 0
        for y in area.ys {
            for index in y * after.width + area.xs.lowerBound..<y * after.width + area.xs.upperBound
            where abs(Int(after.samples[index]) - Int(before.samples[index])) > limit { count += 1 }
        }
        return count
    }

    /// Whether a tile looks the same but for its sharpness: correlated, and of nearly the same contrast.
    private static func keepsStructure(
        _ tile: Int, columns: Int, _ before: LumaPlane, _ after: LumaPlane
    ) -> Bool {
        let area = area(of: tile, columns: columns, after)
        let fit = TileFit(from: before, to: after, xs: area.xs, ys: area.ys)
        return fit.correlation > 0.92 && (0.6...1.67).contains(fit.contrastRatio)
    }
}

/// How the pixels of one area of a frame follow those of another frame: the straight line between them.
package struct TileFit: Sendable {
    /// Means of both.
    package let meanBefore: Double
    package let meanAfter: Double
    /// Standard deviations of both.
    package let deviationBefore: Double
    package let deviationAfter: Double
    /// Pearson's correlation, -1…1; 0 where one of them is flat.
    package let correlation: Double

    /// Deviation after to deviation before.
    package var contrastRatio: Double { deviationBefore > 0 ? deviationAfter / deviationBefore : 0 }

    /// Measures an area within two frames. The area of the second may lie elsewhere, by `shift`.
    package init(
        from before: LumaPlane, to after: LumaPlane, xs: Range<Int>, ys: Range<Int>, shift: (x: Int, y: Int) = (0, 0)
    ) {
        var (a, b, aa, bb, ab) = (0, 0, 0, 0, 0)
        before.samples.withUnsafeBufferPointer { old in
            after.samples.withUnsafeBufferPointer { new in
                var y = ys.lowerBound
                while y < ys.upperBound {
                    var index = y &* before.width &+ xs.lowerBound
                    var other = (y &+ shift.y) &* after.width &+ xs.lowerBound &+ shift.x
                    let end = index &+ xs.count
                    while index < end {
                        let (one, two) = (Int(old[index]), Int(new[other]))
                        a &+= one
                        b &+= two
                        aa &+= one &* one
                        bb &+= two &* two
                        ab &+= one &* two
                        index &+= 1
                        other &+= 1
                    }
                    y &+= 1
                }
            }
        }
        let count = Double(max(1, xs.count * ys.count))
        meanBefore = Double(a) / count
        meanAfter = Double(b) / count
        deviationBefore = max(0, Double(aa) / count - meanBefore * meanBefore).squareRoot()
        deviationAfter = max(0, Double(bb) / count - meanAfter * meanAfter).squareRoot()
        let spread = deviationBefore * deviationAfter
        correlation = spread > 1e-9 ? (Double(ab) / count - meanBefore * meanAfter) / spread : 0
    }
}

extension LumaPlane {
    /// The smallest rectangle within an area that holds all pixels that differ by more than `limit` levels; nil where
    /// there is none.
    package func differingPixels(
        from before: LumaPlane, xs: Range<Int>, ys: Range<Int>, beyond limit: Int
    ) -> (xs: Range<Int>, ys: Range<Int>, count: Int)? {
        var (left, right, top, bottom, count) = (Int.max, -1, Int.max, -1, 0)
        samples.withUnsafeBufferPointer { new in
            before.samples.withUnsafeBufferPointer { old in
                var y = ys.lowerBound
                while y < ys.upperBound {
                    var x = xs.lowerBound
                    while x < xs.upperBound {
                        let index = y &* width &+ x
                        if abs(Int(new[index]) &- Int(old[index])) > limit {
                            left = min(left, x)
                            right = max(right, x)
                            top = min(top, y)
                            bottom = y
                            count &+= 1
                        }
                        x &+= 1
                    }
                    y &+= 1
                }
            }
        }
        return count > 0 ? (left..<right + 1, top..<bottom + 1, count) : nil
    }
}
