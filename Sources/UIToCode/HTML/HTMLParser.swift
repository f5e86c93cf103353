// Markup → tree, never failing: what a model wrote is read as a browser would read it, as far as pages need.
// Tags left open, by truncation or by mistake, end where their parent ends; a tag cut in the middle is dropped;
// end tags that match nothing are ignored. Doctypes and processing instructions are not kept. While it reads, it notes
// in an `HTMLOutline` where every element stands in the text.

/// Reads markup into a tree.
struct HTMLParser {
    /// Elements nested deeper than this become siblings.
    static let maxDepth = 256

    private let bytes: [UInt8]
    private var position = 0
    // `open[0]` is the root that collects everything; the others are elements whose end tag was not met yet.
    private var open = [HTMLElement(name: "")]
    // Where the tag, comment or text begins that is being read.
    private var tokenStart = 0
    private var outline = HTMLOutline()

    /// Reads a whole document or a fragment.
    ///
    /// - Returns: the top nodes in order.
    /// - Complexity: linear in the text, times the depth where end tags are missing.
    static func parse(_ markup: String) -> [HTMLNode] {
        var parser = HTMLParser(markup)
        return parser.parse()
    }

    /// Reads a whole document or a fragment.
    ///
    /// - Returns: where its elements stand: the tree that `parse` gives, seen from the text.
    static func outline(_ markup: String) -> HTMLOutline {
        var parser = HTMLParser(markup)
        _ = parser.parse()
        return parser.outline
    }

    private init(_ markup: String) {
        bytes = Array(markup.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private mutating func parse() -> [HTMLNode] {
        while position < bytes.count {
            tokenStart = position
            if bytes[position] == UInt8(ascii: "<"), readMarkup() { continue }
            readText()
        }
        tokenStart = outline.contentEnd ?? bytes.count
        while open.count > 1 { closeLast() }
        outline.finish(at: bytes.count)
        return open[0].children
    }

    // MARK: Tokens

    // Text up to the next `<`. A `<` that starts no tag is text itself, hence the search from the second byte on.
    private mutating func readText() {
        let end = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        if let start = bytes[position..<end].firstIndex(where: { !HTMLText.isSpace($0) }) {
            if open[open.count - 1].name == "head" { closeLast() }
            outline.text(at: start)
        }
        append(text: HTMLText.normalised(string(position..<end)))
        position = end
    }

    // Reads the tag, comment or declaration at `position`; false when the `<` there is only a character.
    private mutating func readMarkup() -> Bool {
        guard position + 1 < bytes.count else {
            position = bytes.count
            return true
        }
        switch bytes[position + 1] {
        case UInt8(ascii: "!"):
            readDeclaration()
            return true
        case UInt8(ascii: "?"):
            position = end(of: ">", from: position)
            return true
        case UInt8(ascii: "/"):
            guard position + 2 < bytes.count else {
                position = bytes.count
                return true
            }
            guard Self.isLetter(bytes[position + 2]) else {
                position = end(of: ">", from: position)
                return true
            }
            position += 2
            let name = readName()
            position = end(of: ">", from: position)
            end(name)
            return true
        case let byte where Self.isLetter(byte):
            position += 1
            readStartTag()
            return true
        default:
            return false
        }
    }

    private mutating func readDeclaration() {
        guard bytes[position...].starts(with: "<!--".utf8) else {
            position = end(of: ">", from: position)
            return
        }
        let start = position + 4
        if start < bytes.count, bytes[start] == UInt8(ascii: ">") {
            position = start + 1
            return
        }
        position = end(of: "-->", from: start)
        let closed = position >= start + 3 && bytes[..<position].suffix(3).elementsEqual("-->".utf8)
        let text = string(start..<(closed ? position - 3 : position))
        if closed, !text.contains("--") { append(.comment(text)) }
    }

    private mutating func readStartTag() {
        var element = HTMLElement(name: readName())
        var ranges: [Range<Int>] = []
        var isSelfClosing = false
        while true {
            skipSpaces()
            guard position < bytes.count else { return }  // cut in the middle
            if bytes[position] == UInt8(ascii: ">") { break }
            if bytes[position] == UInt8(ascii: "/") {
                position += 1
                isSelfClosing = true
                continue
            }
            isSelfClosing = false
            let start = position
            guard let attribute = readAttribute() else { return }
            if !element.attributes.contains(where: { $0.name == attribute.name }) {
                element.attributes.append(attribute)
                ranges.append(start..<position)
            }
        }
        position += 1
        let isClosed = isSelfClosing && isDrawing(element.name)
        let isOpen = start(element, ranges: ranges, isClosed: isClosed)
        if isOpen, HTMLTags.raw.contains(element.name) || HTMLTags.escapableRaw.contains(element.name) {
            readRawText(of: element.name)
        }
    }

    // Whether an element belongs to a drawing or formula, where `/>` ends it.
    private func isDrawing(_ name: String) -> Bool {
        if name == "svg" || name == "math" { return true }
        let border = open.last { ["svg", "math", "foreignobject"].contains($0.name) }
        return border != nil && border?.name != "foreignobject"
    }

    // One attribute; nil when the text ends inside it.
    private mutating func readAttribute() -> HTMLAttribute? {
        let start = position
        position += 1
        while position < bytes.count, !HTMLText.isSpace(bytes[position]), !"=/>".utf8.contains(bytes[position]) {
            position += 1
        }
        let name = string(start..<position).lowercased()
        let nameEnd = position
        skipSpaces()
        guard position < bytes.count else { return nil }
        guard bytes[position] == UInt8(ascii: "=") else {
            position = nameEnd
            return HTMLAttribute(name: name)
        }
        position += 1
        skipSpaces()
        guard position < bytes.count else { return nil }
        let quote = bytes[position]
        let value: String
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            guard let end = bytes[(position + 1)...].firstIndex(of: quote) else {
                position = bytes.count
                return nil
            }
            value = string(position + 1..<end)
            position = end + 1
        } else {
            let start = position
            while position < bytes.count, !HTMLText.isSpace(bytes[position]), bytes[position] != UInt8(ascii: ">") {
                position += 1
            }
            value = string(start..<position)
        }
        return HTMLAttribute(name: name, value: HTMLText.normalised(value).replacing("\"", with: "&quot;"))
    }

    // The text of an element that holds no markup, up to its own end tag.
    private mutating func readRawText(of name: String) {
        let endTag = Array("</\(name)".utf8)
        var end = position
        while end < bytes.count {
            if bytes[end] == endTag[0], bytes.count - end >= endTag.count,
                zip(bytes[end...], endTag).allSatisfy({ Self.lowercased($0) == $1 })
            {
                break
            }
            end += 1
        }
        let text = string(position..<end)
        append(text: HTMLTags.raw.contains(name) ? text : HTMLText.normalised(text))
        position = self.end(of: ">", from: end)
        closeLast(by: end..<position)
    }

    private mutating func readName() -> String {
        let start = position
        while position < bytes.count, !HTMLText.isSpace(bytes[position]), !"/>".utf8.contains(bytes[position]) {
            position += 1
        }
        return string(start..<position).lowercased()
    }

    private mutating func skipSpaces() {
        while position < bytes.count, HTMLText.isSpace(bytes[position]) { position += 1 }
    }

    // The position after the next `mark`, or the end of the text.
    private func end(of mark: StaticString, from start: Int) -> Int {
        let mark = mark.withUTF8Buffer(Array.init)
        var index = start
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) { return index + mark.count }
            index += 1
        }
        return bytes.count
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(lowercased(byte)) }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    // MARK: Tree

    private mutating func append(_ node: HTMLNode) { open[open.count - 1].children.append(node) }

    private mutating func append(text: String) {
        guard !text.isEmpty else { return }
        if case .text(let before) = open[open.count - 1].children.last {
            open[open.count - 1].children.removeLast()
            append(.text(before + text))
        } else {
            append(.text(text))
        }
    }

    // Ends the innermost open element; without an end tag of its own it ends where what is being read begins.
    private mutating func closeLast(by tag: Range<Int>? = nil) {
        let element = open.removeLast()
        append(.element(element))
        outline.close(by: tag ?? tokenStart..<tokenStart)
    }

    // Takes in a start tag.
    //
    // - Parameter isClosed: the tag ends its element itself.
    // - Returns: whether the element is open now.
    private mutating func start(_ element: HTMLElement, ranges: [Range<Int>], isClosed: Bool) -> Bool {
        let name = element.name
        if ["html", "head", "body", "form"].contains(name), open.contains(where: { $0.name == name }) { return false }
        if open[open.count - 1].name == "head", !HTMLTags.metadata.contains(name) { closeLast() }
        closeImplied(by: name)
        let isFull = open.count > Self.maxDepth && !HTMLTags.raw.contains(name) && !HTMLTags.escapableRaw.contains(name)
        let isOpen = !HTMLTags.void.contains(name) && !isClosed && !isFull
        outline.start(element, tag: tokenStart..<position, attributes: ranges, isOpen: isOpen)
        if isOpen {
            open.append(element)
        } else {
            append(.element(element))
        }
        return isOpen
    }

    // Ends the elements that cannot hold the one that starts.
    private mutating func closeImplied(by name: String) {
        if HTMLTags.headings.contains(name), HTMLTags.headings.contains(open[open.count - 1].name) { closeLast() }
        if HTMLTags.paragraphEnders.contains(name) { close(anyOf: ["p"], within: Self.paragraphScope) }
        if Self.tableSections.contains(name) { closeAllInTable() }
        if name == "optgroup" { close(anyOf: ["option"], within: ["select", "datalist"]) }
        if let rule = Self.impliedEnds[name] { close(anyOf: rule.ends, within: rule.scope) }
    }

    // Ends the innermost open element of these names, and all inside it, unless a name of `scope` lies between.
    //
    // - Parameter tag: the end tag, when there is one.
    // - Returns: whether there was such an element.
    @discardableResult
    private mutating func close(anyOf names: Set<String>, within scope: Set<String>, by tag: Range<Int>? = nil) -> Bool
    {
        var index = open.count - 1
        while index > 0 {
            if names.contains(open[index].name) {
                while open.count > index + 1 { closeLast() }
                closeLast(by: tag)
                return true
            }
            if scope.contains(open[index].name) { return false }
            index -= 1
        }
        return false
    }

    private mutating func closeAllInTable() {
        guard let table = open.lastIndex(where: { $0.name == "table" }) else { return }
        while open.count > table + 1 { closeLast() }
    }

    // Takes in an end tag.
    private mutating func end(_ name: String) {
        let tag = tokenStart..<position
        guard name != "body", name != "html" else {  // what follows them still belongs to the page
            outline.pageEnd(name, tag: tag)
            return
        }
        if !close(
            anyOf: HTMLTags.headings.contains(name) ? HTMLTags.headings : [name], within: scope(of: name), by: tag)
        {
            outline.strayEnd(name, tag: tag)
        }
    }

    // The elements across which an end tag does not reach.
    private func scope(of name: String) -> Set<String> {
        if name == "p" { return Self.paragraphScope }
        if name == "li" { return Self.cells.union(["ul", "ol", "menu"]) }
        if Self.tableParts.contains(name) { return name == "table" ? [] : ["table"] }
        let isBox = HTMLTags.blocks.contains(name) || HTMLTags.inlineBlocks.contains(name)
        return isBox ? Self.cells.subtracting([name]) : HTMLTags.special
    }

    private static let cells: Set<String> = ["table", "td", "th", "caption"]
    private static let tableSections: Set<String> = ["caption", "colgroup", "tbody", "tfoot", "thead"]
    private static let tableParts: Set<String> = tableSections.union(["table", "td", "th", "tr"])
    private static let paragraphScope: Set<String> = cells.union(["button", "li", "body"])
    private static let itemScope = HTMLTags.special.subtracting(["address", "div", "p"])
    private static let impliedEnds: [String: (ends: Set<String>, scope: Set<String>)] = [
        "li": (["li"], itemScope),
        "dt": (["dt", "dd"], itemScope),
        "dd": (["dt", "dd"], itemScope),
        "tr": (["tr"], ["table"]),
        "td": (["td", "th"], ["table", "tr"]),
        "th": (["td", "th"], ["table", "tr"]),
        "option": (["option"], ["select", "datalist"]),
        "optgroup": (["optgroup"], ["select"]),
        "a": (["a"], cells),
        "button": (["button"], cells),
    ]
}
