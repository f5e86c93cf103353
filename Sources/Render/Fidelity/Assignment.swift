// Who goes with whom so that the sum is best: the linear assignment problem by shortest augmenting paths (Jonker and
// Volgenant 1987, in the rectangular form of Crouse 2016).

/// The linear assignment problem.
enum Assignment {
    /// The column of every row such that the sum of the chosen costs is least.
    ///
    /// As many rows get a column as the smaller side has members; -1 marks a row without one. Equal sums may be reached
    /// by other choices; the same costs always give the same one.
    ///
    /// - Parameter costs: `[rows, columns]`, row-major, finite.
    /// - Complexity: O(min² · max) time, O(rows · columns) memory when there are more rows than columns.
    ///
    /// Proof: `AssignmentTests.sumEqualsSciPy`.
    static func minimal(_ costs: [Double], rows: Int, columns: Int) -> [Int] {
        precondition(costs.count == rows * columns, "costs must hold rows * columns numbers")
        guard rows > columns else { return Solver(costs, rows: rows, columns: columns).columnOfRow }
        var turned = [Double](repeating: 0, count: costs.count)
        for row in 0..<rows {
            for column in 0..<columns { turned[column * rows + row] = costs[row * columns + column] }
        }
        var result = [Int](repeating: -1, count: rows)
        for (column, row) in Solver(turned, rows: columns, columns: rows).columnOfRow.enumerated() {
            result[row] = column
        }
        return result
    }

    /// The column of every row such that the sum of the chosen gains is greatest; else as `minimal`.
    static func maximal(_ gains: [Double], rows: Int, columns: Int) -> [Int] {
        minimal(gains.map { -$0 }, rows: rows, columns: columns)
    }
}

/// Gives every row a column, rows ≤ columns: one row after the other by the cheapest path of exchanges.
private struct Solver {
    private let costs: [Double]
    private let rows, columns: Int
    /// Prices that keep every cost − price(row) − price(column) at 0 or more.
    private var rowPrices, columnPrices: [Double]
    private var rowOfColumn: [Int]
    private(set) var columnOfRow: [Int]

    init(_ costs: [Double], rows: Int, columns: Int) {
        self.costs = costs
        self.rows = rows
        self.columns = columns
        rowPrices = [Double](repeating: 0, count: rows)
        columnPrices = [Double](repeating: 0, count: columns)
        rowOfColumn = [Int](repeating: -1, count: columns)
        columnOfRow = [Int](repeating: -1, count: rows)
        for row in 0..<rows { place(row) }
    }

    private mutating func place(_ start: Int) {
        var distance = [Double](repeating: .infinity, count: columns)
        var rowBefore = [Int](repeating: -1, count: columns)
        var open = Array(0..<columns)
        var (visitedRows, visitedColumns): ([Int], [Int]) = ([], [])
        var (row, reached, last) = (start, 0.0, -1)
        while last < 0 {
            visitedRows.append(row)
            var (nearest, best) = (-1, Double.infinity)
            for index in open.indices {
                let column = open[index]
                let length = reached + costs[row * columns + column] - rowPrices[row] - columnPrices[column]
                if length < distance[column] {
                    distance[column] = length
                    rowBefore[column] = row
                }
                // Among equally near columns a free one ends the search.
                if distance[column] < best || distance[column] == best && rowOfColumn[column] < 0 {
                    best = distance[column]
                    nearest = index
                }
            }
            precondition(nearest >= 0, "costs are finite")
            reached = best
            let column = open[nearest]
            open.swapAt(nearest, open.count - 1)
            open.removeLast()
            visitedColumns.append(column)
            if rowOfColumn[column] < 0 { last = column } else { row = rowOfColumn[column] }
        }
        rowPrices[start] += reached
        for row in visitedRows.dropFirst() { rowPrices[row] += reached - distance[columnOfRow[row]] }
        for column in visitedColumns { columnPrices[column] -= reached - distance[column] }
        exchange(from: last, to: start, rowBefore)
    }

    /// Hands columns along the path that ends in a free one.
    private mutating func exchange(from last: Int, to start: Int, _ rowBefore: [Int]) {
        var column = last
        while true {
            let row = rowBefore[column]
            rowOfColumn[column] = row
            let freed = columnOfRow[row]
            columnOfRow[row] = column
            if row == start { return }
            column = freed
        }
    }
}
