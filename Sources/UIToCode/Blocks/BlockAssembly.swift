// The pages of the blocks → one document in the layout of the tree. Each block's body becomes a `div` with the body's
// classes; full-width bands at the top and bottom become `header` and `footer`, a bar down the left side `nav`, down the
// right side `aside`, the rest `main`. Blocks of one kind whose pages have the same elements are written once: one
// class, one set of rules; each carries its own words and, where they differ, its own classes.

/// Puts the pages of blocks together.
enum BlockAssembly {
    /// One document with all blocks in their places; it needs no other file that the pages did not need.
    ///
    /// - Parameters:
    ///   - pages: a complete document for each of `tree.leaves`, in that order.
    ///   - fallbackTitle: plain text, the title of a page without a heading.
    /// Proof: `BlockAssemblyTests`.
    static func document(of tree: BlockTree, pages: [String], fallbackTitle: String) -> String {
        let leaves = tree.leaves
        precondition(pages.count == leaves.count, "every leaf has one page")
        let landmarks = BlockLandmarks(tree)
        let merge = BlockMerge(pages.map { BlockPage($0) }, in: leaves.map { landmarks.element(around: $0) })
        var scribe = BlockScribe(tree: tree, leaves: leaves, pages: merge.pages, landmarks: landmarks)
        let body = scribe.body()
        let title = merge.pages.lazy.compactMap { page in page.body.first { $0.name == "h1" }?.innerText }
            .first { !$0.isEmpty }
        return Page.document(
            title: title ?? HTMLText.escaped(fallbackTitle), styles: scribe.styles().map { "    \($0)\n" }.joined(),
            body: body.joined(separator: "\n"))
    }
}

/// Which landmark each part of a page is.
struct BlockLandmarks {
    // The landmark that a rectangle is, and which lies in none other.
    private var regions: [(rect: PixelRect, element: String)] = []

    /// Finds the landmarks of a page by their places.
    init(_ tree: BlockTree) {
        let root = tree.root
        let band = Int(120 * tree.scale)
        var middle = root.children
        guard root.direction == .column, middle.count > 1 else {
            addSides(of: root, in: root)
            return
        }
        if let first = middle.first, first.rect.ys.upperBound <= max(band, root.rect.height / 7) {
            regions.append((first.rect, "header"))
            middle.removeFirst()
        }
        if middle.count > 1, let last = middle.last, last.rect.height <= max(band, root.rect.height / 5),
            last.rect.width * 20 >= root.rect.width * 19, last.rect.ys.upperBound * 50 >= root.rect.height * 49
        {
            regions.append((last.rect, "footer"))
            middle.removeLast()
        }
        if middle.count == 1 { addSides(of: middle[0], in: root) }
    }

    /// The landmark that a block begins; nil for one inside `main` or inside another landmark.
    func element(of block: Block) -> String? {
        regions.first { $0.rect == block.rect }?.element
    }

    /// The landmark that a block stands in.
    func element(around block: Block) -> String {
        regions.first { $0.rect.contains(block.rect) }?.element ?? "main"
    }

    /// Whether a landmark other than `main` lies inside a block.
    func isDivided(_ block: Block) -> Bool {
        regions.contains { block.rect.contains($0.rect) && block.rect != $0.rect }
    }

    private mutating func addSides(of block: Block, in root: Block) {
        guard block.direction == .row, let first = block.children.first, let last = block.children.last,
            block.children.count > 1, block.rect.height * 2 >= root.rect.height
        else { return }
        if first.rect.width * 10 <= root.rect.width * 3 {
            regions.append((first.rect, "nav"))
            if block.children.count == 2 { return }
        }
        if last.rect.width * 20 <= root.rect.width * 7 { regions.append((last.rect, "aside")) }
    }
}

/// Writes the body of a document and its rules.
struct BlockScribe {
    private let tree: BlockTree
    private let leaves: [Block]
    private var pages: [BlockPage]
    private let landmarks: BlockLandmarks
    private let scopes: [BlockStyles.Scope]
    // For each leaf the number of its scope.
    private let scopeOfLeaf: [Int]
    private let styleLines: [String]
    private let namedScopes: Set<String>
    // The class of every block's `div`.
    private let container: String
    private var layout: BlockLayout
    private var leaf = 0

    init(tree: BlockTree, leaves: [Block], pages: [BlockPage], landmarks: BlockLandmarks) {
        self.tree = tree
        self.leaves = leaves
        self.landmarks = landmarks
        let taken = Self.classes(in: pages)
        var kinds = BlockKindPages(leaves: leaves, pages: pages, taken: taken)
        kinds.agree()
        self.pages = kinds.pages
        scopes = kinds.scopes
        scopeOfLeaf = kinds.scopeOfLeaf
        container = taken.contains("block") ? BlockScribe.free("block", taken) : "block"
        let sheet = BlockStyles(scopes, container: container).sheet
        styleLines = sheet.lines
        namedScopes = sheet.names
        layout = BlockLayout(tree, prefix: Self.free("part-", taken))
    }

    /// The `body` element, line by line.
    mutating func body() -> [String] {
        leaf = 0
        let root = tree.root
        let page = layout.boxClass(root, at: nil, sizedLike: root)
        let inner = root.isLeaf ? write(root, at: nil) : children(of: root)
        return ["<body class=\"\(page)\">"] + inner.map { "  " + $0 } + ["</body>"]
    }

    /// The rules of the page; to be asked for after `body`.
    func styles() -> [String] {
        let reset = ".\(container) { position: relative; width: auto; margin: 0; }"
        return styleLines + [reset] + layout.rules
    }

    // MARK: Boxes

    private mutating func children(of block: Block) -> [String] {
        let holdsMain = block.rect == tree.root.rect || landmarks.isDivided(block)
        let isMain = block.children.map { child in
            holdsMain && landmarks.element(of: child) == nil && !landmarks.isDivided(child)
        }
        let isOnlyMain = isMain.filter { $0 }.count == 1
        var lines: [String] = []
        var main: [String] = []
        for (index, child) in block.children.enumerated() {
            let place = BlockLayout.Place(parent: block, index: index)
            if isMain[index], isOnlyMain, !child.isLeaf {
                lines += write(child, at: place, as: "main")
            } else if isMain[index] {
                main += write(child, at: place)
            } else {
                lines += Self.wrapped(&main) + write(child, at: place)
            }
        }
        return lines + Self.wrapped(&main)
    }

    // The parts of the page's main content in their element, which makes no box of its own.
    private static func wrapped(_ lines: inout [String]) -> [String] {
        defer { lines = [] }
        return lines.isEmpty ? [] : ["<main style=\"display: contents\">"] + lines.map { "  " + $0 } + ["</main>"]
    }

    private mutating func write(_ block: Block, at place: BlockLayout.Place?, as name: String = "div") -> [String] {
        let element = landmarks.element(of: block) ?? name
        guard block.isLeaf else {
            let name = layout.boxClass(block, at: place, sizedLike: block)
            return ["<\(element) class=\"\(name)\">"] + children(of: block).map { "  " + $0 } + ["</\(element)>"]
        }
        guard !block.isBlank else {
            return ["<div class=\"\(layout.boxClass(block, at: place, sizedLike: block))\"></div>"]
        }
        let number = leaf
        leaf += 1
        let scope = scopeOfLeaf[number]
        let model = scopeOfLeaf.firstIndex(of: scope).map { leaves[$0] } ?? block
        let box = layout.boxClass(block, at: place, sizedLike: model)
        let lines = content(number, box: box, scope: scopes[scope].name)
        if element == "div" { return lines }
        return ["<\(element) style=\"display: contents\">"] + lines.map { "  " + $0 } + ["</\(element)>"]
    }

    // A block's body as a `div`, line by line.
    private func content(_ number: Int, box: String, scope: String) -> [String] {
        var body = pages[number].body
        let own = body.classes.map(String.init)
        let names = [container] + (namedScopes.contains(scope) ? [scope] : []) + own + [box]
        body.set("class", names.joined(separator: " "))
        let sheet = Stylesheet(pages[number].rules.map(\.text).joined(separator: "\n"))
        let markup = HTMLPrinter.pretty(body, stylesheet: sheet)
        let div = "<div" + markup.dropFirst("<body".count).dropLast("</body>".count) + "</div>"
        return div.contains("<pre") || div.contains("<textarea") ? [div] : div.split(separator: "\n").map(String.init)
    }

    // MARK: Names

    private static func classes(in pages: [BlockPage]) -> Set<Substring> {
        var names: Set<Substring> = []
        for page in pages {
            names.formUnion(page.body.classes)
            page.body.visit { names.formUnion($0.element?.classes ?? []) }
        }
        return names
    }

    // A prefix that no class of the pages starts with.
    fileprivate static func free(_ prefix: String, _ taken: Set<Substring>) -> String {
        var prefix = prefix
        while taken.contains(where: { $0.hasPrefix(prefix) }) { prefix = "x-" + prefix }
        return prefix
    }
}

/// Which blocks share one set of rules.
struct BlockKindPages {
    private(set) var pages: [BlockPage]
    private(set) var scopes: [BlockStyles.Scope] = []
    private(set) var scopeOfLeaf: [Int] = []
    // Per scope: the leaves in it.
    private var members: [[Int]] = []

    /// Gathers leaves that look alike and whose pages have the same elements.
    init(leaves: [Block], pages: [BlockPage], taken: Set<Substring>) {
        self.pages = pages
        var groups: [String: Int] = [:]
        for (index, leaf) in leaves.enumerated() {
            let key = leaf.kind.map { "\($0) \(pages[index].shape)" }
            if let key, let group = groups[key] {
                members[group].append(index)
                scopeOfLeaf.append(group)
            } else {
                if let key { groups[key] = members.count }
                scopeOfLeaf.append(members.count)
                members.append([index])
            }
        }
        let (block, kind) = (BlockScribe.free("block-", taken), BlockScribe.free("kind-", taken))
        var kindCount = 0
        for (number, group) in members.enumerated() {
            if group.count > 1 { kindCount += 1 }
            scopes.append(
                BlockStyles.Scope(
                    name: group.count > 1 ? "\(kind)\(kindCount)" : "\(block)\(number + 1)", bodies: [], rules: []))
        }
    }

    /// Gives each kind the body classes that most of its pages have, and the rules of its first page with those of the
    /// others that it lacks, in the order that all pages keep where there is one.
    mutating func agree() {
        let order = RuleOrder.common(pages.map { $0.rules.map(\.text) }) ?? []
        let places = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        for (number, group) in members.enumerated() {
            let looks = group.map { pages[$0].body["class"] ?? "" }
            let counts = Dictionary(looks.map { ($0, 1) }, uniquingKeysWith: +)
            if let common = looks.max(by: { counts[$0, default: 0] < counts[$1, default: 0] }), group.count > 1 {
                for index in group { pages[index].body.set("class", common.isEmpty ? nil : common) }
            }
            var rules = pages[group[0]].rules
            var heads = Set(rules.map(\.parts.head))
            for index in group.dropFirst() {
                for rule in pages[index].rules where heads.insert(rule.parts.head).inserted { rules.append(rule) }
            }
            scopes[number].rules =
                order.isEmpty ? rules : rules.sorted { places[$0.text, default: 0] < places[$1.text, default: 0] }
            scopes[number].bodies = group.map { pages[$0].body }
        }
    }
}
