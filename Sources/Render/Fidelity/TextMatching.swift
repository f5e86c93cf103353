// Which text of a result stands for which text of its design, as Design2Code (arXiv 2403.03163) matches blocks: best
// sum of similarities, pairs below a half dropped, neighbours merged where that makes the match better. What the paper
// leaves open (equal strings, order, what "neighbour" means) is settled here, so that a page matches itself line by line.

/// The text of both sides in blocks, and who belongs to whom.
struct TextMatching {
    /// Pairs with a smaller similarity are no pairs.
    static let leastSimilarity = 0.5
    /// How much better a merged pair must be than the best of its parts.
    static let leastGain = 0.05
    /// Blocks a side beyond which the rest stays without a partner; equal text at equal places does not count.
    static let mostBlocks = 1_500
    private static let mostRounds = 8

    struct Pair: Equatable {
        var result: Int
        var design: Int
        /// 0.5 to 1.
        var similarity: Double
    }

    private(set) var result: [TextBlock]
    private(set) var design: [TextBlock]
    /// In the order of the result's blocks.
    private(set) var pairs: [Pair] = []
    private let canvas: (width: Double, height: Double)
    private let comparison: TextComparison

    /// Matches the text of two sides with one scale, both told by browsers or both estimated.
    ///
    /// 1. Wrapped lines of one element become one block (only where browsers tell of elements).
    /// 2. Blocks with the same words, box and colour are pairs.
    /// 3. The rest is assigned so that the sum of `gain` is greatest.
    /// 4. Where two neighbours, merged, agree better with a block of the other side than either does alone (by more than
    ///    `leastGain`, and the other side's block is free or belongs to one of them), they are merged; then from 2 again.
    ///
    /// Proofs: `TextMatchingTests`.
    init(of result: Sight, with design: Sight, canvas: (width: Double, height: Double)) {
        let joining = !result.isEstimate && !design.isEstimate
        self.result = [TextBlock](result.texts, joiningWrapped: joining)
        self.design = [TextBlock](design.texts, joiningWrapped: joining)
        self.canvas = canvas
        comparison = TextComparison(result: result, design: design, canvas: canvas)
        assign()
        for _ in 0..<Self.mostRounds where mergeNeighbours() { assign() }
    }

    // MARK: Assignment

    private mutating func assign() {
        pairs = []
        let partners = equalBlocks()
        let openResult = result.indices.filter { partners.result[$0] == nil }.prefix(Self.mostBlocks)
        let openDesign = design.indices.filter { partners.isOpen[$0] }.prefix(Self.mostBlocks)
        for (index, partner) in partners.result.enumerated() {
            if let partner { pairs.append(Pair(result: index, design: partner, similarity: 1)) }
        }
        var similarities: [Edge: Double] = [:]
        for row in openResult {
            for column in openDesign {
                let similarity = comparison.similarity(result[row], design[column])
                if similarity >= Self.leastSimilarity { similarities[Edge(row, column)] = similarity }
            }
        }
        let order = (result: NeighbourOrder(result.map(\.box)), design: NeighbourOrder(design.map(\.box)))
        for part in components(of: similarities) { assign(part, similarities, partners.result, order) }
        pairs.sort { $0.result < $1.result }
    }

    /// Assigns rows and columns that only allow each other; the best sum over all is the sum of these.
    private mutating func assign(
        _ part: (rows: [Int], columns: [Int]), _ similarities: [Edge: Double], _ equal: [Int?],
        _ order: (result: NeighbourOrder, design: NeighbourOrder)
    ) {
        var gains = [Double](repeating: 0, count: part.rows.count * part.columns.count)
        for (i, row) in part.rows.enumerated() {
            for (j, column) in part.columns.enumerated() {
                guard let similarity = similarities[Edge(row, column)] else { continue }
                let context = NeighbourOrder.agreement(order.result, row, order.design, column) { first, second in
                    equal[first] == second ? 1 : similarities[Edge(first, second)] ?? 0
                }
                gains[i * part.columns.count + j] = gain(row, column, similarity, context: context)
            }
        }
        let chosen = Assignment.maximal(gains, rows: part.rows.count, columns: part.columns.count)
        for (i, j) in chosen.enumerated() where j >= 0 {
            let (row, column) = (part.rows[i], part.columns[j])
            guard let similarity = similarities[Edge(row, column)] else { continue }
            pairs.append(Pair(result: row, design: column, similarity: similarity))
        }
    }

    /// What a pair adds to the sum: its similarity; up to 0.05 when the blocks before and after it in reading order are
    /// alike too; up to 0.06 for being near, in font sizes of the design; up to 0.012 for being near on the canvas and of
    /// one colour. The last three decide between equal strings and hardly between others.
    ///
    /// A block and itself have the most of each, so that a page is assigned to itself.
    private func gain(_ row: Int, _ column: Int, _ similarity: Double, context: Double) -> Double {
        let (found, wanted) = (result[row], design[column])
        let (a, b) = (found.box.center, wanted.box.center)
        let fontSizes = max(abs(a.x - b.x), abs(a.y - b.y)) / max(1, wanted.fontSize)
        let nearness = 1 - distance(found.box, wanted.box)
        let colours = 1 - min(100, ColourDifference.between(found.colour, wanted.colour)) / 100
        return similarity + 0.05 * context + 0.06 / (1 + fontSizes) + 0.01 * nearness + 0.002 * colours
    }

    /// max(|dx|, |dy|) of the middles of two boxes, in shares of the canvas, 0 to 1.
    func distance(_ first: Box, _ second: Box) -> Double {
        let (a, b) = (first.center, second.center)
        return min(1, max(abs(a.x - b.x) / canvas.width, abs(a.y - b.y) / canvas.height))
    }

    /// Blocks that are the same on both sides, each with its partner, and which of the design's are left.
    private func equalBlocks() -> (result: [Int?], isOpen: [Bool]) {
        struct Look: Hashable {
            var text: String
            var place: [Double]
            var colour: RGB
        }
        func look(_ block: TextBlock) -> Look? {
            guard let text = block.text else { return nil }
            let box = block.box
            return Look(text: text, place: [box.x, box.y, box.width, box.height], colour: block.colour)
        }
        var places: [Look: [Int]] = [:]
        for (index, block) in design.enumerated().reversed() {
            if let look = look(block) { places[look, default: []].append(index) }
        }
        var isOpen = [Bool](repeating: true, count: design.count)
        let partners: [Int?] = result.map { block in
            guard let look = look(block), let partner = places[look]?.popLast() else { return nil }
            isOpen[partner] = false
            return partner
        }
        return (partners, isOpen)
    }

    private func components(of similarities: [Edge: Double]) -> [(rows: [Int], columns: [Int])] {
        let edges = similarities.keys.sorted()
        var sets = DisjointSets(count: result.count + design.count)
        for edge in edges { sets.join(edge.result, result.count + edge.design) }
        var numbers: [Int: Int] = [:]
        var parts: [(rows: [Int], columns: [Int])] = []
        let rows = Set(edges.map(\.result)).sorted()
        let columns = Set(edges.map(\.design)).sorted()
        for row in rows {
            let root = sets.root(of: row)
            if numbers[root] == nil {
                numbers[root] = parts.count
                parts.append(([], []))
            }
            parts[numbers[root]!].rows.append(row)
        }
        for column in columns { parts[numbers[sets.root(of: result.count + column)]!].columns.append(column) }
        return parts
    }

    // MARK: Merging

    /// Merges what gains by it, on both sides; false when nothing does.
    private mutating func mergeNeighbours() -> Bool {
        let inResult = proposals(result, design, pairs.map { ($0.result, $0.design, $0.similarity) }) {
            comparison.similarity($0, $1)
        }
        let inDesign = proposals(design, result, pairs.map { ($0.design, $0.result, $0.similarity) }) {
            comparison.similarity($1, $0)
        }
        let all = inResult.map { (true, $0) } + inDesign.map { (false, $0) }
        guard !all.isEmpty else { return false }
        var (usedResult, usedDesign): (Set<Int>, Set<Int>) = ([], [])
        var merges: [(isResult: Bool, Proposal)] = []
        for (isResult, proposal) in all.sorted(by: { $0.1.gain > $1.1.gain }) {
            let own: Set = [proposal.first, proposal.second]
            let (mine, theirs) = isResult ? (own, [proposal.other]) : ([proposal.other], own)
            guard usedResult.isDisjoint(with: mine), usedDesign.isDisjoint(with: theirs) else { continue }
            usedResult.formUnion(mine)
            usedDesign.formUnion(theirs)
            merges.append((isResult, proposal))
        }
        result = result.merging(merges.filter(\.isResult).map(\.1))
        design = design.merging(merges.filter { !$0.isResult }.map(\.1))
        return true
    }

    private func proposals(
        _ own: [TextBlock], _ other: [TextBlock], _ partners: [(own: Int, other: Int, similarity: Double)],
        similarity: (TextBlock, TextBlock) -> Double
    ) -> [Proposal] {
        var partnerOf: [Int: (other: Int, similarity: Double)] = [:]
        for pair in partners { partnerOf[pair.own] = (pair.other, pair.similarity) }
        let taken = Set(partners.map(\.other))
        let free = other.indices.filter { !taken.contains($0) }.prefix(Self.mostBlocks)
        let poor = own.indices.filter { (partnerOf[$0]?.similarity ?? 0) < 1 - Self.leastGain }.prefix(Self.mostBlocks)
        var result: [Proposal] = []
        for first in poor {
            for second in poor where first != second && own[first].isContinued(by: own[second]) {
                let merged = own[first].merged(with: own[second])
                let parts = [partnerOf[first], partnerOf[second]].compactMap { $0 }
                let best = parts.map(\.similarity).max() ?? 0
                for candidate in parts.map(\.other) + free {
                    let gain = similarity(merged, other[candidate]) - max(best, Self.leastSimilarity - Self.leastGain)
                    guard gain > Self.leastGain else { continue }
                    result.append(Proposal(first: first, second: second, other: candidate, gain: gain))
                }
            }
        }
        return result
    }
}

extension [TextBlock] {
    /// The blocks with some pairs made one each, in the place of the earlier one.
    fileprivate func merging(_ proposals: [Proposal]) -> [TextBlock] {
        var blocks: [TextBlock?] = self
        for proposal in proposals {
            blocks[Swift.min(proposal.first, proposal.second)] =
                self[proposal.first].merged(with: self[proposal.second])
            blocks[Swift.max(proposal.first, proposal.second)] = nil
        }
        return blocks.compactMap { $0 }
    }
}

/// Two blocks of one side that together agree better with one of the other.
private struct Proposal {
    var first, second: Int
    var other: Int
    var gain: Double
}

/// A block of the result and one of the design.
private struct Edge: Hashable, Comparable {
    var result, design: Int

    init(_ result: Int, _ design: Int) {
        self.result = result
        self.design = design
    }

    static func < (left: Edge, right: Edge) -> Bool {
        (left.result, left.design) < (right.result, right.design)
    }
}

/// What comes before and after every block in reading order.
private struct NeighbourOrder {
    private let before, after: [Int?]

    init(_ boxes: [Box]) {
        let order = ReadingOrder.indices(of: boxes)
        var (before, after) = ([Int?](repeating: nil, count: boxes.count), [Int?](repeating: nil, count: boxes.count))
        for (first, second) in zip(order, order.dropFirst()) {
            after[first] = second
            before[second] = first
        }
        self.before = before
        self.after = after
    }

    /// Half the similarity of what comes before a block of each side, plus half that of what comes after; where both
    /// sides end, they agree.
    static func agreement(
        _ result: NeighbourOrder, _ row: Int, _ design: NeighbourOrder, _ column: Int,
        similarity: (Int, Int) -> Double
    ) -> Double {
        func side(_ first: Int?, _ second: Int?) -> Double {
            switch (first, second) {
            case (nil, nil): 0.5
            case (let first?, let second?): 0.5 * similarity(first, second)
            default: 0
            }
        }
        return side(result.before[row], design.before[column]) + side(result.after[row], design.after[column])
    }
}
