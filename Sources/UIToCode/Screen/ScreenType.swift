// Lines of ink with their words → typeface, font sizes, baselines. A font size follows twice: from how wide the words
// are and from how high their letters are. The typeface of a page is the one with which both agree best.
import Foundation
import Render

/// A line of text as a reader has read it.
struct ReadLine {
    /// Of its ink, in pixels of the picture.
    var rect: PixelRect
    var colour: RGB
    var text: String
    var isBold: Bool
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
    private static let bearings = 0.11
    // Lines with fewer letters tell nothing of a typeface.
    private static let leastLetters = 4

    /// Sets the lines of a page.
    static func set(_ lines: [ReadLine]) -> [TypesetLine] {
        let main = typeface(of: lines, among: Typeface.all.filter { !$0.isMonospaced })
        var typeset = lines.map { line in
            let face = own(line, main)
            return TypesetLine(line: line, typeface: face, size: byHeight(line, face))
        }
        agree(&typeset)
        for index in typeset.indices { place(&typeset[index]) }
        level(&typeset)
        return typeset
    }

    /// The typeface in which widths and heights agree best in the better three fifths of the lines: others may be misread.
    private static func typeface(of lines: [ReadLine], among faces: [Typeface]) -> Typeface {
        let telling = lines.filter { $0.text.count >= leastLetters }
        let errors = faces.map { face in
            let (widths, heights) = (telling.map { log(byWidth($0, face)) }, telling.map { log(byHeight($0, face)) })
            var (error, letters, spread, pairs) = (0.0, 0.0, 0.0, 0.0)
            for first in telling.indices {
                let weight = Double(min(30, telling[first].text.count))
                error += min(0.3, abs(widths[first] - heights[first])) * weight
                letters += weight
                // Lines of one height are of one size, and widths tell that more exactly than heights do.
                for second in telling.indices.dropFirst(first + 1)
                where telling[first].isBold == telling[second].isBold && abs(heights[first] - heights[second]) < 0.06 {
                    let weight = min(weight, Double(telling[second].text.count))
                    spread += min(0.08, abs(widths[first] - widths[second])) * weight
                    pairs += weight
                }
            }
            return error / max(1, letters) + 4 * spread / max(1, pairs)
        }
        let best = errors.indices.min { errors[$0] < errors[$1] } ?? 0
        return faces[best]
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

    private static func byWidth(_ line: ReadLine, _ face: Typeface) -> Double {
        Double(line.rect.width) / max(0.1, face.width(of: line.text, isBold: line.isBold) - bearings)
    }

    private static func byHeight(_ line: ReadLine, _ face: Typeface) -> Double {
        // Soft edges add about half a pixel.
        (Double(line.rect.height) - 0.5)
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
