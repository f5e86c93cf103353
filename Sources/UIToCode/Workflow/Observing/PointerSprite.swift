// The looks of a pointer: the pixels that stood out from what lay beneath when it was seen to move, more of them on each
// new ground. They are found again on any ground, since what has never stood out is not asked.
import Media

/// A pointer as it looks.
struct PointerSprite {
    let width: Int
    let height: Int
    /// The hot spot, from the top left pixel.
    private(set) var tip: (x: Int, y: Int)
    /// The pixels that are its own: row by row, the level of each; nil where none has stood out.
    private var levels: [Int?]
    /// The same as a list, the dark ones first, and how many are dark.
    private var pixels: [(x: Int, y: Int, level: Int)] = []
    private var darkCount = 0
    /// How far they stood out, in levels, on average.
    private var contrast: Double
    /// Whether all are of nearly one level, such as the white of a hand on a dark ground.
    private var isPlain = false

    /// Levels from which on a pixel stands out.
    private static let standsOut = 24
    /// Fewer pixels are no pointer.
    private static let leastPixels = 16
    /// Pixels that a first look compares.
    private static let glance = 48
    /// What its dark pixels, and its light ones, may be off, after the codec and its smooth edges: a part of its
    /// contrast, and at most so many levels.
    private static let (tolerance, mostLevels) = (0.33, 44.0)
    /// Fewer dark or light pixels are not asked by themselves.
    private static let leastGroup = 8
    /// Levels that one colour spreads over; around such a thing, this part of its rectangle must be of another, by this
    /// part of the contrast that it was seen with.
    private static let (plainSpread, leastAround, aroundPart) = (20.0, 0.25, 0.4)

    /// Takes what stands out in a rectangle against the same place at another time, when the pointer was not there;
    /// nil where that is too little.
    init?(at rect: PixelRect, in plane: LumaPlane, ground: LumaPlane) {
        (width, height) = (rect.width, rect.height)
        levels = [Int?](repeating: nil, count: rect.area)
        contrast = 0
        tip = (0, 0)
        learn(at: rect.xs.lowerBound, rect.ys.lowerBound, in: plane, ground: ground)
        guard pixels.count >= Self.leastPixels else { return nil }
    }

    /// Learns more of its pixels where the pointer has come to another place.
    mutating func learn(at x: Int, _ y: Int, in plane: LumaPlane, ground: LumaPlane) {
        let rect = PixelRect(x: x, y: y, width: width, height: height)
        guard rect.clipped(width: plane.width, height: plane.height) == rect else { return }
        var (sum, count) = (0, 0)
        for row in 0..<height {
            for column in 0..<width {
                let index = (y + row) * plane.width + x + column
                let level = Int(plane.samples[index])
                let distance = abs(level - Int(ground.samples[index]))
                guard distance > Self.standsOut else { continue }
                sum += distance
                count += 1
                if levels[row * width + column] == nil { levels[row * width + column] = level }
            }
        }
        guard count > 0 else { return }
        contrast = max(contrast, Double(sum) / Double(count))
        pixels = levels.indices.compactMap { index in
            levels[index].map { (index % width, index / width, $0) }
        }
        let mean = Double(pixels.reduce(0) { $0 + $1.level }) / Double(pixels.count)
        let spread = pixels.reduce(0.0) { $0 + abs(Double($1.level) - mean) } / Double(pixels.count)
        isPlain = spread < Self.plainSpread
        let dark = pixels.filter { Double($0.level) < mean }
        let light = pixels.filter { Double($0.level) >= mean }
        darkCount = isPlain || min(dark.count, light.count) < Self.leastGroup ? 0 : dark.count
        pixels = dark + light
        tip = Self.tip(of: pixels, width, height)
    }

    /// Round things point with their middle, and so do text cursors; arrows and hands with their highest pixels.
    private static func tip(
        of pixels: [(x: Int, y: Int, level: Int)], _ width: Int, _ height: Int
    ) -> (x: Int, y: Int) {
        let count = Double(pixels.count)
        let meanX = Double(pixels.reduce(0) { $0 + $1.x }) / count
        let meanY = Double(pixels.reduce(0) { $0 + $1.y }) / count
        let shape = Double(width) / Double(height)
        let isCentered =
            abs(meanX - Double(width - 1) / 2) < 0.08 * Double(width)
            && abs(meanY - Double(height - 1) / 2) < 0.08 * Double(height)
        if isCentered, (0.8...1.25).contains(shape) || shape < 0.55 { return (width / 2, height / 2) }
        let highest = pixels.filter { $0.y <= 1 }
        let column = highest.isEmpty ? 0 : highest.reduce(0) { $0 + $1.x } / highest.count
        return (column, 0)
    }

    /// How far a plane is from showing the pointer at a place, in levels: by its dark pixels or by its light ones,
    /// whichever are further off. Infinite beyond `limit`, and where it would leave the plane.
    private func error(in plane: LumaPlane, x: Int, y: Int, step: Int, limit: Double) -> Double {
        guard x >= 0, y >= 0, x + width <= plane.width, y + height <= plane.height else { return .infinity }
        let dark = error(in: plane, x, y, 0..<darkCount, step, limit)
        return dark > limit ? .infinity : max(dark, error(in: plane, x, y, darkCount..<pixels.count, step, limit))
    }

    private func error(
        in plane: LumaPlane, _ x: Int, _ y: Int, _ range: Range<Int>, _ step: Int, _ limit: Double
    ) -> Double {
        guard !range.isEmpty else { return 0 }
        let count = (range.count + step - 1) / step
        let budget = Int(limit * Double(count))
        var sum = 0
        return plane.samples.withUnsafeBufferPointer { samples in
            var index = range.lowerBound
            while index < range.upperBound {
                let pixel = pixels[index]
                sum &+= abs(Int(samples[(y &+ pixel.y) &* plane.width &+ x &+ pixel.x]) &- pixel.level)
                if sum > budget { return .infinity }
                index &+= step
            }
            return Double(sum) / Double(count)
        }
    }

    private var limit: Double { min(Self.mostLevels, Self.tolerance * contrast) }

    /// Whether a thing of one colour stands out at a place, or has merged into a ground of that colour.
    private func standsOut(in plane: LumaPlane, x: Int, y: Int) -> Bool {
        guard isPlain, let level = pixels.first?.level else { return true }
        var (asked, others) = (0, 0)
        for row in 0..<height {
            for column in 0..<width where levels[row * width + column] == nil {
                asked += 1
                let sample = Int(plane.samples[(y + row) * plane.width + x + column])
                if Double(abs(sample - level)) > Self.aroundPart * contrast { others += 1 }
            }
        }
        return asked == 0 || Double(others) >= Self.leastAround * Double(asked)
    }

    /// Whether the pointer is seen with its top left pixel at a place.
    func isSeen(in plane: LumaPlane, x: Int, y: Int) -> Bool {
        error(in: plane, x: x, y: y, step: 1, limit: limit).isFinite && standsOut(in: plane, x: x, y: y)
    }

    /// Looks for the pointer with its top left pixel in a rectangle.
    ///
    /// - Returns: the best place and its error as a part of the contrast; nil where no place will do.
    func find(in plane: LumaPlane, topLeft: PixelRect) -> (x: Int, y: Int, error: Double)? {
        let step = max(1, pixels.count / Self.glance)
        var places: [(x: Int, y: Int, error: Double)] = []
        for y in topLeft.ys {
            for x in topLeft.xs {
                let error = error(in: plane, x: x, y: y, step: step, limit: 1.5 * limit)
                if error.isFinite { places.append((x, y, error)) }
            }
        }
        // The first look only ranks.
        let best = places.sorted { $0.error < $1.error }.prefix(12).map { place in
            (x: place.x, y: place.y, error: error(in: plane, x: place.x, y: place.y, step: 1, limit: limit) / contrast)
        }.filter { $0.error.isFinite && standsOut(in: plane, x: $0.x, y: $0.y) }
        return best.min { $0.error < $1.error }
    }
}
