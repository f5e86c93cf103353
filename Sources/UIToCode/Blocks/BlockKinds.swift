// What repeats: leaves of equal content size that look alike once their texts are forgotten. Compared are the place
// and the amount of detail in a grid of 12 × 12 cells, not colours of single pixels, so that the cards of a row are one
// kind whatever they say.
import Inference
import Media
import Render

/// Finds leaves that are of one kind.
enum BlockKinds {
    /// Sizes of one kind differ by no more than this many pixels in each direction.
    static let sizeTolerance = 2
    /// Detail of one kind agrees at least this far; 1 is equal, 0 has nothing in common.
    static let likeness = 0.6

    private static let cells = 12

    /// What a leaf shows, its words forgotten.
    struct Look: Sendable {
        var size: PixelSize
        var background: RGB
        /// Row by row: the share of a cell's pixels that stand out from the pixel before or above.
        var detail: [Double]
        /// How far two channels of one colour may lie from each other in its picture.
        var tolerance: Int
    }

    /// Numbers the kinds of a tree's leaves, from 0 in reading order; a leaf unlike all others keeps none.
    ///
    /// A leaf belongs to the first kind whose first leaf it resembles.
    static func mark(_ tree: inout BlockTree, in image: Image) {
        let looks = looks(of: tree, in: image)
        var groups: [[Int]] = []
        for index in looks.indices {
            if let group = groups.firstIndex(where: { areAlike(looks[$0[0]], looks[index]) }) {
                groups[group].append(index)
            } else {
                groups.append([index])
            }
        }
        var kinds = [Int?](repeating: nil, count: looks.count)
        for (number, group) in groups.filter({ $0.count > 1 }).enumerated() {
            for index in group { kinds[index] = number }
        }
        var leaf = 0
        assign(&tree.root, kinds, &leaf)
    }

    private static func assign(_ block: inout Block, _ kinds: [Int?], _ leaf: inout Int) {
        if block.isLeaf {
            if block.isBlank { return }
            block.kind = kinds[leaf]
            leaf += 1
        }
        for index in block.children.indices { assign(&block.children[index], kinds, &leaf) }
    }

    /// What each of a tree's leaves shows, in their order.
    static func looks(of tree: BlockTree, in image: Image) -> [Look] {
        let scan = PictureScan(image)
        return tree.leaves.map { look(of: $0, scan) }
    }

    private static func look(of block: Block, _ scan: PictureScan) -> Look {
        let rect = block.content
        var counts = [Int](repeating: 0, count: cells * cells)
        for y in rect.ys.dropFirst() {
            let row = (y - rect.ys.lowerBound) * cells / rect.height
            for x in rect.xs.dropFirst() {
                let here = scan.colour(x: x, y: y)
                guard !scan.isSame(here, scan.colour(x: x - 1, y: y)) || !scan.isSame(here, scan.colour(x: x, y: y - 1))
                else { continue }
                counts[row * cells + (x - rect.xs.lowerBound) * cells / rect.width] += 1
            }
        }
        let cell = Double(rect.area) / Double(cells * cells)
        return Look(
            size: rect.size, background: block.background, detail: counts.map { min(1, Double($0) / cell * 4) },
            tolerance: scan.tolerance)
    }

    private static func isSame(_ first: RGB, _ second: RGB, _ tolerance: Int) -> Bool {
        [(first.red, second.red), (first.green, second.green), (first.blue, second.blue)]
            .allSatisfy { abs(Int($0) - Int($1)) <= tolerance }
    }

    /// Whether two leaves, of one picture or of two, are of one kind.
    static func areAlike(_ first: Look, _ second: Look) -> Bool {
        guard abs(first.size.width - second.size.width) <= sizeTolerance,
            abs(first.size.height - second.size.height) <= sizeTolerance,
            isSame(first.background, second.background, max(first.tolerance, second.tolerance))
        else { return false }
        var (shared, all) = (0.0, 0.0)
        for (one, other) in zip(blurred(first.detail), blurred(second.detail)) {
            shared += min(one, other)
            all += max(one, other)
        }
        return all == 0 || shared / all >= likeness
    }

    // Each cell with its neighbours: words of different lengths end in different cells.
    private static func blurred(_ detail: [Double]) -> [Double] {
        detail.indices.map { index in
            let (row, column) = (index / cells, index % cells)
            let columns = max(0, column - 1)...min(cells - 1, column + 1)
            return columns.map { detail[row * cells + $0] }.reduce(0, +) / Double(columns.count)
        }
    }
}
