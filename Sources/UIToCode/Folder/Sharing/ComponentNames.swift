// What components are called: after the landmark they are, after a class that says what they are, or after what they
// hold. Every name is there once; the component that is used more gets the plain one.
import Render

/// Names components.
enum ComponentNames {
    /// Gives every component without a name one of its own.
    static func assign(_ components: [ComponentDraft], pages: [PageDraft]) {
        var taken = Set(components.map(\.name))
        let unnamed = components.filter { $0.name.isEmpty }
        for component in unnamed.sorted(by: { ($1.useCount, $0.number) < ($0.useCount, $1.number) }) {
            let wanted = name(component, pages: pages)
            var name = wanted
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(wanted)\(number)"
                number += 1
            }
            component.name = name
        }
    }

    private static func name(_ component: ComponentDraft, pages: [PageDraft]) -> String {
        let root = component.root
        let sample = component.samples[0]
        let inner = sample.all
        func holds(_ tags: String...) -> Bool { inner.dropFirst().contains { tags.contains($0.tag) } }
        switch root.tag {
        case "nav": return isTall(sample) ? "SideBar" : isAtBottom(sample, pages) ? "TabBar" : "NavBar"
        case "aside": return "SideBar"
        case "header": return holds("nav", "a") ? "NavBar" : "PageHeader"
        case "footer": return "Footer"
        default: break
        }
        if let word = words(of: root).first(where: { own[$0] != nil }), let name = own[word] {
            return name == "Card" ? card(inner) : name
        }
        if let word = words(of: root).first(where: isTelling) { return pascalCase(word) }
        switch root.tag {
        case "li": return "ListItem"
        case "form": return "Form"
        case "table": return "Table"
        case "ul", "ol", "menu", "dl": return "List"
        case "article": return "Card"
        case "figure": return "Figure"
        case "fieldset": return "FieldGroup"
        case "a", "button": return "Action"
        default: break
        }
        if holds("label"), holds("input", "select", "textarea") { return "Field" }
        if holds("input", "select", "textarea") { return "InputRow" }
        if holds("nav"), isTall(sample) { return "SideBar" }
        if holds("nav") { return "NavBar" }
        if holds("table") { return "TablePanel" }
        if holds("li") { return "ListPanel" }
        if inner.first?.tag == "section" { return "Section" }
        return isCardLike(sample) ? card(inner) : "Group"
    }

    private static func card(_ inner: [TreeNode]) -> String {
        let texts = inner.compactMap { $0.text?.plain }
        let isNumber: (String) -> Bool = { text in
            let digits = text.filter(\.isNumber).count
            return digits > 0 && digits * 3 >= text.filter { !$0.isWhitespace }.count
        }
        if (2...3).contains(texts.count), texts.contains(where: isNumber), texts.contains(where: { !isNumber($0) }),
            !inner.contains(where: { ["button", "h1", "h2", "h3"].contains($0.tag) })
        {
            return "StatCard"
        }
        return inner.contains { $0.tag == "img" } ? "MediaCard" : "Card"
    }

    // MARK: Places

    private static func isTall(_ node: TreeNode) -> Bool {
        if let box = node.box { return box.height > box.width }
        return !node.classes.contains("row") && !Set(node.classes).isDisjoint(with: ["side", "col", "sidebar"])
    }

    private static func isAtBottom(_ node: TreeNode, _ pages: [PageDraft]) -> Bool {
        guard let box = node.box, let page = node.page.map({ pages[$0] }) else { return false }
        return box.y >= Double(page.height) * 0.75
    }

    private static func isCardLike(_ node: TreeNode) -> Bool {
        guard let box = node.box else { return false }
        return box.height >= 48 && box.width < box.height * 8
    }

    // MARK: Classes

    private static func words(of node: TreeNode) -> [String] { node.classes.map { $0.lowercased() } }

    private static let own: [String: String] = [
        "card": "Card", "stat": "StatCard", "sidebar": "SideBar", "side": "SideBar", "navbar": "NavBar",
        "topbar": "NavBar", "tabbar": "TabBar", "tabs": "Tabs", "footer": "Footer", "hero": "Hero",
        "toolbar": "ToolBar",
        "item": "ListItem", "list-item": "ListItem", "field": "Field", "breadcrumb": "Breadcrumb", "modal": "Dialog",
        "avatar": "Avatar", "badge": "Badge", "alert": "Alert", "panel": "Panel", "tile": "Tile", "menu": "Menu",
    ]

    // Whether a class says what something is, and not how it looks.
    private static func isTelling(_ word: String) -> Bool {
        let stem = String(word.prefix { $0 != "-" && $0 != "_" })
        return word.count >= 4 && word.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "-" || $0 == "_") }
            && !looks.contains(stem) && !looks.contains(word)
    }

    private static let looks: Set<String> = [
        "absolute", "align", "animate", "aspect", "between", "block", "bold", "border", "bottom", "center", "clear",
        "column", "columns", "compact", "container", "content", "cursor", "dark", "delay", "divide", "duration", "even",
        "fill", "first", "fixed", "flex", "float", "flow", "font", "from", "full", "grid", "group", "grow", "gutter",
        "hidden", "hover", "inline", "inner", "inset", "isolate", "items", "justify", "large", "last", "leading",
        "left",
        "light", "line", "list", "main", "margin", "medium", "muted", "none", "object", "opacity", "order", "origin",
        "outer", "outline", "overflow", "padding", "pill", "place", "relative", "right", "ring", "rounded", "round",
        "rows", "scale", "self", "shadow", "shrink", "size", "small", "soft", "space", "start", "static", "sticky",
        "stretch", "table", "text", "thin", "tracking", "transition", "truncate", "visible", "white", "wide", "width",
        "wire", "wrap", "wrapper",
    ]

    private static func pascalCase(_ word: String) -> String {
        word.split { $0 == "-" || $0 == "_" }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
