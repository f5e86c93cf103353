// How the ink of a line of text lies, without knowing its words: a small picture of fixed height, made for comparing.
import Media

/// The ink in a box of a picture, 16 rows high.
struct InkRaster: Equatable {
    static let rows = 16
    /// More columns are not told apart.
    static let mostColumns = 512

    /// At least 1.
    let columns: Int
    /// `[rows, columns]`, 0 for background, 1 for the strongest ink; empty where the box holds a single colour.
    let samples: [Float]

    /// Looks at the part of `box` that lies inside the picture.
    ///
    /// The background is the box's most frequent colour, ink is the greatest difference of a channel from it, over the
    /// greatest in the box. The box is cut to its ink from left to right, and kept as it is from top to bottom.
    init(_ image: Image, scale: Double, box: Box) {
        let left = max(0, Int((box.x * scale).rounded(.down)))
        let top = max(0, Int((box.y * scale).rounded(.down)))
        let right = min(image.width, Int((box.right * scale).rounded(.up)))
        let bottom = min(image.height, Int((box.bottom * scale).rounded(.up)))
        guard right > left, bottom > top else { (columns, samples) = (1, []); return }
        let crop = image.cropped(x: left, y: top, width: right - left, height: bottom - top)
        let ink = Self.ink(of: crop)
        let strongest = ink.max() ?? 0
        guard strongest > 8 else { (columns, samples) = (1, []); return }
        let (width, height) = (crop.width, crop.height)
        func hasInk(_ x: Int) -> Bool { (0..<height).contains { 4 * Int(ink[$0 * width + x]) >= Int(strongest) } }
        let first = (0..<width).first(where: hasInk) ?? 0
        let last = (0..<width).last(where: hasInk) ?? width - 1
        let inked = last - first + 1
        columns = max(1, min(Self.mostColumns, (inked * Self.rows + height / 2) / height))
        samples = Self.averaged(ink, stride: width, from: first, width: inked, height: height, columns: columns)
            .map { $0 / Float(strongest) }
    }

    /// How well the ink of two lines agrees, 0 to 1; 1 for equal rasters.
    ///
    /// The broader raster is narrowed to the other; 0 when it is more than 1.5 times as broad. From every row its mean
    /// is taken, since all text is dark in the middle and light at its edges; what is left is correlated, for shifts of
    /// up to 2 columns and 1 row, and the best is taken; below 0 counts as 0.
    func agreement(with other: InkRaster) -> Double {
        if self == other { return samples.isEmpty ? 0 : 1 }
        guard !samples.isEmpty, !other.samples.isEmpty else { return 0 }
        let (narrow, broad) = columns <= other.columns ? (self, other) : (other, self)
        guard 2 * broad.columns <= 3 * narrow.columns else { return 0 }
        let first = narrow.centred
        let second = broad.narrowed(to: narrow.columns).centred
        let power = first.reduce(0) { $0 + $1 * $1 } * second.reduce(0) { $0 + $1 * $1 }
        guard power > 0 else { return 0 }
        var best: Float = 0
        for down in -1...1 {
            for across in -2...2 { best = max(best, first.product(second, narrow.columns, across, down)) }
        }
        return min(1, Double(best / power.squareRoot()))
    }

    private func narrowed(to columns: Int) -> InkRaster {
        guard columns != self.columns else { return self }
        return InkRaster(
            columns: columns,
            samples: Self.averaged(
                samples, stride: self.columns, from: 0, width: self.columns, height: Self.rows, columns: columns))
    }

    private init(columns: Int, samples: [Float]) {
        self.columns = columns
        self.samples = samples
    }

    private var centred: [Float] {
        var result = softened
        for row in 0..<Self.rows {
            let range = row * columns..<(row + 1) * columns
            let mean = samples[range].reduce(0, +) / Float(columns)
            for index in range { result[index] -= mean }
        }
        return result
    }

    /// Every sample with a quarter of each neighbour in its row, so that strokes may lie a little apart.
    private var softened: [Float] {
        var result = samples
        for row in 0..<Self.rows {
            for x in 0..<columns {
                let left = samples[row * columns + max(0, x - 1)]
                let right = samples[row * columns + min(columns - 1, x + 1)]
                result[row * columns + x] = 0.5 * samples[row * columns + x] + 0.25 * (left + right)
            }
        }
        return result
    }

    /// Every pixel's greatest difference of a channel from the most frequent colour.
    private static func ink(of crop: Image) -> [Float] {
        let count = crop.width * crop.height
        var colours: [UInt32: Int] = [:]
        for index in 0..<count { colours[crop.colour(at: index), default: 0] += 1 }
        let background = colours.max { ($0.value, $0.key) < ($1.value, $1.key) }!.key
        let (red, green, blue) = (Int(background >> 16), Int(background >> 8 & 255), Int(background & 255))
        return (0..<count).map { index in
            let difference = max(
                abs(Int(crop.pixels[3 * index]) - red), abs(Int(crop.pixels[3 * index + 1]) - green),
                abs(Int(crop.pixels[3 * index + 2]) - blue))
            return Float(difference)
        }
    }

    /// Mean over the area that each new sample covers of the old ones.
    private static func averaged(
        _ source: [Float], stride: Int, from first: Int, width: Int, height: Int, columns: Int
    ) -> [Float] {
        let across = Coverage(from: width, to: columns)
        let down = Coverage(from: height, to: rows)
        var narrow = [Float](repeating: 0, count: height * columns)
        for y in 0..<height {
            for x in 0..<columns {
                narrow[y * columns + x] = across.mean(x) { source[y * stride + first + $0] }
            }
        }
        var result = [Float](repeating: 0, count: rows * columns)
        for y in 0..<rows {
            for x in 0..<columns { result[y * columns + x] = down.mean(y) { narrow[$0 * columns + x] } }
        }
        return result
    }
}

/// Which old samples a new one covers when an axis is scaled, and how much of each.
private struct Coverage {
    let step: Double
    let count: Int

    init(from old: Int, to new: Int) {
        step = Double(old) / Double(new)
        count = old
    }

    @inline(__always)
    func mean(_ index: Int, _ sample: (Int) -> Float) -> Float {
        let (start, end) = (Double(index) * step, Double(index + 1) * step)
        var sum: Float = 0
        var position = Int(start)
        while position < count, Double(position) < end {
            let share = min(end, Double(position + 1)) - max(start, Double(position))
            if share > 0 { sum += Float(share) * sample(position) }
            position += 1
        }
        return sum / Float(step)
    }
}

extension [Float] {
    /// Sum of products with another raster that is moved by `across` columns and `down` rows.
    fileprivate func product(_ other: [Float], _ columns: Int, _ across: Int, _ down: Int) -> Float {
        var sum: Float = 0
        for row in Swift.max(0, down)..<InkRaster.rows + Swift.min(0, down) {
            let (own, moved) = (row * columns, (row - down) * columns - across)
            let range = Swift.max(0, across)..<Swift.max(Swift.max(0, across), columns + Swift.min(0, across))
            for x in range { sum += self[own + x] * other[moved + x] }
        }
        return sum
    }
}

extension Image {
    /// 0xRRGGBB of a pixel, counted row by row.
    @inline(__always)
    func colour(at index: Int) -> UInt32 {
        UInt32(pixels[3 &* index]) << 16 | UInt32(pixels[3 &* index &+ 1]) << 8 | UInt32(pixels[3 &* index &+ 2])
    }
}
