// Which regions of the pages show the same in the designs, pixel by pixel, as far as looks tell.
import Render

/// Looks for regions that show the same.
enum LookGroups {
    /// Groups of at least two regions whose pixels are alike, the largest regions first.
    ///
    /// - Complexity: regions × groups of about the same size.
    static func find(in pages: [PageDraft]) -> [[TreeNode]] {
        var groups: [[TreeNode]] = []
        var buckets: [Size: [Int]] = [:]
        for page in pages {
            for node in page.body.all where node.look != nil && node.tag != "body" && node.tag != "main" {
                guard let look = node.look, RegionClusters.mayStand(node) else { continue }
                let size = Size(look)
                let near = size.neighbours.flatMap { buckets[$0] ?? [] }.sorted()
                if let found = near.first(where: { groups[$0][0].look?.isLike(look) == true }) {
                    groups[found].append(node)
                } else {
                    buckets[size, default: []].append(groups.count)
                    groups.append([node])
                }
            }
        }
        func area(_ group: [TreeNode]) -> Double { group[0].look.map { $0.width * $0.height } ?? 0 }
        return groups.map(withoutNested).filter { $0.count > 1 }.enumerated()
            .sorted { (area($0.element), $1.offset) > (area($1.element), $0.offset) }.map(\.element)
    }

    // An element and the only thing in it may look the same: the outer one counts.
    private static func withoutNested(_ group: [TreeNode]) -> [TreeNode] {
        let members = Set(group.map(ObjectIdentifier.init))
        return group.filter { node in
            var above = node.parent
            while let outer = above {
                if members.contains(ObjectIdentifier(outer)) { return false }
                above = outer.parent
            }
            return true
        }
    }

    // Sizes that may be alike lie in neighbouring steps: a step is 6 % and at least 6 pixels.
    private struct Size: Hashable {
        var column, row: Int

        init(column: Int, row: Int) {
            self.column = column
            self.row = row
        }

        init(_ look: RegionLook) { self.init(column: Self.step(look.width), row: Self.step(look.height)) }

        var neighbours: [Size] {
            (-1...1).flatMap { x in (-1...1).map { y in Size(column: column + x, row: row + y) } }
        }

        // Linear up to 100 pixels, then by ratio.
        private static func step(_ length: Double) -> Int {
            length < 100 ? Int(length / 6) : 16 + Int(stepsOfRatio(length / 100))
        }

        private static func stepsOfRatio(_ ratio: Double) -> Double {
            var (steps, value) = (0.0, 1.06)
            while value <= ratio {
                value *= 1.06
                steps += 1
            }
            return steps
        }
    }
}
