// How alike two blocks of text are: by their words where both sides know them, else by how their ink lies and how near
// they are. Texts and rasters are prepared once.
import Media

/// Compares blocks of one result with blocks of one design; remembers what it prepared.
final class TextComparison {
    private let result: Sight
    private let design: Sight
    private let canvas: (width: Double, height: Double)
    private var scalars: [String: [UInt32]] = [:]
    private var designTexts: [String: SequenceRatio] = [:]
    private var ratios: [TextPair: Double] = [:]
    private var resultInk: [Place: InkRaster] = [:]
    private var designInk: [Place: InkRaster] = [:]

    init(result: Sight, design: Sight, canvas: (width: Double, height: Double)) {
        self.result = result
        self.design = design
        self.canvas = canvas
    }

    /// 0 to 1. With words on both sides, Python's `SequenceMatcher(None, result, design).ratio()`, told as 0 where the
    /// lengths alone keep it below a half. Without, agreement of the ink times nearness: the middles' distance, in
    /// font sizes of the design, counts nothing up to 1 and takes all away at 20.
    func similarity(_ found: TextBlock, _ expected: TextBlock) -> Double {
        if let text = found.text, let wanted = expected.text { return ratio(text, wanted) }
        let near = nearness(found, expected)
        guard near >= TextMatching.leastSimilarity else { return 0 }
        let ink = Self.raster(found.box, in: result, &resultInk)
        return ink.agreement(with: Self.raster(expected.box, in: design, &designInk)) * near
    }

    private func ratio(_ text: String, _ wanted: String) -> Double {
        if text == wanted { return 1 }
        let pair = TextPair(text: text, wanted: wanted)
        if let known = ratios[pair] { return known }
        let prepared = designTexts[wanted] ?? SequenceRatio(wanted)
        designTexts[wanted] = prepared
        let letters = scalars[text] ?? text.unicodeScalars.map(\.value)
        scalars[text] = letters
        let ratio = prepared.canReachHalf(with: letters) ? prepared.ratio(of: letters) : 0
        ratios[pair] = ratio
        return ratio
    }

    private func nearness(_ found: TextBlock, _ expected: TextBlock) -> Double {
        let (a, b) = (found.box.center, expected.box.center)
        let distance = max(abs(a.x - b.x), abs(a.y - b.y)) / max(1, expected.fontSize)
        return min(1, max(0, 1 - (distance - 1) / 19))
    }

    private static func raster(_ box: Box, in sight: Sight, _ known: inout [Place: InkRaster]) -> InkRaster {
        let place = Place(x: box.x, y: box.y, width: box.width, height: box.height)
        if let raster = known[place] { return raster }
        let raster = InkRaster(sight.image, scale: sight.scale, box: box)
        known[place] = raster
        return raster
    }

    private struct TextPair: Hashable {
        var text, wanted: String
    }

    private struct Place: Hashable {
        var x, y, width, height: Double
    }
}
