// Sizes of type: where the lines of one kind of element are larger or smaller in the design by one factor, the kind gets
// that size; where they are as high and differ in width, it may be the weight. Line heights from elements of several
// lines.
import Render

/// Fits font sizes, weights and line heights.
struct SizeRepair: Repair {
    let name = "sizes"
    let trialLimit = 12

    /// How far a factor must be from 1.
    static let leastChange = 0.035

    func trials(for view: PageView) -> [Trial] {
        var seen: Set<String> = []
        return view.elements.flatMap { element -> [Trial] in
            guard let size = element.length("font-size"), size > 0 else { return [] }
            let kind = view.kind(of: element).filter { $0.length("font-size") == size }
            guard seen.insert("\(element.name) \(size)").inserted else { return [] }
            return [fontSize(of: kind, now: size, in: view), lineHeight(of: kind, in: view)].compactMap { $0 }
        }
    }

    private func fontSize(of kind: [ElementBox], now: Double, in view: PageView) -> Trial? {
        let pairs = kind.flatMap { own(of: $0, in: view) }.filter { $0.likeness > 0.45 }
        let height = pairs.map { $0.design.box.height / max(1, $0.result.box.height) }.median
        let width = pairs.map { $0.design.box.width / max(1, $0.result.box.width) }.median
        guard let height, let width else { return nil }
        guard abs(width - 1) > Self.leastChange || abs(height - 1) > 3 * Self.leastChange else { return nil }
        var sizes: [Double] = []
        for factor in [width, (width + height) / 2] {
            let size = (now * factor * 2).rounded() / 2
            if abs(size - now) >= 0.5, (6...120).contains(size), !sizes.contains(size) { sizes.append(size) }
        }
        let name = kind[0].name
        var changes = sizes.map { size in
            change("font size of \(name): \(now.px) → \(size.px)", kind, ["font-size": size.px])
        }
        if let weight = kind[0].style["font-weight"].flatMap({ Int($0) }),
            let other = self.weight(weight, of: pairs, in: view)
        {
            changes.append(change("weight of \(name): \(weight) → \(other)", kind, ["font-weight": "\(other)"]))
        }
        return changes.isEmpty ? nil : Trial(name: "size of \(name)", manner: .best, changes: changes)
    }

    // The weight that thicker or thinner strokes mean; nil when they are as thick.
    private func weight(_ now: Int, of pairs: [TextPair], in view: PageView) -> Int? {
        let ratio = pairs.compactMap { pair -> Double? in
            guard let wanted = view.design.coverage(of: pair.design.box),
                let shown = view.result.coverage(of: pair.result.box)
            else { return nil }
            return wanted / shown
        }.median
        guard let ratio else { return nil }
        if ratio > 1.15 { return now < 550 ? 600 : now < 700 ? 700 : nil }
        if ratio < 0.87 { return now > 550 ? 400 : nil }
        return nil
    }

    private func lineHeight(of kind: [ElementBox], in view: PageView) -> Trial? {
        var factors: [Double] = []
        for element in kind {
            let lines = own(of: element, in: view)
            for (one, next) in zip(lines, lines.dropFirst()) {
                let step = (
                    result: next.result.box.center.y - one.result.box.center.y,
                    design: next.design.box.center.y - one.design.box.center.y
                )
                if step.result > 4, step.design > 4 { factors.append(step.design / step.result) }
            }
        }
        guard let factor = factors.median, abs(factor - 1) > Self.leastChange,
            let now = kind[0].length("line-height"), (0.6...1.7).contains(factor)
        else { return nil }
        let name = kind[0].name
        let height = (now * factor).rounded()
        return Trial(
            name: "line height of \(name)", manner: .first,
            changes: [change("line height of \(name): \(now.px) → \(height.px)", kind, ["line-height": height.px])])
    }

    // The pairs of lines that the element holds itself.
    private func own(of element: ElementBox, in view: PageView) -> [TextPair] {
        view.pairs(in: element).filter { $0.selector == element.selector }
    }

    private func change(_ words: String, _ kind: [ElementBox], _ declarations: [String: String]) -> Change {
        Change(words: words, styles: [StyleChange(selectors: kind.map(\.selector), declarations: declarations)])
    }
}
