// Lines of ink with their words → typeface, font sizes, weights, baselines. A font size follows twice: from how wide the
// words are and from how high their letters are. The typeface of a page is the one with which both agree best. The weight
// follows from how much ink there is.
import Foundation
import Render

/// A line of text as a reader has read it.
struct ReadLine {
    /// Of its ink, in pixels of the picture.
    var rect: PixelRect
    var colour: RGB
    var text: String
    /// As it was read; the ink tells better.
    var isBold: Bool
    /// How many pixels are full of ink and how many rows, soft ones in part; nil where they were not counted.
    var ink: (area: Double, height: Double)?
    /// What its pieces of ink leave between each other, from left to right, in pixels of the picture.
    var gaps: [Range<Int>] = []
}

/// A line with its typography, in CSS pixels.
struct TypesetLine {
    var line: ReadLine
    var typeface: Typeface
    var size: Double
    /// Beyond the typeface's own, for every character.
    var spacing = 0.0
    /// Where its letters stand, from the top of the page.
    var baseline = 0.0

    /// From where its first letter's advance begins.
    var left: Double {
        let bearing = line.text.first.map { "1lIijJ".contains($0) } == true ? 0.8 : 0.7
        return ((Double(line.rect.xs.lowerBound) - bearing * typeface.sideBearing * size) * 2).rounded()
            / 2
    }

    /// The advances of all its letters.
    var width: Double {
        typeface.width(of: line.text, isBold: line.isBold) * size + spacing * Double(line.text.count)
    }
}

/// The typography of one page.
enum ScreenType {
    // What ink lacks beside the advances, on both ends together, in em.
    static let bearings = 0.11
    // Lines with fewer letters tell nothing of a typeface.
    private static let leastLetters = 4
    // The part of the lines, by their letters, that a typeface must fit.
    private static let fitting = 0.6

    /// Sets the lines of a page.
    ///
    /// - Parameter typeface: that of the page; nil for the likeliest.
    static func set(_ lines: [ReadLine], in typeface: Typeface? = nil) -> [TypesetLine] {
        guard let main = typeface ?? typefaces(of: lines).first else { return [] }
        var typeset = lines.map { line in
            let face = own(line, main)
            var line = line
            line.isBold = isBold(line, face)
            line.text = spaced(line, in: face)
            return TypesetLine(line: line, typeface: face, size: byHeight(line, face))
        }
        agree(&typeset)
        for index in typeset.indices { place(&typeset[index]) }
        level(&typeset)
        return typeset
    }

    /// The typefaces that a page may be set in, the likeliest first: that in which widths, heights and ink agree best.
    static func typefaces(of lines: [ReadLine]) -> [Typeface] {
        let telling = lines.filter { $0.text.count >= leastLetters }
        let faces = Typeface.all.filter { !$0.isMonospaced }
        let errors = faces.map { face in
            error(
                of: face,
                for: telling.map { line in
                    var line = line
                    line.isBold = isBold(line, face)
                    return line
                })
        }
        return faces.indices.sorted { (errors[$0], $0) < (errors[$1], $1) }.map { faces[$0] }
    }

    private static func error(of face: Typeface, for lines: [ReadLine]) -> Double {
        let (widths, heights) = (lines.map { log(byWidth($0, face)) }, lines.map { log(byHeight($0, face)) })
        var errors: [(error: Double, weight: Double)] = []
        var (spread, pairs) = (0.0, 0.0)
        for first in lines.indices {
            let weight = Double(min(30, lines[first].text.count))
            // Typefaces differ in how much ink words of one width have.
            let ink = lines[first].ink.map { abs(log(max(1, $0.area) / max(1, inkArea(of: lines[first], face)))) } ?? 0
            errors.append((abs(widths[first] - heights[first]) + 2 * ink, weight))
            // Lines of one height are of one size, and widths tell that more exactly than heights do.
            for second in lines.indices.dropFirst(first + 1)
            where lines[first].isBold == lines[second].isBold && abs(heights[first] - heights[second]) < 0.06 {
                let weight = min(weight, Double(lines[second].text.count))
                spread += min(0.08, abs(widths[first] - widths[second])) * weight
                pairs += weight
            }
        }
        // Other lines may be misread, or set in another typeface.
        let most = fitting * errors.reduce(0) { $0 + $1.weight }
        var (error, letters) = (0.0, 0.0)
        for line in errors.sorted(by: { $0.error < $1.error }) where letters < most {
            error += line.error * line.weight
            letters += line.weight
        }
        return error / max(1, letters) + 4 * spread / max(1, pairs)
    }

    // Whether there is nearer as much ink as bold letters of that width have than as regular ones have. Of 756 lines of
    // generated pages, 9 to 27 pixels high, each told its weight so.
    private static func isBold(_ line: ReadLine, _ face: Typeface) -> Bool {
        guard let inkArea = line.ink?.area, inkArea > 0 else { return line.isBold }
        func expected(_ isBold: Bool) -> Double {
            var line = line
            line.isBold = isBold
            return Self.inkArea(of: line, face)
        }
        let (regular, bold) = (expected(false), expected(true))
        // Far from both the words are not those that the ink is of.
        guard bold > 1.1 * regular, (0.6 * regular...1.8 * bold).contains(inkArea) else { return line.isBold }
        return inkArea * inkArea > regular * bold
    }

    // Another typeface than the page's only where it fits far better: code, a serif headline. A letter too few or too many
    // makes a tenth of a short line.
    private static func own(_ line: ReadLine, _ main: Typeface) -> Typeface {
        let error = disagreement(line, main)
        guard line.text.count >= 12, error > 0.12 else { return main }
        let others = Typeface.all.filter { $0.isMonospaced != main.isMonospaced || $0.isSerif != main.isSerif }
        let best = others.min { disagreement(line, $0) < disagreement(line, $1) } ?? main
        return disagreement(line, best) < 0.2 * error ? best : main
    }

    private static func disagreement(_ line: ReadLine, _ face: Typeface) -> Double {
        abs(log(byWidth(line, face) / byHeight(line, face)))
    }

    // What the words have in their width.
    private static func inkArea(of line: ReadLine, _ face: Typeface) -> Double {
        let size = byWidth(line, face)
        return face.inkArea(of: line.text, isBold: line.isBold) * size * size
    }

    private static func byWidth(_ line: ReadLine, _ face: Typeface) -> Double {
        Double(line.rect.width) / max(0.1, face.width(of: line.text, isBold: line.isBold) - bearings)
    }

    static func byHeight(_ line: ReadLine, _ face: Typeface) -> Double {
        // Soft edges add about half a pixel to what was not counted.
        (line.ink?.height ?? Double(line.rect.height) - 0.5)
            / max(0.1, face.inkTop(of: line.text) + face.inkBottom(of: line.text))
    }

    // The sizes of a page are few. Lines whose width and height agree tell them, by their widths, which are known more
    // exactly; every line takes the nearest, and one that is near none its own, from its height.
    private static func agree(_ lines: inout [TypesetLine]) {
        let telling = lines.filter {
            $0.line.text.count >= leastLetters && disagreement($0.line, $0.typeface) < 0.08
        }
        .map { (size: byWidth($0.line, $0.typeface), letters: min(40, $0.line.text.count)) }
        .sorted { $0.size < $1.size }
        var sizes: [Double] = []
        var start = 0
        while start < telling.count {
            var end = start + 1
            while end < telling.count, telling[end].size <= telling[start].size * 1.06,
                telling[end].size <= telling[end - 1].size * 1.025
            {
                end += 1
            }
            let total = telling[start..<end].reduce(0) { $0 + $1.letters }
            var letters = 0
            let middle = telling[start..<end].first {
                letters += $0.letters
                return 2 * letters >= total
            }
            if let middle { sizes.append(rounded(middle.size)) }
            start = end
        }
        for index in lines.indices {
            let own = min(160, max(6, lines[index].size))
            let near = sizes.min { abs(log($0 / own)) < abs(log($1 / own)) }
            lines[index].size = near.flatMap { abs(log($0 / own)) < 0.12 ? $0 : nil } ?? rounded(own)
        }
    }

    // To half a pixel, large ones to a pixel.
    private static func rounded(_ size: Double) -> Double {
        let step = size < 20 ? 2.0 : 1.0
        return (size * step).rounded() / step
    }

    // Letter spacing, where the size alone does not give the width, and the baseline.
    private static func place(_ line: inout TypesetLine) {
        let (text, face) = (line.line.text, line.typeface)
        let natural = (face.width(of: text, isBold: line.line.isBold) - bearings) * line.size
        let rest = Double(line.line.rect.width) - natural
        if text.count >= 3, abs(rest) > max(1.5, 0.02 * natural) {
            // Wider than designers space letters, it would be a word too few or too many.
            let spacing = (rest / Double(text.count - 1) * 10).rounded() / 10
            let most = text == text.uppercased() ? 0.16 : 0.06
            if spacing >= -0.05 * line.size, spacing <= most * line.size { line.spacing = spacing }
        }
        let rect = line.line.rect
        let below = Double(rect.ys.upperBound) - face.inkBottom(of: text) * line.size
        let above = Double(rect.ys.lowerBound) + face.inkTop(of: text) * line.size
        line.baseline = ((below + above) / 2).rounded()
    }

    // A line whose words may be misread stands where surer ones beside it stand.
    private static func level(_ lines: inout [TypesetLine]) {
        let sure = lines.filter {
            $0.line.text.count >= leastLetters && disagreement($0.line, $0.typeface) < 0.08
        }
        for index in lines.indices {
            let own = lines[index]
            guard own.line.text.count < leastLetters || disagreement(own.line, own.typeface) >= 0.08
            else { continue }
            let beside = sure.filter { abs($0.baseline - own.baseline) <= 0.25 * max($0.size, own.size) }
            func gap(_ other: TypesetLine) -> Int {
                let (first, second) = (own.line.rect.xs, other.line.rect.xs)
                return max(first.lowerBound - second.upperBound, second.lowerBound - first.upperBound)
            }
            if let nearest = beside.min(by: { gap($0) < gap($1) }), gap(nearest) < 400 {
                lines[index].baseline = nearest.baseline
            }
        }
    }
}
