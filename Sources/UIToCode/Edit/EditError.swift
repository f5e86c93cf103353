// Everything that can stop an edit. An edit that is stopped leaves the project as it was.

/// Why a project was not changed.
public enum EditError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with one change of one element.
    public enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// The selector cannot be read; the reason in words.
        case selectorInvalid(String)
        /// The selector is sound, and no element of the document is what it says.
        case nothingMatches
        /// The change is out of bounds or not sound by itself; the reason in words.
        case changeInvalid(String)
        /// The change cannot be made to an element like this one; the reason in words.
        case cannotChange(element: String, reason: String)
        /// The markup leaves elements open, ends others, or would take the elements around it apart.
        case unbalanced(String)
        /// The document would hold more bytes than this.
        case documentTooLarge(limit: Int)

        /// One line for people.
        public var description: String {
            switch self {
            case .selectorInvalid(let reason): "the selector cannot be read: \(reason)"
            case .nothingMatches: "no element matches the selector"
            case .changeInvalid(let reason): reason
            case .cannotChange(let element, let reason): "<\(element)> \(reason)"
            case .unbalanced(let reason): reason
            case .documentTooLarge(let limit): "the document would grow beyond \(limit) bytes"
            }
        }
    }

    /// The project has no such file.
    case fileMissing(path: String)
    /// The file is no HTML in UTF-8.
    case notHTML(path: String)
    /// The edit is out of bounds; the reason in words.
    case invalid(String)
    /// An operation failed; the first is number 0.
    case operation(Int, selector: String, Fault)
    /// The element that an instruction speaks of cannot be found.
    case target(selector: String, Fault)
    /// The document is the same after the edit as before.
    case unchanged(path: String)

    /// Whether the edit is sound and the document lacks the element that it names.
    public var isTargetMissing: Bool {
        switch self {
        case .operation(_, _, .nothingMatches), .target(_, .nothingMatches): true
        default: false
        }
    }

    /// One line for people.
    public var description: String {
        switch self {
        case .fileMissing(let path): "the project has no file \(path)"
        case .notHTML(let path): "\(path) is no HTML in UTF-8 and cannot be edited"
        case .invalid(let reason): reason
        case .operation(let index, let selector, let fault): "operation \(index), \(selector.quoted): \(fault)"
        case .target(let selector, let fault): "\(selector.quoted): \(fault)"
        case .unchanged(let path): "the edit changes nothing in \(path)"
        }
    }
}

extension String {
    // On one line, not longer than is read at a glance.
    fileprivate var quoted: String {
        let line = HTMLText.collapsed(self)
        return line.count > 100 ? "\"\(line.prefix(100))…\"" : "\"\(line)\""
    }
}
