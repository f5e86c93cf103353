// A tree of blocks as boxes of CSS: columns and rows with the gaps, paddings, lines and colours that were measured. In
// the design's own width everything lies where the design has it; narrower, rows shrink and then become columns; wider,
// the widest part of a row grows. Boxes with equal declarations share one class.
import Render

/// The layout rules of one page.
struct BlockLayout {
    private let scale: Double
    private let pageWidth: Double
    private let prefix: String
    // Declarations in the order of their first use; a box's class is its place here.
    private var boxes: [String] = []
    private var rows: Set<Int> = []

    /// - Parameter prefix: the start of every class name that is given out.
    init(_ tree: BlockTree, prefix: String) {
        scale = tree.scale
        pageWidth = Double(tree.root.rect.width) / tree.scale
        self.prefix = prefix
    }

    /// Where a block stands among its siblings.
    struct Place {
        var parent: Block
        var index: Int
    }

    /// The class of a block's box.
    ///
    /// - Parameters:
    ///   - place: nil for the whole page.
    ///   - model: the block whose size counts; another of its kind, or itself.
    mutating func boxClass(_ block: Block, at place: Place?, sizedLike model: Block) -> String {
        var declarations = ["box-sizing: border-box"]
        if let place { declarations += position(block, at: place, sizedLike: model) }
        declarations += block.isLeaf ? leaf(block, sizedLike: model) : container(block, isPage: place == nil)
        let text = declarations.map { $0 + ";" }.joined(separator: " ")
        let number = boxes.firstIndex(of: text) ?? boxes.count
        if number == boxes.count { boxes.append(text) }
        if !block.isLeaf, block.direction == .row { rows.insert(number) }
        return name(number)
    }

    /// The rules for all classes given out so far, one a line.
    var rules: [String] {
        var lines = boxes.enumerated().map { ".\(name($0.offset)) { \($0.element) }" }
        // Each row apart, so that a page can take over one of another page's.
        for row in rows.sorted() where pageWidth > Self.narrow {
            let name = ".\(name(row))"
            lines.append(
                "@media (max-width: \(Int(Self.narrow))px) { \(name) { flex-direction: column; gap: 16px; } "
                    + "\(name) > * { flex: none; align-self: stretch; width: auto; margin: 0; } }")
        }
        return lines
    }

    // Rows of wider pages become columns below this width in CSS pixels.
    private static let narrow = 720.0

    private func name(_ number: Int) -> String { "\(prefix)\(number + 1)" }

    private func pixels(_ length: Int) -> String { "\(Self.number(Double(length) / scale))px" }

    private static func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? String(Int(tenths / 10)) : String(tenths / 10)
    }

    // MARK: Insides

    private func leaf(_ block: Block, sizedLike model: Block) -> [String] {
        let height = pixels(model.rect.height)
        let size = block.isBlank ? ["height: \(height)"] : ["height: auto", "min-height: \(height)"]
        return size + ["background: \(block.background.hex)"]
    }

    private func container(_ block: Block, isPage: Bool) -> [String] {
        var declarations = ["display: flex", "flex-direction: \(block.direction == .row ? "row" : "column")"]
        if let gap = evenGap(of: block), gap > 0 { declarations.append("gap: \(pixels(gap))") }
        declarations += padding(of: block)
        if let frame = block.frame {
            let sides = [
                ("top", frame.lines.top), ("right", frame.lines.right), ("bottom", frame.lines.bottom),
                ("left", frame.lines.left),
            ]
            if let all = sides.first?.1, all > 0, sides.allSatisfy({ $0.1 == all }) {
                declarations.append("border: \(pixels(all)) solid \(frame.colour.hex)")
            } else {
                declarations += sides.filter { $0.1 > 0 }
                    .map { "border-\($0.0): \(pixels($0.1)) solid \(frame.colour.hex)" }
            }
            if frame.radius > 0 { declarations += ["border-radius: \(pixels(frame.radius))", "overflow: hidden"] }
        }
        declarations.append("background: \(block.background.hex)")
        if isPage { declarations += ["margin: 0", "min-height: 100vh"] }
        return declarations
    }

    // The one gap of a block; nil when gaps differ or one of them takes up what is left.
    private func evenGap(of block: Block) -> Int? {
        guard let first = block.gaps.first, block.gaps.allSatisfy({ abs($0 - first) <= 1 }) else { return nil }
        return isSpread(first, in: block) ? nil : first
    }

    // Whether a gap is what is left between the ends of a row rather than a distance.
    private func isSpread(_ gap: Int, in block: Block) -> Bool {
        block.direction == .row && gap * 100 >= block.rect.width * 15 && !areEqualWidths(block)
    }

    private func padding(of block: Block) -> [String] {
        let lines = block.frame?.lines ?? PixelInsets()
        let all = block.padding
        let sides = [all.top - lines.top, all.right - lines.right, all.bottom - lines.bottom, all.left - lines.left]
            .map { max(0, $0) }
        let isCentred = abs(sides[1] - sides[3]) <= 2 && sides[1] >= Int(48 * scale)
        if isCentred {
            let width = block.rect.width - sides[1] - sides[3] - lines.left - lines.right
            return [
                "padding: \(pixels(sides[0])) max(16px, calc((100% - \(pixels(width))) / 2)) \(pixels(sides[2]))"
            ]
        }
        let lengths = sides.map { $0 == 0 ? "0" : pixels($0) }
        return ["padding: \(Set(lengths).count == 1 ? lengths[0] : lengths.joined(separator: " "))"]
    }

    // MARK: Places

    private func position(_ block: Block, at place: Place, sizedLike model: Block) -> [String] {
        let parent = place.parent
        var margins = PixelInsets()
        var declarations: [String] = []
        let isSpreadHere = place.index > 0 && isSpread(parent.gaps[place.index - 1], in: parent)
        if place.index > 0, evenGap(of: parent) == nil, !isSpreadHere {
            let gap = max(0, parent.gaps[place.index - 1])
            if parent.direction == .row { margins.left = gap } else { margins.top = gap }
        }
        declarations += cross(block, in: parent, sizedLike: model, &margins)
        if parent.direction == .row { declarations += mainSize(block, in: parent, sizedLike: model) }
        let left = isSpreadHere ? "auto" : margins.left == 0 ? "0" : pixels(margins.left)
        let top = margins.top == 0 ? "0" : pixels(margins.top)
        return declarations + ["margin: \(top == "0" && left == "0" ? "0" : "\(top) 0 0 \(left)")"]
    }

    // How a block lies across the direction of its parent: stretched, or at the side where the design has it.
    private func cross(
        _ block: Block, in parent: Block, sizedLike model: Block, _ margins: inout PixelInsets
    ) -> [String] {
        let ranges = parent.children.map { $0.rect.cross(parent.direction) }
        let start = ranges.map(\.lowerBound).min() ?? 0
        let end = ranges.map(\.upperBound).max() ?? 0
        let own = block.rect.cross(parent.direction)
        let (before, after) = (own.lowerBound - start, end - own.upperBound)
        let tolerance = Int(2 * scale)
        if before <= tolerance, after <= tolerance { return [] }
        let width = parent.direction == .column ? ["width: \(pixels(model.rect.width))", "max-width: 100%"] : []
        if abs(before - after) <= Int(4 * scale) { return ["align-self: center"] + width }
        if after <= tolerance { return ["align-self: flex-end"] + width }
        if parent.direction == .column { margins.left = before } else { margins.top = before }
        return ["align-self: flex-start"] + width
    }

    private func mainSize(_ block: Block, in parent: Block, sizedLike model: Block) -> [String] {
        if areEqualWidths(parent) { return ["flex: 1 1 0", "min-width: 0"] }
        let isSpreading = parent.gaps.contains { isSpread($0, in: parent) }
        let widest = parent.children.map(\.rect.width).max() ?? 0
        let grows = !isSpreading && block.rect.width == widest
        return ["flex: \(grows ? 1 : 0) 1 \(pixels(grows ? block.rect.width : model.rect.width))", "min-width: 0"]
    }

    private func areEqualWidths(_ block: Block) -> Bool {
        let widths = block.children.map(\.rect.width)
        guard block.direction == .row, widths.count > 1, let least = widths.min(), let most = widths.max() else {
            return false
        }
        return most - least <= max(Int(3 * scale), most / 40)
    }
}
