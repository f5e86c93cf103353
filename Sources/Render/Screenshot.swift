// What a browser shows of a page, and what it says about it: the pixels, where every text and element lies, what went
// to the console, what the page asked of the network. Made by `Renderer`, read by `Fidelity` and by repairs.
public import Media

/// The window a page is laid out in.
public struct Viewport: Sendable, Equatable, Codable {
    /// CSS pixels, 1 to 16,384 each.
    public var width, height: Int
    /// Device pixels for a CSS pixel, 0.1 to 4.
    public var scale: Double

    /// Describes a window.
    public init(width: Int, height: Int, scale: Double = 1) {
        self.width = width
        self.height = height
        self.scale = scale
    }
}

/// A page as it was shown.
public struct Screenshot: Sendable {
    /// The picture: the viewport's width, and the whole page's height (at least the viewport's), times the scale.
    public var image: Image
    /// The window it was laid out in.
    public var viewport: Viewport
    /// The page's title; empty when it has none.
    public var title: String
    /// Lines of text in the order they are painted.
    public var texts: [TextBox]
    /// Elements in document order.
    public var elements: [ElementBox]
    /// CSS pixels by which the page is wider than the window; 0 when it fits.
    public var overflow: Double
    /// What was checked for people who cannot see the page.
    public var accessibility: Accessibility
    /// The comments of the document, in order, white space runs as one space; at most 200 of 300 characters.
    public var comments: [String]
    /// What scripts and the browser said, in order.
    public var console: [ConsoleMessage]
    /// Requests that were not let through, in order.
    public var refused: [RefusedRequest]

    /// Describes a page as it was shown.
    public init(
        image: Image, viewport: Viewport, title: String = "", texts: [TextBox] = [], elements: [ElementBox] = [],
        overflow: Double = 0, accessibility: Accessibility = Accessibility(), comments: [String] = [],
        console: [ConsoleMessage] = [], refused: [RefusedRequest] = []
    ) {
        self.image = image
        self.viewport = viewport
        self.title = title
        self.texts = texts
        self.elements = elements
        self.overflow = overflow
        self.accessibility = accessibility
        self.comments = comments
        self.console = console
        self.refused = refused
    }
}

/// One line of text on a page, or on a picture.
public struct TextBox: Sendable, Equatable {
    /// The words, white space runs as one space; nil where nothing has read them.
    public var text: String?
    /// Where the line lies.
    public var box: Box
    /// The text's colour.
    public var colour: RGB
    /// CSS pixels.
    public var fontSize: Double
    /// 100 to 900.
    public var fontWeight: Int
    /// The element that holds the text; nil on a picture.
    public var selector: String?

    /// Describes a line of text.
    public init(
        _ text: String?, box: Box, colour: RGB = RGB(0, 0, 0), fontSize: Double, fontWeight: Int = 400,
        selector: String? = nil
    ) {
        self.text = text
        self.box = box
        self.colour = colour
        self.fontSize = fontSize
        self.fontWeight = fontWeight
        self.selector = selector
    }
}

/// An element that takes room on a page.
public struct ElementBox: Sendable, Equatable, Codable {
    /// Finds this element and no other: `body > main:nth-child(2) > p:nth-child(1)`. `ElementSelector` understands it.
    public var selector: String
    /// Lower-case tag.
    public var tag: String
    /// In the order they are written.
    public var classes: [String]
    /// Its border box.
    public var box: Box
    /// Computed values by property, as `getComputedStyle` writes them: those of `Renderer.styleProperties`.
    public var style: [String: String]
    /// The selector of the element around it; nil for `body`.
    public var parent: String?

    /// Describes an element.
    public init(
        selector: String, tag: String, classes: [String] = [], box: Box, style: [String: String] = [:],
        parent: String? = nil
    ) {
        self.selector = selector
        self.tag = tag
        self.classes = classes
        self.box = box
        self.style = style
        self.parent = parent
    }
}

/// A line on the console.
public struct ConsoleMessage: Sendable, Equatable, Codable {
    /// `log`, `info`, `warning`, `error`, `debug`, or `exception`.
    public var level: String
    /// At most 2,000 characters.
    public var text: String

    /// Describes a line.
    public init(level: String, text: String) {
        self.level = level
        self.text = text
    }
}

/// A request of a page that was not let through.
public struct RefusedRequest: Sendable, Equatable, Codable {
    /// At most 500 characters.
    public var address: String
    /// Why, in words.
    public var reason: String

    /// Describes a request.
    public init(address: String, reason: String) {
        self.address = address
        self.reason = reason
    }
}

/// What a page offers to people who cannot see it, by counting what can be counted.
public struct Accessibility: Sendable, Equatable, Codable {
    /// The checks.
    public enum Rule: String, Sendable, Codable, CaseIterable {
        /// Buttons, links, fields and pictures say what they are.
        case name
        /// Text stands out: WCAG 2.2 AA, 4.5 to 1, or 3 to 1 from 24 px (bold: 18.66 px) on.
        case contrast
        /// There is one `main`.
        case landmark
        /// Headings begin at 1 and skip no level.
        case heading
        /// The document names its language and has a title.
        case document
    }

    /// One fault.
    public struct Finding: Sendable, Equatable, Codable {
        /// The check that it failed.
        public var rule: Rule
        /// The element.
        public var selector: String
        /// What is wrong, in words.
        public var message: String

        /// Describes a fault.
        public init(rule: Rule, selector: String, message: String) {
            self.rule = rule
            self.selector = selector
            self.message = message
        }
    }

    /// How many things each rule looked at.
    public var checked: [Rule: Int]
    /// The faults, in document order, at most 100 a rule.
    public var findings: [Finding]

    /// Describes what was found.
    public init(checked: [Rule: Int] = [:], findings: [Finding] = []) {
        self.checked = checked
        self.findings = findings
    }
}
