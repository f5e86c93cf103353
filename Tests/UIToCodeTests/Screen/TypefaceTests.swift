// Measures of typefaces, held against what Chromium and FreeType measure of the same font files.
import Testing

@testable import UIToCode

@Suite struct TypefaceTests {
    private static let ascii = String(String.UnicodeScalarView((32...126).compactMap { Unicode.Scalar($0) }))
    private static let texts = [ascii, "Create your account", "Total: $1,284.50 (12%)", "Illuminated — 20 × 4…"]

    private func typeface(_ name: String) throws -> Typeface {
        try #require(Typeface.all.first { $0.name == name })
    }

    /// Expected: widths of elements in Chromium at 1000px, kerning and ligatures off, bold as `font-weight: 600`.
    @Test(arguments: [
        ("Inter", [52.719, 9.668, 10.602, 10.619], [54.538, 9.901, 10.951, 10.776]),
        ("Liberation Sans", [50.061, 9.005, 10.173, 10.2], [52.368, 9.669, 10.394, 10.642]),
        ("Roboto", [48.582, 8.943, 9.961, 9.609], [49.47, 9.07, 10.245, 9.803]),
        ("Open Sans", [50.556, 9.413, 10.177, 10.389], [51.813, 9.767, 10.398, 10.681]),
        ("Lato", [49.936, 8.953, 10.03, 9.761], [50.318, 9.006, 10.069, 9.81]),
        ("DejaVu Sans", [56.728, 10.213, 11.57, 11.643], [62.616, 11.426, 12.899, 12.731]),
        ("Liberation Serif", [48.459, 8.052, 9.387, 9.674], [50.846, 8.72, 9.777, 10.071]),
        ("DejaVu Serif", [58.814, 10.358, 11.652, 11.839], [63.368, 11.352, 12.821, 12.883]),
        ("DejaVu Sans Mono", [57.195, 11.439, 13.245, 12.643], [57.195, 11.439, 13.245, 12.643]),
        ("Liberation Mono", [57.009, 11.402, 13.202, 12.602], [57.009, 11.402, 13.202, 12.602]),
    ])
    func widthsAreThoseOfABrowser(name: String, regular: [Double], bold: [Double]) throws {
        let typeface = try typeface(name)
        for (text, (regular, bold)) in zip(Self.texts, zip(regular, bold)) {
            let rounding = 0.0005 * Double(text.count)
            #expect(abs(typeface.width(of: text, isBold: false) - regular) < rounding, "\(text)")
            #expect(abs(typeface.width(of: text, isBold: true) - bold) < rounding, "\(text)")
        }
    }

    /// Expected: top and bottom of the ink of "Home", "page" and "ace", as Pillow draws them with FreeType at 1000px.
    @Test(arguments: [
        ("Inter", (0.728, 0.012), (0.553, 0.216), (0.553, 0.013)),
        ("Liberation Sans", (0.688, 0.010), (0.538, 0.208), (0.538, 0.010)),
        ("Roboto", (0.711, 0.010), (0.538, 0.208), (0.538, 0.010)),
        ("Open Sans", (0.714, 0.010), (0.545, 0.240), (0.545, 0.010)),
        ("Lato", (0.717, 0.007), (0.516, 0.183), (0.516, 0.008)),
        ("DejaVu Sans", (0.729, 0.014), (0.560, 0.208), (0.560, 0.014)),
        ("Liberation Serif", (0.655, 0.010), (0.514, 0.216), (0.471, 0.010)),
        ("DejaVu Serif", (0.729, 0.014), (0.533, 0.222), (0.533, 0.014)),
        ("DejaVu Sans Mono", (0.729, 0.014), (0.560, 0.215), (0.560, 0.014)),
        ("Liberation Mono", (0.659, 0.010), (0.539, 0.208), (0.538, 0.010)),
    ])
    func inkReachesAsFarAsItIsDrawn(
        name: String, home: (Double, Double), page: (Double, Double), ace: (Double, Double)
    ) throws {
        let typeface = try typeface(name)
        for (text, (top, bottom)) in zip(["Home", "page", "ace"], [home, page, ace]) {
            #expect(abs(typeface.inkTop(of: text) - top) < 0.003, "\(text)")
            #expect(abs(typeface.inkBottom(of: text) - bottom) < 0.003, "\(text)")
        }
    }

    /// Expected: the areas of the letters of "Home" and "page 12", each by itself, as Pillow draws them at 1000px, where
    /// pixels are full of ink; regular, then the bold weight of the table.
    @Test(arguments: [
        ("Inter", [0.568, 0.774], [0.799, 1.073]),
        ("Liberation Sans", [0.556, 0.772], [0.802, 1.091]),
        ("Roboto", [0.573, 0.759], [0.831, 1.086]),
        ("Open Sans", [0.533, 0.714], [0.719, 0.95]),
        ("Lato", [0.54, 0.72], [0.643, 0.85]),
        ("DejaVu Sans", [0.621, 0.851], [1.079, 1.438]),
        ("Liberation Serif", [0.463, 0.557], [0.696, 0.826]),
        ("DejaVu Serif", [0.627, 0.77], [1.011, 1.235]),
        ("DejaVu Sans Mono", [0.574, 0.825], [0.803, 1.19]),
        ("Liberation Mono", [0.522, 0.767], [0.725, 1.079]),
    ])
    func thereIsAsMuchInkAsIsDrawn(name: String, regular: [Double], bold: [Double]) throws {
        let typeface = try typeface(name)
        for (text, (regular, bold)) in zip(["Home", "page 12"], zip(regular, bold)) {
            #expect(abs(typeface.inkArea(of: text, isBold: false) - regular) < 0.006, "\(text)")
            #expect(abs(typeface.inkArea(of: text, isBold: true) - bold) < 0.006, "\(text)")
        }
    }

    @Test func everyTypefaceHasAllOfASCII() {
        #expect(Typeface.all.count == 10)
        for typeface in Typeface.all {
            for character in Self.ascii.map(String.init) {
                #expect(typeface.width(of: character, isBold: false) > 0, "\(typeface.name): \(character)")
                #expect(typeface.width(of: character, isBold: true) > 0, "\(typeface.name): \(character)")
                let height = typeface.inkTop(of: character) + typeface.inkBottom(of: character)
                #expect(height > 0 || character == " ", "\(typeface.name): \(character)")
            }
        }
    }

    @Test func monospacedTypefacesAdvanceEquallyAndOthersDoNot() {
        for typeface in Typeface.all {
            let widths = Set(Self.ascii.map { typeface.width(of: String($0), isBold: false) })
            #expect((widths.count == 1) == typeface.isMonospaced, "\(typeface.name)")
        }
        #expect(Typeface.all.filter(\.isMonospaced).map(\.name) == ["DejaVu Sans Mono", "Liberation Mono"])
    }

    @Test func heightsOfLettersAreInOrder() {
        for typeface in Typeface.all {
            #expect(typeface.xHeight < typeface.capHeight && typeface.capHeight <= typeface.ascender)
            #expect(typeface.ascender < typeface.ascent && typeface.descender < typeface.descent)
            #expect(abs(typeface.digitHeight - typeface.capHeight) < 0.05 && typeface.sideBearing > 0)
        }
    }

    @Test func whatFloatsAboveTheBaselineHasANegativeBottom() throws {
        let inter = try typeface("Inter")
        #expect(inter.inkTop(of: "–") == 0.351 && inter.inkBottom(of: "–") == -0.273)
    }

    @Test func unknownCharactersCountAsTheMeanAndHaveNoInk() throws {
        let roboto = try typeface("Roboto")
        let mean = roboto.width(of: "é", isBold: false)
        #expect(mean > roboto.width(of: "i", isBold: false) && mean < roboto.width(of: "m", isBold: false))
        #expect(roboto.width(of: "✓", isBold: false) == mean)  // the font has no such glyph
        #expect(roboto.inkTop(of: "é ✓") == 0 && roboto.inkBottom(of: "é ✓") == 0)
        #expect(roboto.width(of: "", isBold: true) == 0)
    }
}
