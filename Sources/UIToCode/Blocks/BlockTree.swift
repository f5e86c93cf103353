// A picture of a page as a tree of rectangles: bands and columns, cut where nothing is cut through, down to leaves that
// an engine is comfortable with. What the picture does not say (where text means the same, what is a link) is not
// guessed here. `BlockCutter` builds the tree; the same picture and size always give the same tree.
import Inference
import Media
import Render

/// A rectangle of the picture: a leaf that is converted as one picture, or parts that follow each other.
struct Block: Sendable, Equatable {
    /// The lines at the sides of a rectangle.
    struct Frame: Sendable, Equatable {
        /// How thick they are in pixels; 0 where there is none.
        var lines: PixelInsets
        var colour: RGB
        /// Pixels by which its corners are rounded.
        var radius: Int
    }

    /// Where it lies in the picture. Leaves keep some of the background around their content.
    var rect: PixelRect
    /// The content without background around it; inside `rect`.
    var content: PixelRect
    /// The colour in which its content lies.
    var background: RGB
    /// Set when the rectangle is a box, or has a line at a side, and its inside was cut.
    var frame: Frame?
    /// How `children` follow each other.
    var direction = BlockDirection.column
    /// In order of `direction`; none of them overlaps another, all lie inside `rect`. Empty for a leaf.
    var children: [Block] = []
    /// Nothing but its background: a stripe or an empty band.
    var isBlank = false
    /// Leaves of the same number look alike in size and structure; nil for one of its own kind.
    var kind: Int?

    var isLeaf: Bool { children.isEmpty }

    /// Pixels between each child and the next, one fewer than children; empty for a leaf.
    var gaps: [Int] {
        zip(children, children.dropFirst()).map { before, after in
            after.rect.main(direction).lowerBound - before.rect.main(direction).upperBound
        }
    }

    /// Pixels between the rectangle's sides and its children; zero for a leaf.
    var padding: PixelInsets {
        guard let first = children.first else { return PixelInsets() }
        var (xs, ys) = (first.rect.xs, first.rect.ys)
        for child in children.dropFirst() {
            xs = min(xs.lowerBound, child.rect.xs.lowerBound)..<max(xs.upperBound, child.rect.xs.upperBound)
            ys = min(ys.lowerBound, child.rect.ys.lowerBound)..<max(ys.upperBound, child.rect.ys.upperBound)
        }
        return PixelInsets(
            top: ys.lowerBound - rect.ys.lowerBound, right: rect.xs.upperBound - xs.upperBound,
            bottom: rect.ys.upperBound - ys.upperBound, left: xs.lowerBound - rect.xs.lowerBound)
    }

    /// Calls `body` for the leaves that are not blank, in reading order.
    func visitLeaves(_ body: (Block) -> Void) {
        if isLeaf {
            if !isBlank { body(self) }
        } else {
            for child in children { child.visitLeaves(body) }
        }
    }
}

/// A picture cut into blocks.
struct BlockTree: Sendable, Equatable {
    /// The whole picture.
    var root: Block
    /// Picture pixels per CSS pixel.
    var scale: Double

    /// Cuts a picture.
    ///
    /// Horizontal cuts come before vertical ones, except where the vertical ones are clearer: a bar down the side, columns
    /// whose lines stand closer than the columns. A rectangle that fits is cut no further, so cards and rows stay whole;
    /// one that does not fit and cannot be cut is a leaf nevertheless.
    ///
    /// - Parameters:
    ///   - comfortable: the largest leaf, in pixels, where there is a choice.
    ///   - scale: picture pixels per CSS pixel.
    /// - Complexity: a few passes over the pixels for each level of the tree.
    /// Proof: `BlockTreeTests`.
    static func cut(_ image: Image, comfortable: PixelSize, scale: Double = 1) -> BlockTree {
        let cutter = BlockCutter(scan: PictureScan(image), comfortable: comfortable, scale: scale)
        var tree = BlockTree(root: cutter.root(), scale: scale)
        BlockKinds.mark(&tree, in: image)
        return tree
    }

    /// The blocks to convert, in reading order: all leaves that show something.
    var leaves: [Block] {
        var leaves: [Block] = []
        root.visitLeaves { leaves.append($0) }
        return leaves
    }

    /// How many kinds of leaves occur more than once.
    var kindCount: Int { Set(leaves.compactMap(\.kind)).count }
}
