// What can be asked of a project that is made: exact operations on elements, or a change said in words. How edits are
// written in JSON stands in `Edit+Codable.swift`, how operations are carried out in `DocumentEditor.swift`.

/// A change of one file of a project.
public enum Edit: Sendable, Equatable {
    /// Exact changes, one after the other, each on the document that the one before left. Need no model.
    case operations([EditOperation])
    /// A change said in words. Needs an engine that follows instructions.
    case instruction(Instruction)
}

/// One change of one element.
public struct EditOperation: Sendable, Equatable {
    /// Which way an element is moved among its siblings.
    public enum Direction: String, Codable, Sendable {
        /// Before the element in front of it.
        case up
        /// Behind the element after it.
        case down
    }

    /// What becomes of the element.
    public enum Change: Sendable, Equatable {
        /// Its content becomes this plain text.
        case setText(String)
        /// Properties of its own style; an empty value takes a property away, and what is not named stays.
        case setStyle([String: String])
        /// An attribute gets a plain value; nil takes it away.
        case setAttribute(name: String, value: String?)
        /// It goes, with its content.
        case remove
        /// A copy follows it. Ids are left out of the copy.
        case duplicate
        /// It changes places with the element before or after it.
        case move(Direction)
        /// Its content becomes this markup, in which every element is closed. Scripts are taken as they are: the
        /// document is its owner's, and is shown where scripts cannot run.
        case setHTML(String)
    }

    /// Which element: the first in document order that matches. CSS: tag, `*`, `#id`, `.class`, `[name]`,
    /// `[name=value]`, `:nth-child(n)`, `:nth-of-type(n)`, spaces and `>`; at most 1000 bytes.
    public var selector: String
    /// What becomes of it.
    public var change: Change

    /// Describes a change.
    public init(_ selector: String, _ change: Change) {
        self.selector = selector
        self.change = change
    }
}

/// A change said in words.
public struct Instruction: Sendable, Equatable {
    /// A part of the page as it is shown at the design's own size, in pixels from its top left corner.
    public struct Box: Sendable, Equatable {
        /// The place of its top left corner.
        public var x, y: Double
        /// Its size; more than 0.
        public var width, height: Double

        /// Describes a part of a page.
        public init(x: Double, y: Double, width: Double, height: Double) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    /// What is to change.
    public var text: String
    /// The element that is meant; written like that of an operation.
    public var selector: String?
    /// The part of the page that is meant.
    public var box: Box?

    /// Describes a change.
    public init(_ text: String, selector: String? = nil, box: Box? = nil) {
        self.text = text
        self.selector = selector
        self.box = box
    }
}

// MARK: Bounds

extension Edit {
    /// Bounds of edits. Sizes are bytes of UTF-8.
    enum Limit {
        static let operations = 100
        static let selectorBytes = 1000
        static let textBytes = 100 * 1024
        static let nameBytes = 100
        static let properties = 100
        /// Of the document that is edited, before and after every operation.
        static let documentBytes = 2 << 20
    }

    /// Checks all that can be known without the document.
    ///
    /// - Throws: `invalid`, `operation`, `target`.
    func check() throws(EditError) {
        switch self {
        case .operations(let operations):
            guard (1...Limit.operations).contains(operations.count) else {
                throw .invalid("an edit has 1 to \(Limit.operations) operations, not \(operations.count)")
            }
            for (index, operation) in operations.enumerated() {
                do { try operation.check() } catch { throw .operation(index, selector: operation.selector, error) }
            }
        case .instruction(let instruction):
            do { try instruction.check() } catch { throw .invalid("\(error)") }
        }
    }
}

extension EditOperation {
    /// Checks all that can be known without the document.
    func check() throws(EditError.Fault) {
        try Self.check(selector: selector)
        switch change {
        case .setText(let text): try Self.check(text, "the text")
        case .setHTML(let markup): try Self.check(markup, "the markup")
        case .setStyle(let style):
            guard (1...Edit.Limit.properties).contains(style.count) else {
                throw .changeInvalid("a style has 1 to \(Edit.Limit.properties) properties, not \(style.count)")
            }
            for (name, value) in style.sorted(by: { $0.key < $1.key }) { try InlineStyle.check(name, value) }
        case .setAttribute(let name, let value):
            let isName = name.utf8.first.map { Self.isNameStart($0) } ?? false
            guard isName, name.utf8.count <= Edit.Limit.nameBytes, name.utf8.allSatisfy({ Self.isNamePart($0) }) else {
                throw .changeInvalid("\"\(name.prefix(40))\" is no name of an attribute")
            }
            if let value { try Self.check(value, "the value of \(name)") }
        case .remove, .duplicate, .move: break
        }
    }

    fileprivate static func check(selector: String) throws(EditError.Fault) {
        guard selector.utf8.count <= Edit.Limit.selectorBytes else {
            throw .selectorInvalid("it has \(selector.utf8.count) bytes, at most \(Edit.Limit.selectorBytes) are read")
        }
        _ = try ElementSelector(selector)
    }

    fileprivate static func check(_ text: String, _ name: String) throws(EditError.Fault) {
        guard text.utf8.count <= Edit.Limit.textBytes else {
            throw .changeInvalid("\(name) has \(text.utf8.count) bytes, at most \(Edit.Limit.textBytes) are taken")
        }
        guard !text.utf8.contains(0) else { throw .changeInvalid("\(name) has a character of code 0") }
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        isNameStart(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
}

extension Instruction {
    /// Checks all that can be known without the document.
    func check() throws(EditError.Fault) {
        guard !text.trimmed.isEmpty else { throw .changeInvalid("the instruction is empty") }
        try EditOperation.check(text, "the instruction")
        if let selector { try EditOperation.check(selector: selector) }
        if let box {
            let sound = [box.x, box.y, box.width, box.height].allSatisfy { $0.isFinite && abs($0) <= 1_000_000 }
            guard sound, box.width > 0, box.height > 0 else {
                throw .changeInvalid("a box has a width and a height of more than 0 and at most 1000000")
            }
        }
    }
}
