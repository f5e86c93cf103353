// Carries out operations on the text of a document. Each one replaces ranges of bytes inside the element it names; all
// other bytes stay as they are. Invariant: after every operation the document is read again, and must have exactly the
// elements that the operation promises, at the depths it promises; text that a browser would take apart differently
// (a tag left open, a paragraph in a paragraph) is refused, whatever its form.

/// A document while it is edited.
struct DocumentEditor {
    private static let pageElements: Set<String> = ["html", "head", "body"]
    private static let rowHolders: Set<String> = ["colgroup", "table", "tbody", "tfoot", "thead", "tr"]

    private var source: HTMLSource

    /// Opens a document.
    ///
    /// - Throws: `documentTooLarge`.
    init(_ text: String) throws(EditError.Fault) {
        guard text.utf8.count <= Edit.Limit.documentBytes else {
            throw .documentTooLarge(limit: Edit.Limit.documentBytes)
        }
        source = HTMLSource(text)
    }

    /// The document as it stands.
    var text: String { source.text(0..<source.bytes.count) }

    /// The markup of the element that a selector finds.
    func outerHTML(of selector: String) throws(EditError.Fault) -> String {
        source.text(source.elements[try find(selector)].outer)
    }

    /// Carries out one operation. When it throws, the document is as it was.
    mutating func apply(_ operation: EditOperation) throws(EditError.Fault) {
        try operation.check()
        let number = try find(operation.selector)
        switch operation.change {
        case .setText(let text): try setText(text, of: number)
        case .setHTML(let markup): try setHTML(markup, of: number)
        case .setStyle(let style): try setStyle(style, of: number)
        case .setAttribute(let name, let value):
            try setAttribute(name.lowercased(), value.map(HTMLText.escaped), of: number)
        case .remove: try remove(number)
        case .duplicate: try duplicate(number)
        case .move(let direction): try move(number, direction)
        }
    }

    private func find(_ selector: String) throws(EditError.Fault) -> Int {
        guard let number = try ElementSelector(selector).first(in: source) else { throw .nothingMatches }
        return number
    }

    // MARK: Content

    private mutating func setText(_ text: String, of number: Int) throws(EditError.Fault) {
        let element = source.elements[number]
        guard HTMLTags.raw.contains(element.name) else {
            // The first line break of these is not part of their text.
            let isSwallowed = HTMLTags.preformatted.contains(element.name) && text.first?.isNewline == true
            return try setContent((isSwallowed ? "\n" : "") + HTMLText.escaped(text), shape: [], of: number)
        }
        guard !text.lowercased().contains("</" + element.name), !text.contains("<!--") else {
            throw .cannotChange(element: element.name, reason: "cannot hold its own end tag or a comment")
        }
        try setContent(text, shape: [], of: number)
    }

    private mutating func setHTML(_ markup: String, of number: Int) throws(EditError.Fault) {
        let element = source.elements[number]
        guard !HTMLTags.raw.contains(element.name), !HTMLTags.escapableRaw.contains(element.name) else {
            throw .cannotChange(element: element.name, reason: "holds plain text, no markup")
        }
        // What is left open would hold the mark that is put behind it.
        let mark = "end-of-markup"
        let holder = Self.rowHolders.contains(element.name) ? "table" : "div"
        let fragment = HTMLSource("<\(holder)>\(markup)</\(holder)><\(mark)></\(mark)>")
        let shape = Self.shape(of: fragment).filter { !$0.name.isEmpty }
        guard fragment.strayEndTagCount == 0, shape.first == .init(name: holder, depth: 0),
            shape.dropFirst().dropLast().allSatisfy({ $0.depth > 0 }), shape.last == .init(name: mark, depth: 0),
            fragment.elements.allSatisfy({ Self.isClosed($0) && !(Self.pageElements.contains($0.name) && $0.isWritten) }
            )
        else { throw .unbalanced("the markup leaves an element open, or ends one that it does not start") }
        let inner = shape.dropFirst().dropLast().map { Shape(name: $0.name, depth: $0.depth - 1) }
        try setContent(markup, shape: inner, of: number)
    }

    // Whether an element has its end tag, or may leave it out.
    private static func isClosed(_ element: HTMLSource.Element) -> Bool {
        let mayBeLeftOut: Set<String> = [
            "dd", "dt", "li", "optgroup", "option", "p", "tbody", "td", "tfoot", "th", "thead",
        ]
        return element.tags.isEmpty || !element.tags.end.isEmpty || mayBeLeftOut.contains(element.name)
            || HTMLSource.implied.contains(element.name)
    }

    // - Parameter shape: the elements of the markup; depths count from the element.
    private mutating func setContent(_ markup: String, shape inner: [Shape], of number: Int) throws(EditError.Fault) {
        let element = source.elements[number]
        guard !element.tags.isEmpty else { throw .cannotChange(element: element.name, reason: "never has content") }
        guard element.name != "html" else {
            throw .cannotChange(element: "html", reason: "holds the head and the body; change these")
        }
        let start = element.isWritten ? "" : "<\(element.name)>"
        let end = element.isWritten || !element.tags.end.isEmpty ? "" : "</\(element.name)>"
        var shape = Self.shape(of: source)
        let ownDepth = shape[number].depth
        let isCounted = !HTMLSource.implied.contains(element.name)
        shape.replaceSubrange(
            number + 1..<element.nextOutside,
            with: inner.map { Shape(name: $0.name, depth: $0.depth + ownDepth + (isCounted ? 1 : 0)) })
        let place = element.tags.inner.lowerBound + start.utf8.count
        let edited = try reread([(element.tags.inner, start + markup + end)], promised: shape)
        guard edited.elements.indices.contains(number), edited.elements[number].name == element.name,
            edited.elements[number].tags.inner == place..<place + markup.utf8.count
        else { throw .unbalanced("<\(element.name)> cannot hold this") }
        source = edited
    }

    // MARK: Attributes

    private mutating func setStyle(_ style: [String: String], of number: Int) throws(EditError.Fault) {
        let attribute = source.elements[number].tags.attributes.first { $0.name == "style" }
        var declarations = InlineStyle(attribute?.value ?? "")
        // A shorthand comes before what it is short for: `border`, `border-color`.
        for (name, value) in style.sorted(by: { $0.key < $1.key }) { declarations.set(name, value) }
        try setAttribute("style", declarations.markup, of: number)
    }

    // - Parameter value: markup-escaped.
    private mutating func setAttribute(_ name: String, _ value: String?, of number: Int) throws(EditError.Fault) {
        let element = source.elements[number]
        let tags = element.tags
        let markup = value.map { " \(name)=\"\($0)\"" } ?? ""
        let change: (Range<Int>, String)
        if let old = tags.attributes.first(where: { $0.name == name }) {
            change = (spaced(old.range), markup)
        } else if value == nil {
            return
        } else if !element.isWritten {
            change = (tags.start, "<\(element.name)\(markup)>")
        } else {
            let place = tags.attributes.last?.range.upperBound ?? tags.start.lowerBound + 1 + tags.name.utf8.count
            change = (place..<place, markup)
        }
        source = try reread([change], promised: Self.shape(of: source))
    }

    // An attribute's range with the spaces before it.
    private func spaced(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        while HTMLText.isSpace(source.bytes[start - 1]) { start -= 1 }
        return start..<range.upperBound
    }

    // MARK: Places

    private mutating func remove(_ number: Int) throws(EditError.Fault) {
        let element = try movable(number)
        var shape = Self.shape(of: source)
        shape.removeSubrange(number..<element.nextOutside)
        source = try reread([(element.outer, "")], promised: shape)
    }

    private mutating func duplicate(_ number: Int) throws(EditError.Fault) {
        let element = try movable(number)
        var shape = Self.shape(of: source)
        shape.insert(contentsOf: shape[number..<element.nextOutside], at: element.nextOutside)
        let original = closed(element, source.text(element.outer))
        let ids = source.elements[number..<element.nextOutside].flatMap(\.tags.attributes).filter { $0.name == "id" }
        let changes = ids.map { (range: spaced($0.range), text: "") }
        let before = source.text(0..<element.outer.lowerBound)
        let whole = source.replacing(changes).utf8.dropFirst(before.utf8.count)
        let length = element.outer.count - changes.reduce(0) { $0 + $1.range.count }
        let copy = closed(element, String(decoding: whole.prefix(length), as: UTF8.self))
        // The copy stands as far behind the original as the original behind what is before it.
        let endsInSpace = original.utf8.last.map { HTMLText.isSpace($0) } ?? false
        let gap = endsInSpace ? "" : String(before.reversed().prefix { $0.isWhitespace }.reversed())
        source = try reread([(element.outer, original + gap + copy)], promised: shape)
    }

    private mutating func move(_ number: Int, _ direction: EditOperation.Direction) throws(EditError.Fault) {
        let element = try movable(number)
        guard let other = source.sibling(of: number, direction) else {
            let place = direction == .up ? "first" : "last"
            throw .cannotChange(element: element.name, reason: "is the \(place) among its siblings already")
        }
        let numbers = [number, other].sorted()
        let first = try movable(numbers[0])
        let second = try movable(numbers[1])
        guard first.outer.upperBound <= second.outer.lowerBound else {
            throw .cannotChange(element: element.name, reason: "is not written beside its sibling")
        }
        var shape = Self.shape(of: source)
        shape.replaceSubrange(
            numbers[0]..<second.nextOutside,
            with: shape[numbers[1]..<second.nextOutside] + shape[numbers[0]..<first.nextOutside])
        let texts = [first, second].map { closed($0, source.text($0.outer)) }
        source = try reread([(first.outer, texts[1]), (second.outer, texts[0])], promised: shape)
    }

    private func movable(_ number: Int) throws(EditError.Fault) -> HTMLSource.Element {
        let element = source.elements[number]
        guard !Self.pageElements.contains(element.name) else {
            throw .cannotChange(element: element.name, reason: "cannot be removed, duplicated or moved")
        }
        guard element.isWritten else {
            throw .cannotChange(element: element.name, reason: "is not written in the document")
        }
        return element
    }

    // The element's markup with an end tag, put before the spaces at its end when the document leaves it out.
    private func closed(_ element: HTMLSource.Element, _ markup: String) -> String {
        guard element.tags.end.isEmpty, !element.tags.isEmpty else { return markup }
        let spaces = markup.utf8.reversed().prefix { HTMLText.isSpace($0) }.count
        return "\(String(decoding: markup.utf8.dropLast(spaces), as: UTF8.self))</\(element.name)>"
            + String(decoding: markup.utf8.suffix(spaces), as: UTF8.self)
    }

    // MARK: What is promised

    /// An element in its depth. Those that a browser adds by itself come and go with what they hold: they have no
    /// depth, and are named alike.
    private struct Shape: Equatable {
        var name: String
        var depth: Int
    }

    private static func shape(of source: HTMLSource) -> [Shape] {
        var shape: [Shape] = []
        var depths: [Int] = []
        for element in source.elements {
            let depth = element.parent.map { depths[$0] } ?? 0
            let isImplied = HTMLSource.implied.contains(element.name)
            shape.append(Shape(name: isImplied ? "" : element.name, depth: depth))
            depths.append(depth + (isImplied ? 0 : 1))
        }
        return shape
    }

    // The document with changes made, read again.
    private func reread(
        _ changes: [(range: Range<Int>, text: String)], promised: [Shape]
    ) throws(EditError.Fault) -> HTMLSource {
        let growth = changes.reduce(0) { $0 + $1.text.utf8.count - $1.range.count }
        guard source.bytes.count + growth <= Edit.Limit.documentBytes else {
            throw .documentTooLarge(limit: Edit.Limit.documentBytes)
        }
        let edited = HTMLSource(source.replacing(changes))
        guard Self.shape(of: edited).filter({ !$0.name.isEmpty }) == promised.filter({ !$0.name.isEmpty }) else {
            throw .unbalanced("the change would take the elements around it apart")
        }
        return edited
    }
}
