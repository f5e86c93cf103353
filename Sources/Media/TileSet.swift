// A set of the tiles that a picture is cut into: which of them, how many, and which of them lie together.

/// Tiles of a picture, by column and row.
package struct TileSet: Sendable, Equatable {
    /// Pixels of a tile's side.
    package static let side = 8

    /// Tiles beside each other.
    package let columns: Int
    /// Tiles above each other.
    package let rows: Int
    /// How many are in the set.
    package private(set) var count = 0
    private var members: [Bool]

    /// An empty set of the tiles of a picture.
    package init(width: Int, height: Int) {
        columns = (width + Self.side - 1) / Self.side
        rows = (height + Self.side - 1) / Self.side
        members = [Bool](repeating: false, count: columns * rows)
    }

    /// Whether nothing is in it.
    package var isEmpty: Bool { count == 0 }

    /// The indices of the tiles in it, row by row.
    package var indices: [Int] { count == 0 ? [] : members.indices.filter { members[$0] } }

    /// Whether the tile at an index (row times columns plus column) is in it.
    package subscript(index: Int) -> Bool {
        get { members[index] }
        set {
            guard members[index] != newValue else { return }
            members[index] = newValue
            count += newValue ? 1 : -1
        }
    }

    /// Adds what is in another set of the same picture.
    package mutating func formUnion(_ other: TileSet) {
        guard other.count > 0 else { return }
        for index in other.members.indices where other.members[index] { self[index] = true }
    }

    /// Takes out what is in another set of the same picture.
    package mutating func subtract(_ other: TileSet) {
        guard other.count > 0, count > 0 else { return }
        for index in other.members.indices where other.members[index] { self[index] = false }
    }

    /// The tiles that a rectangle of pixels touches, as ranges of columns and rows within the picture.
    package func tiles(touching xs: Range<Int>, _ ys: Range<Int>) -> (columns: Range<Int>, rows: Range<Int>) {
        func range(_ pixels: Range<Int>, _ limit: Int) -> Range<Int> {
            let lower = min(max(0, pixels.lowerBound / Self.side), limit)
            let upper = min(limit, (max(0, pixels.upperBound) + Self.side - 1) / Self.side)
            return lower..<max(lower, upper)
        }
        return (range(xs, columns), range(ys, rows))
    }

    /// Takes out the tiles that a rectangle of pixels touches.
    package mutating func remove(touching xs: Range<Int>, _ ys: Range<Int>) {
        guard count > 0 else { return }
        let area = tiles(touching: xs, ys)
        for row in area.rows {
            for column in area.columns { self[row * columns + column] = false }
        }
    }

    /// The groups of tiles that lie together: no more than `gap` tiles that are not in the set between neighbours.
    ///
    /// - Returns: by their first tile, row by row.
    package func regions(gap: Int = 1) -> [TileRegion] {
        guard count > 0 else { return [] }
        var isLeft = members
        var regions: [TileRegion] = []
        var stack: [Int] = []
        for first in members.indices where isLeft[first] {
            isLeft[first] = false
            stack.append(first)
            var region = TileRegion(column: first % columns, row: first / columns)
            while let tile = stack.popLast() {
                let (column, row) = (tile % columns, tile / columns)
                region.add(tile, column: column, row: row)
                for y in max(0, row - gap - 1)...min(rows - 1, row + gap + 1) {
                    for x in max(0, column - gap - 1)...min(columns - 1, column + gap + 1)
                    where isLeft[y * columns + x] {
                        isLeft[y * columns + x] = false
                        stack.append(y * columns + x)
                    }
                }
            }
            regions.append(region)
        }
        return regions
    }
}

/// Tiles that lie together.
package struct TileRegion: Sendable, Equatable {
    /// The columns and rows that they span.
    package private(set) var columns: Range<Int>
    package private(set) var rows: Range<Int>
    /// Their indices, in no order.
    package private(set) var tiles: [Int] = []

    fileprivate init(column: Int, row: Int) {
        columns = column..<column + 1
        rows = row..<row + 1
    }

    fileprivate mutating func add(_ tile: Int, column: Int, row: Int) {
        tiles.append(tile)
        columns = min(columns.lowerBound, column)..<max(columns.upperBound, column + 1)
        rows = min(rows.lowerBound, row)..<max(rows.upperBound, row + 1)
    }

    /// The pixels that it spans: whole tiles, cut at the picture's edges.
    package func pixels(width: Int, height: Int) -> (xs: Range<Int>, ys: Range<Int>) {
        let side = TileSet.side
        return (
            columns.lowerBound * side..<min(width, columns.upperBound * side),
            rows.lowerBound * side..<min(height, rows.upperBound * side)
        )
    }
}
