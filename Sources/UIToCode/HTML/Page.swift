// A model's answer → a complete HTML document. An answer in a dialect becomes a page of its own: only elements and
// attributes that can do no harm, the rules of the dialect's stylesheet that it uses, nothing that needs a network.
// An answer in free HTML is kept as written; when it was cut off, its open elements are closed.

/// Makes documents from answers.
enum Page {
    /// The document of a dialect's `<body>`, indented, with the rules it uses; nil when the answer shows nothing.
    ///
    /// - Parameters:
    ///   - answer: what the model wrote: one `<body>` element, possibly cut off.
    ///   - stylesheet: gives the classes their meaning.
    ///   - fallbackTitle: plain text, used when the page has no heading and no brand.
    static func document(answer: String, stylesheet: Stylesheet, fallbackTitle: String) -> String? {
        guard let body = body(of: HTMLParser.parse(answer)), showsSomething(body) else { return nil }
        let rules = stylesheet.rules(usedBy: body).map { "    \($0.text)\n" }
        return document(
            title: title(of: body) ?? HTMLText.escaped(fallbackTitle), styles: rules.joined(),
            body: HTMLPrinter.pretty(body, stylesheet: stylesheet))
    }

    /// A document with its styles inside.
    ///
    /// - Parameters:
    ///   - title: markup.
    ///   - styles: whole lines, each with its end.
    ///   - body: the `<body>` element.
    static func document(title: String, styles: String, body: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>\(title)</title>
          <style>
        \(styles)  </style>
        </head>
        \(body)
        </html>

        """
    }

    /// A document in free HTML that ends as it should: what was cut off is closed, all else stays as written.
    static func repaired(_ markup: String) -> String {
        let nodes = HTMLParser.parse(markup)
        let isDocument = nodes.contains { $0.element?.name == "html" }
        return (isDocument ? "<!doctype html>\n" : "") + HTMLPrinter.verbatim(nodes).trimmed + "\n"
    }

    /// Whether markup in free HTML has a body with an element or a word in it.
    static func hasContent(_ markup: String) -> Bool {
        let root = HTMLElement(name: "", children: HTMLParser.parse(markup))
        guard root.first(where: { _ in true }) != nil else { return false }
        var page = root.first { $0.name == "body" } ?? root.first { $0.name == "html" } ?? root
        page.children.removeAll { $0.element?.name == "head" }
        return page.children.contains { $0.element != nil } || !page.innerText.isEmpty
    }

    // The page's own element: the first `<body>`, or one around everything when the model forgot it; nil when there
    // is no element at all.
    private static func body(of nodes: [HTMLNode]) -> HTMLElement? {
        let root = HTMLElement(name: "body", children: nodes)
        guard root.first(where: { _ in true }) != nil else { return nil }
        return harmless(root.first { $0.name == "body" } ?? root)
    }

    // Without scripts, handlers, addresses, comments, elements that make sense only in a head, and what belongs to a
    // field on elements that are none.
    private static func harmless(_ element: HTMLElement) -> HTMLElement {
        var result = HTMLElement(name: element.name)
        result.attributes = element.attributes.filter { attribute in
            harmlessAttributes.contains(attribute.name) || attribute.name.hasPrefix("aria-")
                || (fields.contains(element.name) && fieldAttributes.contains(attribute.name))
        }
        for child in element.children {
            switch child {
            case .text: result.children.append(child)
            case .comment: continue
            case .element(let inner) where harmfulElements.contains(inner.name): continue
            case .element(let inner): result.children.append(.element(harmless(inner)))
            }
        }
        return result
    }

    // Text, or an element that paints by itself: one with a class may.
    private static func showsSomething(_ body: HTMLElement) -> Bool {
        !body.innerText.isEmpty
            || body.first { !$0.classes.isEmpty || HTMLTags.inlineBlocks.contains($0.name) || $0.name == "hr" } != nil
    }

    // The first heading that says something, else the brand in the navigation; markup-escaped.
    private static func title(of body: HTMLElement) -> String? {
        let candidates = [
            body.first { $0.name == "h1" && !$0.innerText.isEmpty },
            body.first { $0.name == "h2" && !$0.innerText.isEmpty },
            body.first { $0.name == "nav" }?.first { $0.name == "b" && !$0.innerText.isEmpty },
        ]
        return candidates.compactMap { $0?.innerText }.first
    }

    private static let harmlessAttributes: Set<String> = [
        "alt", "class", "colspan", "for", "id", "lang", "open", "role", "rowspan", "scope", "title",
    ]
    private static let fields: Set<String> = [
        "button", "fieldset", "input", "meter", "optgroup", "option", "progress", "select", "textarea",
    ]
    private static let fieldAttributes: Set<String> = [
        "checked", "cols", "disabled", "label", "max", "min", "multiple", "name", "placeholder", "readonly", "required",
        "rows", "selected", "size", "type", "value",
    ]
    private static let harmfulElements: Set<String> = [
        "applet", "base", "embed", "frame", "frameset", "head", "iframe", "link", "math", "meta", "noscript", "object",
        "script", "style", "svg", "template", "title",
    ]
}
