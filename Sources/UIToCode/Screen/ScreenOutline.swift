// What the texts and boxes of a screen are, by their sizes and places only: headings and their levels, buttons, badges.
// In doubt a text is a paragraph and a box a `div`. Also what most texts have in common, for the page to say once.
import Render

/// The meaning of parts of one screen.
struct ScreenOutline {
    /// What most lines of text have in common; nil for a page without text.
    let common: ScreenText?

    // The level of each text outside of controls in the order of the page; 0 for paragraphs.
    private let levels: [Int]
    private var next = 0

    init(_ root: ScreenNode) {
        var all: [ScreenText] = []
        var free: [ScreenText] = []
        Self.collect(root, isInControl: false, &all, &free)
        common = Self.common(all)
        levels = Self.levels(of: free, amid: all)
    }

    /// The heading's level of the next text outside of controls; 0 for a paragraph. To be asked in the order of the page.
    mutating func level() -> Int {
        defer { next += 1 }
        return levels.indices.contains(next) ? levels[next] : 0
    }

    private static func collect(
        _ node: ScreenNode, isInControl: Bool, _ all: inout [ScreenText], _ free: inout [ScreenText]
    ) {
        if let text = node.text {
            all.append(text)
            if !isInControl, node.control == nil { free.append(text) }
        }
        let isControl = isInControl || node.isField || ScreenRole(of: node).isControl
        for child in node.children + node.overlays {
            collect(child, isInControl: isControl, &all, &free)
        }
    }

    private static func common(_ texts: [ScreenText]) -> ScreenText? {
        guard var common = texts.first else { return nil }
        common.fontSize = mostFrequent(texts) { $0.fontSize }
        common.family = mostFrequent(texts) { $0.family }
        common.colour = mostFrequent(texts) { $0.colour }
        let sized = texts.filter { $0.fontSize == common.fontSize }
        common.lineHeight = mostFrequent(sized) { $0.lineHeight }
        common.isBold = false
        common.letterSpacing = 0
        return common
    }

    // Counted by lines; of equals the first.
    private static func mostFrequent<Value: Hashable>(
        _ texts: [ScreenText], _ value: (ScreenText) -> Value
    ) -> Value {
        var counts: [Value: Int] = [:]
        for text in texts { counts[value(text), default: 0] += text.lines.count }
        let most = counts.values.max() ?? 0
        return value(texts.first { counts[value($0)] == most } ?? texts[0])
    }

    // MARK: Headings

    private static func levels(of texts: [ScreenText], amid all: [ScreenText]) -> [Int] {
        var levels = Array(repeating: 0, count: texts.count)
        let worded = texts.indices.filter { index in
            texts[index].lines.contains { $0.contains(where: \.isLetter) }
        }
        let candidates = worded.isEmpty ? Array(texts.indices) : worded
        // The first of the largest; there is one wherever there is text.
        guard let top = candidates.max(by: { (texts[$0].fontSize, $1) < (texts[$1].fontSize, $0) })
        else {
            return levels
        }
        levels[top] = 1
        let usual = mostFrequent(all, \.fontSize)
        let lesser = worded.filter { index in
            let text = texts[index]
            return index > top && text.lines.count <= 2 && text.fontSize >= 1.2 * usual
                && (text.isBold || text.fontSize >= 18)
        }
        let second = lesser.map { texts[$0].fontSize }.filter { $0 < texts[top].fontSize }.max() ?? 0
        var last = 1
        for index in lesser {
            last = min(texts[index].fontSize >= second ? 2 : 3, last + 1)
            levels[index] = last
        }
        return levels
    }
}

/// What a box or a group is.
enum ScreenRole: String {
    case row, stack, card, panel, button, badge, field

    /// Whether what is in it is one thing to press or to read.
    var isControl: Bool { self == .button || self == .badge }

    /// Tells by geometry; texts, pictures and rules have no role and count as stacks.
    init(of node: ScreenNode) {
        guard let look = node.look else {
            self = node.axis == .row ? .row : .stack
            return
        }
        if node.children.contains(where: { $0.isField && $0.text != nil }) {
            self = .field
        } else if let control = Self.control(node, look) {
            self = control
        } else {
            self = look.radius > 0 || look.border != nil ? .card : .panel
        }
    }

    private static func control(_ node: ScreenNode, _ look: ScreenLook) -> ScreenRole? {
        let box = node.box
        let texts = node.children.compactMap(\.text)
        guard node.landmark == nil, node.overlays.isEmpty, look.isVisible,
            (22...64).contains(box.height),
            box.width <= 480, texts.count == 1, texts[0].lines.count == 1, node.children.count <= 2,
            node.children.allSatisfy({ $0.text != nil || $0.isPicture })
        else { return nil }
        // A round one with initials is a person.
        if abs(box.width - box.height) <= 2, look.radius >= box.width / 2 - 1 { return nil }
        let (middle, inner) = (box.center, ScreenLayout.union(of: node.children).center)
        guard abs(middle.x - inner.x) <= 3, abs(middle.y - inner.y) <= 3 else { return nil }
        return box.height >= 28 ? .button : .badge
    }
}

extension ScreenLook {
    /// Whether anything of a box shows.
    var isVisible: Bool { background != nil || gradient != nil || border != nil }
}
