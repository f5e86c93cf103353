// One side of a comparison: the picture, and the lines of text on it. A page brings its own lines; for a picture they
// are searched (`TextLineSearch`), which gives places, colours and sizes without words. Words can be lent by a reading.
public import Media

/// One side of a comparison.
public struct Sight: Sendable {
    /// What is seen; `scale` pixels for every CSS pixel.
    public var image: Image
    /// Pixels of the picture for one CSS pixel, above 0.
    public var scale: Double
    /// Lines of text, in CSS pixels.
    public var texts: [TextBox]
    /// The lines were searched in the picture instead of being told by a browser.
    public var isEstimate: Bool
    /// The page, where one was rendered: overflow, accessibility, elements.
    public var page: Screenshot?

    /// A rendered page, with the browser's own lines of text.
    public init(_ screenshot: Screenshot) {
        image = screenshot.image
        scale = screenshot.viewport.scale
        texts = screenshot.texts
        isEstimate = false
        page = screenshot
    }

    /// A picture of which nothing else is known: its lines of text are searched, their words stay unknown.
    ///
    /// Proof: `TextLineSearchTests`.
    public init(estimating image: Image, scale: Double = 1) {
        precondition(scale > 0, "a picture has more than 0 pixels for a CSS pixel")
        self.image = image
        self.scale = scale
        texts = TextLineSearch(image, scale: scale).lines
        isEstimate = true
        page = nil
    }

    /// Lends words to estimated lines that lie where a reading has words.
    ///
    /// A line and a reading belong together when they share at least half the area of the smaller one. What belongs
    /// together becomes one line: lines that a reading spans are joined, readings on one line are strung together from
    /// left to right. Lines that no reading touches keep their place without words; readings without a line are left.
    public mutating func read(from reading: [TextBox]) {
        texts = texts.joined(with: reading, takingSelectors: false)
    }

    /// Columns in CSS pixels.
    public var width: Double { Double(image.width) / scale }
    /// Rows in CSS pixels.
    public var height: Double { Double(image.height) / scale }

    /// A page seen as a picture is seen, so that both sides of a comparison are measured alike: searched lines, with
    /// the words and selectors that the browser tells of them.
    func estimated() -> Sight {
        guard !isEstimate else { return self }
        var sight = Sight(estimating: image, scale: scale)
        sight.texts = sight.texts.joined(with: texts, takingSelectors: true)
        sight.page = page
        return sight
    }

    /// The same side with `scale` pixels for a CSS pixel.
    func scaled(to scale: Double) -> Sight {
        guard scale != self.scale else { return self }
        var sight = self
        let factor = scale / self.scale
        sight.image = image.resized(
            width: max(1, Int((Double(image.width) * factor).rounded())),
            height: max(1, Int((Double(image.height) * factor).rounded())))
        sight.scale = scale
        return sight
    }
}

extension [TextBox] {
    /// Estimated lines with the words of a reading.
    fileprivate func joined(with reading: [TextBox], takingSelectors: Bool) -> [TextBox] {
        let readings = reading.filter { !($0.text ?? "").isEmpty && $0.box.area > 0 }
        var groups = DisjointSets(count: count + readings.count)
        for (index, line) in enumerated() {
            for (number, words) in readings.enumerated() {
                guard let shared = line.box.intersection(words.box) else { continue }
                if shared.area * 2 >= Swift.min(line.box.area, words.box.area) { groups.join(index, count + number) }
            }
        }
        var readingsOfGroup: [Int: [TextBox]] = [:]
        for (number, words) in readings.enumerated() {
            readingsOfGroup[groups.root(of: count + number), default: []].append(words)
        }
        var places: [Int: Int] = [:]
        var result: [TextBox] = []
        for (index, line) in enumerated() {
            let group = groups.root(of: index)
            if let place = places[group] {
                result[place] = result[place].spanning(line)
                continue
            }
            places[group] = result.count
            var line = line
            if let words = readingsOfGroup[group] {
                let ordered = ReadingOrder.indices(of: words.map(\.box)).map { words[$0] }
                line.text = ordered.compactMap(\.text).joined(separator: " ")
                if takingSelectors { line.selector = ordered.first?.selector }
            }
            result.append(line)
        }
        return result
    }
}

extension TextBox {
    /// Both as one line, in the colour and size of the wider one.
    fileprivate func spanning(_ other: TextBox) -> TextBox {
        var line = box.width >= other.box.width ? self : other
        line.text = text
        line.selector = selector
        line.box = box.union(other.box)
        return line
    }
}
