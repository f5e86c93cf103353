// Pieces of ink → words → lines. Letters of a word stand close, words of a line a space apart, and icons beside words are
// higher than these.
import Render

extension ScreenScan {
    mutating func findLines() {
        var glyphs: [InkBlob] = []
        let thin = Self.mostRule + 3
        for (number, blob) in blobs.enumerated() where blob.count >= 2 && !isRim(Int32(number)) {
            if tick(Int32(number)) { continue }
            let rect = PixelRect(xs: blob.left..<blob.right, ys: blob.top..<blob.bottom)
            let isUpright = blob.width <= thin && blob.height >= 24 && !isStem(rect)
            if blob.density > 0.7, isUpright || blob.height <= thin && blob.width >= 24 {
                rules.append((rect, modeColour(in: rect)))
            } else if blob.height > Self.mostLineHeight || blob.width > 260 && blob.height > 40
                || blob.density < 0.25 && min(blob.width, blob.height) >= 24
            {
                pictures.append(rect)
            } else {
                glyphs.append(blob)
            }
        }
        let words = Self.strings(of: glyphs, isNext: Self.isSameWord)
        let found = Self.strings(of: words.map(\.ink), isNext: Self.isSameLine)
        for line in found {
            let ink = line.ink
            let parts = line.members.flatMap { words[$0].members.map { glyphs[$0] } }
            let rect = PixelRect(xs: ink.left..<ink.right, ys: ink.top..<ink.bottom)
            guard ink.height >= 2, ink.count >= 3 else { continue }
            guard ink.height <= Self.mostLineHeight else {
                pictures.append(rect)
                continue
            }
            let ground = boxOfGround[ink.ground].map { boxes[$0] }
            let around = groundAround(rect, region: ink.ground) ?? ground?.colour ?? RGB(255, 255, 255)
            lines.append(
                InkLine(
                    rect: rect, ground: around, colour: strongest(in: rect, from: around), pieces: parts))
        }
    }

    // Whether ink is only the soft edge of a box: its rim, or one of its corners.
    private func isRim(_ number: Int32) -> Bool {
        let blob = blobs[Int(number)]
        let rect = PixelRect(xs: blob.left..<blob.right, ys: blob.top..<blob.bottom)
        return boxes.dropFirst().contains { box in
            let outer = box.rect.widened(by: 2)
            guard outer.contains(rect) else { return false }
            if blob.density < 0.5, hugs(number, box), isBlend(number, of: box) { return true }
            // Of a corner it touches both sides, and is no larger than corners are.
            let most = max(box.radius, Self.mostCorner) + 3
            guard blob.width <= most, blob.height <= most else { return false }
            let isAtSide =
                rect.xs.lowerBound <= box.rect.xs.lowerBound || rect.xs.upperBound >= box.rect.xs.upperBound
            let isAtEnd =
                rect.ys.lowerBound <= box.rect.ys.lowerBound || rect.ys.upperBound >= box.rect.ys.upperBound
            return isAtSide && isAtEnd
        }
    }

    // Whether most of a piece lies along the edge of a box: a mark in a small box comes near to its sides, too.
    private func hugs(_ number: Int32, _ box: ScreenBox) -> Bool {
        let blob = blobs[Int(number)]
        let (width, height) = (Double(box.rect.width), Double(box.rect.height))
        let radius = Double(box.radius)
        let reach = 2.5 + Double(box.border?.width ?? 0)
        var near = 0
        for y in blob.top..<blob.bottom {
            for x in blob.left..<blob.right where numbers[y * map.width + x] == number {
                let across = abs(Double(x - box.rect.xs.lowerBound) + 0.5 - width / 2) - width / 2 + radius
                let down = abs(Double(y - box.rect.ys.lowerBound) + 0.5 - height / 2) - height / 2 + radius
                let outside = (max(across, 0) * max(across, 0) + max(down, 0) * max(down, 0)).squareRoot()
                if abs(outside + min(max(across, down), 0) - radius) <= reach { near += 1 }
            }
        }
        return 5 * near >= 4 * blob.count
    }

    // Whether the colours of a piece lie between those of a box, its border and what surrounds it: the outline of an icon
    // does not, though it runs along the ground that it encloses.
    private func isBlend(_ number: Int32, of box: ScreenBox) -> Bool {
        let blob = blobs[Int(number)]
        let colours = [box.colour, box.border?.colour, colourAround(box.rect)].compactMap { $0 }
        func range(_ levels: [UInt8]) -> ClosedRange<Int> {
            Int(levels.min() ?? 0) - Self.blendSlack...Int(levels.max() ?? 255) + Self.blendSlack
        }
        let (reds, greens, blues) = (
            range(colours.map(\.red)), range(colours.map(\.green)), range(colours.map(\.blue))
        )
        var between = 0
        for y in blob.top..<blob.bottom {
            for x in blob.left..<blob.right where numbers[y * map.width + x] == number {
                let colour = RGB(code: packed(x, y))
                let isBetween =
                    reds.contains(Int(colour.red)) && greens.contains(Int(colour.green))
                    && blues.contains(Int(colour.blue))
                if isBetween { between += 1 }
            }
        }
        return 3 * between >= 2 * blob.count
    }

    // Levels: compression and faint shadows move colours by less.
    private static let blendSlack = 40

    // A check mark in a small filled box becomes a picture in it, which no reader can take for a letter; the box is
    // ticked unless it is round.
    private mutating func tick(_ number: Int32) -> Bool {
        let blob = blobs[Int(number)]
        let rect = PixelRect(xs: blob.left..<blob.right, ys: blob.top..<blob.bottom)
        guard isTickMark(number),
            let box = boxes.indices.dropFirst().filter({ boxes[$0].rect.contains(rect) })
                .min(by: { boxes[$0].rect.area < boxes[$1].rect.area })
        else { return false }
        let around = boxes[box].rect
        let isAlone = !blobs.indices.contains { other in
            let ink = blobs[other]
            return other != Int(number) && ink.left < around.xs.upperBound - 2 && ink.right > around.xs.lowerBound + 2
                && ink.top < around.ys.upperBound - 2 && ink.bottom > around.ys.lowerBound + 2
                && !isRim(Int32(other))
        }
        guard Self.tickSides.contains(around.width), abs(around.width - around.height) <= 1, isAlone else {
            return false
        }
        pictures.append(rect)
        boxes[box].isTicked = 5 * boxes[box].radius <= 2 * around.width
        return true
    }

    // Pixels: check boxes are as wide and high.
    private static let tickSides = 12...24

    // Whether a piece runs from the left down to a corner and from there farther up to the right, in one stroke.
    private func isTickMark(_ number: Int32) -> Bool {
        let blob = blobs[Int(number)]
        guard blob.width >= 5, blob.height >= 4, blob.width <= 20, blob.height <= 20, blob.density < 0.65 else {
            return false
        }
        let strokes = (blob.left..<blob.right).map { x in
            (blob.top..<blob.bottom).filter { numbers[$0 * map.width + x] == number }
        }
        let (tops, ends) = (strokes.compactMap(\.first), strokes.compactMap(\.last))
        guard let low = ends.max(), let first = ends.firstIndex(of: low), let last = ends.lastIndex(of: low),
            let left = tops.prefix(1 + blob.width * 2 / 5).min()
        else { return false }
        let (down, up) = (ends[...first], ends[last...])
        let isCorner = 10 * (first + last) >= 3 * blob.width && 10 * (first + last) <= 11 * blob.width
        return isCorner && zip(down, down.dropFirst()).allSatisfy { $0 <= $1 }
            && zip(up, up.dropFirst()).allSatisfy { $0 >= $1 } && 5 * (left - blob.top) >= blob.height
            && 5 * (ends[ends.count - 1] - blob.top) <= 3 * blob.height && 5 * (low - ends[0]) >= blob.height
    }

    // Neighbours of one ground whose boxes a relation joins; each with the numbers of its members.
    private static func strings(
        of blobs: [InkBlob], isNext: (InkBlob, InkBlob) -> Bool
    ) -> [(ink: InkBlob, members: [Int])] {
        let order = blobs.indices.sorted { (blobs[$0].left, $0) < (blobs[$1].left, $1) }
        var sets = DisjointSets(count: blobs.count)
        for (position, first) in order.enumerated() {
            for second in order[(position + 1)...] {
                if blobs[second].left - blobs[first].right > 60 { break }
                if isNext(blobs[first], blobs[second]) { sets.join(first, second) }
            }
        }
        var groups: [Int: [Int]] = [:]
        for index in order { groups[sets.root(of: index), default: []].append(index) }
        return groups.keys.sorted().map { key in
            let members = groups[key]!
            let ink = members.dropFirst().reduce(blobs[members[0]]) { $0.union(blobs[$1]) }
            return (ink, members)
        }
    }

    private static func sharesRows(_ first: InkBlob, _ second: InkBlob) -> Bool {
        let shared = min(first.bottom, second.bottom) - max(first.top, second.top)
        if 2 * shared >= min(first.height, second.height) { return true }
        // Commas hang below the line.
        let (mark, other) = first.height < second.height ? (first, second) : (second, first)
        return 5 * mark.height <= 4 * other.height && mark.top >= other.top && mark.top <= other.bottom
            && mark.width <= other.height
    }

    // Letters of a word, and the parts of one letter above each other.
    private static func isSameWord(_ first: InkBlob, _ second: InkBlob) -> Bool {
        guard first.ground == second.ground else { return false }
        let (low, high) = (min(first.height, second.height), max(first.height, second.height))
        let gap = second.left - first.right
        if gap < 0, second.right <= first.right + 2 || second.left <= first.left + 2 {
            let apart = max(first.top, second.top) - min(first.bottom, second.bottom)
            // A dot, an accent, a bar of an equals sign; not a letter of the next line.
            guard 2 * low <= high || high <= 7 else { return false }
            return Double(apart) <= max(2, 0.22 * Double(high)) && high <= 40
                && max(first.width, second.width) <= 3 * high
        }
        guard sharesRows(first, second), Double(high) <= 2.6 * Double(low) || low <= 5 else {
            return false
        }
        return Double(gap) <= max(2, 0.32 * Double(min(high, 2 * low)))
    }

    // Words of a line: a space is about 0.3 of the font size, which is about 1.35 capitals.
    private static func isSameLine(_ first: InkBlob, _ second: InkBlob) -> Bool {
        guard first.ground == second.ground, sharesRows(first, second) else { return false }
        let (low, high) = (min(first.height, second.height), max(first.height, second.height))
        // A comma, a dot, a dash; not a small word beside a large one.
        let mark = first.height < second.height ? first : second
        let isSlight = mark.height <= 5 || 5 * mark.width <= high && 20 * mark.height <= 9 * high
        let isMark = 2 * low <= high && isSlight
        guard isMark || 8 * high <= 15 * low else { return false }
        // An icon beside words is higher than they are, above and below.
        let (tall, other) = first.height > second.height ? (first, second) : (second, first)
        let isIcon =
            4 * tall.height >= 5 * other.height && tall.top < other.top && tall.bottom > other.bottom
            && 3 * tall.width <= 4 * tall.height && 3 * tall.height <= 4 * tall.width
        if isIcon, !isMark, Double(second.left - first.right) >= 0.2 * Double(tall.height) {
            return false
        }
        let size = 1.35 * Double(isMark ? high : min(high, Int(1.35 * Double(low))))
        return Double(second.left - first.right) <= max(3, 0.52 * size)
    }
}
