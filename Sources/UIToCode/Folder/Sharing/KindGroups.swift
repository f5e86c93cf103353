// Which blocks of all pages are of one kind: cards of one size that show the same once their words are forgotten, as the
// cutting of one picture tells it of its own blocks.
import Media
import Render

/// Looks for blocks of one kind.
enum KindGroups {
    /// Groups of at least two blocks, in the order of the pages; only blocks that may be components.
    static func find(in pages: [PageDraft]) -> [[TreeNode]] {
        var groups: [[TreeNode]] = []
        for page in pages {
            for node in page.body.all {
                guard let look = node.blockLook, RegionClusters.mayStand(node) else { continue }
                let found = groups.firstIndex { group in
                    group[0].blockLook.map { BlockKinds.areAlike($0, look) } ?? false
                }
                if let found { groups[found].append(node) } else { groups.append([node]) }
            }
        }
        return groups.filter { $0.count > 1 }
    }
}
