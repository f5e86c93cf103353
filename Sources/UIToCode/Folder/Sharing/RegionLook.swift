// What the design shows where a region lies, small enough to be kept for every region of many pages: means over cells
// of 4 or 8 CSS pixels. Two looks are held against each other with room for a box that lies a few pixels off.
import Media
import Render

/// The pixels of a region, coarsely.
struct RegionLook: Sendable {
    /// CSS pixels.
    let width, height: Double
    private let side: Int
    private let columns, rows: Int
    /// `[row, column, 3]`.
    private let cells: [UInt8]
    /// The most frequent cell.
    private let ground: [Int]

    /// Looks at a box of a design; nil when less than two thirds of it lies inside, when it is smaller than 8 × 8 CSS
    /// pixels, or when all of it has one colour: then it says nothing.
    ///
    /// - Parameter scale: pixels of the picture for a CSS pixel.
    init?(_ image: Image, scale: Double, box: Box) {
        let bounds = Box(x: 0, y: 0, width: Double(image.width) / scale, height: Double(image.height) / scale)
        guard box.width >= 8, box.height >= 8, let inside = box.intersection(bounds), inside.area * 3 >= box.area * 2
        else { return nil }
        let side = inside.area <= 40_000 ? 4 : 8
        let columns = max(1, Int(inside.width) / side)
        let rows = max(1, Int(inside.height) / side)
        var cells: [UInt8] = []
        cells.reserveCapacity(rows * columns * 3)
        func edge(_ start: Double, _ cell: Int, _ limit: Int) -> Int {
            min(limit, Int(((start + Double(cell * side)) * scale).rounded()))
        }
        for row in 0..<rows {
            let top = min(image.height - 1, edge(inside.y, row, image.height))
            let bottom = max(top + 1, edge(inside.y, row + 1, image.height))
            for column in 0..<columns {
                let left = min(image.width - 1, edge(inside.x, column, image.width))
                let right = max(left + 1, edge(inside.x, column + 1, image.width))
                cells += Self.mean(image, left..<right, top..<bottom)
            }
        }
        self.init(
            width: inside.width, height: inside.height, side: side, columns: columns, rows: rows, cells: cells)
        if ink(outside: []) < Self.leastInk { return nil }
    }

    private init(width: Double, height: Double, side: Int, columns: Int, rows: Int, cells: [UInt8]) {
        self.width = width
        self.height = height
        self.side = side
        self.columns = columns
        self.rows = rows
        self.cells = cells
        ground = Self.ground(of: cells)
    }

    /// Whether both regions show the same: sizes within 4 pixels or 4 %, every cell within reach of the other's cells
    /// around it, and as much ink, so that bold letters are told from plain ones.
    ///
    /// - Parameter holes: parts that may differ, from the region's own corner. When they are more than half of it, or
    ///   when there is nothing to see outside of them, the answer is no.
    func isLike(_ other: RegionLook, outside holes: [Box] = []) -> Bool {
        guard abs(width - other.width) <= max(4, 0.04 * width), abs(height - other.height) <= max(4, 0.04 * height)
        else { return false }
        if side < other.side { return coarser.isLike(other, outside: holes) }
        if side > other.side { return isLike(other.coarser, outside: holes) }
        let (one, two) = (ink(outside: holes), other.ink(outside: holes))
        guard min(one, two) >= Self.leastInk, abs(one - two) <= 0.1 * max(one, two) else { return false }
        let seen = (0..<rows * columns).count { !isHidden($0 / columns, $0 % columns, by: holes) }
        return seen * 2 >= rows * columns && fits(other, outside: holes) && other.fits(self, outside: holes)
    }

    /// A cell by its place in the grid.
    struct Cell: Hashable {
        var row, column: Int
    }

    /// The cells that either region shows and the other does not, around that place; in cells of `cellSide(with:)`.
    func differences(from other: RegionLook) -> Set<Cell> {
        if side < other.side { return coarser.differences(from: other) }
        if side > other.side { return differences(from: other.coarser) }
        return unreached(by: other).union(other.unreached(by: self))
    }

    /// The side of the cells in which two regions are compared.
    func cellSide(with other: RegionLook) -> Int { max(side, other.side) }

    private func unreached(by other: RegionLook) -> Set<Cell> {
        var cells: Set<Cell> = []
        for row in 0..<rows {
            for column in 0..<columns where !isReached(row, column, by: other) {
                cells.insert(Cell(row: row, column: column))
            }
        }
        return cells
    }

    /// Boxes around cells that lie together, from the region's corner: no further from each other than two cells, so
    /// that the letters of a word are one.
    static func boxes(around cells: Set<Cell>, side: Int) -> [Box] {
        var left = cells
        var boxes: [Box] = []
        while let first = left.min(by: { ($0.row, $0.column) < ($1.row, $1.column) }) {
            left.remove(first)
            var (edge, group) = ([first], [first])
            while let cell = edge.popLast() {
                for row in cell.row - 2...cell.row + 2 {
                    for column in cell.column - 2...cell.column + 2 {
                        guard let near = left.remove(Cell(row: row, column: column)) else { continue }
                        edge.append(near)
                        group.append(near)
                    }
                }
            }
            let rows = group.map(\.row)
            let columns = group.map(\.column)
            guard let top = rows.min(), let bottom = rows.max(), let start = columns.min(), let end = columns.max()
            else { continue }
            boxes.append(
                Box(
                    x: Double(start * side), y: Double(top * side), width: Double((end - start + 1) * side),
                    height: Double((bottom - top + 1) * side)))
        }
        return boxes
    }

    // How far a channel may lie outside what the other shows around the place: what JPEG leaves of a letter.
    private static let slack = 12

    // Whether every cell lies between the darkest and the lightest of the other's cells around its place; one in a
    // hundred may miss.
    private func fits(_ other: RegionLook, outside holes: [Box]) -> Bool {
        var missesLeft = columns * rows / 100
        for row in 0..<rows {
            for column in 0..<columns where !isReached(row, column, by: other) {
                if isHidden(row, column, by: holes) { continue }
                if missesLeft == 0 { return false }
                missesLeft -= 1
            }
        }
        return true
    }

    private func isReached(_ row: Int, _ column: Int, by other: RegionLook) -> Bool {
        let ys = min(max(0, row - 1), other.rows - 1)...min(row + 1, other.rows - 1)
        let xs = min(max(0, column - 1), other.columns - 1)...min(column + 1, other.columns - 1)
        for channel in 0..<3 {
            var low = 255
            var high = 0
            for y in ys {
                for x in xs {
                    let value = Int(other.cells[(y * other.columns + x) * 3 + channel])
                    low = min(low, value)
                    high = max(high, value)
                }
            }
            let value = Int(cells[(row * columns + column) * 3 + channel])
            if value < low - Self.slack || value > high + Self.slack { return false }
        }
        return true
    }

    // The same with cells of twice the side.
    private var coarser: RegionLook {
        let (wide, high) = (max(1, columns / 2), max(1, rows / 2))
        var merged: [UInt8] = []
        for row in 0..<high {
            for column in 0..<wide {
                for channel in 0..<3 {
                    var sum = 0
                    var count = 0
                    for y in row * 2..<min(rows, row * 2 + 2) {
                        for x in column * 2..<min(columns, column * 2 + 2) {
                            sum += Int(cells[(y * columns + x) * 3 + channel])
                            count += 1
                        }
                    }
                    merged.append(UInt8(sum / count))
                }
            }
        }
        return RegionLook(width: width, height: height, side: side * 2, columns: wide, rows: high, cells: merged)
    }

    private static func mean(_ image: Image, _ columns: Range<Int>, _ rows: Range<Int>) -> [UInt8] {
        var sums = (0, 0, 0)
        image.pixels.withUnsafeBufferPointer { pixels in
            for y in rows {
                for x in columns {
                    let start = (y &* image.width &+ x) &* 3
                    sums.0 &+= Int(pixels[start])
                    sums.1 &+= Int(pixels[start &+ 1])
                    sums.2 &+= Int(pixels[start &+ 2])
                }
            }
        }
        let count = columns.count * rows.count
        return [UInt8(sums.0 / count), UInt8(sums.1 / count), UInt8(sums.2 / count)]
    }

    // Whether a cell touches a hole, or lies next to it.
    private func isHidden(_ row: Int, _ column: Int, by holes: [Box]) -> Bool {
        let (left, top) = (Double(column * side), Double(row * side))
        let reach = Double(side)
        return holes.contains { hole in
            hole.x - reach < left + reach && left < hole.right + reach && hole.y - reach < top + reach
                && top < hole.bottom + reach
        }
    }

    // As many cells of full contrast as all cells' differences from the ground make, in cells of 4 pixels.
    private func ink(outside holes: [Box]) -> Double {
        var sum = 0
        for row in 0..<rows {
            for column in 0..<columns where holes.isEmpty || !isHidden(row, column, by: holes) {
                let start = (row * columns + column) * 3
                var most = 0
                for channel in 0..<3 { most = max(most, abs(Int(cells[start + channel]) - ground[channel])) }
                sum += most
            }
        }
        return Double(sum * side * side) / (255 * 16)
    }

    // What is less than half a cell of full contrast says nothing.
    private static let leastInk = 0.5

    private static func ground(of cells: [UInt8]) -> [Int] {
        var counts: [Int: Int] = [:]
        func code(_ index: Int) -> Int { Int(cells[index]) << 16 | Int(cells[index + 1]) << 8 | Int(cells[index + 2]) }
        for index in stride(from: 0, to: cells.count, by: 3) { counts[code(index), default: 0] += 1 }
        let ground = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
        return [ground >> 16, ground >> 8 & 255, ground & 255]
    }
}
