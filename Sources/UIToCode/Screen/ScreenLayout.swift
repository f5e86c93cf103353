// Parts of a screen → a tree of what lies in what and what follows what. A part lies in the smallest box around it; the
// parts of a box are cut into rows and columns along the gaps between them. What no cut can part is lifted out of the
// flow. Then the page's landmarks are found by their places. Nothing here knows CSS.
import Render

/// The way in which the children of a node follow one another.
enum ScreenAxis {
    case row, column

    /// The other one.
    var across: ScreenAxis { self == .row ? .column : .row }
}

/// A stretch of a screen along one axis, in CSS pixels.
struct ScreenSpan {
    var start, end: Double

    /// End less start.
    var length: Double { end - start }
    /// Halfway between the ends.
    var middle: Double { (start + end) / 2 }
}

extension Box {
    /// The stretch that a box takes up in the direction of an axis: from left to right for a row.
    func span(_ axis: ScreenAxis) -> ScreenSpan {
        axis == .row ? ScreenSpan(start: x, end: right) : ScreenSpan(start: y, end: bottom)
    }

    /// Whether another box lies inside, give or take `tolerance` CSS pixels on each side.
    func contains(_ other: Box, tolerance: Double) -> Bool {
        other.x >= x - tolerance && other.y >= y - tolerance && other.right <= right + tolerance
            && other.bottom <= bottom + tolerance
    }
}

/// A part, a group of parts, or the whole page.
struct ScreenNode {
    enum Content {
        /// Shows nothing of its own.
        case group
        case box(ScreenLook)
        case text(ScreenText)
        case picture(path: String)
        case rule(RGB)
    }

    var content: Content
    /// CSS pixels of the page; multiples of a tenth.
    var box: Box
    var axis = ScreenAxis.column
    /// One after the other along `axis`.
    var children: [ScreenNode] = []
    /// Those that lie over the children or cannot be brought into an order.
    var overlays: [ScreenNode] = []
    /// `header`, `nav`, `main` or `footer`.
    var landmark: String?
    /// Nil for what is no part of a form.
    var control: ScreenControl?

    var isGroup: Bool {
        if case .group = content { return true }
        return false
    }

    /// What the node shows itself; nil unless it is a box.
    var look: ScreenLook? {
        if case .box(let look) = content { return look }
        return nil
    }

    /// What the node says itself; nil unless it is a text.
    var text: ScreenText? {
        if case .text(let text) = content { return text }
        return nil
    }

    var isPicture: Bool {
        if case .picture = content { return true }
        return false
    }

    var isRule: Bool {
        if case .rule = content { return true }
        return false
    }

    /// The box inside the border.
    var frame: Box {
        let border = min(Double(look?.border?.width ?? 0), box.width / 2, box.height / 2)
        return Box(
            x: box.x + border, y: box.y + border, width: box.width - 2 * border,
            height: box.height - 2 * border)
    }
}

/// The tree of one page.
struct ScreenLayout {
    /// The whole page: a column.
    private(set) var root: ScreenNode

    private let parts: [ScreenPart]
    // For each part the parts in it, in the order given.
    private var inside: [[Int]]

    /// Sorts parts into a tree.
    ///
    /// - Parameters:
    ///   - width: CSS pixels of the page.
    ///   - height: CSS pixels of the page.
    /// - Complexity: the square of the number of parts; its cube where many overlap.
    init(parts: [ScreenPart], width: Double, height: Double, background: RGB) {
        let page = Box(x: 0, y: 0, width: width, height: height)
        self.parts = parts.map(Self.snapped).filter { Self.isShown($0, on: page, background) }
        inside = Array(repeating: [], count: self.parts.count)
        root = ScreenNode(content: .group, box: page)
        var outermost: [Int] = []
        for index in self.parts.indices {
            if let parent = parent(of: index) {
                inside[parent].append(index)
            } else {
                outermost.append(index)
            }
        }
        arrange(outermost.map(self.node), in: &root)
        ScreenLandmarks.mark(&root)
        ScreenControls.mark(&root, background: background)
    }

    // Places in tenths of a pixel, so that all distances are; a text is as high as its lines.
    private static func snapped(_ part: ScreenPart) -> ScreenPart {
        func tenth(_ value: Double) -> Double { (value * 10).rounded() / 10 }
        var part = part
        let (left, top) = (tenth(part.box.x), tenth(part.box.y))
        part.box = Box(
            x: left, y: top, width: max(0, tenth(part.box.right) - left),
            height: max(0, tenth(part.box.bottom) - top))
        if case .text(var text) = part.kind {
            text.lineHeight = tenth(text.lineHeight)
            part.box.height = text.lineHeight * Double(text.lines.count)
            part.kind = .text(text)
        }
        return part
    }

    // Not texts without a word, nor boxes that only repeat the page.
    private static func isShown(_ part: ScreenPart, on page: Box, _ background: RGB) -> Bool {
        switch part.kind {
        case .text(let text): text.lines.contains { $0.contains { !$0.isWhitespace } }
        case .box(let look):
            !(part.box.contains(page, tolerance: nearness) && look.border == nil && look.gradient == nil
                && (look.background == nil || look.background == background))
        case .picture, .rule: true
        }
    }

    // MARK: What lies in what

    // A part may stick out of its box by this much, in CSS pixels.
    private static let nearness = 1.5

    private func parent(of index: Int) -> Int? {
        let part = parts[index]
        var best: Int?
        for other in parts.indices where other != index {
            guard case .box = parts[other].kind,
                parts[other].box.contains(part.box, tolerance: Self.nearness)
            else {
                continue
            }
            if case .box = part.kind, !isOuter(other, index) { continue }
            if let found = best, !isOuter(found, other) { continue }
            best = other
        }
        return best
    }

    // Whether one box comes before another in the order from outer to inner.
    private func isOuter(_ box: Int, _ other: Int) -> Bool {
        (parts[other].box.area, box) < (parts[box].box.area, other)
    }

    private func node(_ index: Int) -> ScreenNode {
        let part = parts[index]
        let content: ScreenNode.Content =
            switch part.kind {
            case .box(let look): .box(look)
            case .text(let text): .text(text)
            case .picture(let path): .picture(path: path)
            case .rule(let colour): .rule(colour)
            }
        var node = ScreenNode(content: content, box: part.box)
        arrange(inside[index].map(self.node), in: &node)
        return node
    }

    // MARK: What follows what

    private func arrange(_ nodes: [ScreenNode], in parent: inout ScreenNode) {
        guard nodes.count > 1 else {
            parent.children = nodes
            return
        }
        var flow = nodes
        var cut = ScreenCut.best(of: flow)
        while cut == nil, flow.count > 1, let lifted = Self.topmost(of: flow) {
            parent.overlays.insert(flow.remove(at: lifted), at: 0)
            cut = ScreenCut.best(of: flow)
        }
        if let cut {
            parent.axis = cut.axis
            parent.children = cut.groups.flatMap { group in
                let child = grouped(group)
                let goesOn = child.isGroup && child.axis == cut.axis && child.overlays.isEmpty
                return goesOn ? child.children : [child]
            }
        } else if flow.count == 1 {
            parent.children = flow
        } else {
            parent.overlays = nodes
        }
        // A box takes over from a group that holds all that is in it.
        if parent.overlays.isEmpty, parent.children.count == 1, let only = parent.children.first,
            only.isGroup
        {
            (parent.axis, parent.children, parent.overlays) = (only.axis, only.children, only.overlays)
        }
    }

    private func grouped(_ nodes: [ScreenNode]) -> ScreenNode {
        guard nodes.count > 1 else { return nodes[0] }
        var group = ScreenNode(content: .group, box: Self.union(of: nodes))
        arrange(nodes, in: &group)
        return group
    }

    /// The smallest box around nodes.
    static func union(of nodes: [ScreenNode]) -> Box {
        nodes.dropFirst().reduce(nodes.first?.box ?? Box(x: 0, y: 0, width: 0, height: 0)) {
            $0.union($1.box)
        }
    }

    // The smallest of those nodes that overlap others; nil when none do.
    private static func topmost(of nodes: [ScreenNode]) -> Int? {
        nodes.indices.filter { index in
            nodes.indices.contains { $0 != index && nodes[$0].box.intersection(nodes[index].box) != nil }
        }.min { (nodes[$0].box.area, $1) < (nodes[$1].box.area, $0) }
    }
}

/// A way to part nodes along one axis so that no node is cut through.
struct ScreenCut {
    var axis: ScreenAxis
    /// In the order along the axis; two or more.
    var groups: [[ScreenNode]]
    /// Between the groups, in CSS pixels; less than 0 where they overlap a little.
    var gaps: [Double]

    /// The better of the two ways: rows over each other, unless parting side by side is clearly the stronger; nil when
    /// nothing can be cut.
    static func best(of nodes: [ScreenNode]) -> ScreenCut? {
        let rows = ScreenCut(nodes, along: .column)
        guard let columns = ScreenCut(nodes, along: .row) else { return rows }
        guard let rows else { return columns }
        return columns.strongest(
            leastGap: max(32, 2.5 * (rows.gaps.max() ?? 0)), height: height(of: nodes)) ?? rows
    }

    private static func height(of nodes: [ScreenNode]) -> Double {
        ScreenLayout.union(of: nodes).height
    }

    // All places where nodes can be parted.
    private init?(_ nodes: [ScreenNode], along axis: ScreenAxis) {
        self.axis = axis
        let order = nodes.indices.sorted {
            let (first, second) = (nodes[$0].box.span(axis), nodes[$1].box.span(axis))
            return (first.start, $0) < (second.start, $1)
        }
        let sorted = order.map { nodes[$0] }
        groups = []
        gaps = []
        var group: [ScreenNode] = []
        var reach = -Double.infinity
        for (index, node) in sorted.enumerated() {
            let span = node.box.span(axis)
            if index > 0, Self.parts(sorted[..<index], sorted[index...], at: reach, axis) {
                groups.append(group)
                gaps.append(span.start - reach)
                group = []
            }
            group.append(node)
            reach = max(reach, span.end)
        }
        groups.append(group)
        guard groups.count > 1 else { return nil }
    }

    // Lines of text may overlap by this much in CSS pixels.
    private static let slack = 3.0

    // Whether nodes before and after a place lie apart; `reach` is where those before end.
    private static func parts(
        _ before: ArraySlice<ScreenNode>, _ after: ArraySlice<ScreenNode>, at reach: Double,
        _ axis: ScreenAxis
    ) -> Bool {
        guard let start = after.first?.box.span(axis).start, start >= reach - slack else {
            return false
        }
        if start >= reach { return true }
        let near = after.prefix { $0.box.span(axis).start < reach }
        return before.allSatisfy { first in
            let one = first.box.span(axis)
            return one.end <= start
                || near.allSatisfy { second in
                    one.end - second.box.span(axis).start <= allowance(first, second, axis)
                }
        }
    }

    // By how much two nodes may overlap: no more than a quarter of the smaller, if they could stand side by side.
    private static func allowance(_ first: ScreenNode, _ second: ScreenNode, _ axis: ScreenAxis)
        -> Double
    {
        let (one, other) = (first.box.span(axis.across), second.box.span(axis.across))
        if one.start < other.end, other.start < one.end { return slack }
        return min(slack, min(first.box.span(axis).length, second.box.span(axis).length) / 4)
    }

    // The same with only those gaps that are wide enough, or that lie beside a bar from top to bottom.
    private func strongest(leastGap: Double, height: Double) -> ScreenCut? {
        let isBar = groups.map { group in
            guard group.count == 1, let node = group.first, node.look != nil || node.isRule else {
                return false
            }
            return node.box.height >= 0.95 * height
        }
        var result = self
        result.groups = [groups[0]]
        result.gaps = []
        for (index, gap) in gaps.enumerated() {
            if gap >= leastGap || isBar[index] || isBar[index + 1] {
                result.groups.append(groups[index + 1])
                result.gaps.append(gap)
            } else {
                result.groups[result.groups.count - 1] += groups[index + 1]
            }
        }
        return result.groups.count > 1 ? result : nil
    }
}

/// The landmarks of a page, by their places.
enum ScreenLandmarks {
    // A band at the top or bottom is no higher than this in CSS pixels.
    private static let band = 120.0
    private static let nearness = 1.5

    /// Marks bands at the top and bottom and a bar at the left, and gathers all the rest in one `main`.
    static func mark(_ root: inout ScreenNode) {
        let page = root.box
        guard !root.children.isEmpty || !root.overlays.isEmpty else { return }
        var middle = root.children
        var header: ScreenNode?
        var footer: ScreenNode?
        if root.axis == .column {
            if middle.count > 1 { header = self.header(middle[0], above: middle[1], page) }
            if header != nil { middle.removeFirst() }
            if middle.count > 1, let last = middle.last, isFooter(last, page) {
                footer = middle.removeLast()
            }
        }
        footer?.landmark = "footer"
        let content = ScreenLayout.union(of: middle + root.overlays)
        let top = min(header?.box.bottom ?? 0, content.y)
        let bottom = max(content.bottom, footer?.box.y ?? 0)
        let region = Box(x: 0, y: top, width: page.width, height: bottom - top)
        let main = self.main(middle, overlays: root.overlays, axis: root.axis, in: region, page)
        root.axis = .column
        root.overlays = []
        root.children = [header, main, footer].compactMap { $0 }
    }

    private static func header(_ first: ScreenNode, above next: ScreenNode, _ page: Box)
        -> ScreenNode?
    {
        var node = first
        node.landmark = "header"
        if node.look != nil {
            let isBand =
                node.box.y <= nearness && node.box.height <= band && node.box.width >= 0.95 * page.width
            return isBand ? node : nil
        }
        guard node.isGroup, node.axis == .row, node.box.bottom <= band,
            node.box.width >= 0.8 * page.width,
            node.box.x >= 0, node.box.y >= 0, node.box.right <= page.width
        else { return nil }
        let bottom = max(node.box.bottom, min(next.box.y, node.box.bottom + node.box.y))
        node.box = Box(x: 0, y: 0, width: page.width, height: bottom)
        return node
    }

    private static func isFooter(_ node: ScreenNode, _ page: Box) -> Bool {
        (node.look != nil || node.isGroup) && node.box.height <= band
            && node.box.width >= 0.95 * page.width
            && node.box.bottom >= page.height - nearness
    }

    private static func main(
        _ nodes: [ScreenNode], overlays: [ScreenNode], axis: ScreenAxis, in region: Box, _ page: Box
    ) -> ScreenNode {
        var main = gathered(nodes, axis: axis, in: region)
        main.overlays += overlays
        guard main.isGroup, main.axis == .row, main.overlays.isEmpty, var bar = main.children.first,
            main.children.count > 1, isBar(bar, page)
        else { return main }
        bar.landmark = "nav"
        let rest = Array(main.children.dropFirst())
        let left = min(bar.box.right, ScreenLayout.union(of: rest).x)
        let right = max(region.right, ScreenLayout.union(of: rest).right)
        let beside = Box(x: left, y: region.y, width: right - left, height: region.height)
        main.landmark = nil
        main.children = [bar, gathered(rest, axis: .row, in: beside)]
        return main
    }

    private static func isBar(_ node: ScreenNode, _ page: Box) -> Bool {
        guard node.look != nil || node.isGroup else { return false }
        return node.box.width <= 0.3 * page.width && node.box.height >= 0.7 * page.height
    }

    // The element `main` with all nodes; a single one becomes it where it can.
    private static func gathered(_ nodes: [ScreenNode], axis: ScreenAxis, in region: Box)
        -> ScreenNode
    {
        var main = ScreenNode(content: .group, box: region, axis: axis, children: nodes)
        if nodes.count == 1, var only = nodes.first {
            if only.isGroup {
                (main.axis, main.children, main.overlays) = (only.axis, only.children, only.overlays)
            } else if only.look != nil, only.box == region {
                only.landmark = "main"
                return only
            } else {
                main.axis = .column
            }
        }
        main.landmark = "main"
        return main
    }
}
