// What looks the same in the designs but was written in slightly different ways is written in one way: that of most of
// the regions, of the better page where they are equal. The proof is in the pixels, for the region and for each part of
// it that changes; without it nothing is touched. Texts stay what they are. A page takes over the style rules that the
// other way of writing needs, or keeps its own way when they would mean something else to it.
import Render

/// Gives regions that look the same one form.
struct LookUnifier {
    private(set) var pages: [PageDraft]
    private let groups: [[TreeNode]]
    private let fixed: Set<Int>

    /// - Parameters:
    ///   - alike: regions that look the same, as `LookGroups` finds them.
    ///   - fixed: pages by index that stay as they are written.
    init(_ pages: [PageDraft], alike groups: [[TreeNode]], fixed: Set<Int> = []) {
        self.pages = pages
        self.groups = groups
        self.fixed = fixed
    }

    /// Unifies whole regions, the largest first, then single elements at the same place of regions of one layout.
    mutating func run() {
        for group in groups { unify(group) }
        for cluster in RegionClusters.find(below: pages.map(\.body)) {
            let regions = cluster.regions.filter(mayChange)
            if regions.count > 1 { settle(regions) }
        }
    }

    private func mayChange(_ region: TreeNode) -> Bool { region.page.map { !fixed.contains($0) } ?? true }

    // MARK: Whole regions

    private mutating func unify(_ group: [TreeNode]) {
        let regions = group.filter { !$0.isGone && mayChange($0) }
        guard regions.count > 1, let model = choice(of: regions, by: \.form) else { return }
        let form = model.form
        for region in regions where region !== model && region.form != form {
            if RegionClusters.haveSameShape(region, model) {
                for (node, twin) in zip(region.all, model.all) where Self.showsSame(node, twin) {
                    adoptClasses(of: twin, for: node)
                }
            } else {
                rewrite(region, like: model)
            }
        }
    }

    // The region in the form that most have; of several the one on the page with the best score, then the first.
    private func choice(of regions: [TreeNode], by form: (TreeNode) -> String) -> TreeNode? {
        let forms = regions.map(form)
        let counts = Dictionary(forms.map { ($0, 1) }, uniquingKeysWith: +)
        func rank(_ index: Int) -> (Int, Double, Int) {
            (counts[forms[index], default: 0], score(of: regions[index]), -index)
        }
        return regions.indices.max { rank($0) < rank($1) }.map { regions[$0] }
    }

    private func score(of region: TreeNode) -> Double { region.page.flatMap { pages[$0].score } ?? 0 }

    // Whether two elements show the same, but for the parts inside that say something else or are written in another
    // way.
    private static func showsSame(_ node: TreeNode, _ twin: TreeNode) -> Bool {
        guard let look = node.look, let other = twin.look else { return false }
        if look.isLike(other) { return true }
        let holes = holes(node, twin)
        return !holes.isEmpty && look.isLike(other, outside: holes)
    }

    // Where the differing parts of two elements of one shape lie, from the elements' corners.
    private static func holes(_ node: TreeNode, _ twin: TreeNode) -> [Box] {
        guard RegionClusters.haveSameShape(node, twin), let corner = node.box, let other = twin.box else { return [] }
        return zip(node.all, twin.all).dropFirst().flatMap { part, match -> [Box] in
            let differs = zip(part.children, match.children).contains { $0.text != $1.text }
            guard differs || part["class"] != match["class"] || part["style"] != match["style"] else { return [] }
            return [(part, corner), (match, other)].compactMap { part, corner in
                part.box.map { Box(x: $0.x - corner.x, y: $0.y - corner.y, width: $0.width, height: $0.height) }
            }
        }
    }

    // Writes a region as another one is written, with its own words.
    private mutating func rewrite(_ region: TreeNode, like model: TreeNode) {
        guard let page = region.page, let box = region.box, let place = model.box else { return }
        let words = region.texts
        let written = model.copy()
        let holes = written.texts
        guard words.count == holes.count, Self.textsShowSame(words, model.texts) else { return }
        for (hole, word) in zip(holes, words) { hole.text = word.text }
        written.visit { node in
            node.page = page
            node.box = node.box.map {
                Box(x: $0.x - place.x + box.x, y: $0.y - place.y + box.y, width: $0.width, height: $0.height)
            }
        }
        let rules = pages[page].rules
        region.replace(with: written)
        guard takeOver(from: model, to: written) else {
            written.replace(with: region)
            pages[page].rules = rules
            return
        }
        region.visit { $0.isGone = true }
        region.isGone = false
        region.writtenAs = written
    }

    private static func textsShowSame(_ words: [TreeNode], _ others: [TreeNode]) -> Bool {
        zip(words, others).allSatisfy { word, other in
            guard let first = word.parent, let second = other.parent else { return false }
            return first.look == nil || second.look == nil || showsSame(first, second)
        }
    }

    // MARK: Single elements

    // At each place of regions of one layout: what shows the same as most do gets their classes.
    private mutating func settle(_ regions: [TreeNode]) {
        let rows = regions.map(\.all)
        for place in rows[0].indices where rows[0][place].isElement {
            let nodes = rows.map { $0[place] }
            let form: (TreeNode) -> String = { ($0["class"] ?? "") + "|" + ($0["style"] ?? "") }
            guard Set(nodes.map(form)).count > 1, let model = choice(of: nodes, by: form) else { continue }
            let models = nodes.filter { form($0) == form(model) }
            for node in nodes where form(node) != form(model) {
                if let twin = models.first(where: { Self.showsSame(node, $0) }) { adoptClasses(of: twin, for: node) }
            }
        }
    }

    private mutating func adoptClasses(of twin: TreeNode, for node: TreeNode) {
        guard node["class"] != twin["class"] || node["style"] != twin["style"], let page = node.page else { return }
        let (attributes, rules) = (node.attributes, pages[page].rules)
        let inside = Self.matches(inside: node, pages[page])
        node.adopt("class", from: twin)
        node.adopt("style", from: twin)
        // What is inside may be dressed in another way than inside the twin, but must stay as it is.
        let isSame = takeOver(from: twin, to: node, alone: true) && inside == Self.matches(inside: node, pages[page])
        if !isSame { (node.attributes, pages[page].rules) = (attributes, rules) }
    }

    // MARK: Rules

    // Gives the page of `node` the rules that `model` needs, with all inside or alone; false when the same rules do not
    // come to mean the same.
    private mutating func takeOver(from model: TreeNode, to node: TreeNode, alone: Bool = false) -> Bool {
        guard let source = model.page, let target = node.page else { return false }
        let wanted = Self.matches(model, pages[source], alone: alone)
        if source == target { return wanted == Self.matches(node, pages[target], alone: alone) }
        let needed = Set(wanted.flatMap { $0 })
        var known = Set(pages[target].rules.map(\.text))
        var heads = Set(pages[target].rules.map(\.parts.head))
        let own = Set(node.all.map(ObjectIdentifier.init))
        var position = 0
        for rule in pages[source].rules {
            if let index = pages[target].rules[position...].firstIndex(where: { $0.text == rule.text }) {
                position = index + 1
            }
            guard needed.contains(rule.text), known.insert(rule.text).inserted else { continue }
            guard heads.insert(rule.parts.head).inserted, !Self.touches(rule, pages[target].body, outside: own) else {
                return false
            }
            pages[target].rules.insert(rule, at: position)
            position += 1
        }
        return wanted == Self.matches(node, pages[target], alone: alone)
    }

    // For the elements inside, the rules that match them.
    private static func matches(inside node: TreeNode, _ page: PageDraft) -> [[String]] {
        node.children.flatMap { matches($0, page, alone: false) }
    }

    // For the element, and for every element inside unless it stands alone, the rules that match it; for the groups
    // among the at-rules those that hold one.
    private static func matches(_ node: TreeNode, _ page: PageDraft, alone: Bool) -> [[String]] {
        (alone ? [node] : node.all).filter(\.isElement).map { element in
            let path = element.path
            return page.rules.filter { $0.reaches(path) }.map(\.text)
        }
    }

    private static func touches(
        _ rule: Stylesheet.Rule, _ body: TreeNode, outside own: Set<ObjectIdentifier>
    ) -> Bool {
        body.all.contains { $0.isElement && !own.contains(ObjectIdentifier($0)) && rule.reaches($0.path) }
    }
}

extension Stylesheet.Rule {
    /// Whether it says something about the last element of `path`.
    fileprivate func reaches(_ path: [HTMLElement]) -> Bool {
        isGroup ? inner.contains { $0.reaches(path) } : selectors.contains { $0.matches(path) }
    }
}

/// Looks for regions that show the same.
enum LookGroups {
    /// Groups of at least two regions whose pixels are alike, the largest regions first.
    ///
    /// - Complexity: regions × groups of about the same size.
    static func find(in pages: [PageDraft]) -> [[TreeNode]] {
        var groups: [[TreeNode]] = []
        var buckets: [Size: [Int]] = [:]
        for page in pages {
            for node in page.body.all where node.look != nil && node.tag != "body" && node.tag != "main" {
                guard let look = node.look, RegionClusters.mayStand(node) else { continue }
                let size = Size(look)
                let near = size.neighbours.flatMap { buckets[$0] ?? [] }.sorted()
                if let found = near.first(where: { groups[$0][0].look?.isLike(look) == true }) {
                    groups[found].append(node)
                } else {
                    buckets[size, default: []].append(groups.count)
                    groups.append([node])
                }
            }
        }
        func area(_ group: [TreeNode]) -> Double { group[0].look.map { $0.width * $0.height } ?? 0 }
        return groups.map(withoutNested).filter { $0.count > 1 }.enumerated()
            .sorted { (area($0.element), $1.offset) > (area($1.element), $0.offset) }.map(\.element)
    }

    // An element and the only thing in it may look the same: the outer one counts.
    private static func withoutNested(_ group: [TreeNode]) -> [TreeNode] {
        let members = Set(group.map(ObjectIdentifier.init))
        return group.filter { node in
            var above = node.parent
            while let outer = above {
                if members.contains(ObjectIdentifier(outer)) { return false }
                above = outer.parent
            }
            return true
        }
    }

    // Sizes that may be alike lie in neighbouring steps: a step is 6 % and at least 6 pixels.
    private struct Size: Hashable {
        var column, row: Int

        init(column: Int, row: Int) {
            self.column = column
            self.row = row
        }

        init(_ look: RegionLook) { self.init(column: Self.step(look.width), row: Self.step(look.height)) }

        var neighbours: [Size] {
            (-1...1).flatMap { x in (-1...1).map { y in Size(column: column + x, row: row + y) } }
        }

        // Linear up to 100 pixels, then by ratio.
        private static func step(_ length: Double) -> Int {
            length < 100 ? Int(length / 6) : 16 + Int(stepsOfRatio(length / 100))
        }

        private static func stepsOfRatio(_ ratio: Double) -> Double {
            var (steps, value) = (0.0, 1.06)
            while value <= ratio {
                value *= 1.06
                steps += 1
            }
            return steps
        }
    }
}
