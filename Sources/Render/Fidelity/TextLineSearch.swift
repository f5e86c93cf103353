// Lines of text in a picture, without reading them: ink of the size of glyphs, strung together from left to right on one
// ground. Tells where a line is, how large its font and what its colour; not what it says. Pictures of pages are meant:
// flat or gently shaded grounds, upright text. Photographs and drawings may give a false line here and there.
import Media

/// Searches the lines of text of a picture.
struct TextLineSearch {
    /// CSS pixels: the least and greatest height of the ink of a line, from its highest ascender to its lowest descender.
    static let heights = 5.0...96.0
    /// The widest gap between neighbours of a line, in heights of the lower of them, doubled where they differ, or of
    /// the higher where that is less: a space is about two thirds of an x-height, columns are further apart.
    static let widestGap = 0.95

    /// In reading order.
    let lines: [TextBox]

    /// - Complexity: linear in pixels, plus pieces of ink times their neighbours in the same rows.
    ///
    /// Proofs: `TextLineSearchTests`; `Fixtures/parity/fidelity` has the true lines of the sample designs.
    init(_ image: Image, scale: Double) {
        let map = RegionMap(image, scale: scale)
        let glyphs = Self.glyphs(map.inkBlobs(), scale: scale)
        var found: [TextBox] = []
        for group in Self.strings(of: glyphs, scale: scale) {
            guard let line = TextLine(group, map: map, image: image, scale: scale) else { continue }
            found.append(line.box(scale: scale))
        }
        lines = ReadingOrder.indices(of: found.map(\.box)).map { found[$0] }
    }

    /// Leaves out what cannot be a glyph: too large, rules, and rims with other ink inside.
    private static func glyphs(_ blobs: [InkBlob], scale: Double) -> [InkBlob] {
        let mostHeight = Int(heights.upperBound * scale)
        let sized = blobs.filter { blob in
            guard blob.count >= 2, blob.height <= mostHeight else { return false }
            let isRule = Double(blob.height) <= 2.5 * scale && Double(blob.width) > 14 * scale
            // A stem is a tenth of its font size.
            let isUpright =
                Double(blob.height) > (Double(blob.width) <= 1.5 * scale ? 15 : 24) * scale
                && Double(blob.width) <= 2.5 * scale
            let isWideRim = blob.density < 0.16 && Double(blob.height) > 14 * scale && Double(blob.width) > 30 * scale
            return !isRule && !isUpright && !isWideRim
        }
        let byTop = sized.sorted { ($0.top, $0.left) < ($1.top, $1.left) }
        return sized.filter { rim in
            guard rim.density < 0.45, Double(rim.height) > 11 * scale else { return true }
            var index = byTop.partitioningIndex { $0.top > rim.top }
            var inside = 0
            while index < byTop.count, byTop[index].top < rim.bottom {
                if rim.contains(byTop[index]), byTop[index].count >= 3 { inside += 1 }
                index += 1
            }
            return inside == 0
        }
    }

    /// Strings of glyphs: neighbours from left to right on one ground, at one height.
    private static func strings(of glyphs: [InkBlob], scale: Double) -> [[InkBlob]] {
        let band = max(4, Int(8 * scale))
        var bands: [Int: [Int]] = [:]
        let order = glyphs.indices.sorted { (glyphs[$0].left, $0) < (glyphs[$1].left, $1) }
        for index in order {
            for row in glyphs[index].top / band...(glyphs[index].bottom - 1) / band {
                bands[row, default: []].append(index)
            }
        }
        var sets = DisjointSets(count: glyphs.count)
        let reach = Int(widestGap * heights.upperBound * scale) + 1
        for row in bands.keys.sorted() {
            let members = bands[row]!
            for (position, first) in members.enumerated() {
                for second in members[(position + 1)...] {
                    if glyphs[second].left - glyphs[first].right > reach { break }
                    if isNext(glyphs[first], glyphs[second], scale: scale) { sets.join(first, second) }
                }
            }
        }
        var groups: [Int: [InkBlob]] = [:]
        for index in order { groups[sets.root(of: index), default: []].append(glyphs[index]) }
        return absorbingMarks(groups.keys.sorted().map { groups[$0]! })
    }

    private static func isNext(_ first: InkBlob, _ second: InkBlob, scale: Double) -> Bool {
        guard first.ground == second.ground else { return false }
        let (low, high) = (min(first.height, second.height), max(first.height, second.height))
        let shared = min(first.bottom, second.bottom) - max(first.top, second.top)
        guard 2 * shared >= low, 10 * high <= 23 * low || Double(low) <= 4 * scale else { return false }
        let gap = Double(second.left - first.right)
        return gap <= max(3 * scale, widestGap * Double(min(high, 2 * low)))
    }

    /// Gives dots, accents and the like to the string right above or below them.
    private static func absorbingMarks(_ strings: [[InkBlob]]) -> [[InkBlob]] {
        var strings = strings.map { (ink: $0.reduce($0[0]) { $0.union($1) }, glyphs: $0) }
        strings.sort { ($0.ink.top, $0.ink.left) < ($1.ink.top, $1.ink.left) }
        var isMark = [Bool](repeating: false, count: strings.count)
        for index in strings.indices {
            let mark = strings[index].ink
            let host = strings.indices.filter { other in
                let line = strings[other].ink
                let reach = Double(line.height) * 0.45
                return other != index && !isMark[other] && strings[other].glyphs.count > strings[index].glyphs.count
                    && 5 * mark.height <= 2 * line.height && mark.left >= line.left - mark.width
                    && mark.right <= line.right + mark.width && Double(mark.bottom) >= Double(line.top) - reach
                    && Double(mark.top) <= Double(line.bottom) + reach && mark.ground == line.ground
            }.min { abs(strings[$0].ink.bottom - mark.bottom) < abs(strings[$1].ink.bottom - mark.bottom) }
            guard let host else { continue }
            isMark[index] = true
            strings[host].glyphs += strings[index].glyphs
            strings[host].ink = strings[host].ink.union(mark)
        }
        return strings.indices.filter { !isMark[$0] }.map {
            strings[$0].glyphs.sorted { ($0.left, $0.top) < ($1.left, $1.top) }
        }
    }
}

extension Array {
    /// The first index whose element satisfies the condition, when all after it do too.
    fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
