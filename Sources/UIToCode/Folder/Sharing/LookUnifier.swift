// What looks the same in the designs but was written in different ways is written in one way. The proof is in the pixels;
// without it nothing is touched. Three kinds of proof allow more or less:
//
//     landmarks   the same words at the same place, whatever the state of the items: the best draft is written
//                 everywhere, with its words; the page's own item is dressed as the design marks it
//     kinds       the same box with other words: the form that most have, with each region's own words
//     looks       the same pixels: the form that most have, of the better page where they are equal; for the region and
//                 for each part of it that changes
//
// A page takes over the style rules that the other way of writing needs, or keeps its own way when they would mean
// something else to it.
import Render

/// Gives regions that look the same one form.
struct LookUnifier {
    private(set) var pages: [PageDraft]
    private let landmarks: [LandmarkGroup]
    private let kinds: [[TreeNode]]
    private let groups: [[TreeNode]]
    private let fixed: Set<Int>
    private var reaches: [String: RuleReach] = [:]

    /// - Parameters:
    ///   - landmarks: landmarks that are one thing.
    ///   - kinds: blocks of one kind.
    ///   - alike: regions that look the same, as `LookGroups` finds them.
    ///   - fixed: pages by index that stay as they are written.
    init(
        _ pages: [PageDraft], landmarks: [LandmarkGroup], kinds: [[TreeNode]], alike groups: [[TreeNode]],
        fixed: Set<Int> = []
    ) {
        self.pages = pages
        self.landmarks = landmarks
        self.kinds = kinds
        self.groups = groups
        self.fixed = fixed
    }

    /// Unifies landmarks and kinds, then whole regions, the largest first, then single elements at the same place of
    /// regions of one layout.
    mutating func run() {
        let links = PageLinks(pages)
        for group in landmarks { unify(group, links) }
        for group in kinds { unify(kind: group) }
        for group in groups { unify(group) }
        for cluster in RegionClusters.find(below: pages.map(\.body)) {
            let regions = cluster.regions.filter(mayChange)
            if regions.count > 1 { settle(regions) }
        }
    }

    private func mayChange(_ region: TreeNode) -> Bool { region.page.map { !fixed.contains($0) } ?? true }

    // Those of a group that stand where they stood, and may be written in another way.
    private func open(_ group: [TreeNode]) -> [TreeNode] {
        group.filter { !$0.isGone && $0.writtenAs == nil && mayChange($0) }
    }

    // MARK: Landmarks

    private mutating func unify(_ group: LandmarkGroup, _ links: PageLinks) {
        let regions = open(group.regions)
        guard let model = bestDraft(of: regions), let source = model.page else { return }
        let marks = Dictionary(zip(group.regions.map { ObjectIdentifier($0) }, group.marks)) { first, _ in first }
        for region in regions where region !== model {
            guard let page = region.page else { continue }
            let isAlike = RegionClusters.haveSameShape(region, model)
            let place = isAlike ? Self.setOff(in: region) : nil
            if let written = rewrite(region, like: model, words: model.texts) {
                let own =
                    place.map { Self.items(of: written)[$0] }
                    ?? item(of: page, in: written, links, marks[ObjectIdentifier(region)] ?? [])
                let others =
                    Self.setOff(in: written).map { Self.items(of: written)[$0] }
                    ?? item(of: source, in: written, links, marks[ObjectIdentifier(model)] ?? [])
                Self.moveState(from: others, to: own, in: written)
            } else if isAlike {
                adoptClasses(inside: region, like: model)
                for (word, other) in zip(region.texts, model.texts) { word.text = other.text }
            }
        }
    }

    // The draft that comes closest to the design in size, so that no page loses, among those that have more than half
    // of the words that another has; of equal ones that in the form most have, then that of the page with the best
    // score.
    private func bestDraft(of regions: [TreeNode]) -> TreeNode? {
        let most = Double(regions.map { $0.texts.count }.max() ?? 1)
        let counts = Dictionary(regions.map { ($0.form, 1) }, uniquingKeysWith: +)
        func rank(_ index: Int) -> (Double, Int, Double, Int) {
            let region = regions[index]
            guard Double(region.texts.count) * 2 > most || most == 0 else { return (-1, 0, 0, -index) }
            var fit = 1.0
            if let box = region.box, let place = region.place, box.area > 0, place.area > 0 {
                fit =
                    min(box.width, place.width) / max(box.width, place.width)
                    * min(box.height, place.height) / max(box.height, place.height)
            }
            return ((fit * 50).rounded(), counts[region.form, default: 0], score(of: region), -index)
        }
        guard regions.count > 1 else { return nil }
        return regions.indices.max { rank($0) < rank($1) }.map { regions[$0] }
    }

    // The item of a bar that stands for a page: what names the page, else what lies where the bar has its state.
    private func item(of page: Int, in bar: TreeNode, _ links: PageLinks, _ marks: [Box]) -> TreeNode? {
        let items = Self.items(of: bar)
        let named = items.filter { links.slug(namedBy: $0.innerText) == pages[page].slug }
        if named.count == 1 { return named[0] }
        guard let corner = bar.box, let mark = marks.max(by: { $0.area < $1.area }) else { return nil }
        func share(_ item: TreeNode) -> Double {
            guard let box = item.box else { return 0 }
            let inside = Box(x: box.x - corner.x, y: box.y - corner.y, width: box.width, height: box.height)
            let shared = inside.intersection(mark)?.area ?? 0
            return shared / max(1, inside.area + mark.area - shared)
        }
        return items.max { share($0) < share($1) }.flatMap { share($0) >= 0.3 ? $0 : nil }
    }

    private static func items(of bar: TreeNode) -> [TreeNode] { bar.all.filter { ["a", "button"].contains($0.tag) } }

    // The place of the one item that is dressed as no other is, where all others are dressed alike.
    private static func setOff(in bar: TreeNode) -> Int? {
        let dresses = items(of: bar).map(dress)
        let counts = Dictionary(dresses.map { ($0, 1) }, uniquingKeysWith: +)
        guard dresses.count > 2, counts.count == 2 else { return nil }
        return dresses.firstIndex { counts[$0] == 1 }
    }

    private static func dress(_ item: TreeNode) -> String { (item["class"] ?? "") + "|" + (item["style"] ?? "") }

    // Dresses one item as another was, and that one as most of the others are. An item that is dressed like most has no
    // state to give.
    private static func moveState(from marked: TreeNode?, to own: TreeNode?, in bar: TreeNode) {
        guard let marked, marked !== own else { return }
        let others = items(of: bar).filter { $0 !== marked && $0 !== own && $0.tag == marked.tag }
        let counts = Dictionary(others.map { (dress($0), 1) }, uniquingKeysWith: +)
        guard counts[dress(marked)] == nil,
            let plain = others.max(by: { counts[dress($0), default: 0] < counts[dress($1), default: 0] })
        else { return }
        if let own {
            own.adopt("class", from: marked)
            own.adopt("style", from: marked)
        }
        marked.adopt("class", from: plain)
        marked.adopt("style", from: plain)
    }

    // MARK: Kinds

    private mutating func unify(kind group: [TreeNode]) {
        let regions = open(group)
        guard let model = choice(of: regions, by: Self.outline) else { return }
        for region in regions where region !== model {
            if RegionClusters.haveSameShape(region, model) {
                adoptClasses(inside: region, like: model)
            } else if Self.showsNoMore(region, model) {
                let box = region.classes.last.map(String.init)
                rewrite(region, like: model, words: region.texts, boxClass: box)
            }
        }
    }

    // Tags and how they are nested, without what the root is as a box of its page.
    private static func outline(_ node: TreeNode) -> String {
        node.isElement ? "<\(node.tag)>\(node.children.map(outline).joined())</>" : "#"
    }

    // Whether another form, with the same number of words, has place for everything a region shows. A box to be ticked
    // says nothing by itself.
    private static func showsNoMore(_ region: TreeNode, _ model: TreeNode) -> Bool {
        func contents(_ node: TreeNode) -> [String] {
            node.all.filter { inner in
                ["img", "svg", "video", "canvas", "select", "textarea"].contains(inner.tag)
                    || inner.tag == "input" && !["checkbox", "radio"].contains(inner["type"] ?? "")
            }
            .map(\.tag)
        }
        return contents(region).isEmpty && contents(model).isEmpty && !region.texts.isEmpty
    }

    // MARK: Whole regions

    private mutating func unify(_ group: [TreeNode]) {
        let regions = group.filter { !$0.isGone && mayChange($0) }
        guard regions.count > 1, let model = choice(of: regions, by: \.form) else { return }
        let form = model.form
        for region in regions where region !== model && region.form != form {
            if RegionClusters.haveSameShape(region, model) {
                adoptClasses(inside: region, like: model)
            } else if Self.textsShowSame(region.texts, model.texts) {
                rewrite(region, like: model, words: region.texts, showsSame: true)
            }
        }
    }

    private mutating func adoptClasses(inside region: TreeNode, like model: TreeNode) {
        for (node, twin) in zip(region.all, model.all) where Self.showsSame(node, twin) {
            adoptClasses(of: twin, for: node)
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

    // Writes a region as another one is written; nil when that is not to be had.
    //
    // - Parameters:
    //   - words: what it says, text by text.
    //   - boxClass: the class that makes it a box of its page, in the place of the model's, which is the last; nil for
    //     the model's own.
    //   - showsSame: whether the two are equal in every part.
    @discardableResult
    private mutating func rewrite(
        _ region: TreeNode, like model: TreeNode, words: [TreeNode], boxClass: String? = nil, showsSame: Bool = false
    ) -> TreeNode? {
        guard let page = region.page, let box = region.box, let place = model.box else { return nil }
        let written = model.copy()
        let holes = written.texts
        guard words.count == holes.count else { return nil }
        for (hole, word) in zip(holes, words) { hole.text = word.text }
        written.visit { node in
            node.page = page
            if !showsSame { node.look = nil }
            node.box = node.box.map {
                Box(x: $0.x - place.x + box.x, y: $0.y - place.y + box.y, width: $0.width, height: $0.height)
            }
        }
        written.place = region.place
        written.look = region.look
        let rules = pages[page].rules
        region.replace(with: written)
        guard takeOver(from: model, to: written) else {
            written.replace(with: region)
            pages[page].rules = rules
            return nil
        }
        if let boxClass, !written.classes.isEmpty {
            written.set("class", (written.classes.dropLast().map(String.init) + [boxClass]).joined(separator: " "))
        }
        region.visit { $0.isGone = true }
        region.isGone = false
        region.writtenAs = written
        return written
    }

    private static func textsShowSame(_ words: [TreeNode], _ others: [TreeNode]) -> Bool {
        words.count == others.count
            && zip(words, others).allSatisfy { word, other in
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
        let inside = matches(inside: node)
        node.adopt("class", from: twin)
        node.adopt("style", from: twin)
        // What is inside may be dressed in another way than inside the twin, but must stay as it is.
        let isSame = takeOver(from: twin, to: node, alone: true) && inside == matches(inside: node)
        if !isSame { (node.attributes, pages[page].rules) = (attributes, rules) }
    }

    // MARK: Rules

    // A rule as one element has it: how much it weighs there, and what it says.
    private struct Match: Equatable {
        let weight: SelectorWeight
        let body: String
    }

    // Gives the page of `node` the rules that `model` needs, with all inside or alone; false when the same rules do not
    // come to mean the same, there or elsewhere on the page.
    private mutating func takeOver(from model: TreeNode, to node: TreeNode, alone: Bool = false) -> Bool {
        guard let source = model.page, let target = node.page else { return false }
        let wanted = matches(model, pages[source].rules, alone: alone)
        if source == target { return wanted == matches(node, pages[target].rules, alone: alone) }
        let paths = Self.elements(of: model, alone: alone).map(\.path)
        let before = pages[target].rules
        var known = Set(before.map(\.text))
        var added: [Stylesheet.Rule] = []
        var position = 0
        for rule in pages[source].rules {
            if let index = pages[target].rules[position...].firstIndex(where: { $0.text == rule.text }) {
                position = index + 1
                continue
            }
            guard !known.contains(rule.text), paths.contains(where: { isReached($0, by: rule) }) else { continue }
            known.insert(rule.text)
            added.append(rule)
            pages[target].rules.insert(rule, at: position)
            position += 1
        }
        let own = Set(node.all.map(ObjectIdentifier.init))
        for element in pages[target].body.all where element.isElement && !own.contains(ObjectIdentifier(element)) {
            let path = element.path
            guard added.contains(where: { isReached(path, by: $0) }) else { continue }
            if matches(path, before) != matches(path, pages[target].rules) { return false }
        }
        return wanted == matches(node, pages[target].rules, alone: alone)
    }

    // For the elements inside, the rules that match them.
    private mutating func matches(inside node: TreeNode) -> [[Match]] {
        guard let page = node.page else { return [] }
        return node.children.flatMap { matches($0, pages[page].rules, alone: false) }
    }

    // For the element, and for every element inside unless it stands alone, the rules that match it.
    private mutating func matches(_ node: TreeNode, _ rules: [Stylesheet.Rule], alone: Bool) -> [[Match]] {
        var found: [[Match]] = []
        for element in Self.elements(of: node, alone: alone) { found.append(matches(element.path, rules)) }
        return found
    }

    // The rules that match the last element of a path; of rules that weigh and say the same the last one counts.
    private mutating func matches(_ path: [HTMLElement], _ rules: [Stylesheet.Rule]) -> [Match] {
        var found: [Match] = []
        for rule in rules {
            for match in reach(of: rule).matches(path) {
                let match = Match(weight: match.weight, body: match.body)
                found.removeAll { $0 == match }
                found.append(match)
            }
        }
        return found
    }

    private mutating func isReached(_ path: [HTMLElement], by rule: Stylesheet.Rule) -> Bool {
        !reach(of: rule).matches(path).isEmpty
    }

    private mutating func reach(of rule: Stylesheet.Rule) -> RuleReach {
        if let known = reaches[rule.text] { return known }
        let reach = RuleReach(rule)
        reaches[rule.text] = reach
        return reach
    }

    private static func elements(of node: TreeNode, alone: Bool) -> [TreeNode] {
        (alone ? [node] : node.all).filter(\.isElement)
    }
}
