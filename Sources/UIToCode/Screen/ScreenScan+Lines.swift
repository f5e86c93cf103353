// Pieces of ink → words → lines. Letters of a word stand close, words of a line a space apart, and icons beside words are
// higher than these.
import Render

extension ScreenScan {
    mutating func findLines() {
        var glyphs: [InkBlob] = []
        let thin = Self.mostRule + 3
        for blob in blobs where blob.count >= 2 && !isRim(blob) {
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
    private func isRim(_ blob: InkBlob) -> Bool {
        let rect = PixelRect(xs: blob.left..<blob.right, ys: blob.top..<blob.bottom)
        return boxes.dropFirst().contains { box in
            let outer = box.rect.widened(by: 2)
            guard outer.contains(rect) else { return false }
            if rect.isNear(box.rect, within: 3), blob.density < 0.5 { return true }
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
            return Double(apart) <= 0.35 * Double(high) && high <= 40
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
        let isSlight = mark.height <= 5 || 10 * mark.width <= 3 * high && 20 * mark.height <= 9 * high
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
