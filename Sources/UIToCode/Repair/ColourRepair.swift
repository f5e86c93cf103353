// Colours of backgrounds, borders and texts, taken from the design where it has the element. The place is the page's
// own, moved by as much as the element's texts are; a sample counts when one colour fills most of what it looks at.
// Elements of one kind that want one colour get it together.
import Render

/// Gives elements the design's colours.
struct ColourRepair: Repair {
    let name = "colours"
    let trialLimit = 3

    /// How much of the sampled part must have one colour.
    static let leastShare = 0.6
    /// How far a channel must be off, for flat areas and borders, and for the thin strokes of letters.
    static let leastDistance = (fill: 4, ink: 20)

    func trials(for view: PageView) -> [Trial] {
        [
            Trial(name: "backgrounds", manner: .together, changes: backgrounds(of: view)),
            Trial(name: "borders", manner: .together, changes: borders(of: view)),
            Trial(name: "texts", manner: .together, changes: texts(of: view)),
        ].filter { !$0.changes.isEmpty }
    }

    // A colour that an element should have.
    private struct Wish {
        var element: ElementBox
        var now: RGB?
        var colour: RGB
        var weight: Double
    }

    // MARK: Backgrounds

    private func backgrounds(of view: PageView) -> [Change] {
        var wishes: [Wish] = []
        // What the page shows instead of a wish, by element, so that what is inside a repaired box is left alone.
        for element in view.elements
        where element.box.area >= 100 && element.style["background-image"] ?? "none" == "none" {
            guard !["html", "img", "svg", "canvas", "option"].contains(element.tag) else { continue }
            guard let wanted = fill(of: element, in: view, design: true), wanted.share >= Self.leastShare else {
                continue
            }
            if let now = element.background {
                guard now.distance(to: wanted.colour) >= Self.leastDistance.fill else { continue }
                wishes.append(Wish(element: element, now: now, colour: wanted.colour, weight: element.box.area))
            } else if !Self.inlineTags.contains(element.tag), wanted.share >= 0.8,
                let shown = fill(of: element, in: view, design: false), shown.share >= Self.leastShare,
                shown.colour.distance(to: wanted.colour) >= Self.leastDistance.fill * 2,
                !Self.isAbove(element, in: view, wishes, wanted.colour)
            {
                wishes.append(Wish(element: element, now: nil, colour: wanted.colour, weight: element.box.area))
            }
        }
        return changes(wishes, property: "background-color", words: "background", in: view, slack: Fill.slack)
    }

    private static let inlineTags: Set<String> = ["a", "b", "em", "i", "label", "small", "span", "strong", "u"]

    // Whether an element around this one gets the colour already.
    private static func isAbove(_ element: ElementBox, in view: PageView, _ wishes: [Wish], _ colour: RGB) -> Bool {
        var parent = element.parent
        while let selector = parent {
            if wishes.contains(where: {
                $0.element.selector == selector && $0.colour.distance(to: colour) <= Fill.slack
            }) {
                return true
            }
            parent = view.element(selector)?.parent
        }
        return false
    }

    // The colour of an element's own area: its box without its border, its corners, texts and painted boxes inside.
    private func fill(of element: ElementBox, in view: PageView, design: Bool) -> Fill? {
        let shift = design ? view.shift(of: element) : (x: 0, y: 0)
        let radius = element.length("border-top-left-radius") ?? 0
        let inset = max(element.border("top"), element.border("left")) + min(0.3 * radius, 0.2 * element.box.height)
        let box = element.box.moved(shift).inset(by: inset)
        let painted = view.descendants(of: element).filter(\.isVisible).map { $0.box.moved(shift).inset(by: -1) }
        let texts = (design ? view.designTexts : view.screenshot.texts).map { $0.box.inset(by: -1) }
        let colours = (design ? view.design : view.result).colours(in: box, outside: painted + texts)
        return colours.count >= 16 ? Fill(of: colours) : nil
    }

    // MARK: Borders

    private func borders(of view: PageView) -> [Change] {
        var wishes: [Wish] = []
        for element in view.elements {
            let sides = Side.allCases.filter { element.border($0.rawValue) >= 1 }
            let colours = sides.compactMap { side in
                element.style["border-\(side.rawValue)-color"].flatMap { RGB(computed: $0) }
            }
            guard let now = colours.first, colours.allSatisfy({ $0 == now }), element.box.width >= 12 else { continue }
            let wanted = sides.compactMap { line(along: $0, of: element, in: view) }
            guard let colour = wanted.first, wanted.count * 2 >= sides.count,
                wanted.allSatisfy({ $0.distance(to: colour) <= 2 * Fill.slack }),
                now.distance(to: colour) >= Self.leastDistance.fill
            else { continue }
            wishes.append(Wish(element: element, now: now, colour: colour, weight: element.box.width))
        }
        return changes(wishes, property: "border-color", words: "border", in: view, slack: Fill.slack)
    }

    // The colour of the line that the design has where the page has a border: the one within two pixels that stands out
    // most from both its sides; nil when none does.
    private func line(along side: Side, of element: ElementBox, in view: PageView) -> RGB? {
        let width = element.border(side.rawValue)
        let edge = side.strip(of: element.box.moved(view.shift(of: element)), thickness: width)
        func colour(_ offset: Double) -> Fill? { Fill(of: view.design.colours(in: side.moved(edge, inwards: offset))) }
        var best: (colour: RGB, contrast: Int)?
        for offset in [0.0, -1, 1, -2, 2] {
            guard let line = colour(offset), line.share >= 0.7, let outside = colour(offset - width),
                let inside = colour(offset + width)
            else { continue }
            let contrast = min(line.colour.distance(to: outside.colour), line.colour.distance(to: inside.colour))
            if contrast > max(3, best?.contrast ?? 0) { best = (line.colour, contrast) }
        }
        return best?.colour
    }

    // MARK: Texts

    private func texts(of view: PageView) -> [Change] {
        var wishes: [Wish] = []
        for pair in view.pairs where pair.likeness > 0.3 {
            guard let element = pair.selector.flatMap(view.element), element.tag != "input",
                let now = element.style["color"].flatMap({ RGB(computed: $0) }),
                let shown = Ink(in: view.result, box: pair.result.box),
                let wanted = Ink(in: view.design, box: pair.design.box),
                shown.colour.distance(to: wanted.colour) >= Self.leastDistance.ink
            else { continue }
            let colour = wanted.true(asIn: shown, of: now)
            guard colour.distance(to: now) >= Self.leastDistance.ink else { continue }
            wishes.append(Wish(element: element, now: now, colour: colour, weight: pair.result.box.area))
        }
        return changes(wishes, property: "color", words: "text", in: view, slack: 2 * Self.leastDistance.ink)
    }

    // MARK: Changes

    // One change for every kind and colour, the largest first. A colour that is nearly one that the page has, or nearly
    // another wish, becomes that one.
    private func changes(
        _ wishes: [Wish], property: String, words: String, in view: PageView, slack: Int
    ) -> [Change] {
        var palette = view.elements.flatMap { ["color", "background-color", "border-top-color"].map($0.style.value) }
            .compactMap { $0.flatMap { RGB(computed: $0) } }
        var groups: [(kind: String, now: RGB?, colour: RGB, selectors: [String], weight: Double)] = []
        for wish in wishes.sorted(by: { $0.weight > $1.weight }) {
            let near = palette.filter { $0.distance(to: wish.colour) <= slack / 2 }
                .min { ($0.distance(to: wish.colour), $0.code) < ($1.distance(to: wish.colour), $1.code) }
            let colour = near ?? wish.colour
            if near == nil { palette.append(colour) }
            guard colour != wish.now else { continue }
            let index = groups.firstIndex {
                $0.kind == wish.element.name && $0.colour == colour && $0.now == wish.now
            }
            if let index {
                if !groups[index].selectors.contains(wish.element.selector) {
                    groups[index].selectors.append(wish.element.selector)
                }
            } else {
                groups.append((wish.element.name, wish.now, colour, [wish.element.selector], wish.weight))
            }
        }
        return groups.map { group in
            Change(
                words: "\(words) of \(group.kind): \(group.now.map { "\($0) → " } ?? "")\(group.colour)",
                styles: [StyleChange(selectors: group.selectors, declarations: [property: group.colour.hex])])
        }
    }
}

extension Ink {
    /// This ink's true colour, when strokes of the same thickness show a known colour as another ink.
    ///
    /// A stroke that covers part of a pixel shows a mixture: `ground + coverage · (colour − ground)`.
    fileprivate func `true`(asIn other: Ink, of known: RGB) -> RGB {
        let ground = other.ground.channels
        let full = zip(known.channels, ground).map { $0 - $1 }
        let shown = zip(other.colour.channels, ground).map { $0 - $1 }
        let length = full.reduce(0) { $0 + $1 * $1 }
        guard length > 0 else { return colour }
        let coverage = min(1, max(0.5, zip(full, shown).reduce(0) { $0 + $1.0 * $1.1 } / length))
        return RGB(channels: zip(colour.channels, self.ground.channels).map { $1 + ($0 - $1) / coverage })
    }
}

extension Dictionary<String, String> {
    fileprivate func value(_ key: String) -> String? { self[key] }
}
