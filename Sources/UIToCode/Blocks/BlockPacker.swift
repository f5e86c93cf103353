// Parts that were cut from each other but belong in one picture are put together again: a heading with its text, the
// rows of a list in equal handfuls, slivers with their neighbours. Boxes of their own stay apart: they are what repeats.
import Inference
import Render

/// Puts neighbouring parts together as far as they fit.
struct BlockPacker {
    let scan: PictureScan
    let comfortable: PixelSize
    let scale: Double
    let background: RGB

    /// The parts, some of them joined, in the same order and covering the same pixels.
    func packed(_ parts: [PixelRect], _ direction: BlockDirection) -> [PixelRect] {
        var result: [PixelRect] = []
        var loose: [PixelRect] = []
        for part in parts {
            if isBox(part) {
                result += handfuls(loose, direction) + [part]
                loose = []
            } else {
                loose.append(part)
            }
        }
        return withoutSlivers(result + handfuls(loose, direction), direction)
    }

    /// Whether parts that lie below each other are at least four low rows of similar heights, none of them a box.
    func areRegularRows(_ parts: [PixelRect]) -> Bool {
        let heights = parts.map(\.height).sorted()
        guard parts.count >= 4, let lowest = heights.dropFirst().first, let highest = heights.dropLast().last else {
            return false
        }
        return Double(highest) <= 1.5 * Double(lowest) && highest * 3 <= comfortable.height
            && !parts.contains(where: isBox)
    }

    // Whether a part is a box of its own, high enough to be a card.
    private func isBox(_ part: PixelRect) -> Bool {
        let around = scan.background(of: part)
        guard scan.isSame(around, background) else { return true }
        guard let content = scan.trimmed(part, background: around), content.height >= Int(64 * scale),
            content.width >= Int(64 * scale)
        else { return false }
        return scan.boxColour(of: content, background: around) != nil
    }

    // Joins loose parts into as few equal groups as fit.
    private func handfuls(_ parts: [PixelRect], _ direction: BlockDirection) -> [PixelRect] {
        let limit = comfortable.main(direction)
        guard let first = parts.first, let last = parts.last, mayJoin(parts, direction) else { return parts }
        let whole = last.main(direction).upperBound - first.main(direction).lowerBound
        let groupCount = (whole + limit - 1) / limit
        let target = Double(whole) / Double(groupCount)
        var groups: [PixelRect] = []
        for part in parts {
            guard let open = groups.last else {
                groups.append(part)
                continue
            }
            let length = part.main(direction).upperBound - open.main(direction).lowerBound
            let overshoot = Double(length) - target
            let isBetter = overshoot <= 0 || overshoot < Double(part.main(direction).count) / 2
            if length <= limit, isBetter {
                groups[groups.count - 1] = joined(open, part, direction)
            } else {
                groups.append(part)
            }
        }
        return groups
    }

    // Loose rows are joined where the result needs no cut across, or where they are a table; columns only where they are
    // so many that each would be a sliver of a grid.
    private func mayJoin(_ parts: [PixelRect], _ direction: BlockDirection) -> Bool {
        switch direction {
        case .column:
            parts.allSatisfy { contentWidth($0) <= comfortable.width } || areRegularRows(parts)
        case .row: parts.count > 4 && parts.allSatisfy { $0.height <= comfortable.height }
        }
    }

    private func contentWidth(_ part: PixelRect) -> Int {
        scan.trimmed(part, background: scan.background(of: part))?.width ?? 0
    }

    // Joins a part too small to be a picture of its own with the smaller neighbour, where both fit in one picture.
    private func withoutSlivers(_ parts: [PixelRect], _ direction: BlockDirection) -> [PixelRect] {
        let smallest = Int(24 * scale)
        var parts = parts
        var index = 0
        while index < parts.count {
            let part = parts[index]
            let neighbours = [index - 1, index + 1].filter { parts.indices.contains($0) }
                .filter { fits(joined(parts[min($0, index)], parts[max($0, index)], direction)) }
            guard contentLength(part, direction) < smallest, scan.isSame(scan.background(of: part), background),
                let neighbour = neighbours.min(by: {
                    parts[$0].main(direction).count < parts[$1].main(direction).count
                })
            else {
                index += 1
                continue
            }
            let first = min(neighbour, index)
            parts[first] = joined(parts[first], parts[first + 1], direction)
            parts.remove(at: first + 1)
            index = first
        }
        return parts
    }

    private func fits(_ part: PixelRect) -> Bool {
        scan.trimmed(part, background: scan.background(of: part))?.fits(comfortable) ?? true
    }

    private func contentLength(_ part: PixelRect, _ direction: BlockDirection) -> Int {
        scan.trimmed(part, background: scan.background(of: part))?.main(direction).count ?? 0
    }

    private func joined(_ first: PixelRect, _ second: PixelRect, _ direction: BlockDirection) -> PixelRect {
        first.with(main: first.main(direction).lowerBound..<second.main(direction).upperBound, direction)
    }
}
