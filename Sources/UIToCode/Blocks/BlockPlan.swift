// One design → the designs of its blocks. A design that an engine is comfortable with has no plan and is converted as
// it is.
import Inference
import Media

/// How a design that is too large is converted: block by block, then put together.
struct BlockPlan: Sendable {
    /// Where the blocks lie.
    let tree: BlockTree
    /// One design for each of `tree.leaves`, in that order: its rectangle of the picture.
    let designs: [Design]

    /// Plans a design; nil when it fits, or when there is no place to cut it.
    ///
    /// - Parameters:
    ///   - comfortable: the largest picture that needs no cutting, in pixels.
    ///   - scale: picture pixels per CSS pixel.
    init?(_ design: Design, comfortable: PixelSize, scale: Double = 1) {
        let image = design.image
        guard image.width > comfortable.width || image.height > comfortable.height else { return nil }
        let tree = BlockTree.cut(image, comfortable: comfortable, scale: scale)
        let leaves = tree.leaves
        guard leaves.count > 1 else { return nil }
        self.tree = tree
        designs = leaves.enumerated().map { number, leaf in
            Design(
                name: "\(design.name)-\(number + 1)",
                image: image.cropped(
                    x: leaf.rect.xs.lowerBound, y: leaf.rect.ys.lowerBound, width: leaf.rect.width,
                    height: leaf.rect.height))
        }
    }
}
