// A scan and what a reader says of its lines → the parts of a page, each in its place, and the pictures that are cut out
// of the design for it.
import Foundation
import Media
import Render

/// The draft of a page, measured on its picture.
struct ScreenDraft {
    /// From back to front.
    private(set) var parts: [ScreenPart] = []
    /// Files that the parts show, by path.
    private(set) var pictures: [(path: String, bytes: [UInt8])] = []
    /// The ground of the whole page.
    let background: RGB
    /// Typefaces that the page may be set in, the likeliest first, or the one that was asked for; none for a page without
    /// words.
    let typefaces: [Typeface]

    private let image: Image
    private var scan: ScreenScan
    private var texts: [TypesetLine]
    // The ink of the lines that have words.
    private var readInk: [InkLine] = []

    /// A picture takes no larger part of the design: it would be the design itself.
    private static let mostPicture = 0.7

    /// Puts a page together.
    ///
    /// - Parameters:
    ///   - readings: one for each of `scan.lines`, in that order.
    ///   - typeface: that of the page; nil for the likeliest.
    init(
        _ image: Image, scan: ScreenScan, readings: [LineReading], typeface: Typeface? = nil
    ) throws(MediaError) {
        precondition(readings.count == scan.lines.count, "every line has one reading")
        self.image = image
        self.scan = scan
        background = scan.boxes[0].colour ?? RGB(255, 255, 255)
        var read: [ReadLine] = []
        var wordless: [PixelRect] = []
        for (line, reading) in zip(scan.lines, readings) {
            switch reading {
            case .text(let words, let isBold) where !words.isEmpty:
                // One letter again and again is what it is.
                let text = Set(words).count > 1 ? line.mask ?? words : words
                readInk.append(line)
                read.append(
                    ReadLine(
                        rect: line.rect, colour: line.colour, text: text, isBold: isBold,
                        ink: line.measured(in: image), gaps: line.gaps))
            case .text, .nothing:
                wordless.append(line.rect)
            }
        }
        typefaces = read.isEmpty ? [] : typeface.map { [$0] } ?? ScreenType.typefaces(of: read)
        texts = ScreenType.set(read, in: typefaces.first)
        let most = Self.mostPicture * Double(image.width * image.height)
        let shown = Self.clusters(of: wordless + scan.pictures).filter { Double($0.area) <= most }
        addBoxes(without: shown)
        for rule in scan.rules where !shown.contains(where: { $0.contains(rule.rect) }) {
            parts.append(ScreenPart(kind: .rule(rule.colour), box: Box(rule.rect)))
        }
        try addPictures(shown)
        addTexts()
    }

    /// The whole page, without its files.
    func page(fallbackTitle: String) -> String {
        let title = texts.filter { $0.line.text.count(where: \.isLetter) > 2 }.max {
            $0.size < $1.size
        }?.line.text
        return ScreenMarkup.document(
            parts: parts, width: Double(image.width), height: Double(image.height),
            background: background,
            title: title ?? fallbackTitle)
    }

    // MARK: Pictures

    /// Rectangles that touch or nearly touch, as one.
    private static func clusters(of rects: [PixelRect]) -> [PixelRect] {
        var clusters: [PixelRect] = []
        for rect in rects.sorted(by: { ($1.area, $0.ys.lowerBound) < ($0.area, $1.ys.lowerBound) }) {
            var whole = rect
            while let near = clusters.firstIndex(where: { $0.overlaps(whole.widened(by: 3)) }) {
                whole = whole.union(clusters.remove(at: near))
            }
            clusters.append(whole)
        }
        return clusters.sorted {
            ($0.ys.lowerBound, $0.xs.lowerBound) < ($1.ys.lowerBound, $1.xs.lowerBound)
        }
    }

    private mutating func addPictures(_ rects: [PixelRect]) throws(MediaError) {
        var paths: [[UInt8]: String] = [:]
        for rect in rects {
            guard let place = rect.widened(by: 1).clipped(width: image.width, height: image.height) else { continue }
            let bytes = try withoutTexts(place).encodedPNG()
            let path = paths[bytes] ?? "assets/picture-\(paths.count + 1).png"
            if paths[bytes] == nil {
                paths[bytes] = path
                pictures.append((path, bytes))
            }
            parts.append(ScreenPart(kind: .picture(path: path), box: Box(place)))
        }
    }

    // A part of the design, the lines of text on it painted over with their ground.
    private func withoutTexts(_ place: PixelRect) -> Image {
        let crop = image.cropped(
            x: place.xs.lowerBound, y: place.ys.lowerBound, width: place.width, height: place.height)
        var pixels = crop.pixels
        for line in readInk where line.rect.overlaps(place) {
            let rect = line.rect.widened(by: 1)
            for y in rect.ys.clamped(to: place.ys) {
                for x in rect.xs.clamped(to: place.xs) {
                    let start = 3 * ((y - place.ys.lowerBound) * place.width + x - place.xs.lowerBound)
                    (pixels[start], pixels[start + 1], pixels[start + 2]) = (
                        line.ground.red, line.ground.green, line.ground.blue
                    )
                }
            }
        }
        return Image(width: crop.width, height: crop.height, pixels: pixels)
    }

    // MARK: Boxes

    private mutating func addBoxes(without pictures: [PixelRect]) {
        for box in scan.boxes.dropFirst().sorted(by: { $0.rect.area > $1.rect.area }) {
            let isShown = pictures.contains { $0.contains(box.rect) }
            if isShown, !texts.contains(where: { box.rect.contains($0.line.rect) }) { continue }
            // The inside of a letter or of an icon.
            if scan.lines.contains(where: { $0.rect.contains(box.rect) }) { continue }
            let look = ScreenLook(
                background: box.colour, gradient: box.gradient, border: box.border,
                radius: Double(box.radius), shadow: box.shadow, isTicked: box.isTicked)
            parts.append(ScreenPart(kind: .box(look), box: Box(box.rect)))
        }
    }

    // MARK: Texts

    private mutating func addTexts() {
        for paragraph in paragraphs() {
            let first = paragraph[0]
            let pitch =
                paragraph.count > 1
                ? (paragraph[paragraph.count - 1].baseline - first.baseline) / Double(paragraph.count - 1)
                : nil
            let (ascent, descent) = (
                (first.typeface.ascent * first.size).rounded(),
                (first.typeface.descent * first.size).rounded()
            )
            // Half the leading is a whole pixel, so that letters stand where they stood.
            var height = pitch ?? (1.2 * first.size).rounded()
            if pitch == nil, Int(height - ascent - descent) % 2 != 0 { height += 1 }
            let top = first.baseline - ascent - ((height - ascent - descent) / 2).rounded(.down)
            let isCentred = Self.isCentred(paragraph)
            let left = paragraph.map(\.left).min() ?? first.left
            let width = paragraph.map { $0.left - left + $0.width }.max() ?? first.width
            let text = ScreenText(
                lines: paragraph.map(\.line.text), fontSize: first.size, lineHeight: height,
                isBold: first.line.isBold, colour: first.line.colour, family: first.typeface.stack,
                letterSpacing: first.spacing, alignment: isCentred ? .center : .left, holdsWidth: true)
            parts.append(
                ScreenPart(
                    kind: .text(text),
                    box: Box(x: left, y: top, width: width, height: height * Double(paragraph.count))))
        }
    }

    // Lines that go on from one to the next.
    private func paragraphs() -> [[TypesetLine]] {
        var open: [[TypesetLine]] = []
        let order = texts.sorted { ($0.baseline, $0.left) < ($1.baseline, $1.left) }
        for line in order {
            let before = open.firstIndex { goesOn($0, with: line) }
            if let before { open[before].append(line) } else { open.append([line]) }
        }
        return open
    }

    private func goesOn(_ paragraph: [TypesetLine], with line: TypesetLine) -> Bool {
        guard let last = paragraph.last, last.line.isBold == line.line.isBold, last.size == line.size,
            last.typeface == line.typeface, last.line.colour.distance(to: line.line.colour) <= 40
        else { return false }
        let pitch = line.baseline - last.baseline
        guard pitch >= 1.05 * line.size, pitch <= 1.85 * line.size else { return false }
        if let before = paragraph.dropLast().last, abs(pitch - (last.baseline - before.baseline)) > 1 {
            return false
        }
        let widest = paragraph.map(\.width).max() ?? 0
        guard last.width >= 0.6 * max(widest, line.width) else { return false }
        return abs(last.left - line.left) <= 2 || Self.isCentred(paragraph + [line])
    }

    private static func isCentred(_ lines: [TypesetLine]) -> Bool {
        guard lines.count > 1, let first = lines.first else { return false }
        let middle = first.left + first.width / 2
        let isLevel = lines.allSatisfy { abs($0.left - first.left) <= 2 }
        return !isLevel && lines.allSatisfy { abs($0.left + $0.width / 2 - middle) <= 3 }
    }
}

extension InkLine {
    /// How much ink there is, in pixels that are full of it, and how high it is; soft edges count for as much as they are
    /// inked.
    fileprivate func measured(in image: Image) -> (area: Double, height: Double) {
        func parts(_ colour: RGB) -> [Double] { [colour.red, colour.green, colour.blue].map(Double.init) }
        let base = parts(ground)
        let way = zip(parts(colour), base).map { $0 - $1 }
        let length = way.reduce(0) { $0 + $1 * $1 }
        guard length > 0, let place = rect.widened(by: 1).clipped(width: image.width, height: image.height) else {
            return (0, 0)
        }
        var area = 0.0
        var rows: [Double] = []
        for y in place.ys {
            var most = 0.0
            for x in place.xs {
                let start = 3 * (y * image.width + x)
                let way = (0..<3).reduce(0.0) { $0 + (Double(image.pixels[start + $1]) - base[$1]) * way[$1] }
                let share = min(1, max(0, way / length))
                area += share
                most = max(most, share)
            }
            rows.append(most)
        }
        // Thin strokes have no full pixel.
        let full = max(0.1, rows.sorted()[rows.count * 4 / 5])
        return (area, rows.reduce(0) { $0 + min(1, $1 / full) })
    }
}

extension Box {
    /// A rectangle of a picture with a pixel for every CSS pixel.
    fileprivate init(_ rect: PixelRect) {
        self.init(
            x: Double(rect.xs.lowerBound), y: Double(rect.ys.lowerBound), width: Double(rect.width),
            height: Double(rect.height))
    }
}
