// What must hold for the page as a whole and for no block alone: every id once, one `main`, landmarks not inside their
// own kind, headings that start at one `h1` and never skip a level. An element that gets another tag for that keeps its
// look: it carries the class `as-OLDTAG`, and the rules for its old tag are written for that class too.

/// Makes pages fit to stand in one document.
struct BlockMerge {
    /// The pages, changed.
    private(set) var pages: [BlockPage]
    /// Tags that elements have lost.
    private(set) var lostTags: Set<String> = []

    /// - Parameters:
    ///   - pages: in document order.
    ///   - landmarks: for each page the landmark element it will stand in: `header`, `nav`, `main`, `footer`, `aside`.
    init(_ pages: [BlockPage], in landmarks: [String]) {
        self.pages = pages
        makeIdsUnique()
        for index in pages.indices {
            let inner: Set<String> =
                ["header", "footer"].contains(landmarks[index]) ? ["header", "footer", "main"] : ["main"]
            rename(in: index) { inner.contains($0.name) ? "div" : nil }
        }
        orderHeadings()
        keepLooks()
    }

    // MARK: Ids

    private static let references: Set<String> = [
        "aria-activedescendant", "aria-controls", "aria-describedby", "aria-details", "aria-errormessage",
        "aria-flowto", "aria-labelledby", "aria-owns", "for", "form", "headers", "list", "popovertarget",
    ]

    private mutating func makeIdsUnique() {
        var taken: Set<String> = []
        for index in pages.indices {
            var renamed: [String: String] = [:]
            pages[index].body.changeEach { element in
                guard let id = element["id"] else { return }
                let unique = Self.unique(id, in: &taken)
                if unique != id, renamed[id] == nil { renamed[id] = unique }
                element.set("id", unique)
            }
            guard !renamed.isEmpty else { continue }
            pages[index].body.changeEach { Self.follow(renamed, in: &$0) }
            for rule in pages[index].rules.indices {
                pages[index].rules[rule].rename(ids: renamed)
            }
        }
    }

    private static func follow(_ renamed: [String: String], in element: inout HTMLElement) {
        for index in element.attributes.indices {
            let attribute = element.attributes[index]
            guard let value = attribute.value else { continue }
            if references.contains(attribute.name) {
                let ids = value.split(whereSeparator: \.isWhitespace).map { renamed[String($0)] ?? String($0) }
                element.attributes[index].value = ids.joined(separator: " ")
            } else if attribute.name == "href", value.hasPrefix("#"), let id = renamed[String(value.dropFirst())] {
                element.attributes[index].value = "#\(id)"
            }
        }
    }

    private static func unique(_ id: String, in taken: inout Set<String>) -> String {
        var candidate = id
        var number = 1
        while !taken.insert(candidate).inserted {
            number += 1
            candidate = "\(id)-\(number)"
        }
        return candidate
    }

    // MARK: Tags

    private mutating func rename(in index: Int, _ newName: (HTMLElement) -> String?) {
        var lost: Set<String> = []
        pages[index].body.changeEach { element in
            guard let name = newName(element), name != element.name else { return }
            lost.insert(element.name)
            element.addClass("as-\(element.name)")
            element.name = name
        }
        lostTags.formUnion(lost)
    }

    private mutating func orderHeadings() {
        var hasFirst = pages.contains { page in page.body.first { $0.name == "h1" } != nil }
        var metFirst = false
        var last = hasFirst ? 1 : 0
        for index in pages.indices {
            rename(in: index) { element in
                guard HTMLTags.headings.contains(element.name), let level = element.name.last?.wholeNumberValue else {
                    return nil
                }
                if level == 1, !metFirst || !hasFirst {
                    (metFirst, hasFirst, last) = (true, true, 1)
                    return nil
                }
                let lowest = hasFirst ? 2 : 1
                last = max(lowest, min(level, last + 1))
                hasFirst = true
                return "h\(last)"
            }
        }
    }

    // MARK: Looks

    // Rules for a lost tag hold for its class too; where a page has none, the browser's own look holds. All pages get the
    // same additions, so that rules they share stay the same.
    private mutating func keepLooks() {
        let lost = lostTags.sorted()
        let looks = lost.compactMap { tag in
            Self.browserLooks[tag].flatMap { Stylesheet(":where(.as-\(tag)) { \($0) }").rules.first }
        }
        for index in pages.indices {
            pages[index].rules =
                looks
                + pages[index].rules.map { rule in
                    rule.selectors.isEmpty ? rule : rule.alsoForClasses(ofTags: lost)
                }
        }
    }

    private static let browserLooks = [
        "h1": "font-size: 2em; margin: 0.67em 0;", "h2": "font-size: 1.5em; margin: 0.83em 0;",
        "h3": "font-size: 1.17em; margin: 1em 0;", "h4": "font-size: 1em; margin: 1.33em 0;",
        "h5": "font-size: 0.83em; margin: 1.67em 0;", "h6": "font-size: 0.67em; margin: 2.33em 0;",
    ]
}

extension Stylesheet.Rule {
    /// What stands before the brace, and the braces with what they hold.
    var parts: (head: String, body: String) {
        let brace = text.firstIndex(of: "{") ?? text.endIndex
        return (String(text[..<brace]).trimmed, String(text[brace...]))
    }

    fileprivate mutating func rename(ids: [String: String]) {
        guard !selectors.isEmpty else { return }
        var (head, body) = parts
        for (id, unique) in ids.sorted(by: { $0.key < $1.key }) {
            head = SelectorText.replacing("#\(id)", with: "#\(unique)", in: head)
        }
        if let rule = Stylesheet("\(head) \(body)").rules.first { self = rule }
    }

    fileprivate func alsoForClasses(ofTags tags: [String]) -> Stylesheet.Rule {
        let (head, body) = parts
        var list = SelectorText.list(head)
        for tag in tags {
            list += list.compactMap { selector in
                let other = SelectorText.replacing(tag, with: ".as-\(tag)", in: selector)
                return other == selector ? nil : other
            }
        }
        return Stylesheet("\(list.joined(separator: ", ")) \(body)").rules.first ?? self
    }
}
