// What of a screen's boxes and texts makes a form: fields, check boxes, their labels, and what holds them together. All
// by places, colours and words; in doubt a box stays a box.
import Render

/// What of a form a node is.
enum ScreenControl: Equatable {
    case field(ScreenField)
    case check(ScreenCheck)
    /// Says what the element with an identifier is.
    case label(of: String)
    case form
}

/// A box to write in.
struct ScreenField: Equatable {
    /// `text`, `email`, `password` or `search`; nil for one of several lines.
    var type: String?
    var id: String?
    /// Plain text; nil for an empty one.
    var words: String?
    /// Whether the words only show until something is written.
    var isPlaceholder: Bool
    /// CSS pixels, for words that share a box with an icon; nil for a whole box.
    var width: Double?
}

/// A box or a ring to choose by a click.
struct ScreenCheck: Equatable {
    enum Kind: String {
        case checkbox, radio
    }

    var kind: Kind
    var id: String?
    var isChecked: Bool
}

/// Finds the parts of forms in a tree.
struct ScreenControls {
    // A node with what surrounds it.
    private struct Site {
        var node: ScreenNode
        /// The number of the box around it.
        var box: Int
        /// The colour behind it.
        var ground: RGB
    }

    // In the order of the page, each node before what is in it.
    private var sites: [Site] = []
    private var controls: [Int: ScreenControl] = [:]
    private var ids: Set<String> = []
    // The most that a text differs from its ground.
    private var strongest = 0.0

    /// Marks fields, check boxes, their labels and forms.
    static func mark(_ root: inout ScreenNode, background: RGB) {
        var controls = ScreenControls(root, background: background)
        controls.findFields()
        controls.findChecks()
        var next = 0
        _ = controls.mark(&root, &next)
    }

    private init(_ root: ScreenNode, background: RGB) {
        collect(root, box: 0, ground: background)
        strongest =
            sites.compactMap { site in
                site.node.text.map { abs($0.colour.lightness - site.ground.lightness) }
            }.max() ?? 0
    }

    private mutating func collect(_ node: ScreenNode, box: Int, ground: RGB) {
        let index = sites.count
        sites.append(Site(node: node, box: box, ground: ground))
        let isBox = node.look != nil
        let inner = node.look?.background ?? node.look?.gradient?.from ?? ground
        for child in node.children + node.overlays {
            collect(child, box: isBox ? index : box, ground: inner)
        }
    }

    // MARK: Fields

    // CSS pixels.
    private static let lineHeights = 28.0...60
    private static let tallHeights = 60.0...320
    // The words begin no farther than this from a field's sides, in CSS pixels.
    private static let mostInset = 24.0

    private mutating func findFields() {
        for index in sites.indices {
            if let words = words(of: index, heights: Self.lineHeights) {
                let label = label(of: index, words.text)
                guard isField(index, words.text, label) else { continue }
                controls[index] = .field(field(index, words.text, label, isTall: false))
            } else if let entry = entry(of: index) {
                let label = label(of: index, entry.text)
                guard entry.isSure || label != nil, isField(index, entry.text, label) else { continue }
                var field = field(index, entry.text, label, isTall: false)
                field.width = entry.width
                controls[entry.site] = .field(field)
            }
        }
        // Only beside other fields: else a large box is more likely a card.
        guard !controls.isEmpty else { return }
        for index in sites.indices {
            guard let words = words(of: index, heights: Self.tallHeights), sites[index].node.look?.border != nil,
                words.text.map({ isGrey($0, in: index) }) != false, let label = label(of: index, words.text)
            else { continue }
            controls[index] = .field(field(index, words.text, label, isTall: true))
        }
    }

    private struct Words {
        var text: ScreenText?
    }

    // What a box of a field's shape says; nil for other boxes.
    private func words(of index: Int, heights: ClosedRange<Double>) -> Words? {
        let node = sites[index].node
        guard let look = node.look, look.isVisible, node.landmark == nil, heights.contains(node.box.height),
            node.box.width >= 60, node.box.width > node.box.height, node.overlays.isEmpty, controls[index] == nil
        else { return nil }
        if node.children.isEmpty { return Words() }
        guard node.children.count == 1, let child = node.children.first, let text = child.text,
            !ScreenRole(of: node).isControl, (0...Self.mostInset).contains(child.box.x - node.box.x)
        else { return nil }
        let isAtTop = (0...Self.mostInset).contains(child.box.y - node.box.y)
        guard text.lines.count == 1, isAtTop else { return nil }
        return Words(text: text)
    }

    // Words that share a box with icons.
    private struct Entry {
        var text: ScreenText
        var site: Int
        var width: Double
        /// Whether an icon stands before them and nothing behind.
        var isSure: Bool
    }

    // The one line of text in a box, behind an icon, before one, or between two; nil for other boxes.
    private func entry(of index: Int) -> Entry? {
        let node = sites[index].node
        guard let look = node.look, look.isVisible, Self.lineHeights.contains(node.box.height), node.axis == .row,
            node.landmark == nil, node.overlays.isEmpty, (2...3).contains(node.children.count),
            let place = node.children.firstIndex(where: { $0.text != nil }), place <= 1,
            let text = node.children[place].text, text.lines.count == 1,
            let first = node.children.first, (0...Self.mostInset).contains(first.box.x - node.box.x)
        else { return nil }
        let words = node.children[place]
        if place == 1 {
            let gap = words.box.x - first.box.right
            guard Self.isIcon(first), (0...Self.mostInset).contains(gap) else { return nil }
        }
        let behind = node.children[(place + 1)...]
        guard let last = behind.first else {
            guard !ScreenRole(of: node).isControl else { return nil }
            let end = node.box.right - (first.box.x - node.box.x)
            return Entry(text: text, site: index + 1 + place, width: end - words.box.x, isSure: true)
        }
        // What is lower than wide points down: a choice to open. Farther apart than words and icon of a button.
        guard behind.count == 1, last.text == nil, last.box.width <= 40, last.box.height >= 0.75 * last.box.width,
            last.box.x - words.box.right > 40
        else { return nil }
        return Entry(text: text, site: index + 1 + place, width: last.box.x - words.box.x, isSure: place == 1)
    }

    private static func isIcon(_ node: ScreenNode) -> Bool {
        (node.isPicture || node.look != nil) && node.box.width <= 28 && node.children.isEmpty
            && node.overlays.isEmpty
    }

    private func isField(_ index: Int, _ text: ScreenText?, _ label: Int?) -> Bool {
        let node = sites[index].node
        let isBordered = node.look?.border != nil
        guard let text else { return isBordered && label != nil }
        if Self.isSearch(text.words) { return node.box.width >= 120 }
        let isGrey = isGrey(text, in: index)
        if label != nil { return isGrey || (isBordered && !isListed(index)) }
        return isBordered && isGrey && node.box.width >= 160 && !text.words.hasPrefix("+")
    }

    // Whether a text stands back from the page's other texts, as what is to be replaced does.
    private func isGrey(_ text: ScreenText, in index: Int) -> Bool {
        let look = sites[index].node.look
        let ground = look?.background ?? look?.gradient?.from ?? sites[index].ground
        return abs(text.colour.lightness - ground.lightness) <= 0.65 * strongest
    }

    // Whether a box of the same size follows at once: then both are entries of a list.
    private func isListed(_ index: Int) -> Bool {
        let box = sites[index].node.box
        return sites.contains { site in
            let other = site.node.box
            return site.box == sites[index].box && site.node.look != nil && abs(other.x - box.x) <= 1
                && abs(other.width - box.width) <= 1 && abs(other.height - box.height) <= 2
                && min(abs(other.y - box.bottom), abs(box.y - other.bottom)) <= 16
        }
    }

    private mutating func field(_ index: Int, _ text: ScreenText?, _ label: Int?, isTall: Bool) -> ScreenField {
        let name = label.flatMap { sites[$0].node.text?.words }
        let type = isTall ? nil : Self.type(words: text?.words ?? "", label: name ?? "")
        // What is written in a field for passwords would not be shown.
        let isHidden = type == "password" || type == "search"
        return ScreenField(
            type: type, id: join(label), words: text?.words,
            isPlaceholder: isHidden || text.map { isGrey($0, in: index) } == true)
    }

    private static func type(words: String, label: String) -> String {
        let (words, label) = (words.lowercased(), label.lowercased())
        let isMask = words.count >= 3 && words.allSatisfy { "•●∙·*".contains($0) }
        if isMask || words.contains("password") || label.contains("password") { return "password" }
        if isSearch(words) { return "search" }
        let isAddress = words.dropFirst().contains("@") || label.contains("email") || label.contains("e-mail")
        return isAddress ? "email" : "text"
    }

    private static func isSearch(_ words: String) -> Bool { words.lowercased().hasPrefix("search") }

    // MARK: Labels

    // The line right above a field, else the one right before it.
    private func label(of index: Int, _ words: ScreenText?) -> Int? {
        let box = sites[index].node.box
        let most = max(18, 1.2 * (words?.fontSize ?? 0))
        let lines = names(beside: index).filter { line in
            sites[line].node.text.map { $0.lines.count == 1 && $0.fontSize <= most } == true
        }
        func isAbove(_ line: Int) -> Bool {
            let other = sites[line].node.box
            return abs(other.x - box.x) <= 3 && (-3...14).contains(box.y - other.bottom)
        }
        if let above = lines.last(where: isAbove) { return above }
        if words.map({ Self.isSearch($0.words) }) == true { return nil }
        return lines.last { line in
            let other = sites[line].node.box
            return abs(other.center.y - box.center.y) <= 4 && (0...24).contains(box.x - other.right)
        }
    }

    // Texts in the same box that name nothing yet.
    private func names(beside index: Int) -> [Int] {
        sites.indices.filter { other in
            guard let text = sites[other].node.text else { return false }
            return sites[other].box == sites[index].box && controls[other] == nil
                && text.words.contains(where: \.isLetter)
        }
    }

    // Makes a text the label of something.
    private mutating func join(_ label: Int?) -> String? {
        guard let label, let text = sites[label].node.text else { return nil }
        let words = text.words.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.prefix(4)
        var name = words.joined(separator: "-")
        if name.first?.isLetter != true { name = name.isEmpty ? "field" : "field-\(name)" }
        var (id, count) = (name, 1)
        while !ids.insert(id).inserted {
            count += 1
            id = "\(name)-\(count)"
        }
        controls[label] = .label(of: id)
        return id
    }

    // MARK: Check boxes

    private mutating func findChecks() {
        let squares = sites.indices.filter(isSmallSquare)
        let named = squares.compactMap { index in name(rightOf: index, amid: squares).map { (index, $0) } }
        for (index, label) in named {
            guard let look = sites[index].node.look, controls[label] == nil else { continue }
            let isBordered = look.border != nil
            let isRound = look.radius >= 0.45 * sites[index].node.box.width
            let isPlain = isBordered || look.background.map { $0.lightness >= 240 } == true
            guard isRound ? isBordered : look.isTicked || isPlain else { continue }
            controls[index] = .check(
                ScreenCheck(kind: isRound ? .radio : .checkbox, id: join(label), isChecked: look.isTicked))
        }
        // Filled ones in a column with open ones are chosen; of several colours they are the key to a chart.
        let fills = Set(named.compactMap { index, _ in accent(of: index) })
        let open = controls.keys.filter { if case .check = controls[$0] { true } else { false } }
        for (index, label) in named where controls[index] == nil && controls[label] == nil {
            let box = sites[index].node.box
            let isInColumn = open.contains { other in
                let above = sites[other].node.box
                return sites[other].box == sites[index].box && abs(above.x - box.x) <= 1
                    && abs(above.width - box.width) <= 1
            }
            guard isInColumn, fills.count == 1, accent(of: index) != nil else { continue }
            controls[index] = .check(ScreenCheck(kind: .checkbox, id: join(label), isChecked: true))
        }
        for index in squares where controls[index] == nil && sites[index].node.look?.isTicked == true {
            controls[index] = .check(ScreenCheck(kind: .checkbox, id: nil, isChecked: true))
        }
    }

    private func isSmallSquare(_ index: Int) -> Bool {
        let node = sites[index].node
        guard let look = node.look, look.isVisible, look.gradient == nil else { return false }
        // The tick itself may be a picture.
        let isEmpty = look.isTicked ? node.children.allSatisfy(\.isPicture) : node.children.isEmpty
        return isEmpty && node.overlays.isEmpty && (12...24).contains(node.box.width)
            && (12...24).contains(node.box.height) && abs(node.box.width - node.box.height) <= 1
    }

    // The colour that fills a square without a border; nil for white.
    private func accent(of index: Int) -> RGB? {
        guard let look = sites[index].node.look, look.border == nil, let fill = look.background,
            fill.lightness < 240
        else { return nil }
        return fill
    }

    // The text right behind a small square, by its first line.
    private func name(rightOf index: Int, amid squares: [Int]) -> Int? {
        let box = sites[index].node.box
        let level = sites.indices.filter { line in
            guard let text = sites[line].node.text, sites[line].box == sites[index].box else { return false }
            let other = sites[line].node.box
            return other.x >= box.right && abs(other.y + text.lineHeight / 2 - box.center.y) <= 4
        }
        // Several texts behind it are the cells of a table's row, unless they are choices side by side.
        let cells = level.filter { line in !squares.contains { isBeside($0, line) } }
        guard cells.count <= 1 else { return nil }
        return names(beside: index).first { line in
            // A ring before that word is a magnifying glass.
            level.contains(line) && isBeside(index, line)
                && sites[line].node.text.map { Self.isSearch($0.words) } == false
        }
    }

    private func isBeside(_ square: Int, _ line: Int) -> Bool {
        let (box, other) = (sites[square].node.box, sites[line].node.box)
        return (2...16).contains(other.x - box.right) && (-2...box.height).contains(box.center.y - other.y)
    }

    // MARK: Forms

    // What a node holds, itself included.
    private struct Content {
        var hasButton = false
        /// Whether a field with a label is in it.
        var hasField = false
        var hasForm = false
        /// CSS pixels squared, of the largest field and of the largest other thing that shows.
        var field = 0.0
        var other = 0.0

        mutating func add(_ part: Content) {
            hasButton = hasButton || part.hasButton
            hasField = hasField || part.hasField
            hasForm = hasForm || part.hasForm
            field = max(field, part.field)
            other = max(other, part.other)
        }
    }

    private func mark(_ node: inout ScreenNode, _ next: inout Int) -> Content {
        node.control = controls[next]
        next += 1
        var content = Content()
        for index in node.children.indices { content.add(mark(&node.children[index], &next)) }
        for index in node.overlays.indices { content.add(mark(&node.overlays[index], &next)) }
        switch node.control {
        case .field(let field):
            content.hasField = field.id != nil
            content.field = node.box.area
        case .check, .label, .form: break
        case nil:
            let role = ScreenRole(of: node)
            if role == .button {
                content.hasButton = true
            } else if role == .field {
                content.field = max(content.field, node.box.area)
            } else if node.text == nil, !node.isRule {
                let isForm =
                    content.hasField && content.hasButton && !content.hasForm && content.other <= content.field
                if isForm {
                    content.hasForm = true
                    if node.landmark == nil { node.control = .form }
                }
                if !node.isGroup { content.other = max(content.other, node.box.area) }
            }
        }
        return content
    }
}

extension ScreenNode {
    /// Whether it is written in.
    var isField: Bool {
        if case .field = control { return true }
        return false
    }
}

extension ScreenText {
    /// All lines as one.
    fileprivate var words: String { lines.joined(separator: " ") }
}

extension RGB {
    // From 0 to 255, as eyes weigh the channels.
    fileprivate var lightness: Double { 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue) }
}
