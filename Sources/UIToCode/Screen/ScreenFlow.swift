// One node of a screen's tree → CSS that puts its children where they were measured: direction, paddings, gap, what
// each child needs to stand in its place, and heights where the contents do not make them. Distances are measured; a
// shorter way to say them (one gap for all, centred) is taken where no child moves by half a pixel.
import Render

/// The flexbox of one node.
struct ScreenFlow {
    /// How the node arranges what is in it.
    private(set) var insides: [String] = []
    /// The node's own height, where its contents do not make it.
    private(set) var height: [String] = []
    /// For each child, then for each overlay: its place and width.
    private(set) var places: [[String]] = []
    /// By how much each of them stands off its measured place, in CSS pixels.
    private(set) var drifts: [(x: Double, y: Double)] = []
    /// For each of them whether it is as wide as the node's contents can be.
    private(set) var spans: [Bool] = []

    private let node: ScreenNode
    private let frame: Box
    private let drift: (x: Double, y: Double)
    private let isCentred: Bool
    private let isAuto: Bool

    /// Arranges the inside of a node.
    ///
    /// - Parameters:
    ///   - drift: by how much the node itself stands off its measured place, in CSS pixels.
    ///   - spans: whether the node is as wide as it can be where it is.
    init(_ node: ScreenNode, drift: (x: Double, y: Double), spans: Bool) {
        self.node = node
        self.drift = drift
        frame = node.frame
        isCentred = Self.isCentred(node, drift)
        isAuto = Self.endsApart(node, spans: spans)
        guard !node.children.isEmpty || !node.overlays.isEmpty else {
            if node.text == nil { height = ["height: \(CSSLength.pixels(node.box.height))"] }
            return
        }
        if !node.overlays.isEmpty { insides.append("position: relative") }
        if node.children.isEmpty {
            height = ["height: \(CSSLength.pixels(node.box.height))"]
        } else {
            arrange()
        }
        for overlay in node.overlays { place(overlay) }
        if clips { insides.append("overflow: hidden") }
    }

    // MARK: Tolerances

    // No part may stand off its place by more, in CSS pixels.
    private static let mostDrift = 0.4
    // Lengths closer than this are the same once rounded.
    private static let hair = 0.05

    private static func isNear(_ drift: Double, _ deviation: Double) -> Bool {
        abs(deviation) <= hair || abs(drift + deviation) <= mostDrift
    }

    private func drift(along axis: ScreenAxis) -> Double { axis == .row ? drift.x : drift.y }

    // MARK: The flow

    // Whether a box holds one thing in its middle.
    private static func isCentred(_ node: ScreenNode, _ drift: (x: Double, y: Double)) -> Bool {
        guard node.look != nil, node.children.count == 1, let child = node.children.first,
            child.children.isEmpty
        else {
            return false
        }
        let (middle, center) = (node.frame.center, child.box.center)
        return isNear(drift.x, middle.x - center.x) && isNear(drift.y, middle.y - center.y)
    }

    private mutating func arrange() {
        insides.append("display: flex")
        if isCentred {
            insides += ["align-items: center", "justify-content: center"]
            height = ["height: \(CSSLength.pixels(node.box.height))"]
            let child = node.children[0]
            let middle = (x: frame.center.x - child.box.center.x, y: frame.center.y - child.box.center.y)
            places.append(width(of: child, isSpanning: false, isCentred: true))
            drifts.append((drift.x + middle.x, drift.y + middle.y))
            spans.append(false)
            return
        }
        if node.axis == .column { insides.append("flex-direction: column") }
        let main = mainAxis()
        let cross = crossAxis()
        if cross.isAllCentred {
            insides.append("align-items: center")
        } else if zip(node.children, cross.places).contains(where: { stretches($0, $1) }) {
            insides.append("align-items: flex-start")
        }
        if let gap = main.gap, gap != 0 { insides.append("gap: \(CSSLength.pixels(gap))") }
        let (before, after) = (main.padding, cross.padding)
        let sides =
            node.axis == .column
            ? [before.start, after.end, before.end, after.start]
            : [after.start, before.end, after.end, before.start]
        if let padding = CSSLength.sides(sides) { insides.append("padding: \(padding)") }
        for (index, child) in node.children.enumerated() {
            let (along, over) = (main.places[index], cross.places[index])
            var place: [String] = []
            if let align = over.align { place.append("align-self: \(align)") }
            place += Self.margins(main: along.margin, isAuto: along.isAuto, cross: over.margin, node.axis)
            let isLast = index == node.children.count - 1
            if let cell = along.cell {
                place.append("width: \(CSSLength.pixels(cell))")
            } else if node.axis == .row, !isLast, !main.places[index + 1].isAuto,
                child.text?.holdsWidth == true
            {
                place.append("width: \(CSSLength.pixels(child.box.width))")
            } else if node.axis == .column {
                place += width(of: child, isSpanning: over.isSpanning, isCentred: over.isCentred)
            } else {
                let isFree = isLast && child.isGroup && !Self.reliesOnWidth(child)
                place += isFree ? [] : width(of: child, isSpanning: false, isCentred: true)
            }
            places.append(place)
            let (x, y) = node.axis == .row ? (along.drift, over.drift) : (over.drift, along.drift)
            drifts.append((drift.x + x, drift.y + y))
            spans.append(node.axis == .column && over.isSpanning && !over.isCentred)
        }
        setHeight(natural: node.axis == .column ? main.natural : cross.natural)
    }

    // Whether a child of a row would become higher than it is.
    private func stretches(_ child: ScreenNode, _ place: Across) -> Bool {
        node.axis == .row && child.look != nil && !place.isSpanning
    }

    private mutating func setHeight(natural: Double) {
        let own = node.box.height
        if abs(natural - own) <= Self.hair { return }
        height = ["\(natural < own ? "min-height" : "height"): \(CSSLength.pixels(own))"]
    }

    // One child along the direction of the flow.
    private struct Along {
        var margin = 0.0
        var isAuto = false
        /// The width of a text that reaches to what follows, as the cells of a table do.
        var cell: Double?
        var drift = 0.0
    }

    private struct MainAxis {
        var gap: Double?
        var padding = (start: 0.0, end: 0.0)
        var places: [Along] = []
        // The node's length as its contents make it, in CSS pixels.
        var natural = 0.0
    }

    private func mainAxis() -> MainAxis {
        let spans = node.children.map { $0.box.span(node.axis) }
        let (own, outer) = (frame.span(node.axis), node.box.span(node.axis))
        var result = MainAxis()
        guard let first = spans.first else { return result }
        result.padding.start = max(0, first.start - own.start)
        result.gap = isAuto ? nil : evenGap(spans)
        var place = own.start + result.padding.start
        for (index, span) in spans.enumerated() {
            var along = Along()
            if index > 0, let gap = result.gap { place += gap }
            if index == spans.count - 1, isAuto {
                along.isAuto = true
            } else if index == 0 || result.gap == nil {
                along.margin = span.start - place
                if abs(along.margin) <= Self.hair { along.margin = 0 }
            }
            place = along.isAuto ? span.start : place + along.margin
            along.drift = place - span.start
            place += span.length
            let isNextAuto = isAuto && index == spans.count - 2
            if result.gap == nil, index + 1 < spans.count, !isNextAuto,
                isCell(index, upTo: spans[index + 1].start)
            {
                along.cell = spans[index + 1].start - span.start
                place = spans[index + 1].start
            }
            result.places.append(along)
        }
        let rest = own.end - place
        let isFixed = isAuto || (node.axis == .column && rest <= result.padding.start + Self.hair)
        result.padding.end = max(0, isFixed ? rest : min(rest, result.padding.start))
        result.natural = outer.length - rest + result.padding.end
        return result
    }

    // Texts that are farther than this from what follows make a column of a table, in CSS pixels.
    private static let cellGap = 40.0

    private func isCell(_ index: Int, upTo next: Double) -> Bool {
        let child = node.children[index]
        guard node.axis == .row, let text = child.text else { return false }
        return text.lines.count == 1 && next - child.box.right > Self.cellGap
    }

    // The gap between all children; nil when they are not alike.
    private func evenGap(_ spans: [ScreenSpan]) -> Double? {
        guard spans.count > 1, let first = spans.first, let last = spans.last else { return nil }
        let lengths = spans.dropFirst().dropLast().reduce(0) { $0 + $1.length }
        let gap = ((last.start - first.end - lengths) / Double(spans.count - 1) * 10).rounded() / 10
        guard gap >= 0 else { return nil }
        if spans.indices.dropLast().contains(where: { isCell($0, upTo: spans[$0 + 1].start) }) {
            return nil
        }
        var place = first.end
        for span in spans.dropFirst() {
            place += gap
            guard Self.isNear(drift(along: node.axis), place - span.start) else { return nil }
            place += span.length
        }
        return gap
    }

    // Whether the last child of a row stands at the row's end, far from the others.
    private static func endsApart(_ node: ScreenNode, spans: Bool) -> Bool {
        guard node.axis == .row, node.children.count > 1, spans || !node.isGroup,
            let last = node.children.last
        else {
            return false
        }
        let gap = last.box.x - node.children[node.children.count - 2].box.right
        let isAtEnd =
            node.isGroup
            || node.frame.right - last.box.right <= max(48, node.children[0].box.x - node.box.x)
        return gap > 0.15 * node.frame.width && isAtEnd && last.box.right <= node.frame.right
    }

    // One child across the direction of the flow.
    private struct Across {
        var margin = 0.0
        var align: String?
        var isSpanning = false
        var isCentred = false
        var drift = 0.0
    }

    private struct CrossAxis {
        var padding = (start: 0.0, end: 0.0)
        var places: [Across] = []
        var isAllCentred = false
        // The node's breadth as its contents make it, in CSS pixels.
        var natural = 0.0
    }

    // A row no higher than this in CSS pixels is a bar: what is in it stands in its middle.
    private static let bar = 120.0

    private func crossAxis() -> CrossAxis {
        let axis = node.axis.across
        let spans = node.children.map { $0.box.span(axis) }
        let (own, outer) = (frame.span(axis), node.box.span(axis))
        let start = max(own.start, spans.map(\.start).min() ?? own.start)
        let end = min(own.end, spans.map(\.end).max() ?? own.end)
        let drift = drift(along: axis)
        let isInside = spans.allSatisfy {
            $0.start >= own.start - Self.hair && $0.end <= own.end + Self.hair
        }
        let isMiddle = spans.allSatisfy { Self.isNear(drift, own.middle - $0.middle) }
        let isLevel = spans.allSatisfy { $0.start - start <= Self.hair }
        let isFull = spans.allSatisfy { $0.start - start <= Self.hair && end - $0.end <= Self.hair }
        var result = CrossAxis()
        let isBar = node.axis == .row && !node.isGroup && outer.length <= Self.bar
        if isInside, isMiddle, isBar || !(isLevel && (isFull || node.axis == .row)) {
            result.isAllCentred = true
            for span in spans {
                var across = Across(isCentred: true, drift: own.middle - span.middle)
                if axis == .row, own.length - span.length <= Self.hair { across.isSpanning = true }
                result.places.append(across)
            }
            result.natural = outer.length - own.length + (spans.map(\.length).max() ?? 0)
            return result
        }
        let level = levelStart(start, of: spans, in: own)
        result.padding = (level - own.start, max(0, own.end - end))
        if result.padding.end > result.padding.start + Self.hair {
            result.padding.end = result.padding.start
        }
        let content = ScreenSpan(start: level, end: own.end - result.padding.end)
        let hasSpanning = spans.contains { $0.length >= content.length - Self.hair }
        for (index, span) in spans.enumerated() {
            result.places.append(
                across(span, in: content, node.children[index], isBeside: axis == .row || hasSpanning))
        }
        let reach = spans.map(\.end).max() ?? end
        result.natural = outer.length - own.length + reach - own.start + result.padding.end
        return result
    }

    // The start of a column in whole pixels, where only texts begin: their places are never known to the tenth.
    private func levelStart(_ start: Double, of spans: [ScreenSpan], in own: ScreenSpan) -> Double {
        guard node.axis == .column, !node.isGroup || node.landmark != nil else { return start }
        let whole = own.start + (start - own.start).rounded()
        let isLevel = zip(spans, node.children).allSatisfy { span, child in
            span.start > start + 1 || (child.text != nil && Self.isNear(drift.x, whole - span.start))
        }
        return isLevel ? whole : start
    }

    // - Parameter isBeside: whether something else makes the content as broad as it is.
    private func across(
        _ span: ScreenSpan, in content: ScreenSpan, _ child: ScreenNode, isBeside: Bool
    ) -> Across {
        let drift = drift(along: node.axis.across)
        let start = span.start - content.start
        let end = content.end - span.end
        var result = Across()
        if abs(start) <= Self.hair {
            result.isSpanning = abs(end) <= Self.hair
        } else if child.text != nil, abs(start) < 1, Self.isNear(drift, -start) {
            result.drift = -start
        } else if isBeside, start > 0, end > 0, Self.isNear(drift, content.middle - span.middle) {
            result.align = "center"
            result.isCentred = true
            result.drift = content.middle - span.middle
        } else if isBeside, node.axis == .column, start > end, abs(end) <= Self.hair {
            result.align = "flex-end"
            result.isCentred = true
        } else {
            result.margin = start
            // What fills the rest of the line is as wide as that.
            result.isSpanning =
                node.axis == .column && child.isGroup && start > 0 && abs(end) <= Self.hair
        }
        return result
    }

    // MARK: Places

    private static func margins(main: Double, isAuto: Bool, cross: Double, _ axis: ScreenAxis)
        -> [String]
    {
        let along = isAuto ? "auto" : main == 0 ? nil : CSSLength.pixels(main)
        let over = cross == 0 ? nil : CSSLength.pixels(cross)
        let (left, top) = axis == .row ? (along, over) : (over, along)
        switch (top, left) {
        case (nil, nil): return []
        case (let top?, nil): return ["margin-top: \(top)"]
        case (nil, let left?): return ["margin-left: \(left)"]
        case (let top?, let left?): return ["margin: \(top) 0 0 \(left)"]
        }
    }

    // - Parameter isCentred: whether the child would shrink around its contents.
    private func width(of child: ScreenNode, isSpanning: Bool, isCentred: Bool) -> [String] {
        let width = ["width: \(CSSLength.pixels(child.box.width))"]
        switch child.content {
        case .text(let text):
            let isAligned = text.lines.count > 1 && text.alignment != .left
            return isAligned && (isCentred || !isSpanning) ? width : []
        case .picture: return width
        case .box, .rule: return isSpanning && !isCentred ? [] : width
        case .group:
            return isSpanning && !isCentred ? [] : isCentred || Self.reliesOnWidth(child) ? width : []
        }
    }

    // Whether something in a group, which spans nothing, would move if it were as wide as its contents make it.
    private static func reliesOnWidth(_ group: ScreenNode) -> Bool {
        if !group.overlays.isEmpty { return true }
        if group.axis == .row { return false }
        return group.children.contains { child in
            child.box.x - group.box.x > hair || !(child.text?.alignment == .left || child.isGroup)
                || (child.isGroup && (child.axis == .row || reliesOnWidth(child)))
        }
    }

    private mutating func place(_ overlay: ScreenNode) {
        let (left, top) = (overlay.box.x - frame.x, overlay.box.y - frame.y)
        places.append(
            ["position: absolute", "left: \(CSSLength.pixels(left))", "top: \(CSSLength.pixels(top))"]
                + width(of: overlay, isSpanning: false, isCentred: true))
        drifts.append(drift)
        spans.append(false)
    }

    // Whether rounded corners cut into what is inside.
    private var clips: Bool {
        guard let radius = node.look?.radius, radius >= 2 else { return false }
        let inner = node.children + node.overlays
        return inner.allSatisfy { frame.contains($0.box, tolerance: Self.hair) }
            && inner.contains { child in
                (child.isPicture || child.look?.background != nil || child.look?.gradient != nil)
                    && (child.box.x <= frame.x + 1 || child.box.right >= frame.right - 1)
                    && (child.box.y <= frame.y + 1 || child.box.bottom >= frame.bottom - 1)
            }
    }
}

/// Lengths as CSS writes them.
enum CSSLength {
    /// A number with at most one decimal.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
        return sign + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
    }

    /// A length in CSS pixels; `0` has no unit.
    static func pixels(_ value: Double) -> String {
        let number = number(value)
        return number == "0" ? "0" : number + "px"
    }

    /// Top, right, bottom and left in as few values as they need; nil when all are 0.
    static func sides(_ values: [Double]) -> String? {
        var lengths = values.map(pixels)
        if lengths.allSatisfy({ $0 == "0" }) { return nil }
        if lengths.count == 4, lengths[3] == lengths[1] { lengths.removeLast() }
        if lengths.count == 3, lengths[2] == lengths[0] { lengths.removeLast() }
        if lengths.count == 2, lengths[1] == lengths[0] { lengths.removeLast() }
        return lengths.joined(separator: " ")
    }
}
