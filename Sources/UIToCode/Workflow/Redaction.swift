// What was typed, kept out of everything that is written: the places where it stood are filled with their own ground, the
// same pixels and the same words elsewhere too, and in texts it reads `•••`.
import Foundation
import Media
import Render

/// What is to be hidden.
struct Redaction: Sendable {
    /// What stands where something was typed.
    static let mark = "•••"
    /// Shorter words occur by chance.
    private static let shortestWord = 3
    /// The mean difference of a channel up to which two pictures of a text are the same.
    private static let sameness = 6.0

    /// Where something was typed.
    private struct Place: Sendable {
        /// The screen at the bottom.
        let root: Int
        /// In its own pixels, scrolled parts included.
        let box: Box
        /// In the window in which it was typed, and what it looked like there; nil for a place that was found by its words.
        let seen: (box: Box, picture: Image)?
    }

    private var places: [Place] = []
    /// What was typed, longest first.
    private let words: [String]

    /// Gathers what was typed, and where.
    init(_ typed: [Int: TypedText.Reading], _ course: Course) throws(WorkflowError) {
        words = typed.values.compactMap(\.text).map(\.trimmed).filter { $0.count >= Self.shortestWord }
            .sorted { ($1.count, $0) < ($0.count, $1) }
        for (index, event) in course.events.enumerated() where event.kind == .typing {
            let box = event.box.widened(by: 4)
            places.append(
                Place(
                    root: course.root(event.screenAfter), box: box.shifted(y: course.places[index].rootAfter),
                    seen: try course.frameAfter(index).part(in: box).map { (box: box, picture: $0) }))
        }
    }

    // MARK: Pictures

    /// A picture of a screen, with what was typed covered.
    ///
    /// - Parameters:
    ///   - root: the screen at the bottom.
    ///   - scrolled: where the picture begins on it.
    func covered(_ image: Image, root: Int, scrolled: Double) -> Image {
        let boxes = places.compactMap { place -> Box? in
            if place.root == root { return place.box.shifted(y: -scrolled) }
            guard let (box, picture) = place.seen, let part = image.part(in: box), part.width == picture.width,
                part.height == picture.height, part.difference(from: picture) <= Self.sameness
            else { return nil }
            return box
        }
        return image.filled(boxes)
    }

    /// Hides what a screen's page says of what was typed.
    ///
    /// - Returns: whether there is such a place that was not known before.
    mutating func add(_ texts: [TextBox], of root: Int, scrolled: Double) -> Bool {
        let found = texts.filter { $0.text.map(tells) ?? false }.map { $0.box.widened(by: 6).shifted(y: scrolled) }
            .filter { box in !places.contains { $0.root == root && $0.box.covers(box) } }
        places += found.map { Place(root: root, box: $0, seen: nil) }
        return !found.isEmpty
    }

    // MARK: Words

    /// Whether a text has what was typed in it, or is the beginning of it.
    func tells(_ text: String) -> Bool {
        let text = text.trimmed
        return words.contains { word in
            text.range(of: word, options: .caseInsensitive) != nil
                || text.count >= Self.shortestWord
                    && word.range(of: text, options: [.caseInsensitive, .anchored]) != nil
        }
    }

    /// A text without what was typed.
    func scrubbed(_ text: String) -> String {
        words.reduce(text) { $0.replacingOccurrences(of: $1, with: Self.mark, options: .caseInsensitive) }
    }

    /// Markup without what was typed, escaped or not.
    func scrubbed(markup: String) -> String {
        words.reduce(scrubbed(markup)) { markup, word in
            markup.replacingOccurrences(of: HTMLText.escaped(word), with: Self.mark, options: .caseInsensitive)
        }
    }

    /// An analysis without what was typed.
    func scrub(_ report: inout WorkflowReport) {
        report.summary.text = scrubbed(report.summary.text)
        for index in report.steps.indices {
            let step = report.steps[index]
            report.steps[index].text = step.action == .type ? Self.mark : nil
            report.steps[index].instruction = scrubbed(step.instruction)
            report.steps[index].effect = scrubbed(step.effect)
            report.steps[index].target?.label = step.target?.label.map { scrubbed($0) }
        }
        for index in report.screens.indices {
            report.screens[index].name = scrubbed(report.screens[index].name)
            report.screens[index].failure = report.screens[index].failure.map { scrubbed($0) }
        }
        for index in report.transitions.indices {
            report.transitions[index].label = scrubbed(report.transitions[index].label)
        }
        for index in report.notes.indices { report.notes[index].text = scrubbed(report.notes[index].text) }
    }
}

extension Box {
    /// Whether another box lies in it.
    fileprivate func covers(_ other: Box) -> Bool {
        other.x >= x && other.y >= y && other.right <= right && other.bottom <= bottom
    }
}

extension Image {
    /// The whole pixels of a box that lie in the picture; nil where there are none.
    func part(in box: Box) -> Image? {
        guard let (columns, rows) = range(of: box) else { return nil }
        return cropped(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
    }

    /// The mean difference of a channel from a picture of the same size.
    func difference(from other: Image) -> Double {
        precondition(width == other.width && height == other.height, "both are of one size")
        var sum = 0
        for (one, another) in zip(pixels, other.pixels) { sum += abs(Int(one) - Int(another)) }
        return Double(sum) / Double(pixels.count)
    }

    /// Each box in the colour that most of it has.
    func filled(_ boxes: [Box]) -> Image {
        let ranges = boxes.compactMap(range)
        guard !ranges.isEmpty else { return self }
        var pixels = pixels
        for (columns, rows) in ranges {
            // Of 5 bits a channel; of each, the colour it was first seen in.
            var counts: [Int: (count: Int, first: Int)] = [:]
            for y in rows {
                for x in columns {
                    let start = (y * width + x) * 3
                    let key =
                        Int(pixels[start] >> 3) << 10 | Int(pixels[start + 1] >> 3) << 5 | Int(pixels[start + 2] >> 3)
                    counts[key, default: (0, start)].count += 1
                }
            }
            guard let ground = counts.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })?.value.first
            else {
                continue
            }
            let colour = Array(pixels[ground..<ground + 3])
            for y in rows {
                for x in columns { pixels.replaceSubrange((y * width + x) * 3..<(y * width + x) * 3 + 3, with: colour) }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    private func range(of box: Box) -> (columns: Range<Int>, rows: Range<Int>)? {
        func whole(_ from: Double, _ to: Double, _ limit: Int) -> Range<Int>? {
            let lower = Int(max(0, min(Double(limit), from.rounded(.down))))
            let upper = Int(max(0, min(Double(limit), to.rounded(.up))))
            return lower < upper ? lower..<upper : nil
        }
        guard let columns = whole(box.x, box.right, width), let rows = whole(box.y, box.bottom, height) else {
            return nil
        }
        return (columns, rows)
    }
}
