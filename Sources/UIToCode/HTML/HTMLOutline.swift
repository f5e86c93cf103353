// Where the elements of a text stand: the ranges of their tags, attributes and content, in bytes. Written by
// `HTMLParser` while it reads, so that there is one reading of markup; `HTMLSource` makes of it what a browser sees.

/// The elements of a text, by place.
struct HTMLOutline: Sendable {
    /// An attribute, with the range from its name to the end of its value.
    struct Attribute: Equatable, Sendable {
        /// Lower-case.
        let name: String
        /// Markup-escaped for double quotes; nil when only the name is written.
        let value: String?
        let range: Range<Int>
    }

    /// An element. A tag that is not written is an empty range at the place where it would stand.
    struct Element: Equatable, Sendable {
        let name: String
        let start: Range<Int>
        let attributes: [Attribute]
        /// What stands between the tags.
        var inner: Range<Int>
        var end: Range<Int>
        /// Never has content: a void element, or one that its own tag ends.
        let isEmpty: Bool
        /// The element around it, by its number in `elements`.
        let parent: Int?
    }

    /// The elements in the order they start.
    private(set) var elements: [Element] = []
    /// Where the first visible character stands that is in no element or directly in `html`.
    private(set) var firstLooseText: Int?
    /// End tags that match nothing.
    private(set) var strayEndTagCount = 0
    /// The first `</body>` behind which nothing more shows.
    private(set) var bodyEnd: Range<Int>?
    private var htmlEnd: Range<Int>?
    private var open: [Int] = []

    /// Where the page's last end tags begin, when nothing that shows follows them.
    var contentEnd: Int? { bodyEnd?.lowerBound ?? htmlEnd?.lowerBound }

    /// Notes a start tag.
    mutating func start(_ element: HTMLElement, tag: Range<Int>, attributes ranges: [Range<Int>], isOpen: Bool) {
        let attributes = zip(element.attributes, ranges).map { Attribute(name: $0.name, value: $0.value, range: $1) }
        let place = tag.upperBound..<tag.upperBound
        (bodyEnd, htmlEnd) = (nil, nil)
        elements.append(
            Element(
                name: element.name, start: tag, attributes: attributes, inner: place, end: place, isEmpty: !isOpen,
                parent: open.last))
        if isOpen { open.append(elements.count - 1) }
    }

    /// Notes the end of the innermost open element; an empty range when it has no end tag.
    mutating func close(by tag: Range<Int>) {
        let number = open.removeLast()
        elements[number].inner = elements[number].start.upperBound..<tag.lowerBound
        elements[number].end = tag
    }

    /// Notes visible text.
    mutating func text(at position: Int) {
        (bodyEnd, htmlEnd) = (nil, nil)
        let isLoose = open.last.map { elements[$0].name == "html" } ?? true
        if isLoose, firstLooseText == nil { firstLooseText = position }
    }

    /// Notes an end tag that matches nothing. A browser makes an empty paragraph of a lonely `</p>`.
    mutating func strayEnd(_ name: String, tag: Range<Int>) {
        strayEndTagCount += 1
        guard name == "p", open.last.map({ elements[$0].name != "head" }) ?? true else { return }
        let place = tag.lowerBound..<tag.lowerBound
        elements.append(
            Element(
                name: name, start: place, attributes: [], inner: place, end: tag, isEmpty: false, parent: open.last))
    }

    /// Notes the end tag of `body` or `html`, which close nothing before the end of the text.
    mutating func pageEnd(_ name: String, tag: Range<Int>) {
        if name == "body" { bodyEnd = bodyEnd ?? tag } else { htmlEnd = htmlEnd ?? tag }
    }

    /// Ends the text: `body` and `html` reach to their end tags.
    mutating func finish(at end: Int) {
        for number in elements.indices {
            if elements[number].name == "body", let bodyEnd { elements[number].end = bodyEnd }
            if elements[number].name == "html" {
                elements[number].end = htmlEnd ?? end..<end
                elements[number].inner = elements[number].start.upperBound..<elements[number].end.lowerBound
            }
        }
    }
}
