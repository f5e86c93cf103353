// One line of ink seen as text: its baseline and letter heights give the font size, its strongest ink the colour.
import Media

/// A string of glyphs with what typography tells of it. Pixels of the picture.
struct TextLine {
    /// Font sizes in heights of capitals and ascenders: 1 / 0.735, the middle of common text fonts (0.71 to 0.76).
    static let sizeOfHeight = 1 / 0.735
    /// Above and below the baseline, in font sizes: the middle of what browsers take for a line of text.
    static let ascent = 0.95, descent = 0.24

    private let ink: InkBlob
    private let baseline: Double
    private let fontSize: Double
    private let colour: RGB

    /// Nil where the ink is not like text: too low, too high, or a single shape that is no letter.
    init?(_ glyphs: [InkBlob], map: RegionMap, image: Image, scale: Double) {
        let ink = glyphs.dropFirst().reduce(glyphs[0]) { $0.union($1) }
        guard TextLineSearch.heights.contains(Double(ink.height) / scale) else { return nil }
        guard Self.looksLikeText(ink, glyphs, scale: scale) else { return nil }
        guard map.shareOfOtherGrounds(in: ink) < 0.3 else { return nil }
        self.ink = ink
        let colours = InkColour(in: ink, map: map, image: image)
        let rows = RowProfile(ink, map: map, image: image, ground: colours.ground)
        baseline = Double(ink.top) + rows.baseline
        fontSize = max(1, (rows.baseline - rows.top) * Self.sizeOfHeight)
        colour = RGB(packed: colours.ink)
    }

    /// The line as browsers describe one: the box spans ascent and descent, from the first to the last ink.
    func box(scale: Double) -> TextBox {
        let top = baseline - Self.ascent * fontSize
        let box = Box(
            x: Double(ink.left) / scale, y: top / scale, width: Double(ink.width) / scale,
            height: (Self.ascent + Self.descent) * fontSize / scale)
        return TextBox(nil, box: box, colour: colour, fontSize: (fontSize / scale * 2).rounded() / 2)
    }

    /// A string of glyphs is broader than high; a single piece is a letter or a joined word when it is neither filled
    /// nor as large as the signs and pictures that stand beside text.
    private static func looksLikeText(_ ink: InkBlob, _ glyphs: [InkBlob], scale: Double) -> Bool {
        let letters = glyphs.count { Double($0.height) >= 0.4 * Double(ink.height) }
        if letters >= 2 { return Double(ink.width) >= 0.7 * Double(ink.height) && ink.density < 0.85 }
        let aspect = Double(ink.width) / Double(ink.height)
        if aspect > 2 { return ink.density > 0.2 && ink.density < 0.8 }
        guard ink.density < 0.75, Double(ink.height) >= 7 * scale else { return false }
        return aspect < 1 && Double(ink.height) <= 15 * scale || aspect > 1.1 && Double(ink.height) <= 18 * scale
    }
}

extension RegionMap {
    /// How much of a box is ground, but not the ink's own: much within a ring or a frame, little within letters.
    fileprivate func shareOfOtherGrounds(in ink: InkBlob) -> Double {
        var others = 0
        for y in ink.top..<ink.bottom {
            for x in ink.left..<ink.right {
                let region = regions[y * width + x]
                if isGround[Int(region)] && region != ink.ground { others += 1 }
            }
        }
        return Double(others) / Double(ink.width * ink.height)
    }
}

/// Where capitals and ascenders begin and letters end, from how strong the ink is in every row of a line.
private struct RowProfile {
    /// In rows from the upper edge of the ink, with the share of a row that soft edges cover.
    let baseline: Double
    let top: Double

    init(_ ink: InkBlob, map: RegionMap, image: Image, ground: UInt32) {
        var sums: [Double] = []
        var peaks: [Double] = []
        for y in ink.top..<ink.bottom {
            var (sum, peak) = (0, 0)
            for x in ink.left..<ink.right where map.isInk(y * map.width + x) {
                let strength = InkColour.distance(image.colour(at: y * map.width + x), ground)
                sum += strength
                peak = max(peak, strength)
            }
            sums.append(Double(sum))
            peaks.append(Double(peak))
        }
        let strongest = max(1, peaks.max() ?? 1)
        top = 1 - min(1, peaks[0] / strongest)
        // The baseline is where ink falls off most sharply in the lower half: below it only descenders go on.
        sums += [0, 0]
        let last = sums.count - 2
        func drop(_ row: Int) -> Double { sums[row - 1] - sums[row] }
        let fall = (max(1, (last + 1) / 2)...last).max { drop($0) < drop($1) }!
        let (above, below) = (sums[fall - 1], sums[fall + 1])
        let share = above > below ? (sums[fall] - below) / (above - below) : 0
        baseline = Double(fall) + min(1, max(0, share))
    }
}

/// The colours of a line, 0xRRGGBB.
private struct InkColour {
    /// The most frequent colour of the line's ground.
    let ground: UInt32
    /// The most frequent of the colours that lie at least 0.8 as far from the ground's as the farthest does; of equally
    /// frequent ones the farthest. Thin letters hardly have a pixel of their full colour: what is found lies between.
    let ink: UInt32

    init(in ink: InkBlob, map: RegionMap, image: Image) {
        var grounds: [UInt32: Int] = [:]
        var inks: [UInt32: Int] = [:]
        for y in ink.top..<ink.bottom {
            for x in ink.left..<ink.right {
                let index = y * map.width + x
                if map.isInk(index) {
                    inks[image.colour(at: index), default: 0] += 1
                } else if map.regions[index] == ink.ground {
                    grounds[image.colour(at: index), default: 0] += 1
                }
            }
        }
        let ground = grounds.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0xffffff
        let distances = inks.keys.map { ($0, Self.distance($0, ground)) }
        let farthest = distances.map(\.1).max() ?? 0
        let strong = distances.filter { $0.1 * 10 >= farthest * 8 }
        let chosen = strong.max { (inks[$0.0]!, $0.1, $0.0) < (inks[$1.0]!, $1.1, $1.0) }
        self.ground = ground
        self.ink = chosen?.0 ?? ground
    }

    /// Sum of the differences of the channels.
    static func distance(_ first: UInt32, _ second: UInt32) -> Int {
        var sum = 0
        for shift: UInt32 in [0, 8, 16] { sum += abs(Int(first >> shift & 255) - Int(second >> shift & 255)) }
        return sum
    }
}
