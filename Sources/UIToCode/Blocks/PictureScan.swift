// What cutting asks of a picture: is a line quiet (nothing begins or ends along it), what colour has it, how far does
// one line differ from the next, what is the background of a rectangle, where does its content begin. All answers come
// from the pixels of the rectangle asked about and from nothing else. A line is a row or a column; *along* it run its
// pixels. Colours are compared by their most different channel, with a tolerance that grows with the picture's noise.
import Media
import Render

/// A picture that is being cut.
struct PictureScan {
    let image: Image
    /// Two colours whose channels differ by no more than this are the same: 4 for drawn pictures, 14 for pictures
    /// with compression noise.
    let tolerance: Int

    /// Looks at a picture's noise once.
    init(_ image: Image) {
        self.image = image
        tolerance = Self.isNoisy(image) ? 14 : 4
    }

    var bounds: PixelRect { PixelRect(x: 0, y: 0, width: image.width, height: image.height) }

    // Drawn pictures have flat colours, sharp edges and slow gradients; compression leaves small differences between
    // neighbours everywhere near edges.
    private static func isNoisy(_ image: Image) -> Bool {
        var small = 0
        var none = 0
        let width = image.width
        let step = max(1, image.height / 256)
        image.pixels.withUnsafeBufferPointer { pixels in
            for y in stride(from: 0, to: image.height, by: step) {
                for x in stride(from: 1, to: width, by: 1) {
                    let difference = distance(pixels, y &* width &+ x, y &* width &+ x &- 1)
                    if difference < 2 { none &+= 1 } else if difference <= 6 { small &+= 1 }
                }
            }
        }
        return small * 25 > none
    }

    // The largest difference of a channel between two pixels, given by their numbers.
    @inline(__always)
    private static func distance(_ pixels: UnsafeBufferPointer<UInt8>, _ first: Int, _ second: Int) -> Int {
        let (a, b) = (first &* 3, second &* 3)
        let red = abs(Int(pixels[a]) &- Int(pixels[b]))
        let green = abs(Int(pixels[a &+ 1]) &- Int(pixels[b &+ 1]))
        let blue = abs(Int(pixels[a &+ 2]) &- Int(pixels[b &+ 2]))
        return max(red, max(green, blue))
    }

    /// The colour of a pixel.
    func colour(x: Int, y: Int) -> RGB {
        let start = (y * image.width + x) * 3
        return RGB(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
    }

    /// Whether two colours are the same within the tolerance.
    func isSame(_ first: RGB, _ second: RGB) -> Bool {
        abs(Int(first.red) - Int(second.red)) <= tolerance && abs(Int(first.green) - Int(second.green)) <= tolerance
            && abs(Int(first.blue) - Int(second.blue)) <= tolerance
    }

    // MARK: Lines

    // Where a line's pixels lie: the number of the first, the step to the next, how many.
    private func walk(_ line: Int, in rect: PixelRect, _ direction: BlockDirection) -> (
        start: Int, step: Int, count: Int
    ) {
        direction == .column
            ? (line * image.width + rect.xs.lowerBound, 1, rect.width)
            : (rect.ys.lowerBound * image.width + line, image.width, rect.height)
    }

    /// The colour of a line in its middle.
    func colour(of line: Int, in rect: PixelRect, _ direction: BlockDirection) -> RGB {
        direction == .column
            ? colour(x: (rect.xs.lowerBound + rect.xs.upperBound) / 2, y: line)
            : colour(x: line, y: (rect.ys.lowerBound + rect.ys.upperBound) / 2)
    }

    /// Whether no pixel of a line stands out from the one before it, nor from the sixteenth before it, so that slow
    /// gradients are quiet and the soft end of a rounded border is not: nothing begins or ends there.
    func isQuiet(_ line: Int, in rect: PixelRect, _ direction: BlockDirection) -> Bool {
        let (start, step, count) = walk(line, in: rect, direction)
        return image.pixels.withUnsafeBufferPointer { pixels in
            var pixel = start
            let far = step &* 16
            let slow = tolerance &+ tolerance / 2
            for index in 1..<max(count, 1) {
                let before = pixel
                pixel &+= step
                if Self.distance(pixels, before, pixel) > tolerance { return false }
                if index >= 16, Self.distance(pixels, pixel &- far, pixel) > slow { return false }
            }
            return true
        }
    }

    /// How much of a line differs from another line, pixel by pixel: the longest unbroken stretch and the whole, as
    /// shares of its length.
    func change(
        from other: Int, to line: Int, in rect: PixelRect, _ direction: BlockDirection
    ) -> (longest: Double, whole: Double) {
        let (start, step, count) = walk(line, in: rect, direction)
        let offset = walk(other, in: rect, direction).start - start
        return image.pixels.withUnsafeBufferPointer { pixels in
            var (pixel, run, longest, whole) = (start, 0, 0, 0)
            for _ in 0..<count {
                if Self.distance(pixels, pixel, pixel &+ offset) > tolerance {
                    run &+= 1
                    whole &+= 1
                    if run > longest { longest = run }
                } else {
                    run = 0
                }
                pixel &+= step
            }
            return (Double(longest) / Double(count), Double(whole) / Double(count))
        }
    }

    /// The colour most pixels of a line have, and their share.
    func mode(of line: Int, in rect: PixelRect, _ direction: BlockDirection) -> (colour: RGB, share: Double) {
        var histogram = ColourHistogram()
        let (start, step, count) = walk(line, in: rect, direction)
        for index in 0..<count { histogram.add(image.pixels, at: (start + index * step) * 3) }
        return histogram.mode
    }

    /// How many of a rectangle's pixels have a colour, as a share.
    func share(of colour: RGB, in rect: PixelRect) -> Double {
        let count = rect.ys.reduce(0) { count, y in
            count + rect.xs.reduce(0) { $0 + (isSame(self.colour(x: $1, y: y), colour) ? 1 : 0) }
        }
        return Double(count) / Double(rect.area)
    }

    /// The longest unbroken stretch of a line that has a colour, as a share of its length.
    func longest(_ colour: RGB, in line: Int, of rect: PixelRect, _ direction: BlockDirection) -> Double {
        let (start, step, count) = walk(line, in: rect, direction)
        var (run, longest) = (0, 0)
        for index in 0..<count {
            let pixel = (start + index * step) * 3
            let here = RGB(image.pixels[pixel], image.pixels[pixel + 1], image.pixels[pixel + 2])
            run = isSame(here, colour) ? run + 1 : 0
            longest = max(longest, run)
        }
        return Double(longest) / Double(count)
    }

    // MARK: Rectangles

    /// The colour in which a rectangle's content lies: of the colours that at least a tenth of its border has, the one
    /// that most of its pixels have.
    func background(of rect: PixelRect) -> RGB {
        var border = ColourHistogram()
        for direction in [BlockDirection.column, .row] {
            let lines = rect.main(direction)
            for line in [lines.lowerBound, lines.upperBound - 1] {
                let (start, step, count) = walk(line, in: rect, direction)
                for index in 0..<count { border.add(image.pixels, at: (start + index * step) * 3) }
            }
        }
        let candidates = border.colours(ofShare: 0.1)
        guard candidates.count > 1 else { return border.mode.colour }
        var counts = [Int](repeating: 0, count: candidates.count)
        let step = max(1, rect.area / 20_000)
        for index in stride(from: 0, to: rect.area, by: step) {
            let here = colour(x: rect.xs.lowerBound + index % rect.width, y: rect.ys.lowerBound + index / rect.width)
            if let candidate = candidates.firstIndex(where: { isSame($0, here) }) { counts[candidate] += 1 }
        }
        let most = counts.max() ?? 0
        return zip(candidates, counts).first { $0.1 == most }?.0 ?? border.mode.colour
    }

    /// The rectangle without the quiet lines of the background's colour at its sides; nil when nothing else is left.
    func trimmed(_ rect: PixelRect, background: RGB) -> PixelRect? {
        guard let ys = trimmed(rect, background: background, .column) else { return nil }
        let rows = PixelRect(xs: rect.xs, ys: ys)
        return trimmed(rows, background: background, .row).map { PixelRect(xs: $0, ys: ys) }
    }

    private func trimmed(_ rect: PixelRect, background: RGB, _ direction: BlockDirection) -> Range<Int>? {
        let isContent = { (line: Int) in
            !isSame(colour(of: line, in: rect, direction), background) || !isQuiet(line, in: rect, direction)
        }
        let lines = rect.main(direction)
        guard let first = lines.first(where: isContent), let last = lines.last(where: isContent) else { return nil }
        return first..<last + 1
    }
}

/// Counts colours, and gathers them in bins of eight levels a channel, so that noise does not split a colour.
struct ColourHistogram {
    private var counts: [Int: Int] = [:]
    private var total = 0

    /// Counts the colour whose three bytes begin at `index`.
    mutating func add(_ pixels: [UInt8], at index: Int) {
        let colour = Int(pixels[index]) << 16 | Int(pixels[index + 1]) << 8 | Int(pixels[index + 2])
        counts[colour, default: 0] += 1
        total += 1
    }

    /// The commonest colour of the fullest bin, ties to the darker, and the bin's share; black when nothing was counted.
    var mode: (colour: RGB, share: Double) { bins.first.map { ($0.colour, $0.share) } ?? (RGB(0, 0, 0), 0) }

    /// The commonest colours of all bins that hold at least a share of what was counted, fullest first.
    func colours(ofShare share: Double) -> [RGB] { bins.filter { $0.share >= share }.map(\.colour) }

    // Fullest first, ties to the darker.
    private var bins: [(colour: RGB, share: Double)] {
        var bins: [Int: (count: Int, colour: Int, most: Int)] = [:]
        for (colour, count) in counts.sorted(by: { $0.key < $1.key }) {
            var bin = bins[colour & 0xF8F8F8] ?? (0, colour, 0)
            bin.count += count
            if count > bin.most { (bin.colour, bin.most) = (colour, count) }
            bins[colour & 0xF8F8F8] = bin
        }
        return bins.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { _, bin in
            let colour = RGB(UInt8(bin.colour >> 16), UInt8(bin.colour >> 8 & 255), UInt8(bin.colour & 255))
            return (colour, Double(bin.count) / Double(total))
        }
    }
}
