// Gaps, paddings, margins, sizes and radii of boxes, from how far things are shifted against each other: what lies
// further apart in the design by a few pixels gets these pixels in the length between. All lengths are measured on one
// page and tried together, as each is only about what it separates; then alone, and by half.
import Render

/// Fits distances and sizes of boxes.
struct SpacingRepair: Repair {
    let name = "spacing"
    let trialLimit = 14

    /// Smaller differences are left alone, in CSS pixels.
    static let leastDelta = 1.0
    /// Larger ones are no matter of spacing.
    static let mostDelta = 120.0

    func trials(for view: PageView) -> [Trial] {
        let measure = SpacingMeasure(view)
        let adjustments = measure.adjustments.filter {
            abs($0.delta) >= Self.leastDelta && abs($0.delta) <= Self.mostDelta
        }
        let whole = adjustments.compactMap { $0.change() }
        guard !whole.isEmpty else { return [] }
        let together = Trial(name: whole.map(\.words).joined(separator: "; "), manner: .together, changes: whole)
        let halves = adjustments.filter { abs($0.delta) >= 3 }.compactMap { $0.change(fraction: 0.5) }
        return [together] + halves.map { Trial(name: $0.words, manner: .first, changes: [$0]) }
    }
}

/// Measures which lengths of a page differ from the design's.
struct SpacingMeasure {
    private let view: PageView
    private let finder: EdgeFinder
    private let edges: [String: [Side: Double]]

    /// Along which one thing follows another.
    enum Axis: CaseIterable { case x, y }

    init(_ view: PageView) {
        self.view = view
        let finder = EdgeFinder(design: view.design, result: view.result)
        self.finder = finder
        var edges: [String: [Side: Double]] = [:]
        for element in view.elements where element.isVisible && element.tag != "body" && element.box.area >= 60 {
            let guess = view.shift(of: element)
            for side in Side.allCases {
                edges[element.selector, default: [:]][side] = finder.shift(of: side, of: element.box, guess: guess)
            }
        }
        self.edges = edges
    }

    /// What differs, in document order; the outer lengths of an element before its inner ones.
    var adjustments: [Adjustment] {
        var result = lead()
        var seen: Set<String> = []
        for element in view.elements where element.tag != "html" {
            guard seen.insert(element.name).inserted else { continue }
            let kind = view.kind(of: element)
            result += sizes(of: kind) + paddings(of: kind) + radius(of: kind) + gaps(of: kind)
        }
        return result
    }

    // MARK: Where things are

    // How far the design has the start and the end of an element's content from where the page has them.
    private func extent(of element: ElementBox, _ axis: Axis) -> (start: Double, end: Double)? {
        let lines = content(of: element, axis)
        let own = edges[element.selector]
        let start = own?[axis == .x ? .left : .top] ?? lines?.start
        let end = own?[axis == .x ? .right : .bottom] ?? lines?.end
        guard let start, let end else { return nil }
        return (start, end)
    }

    private func content(of element: ElementBox, _ axis: Axis) -> (start: Double, end: Double)? {
        let pairs = view.pairs(in: element)
        switch axis {
        case .y:
            guard let first = pairs.first, let last = pairs.last else { return nil }
            return (view.shift(of: first).y, view.shift(of: last).y)
        case .x:
            guard let left = pairs.map(\.result.box.x).min(), let right = pairs.map(\.result.box.right).max() else {
                return nil
            }
            // One pair that is none must not move a box: all lines that begin, or end, at the same place have a say.
            let first = pairs.filter { $0.result.box.x <= left + 3 }.map { $0.design.box.x - $0.result.box.x }
            let last = pairs.filter { $0.result.box.right >= right - 3 }
                .map { $0.design.box.right - $0.result.box.right }
            guard let start = first.median, let end = last.median else { return nil }
            return (start, end)
        }
    }

    private func isCentred(_ element: ElementBox) -> Bool {
        element.style["text-align"]?.contains("center") == true
            || (element.style["justify-content"] == "center" && element.style["flex-direction"] != "column")
    }

    // Whether an element is as wide as what is around it has room for.
    private func isStretched(_ element: ElementBox) -> Bool {
        guard let parent = element.parent.flatMap(view.element) else { return false }
        let rim = ["left", "right"].reduce(0) { $0 + (parent.length("padding-\($1)") ?? 0) + parent.border($1) }
        return element.box.width >= parent.box.width - rim - 1
    }

    // MARK: The start of the page

    // Where the page begins too low or too high: the padding of the outermost element that has one.
    private func lead() -> [Adjustment] {
        guard let body = view.element("body") else { return [] }
        return Axis.allCases.flatMap { axis -> [Adjustment] in
            let property = axis == .x ? "padding-left" : "padding-top"
            var chain = [body]
            while let last = chain.last, !last.isVisible || last.tag == "body",
                let next = view.children(of: last).first(where: { extent(of: $0, axis) != nil })
            { chain.append(next) }
            guard let start = chain.last.flatMap({ extent(of: $0, axis)?.start }), !isCentred(body) else { return [] }
            let holder = chain.first { ($0.length(property) ?? 0) > 0 } ?? body
            guard let now = holder.length(property) else { return [] }
            let opposite = axis == .x ? "padding-right" : "padding-bottom"
            let isEven = axis == .x && holder.length(opposite) == now
            return [
                Adjustment(
                    kind: [holder], properties: isEven ? [property, opposite] : [property], now: now, delta: start)
            ]
        }
    }

    // MARK: Sizes

    // Boxes without text, and boxes that do not take their width from what is around them.
    private func sizes(of kind: [ElementBox]) -> [Adjustment] {
        guard let first = kind.first, first.tag != "body", !["tr", "td", "th"].contains(first.tag) else { return [] }
        var result: [Adjustment] = []
        let isEmpty = kind.allSatisfy { view.pairs(in: $0).isEmpty && view.children(of: $0).isEmpty }
        for (property, near, far) in [("width", Side.left, Side.right), ("height", .top, .bottom)] {
            let growth = kind.compactMap { element in stretch(of: element, near, far) }
            guard let delta = growth.median, growth.count * 2 >= kind.count else { continue }
            if property == "height" || first.style["display"]?.hasPrefix("inline") == true {
                guard isEmpty else { continue }
            }
            if property == "width", !isEmpty, follows(first, delta, near, far) { continue }
            let rim =
                first.style["box-sizing"] == "content-box"
                ? [near, far].reduce(0) {
                    $0 + first.border($1.rawValue) + (first.length("padding-\($1.rawValue)") ?? 0)
                }
                : 0
            let now = (property == "width" ? first.box.width : first.box.height) - rim
            guard abs(delta) <= 0.6 * now else { continue }
            result.append(Adjustment(kind: kind, properties: [property], now: now, delta: delta))
        }
        return result
    }

    // By how much the design has a box larger.
    private func stretch(of element: ElementBox, _ near: Side, _ far: Side) -> Double? {
        guard let own = edges[element.selector], let start = own[near], let end = own[far] else { return nil }
        return end - start
    }

    // Whether a box around this one is larger by as much: then this one takes its size from there.
    private func follows(_ element: ElementBox, _ delta: Double, _ near: Side, _ far: Side) -> Bool {
        var parent = element.parent.flatMap(view.element)
        while let box = parent {
            if let other = stretch(of: box, near, far), abs(other - delta) <= 1.5 { return true }
            parent = box.parent.flatMap(view.element)
        }
        return false
    }

    // MARK: Paddings

    private func paddings(of kind: [ElementBox]) -> [Adjustment] {
        guard let first = kind.first, first.isVisible, first.tag != "body" else { return [] }
        var deltas: [Side: [Double]] = [:]
        for element in kind {
            guard let own = edges[element.selector] else { continue }
            if let lines = content(of: element, .y) {
                if let top = own[.top] { deltas[.top, default: []].append(lines.start - top) }
                if let bottom = own[.bottom] { deltas[.bottom, default: []].append(bottom - lines.end) }
            }
            guard let lines = content(of: element, .x) else { continue }
            if isCentred(element) {
                guard !isStretched(element), let left = own[.left], let right = own[.right] else { continue }
                let half = ((right - left) - (lines.end - lines.start)) / 2
                deltas[.left, default: []].append(half)
                deltas[.right, default: []].append(half)
            } else {
                if let left = own[.left] { deltas[.left, default: []].append(lines.start - left) }
                let isShrunk = element.style["display"]?.hasPrefix("inline") == true
                if isShrunk, let right = own[.right] { deltas[.right, default: []].append(right - lines.end) }
            }
        }
        return Side.allCases.compactMap { side in
            let property = "padding-\(side.rawValue)"
            guard let all = deltas[side], all.count * 2 >= kind.count, let delta = all.median,
                let now = first.length(property)
            else { return nil }
            return Adjustment(kind: kind, properties: [property], now: now, delta: delta)
        }
    }

    // MARK: Gaps

    private func gaps(of kind: [ElementBox]) -> [Adjustment] {
        guard let first = kind.first, let display = first.style["display"] else { return [] }
        if display.hasPrefix("table") { return display == "table-row-group" ? cells(of: kind) : [] }
        let isFlex = display.hasSuffix("flex"), isGrid = display.hasSuffix("grid")
        let isRow = isFlex && first.style["flex-direction"]?.hasPrefix("column") != true
        let axes: [Axis] = isGrid ? Axis.allCases : [isRow ? .x : .y]
        return axes.flatMap { axis -> [Adjustment] in
            let jumps = kind.flatMap { self.jumps(in: $0, axis) }
            guard let middle = jumps.map(\.delta).median else { return [] }
            let property = axis == .x ? "column-gap" : "row-gap"
            let agreeing = jumps.count(where: { abs($0.delta - middle) <= 1.5 })
            let isSpread = first.style["justify-content"]?.hasPrefix("space") == true && !isGrid
            if isFlex || isGrid, agreeing * 2 > jumps.count, !isSpread {
                let properties = isGrid ? [property] : ["gap"]
                return [
                    Adjustment(kind: kind, properties: properties, now: first.length(property) ?? 0, delta: middle)
                ]
            }
            guard !isSpread, !isGrid else { return [] }
            let margin = axis == .x ? "margin-left" : "margin-top"
            return jumps.filter { abs($0.delta) >= 1.5 }.compactMap { jump in
                jump.element.length(margin).map {
                    Adjustment(kind: [jump.element], properties: [margin], now: $0, delta: jump.delta)
                }
            }
        }
    }

    // By how much the design has each child further from the one before it.
    private func jumps(in container: ElementBox, _ axis: Axis) -> [(element: ElementBox, delta: Double)] {
        let children = view.children(of: container).filter {
            !["absolute", "fixed"].contains($0.style["position"] ?? "")
        }
        return zip(children, children.dropFirst()).compactMap { one, next in
            let isBehind = axis == .x ? next.box.x >= one.box.right - 1 : next.box.y >= one.box.bottom - 1
            guard isBehind, let before = extent(of: one, axis), let after = extent(of: next, axis) else { return nil }
            return (next, after.start - before.end)
        }
    }

    // Rows of a table: what lies between them is the padding of their cells.
    private func cells(of kind: [ElementBox]) -> [Adjustment] {
        let jumps = kind.flatMap { self.jumps(in: $0, .y) }.map(\.delta)
        let rows = kind.flatMap(view.children)
        let cells = rows.flatMap(view.children)
        guard let delta = jumps.median, let now = cells.first?.length("padding-top") else { return [] }
        return [
            Adjustment(kind: cells, properties: ["padding-bottom", "padding-top"], now: now, delta: delta / 2)
        ]
    }

    // MARK: Radii

    private func radius(of kind: [ElementBox]) -> [Adjustment] {
        let property = "border-top-left-radius"
        guard let first = kind.first, first.isVisible, first.tag != "body", let written = first.length(property)
        else { return [] }
        let half = min(first.box.width, first.box.height) / 2
        let now = min(written, half)
        let wanted: [Double] = kind.prefix(12).compactMap { element in
            guard let own = edges[element.selector], let left = own[.left], let top = own[.top],
                let shown = Corner.radius(in: view.result, x: element.box.x, y: element.box.y, limit: half),
                abs(shown - now) <= max(2, 0.25 * now)
            else { return nil }
            return Corner.radius(in: view.design, x: element.box.x + left, y: element.box.y + top, limit: half)
        }
        guard let radius = wanted.median, abs(radius - now) >= 2, wanted.count * 2 >= min(kind.count, 12) else {
            return []
        }
        return [Adjustment(kind: kind, properties: ["border-radius"], now: now, delta: radius - now)]
    }
}

/// The roundness of a box's top left corner, as a picture shows it.
enum Corner {
    /// The radius in CSS pixels, whole; nil when the box does not stand out from what is around it.
    ///
    /// In the first row of pixels under the top edge, a corner of radius r leaves `r − √(r − ¼)` pixels to the ground.
    static func radius(in pixels: Pixels, x: Double, y: Double, limit: Double) -> Double? {
        let left = Int(x.rounded()), top = Int(y.rounded())
        let last = left + max(2, Int(limit))
        guard left >= 2, top >= 2, top < pixels.height, last < pixels.width else { return nil }
        let ground = pixels[left - 2, top - 2]
        let row = (left..<last).map { pixels[$0, top].distance(to: ground) }
        guard let most = row.max(), most >= 6 else { return nil }
        let bare = Double(row.prefix { $0 * 2 < most }.count)
        let radii = (0...max(0, Int(limit.rounded()))).map(Double.init)
        return radii.min { abs(gap(of: $0) - bare) < abs(gap(of: $1) - bare) }
    }

    private static func gap(of radius: Double) -> Double {
        radius < 0.5 ? 0 : radius - (radius - 0.25).squareRoot()
    }
}
