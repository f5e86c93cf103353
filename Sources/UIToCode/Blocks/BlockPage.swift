// The page that was made of one block, taken apart: its body without what only a page of its own needs, and its style
// rules. Scripts and links are left out: blocks are converted for their look, and a script knows only its own page.

/// One block's page.
struct BlockPage {
    /// The `body` element; its name stays `body` until it is written.
    var body: HTMLElement
    /// Its style rules in order, whatever they match.
    var rules: [Stylesheet.Rule]

    /// Takes a document or fragment apart. Text that is no markup becomes the body's text.
    init(_ markup: String) {
        let root = HTMLElement(name: "", children: HTMLParser.parse(markup))
        var css = ""
        root.visit { node in
            guard let element = node.element, element.name == "style" else { return }
            for case .text(let text) in element.children { css += text + "\n" }
        }
        rules = Stylesheet(Self.withoutStatements(css)).rules
        var body = root.first { $0.name == "body" } ?? root.first { $0.name == "html" } ?? root
        body.name = "body"
        body = body.removing { Self.headOnly.contains($0) }
        body.attributes.removeAll { !["class", "style", "dir", "lang"].contains($0.name) }
        self.body = body
    }

    /// The elements and how they are nested, without texts and attributes: equal for pages that differ in words alone.
    var shape: String { body.shape }

    private static let headOnly: Set<String> = ["base", "head", "link", "meta", "script", "style", "template", "title"]

    // Without `@import …;` and `@charset …;`, which name other files or say nothing here.
    private static func withoutStatements(_ css: String) -> String {
        var kept = ""
        var rest = css[...]
        while let start = rest.firstRange(of: "@") {
            kept += rest[..<start.lowerBound]
            rest = rest[start.lowerBound...]
            let isStatement = ["@import", "@charset", "@namespace"].contains { rest.lowercased().hasPrefix($0) }
            if isStatement {
                rest = rest.firstIndex(of: ";").map { rest[rest.index(after: $0)...] } ?? ""
            } else {
                kept += "@"
                rest = rest.dropFirst()
            }
        }
        return kept + rest
    }
}

extension HTMLElement {
    /// Without the elements of these names, and without comments.
    fileprivate func removing(_ isUnwanted: (String) -> Bool) -> HTMLElement {
        var result = self
        result.children = children.compactMap { child in
            switch child {
            case .text: return child
            case .comment: return nil
            case .element(let element): return isUnwanted(element.name) ? nil : .element(element.removing(isUnwanted))
            }
        }
        return result
    }

    fileprivate var shape: String {
        "\(name)(\(children.compactMap { $0.element?.shape }.joined(separator: " ")))"
    }

    /// Changes every element, this one first and then what is inside it.
    mutating func changeEach(_ change: (inout HTMLElement) -> Void) {
        change(&self)
        for index in children.indices {
            guard case .element(var element) = children[index] else { continue }
            element.changeEach(change)
            children[index] = .element(element)
        }
    }

    /// Sets an attribute, or removes it with nil.
    mutating func set(_ name: String, _ value: String?) {
        let index = attributes.firstIndex { $0.name == name }
        switch (index, value) {
        case (let index?, let value?): attributes[index].value = value
        case (let index?, nil): attributes.remove(at: index)
        case (nil, let value?): attributes.append(HTMLAttribute(name: name, value: value))
        case (nil, nil): break
        }
    }

    /// Adds a class after those it has.
    mutating func addClass(_ name: String) {
        if !classes.contains(name[...]) { set("class", (classes.map(String.init) + [name]).joined(separator: " ")) }
    }
}
