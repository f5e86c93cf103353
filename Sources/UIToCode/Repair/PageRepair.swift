// The page as a whole: the colour around everything, and content that is wider than the window.
import Render

/// Fits the page into the window and gives it the design's ground.
struct PageRepair: Repair {
    let name = "page"
    let trialLimit = 3

    func trials(for view: PageView) -> [Trial] { [ground(of: view), overflow(of: view)].compactMap { $0 } }

    // The colour along the design's border and the one that fills most of it, where they differ from the page's.
    private func ground(of view: PageView) -> Trial? {
        guard let body = view.element("body") else { return nil }
        let pixels = view.design
        let page = Box(x: 0, y: 0, width: Double(pixels.width), height: Double(pixels.height))
        let inner = Box(x: 2, y: 2, width: page.width - 4, height: page.height - 4)
        let now = Fill(of: view.result.colours(in: page, outside: [inner]))?.colour
        var colours: [RGB] = []
        for fill in [Fill(of: pixels.colours(in: page, outside: [inner])), Fill(of: pixels.colours(in: page))] {
            guard let fill, fill.share >= 0.4, !colours.contains(fill.colour) else { continue }
            if let now, now.distance(to: fill.colour) <= 2, body.background == now { continue }
            colours.append(fill.colour)
        }
        guard !colours.isEmpty else { return nil }
        let changes = colours.map { colour in
            Change(
                words: "background of the page: \(now.map { "\($0) → " } ?? "")\(colour)",
                operations: [EditOperation("body", .setStyle(["background-color": colour.hex]))])
        }
        return Trial(name: "background", manner: .best, changes: changes)
    }

    // What is too wide may shrink, or its row may break; else what sticks out is cut.
    private func overflow(of view: PageView) -> Trial? {
        guard view.screenshot.overflow > 0.5 else { return nil }
        let edge = Double(view.screenshot.viewport.width) + 0.5
        let wide = view.elements.filter { $0.box.right > edge && !["html", "body"].contains($0.tag) }
        guard let outermost = wide.first else { return nil }
        let rows = wide.filter { $0.style["display"]?.hasSuffix("flex") == true }
        var changes = [
            Change(
                words: "\(outermost.name) no wider than the page",
                styles: [StyleChange(selectors: [outermost.selector], declarations: ["max-width": "100%"])]),
            Change(
                words: "everything that sticks out may shrink",
                styles: wide.prefix(40).map {
                    StyleChange(selectors: [$0.selector], declarations: ["max-width": "100%", "min-width": "0"])
                }),
        ]
        if !rows.isEmpty {
            changes.append(
                Change(
                    words: "rows that stick out may break",
                    styles: rows.prefix(40).map {
                        StyleChange(selectors: [$0.selector], declarations: ["flex-wrap": "wrap"])
                    }))
        }
        changes.append(
            Change(
                words: "what sticks out of the page is cut",
                operations: [EditOperation("body", .setStyle(["overflow-x": "clip"]))]))
        return Trial(name: "overflow", manner: .best, changes: changes)
    }
}
