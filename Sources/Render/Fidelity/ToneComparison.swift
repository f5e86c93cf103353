// Colour by colour: the mean ΔE00 of two pictures, and the areas without text that have another colour, found on tiles.
import Media

/// An area of the canvas that has another colour in the result than in the design.
struct DifferingArea: Equatable {
    /// CSS pixels.
    var box: Box
    /// Area of the tiles it is made of, in CSS pixels.
    var area: Double
    /// The colour of flat areas, the mean of others.
    var expected, found: RGB
    /// ΔE00 of the two.
    var difference: Double
}

/// Compares two pictures of one size colour by colour.
struct ToneComparison {
    /// ΔE00 above which a pixel counts as of another colour.
    static let threshold = 3.0
    /// CSS pixels a side of a tile.
    static let tile = 8.0
    /// Areas with fewer tiles, or less than two tiles high or wide, are not told.
    static let fewestTiles = 4
    static let mostAreas = 20

    /// Mean ΔE00, at most 100 a pixel.
    let mean: Double
    /// The largest first.
    let areas: [DifferingArea]

    /// - Parameters:
    ///   - scale: pixels for a CSS pixel.
    ///   - boxes: text, whose tiles are left out of `areas`.
    init(_ result: Image, _ design: Image, scale: Double, leavingOut boxes: [Box]) {
        var grid = TileGrid(
            width: result.width, height: result.height, side: max(1, Int((Self.tile * scale).rounded())))
        var table = ColourDifferenceTable()
        var sum = 0.0
        let width = result.width
        result.pixels.withUnsafeBufferPointer { found in
            design.pixels.withUnsafeBufferPointer { wanted in
                for y in 0..<result.height {
                    for x in 0..<width {
                        let index = y &* width &+ x
                        let (first, second) = (found.packed(at: index), wanted.packed(at: index))
                        if first == second { continue }
                        let difference = min(100, table.between(first, second))
                        sum += difference
                        if difference > Self.threshold { grid.count(x, y) }
                    }
                }
            }
        }
        mean = sum / Double(width * result.height)
        grid.leaveOut(boxes, scale: scale)
        areas = grid.areas(result, design, scale: scale)
    }
}

/// The canvas in tiles, each with the number of its pixels that differ.
private struct TileGrid {
    private let side: Int
    private let columns, rows: Int
    private let width, height: Int
    private var differing: [Int32]

    init(width: Int, height: Int, side: Int) {
        self.side = side
        self.width = width
        self.height = height
        columns = (width + side - 1) / side
        rows = (height + side - 1) / side
        differing = [Int32](repeating: 0, count: columns * rows)
    }

    @inline(__always)
    mutating func count(_ x: Int, _ y: Int) {
        differing[y / side &* columns &+ x / side] &+= 1
    }

    /// Forgets tiles whose middle lies in a box.
    mutating func leaveOut(_ boxes: [Box], scale: Double) {
        for box in boxes {
            let across = tiles(from: box.x * scale, to: box.right * scale, count: columns)
            let down = tiles(from: box.y * scale, to: box.bottom * scale, count: rows)
            for row in down { for column in across { differing[row * columns + column] = 0 } }
        }
    }

    // Those of a row or column whose middle lies between two places; none where the places lie outside the canvas.
    private func tiles(from start: Double, to end: Double, count: Int) -> Range<Int> {
        let first = max(0, Int((start / Double(side) - 0.5).rounded(.up)))
        let last = min(count - 1, Int((end / Double(side) - 0.5).rounded(.down)))
        return first..<max(first, last + 1)
    }

    /// Joins neighbouring tiles that are mostly of another colour, and of the same two colours where they are flat.
    func areas(_ result: Image, _ design: Image, scale: Double) -> [DifferingArea] {
        var looks: [Int: Look] = [:]
        for tile in differing.indices {
            let (x, y) = (tile % columns * side, tile / columns * side)
            let (w, h) = (min(side, width - x), min(side, height - y))
            guard Int(differing[tile]) * 10 >= w * h * 6 else { continue }
            looks[tile] = Look(result, design, x: x, y: y, width: w, height: h)
        }
        var sets = DisjointSets(count: differing.count)
        for (tile, look) in looks {
            if tile % columns > 0, let left = looks[tile - 1], look.isLike(left) { sets.join(tile, tile - 1) }
            if let above = looks[tile - columns], look.isLike(above) { sets.join(tile, tile - columns) }
        }
        var groups: [Int: [Int]] = [:]
        for tile in looks.keys.sorted() { groups[sets.root(of: tile), default: []].append(tile) }
        return groups.values.compactMap { area($0, looks, scale) }
            .sorted { ($1.area, $0.box.y, $0.box.x) < ($0.area, $1.box.y, $1.box.x) }
            .prefix(ToneComparison.mostAreas).map { $0 }
    }

    private func area(_ tiles: [Int], _ looks: [Int: Look], _ scale: Double) -> DifferingArea? {
        guard tiles.count >= ToneComparison.fewestTiles else { return nil }
        let (xs, ys) = (tiles.map { $0 % columns }, tiles.map { $0 / columns })
        let (left, right, top, bottom) = (xs.min()!, xs.max()! + 1, ys.min()!, ys.max()! + 1)
        guard right - left > 1, bottom - top > 1 else { return nil }
        let expected = RGB(meanOf: tiles.map { looks[$0]!.expected })
        let found = RGB(meanOf: tiles.map { looks[$0]!.found })
        let difference = ColourDifference.between(found, expected)
        guard difference > ToneComparison.threshold else { return nil }
        let box = Box(
            x: Double(left * side) / scale, y: Double(top * side) / scale,
            width: Double(min(width, right * side) - left * side) / scale,
            height: Double(min(height, bottom * side) - top * side) / scale)
        let tileArea = Double(side * side) / (scale * scale)
        return DifferingArea(
            box: box, area: min(box.area, Double(tiles.count) * tileArea), expected: expected, found: found,
            difference: difference)
    }
}

/// What a tile shows on either side.
private struct Look {
    let expected, found: RGB
    /// Three quarters of the tile have these very colours on both sides.
    let isFlat: Bool

    init(_ result: Image, _ design: Image, x: Int, y: Int, width: Int, height: Int) {
        let (found, foundShare) = Self.colour(result, x, y, width, height)
        let (expected, expectedShare) = Self.colour(design, x, y, width, height)
        self.found = found
        self.expected = expected
        isFlat = foundShare && expectedShare
    }

    func isLike(_ other: Look) -> Bool {
        isFlat == other.isFlat && (!isFlat || expected == other.expected && found == other.found)
    }

    /// The most frequent colour where it fills three quarters, else the mean.
    private static func colour(_ image: Image, _ x: Int, _ y: Int, _ width: Int, _ height: Int) -> (RGB, Bool) {
        var counts: [UInt32: Int] = [:]
        for row in y..<y + height {
            for column in x..<x + width { counts[image.colour(at: row * image.width + column), default: 0] += 1 }
        }
        let most = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }!
        if most.value * 4 >= width * height * 3 { return (RGB(packed: most.key), true) }
        return (RGB(meanOf: counts.flatMap { Array(repeating: RGB(packed: $0.key), count: $0.value) }), false)
    }
}

extension RGB {
    /// The mean of each channel, rounded; of at least one colour.
    init(meanOf colours: [RGB]) {
        func mean(_ channel: KeyPath<RGB, UInt8>) -> UInt8 {
            let sum = colours.reduce(0) { $0 + Int($1[keyPath: channel]) }
            return UInt8((sum * 2 + colours.count) / (2 * colours.count))
        }
        self.init(mean(\.red), mean(\.green), mean(\.blue))
    }
}
