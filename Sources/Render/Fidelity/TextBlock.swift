// Lines of text as blocks that can be matched: what they say or how their ink lies, where they are, how they look.
import Media

/// A line of text, or neighbouring lines that were merged.
struct TextBlock {
    /// The words; nil where they are unknown.
    var text: String?
    var box: Box
    var colour: RGB
    var fontSize: Double
    var selector: String?

    init(_ line: TextBox) {
        text = line.text
        box = line.box
        colour = line.colour
        fontSize = line.fontSize
        selector = line.selector
    }

    /// Two neighbours as one: the words with a space between them, the box around both, colour, size and selector of
    /// the one that takes more room (the first of two equal ones).
    func merged(with next: TextBlock) -> TextBlock {
        var block = box.area >= next.box.area ? self : next
        block.box = box.union(next.box)
        if let text, let more = next.text { block.text = text + " " + more } else { block.text = nil }
        return block
    }

    /// Whether `next` may be the rest of this block's text: right of it in the same row, no more than 1.2 font sizes
    /// away, or below it with at most one font size between them, in about the same size.
    func isContinued(by next: TextBlock) -> Bool {
        let size = max(fontSize, next.fontSize)
        let sharedHeight = min(box.bottom, next.box.bottom) - max(box.y, next.box.y)
        if sharedHeight >= 0.5 * min(box.height, next.box.height) {
            let gap = next.box.x - box.right
            return gap > -0.25 * size && gap <= 1.2 * size
        }
        let gap = next.box.y - box.bottom
        let sharedWidth = min(box.right, next.box.right) - max(box.x, next.box.x)
        return sharedWidth > 0 && gap > -0.5 * size && gap <= size && min(fontSize, next.fontSize) * 1.25 >= size
    }
}

extension [TextBlock] {
    /// The lines of a side, in the order they are given.
    ///
    /// - Parameter joiningWrapped: lines of one element that follow each other one below the other become one block, so
    ///   that it does not matter where a paragraph wraps.
    init(_ lines: [TextBox], joiningWrapped: Bool) {
        self = []
        for line in lines where line.box.area > 0 && line.text != "" {
            let block = TextBlock(line)
            if joiningWrapped, let last = self.last, last.selector != nil, last.selector == block.selector,
                block.box.center.y > last.box.bottom
            {
                self[count - 1] = last.merged(with: block)
            } else {
                append(block)
            }
        }
    }
}
