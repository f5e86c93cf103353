// Pictures inside the design: parts with many colours and no text. Where the page has an empty box or an image there,
// the part is cut out of the design, becomes a file in `assets/`, and is shown in that box.
import Media
import Render

/// Puts pictures of the design into the page.
struct ImageRepair: Repair {
    let name = "images"
    let trialLimit = 12

    func trials(for view: PageView) -> [Trial] {
        let regions = PictureRegions(view.design, texts: view.designTexts.map(\.box)).boxes
        guard !regions.isEmpty else { return [] }
        var trials: [Trial] = []
        for element in view.elements where Self.takesPicture(element, in: view) {
            let place = element.box.moved(view.shift(of: element))
            let best = regions.max { $0.overlap(with: place) < $1.overlap(with: place) }
            guard let region = best, region.overlap(with: place) >= 0.3, let crop = view.design.crop(region),
                let bytes = try? crop.encodedPNG()
            else { continue }
            let path = "assets/picture-\(Int(region.x))-\(Int(region.y)).png"
            guard !view.document.contains(path) else { continue }
            let change = Change(
                words: "picture in \(element.name): \(crop.width)×\(crop.height) pixels of the design",
                operations: operations(for: element, region: region, path: path), files: [(path, bytes)])
            let resized = Change(
                words: change.words + ", at the design's size",
                styles: [
                    StyleChange(
                        selectors: [element.selector],
                        declarations: ["width": region.width.px, "height": region.height.px])
                ], operations: change.operations, files: change.files)
            trials.append(Trial(name: "picture in \(element.selector)", manner: .best, changes: [change, resized]))
        }
        return trials
    }

    // An image, or a box of some size that holds nothing.
    private static func takesPicture(_ element: ElementBox, in view: PageView) -> Bool {
        guard element.box.width >= 16, element.box.height >= 16 else { return false }
        if element.tag == "img" { return true }
        return ["a", "div", "figure", "i", "picture", "section", "span"].contains(element.tag)
            && view.children(of: element).isEmpty
            && !view.screenshot.texts.contains { $0.selector == element.selector }
    }

    private func operations(for element: ElementBox, region: Box, path: String) -> [EditOperation] {
        if element.tag == "img" { return [EditOperation(element.selector, .setAttribute(name: "src", value: path))] }
        let style = "display: block; width: 100%; height: 100%; object-fit: cover; border-radius: inherit"
        return [
            EditOperation(element.selector, .setHTML("<img src=\"\(path)\" alt=\"\" style=\"\(style)\">"))
        ]
    }
}

/// The parts of a picture that look like pictures.
struct PictureRegions {
    /// The side of a tile, in CSS pixels.
    static let tile = 8
    /// How many colours (of 4 bits a channel) make a tile a picture's.
    static let leastColours = 6
    /// How much of a line of text has the colour of its ground.
    static let leastGround = 0.35

    /// From top to bottom, then from left to right; without texts, at least 16 pixels in both directions, and never
    /// almost the whole design.
    private(set) var boxes: [Box] = []

    init(_ pixels: Pixels, texts: [Box]) {
        let columns = pixels.width / Self.tile, rows = pixels.height / Self.tile
        guard columns > 0, rows > 0 else { return }
        // What is found as text inside a picture has no ground.
        let texts = texts.filter { Fill(of: pixels.colours(in: $0)).map { $0.share >= Self.leastGround } ?? false }
        var isPicture = [Bool](repeating: false, count: columns * rows)
        for row in 0..<rows {
            for column in 0..<columns {
                let box = Box(
                    x: Double(column * Self.tile), y: Double(row * Self.tile), width: Double(Self.tile),
                    height: Double(Self.tile))
                guard !texts.contains(where: { $0.inset(by: -2).intersection(box) != nil }) else { continue }
                let kinds = Set(pixels.colours(in: box).map { $0.code >> 4 & 0x0F0F0F })
                isPicture[row * columns + column] = kinds.count >= Self.leastColours
            }
        }
        let limit = 0.7 * Double(pixels.width * pixels.height)
        while let start = isPicture.firstIndex(of: true) {
            let box = Self.take(from: start, &isPicture, columns: columns)
            let isLarge = box.box.width >= 16 && box.box.height >= 16 && box.box.area <= limit
            let share = Double(box.count * Self.tile * Self.tile) / box.box.area
            let covered = texts.reduce(0) { $0 + (box.box.intersection($1)?.area ?? 0) } / box.box.area
            if isLarge, share >= 0.4, covered < 0.15 { boxes.append(box.box) }
        }
        boxes.sort { ($0.y, $0.x) < ($1.y, $1.x) }
    }

    // The tiles that hang together with one, which they are no more afterwards.
    private static func take(
        from start: Int, _ isPicture: inout [Bool], columns: Int
    ) -> (box: Box, count: Int) {
        var open = [start], count = 0
        var bounds = (left: columns, top: isPicture.count, right: 0, bottom: 0)
        isPicture[start] = false
        while let index = open.popLast() {
            count += 1
            let (row, column) = (index / columns, index % columns)
            bounds = (
                min(bounds.left, column), min(bounds.top, row), max(bounds.right, column + 1),
                max(bounds.bottom, row + 1)
            )
            let beside = [(column > 0, -1), (column < columns - 1, 1), (true, -columns), (true, columns)]
            for case (true, let step) in beside {
                let next = index + step
                guard isPicture.indices.contains(next), isPicture[next] else { continue }
                isPicture[next] = false
                open.append(next)
            }
        }
        let box = Box(
            x: Double(bounds.left * tile), y: Double(bounds.top * tile),
            width: Double((bounds.right - bounds.left) * tile), height: Double((bounds.bottom - bounds.top) * tile))
        return (box, count)
    }
}

extension Box {
    /// The shared part over the whole of both, 0 to 1.
    fileprivate func overlap(with other: Box) -> Double {
        let shared = intersection(other)?.area ?? 0
        return shared / max(1, area + other.area - shared)
    }
}
