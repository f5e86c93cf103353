// Spaces that a reader missed: between words the ink leaves more room than between letters.
import Foundation
import Render

extension ScreenType {
    // A gap between words is at least so much of a space, beyond what lies between letters anyway.
    private static let leastSpace = 0.6
    // In em: a gap farther from where the letters leave off is not between them.
    private static let reach = 0.45
    // In em: so much rather one of the spaces that were read.
    private static let preference = 0.25

    /// The words of a line, with a space wherever the ink has a gap of a space's width and the words have none; as they are
    /// where words and gaps do not fit each other. A single word is left whole: its letters may stand apart.
    static func spaced(_ line: ReadLine, in typeface: Typeface) -> String {
        let letters = Array(line.text)
        let space = typeface.width(of: " ", isBold: line.isBold)
        let size = byHeight(line, typeface)
        let narrow = line.gaps.filter { Double($0.count) < leastSpace * space * size }.map(\.count).sorted()
        let between = narrow.isEmpty ? 0 : Double(narrow[narrow.count / 2])
        let wide = line.gaps.filter { Double($0.count) >= leastSpace * space * size + between }
        let known = letters.count { $0 == " " }
        let missing = wide.count - known
        guard !typeface.isMonospaced, missing > 0, known > 0 else { return line.text }

        var advances = [0.0]
        for letter in letters {
            advances.append(advances[advances.count - 1] + typeface.width(of: String(letter), isBold: line.isBold))
        }
        // In pixels for every em, with the spaces that are missing.
        let scale =
            Double(line.rect.width) / max(0.1, advances[letters.count] + Double(missing) * space - bearings)
        guard abs(log(scale / size)) < 0.15 else { return line.text }
        var starts: [Int] = []  // of words that have no space before them
        var next = 1
        for gap in wide {
            let middle = Double(gap.lowerBound + gap.upperBound) / 2 - Double(line.rect.xs.lowerBound)
            let em = middle / scale + bearings / 2 - (Double(starts.count) + 0.5) * space
            func distance(_ place: Int) -> Double {
                abs(advances[place] - em) - (letters[place] == " " ? preference : 0)
            }
            let places = (next..<max(next, letters.count)).filter { letters[$0] == " " || letters[$0 - 1] != " " }
            guard let place = places.min(by: { distance($0) < distance($1) }), distance(place) <= reach else {
                return line.text
            }
            // Digits are as wide as each other, narrow ones with room beside them.
            guard !(letters[place - 1].isNumber && letters[place].isNumber) else { return line.text }
            if letters[place] != " " { starts.append(place) }
            next = place + 1
        }
        guard starts.count == missing else { return line.text }
        var words = ""
        for (place, letter) in letters.enumerated() {
            if starts.contains(place) { words.append(" ") }
            words.append(letter)
        }
        return words
    }
}
