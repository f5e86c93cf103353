// How a design looks pixel by pixel where words may have another state: bold or plain, on a pill or on the bar itself. Words
// are told by the edges of their letters, which stay when colours change.
import Media
import Render

/// The edges of what a region shows.
struct RegionLetters: Sendable {
    private let width, height: Int
    /// Row by row, how much each CSS pixel differs from the one before and the one above.
    private let edges: [Float]

    /// Looks at a box of a design; nil for one without pixels, and for one too large to be kept.
    ///
    /// - Parameter scale: pixels of the picture for a CSS pixel.
    init?(_ image: Image, scale: Double, box: Box) {
        let (width, height) = (Int(box.width), Int(box.height))
        guard width > 1, height > 1, width * height <= Self.largest else { return nil }
        func level(_ x: Int, _ y: Int) -> Float {
            let column = min(max(0, Int((box.x + Double(x)) * scale)), image.width - 1)
            let row = min(max(0, Int((box.y + Double(y)) * scale)), image.height - 1)
            let start = (row * image.width + column) * 3
            let (red, green, blue) = (image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
            return 0.299 * Float(red) + 0.587 * Float(green) + 0.114 * Float(blue)
        }
        let levels = (0..<width * height).map { level($0 % width, $0 / width) }
        var edges = [Float](repeating: 0, count: width * height)
        for y in 1..<height {
            for x in 1..<width {
                let here = levels[y * width + x]
                edges[y * width + x] = abs(here - levels[y * width + x - 1]) + abs(here - levels[(y - 1) * width + x])
            }
        }
        (self.width, self.height, self.edges) = (width, height, edges)
    }

    private init(width: Int, height: Int, edges: [Float]) {
        (self.width, self.height, self.edges) = (width, height, edges)
    }

    // CSS pixels of the largest region: a bar down the side of a high page.
    private static let largest = 400_000

    /// Whether two regions say the same in a box, whatever the colours: their letters agree, a few pixels off and a
    /// little wider or narrower, as bold letters are. No when there is nothing to read.
    ///
    /// - Parameter box: from the regions' own corners.
    func says(sameAs other: RegionLetters, in box: Box) -> Bool {
        guard let one = cut(box), let two = other.cut(box) else { return false }
        return max(one.likeness(ofWordsIn: two), two.likeness(ofWordsIn: one)) >= Self.sameWords
    }

    // On the six navigations of `Fixtures/designs/app` a word agrees with itself in the other state by 0.91 and more,
    // and with any other word of about its size by 0.73 and less.
    private static let sameWords = 0.82
    // An edge that can be part of a letter.
    private static let leastEdge: Float = 24
    private static let stretches = [0.94, 0.97, 1, 1.03, 1.06, 1.09]

    private func cut(_ box: Box) -> RegionLetters? {
        let (left, top) = (max(0, Int(box.x)), max(0, Int(box.y)))
        let (right, bottom) = (min(width, Int(box.right.rounded(.up))), min(height, Int(box.bottom.rounded(.up))))
        guard right - left > 3, bottom - top > 3 else { return nil }
        var part: [Float] = []
        for y in top..<bottom { part += edges[y * width + left..<y * width + right] }
        return RegionLetters(width: right - left, height: bottom - top, edges: part)
    }

    // How well the words here are found in another cut; 0 where there are none.
    private func likeness(ofWordsIn other: RegionLetters) -> Double {
        guard let words = words else { return 0 }
        let field = other.blurred
        let template = blurred.part(words.xs, words.ys)
        var best = 0.0
        for stretch in Self.stretches {
            let wide = template.stretched(to: max(2, Int((Double(template.width) * stretch).rounded())))
            for x in words.xs.lowerBound - 7...words.xs.lowerBound + 7 where x >= 0 && x + wide.width <= field.width {
                for y in words.ys.lowerBound - 2...words.ys.lowerBound + 2
                where y >= 0 && y + wide.height <= field.height {
                    best = max(best, wide.correlation(with: field, x: x, y: y))
                }
            }
        }
        return best
    }

    // Where the clear edges lie.
    private var words: PixelRect? {
        let most = edges.max() ?? 0
        guard most >= Self.leastEdge else { return nil }
        let clear = edges.indices.filter { edges[$0] > 0.35 * most }
        let (columns, rows) = (clear.map { $0 % width }, clear.map { $0 / width })
        guard let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max(),
            right > left, bottom > top
        else { return nil }
        return PixelRect(xs: left..<right + 1, ys: top..<bottom + 1)
    }

    private var blurred: RegionLetters {
        var soft = edges
        for y in 0..<height {
            for x in 0..<width {
                var sum: Float = 0
                for row in max(0, y - 1)...min(height - 1, y + 1) {
                    for column in max(0, x - 1)...min(width - 1, x + 1) { sum += edges[row * width + column] }
                }
                soft[y * width + x] = sum / 9
            }
        }
        return RegionLetters(width: width, height: height, edges: soft)
    }

    private func part(_ xs: Range<Int>, _ ys: Range<Int>) -> RegionLetters {
        RegionLetters(
            width: xs.count, height: ys.count,
            edges: ys.flatMap { edges[$0 * width + xs.lowerBound..<$0 * width + xs.upperBound] })
    }

    private func stretched(to columns: Int) -> RegionLetters {
        var wide: [Float] = []
        wide.reserveCapacity(columns * height)
        for y in 0..<height {
            for x in 0..<columns {
                let place = max(0, (Float(x) + 0.5) * Float(width) / Float(columns) - 0.5)
                let left = min(width - 1, Int(place))
                let share = place - Float(left)
                wide.append(
                    edges[y * width + left] * (1 - share) + edges[y * width + min(width - 1, left + 1)] * share)
            }
        }
        return RegionLetters(width: columns, height: height, edges: wide)
    }

    // Pearson's correlation with the part of a field whose corner is given.
    private func correlation(with field: RegionLetters, x: Int, y: Int) -> Double {
        var (one, two, squares, otherSquares, products) = (0.0, 0.0, 0.0, 0.0, 0.0)
        edges.withUnsafeBufferPointer { mine in
            field.edges.withUnsafeBufferPointer { others in
                for row in 0..<height {
                    for column in 0..<width {
                        let value = Double(mine[row * width + column])
                        let match = Double(others[(y + row) * field.width + x + column])
                        one += value
                        two += match
                        squares += value * value
                        otherSquares += match * match
                        products += value * match
                    }
                }
            }
        }
        let count = Double(width * height)
        let spread = (squares - one * one / count) * (otherSquares - two * two / count)
        return spread > 0 ? (products - one * two / count) / spread.squareRoot() : 0
    }
}
