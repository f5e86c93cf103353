// The pictures of a receipt: design and page side by side or laid over each other, the heat map, the places of the
// differences in both, and the differences in words. Every picture is drawn on a canvas as large as the larger of both,
// in CSS pixels, so that boxes and pictures scale together.
import Foundation
import Media
import Render

extension ReceiptPage {
    /// Design and page, and the list of what differs.
    func look() -> Markup {
        """
        <section id="look" aria-labelledby="look-title">
        <div class="heading"><h2 id="look-title">Design and page</h2>
        \(controls)
        </div>
        <div class="workbench">
        <div class="bench mat"><div class="stage" data-view="pair" data-way="line" data-page="result" data-marks>
        \(sheet("design", "Design", [pictures.design.svg("picture", scale: scale)]))
        \(sheet("result", "Page", pagePictures()))
        </div></div>
        \(differences)
        </div>
        </section>
        """
    }

    private var scale: Double { receipt.viewport.scale > 0 ? receipt.viewport.scale : 1 }
    private var width: Double { canvas(\.width) }
    private var height: Double { canvas(\.height) }

    private func canvas(_ side: KeyPath<Image, Int>) -> Double {
        ([pictures.design, pictures.result] + [pictures.draft].compactMap(\.self))
            .map { Double($0[keyPath: side]) / scale }.max() ?? 1
    }

    private func pagePictures() -> [Markup] {
        var layers = [pictures.result.svg("picture of-result", scale: scale)]
        if let draft = pictures.draft { layers.append(draft.svg("picture of-draft", scale: scale)) }
        layers.append(pictures.heatMap.svg("heat", scale: scale))
        return layers
    }

    private func sheet(_ side: String, _ title: String, _ layers: [Markup]) -> Markup {
        let image = side == "design" ? pictures.design : pictures.result
        let size = "\((Double(image.width) / scale).pixelWords) × \((Double(image.height) / scale).pixelWords)"
        let both: Markup? = side == "design" ? "<span class=\"both\"> and page</span>" : nil
        return """
            <figure class="sheet \(side)"><figcaption>\(title)\(both) <span class="quiet">\(size)</span></figcaption>
            <div class="paper"><svg class="canvas" viewBox="0 0 \(width.coordinate) \(height.coordinate)" \
            width="\(width.coordinate)" height="\(height.coordinate)" role="img" \
            aria-label="\(title) of \(receipt.design), \(size) pixels">
            \(layers)
            <g class="marks">\(boxes(side))</g></svg></div></figure>
            """
    }

    // Large ones first, so that small ones lie on them and can be pointed at.
    private func boxes(_ side: String) -> [Markup] {
        let places = receipt.fidelity.differences.enumerated().compactMap { number, difference in
            (side == "design" ? difference.designBox : difference.resultBox).map { (number, $0) }
        }
        return places.sorted { ($1.1.area, $0.0) < ($0.1.area, $1.0) }.map { number, box in
            """
            <rect class="mark" data-number="\(number)" x="\((box.x - 2).coordinate)" y="\((box.y - 2).coordinate)" \
            width="\((max(0, box.width) + 4).coordinate)" height="\((max(0, box.height) + 4).coordinate)" rx="2"/>
            """
        }
    }

    // MARK: Ways to look at them

    private var controls: Markup {
        let pages: Markup? =
            pictures.draft == nil
            ? nil : Self.choice("page", "Page", [("result", "Repaired"), ("draft", "Draft")])
        return """
            <div class="bar controls" hidden>
            \(Self.choice("view", "View", [("pair", "Side by side"), ("over", "Overlay")]))
            \(Self.choice("way", "Overlay", [("line", "Slide"), ("fade", "Fade"), ("difference", "Difference")]))
            \(pages)
            <label class="check"><input type="checkbox" id="heat"> Heat map</label>
            <label class="check strength"><span class="unseen">Strength of the heat map</span>\
            <input type="range" id="strength" min="10" max="100" step="5" value="90"></label>
            <span class="legend" id="legend">just visible <i></i> far off</span>
            <label class="check"><input type="checkbox" id="marks" checked> Marks</label>
            </div>
            """
    }

    /// Buttons of which one is pressed, the first in the beginning; the script sets `data-KEY` of the stage.
    private static func choice(_ key: String, _ label: String, _ options: [(String, String)]) -> Markup {
        let buttons = options.enumerated().map { number, option -> Markup in
            """
            <button type="button" data-value="\(option.0)" aria-pressed="\(number == 0 ? "true" : "false")">\
            \(option.1)</button>
            """
        }
        return "<div class=\"choice\" role=\"group\" aria-label=\"\(label)\" data-choice=\"\(key)\">\(buttons)</div>"
    }

    // MARK: The differences

    private var differences: Markup {
        let all = receipt.fidelity.differences
        guard !all.isEmpty else {
            return "<aside class=\"panel card\"><h2>Differences</h2><p>None were found.</p></aside>"
        }
        return """
            <aside class="panel card" aria-labelledby="differences-title">
            <h2 id="differences-title">\(all.count.counted("difference"))</h2>
            \(Self.filter(all.map { ($0.kind.key, $0.kind.label) }, of: "differences"))
            <ol class="differences" id="differences">
            \(all.enumerated().map(item))
            </ol>
            </aside>
            """
    }

    private func item(_ number: Int, _ difference: Difference) -> Markup {
        let selector = difference.selector.map { "<code>\(.foreign($0))</code>" as Markup }
        let words: Markup = """
            <span class="kind">\(difference.kind.label)</span>\
            <span class="cost" title="What it costs of the total">\((0 - difference.severity).changeWords())</span>\
            <span class="words">\(difference.kind.words)</span>\(selector)
            """
        let hasPlace = difference.designBox != nil || difference.resultBox != nil
        let row: Markup =
            hasPlace
            ? """
            <button type="button" class="difference" data-number="\(number)" aria-pressed="false">\(words)</button>
            """ : "<div class=\"difference\">\(words)</div>"
        return "<li data-kind=\"\(difference.kind.key)\">\(row)</li>"
    }

    /// Buttons that narrow a list to one kind, with how many there are; nothing where there is one kind only.
    static func filter(_ kinds: [(key: String, label: String)], of list: String) -> Markup? {
        var counts: [(key: String, label: String, count: Int)] = []
        for kind in kinds {
            if let place = counts.firstIndex(where: { $0.key == kind.key }) {
                counts[place].count += 1
            } else {
                counts.append((kind.key, kind.label, 1))
            }
        }
        guard counts.count > 1 else { return nil }
        let buttons = counts.map { kind -> Markup in
            """
            <button type="button" data-value="\(kind.key)" aria-pressed="false">\(kind.label) <b>\(kind.count)</b></button>
            """
        }
        return """
            <div class="filter" role="group" aria-label="Show" data-filter="\(list)" hidden>\
            <button type="button" data-value="" aria-pressed="true">All <b>\(kinds.count)</b></button>\(buttons)</div>
            """
    }
}

extension Image {
    /// The picture as part of a drawing, in CSS pixels.
    fileprivate func svg(_ name: String, scale: Double) -> Markup {
        let data: String
        do { data = Data(try encodedPNG()).base64EncodedString() } catch {
            return "<text class=\"\(name)\" x=\"10\" y=\"30\">\("\(error)")</text>"
        }
        return """
            <image class="\(name)" width="\((Double(width) / scale).coordinate)" \
            height="\((Double(height) / scale).coordinate)" preserveAspectRatio="none" \
            href="data:image/png;base64,\(Markup(trusted: data))"/>
            """
    }
}
