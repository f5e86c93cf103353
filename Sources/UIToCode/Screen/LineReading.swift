// What a reader says of a line of ink, and in which pieces it is asked.
import Render

/// What a reader says of a line of ink.
enum LineReading: Equatable {
    case text(String, isBold: Bool)
    /// An icon, a shape, anything without words.
    case nothing
}

extension LineReading {
    /// Reads the engine's answer to a strip: a page of a single `p`, `b` or `i`.
    init(answer: String) {
        let root = HTMLElement(name: "", children: HTMLParser.parse(answer))
        let text = HTMLText.unescaped(root.innerText)
        guard !text.isEmpty else {
            self = .nothing
            return
        }
        self = .text(text, isBold: root.first { $0.name == "b" } != nil)
    }

    /// Joins what was read of a line in pieces; a space comes before those that start a word.
    init(parts: [(reading: LineReading, startsWord: Bool)]) {
        var text = ""
        var boldLetters = 0
        for case (.text(let part, let isBold), let startsWord) in parts {
            text += (startsWord && !text.isEmpty ? " " : "") + part
            boldLetters += isBold ? part.count : 0
        }
        self = text.isEmpty ? .nothing : .text(text, isBold: 2 * boldLetters > text.count)
    }
}

extension InkLine {
    /// The line in pieces that are narrow enough to be read, cut at its widest gaps.
    var parts: [PixelRect] {
        let most = Int(Double(TextStrip.widest) / TextStrip.scale(ofHeight: rect.height))
        return Self.parts(of: pieces.map { PixelRect(xs: $0.left..<$0.right, ys: rect.ys) }, most: most)
            .map { PixelRect(xs: $0.xs, ys: rect.ys) }
    }

    /// For each of `parts` whether a space lies before it.
    var wordStarts: [Bool] {
        let parts = parts
        return [true]
            + zip(parts, parts.dropFirst()).map { before, after in
                5 * (after.xs.lowerBound - before.xs.upperBound) >= rect.height
            }
    }

    private static func parts(of pieces: [PixelRect], most: Int) -> [PixelRect] {
        let sorted = pieces.sorted { $0.xs.lowerBound < $1.xs.lowerBound }
        guard let first = sorted.first else { return [] }
        let whole = sorted.dropFirst().reduce(first) { $0.union($1) }
        guard whole.width > most, sorted.count > 1 else { return [whole] }
        // The widest gap of the middle half.
        let middle = whole.xs.lowerBound + whole.width / 4..<whole.xs.upperBound - whole.width / 4
        var best: (gap: Int, index: Int) = (Int.min, sorted.count / 2)
        var end = first.xs.upperBound
        for index in 1..<sorted.count {
            let start = sorted[index].xs.lowerBound
            if middle.contains(start), start - end > best.gap { best = (start - end, index) }
            end = max(end, sorted[index].xs.upperBound)
        }
        return parts(of: Array(sorted[..<best.index]), most: most) + parts(of: Array(sorted[best.index...]), most: most)
    }
}
