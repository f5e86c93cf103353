// Where the design has the parts of a page that was put together of blocks. A draft may be higher or lower than its design,
// so that everything below lies elsewhere than it should; the picture, cut once more in the same way, says where each
// block belongs. What is inside a block is taken to lie in it as it was shown.
import Inference
import Media
import Render

/// Finds the places of a page's elements in its design.
enum DesignPlaces {
    /// Notes for every element of the page where the design has it: by the blocks where there are any, otherwise where
    /// it was shown. Blocks that show something carry what cutting saw of them.
    ///
    /// - Parameter comfortable: the largest picture that was converted whole; nil when every one is.
    static func mark(_ page: PageDraft, in picture: Image, comfortable: PixelSize?) {
        page.body.visit { $0.place = $0.box }
        guard let comfortable, let plan = BlockPlan(Design(name: "", image: picture), comfortable: comfortable),
            let pairs = pairs(of: page.body, plan.tree.root)
        else { return }
        let looks = BlockKinds.looks(of: plan.tree, in: picture)
        let scale = Double(picture.width) / Double(max(1, page.width))
        var leaf = 0
        for (node, block) in pairs {
            let rect = block.rect
            let place = Box(
                x: Double(rect.xs.lowerBound) / scale, y: Double(rect.ys.lowerBound) / scale,
                width: Double(rect.width) / scale, height: Double(rect.height) / scale)
            if block.isLeaf, let box = node.box {
                node.visit { inner in
                    inner.place = inner.box.map {
                        Box(x: $0.x - box.x + place.x, y: $0.y - box.y + place.y, width: $0.width, height: $0.height)
                    }
                }
            }
            node.place = place
            if block.isLeaf, !block.isBlank {
                node.blockLook = looks[leaf]
                leaf += 1
            }
        }
    }

    // The elements and their blocks, in document order; nil when the page has other parts than the tree.
    private static func pairs(of node: TreeNode, _ block: Block) -> [(TreeNode, Block)]? {
        var pairs = [(node, block)]
        if block.isLeaf { return pairs }
        let parts = parts(of: node)
        guard parts.count == block.children.count else { return nil }
        for (part, child) in zip(parts, block.children) {
            guard let inner = self.pairs(of: part, child) else { return nil }
            pairs += inner
        }
        return pairs
    }

    // The boxes inside an element: landmarks that make none stand for what they hold.
    private static func parts(of node: TreeNode) -> [TreeNode] {
        node.children.filter(\.isElement).flatMap { child in
            child["style"] == "display: contents" ? parts(of: child) : [child]
        }
    }
}
