// Common typefaces as they were measured: how wide a text is, how far its ink reaches and how much of it there is. With the
// words of a line and its ink they tell its typeface, font size and weight without a browser. `TypefaceTable.swift` has the numbers.

/// A typeface's metrics in em, that is in font sizes. Widths leave kerning and ligatures aside. Heights are those of
/// the regular weight: bold letters differ little, but dots, commas and strokes are up to 0.08 em thicker.
struct Typeface: Sendable, Equatable {
    let name: String
    /// The value of CSS's `font-family` that asks for it, then for its likes.
    let stack: String
    let isMonospaced: Bool
    /// Above and below the baseline, what a browser makes the content area of; it rounds both to whole pixels.
    let ascent, descent: Double
    /// What an H leaves free before its ink, and so about any line that begins with a straight stem.
    let sideBearing: Double

    private let regular, bold: Advances
    private let regularInk, boldInk: [Double]
    private let inks: [GlyphInk?]
    private static let places = Dictionary(uniqueKeysWithValues: zip(characters, 0...))

    /// Describes a typeface in 1/1000 em. A row has a number for each of `characters`: advances of either weight, 0
    /// where the font lacks it; the areas of their ink; the highest and lowest points of ink above the baseline, both 0
    /// where there is none.
    init(
        name: String, stack: String, isMonospaced: Bool, ascent: Int, descent: Int, sideBearing: Int,
        regular: String, bold: String, regularInk: String, boldInk: String, tops: String, bottoms: String
    ) {
        self.name = name
        self.stack = stack
        self.isMonospaced = isMonospaced
        self.ascent = Double(ascent) / 1000
        self.descent = Double(descent) / 1000
        self.sideBearing = Double(sideBearing) / 1000
        self.regular = Advances(Self.numbers(regular))
        self.bold = Advances(Self.numbers(bold))
        self.regularInk = Self.numbers(regularInk).map { Double($0) / 1000 }
        self.boldInk = Self.numbers(boldInk).map { Double($0) / 1000 }
        inks = zip(Self.numbers(tops), Self.numbers(bottoms)).map { GlyphInk(top: $0, bottom: $1) }
    }

    /// Whether its strokes end in serifs.
    var isSerif: Bool { name.contains("Serif") }
    /// The height of flat capitals.
    var capHeight: Double { inkTop(of: "H") }
    /// The height of flat small letters.
    var xHeight: Double { inkTop(of: "x") }
    /// The height of small letters with a stem upwards.
    var ascender: Double { inkTop(of: "d") }
    /// How far small letters with a stem downwards reach below the baseline.
    var descender: Double { inkBottom(of: "p") }
    /// The height of flat digits.
    var digitHeight: Double { inkTop(of: "7") }

    /// The sum of the advances; a character that was not measured counts as the mean of those that were.
    func width(of text: String, isBold: Bool) -> Double {
        let advances = isBold ? bold : regular
        return text.reduce(0) { $0 + advances[Self.places[$1]] }
    }

    /// The area of the ink, in squares of the font size; a character that was not measured counts as none.
    func inkArea(of text: String, isBold: Bool) -> Double {
        let areas = isBold ? boldInk : regularInk
        return text.reduce(0) { $0 + (Self.places[$1].map { areas[$0] } ?? 0) }
    }

    /// The ink's highest point above the baseline; 0 where no character is known to have ink.
    func inkTop(of text: String) -> Double { inks(of: text).map(\.top).max() ?? 0 }

    /// The ink's lowest point below the baseline; with the highest one it makes the height of the ink. 0 for flat
    /// letters, some 0.01 for round ones, negative for what floats, such as a dash; 0 where no ink is known of.
    func inkBottom(of text: String) -> Double { inks(of: text).map(\.bottom).max() ?? 0 }

    private func inks(of text: String) -> [GlyphInk] {
        text.compactMap { character in Self.places[character].flatMap { inks[$0] } }
    }

    private static func numbers(_ row: String) -> [Int] {
        row.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }
}

/// Advances of one weight in em.
private struct Advances: Equatable {
    private let known: [Double?]
    private let mean: Double

    /// From 1/1000 em, 0 where unknown.
    init(_ row: [Int]) {
        known = row.map { $0 > 0 ? Double($0) / 1000 : nil }
        let advances = known.compactMap { $0 }
        mean = advances.reduce(0, +) / Double(max(1, advances.count))
    }

    /// The advance of a character by its place in the row.
    subscript(place: Int?) -> Double { place.flatMap { known[$0] } ?? mean }
}

/// How far a character's ink reaches, in em above and below the baseline.
private struct GlyphInk: Equatable {
    let top, bottom: Double

    /// From 1/1000 em above the baseline; nil where there is no ink.
    init?(top: Int, bottom: Int) {
        guard top > bottom else { return nil }
        self.top = Double(top) / 1000
        self.bottom = Double(-bottom) / 1000
    }
}
