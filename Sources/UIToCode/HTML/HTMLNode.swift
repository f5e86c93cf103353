// A page as a tree. Text and attribute values are kept as markup writes them (`&amp;` stays `&amp;`), so that no
// table of entities is needed and nothing is lost between reading and printing; `HTMLText` makes loose text safe.

/// One node of a page.
enum HTMLNode: Equatable, Sendable {
    case element(HTMLElement)
    /// Markup-escaped text. Inside `script` and `style`: the text verbatim.
    case text(String)
    case comment(String)

    /// The element, when the node is one.
    var element: HTMLElement? {
        if case .element(let element) = self { element } else { nil }
    }
}

/// An attribute; the value is markup-escaped for double quotes, nil when only the name is written.
struct HTMLAttribute: Equatable, Sendable {
    var name: String
    var value: String?
}

/// An element with what it holds.
struct HTMLElement: Equatable, Sendable {
    /// Lower-case tag name.
    var name: String
    var attributes: [HTMLAttribute] = []
    var children: [HTMLNode] = []

    /// The classes in the order they are written.
    var classes: [Substring] { self["class"]?.split(whereSeparator: \.isWhitespace) ?? [] }

    /// The value of an attribute; nil when it is absent or has none.
    subscript(attribute: String) -> String? { attributes.first { $0.name == attribute }?.value }

    /// All text inside, whitespace runs as one space, none at the ends.
    var innerText: String {
        var pieces = ""
        visit { node in
            if case .text(let text) = node { pieces += text }
            if let element = node.element, HTMLTags.blocks.contains(element.name) { pieces += " " }
        }
        return HTMLText.collapsed(pieces).trimmed
    }

    /// Calls `body` for every node inside, in document order.
    func visit(_ body: (HTMLNode) -> Void) {
        for child in children {
            body(child)
            child.element?.visit(body)
        }
    }

    /// The first element inside, in document order, that satisfies `condition`.
    func first(where condition: (HTMLElement) -> Bool) -> HTMLElement? {
        for case .element(let child) in children {
            if condition(child) { return child }
            if let found = child.first(where: condition) { return found }
        }
        return nil
    }
}

/// What HTML says about its own tags.
enum HTMLTags {
    /// Never hold anything and have no end tag.
    static let void: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
    ]
    /// Hold text that is not markup.
    static let raw: Set<String> = ["script", "style"]
    /// Hold text in which only character references count.
    static let escapableRaw: Set<String> = ["textarea", "title"]
    /// Keep every space and line break of their text.
    static let preformatted: Set<String> = ["pre", "textarea", "script", "style"]
    /// Start on a line of their own unless a stylesheet says otherwise.
    static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div",
        "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head",
        "header", "hgroup", "hr", "html", "legend", "li", "link", "main", "menu", "meta", "nav", "ol", "optgroup",
        "option", "p", "pre", "script", "search", "section", "style", "summary", "table", "tbody", "td", "tfoot", "th",
        "thead", "title", "tr", "ul",
    ]
    /// End an open paragraph when they start.
    static let paragraphEnders: Set<String> = [
        "address", "article", "aside", "blockquote", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup",
        "hr", "li", "listing", "main", "menu", "nav", "ol", "p", "plaintext", "pre", "search", "section", "summary",
        "table", "ul", "xmp",
    ]
    /// End tags of other elements do not reach across these.
    static let special: Set<String> = blocks.union([
        "applet", "area", "base", "br", "button", "col", "colgroup", "embed", "iframe", "img", "input", "keygen",
        "marquee", "noembed", "noframes", "noscript", "object", "param", "select", "source", "template", "textarea",
        "track", "wbr",
    ]).subtracting(["option", "optgroup"])
    /// Stay in the head when its end tag is left out; anything else opens the body.
    static let metadata: Set<String> = ["base", "link", "meta", "noscript", "script", "style", "template", "title"]
    /// Boxes of their own that flow with the text.
    static let inlineBlocks: Set<String> = ["button", "img", "input", "meter", "progress", "select", "textarea"]
    /// Whitespace between their children is never shown.
    static let itemContainers: Set<String> = [
        "dl", "head", "html", "menu", "ol", "optgroup", "select", "table", "tbody", "tfoot", "thead", "tr", "ul",
    ]
    /// Let a parser keep only certain elements: others are thrown out, templates stay.
    static let strictParents: Set<String> = [
        "colgroup", "optgroup", "select", "table", "tbody", "tfoot", "thead", "tr",
    ]
    /// Attributes that count by being there, whatever their value.
    static let booleanAttributes: Set<String> = [
        "allowfullscreen", "async", "autofocus", "autoplay", "checked", "controls", "default", "defer", "disabled",
        "formnovalidate", "hidden", "inert", "ismap", "itemscope", "loop", "multiple", "muted", "nomodule",
        "novalidate", "open", "playsinline", "readonly", "required", "reversed", "selected",
    ]
    static let headings: Set<String> = ["h1", "h2", "h3", "h4", "h5", "h6"]
}

/// Escaping and whitespace of markup text.
enum HTMLText {
    /// Makes any string safe as text or as an attribute value in double quotes.
    static func escaped(_ plain: String) -> String {
        var result = ""
        for character in plain.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// Makes text that is meant as markup safe: `<`, `>` and every `&` that starts no character reference are escaped.
    static func normalised(_ markup: String) -> String {
        guard markup.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0 }) else { return markup }
        let bytes = Array(markup.utf8)
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x26: result += startsReference(bytes[index...]) ? "&".utf8 : "&amp;".utf8
            case 0x3C: result += "&lt;".utf8
            case 0x3E: result += "&gt;".utf8
            case 0: break
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Plain text of markup. Of the named references those of markup itself and `&nbsp;` are known; others stay.
    static func unescaped(_ markup: String) -> String {
        guard markup.utf8.contains(0x26) else { return markup }
        var result = ""
        var rest = markup[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...]
            if let end = rest.prefix(34).firstIndex(of: ";"), let character = character(rest[..<end].dropFirst()) {
                result.append(character)
                rest = rest[rest.index(after: end)...]
            } else {
                result.append("&")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    // What a reference without its `&` and `;` stands for.
    private static func character(_ reference: Substring) -> Character? {
        if let character = named[String(reference)] { return character }
        guard reference.hasPrefix("#") else { return nil }
        let digits = reference.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let code = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init).map(Character.init)
    }

    private static let named: [String: Character] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}",
    ]

    /// The text with every run of spaces, tabs and line breaks as one space.
    static func collapsed(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            guard HTMLText.isSpace(byte) else {
                bytes.append(byte)
                continue
            }
            if bytes.last != 0x20 { bytes.append(0x20) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether HTML folds this byte into a space.
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D || byte == 0x0C
    }

    // Whether the bytes start with `&name;`, `&#123;` or `&#x1F;`. No name of HTML is longer than 31 letters.
    private static func startsReference(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let end = bytes.prefix(34).firstIndex(of: 0x3B) else { return false }
        let name = String(decoding: bytes[bytes.startIndex + 1..<end], as: UTF8.self).lowercased()
        guard name.utf8.count > 0, name.allSatisfy(\.isASCII) else { return false }
        if name.hasPrefix("#x") { return name.utf8.count > 2 && name.dropFirst(2).allSatisfy(\.isHexDigit) }
        if name.hasPrefix("#") { return name.utf8.count > 1 && name.dropFirst().allSatisfy(\.isNumber) }
        return name.first?.isLetter == true && name.allSatisfy { $0.isLetter || $0.isNumber }
    }
}

extension String {
    /// Without the spaces, tabs and line breaks at both ends; a no-break space stays.
    var trimmed: String {
        let bytes = utf8
        guard let first = bytes.firstIndex(where: { !HTMLText.isSpace($0) }),
            let last = bytes.lastIndex(where: { !HTMLText.isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
