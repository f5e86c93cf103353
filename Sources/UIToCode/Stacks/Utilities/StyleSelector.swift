// Selectors that are held against a tree exactly. What a tree cannot tell (states of a mouse, links visited) is set aside when
// it is said of the element itself; anything else that is not understood makes a selector inexact: it is then taken to match
// wherever its understood parts do.

/// One selector.
struct StyleSelector: Sendable, Equatable {
    /// One test of an element.
    enum Test: Sendable, Equatable {
        case tag(String)
        case id(String)
        case hasClass(String)
        /// Operator and value are nil for a name alone.
        case attribute(String, comparison: Character?, value: String)
        case root
        case first, last, only
        /// Each `step`-th from `offset` on, counted from 1.
        case nth(step: Int, offset: Int)
    }

    /// How an element is reached from the one that the compound before it describes.
    enum Reach: Sendable, Equatable { case descendant, child, adjacent, sibling }

    struct Compound: Sendable, Equatable {
        var tests: [Test] = []
        var reach = Reach.descendant
    }

    /// As it is written.
    let text: String
    /// From left to right.
    private(set) var compounds: [Compound] = []
    /// States of the element itself, as Tailwind calls them: `hover`, `focus`.
    private(set) var states: [String] = []
    /// The part of the element that is meant: `before`, `placeholder`; nil for the element.
    private(set) var part: String?
    /// Whether every part of the selector is understood.
    private(set) var isExact = true
    private var ids = 0
    private var classes = 0
    private var tags = 0

    /// Which of two rules counts: the greater one.
    var specificity: Int { ids << 20 | classes << 10 | tags }

    /// Whether it says nothing about the element: `*`, `*::before`.
    var isUniversal: Bool { compounds.count == 1 && compounds[0].tests.isEmpty && states.isEmpty && isExact }

    /// Whether only the document's own element can match.
    var isOfRoot: Bool { compounds.last?.tests.contains { $0 == .root || $0 == .tag("html") } ?? false }

    init(_ text: String) {
        self.text = text
        var scanner = SelectorScanner(text)
        var compound = Compound()
        var isLast = false
        while let piece = scanner.next() {
            switch piece {
            case .combinator(let reach):
                compounds.append(compound)
                compound = Compound(reach: reach)
                if !states.isEmpty || part != nil { isExact = false }
            case .test(let test):
                compound.tests.append(test)
                count(test)
            case .universal: break
            case .state(let state):
                states.append(state)
                classes += 1
            case .part(let part):
                self.part = part
                tags += 1
            case .unknown:
                isExact = false
            }
            isLast = true
        }
        if isLast { compounds.append(compound) } else { isExact = false }
    }

    private mutating func count(_ test: Test) {
        switch test {
        case .tag: tags += 1
        case .id: ids += 1
        default: classes += 1
        }
    }

    /// Whether an element matches, states and parts aside.
    func matches(_ element: StyledElement) -> Bool { matches(element, compounds.count - 1) }

    private func matches(_ element: StyledElement, _ index: Int) -> Bool {
        guard index >= 0 else { return true }
        guard compounds[index].tests.allSatisfy({ element.passes($0) }) else { return false }
        guard index > 0 else { return true }
        switch compounds[index].reach {
        case .child: return element.parent.map { matches($0, index - 1) } ?? false
        case .adjacent: return element.previous.map { matches($0, index - 1) } ?? false
        case .descendant:
            var above = element.parent
            while let ancestor = above {
                if matches(ancestor, index - 1) { return true }
                above = ancestor.parent
            }
            return false
        case .sibling:
            var before = element.previous
            while let sibling = before {
                if matches(sibling, index - 1) { return true }
                before = sibling.previous
            }
            return false
        }
    }
}

/// An element of a page as it is shown, components written out.
final class StyledElement {
    let tag: String
    let attributes: [String: String]
    let classes: Set<Substring>
    private(set) weak var parent: StyledElement?
    private(set) weak var previous: StyledElement?
    private(set) var children: [StyledElement] = []
    // Place among the parent's elements, from 1.
    private var position = 1

    init(tag: String, attributes: [String: String]) {
        self.tag = tag
        self.attributes = attributes
        classes = Set(attributes["class"]?.split(whereSeparator: \.isWhitespace) ?? [])
    }

    func add(_ child: StyledElement) {
        child.parent = self
        child.previous = children.last
        child.position = children.count + 1
        children.append(child)
    }

    func passes(_ test: StyleSelector.Test) -> Bool {
        let count = parent?.children.count ?? 1
        switch test {
        case .tag(let name): return tag == name
        case .id(let id): return attributes["id"] == id
        case .hasClass(let name): return classes.contains(name[...])
        case .root: return parent == nil
        case .first: return position == 1
        case .last: return position == count
        case .only: return count == 1
        case .nth(let step, let offset):
            let distance = position - offset
            return step == 0 ? distance == 0 : distance % step == 0 && distance / step >= 0
        case .attribute(let name, let comparison, let value):
            guard let own = attributes[name] else { return false }
            switch comparison {
            case nil: return true
            case "=": return own == value
            case "^": return !value.isEmpty && own.hasPrefix(value)
            case "$": return !value.isEmpty && own.hasSuffix(value)
            case "*": return !value.isEmpty && own.contains(value)
            case "~": return own.split(whereSeparator: \.isWhitespace).contains { $0 == value }
            default: return own == value || own.hasPrefix(value + "-")
            }
        }
    }
}

/// Reads a selector piece by piece.
private struct SelectorScanner {
    enum Piece {
        case combinator(StyleSelector.Reach)
        case universal
        case test(StyleSelector.Test)
        case state(String)
        case part(String)
        case unknown
    }

    private var rest: Substring

    init(_ text: String) { rest = Substring(text.trimmed) }
    private init(rest: Substring) { self.rest = rest }

    mutating func next() -> Piece? {
        guard let first = rest.first else { return nil }
        switch first {
        case " ", ">", "+", "~": return .combinator(combinator())
        case "*":
            rest.removeFirst()
            return .universal
        case "#":
            rest.removeFirst()
            return .test(.id(name()))
        case ".":
            rest.removeFirst()
            return .test(.hasClass(name()))
        case "[": return attribute()
        case ":": return pseudo()
        default:
            let name = name()
            guard !name.isEmpty else {
                rest.removeFirst()
                return .unknown
            }
            return .test(.tag(name.lowercased()))
        }
    }

    private mutating func combinator() -> StyleSelector.Reach {
        var reach = StyleSelector.Reach.descendant
        while let character = rest.first, " >+~".contains(character) {
            switch character {
            case ">": reach = .child
            case "+": reach = .adjacent
            case "~": reach = .sibling
            default: break
            }
            rest.removeFirst()
        }
        return reach
    }

    private mutating func name() -> String {
        var name = ""
        while let character = rest.first {
            if character == "\\", rest.count > 1 {
                rest.removeFirst()
                name.append(rest.removeFirst())
            } else if character.isLetter || character.isNumber || character == "-" || character == "_" {
                name.append(rest.removeFirst())
            } else {
                break
            }
        }
        return name
    }

    private mutating func attribute() -> Piece {
        guard let end = rest.firstIndex(of: "]") else {
            rest = ""
            return .unknown
        }
        let inside = String(rest[rest.index(after: rest.startIndex)..<end]).trimmed
        rest = rest[rest.index(after: end)...]
        guard let equals = inside.firstIndex(of: "=") else {
            return .test(.attribute(inside.lowercased(), comparison: nil, value: ""))
        }
        var name = String(inside[..<equals]).trimmed
        var comparison: Character = "="
        if let last = name.last, "^$*~|".contains(last) { comparison = name.removeLast() }
        var value = String(inside[inside.index(after: equals)...]).trimmed
        if let quote = value.first, quote == "\"" || quote == "'", value.last == quote, value.count > 1 {
            value = String(value.dropFirst().dropLast())
        } else if value.contains(where: \.isWhitespace) {
            return .unknown
        }
        return .test(.attribute(name.trimmed.lowercased(), comparison: comparison, value: value))
    }

    private mutating func pseudo() -> Piece {
        rest.removeFirst()
        let isElement = rest.first == ":"
        if isElement { rest.removeFirst() }
        let name = name().lowercased()
        var argument: String?
        if rest.first == "(" {
            guard let end = rest.firstIndex(of: ")") else {
                rest = ""
                return .unknown
            }
            argument = String(rest[rest.index(after: rest.startIndex)..<end]).trimmed.lowercased()
            rest = rest[rest.index(after: end)...]
        }
        if isElement || ["before", "after"].contains(name) {
            return Self.parts.contains(name) && argument == nil ? .part(name) : .unknown
        }
        if let argument { return name == "nth-child" ? nth(argument) : .unknown }
        switch name {
        case "root": return .test(.root)
        case "first-child": return .test(.first)
        case "last-child": return .test(.last)
        case "only-child": return .test(.only)
        default: return Self.states.contains(name) ? .state(name) : .unknown
        }
    }

    private func nth(_ argument: String) -> Piece {
        switch argument {
        case "odd": return .test(.nth(step: 2, offset: 1))
        case "even": return .test(.nth(step: 2, offset: 2))
        default:
            if let place = Int(argument) { return .test(.nth(step: 0, offset: place)) }
            let parts = argument.replacing(" ", with: "").split(separator: "n", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return .unknown }
            let step = parts[0].isEmpty ? 1 : parts[0] == "-" ? -1 : Int(parts[0])
            let offset = parts[1].isEmpty ? 0 : Int(parts[1])
            guard let step, let offset, step != 0 else { return .unknown }
            return .test(.nth(step: step, offset: offset))
        }
    }

    private static let parts: Set<String> = ["before", "after", "placeholder", "marker", "selection"]
    private static let states: Set<String> = [
        "hover", "focus", "focus-visible", "focus-within", "active", "visited", "disabled", "checked",
    ]
}
