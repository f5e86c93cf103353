// Which regions become components. A component pays when its template and its uses together say the same in fewer words
// than the regions did: of all clusters the one that saves most becomes a component, its regions become uses, and what
// is left is looked at again, the templates included, so that components use components. What counts as a word: an
// element, an attribute, a text, a use, a value.

/// Turns regions that recur into components.
struct ComponentFinder {
    private let pages: [PageDraft]
    private(set) var components: [ComponentDraft] = []
    // What was rewritten in this round, and what lies around it: to be looked at again in the next.
    private var touched: Set<ObjectIdentifier> = []

    init(_ pages: [PageDraft]) { self.pages = pages }

    /// Makes uses of the user's own components, then components of what recurs at least twice.
    ///
    /// - Complexity: rounds × nodes; the rounds are about as many as components lie in each other.
    mutating func run(given: [GivenComponent]) {
        for component in given { use(component) }
        while true {
            touched = []
            let roots = pages.map(\.body) + components.filter { !$0.isGiven }.map(\.root)
            let candidates = RegionClusters.find(below: roots).filter { $0.regions.count > 1 }
                .map { (cluster: $0, saving: Self.saving($0)) }
                .filter { $0.saving > 0 }
                .sorted { $0.saving > $1.saving }
            if candidates.isEmpty { return }
            for candidate in candidates where isUntouched(candidate.cluster) {
                let template = ComponentTemplate(candidate.cluster.regions)
                add(template, regions: candidate.cluster.regions)
            }
        }
    }

    private static func saving(_ cluster: RegionCluster) -> Int {
        let values = ComponentTemplate(cluster.regions).properties.count
        let sizes = cluster.size * cluster.regions.count
        return sizes - cluster.size - cluster.regions.count * (1 + values)
    }

    private func isUntouched(_ cluster: RegionCluster) -> Bool {
        cluster.regions.allSatisfy { !touched.contains(ObjectIdentifier($0)) }
    }

    private mutating func add(_ template: ComponentTemplate, regions: [TreeNode]) {
        let component = ComponentDraft(
            number: components.count, root: template.root, properties: template.properties, samples: regions)
        components.append(component)
        for (region, values) in zip(regions, template.values) {
            ComponentTemplate.trace(region, to: template.root)
            put(component, values: values, for: region)
        }
    }

    private mutating func put(_ component: ComponentDraft, values: [String], for region: TreeNode) {
        region.visit { touched.insert(ObjectIdentifier($0)) }
        var above = region.parent
        while let node = above {
            touched.insert(ObjectIdentifier(node))
            above = node.parent
        }
        region.replace(with: TreeNode(use: TreeNode.Use(component: component, values: values), page: region.page))
    }

    // MARK: The user's own

    private mutating func use(_ given: GivenComponent) {
        guard let example = GivenTemplate(given) else { return }
        var found: [(region: TreeNode, values: [String])] = []
        for page in pages { Self.look(for: example, below: page.body, &found) }
        guard !found.isEmpty else { return }
        let component = ComponentDraft(
            number: components.count, root: example.root, properties: given.properties, samples: found.map(\.region),
            isGiven: true, name: given.name)
        components.append(component)
        for (region, values) in found {
            ComponentTemplate.trace(region, to: example.root)
            put(component, values: values, for: region)
        }
    }

    private static func look(
        for example: GivenTemplate, below node: TreeNode, _ found: inout [(region: TreeNode, values: [String])]
    ) {
        for child in node.children where child.isElement {
            if let values = example.values(of: child) {
                found.append((child, values))
            } else {
                look(for: example, below: child, &found)
            }
        }
    }
}
