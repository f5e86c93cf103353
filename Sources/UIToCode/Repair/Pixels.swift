// The colours of a picture, asked for by CSS pixel: which one fills a region, which one its text is written in, where
// edges run. Regions that reach beyond the picture are cut at its border.
import Media
import Render

/// A picture that is looked at in CSS pixels.
struct Pixels: Sendable {
    private let image: Image
    private let scale: Double
    /// CSS pixels.
    let width, height: Int

    init(_ image: Image, scale: Double) {
        self.image = image
        self.scale = scale
        width = max(1, Int((Double(image.width) / scale).rounded()))
        height = max(1, Int((Double(image.height) / scale).rounded()))
    }

    /// The colour in the middle of a CSS pixel, which must lie inside.
    subscript(x: Int, y: Int) -> RGB {
        let column = min(image.width - 1, Int((Double(x) + 0.5) * scale))
        let row = min(image.height - 1, Int((Double(y) + 0.5) * scale))
        let start = (row * image.width + column) * 3
        return RGB(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
    }

    /// The whole CSS pixels of a box that lie inside; nil when there are none.
    func columnsAndRows(of box: Box) -> (columns: Range<Int>, rows: Range<Int>)? {
        let left = max(0, Int(box.x.rounded())), right = min(width, Int(box.right.rounded()))
        let top = max(0, Int(box.y.rounded())), bottom = min(height, Int(box.bottom.rounded()))
        guard left < right, top < bottom else { return nil }
        return (left..<right, top..<bottom)
    }

    /// The colours in a box, outside other boxes; of large boxes an even selection of about 10,000.
    func colours(in box: Box, outside holes: [Box] = []) -> [RGB] {
        guard let (columns, rows) = columnsAndRows(of: box) else { return [] }
        let step = max(1, Int((Double(columns.count * rows.count) / 10_000).squareRoot()))
        let holes = holes.filter { $0.intersection(box) != nil }
        var colours: [RGB] = []
        for y in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
            let inRow = holes.filter { $0.y <= Double(y) + 0.5 && Double(y) + 0.5 < $0.bottom }
            for x in stride(from: columns.lowerBound, to: columns.upperBound, by: step) {
                let middle = Double(x) + 0.5
                if inRow.contains(where: { $0.x <= middle && middle < $0.right }) { continue }
                colours.append(self[x, y])
            }
        }
        return colours
    }

    /// How much of a box is covered by ink, above 0 and at most 1: the mean difference from the ground over the largest;
    /// nil without ink.
    func coverage(of box: Box) -> Double? {
        guard let ink = Ink(in: self, box: box) else { return nil }
        let differences = colours(in: box).map { $0.distance(to: ink.ground) }
        guard let most = differences.max(), most > 0 else { return nil }
        return Double(differences.reduce(0, +)) / Double(differences.count * most)
    }

    /// The part of the picture under a box, in its own pixels; nil when nothing of it lies inside.
    func crop(_ box: Box) -> Image? {
        let left = max(0, Int((box.x * scale).rounded())), right = min(image.width, Int((box.right * scale).rounded()))
        let top = max(0, Int((box.y * scale).rounded()))
        let bottom = min(image.height, Int((box.bottom * scale).rounded()))
        guard left < right, top < bottom else { return nil }
        return image.cropped(x: left, y: top, width: right - left, height: bottom - top)
    }
}

/// The colour that fills a region.
struct Fill: Sendable, Equatable {
    var colour: RGB
    /// How much of the region has it, 0 to 1.
    var share: Double

    /// How far a channel may be off and still count as the same colour: what JPEG leaves of a flat area.
    static let slack = 6

    /// The most frequent colour, which with its neighbours in colour fills the largest part; nil without colours.
    ///
    /// Ties go to the darker colour, red first.
    init?(of colours: [RGB]) {
        var counts: [RGB: Int] = [:]
        for colour in colours { counts[colour, default: 0] += 1 }
        guard let most = counts.max(by: { ($0.value, $1.key.code) < ($1.value, $0.key.code) })?.key else { return nil }
        let alike = colours.filter { $0.distance(to: most) <= Self.slack }
        colour = most
        share = Double(alike.count) / Double(colours.count)
    }

    init(colour: RGB, share: Double) {
        self.colour = colour
        self.share = share
    }
}

/// The colour a text is written in, as a picture shows it.
struct Ink: Sendable, Equatable {
    /// What lies around the letters.
    var ground: RGB
    /// The colour of the pixels that differ most from the ground. Thin letters are paler than their true colour.
    var colour: RGB

    /// Looks at the pixels of a line of text; nil when they are all alike.
    init?(in pixels: Pixels, box: Box) {
        let around = Box(x: box.x - 2, y: box.y - 2, width: box.width + 4, height: box.height + 4)
        guard let ground = Fill(of: pixels.colours(in: around))?.colour else { return nil }
        let colours = pixels.colours(in: box)
        guard let farthest = colours.map({ $0.distance(to: ground) }).max(), farthest > 12 else { return nil }
        let limit = farthest * 9 / 10
        guard let colour = Fill(of: colours.filter { $0.distance(to: ground) >= limit })?.colour else { return nil }
        self.ground = ground
        self.colour = colour
    }
}

extension RGB {
    /// The largest difference of a channel, 0 to 255.
    func distance(to other: RGB) -> Int {
        max(
            abs(Int(red) - Int(other.red)),
            max(abs(Int(green) - Int(other.green)), abs(Int(blue) - Int(other.blue))))
    }

    /// Red, green, blue as one number.
    var code: Int { Int(red) << 16 | Int(green) << 8 | Int(blue) }

    /// The channels as numbers.
    var channels: [Double] { [Double(red), Double(green), Double(blue)] }

    /// The colour of these channels, rounded and cut to 0…255.
    init(channels: [Double]) {
        let bytes = channels.map { UInt8(min(255, max(0, $0)).rounded()) }
        self.init(bytes[0], bytes[1], bytes[2])
    }

    /// Reads `rgb(1, 2, 3)` and `rgba(1, 2, 3, 1)`, as browsers compute opaque colours; nil for anything else.
    init?(computed text: String) {
        guard let open = text.firstIndex(of: "("), text.hasPrefix("rgb"), text.hasSuffix(")") else { return nil }
        let parts = text[text.index(after: open)...].dropLast()
            .split(whereSeparator: { $0 == "," || $0 == " " || $0 == "/" }).compactMap { Double($0) }
        guard parts.count == 3 || (parts.count == 4 && parts[3] == 1) else { return nil }
        self.init(channels: Array(parts.prefix(3)))
    }
}
