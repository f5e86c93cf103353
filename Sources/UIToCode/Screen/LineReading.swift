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

    /// The dots or asterisks that stand for a password: small pieces of one size, one as far from the next as any other.
    /// Nil for any other line.
    var mask: String? {
        let marks = pieces.sorted { $0.left < $1.left }
        guard marks.count >= 4, let first = marks.first else { return nil }
        let pitches = zip(marks, marks.dropFirst()).map { $1.left - $0.left }
        let isEven = marks.allSatisfy {
            abs($0.width - first.width) <= 1 && abs($0.height - first.height) <= 1 && abs($0.width - $0.height) <= 1
        }
        guard isEven, let narrowest = pitches.min(), let widest = pitches.max(), widest - narrowest <= 1,
            (first.width + 1...3 * first.width).contains(narrowest)
        else { return nil }
        return String(repeating: 2 * narrowest >= 3 * first.width ? "•" : "*", count: marks.count)
    }

    /// What its pieces leave free between each other, from left to right.
    var gaps: [Range<Int>] {
        let sorted = pieces.sorted { $0.left < $1.left }
        var end = sorted.first?.right ?? 0
        var gaps: [Range<Int>] = []
        for piece in sorted {
            if piece.left > end { gaps.append(end..<piece.left) }
            end = max(end, piece.right)
        }
        return gaps
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
