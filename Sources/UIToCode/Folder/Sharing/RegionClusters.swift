// Which regions of the pages have the same layout. The signature of a region is its tags and how they are nested, with
// the names of attributes that carry meaning; texts, the values of attributes, and classes are no part of it. Regions
// of one signature belong together when most of their classes agree as well.

/// Regions that have the same layout.
struct RegionCluster {
    /// In the order of the pages, then of the document. No two overlap.
    var regions: [TreeNode]
    /// Elements, attributes and texts of one region.
    let size: Int
}

/// Looks for regions of the same layout.
struct RegionClusters {
    /// What is known of a node.
    private struct Measure {
        var shape: Int
        var size: Int
        var elementCount: Int
        /// Whether it has a property of the component around it, or the page's main content: such a region stays where
        /// it is.
        var isBound: Bool
    }

    private struct Shape: Hashable {
        var tag: String
        var attributeNames: [String]
        /// Of a use: its component and values.
        var use: [String]
        var children: [Int]
    }

    private var numbers: [Shape: Int] = [:]
    private var clusters: [Int: [RegionCluster]] = [:]
    private var order: [Int] = []

    /// The clusters of the trees below `roots`, which are no regions themselves, in the order of their first regions.
    static func find(below roots: [TreeNode]) -> [RegionCluster] {
        var finder = RegionClusters()
        for root in roots {
            for child in root.children { _ = finder.measure(child) }
        }
        return finder.order.flatMap { finder.clusters[$0] ?? [] }
    }

    /// Whether two regions have the same tags, nested in the same way, whatever their classes.
    static func haveSameShape(_ first: TreeNode, _ second: TreeNode) -> Bool {
        var finder = RegionClusters()
        return finder.measure(first).shape == finder.measure(second).shape
    }

    private mutating func measure(_ node: TreeNode) -> Measure {
        if let text = node.text {
            let shape = number(of: Shape(tag: "#", attributeNames: [], use: [], children: []))
            var isBound = false
            if case .property = text { isBound = true }
            return Measure(shape: shape, size: 1, elementCount: 0, isBound: isBound)
        }
        if let use = node.use {
            let key = [String(use.component.number)] + use.values
            let shape = number(of: Shape(tag: "", attributeNames: [], use: key, children: []))
            return Measure(shape: shape, size: 1 + use.values.count, elementCount: 0, isBound: false)
        }
        var measure = Measure(shape: 0, size: 1 + node.attributes.count, elementCount: 1, isBound: node.tag == "main")
        var children: [Int] = []
        for child in node.children {
            let inner = self.measure(child)
            children.append(inner.shape)
            measure.size += inner.size
            measure.elementCount += inner.elementCount
            measure.isBound = measure.isBound || inner.isBound
        }
        for attribute in node.attributes {
            if case .property? = attribute.value { measure.isBound = true }
        }
        measure.shape = number(
            of: Shape(tag: node.tag, attributeNames: Self.names(of: node), use: [], children: children))
        if !measure.isBound, Self.mayStand(node, elementCount: measure.elementCount) {
            add(node, shape: measure.shape, size: measure.size)
        }
        return measure
    }

    private mutating func number(of shape: Shape) -> Int {
        if let number = numbers[shape] { return number }
        numbers[shape] = numbers.count
        return numbers.count - 1
    }

    // Names of attributes but `class` and `style`; a bare one is another than one with a value.
    private static func names(of node: TreeNode) -> [String] {
        node.attributes.filter { !["class", "style"].contains($0.name) }.map {
            $0.value == nil ? $0.name + "?" : $0.name
        }
        .sorted()
    }

    private mutating func add(_ node: TreeNode, shape: Int, size: Int) {
        if clusters[shape] == nil { order.append(shape) }
        var found = clusters[shape] ?? []
        if let index = found.firstIndex(where: { Self.agree($0.regions[0], node) }) {
            found[index].regions.append(node)
        } else {
            found.append(RegionCluster(regions: [node], size: size))
        }
        clusters[shape] = found
    }

    // MARK: What counts

    /// Whether a region is enough to be a component: a landmark with something in it, or three elements.
    static func mayStand(_ node: TreeNode) -> Bool {
        mayStand(node, elementCount: node.all.count { $0.isElement })
    }

    private static func mayStand(_ node: TreeNode, elementCount: Int) -> Bool {
        !bound.contains(node.tag) && elementCount >= (landmarks.contains(node.tag) ? 2 : 3)
    }

    /// Regions of a page with a meaning of their own.
    static let landmarks: Set<String> = ["nav", "aside", "header", "footer"]

    // What only its own parent may hold, where no parser lets anything else stand; and what is a page's own.
    private static let bound: Set<String> = [
        "body", "caption", "col", "colgroup", "dd", "dt", "legend", "main", "optgroup", "option", "source", "summary",
        "tbody", "td", "tfoot", "th", "thead", "tr",
    ]

    // Whether most classes of two regions of one shape agree: at the root half of them, over all elements six in ten.
    private static func agree(_ first: TreeNode, _ second: TreeNode) -> Bool {
        guard likeness(first, second) >= 0.5 else { return false }
        var sum = 0.0
        var count = 0.0
        addLikeness(first, second, &sum, &count)
        return sum >= 0.6 * count
    }

    private static func addLikeness(_ first: TreeNode, _ second: TreeNode, _ sum: inout Double, _ count: inout Double) {
        guard first.isElement, second.isElement else { return }
        sum += likeness(first, second)
        count += 1
        for (one, other) in zip(first.children, second.children) { addLikeness(one, other, &sum, &count) }
    }

    // Shared classes over all; 1 without classes.
    private static func likeness(_ first: TreeNode, _ second: TreeNode) -> Double {
        let (one, other) = (Set(first.classes), Set(second.classes))
        let all = one.union(other)
        return all.isEmpty ? 1 : Double(one.intersection(other).count) / Double(all.count)
    }
}
