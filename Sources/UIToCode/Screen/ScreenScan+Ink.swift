// Ink of a screen that is no text: frames around boxes and straight rules. Both are taken out of the ink; what is left
// is counted in pieces again.
import Render

extension ScreenScan {
    // Rings of ink: those whose four sides are straight, and those around round boxes.
    mutating func findFrames() {
        for index in blobs.indices {
            let blob = blobs[index]
            guard blob.width >= 12, blob.height >= 10, blob.density < 0.5 else { continue }
            let rect = PixelRect(xs: blob.left..<blob.right, ys: blob.top..<blob.bottom)
            if isFrame(Int32(index), rect) {
                addFrame(Int32(index), rect)
            } else {
                addRing(Int32(index), rect)
            }
        }
    }

    private mutating func addFrame(_ number: Int32, _ rect: PixelRect) {
        let line = thickness(number, rect)
        guard line <= 4 else { return }
        let isSmall = min(rect.width, rect.height) < Self.mostSmallSide
        let border = ScreenBox.Border(
            width: line, colour: isSmall ? sideColour(rect) : inkColour(number, rect))
        let radius = radius(of: rect, edge: -0.75) { numbers[$1 * map.width + $0] == number }
        erase(number, in: rect, line: line + 1, corner: radius + 2)
        let inner = rect.inset(by: PixelInsets(top: line, right: line, bottom: line, left: line))
        let filling = boxes.indices.dropFirst().first {
            boxes[$0].border == nil && boxes[$0].rect.isNear(inner, within: 2)
        }
        if filling == nil { boxes.append(ScreenBox(rect: rect, colour: nil)) }
        let box = filling ?? boxes.count - 1
        boxes[box].rect = rect
        boxes[box].border = border
        boxes[box].radius = isSmall ? smallRadius(of: boxes[box]) : radius
    }

    // The colour in the middle of the sides: of a small ring most pixels are soft.
    private func sideColour(_ rect: PixelRect) -> RGB {
        let (across, down) = (rect.centerX - 1..<rect.centerX + 2, rect.centerY - 1..<rect.centerY + 2)
        return mostFrequent(in: rect) { index in
            let (x, y) = (index % map.width, index / map.width)
            let isAtSide = x == rect.xs.lowerBound || x == rect.xs.upperBound - 1
            let isAtEnd = y == rect.ys.lowerBound || y == rect.ys.upperBound - 1
            return isAtSide && down.contains(y) || isAtEnd && across.contains(x)
        } ?? RGB(0, 0, 0)
    }

    private mutating func addRing(_ number: Int32, _ rect: PixelRect) {
        let inside = boxes.indices.dropFirst().first { index in
            let box = boxes[index]
            return box.border == nil && 2 * box.radius >= box.rect.width - 1
                && rect.isNear(box.rect, within: 8)
                && rect.contains(box.rect)
        }
        guard let inside, abs(rect.width - rect.height) <= 2 else { return }
        let line = (rect.width - boxes[inside].rect.width) / 2
        if line >= 2 {
            boxes[inside].border = ScreenBox.Border(width: line, colour: inkColour(number, rect))
            boxes[inside].rect = rect
            boxes[inside].radius = rect.width / 2
        }
        erase(number, in: rect, line: rect.width, corner: 0)
    }

    private func isFrame(_ number: Int32, _ rect: PixelRect) -> Bool {
        func share(_ range: Range<Int>, _ isOwn: (Int) -> Bool) -> Double {
            let corner = min(range.count / 4, max(3, min(rect.width, rect.height) / 4))
            let middle = range.lowerBound + corner..<range.upperBound - corner
            guard !middle.isEmpty else { return 0 }
            return Double(middle.count(where: isOwn)) / Double(middle.count)
        }
        func own(_ x: Int, _ y: Int) -> Bool { numbers[y * map.width + x] == number }
        let (left, right, top, bottom) = (
            rect.xs.lowerBound, rect.xs.upperBound - 1, rect.ys.lowerBound, rect.ys.upperBound - 1
        )
        return share(rect.xs) { own($0, top) || own($0, top + 1) } > 0.85
            && share(rect.xs) { own($0, bottom) || own($0, bottom - 1) } > 0.85
            && share(rect.ys) { own(left, $0) || own(left + 1, $0) } > 0.85
            && share(rect.ys) { own(right, $0) || own(right - 1, $0) } > 0.85
    }

    // How thick a frame is, where it is thinnest of nine places.
    private func thickness(_ number: Int32, _ rect: PixelRect) -> Int {
        func run(_ x: Int, _ y: Int, _ dx: Int, _ dy: Int) -> Int {
            var (x, y, length) = (x, y, 0)
            while rect.xs.contains(x), rect.ys.contains(y), numbers[y * map.width + x] == number {
                (x, y, length) = (x + dx, y + dy, length + 1)
            }
            return length
        }
        var runs: [Int] = []
        for part in 3...5 {
            let x = rect.xs.lowerBound + rect.width * part / 8
            let y = rect.ys.lowerBound + rect.height * part / 8
            runs += [
                run(x, rect.ys.lowerBound, 0, 1), run(x, rect.ys.upperBound - 1, 0, -1),
                run(rect.xs.lowerBound, y, 1, 0), run(rect.xs.upperBound - 1, y, -1, 0),
            ].filter { $0 > 0 }
        }
        return max(1, runs.min() ?? 1)
    }

    // Takes a frame's pixels out of the ink: what is no farther from a side than its line, or in a corner. What hangs on
    // it inside stays.
    private mutating func erase(_ number: Int32, in rect: PixelRect, line: Int, corner: Int) {
        for y in rect.ys {
            for x in rect.xs where numbers[y * map.width + x] == number {
                let across = min(x - rect.xs.lowerBound, rect.xs.upperBound - 1 - x)
                let down = min(y - rect.ys.lowerBound, rect.ys.upperBound - 1 - y)
                let isInCorner = across <= corner && down <= corner && corner < 30
                if across < line || down < line || isInCorner { numbers[y * map.width + x] = -1 }
            }
        }
    }

    // Straight thin runs of ink, taken out of it.
    mutating func findRules() {
        for direction in [BlockDirection.column, .row] {
            let isLevel = direction == .column
            let (lines, length) = isLevel ? (map.height, map.width) : (map.width, map.height)
            func index(_ line: Int, _ place: Int) -> Int {
                isLevel ? line * map.width + place : place * map.width + line
            }
            typealias Bundle = (range: Range<Int>, first: Int, last: Int)
            var open: [Bundle] = []
            var found: [Bundle] = []
            for line in 0..<lines {
                var runs: [Range<Int>] = []
                var place = 0
                while place < length {
                    guard numbers[index(line, place)] >= 0 else {
                        place += 1
                        continue
                    }
                    let start = place
                    while place < length, numbers[index(line, place)] >= 0 { place += 1 }
                    if place - start >= Self.leastRule { runs.append(start..<place) }
                }
                var next: [Bundle] = []
                for run in runs {
                    let before = open.firstIndex {
                        abs($0.range.lowerBound - run.lowerBound) <= 2
                            && abs($0.range.upperBound - run.upperBound) <= 2
                    }
                    if let before {
                        var longer = open.remove(at: before)
                        longer.last = line
                        next.append(longer)
                    } else {
                        next.append((run, line, line))
                    }
                }
                found += open
                open = next
            }
            found += open
            for rule in found where rule.last - rule.first < Self.mostRule {
                let thick = rule.first..<rule.last + 1
                let rect =
                    isLevel ? PixelRect(xs: rule.range, ys: thick) : PixelRect(xs: thick, ys: rule.range)
                guard isAlone(rect, direction), isLevel || !isStem(rect) else { continue }
                rules.append((rect, modeColour(in: rect)))
                for y in rect.ys { for x in rect.xs { numbers[y * map.width + x] = -1 } }
            }
        }
        recount()
        takeBorders()
    }

    // Rules along at least three sides of a box are its border, whose corners are too soft to hang together.
    private mutating func takeBorders() {
        for index in boxes.indices.dropFirst() where boxes[index].border == nil {
            let rect = boxes[index].rect
            func hugs(_ rule: PixelRect) -> Bool {
                let isLevel = rule.width > rule.height
                let (along, side) = isLevel ? (rule.xs, rect.xs) : (rule.ys, rect.ys)
                let (across, ends) = isLevel ? (rule.ys, rect.ys) : (rule.xs, rect.xs)
                return 10 * along.clamped(to: side).count >= 6 * side.count && along.count <= side.count + 6
                    && (abs(across.upperBound - ends.lowerBound) <= 1
                        || abs(across.lowerBound - ends.upperBound) <= 1)
            }
            let found = rules.indices.filter { hugs(rules[$0].rect) }
            let sides = found.map { rules[$0].rect }
            let kinds = sides.map { side in
                side.width > side.height
                    ? (side.ys.lowerBound < (rect.ys.lowerBound + rect.ys.upperBound) / 2 ? 0 : 1)
                    : (side.xs.lowerBound < (rect.xs.lowerBound + rect.xs.upperBound) / 2 ? 2 : 3)
            }
            guard Set(kinds).count >= 3 else { continue }
            boxes[index].border = ScreenBox.Border(
                width: sides.map { min($0.width, $0.height) }.min() ?? 1, colour: rules[found[0]].colour)
            boxes[index].rect = sides.reduce(rect) { $0.union($1) }
            for rule in found.reversed() { rules.remove(at: rule) }
        }
    }

    // Whether a rule is no stroke of something: hardly any ink touches it along its length.
    private func isAlone(_ rect: PixelRect, _ direction: BlockDirection) -> Bool {
        var touching = 0
        let range = rect.cross(direction)
        for place in range {
            let before = rect.main(direction).lowerBound - 1
            let after = rect.main(direction).upperBound
            func ink(_ line: Int) -> Bool {
                let (x, y) = direction == .column ? (place, line) : (line, place)
                guard x >= 0, y >= 0, x < map.width, y < map.height else { return false }
                return numbers[y * map.width + x] >= 0
            }
            if ink(before) || ink(after) { touching += 1 }
        }
        return touching * 8 <= range.count
    }

    // Whether an upright bar is a stroke of a large letter: close to it stands ink that is about as high.
    func isStem(_ bar: PixelRect) -> Bool {
        guard bar.height <= Self.mostLineHeight else { return false }
        let reach = bar.height * 2 / 5
        for x in max(0, bar.xs.lowerBound - reach)..<min(map.width, bar.xs.upperBound + reach)
        where !bar.xs.contains(x) {
            for y in stride(from: bar.ys.lowerBound, to: bar.ys.upperBound, by: 2) {
                let number = numbers[y * map.width + x]
                guard number >= 0 else { continue }
                let height = blobs[Int(number)].height
                if 2 * height >= bar.height, 5 * height <= 7 * bar.height { return true }
            }
        }
        return false
    }

    // The pieces of what ink is left.
    mutating func recount() {
        let (width, height) = (map.width, map.height)
        var seen = [Bool](repeating: false, count: numbers.count)
        var pieces: [InkBlob] = []
        var renumbered = [Int32](repeating: -1, count: numbers.count)
        var open: [Int] = []
        for start in numbers.indices where numbers[start] >= 0 && !seen[start] {
            let number = Int32(pieces.count)
            var piece = InkBlob(
                left: width, top: height, right: 0, bottom: 0, count: 0,
                ground: blobs[Int(numbers[start])].ground)
            seen[start] = true
            open.append(start)
            var votes: [Int32: Int] = [:]
            while let pixel = open.popLast() {
                let (x, y) = (pixel % width, pixel / width)
                renumbered[pixel] = number
                piece.left = min(piece.left, x)
                piece.right = max(piece.right, x + 1)
                piece.top = min(piece.top, y)
                piece.bottom = max(piece.bottom, y + 1)
                piece.count += 1
                for ny in max(0, y - 1)...min(height - 1, y + 1) {
                    for nx in max(0, x - 1)...min(width - 1, x + 1) {
                        let next = ny * width + nx
                        if numbers[next] >= 0 {
                            if !seen[next] {
                                seen[next] = true
                                open.append(next)
                            }
                        } else if isGround[Int(map.regions[next])] {
                            votes[map.regions[next], default: 0] += 1
                        }
                    }
                }
            }
            piece.ground = votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? piece.ground
            pieces.append(piece)
        }
        (blobs, numbers) = (pieces, renumbered)
    }
}
