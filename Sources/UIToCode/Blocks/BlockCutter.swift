// Builds the tree: look for cuts in both directions, choose one direction, take its clearest cuts, put small parts
// together again as far as they fit, and go on inside each part. Every rule is about pixels and relations of sizes;
// lengths are pixels of a design at its true size, times `scale`.
import Inference
import Render

/// Cuts the rectangles of one picture.
struct BlockCutter {
    let scan: PictureScan
    let comfortable: PixelSize
    let scale: Double

    private static let deepest = 24
    // Background that every leaf can have around its content.
    private static let leastMargin = 8.0
    // Background kept around a leaf along the direction in which it was cut, and across it.
    private static let margin = 12.0
    private static let crossMargin = 24.0

    /// The tree of the whole picture.
    func root() -> Block {
        let rect = scan.bounds
        let background = scan.background(of: rect)
        var root = block(rect, outside: background, in: .column, depth: 0) ?? blank(rect, background: background)
        if root.rect != rect {
            root = Block(rect: rect, content: rect, background: background, children: [root])
        }
        return root
    }

    // What lies in a rectangle that was cut out of a background along `direction`; nil when it is only background.
    private func block(_ region: PixelRect, outside: RGB, in direction: BlockDirection, depth: Int) -> Block? {
        let background = scan.background(of: region)
        guard let content = scan.trimmed(region, background: background) else {
            return scan.isSame(background, outside) ? nil : blank(region, background: background)
        }
        let canBeCut = content.width >= pixels(24) && content.height >= pixels(8) && depth < Self.deepest
        let isBand = !scan.isSame(background, outside)
        if isBand ? region.fits(comfortable) : content.fits(room) || !canBeCut {
            return leaf(region, content: isBand ? region : content, background: background, direction)
        }
        if content.fits(room) || !canBeCut {
            let inner = leaf(region, content: content, background: background, direction)
            return Block(rect: region, content: region, background: background, children: [inner])
        }
        return inside(region, content: content, background: background, depth: depth)
            ?? leaf(region, content: content, background: background, direction)
    }

    // The largest content whose picture is comfortable, with a little background around it.
    private var room: PixelSize {
        let margins = 2 * pixels(Self.leastMargin)
        return PixelSize(
            width: max(1, comfortable.width - margins), height: max(1, comfortable.height - margins))
    }

    private func pixels(_ length: Double) -> Int { Int((length * scale).rounded()) }

    // MARK: Leaves

    private func blank(_ rect: PixelRect, background: RGB) -> Block {
        Block(rect: rect, content: rect, background: background, isBlank: true)
    }

    private func leaf(
        _ region: PixelRect, content: PixelRect, background: RGB, _ direction: BlockDirection
    ) -> Block {
        if min(content.width, content.height) <= pixels(3) {
            return blank(content, background: scan.background(of: content))
        }
        let main = widened(content, within: region, direction, by: pixels(Self.margin))
        let cross = widened(content, within: region, direction.other, by: pixels(Self.crossMargin))
        let rect = direction == .column ? PixelRect(xs: cross, ys: main) : PixelRect(xs: main, ys: cross)
        return Block(rect: rect, content: content, background: background)
    }

    // The content's range with up to `margin` pixels of the region on both sides, as far as a comfortable content stays
    // comfortable.
    private func widened(
        _ content: PixelRect, within region: PixelRect, _ direction: BlockDirection, by margin: Int
    ) -> Range<Int> {
        let (inner, outer) = (content.main(direction), region.main(direction))
        let limit = comfortable.main(direction)
        let spare = inner.count <= limit ? (limit - inner.count) / 2 : pixels(Self.margin)
        let before = min(margin, spare, inner.lowerBound - outer.lowerBound)
        let after = min(margin, spare, outer.upperBound - inner.upperBound)
        return inner.lowerBound - before..<inner.upperBound + after
    }

    // MARK: Parts

    // The block with its parts; nil when it cannot be cut.
    private func inside(_ region: PixelRect, content: PixelRect, background: RGB, depth: Int) -> Block? {
        let box = box(content, background: background)
        let rect = box?.rect ?? region
        let lines = box?.frame.lines ?? sides(of: rect, deepest: pixels(4))
        var inner = rect.inset(by: lines)
        let colour = scan.background(of: inner)
        if let box { inner = withoutCorners(inner, radius: box.frame.radius, colour: colour) }
        var block = Block(rect: rect, content: content, background: colour)
        block.frame = box?.frame ?? rule(at: lines, of: rect)
        if inner != region, let rest = scan.trimmed(inner, background: colour), rest.fits(room) {
            block.children = [leaf(inner, content: rest, background: colour, .column)]
            return block
        }
        guard let (direction, parts) = split(inner, background: colour) else { return nil }
        block.direction = direction
        for part in parts {
            let child = self.block(part, outside: colour, in: direction, depth: depth + 1)
            if let child { block.children += isSplice(child, in: block) ? child.children : [child] }
        }
        guard let first = block.children.first, block.children.count > 1 || first.rect != rect else { return nil }
        return block
    }

    // Whether a child's parts can follow each other in its parent as well: same direction, nothing of its own.
    private func isSplice(_ child: Block, in block: Block) -> Bool {
        child.children.count > 1 && child.direction == block.direction && child.frame == nil
            && scan.isSame(child.background, block.background)
    }

    // The parts of a rectangle, at least two; nil when there is no cut.
    private func split(_ rect: PixelRect, background: RGB) -> (direction: BlockDirection, parts: [PixelRect])? {
        let finders = [BlockDirection.column, .row].map { direction in
            BlockCuts(scan, rect, direction, background: background, scale: scale)
        }
        let packer = BlockPacker(scan: scan, comfortable: room, scale: scale, background: background)
        for isLenient in [false, true] {
            let rows = clearest(finders[0].all(isLenient: isLenient))
            let columns = clearest(finders[1].all(isLenient: isLenient))
            let isAcross = columnsFirst(rect, packer, rows: rows, columns: columns)
            let order: [BlockDirection] = isAcross ? [.row, .column] : [.column, .row]
            let options = order.filter { rect.cross($0).count >= pixels($0 == .column ? 24 : 8) }
                .map { (direction: $0, parts: Self.parts(of: rect, $0 == .column ? rows : columns, $0)) }
            for (direction, parts) in options {
                let packed = packer.packed(parts, direction)
                if packed.count > 1 { return (direction, packed) }
            }
            if let option = options.first(where: { $0.parts.count > 1 }) { return option }
        }
        return nil
    }

    // Edges alone where there are any, else the widest gaps.
    private func clearest(_ cuts: [BlockCut]) -> [BlockCut] {
        let edges = cuts.filter(\.isEdge)
        guard edges.isEmpty, let widest = cuts.map(\.gap).max() else { return edges }
        return cuts.filter { Double($0.gap) >= 0.6 * Double(widest) }
    }

    // Whether vertical cuts come first.
    private func columnsFirst(
        _ rect: PixelRect, _ packer: BlockPacker, rows: [BlockCut], columns: [BlockCut]
    ) -> Bool {
        guard let column = columns.first else { return false }
        guard let row = rows.first else { return true }
        let isTable = packer.areRegularRows(Self.parts(of: rect, rows, .column))
        if isTable, rect.height <= comfortable.height { return true }
        if column.isEdge != row.isEdge { return column.isEdge }
        if row.isEdge { return false }
        let (rowGap, columnGap) = (rows.map(\.gap).max() ?? 0, columns.map(\.gap).max() ?? 0)
        if rowGap < pixels(22), Double(rowGap) < 0.35 * Double(columnGap) { return true }
        return columnGap >= pixels(32) && columnGap > rowGap
            && areIndependent(Self.parts(of: rect, columns, .row), in: rect)
    }

    // Whether some column's parts lie where no gap of the whole rectangle is: its rows are not the rows of the others.
    private func areIndependent(_ columns: [PixelRect], in rect: PixelRect) -> Bool {
        let shared = quietRuns(of: rect)
        return columns.contains { column in
            guard let content = scan.trimmed(column, background: scan.background(of: column)) else { return false }
            let own = quietRuns(of: PixelRect(xs: column.xs, ys: content.ys))
            let slack = pixels(6)
            let common = own.filter { run in
                shared.contains { $0.lowerBound <= run.lowerBound + slack && run.upperBound <= $0.upperBound + slack }
            }
            return own.count >= 3 && common.count * 2 <= own.count
        }
    }

    // Runs of at least eight quiet rows.
    private func quietRuns(of rect: PixelRect) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for row in rect.ys where scan.isQuiet(row, in: rect, .column) {
            if let last = runs.last, last.upperBound == row {
                runs[runs.count - 1] = last.lowerBound..<row + 1
            } else {
                runs.append(row..<row + 1)
            }
        }
        return runs.filter { $0.count >= pixels(8) }
    }

    private static func parts(of rect: PixelRect, _ cuts: [BlockCut], _ direction: BlockDirection) -> [PixelRect] {
        let range = rect.main(direction)
        let ends = cuts.map(\.position).filter { $0 > range.lowerBound && $0 < range.upperBound } + [range.upperBound]
        var start = range.lowerBound
        return ends.map { end in
            defer { start = end }
            return rect.with(main: start..<end, direction)
        }
    }

    // MARK: Frames

    // How much of a rectangle's sides is border or shadow: up to the last sharp change near each side that runs along
    // most of it.
    private func sides(of rect: PixelRect, deepest: Int) -> PixelInsets {
        PixelInsets(
            top: side(of: rect, .column, fromEnd: false, deepest), right: side(of: rect, .row, fromEnd: true, deepest),
            bottom: side(of: rect, .column, fromEnd: true, deepest), left: side(of: rect, .row, fromEnd: false, deepest)
        )
    }

    private func side(of rect: PixelRect, _ direction: BlockDirection, fromEnd: Bool, _ deepest: Int) -> Int {
        let lines = rect.main(direction)
        guard rect.cross(direction).count >= pixels(48), lines.count >= pixels(12) else { return 0 }
        var thickness = 0
        for depth in 1...min(deepest, lines.count / 3) {
            if thickness > 0, depth > thickness + pixels(4) { break }
            let line = fromEnd ? lines.upperBound - 1 - depth : lines.lowerBound + depth
            let other = fromEnd ? line + 1 : line - 1
            let change = scan.change(from: other, to: line, in: rect, direction)
            if change.longest >= 0.8 || change.whole >= 0.95 { thickness = depth }
        }
        return thickness
    }

    // A box without its shadow, with its border, colour and corners; nil for content that lies freely.
    private func box(_ content: PixelRect, background: RGB) -> (rect: PixelRect, frame: Block.Frame)? {
        guard var colour = scan.boxColour(of: content, background: background) else { return nil }
        var rect = content
        var lines = sides(of: rect, deepest: pixels(24))
        if max(lines.top, lines.right, lines.bottom, lines.left) > pixels(4) {
            rect = rect.inset(by: lines)
            lines = PixelInsets()
            colour = scan.background(of: rect)
        }
        let top = rect.ys.lowerBound
        let start = rect.xs.first { scan.isSame(scan.colour(x: $0, y: top), colour) } ?? rect.xs.lowerBound
        let radius = min(start - rect.xs.lowerBound, rect.width / 4, rect.height / 4)
        return (rect, Block.Frame(lines: lines, colour: colour, radius: radius))
    }

    // The inside of a box without the strips in which its corners lie, when nothing else lies there.
    private func withoutCorners(_ rect: PixelRect, radius: Int, colour: RGB) -> PixelRect {
        guard radius > 0, rect.width > 4 * radius, rect.height > 4 * radius else { return rect }
        let all = PixelInsets(top: radius, right: radius, bottom: radius, left: radius)
        let inside = rect.inset(by: all)
        let strips = [
            PixelRect(xs: inside.xs, ys: rect.ys.prefix(radius)), PixelRect(xs: inside.xs, ys: rect.ys.suffix(radius)),
            PixelRect(xs: rect.xs.prefix(radius), ys: inside.ys), PixelRect(xs: rect.xs.suffix(radius), ys: inside.ys),
        ]
        return strips.allSatisfy { scan.share(of: colour, in: $0) >= 0.97 } ? inside : rect
    }

    // The lines at the sides of a rectangle that is no box; nil when there are none.
    private func rule(at lines: PixelInsets, of rect: PixelRect) -> Block.Frame? {
        guard lines != PixelInsets() else { return nil }
        let isUpright = lines.left + lines.right > 0
        let line =
            isUpright
            ? (lines.left > 0 ? rect.xs.lowerBound : rect.xs.upperBound - 1)
            : (lines.top > 0 ? rect.ys.lowerBound : rect.ys.upperBound - 1)
        let colour = scan.mode(of: line, in: rect, isUpright ? .row : .column).colour
        return Block.Frame(lines: lines, colour: colour, radius: 0)
    }
}

extension PictureScan {
    /// The colour at the sides of a rectangle that is a box: its sides are in one piece of a colour which is not the
    /// background's, one side of four possibly hidden by a picture; nil for content that lies freely, and for several
    /// boxes beside or below each other.
    func boxColour(of rect: PixelRect, background: RGB) -> RGB? {
        func own(_ line: Int, _ direction: BlockDirection, _ share: Double) -> RGB? {
            let colour = mode(of: line, in: rect, direction).colour
            guard !isSame(colour, background), longest(colour, in: line, of: rect, direction) >= share else {
                return nil
            }
            return colour
        }
        let (left, right) = (rect.xs.lowerBound, rect.xs.upperBound - 1)
        let (top, bottom) = (rect.ys.lowerBound, rect.ys.upperBound - 1)
        let acrossCount = [top, bottom].filter { own($0, .column, 0.8) != nil }.count
        let share = acrossCount == 2 ? 0.5 : 0.8
        guard acrossCount > 0, let colour = own(left, .row, share), own(right, .row, share) != nil else { return nil }
        return colour
    }
}
