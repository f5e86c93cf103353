// Which landmarks of several pages are one: bars and footers that lie at the same place of the designs and show the same
// there, but for the state of their items. A design marks the page's own item, so no two of its bars are equal pixel by
// pixel; what differs must be words that are the same words in another state. Other words make another bar.
import Render

/// Landmarks that are one thing in different states.
struct LandmarkGroup {
    /// In the order of the pages, one of each.
    let regions: [TreeNode]
    /// For each region where its own state lies, from its corner; empty where nothing sets it off from the others, and
    /// in groups of two, which do not say whose state is the special one.
    let marks: [[Box]]
}

/// Looks for landmarks that are one thing.
enum LandmarkGroups {
    /// All groups of at least two, the largest regions first.
    ///
    /// - Complexity: landmarks², each pair a pass over its cells.
    static func find(in pages: [PageDraft]) -> [LandmarkGroup] {
        var stacks: [[TreeNode]] = []
        for page in pages {
            for node in page.body.all where RegionClusters.landmarks.contains(node.tag) && node.letters != nil {
                guard RegionClusters.mayStand(node) else { continue }
                if let index = stacks.firstIndex(where: { stack in
                    isAtPlace(stack[0], node) && !stack.contains { $0.page == node.page }
                }) {
                    stacks[index].append(node)
                } else {
                    stacks.append([node])
                }
            }
        }
        func area(_ group: LandmarkGroup) -> Double { group.regions[0].place?.area ?? 0 }
        return stacks.flatMap(groups).sorted { area($0) > area($1) }
    }

    // Within 4 pixels and 4 %, as looks are.
    private static func isAtPlace(_ one: TreeNode, _ other: TreeNode) -> Bool {
        guard let first = one.place, let second = other.place else { return false }
        return abs(first.x - second.x) <= 4 && abs(first.y - second.y) <= max(4, 0.04 * first.height)
            && abs(first.width - second.width) <= max(4, 0.04 * first.width)
            && abs(first.height - second.height) <= max(4, 0.04 * first.height)
    }

    // Regions at one place, parted into those that are one thing. Two that are the same are joined, and so is what is
    // the same as either. Where the items of two pages lie side by side, their states cannot be told apart; what is
    // left out for that is held against each group as a whole.
    private static func groups(_ regions: [TreeNode]) -> [LandmarkGroup] {
        var groups: [[TreeNode]] = []
        for region in regions {
            let same = groups.indices.filter { groups[$0].contains { areOne($0, region) } }
            let joined = same.flatMap { groups[$0] } + [region]
            groups = groups.indices.filter { !same.contains($0) }.map { groups[$0] } + [joined]
        }
        for single in groups where single.count == 1 {
            guard let index = groups.firstIndex(where: { $0.count > 1 && belongs(single[0], to: $0) }) else { continue }
            groups[index].append(single[0])
            groups.removeAll { $0.count == 1 && $0[0] === single[0] }
        }
        return groups.filter { $0.count > 1 }.map { group in
            let ordered = group.sorted { ($0.page ?? 0) < ($1.page ?? 0) }
            return LandmarkGroup(
                regions: ordered,
                marks: ordered.map { region in group.count > 2 ? marks(of: region, among: group) : [] })
        }
    }

    private static func areOne(_ one: TreeNode, _ other: TreeNode) -> Bool {
        guard let look = one.look, let match = other.look else { return false }
        if look.isLike(match) { return true }
        let boxes = RegionLook.boxes(around: look.differences(from: match), side: look.cellSide(with: match))
        return look.isLike(match, outside: boxes) && boxes.allSatisfy { saySame(one, other, in: $0) }
    }

    // Whether a region shows what the others do but for its own state, whose words the others have as well.
    private static func belongs(_ region: TreeNode, to group: [TreeNode]) -> Bool {
        guard let look = region.look else { return false }
        let boxes = marks(of: region, among: group)
        return group.allSatisfy { other in
            guard let match = other.look else { return false }
            let all = RegionLook.boxes(around: look.differences(from: match), side: look.cellSide(with: match))
            return look.isLike(match, outside: all)
        } && boxes.allSatisfy { box in group.contains { saySame(region, $0, in: box) } }
    }

    // Where a region shows something else than most of the others.
    private static func marks(of region: TreeNode, among group: [TreeNode]) -> [Box] {
        guard let look = region.look else { return [] }
        let others = group.filter { $0 !== region }.compactMap(\.look)
        var votes: [RegionLook.Cell: Int] = [:]
        for other in others {
            for cell in look.differences(from: other) { votes[cell, default: 0] += 1 }
        }
        let cells = votes.filter { $0.value * 2 > others.count }.map(\.key)
        return RegionLook.boxes(around: Set(cells), side: others.map { look.cellSide(with: $0) }.max() ?? 4)
    }

    private static func saySame(_ one: TreeNode, _ other: TreeNode, in box: Box) -> Bool {
        guard let letters = one.letters, let match = other.letters else { return false }
        // A line under a word is no word: what stands around it is read too.
        let (wide, high) = (box.width <= 8 ? 16.0 : 4, box.height <= 8 ? 16.0 : 4)
        return letters.says(
            sameAs: match,
            in: Box(
                x: box.x - wide, y: box.y - high, width: box.width + 2 * wide, height: box.height + 2 * high))
    }
}
