// How alike the code of what is alike is, as a number from 0 to 1. One definition for pages as they were converted and
// for the site that was made of them:
//
//     regions   of all pairs of regions that look the same, the share whose code is the same
//     values    of all values in style rules and style attributes that are a token's, or that nobody can tell from it,
//               the share that is the token's very value or its name
//     score     the mean of both; one alone where there is nothing to count for the other
//
// Regions look the same when their pixels in the designs do, or when they have one layout signature. Their code is the
// same when it is written in one place, or is the same up to what properties are for: texts, and the values of
// attributes other than `class` and `style`. A page's code is where it is written: a region inside a component's use is
// the component's code.

/// Measures consistency.
struct Consistency {
    /// A region, with its code on the page as it was converted.
    private struct Region {
        let node: TreeNode
        let form: String
    }

    // Regions that look the same, in groups of at least two; a region is in one group.
    private let groups: [[Region]]

    /// Learns which regions look the same, from pages as they were converted.
    ///
    /// - Parameter alike: groups of regions whose pixels are alike.
    init(_ pages: [PageDraft], alike: [[TreeNode]]) {
        var union = RegionUnion()
        for group in alike { union.join(group) }
        for cluster in RegionClusters.find(below: pages.map(\.body)) { union.join(cluster.regions) }
        groups = union.groups.filter { $0.count > 1 }.map { $0.map { Region(node: $0, form: $0.form) } }
    }

    /// The code of every region as the pages were converted, group by group, and as it is written now. A region inside
    /// another one that was written in another way is left out of both.
    func forms() -> (before: [[String]], after: [[String]]) {
        let left = groups.map { $0.filter { !$0.node.isGone } }
        return (left.map { $0.map(\.form) }, left.map { $0.map { $0.node.last.form } })
    }

    /// The share of pairs whose code is the same; nil without a pair.
    static func regionShare(_ forms: [[String]]) -> Double? {
        var pairs = 0
        var same = 0
        for group in forms {
            pairs += group.count * (group.count - 1) / 2
            for count in Dictionary(group.map { ($0, 1) }, uniquingKeysWith: +).values {
                same += count * (count - 1) / 2
            }
        }
        return pairs == 0 ? nil : Double(same) / Double(pairs)
    }

    /// The share of values that are a token's exactly, among those that are as good as it; nil without such a value.
    ///
    /// - Parameter declarations: each as often as it is written.
    static func valueShare(_ declarations: [StyleDeclaration], tokens: [DesignToken]) -> Double? {
        let names = Set(tokens.map(\.name))
        let values = tokens.compactMap(\.styleValue)
        var counted = 0
        var exact = 0
        for value in declarations.flatMap(\.values) {
            if case .token(let name) = value {
                guard names.contains(name) else { continue }
                counted += 1
                exact += 1
            } else if let token = values.first(where: { $0 == value }) ?? values.first(where: { $0.isLike(value) }) {
                counted += 1
                if token == value { exact += 1 }
            }
        }
        return counted == 0 ? nil : Double(exact) / Double(counted)
    }

    /// The score of both shares.
    static func score(regions: Double?, values: Double?) -> Double? {
        let parts = [regions, values].compactMap { $0 }
        return parts.isEmpty ? nil : parts.reduce(0, +) / Double(parts.count)
    }
}

extension TreeNode {
    /// What stands for this node now.
    var last: TreeNode {
        var node = self
        while let next = node.writtenAs { node = next }
        return node
    }
}

extension DesignToken {
    /// The value it names.
    var styleValue: StyleValue? {
        let property =
            switch kind {
            case .colour: "color"
            case .fontSize: "font-size"
            case .fontFamily: "font-family"
            case .space: "gap"
            case .radius: "border-radius"
            case .shadow: "box-shadow"
            }
        return StyleDeclaration(name: property, value: value).values.first
    }
}

/// Regions joined into groups.
private struct RegionUnion {
    private var parents: [Int] = []
    private var regions: [TreeNode] = []
    private var numbers: [ObjectIdentifier: Int] = [:]

    mutating func join(_ group: [TreeNode]) {
        for region in group.dropFirst() {
            let (one, other) = (root(number(of: group[0])), root(number(of: region)))
            parents[max(one, other)] = min(one, other)
        }
    }

    /// In the order of their first regions.
    var groups: [[TreeNode]] {
        var copy = self
        var found: [Int: [TreeNode]] = [:]
        for index in regions.indices { found[copy.root(index), default: []].append(regions[index]) }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    private mutating func number(of region: TreeNode) -> Int {
        if let number = numbers[ObjectIdentifier(region)] { return number }
        numbers[ObjectIdentifier(region)] = regions.count
        parents.append(regions.count)
        regions.append(region)
        return regions.count - 1
    }

    private mutating func root(_ index: Int) -> Int {
        var index = index
        while parents[index] != index {
            parents[index] = parents[parents[index]]
            index = parents[index]
        }
        return index
    }
}
