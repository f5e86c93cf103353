// Selectors that name one element of a document, as browsers compute them: tag, `*`, `#id`, `.class`, `[name]`,
// `[name=value]`, `:nth-child(n)`, `:nth-of-type(n)`, below (` `) and directly below (`>`). Unlike the `Selector` of
// stylesheets, what is not understood is an error here: an edit must not reach an element that was not meant.

/// A selector for an element to be edited.
struct ElementSelector: Equatable, Sendable {
    /// Something that an element must be.
    enum Test: Equatable, Sendable {
        case name(String)
        case id(String)
        case className(String)
        /// With any value when nil.
        case attribute(String, value: String?)
        case childNumber(Int)
        case typeNumber(Int)
    }

    /// Tests of one element, and how far above it the one before stands.
    struct Step: Equatable, Sendable {
        var tests: [Test]
        var isDirectlyBelow: Bool
    }

    /// From left to right.
    let steps: [Step]

    /// Reads a selector.
    ///
    /// - Throws: `selectorInvalid`.
    init(_ text: String) throws(EditError.Fault) {
        var reader = SelectorReader(text)
        steps = try reader.read()
    }

    /// The number of the first element in document order that matches.
    ///
    /// - Complexity: elements × tests. What matched above an element is remembered, so that no path is tried twice.
    func first(in source: HTMLSource) -> Int? {
        // For every open element: which beginnings of the selector it matches, and which it or one above it matches.
        var matched: [(number: Int, exactly: [Bool], above: [Bool])] = []
        for number in source.elements.indices {
            let element = source.elements[number]
            while let last = matched.last, last.number != element.parent { matched.removeLast() }
            var exactly = [Bool](repeating: false, count: steps.count)
            var above = matched.last?.above ?? exactly
            for (index, step) in steps.enumerated() {
                let isReached =
                    index == 0
                    || (step.isDirectlyBelow ? matched.last?.exactly[index - 1] : matched.last?.above[index - 1])
                        ?? false
                exactly[index] = isReached && step.tests.allSatisfy { $0.holds(for: element) }
                above[index] = above[index] || exactly[index]
            }
            if exactly[steps.count - 1] { return number }
            matched.append((number, exactly, above))
        }
        return nil
    }
}

extension ElementSelector.Test {
    fileprivate func holds(for element: HTMLSource.Element) -> Bool {
        switch self {
        case .name(let name): name == element.name
        case .id(let id): element["id"] == id
        case .className(let name):
            element["class"]?.split { $0.asciiValue.map(HTMLText.isSpace) ?? false }.contains { $0 == name } ?? false
        case .attribute(let name, let value): element[name].map { value == nil || $0 == value } ?? false
        case .childNumber(let number): element.childNumber == number
        case .typeNumber(let number): element.typeNumber == number
        }
    }
}

/// Reads the text of a selector from left to right.
private struct SelectorReader {
    private let text: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) { self.text = Array(text.unicodeScalars) }

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    mutating func read() throws(EditError.Fault) -> [ElementSelector.Step] {
        skipSpaces()
        var steps = [ElementSelector.Step(tests: try tests(), isDirectlyBelow: false)]
        while true {
            let hasSpace = skipSpaces()
            guard let mark = next else { return steps }
            guard mark != ",", mark != "+", mark != "~" else {
                throw fault("\"\(mark)\" is not known: a path to one element has spaces and \">\" alone")
            }
            if mark == ">" {
                position += 1
                skipSpaces()
            } else if !hasSpace {
                throw fault("\"\(mark)\" is out of place")
            }
            steps.append(ElementSelector.Step(tests: try tests(), isDirectlyBelow: mark == ">"))
        }
    }

    // The tests of one element; there is at least one, or `*`.
    private mutating func tests() throws(EditError.Fault) -> [ElementSelector.Test] {
        let start = position
        var tests: [ElementSelector.Test] = []
        if next == "*" {
            position += 1
        } else if let next, Self.isNamePart(next) || next == "\\" {
            tests.append(.name(try name().lowercased()))
        }
        while let mark = next, "#.[:".unicodeScalars.contains(mark) {
            position += 1
            switch mark {
            case "#": tests.append(.id(try name()))
            case ".": tests.append(.className(try name()))
            case "[": tests.append(try attribute())
            default: tests.append(try number())
            }
        }
        guard position > start else { throw fault(next.map { "\"\($0)\" is out of place" } ?? "an element is missing") }
        return tests
    }

    // After `[`.
    private mutating func attribute() throws(EditError.Fault) -> ElementSelector.Test {
        skipSpaces()
        let attribute = try name().lowercased()
        skipSpaces()
        var value: String?
        if next == "=" {
            position += 1
            skipSpaces()
            value = next == "\"" || next == "'" ? try quoted() : try name()
            skipSpaces()
        }
        guard next == "]" else { throw fault("an attribute is [name] or [name=value]") }
        position += 1
        return .attribute(attribute, value: value)
    }

    // After `:`.
    private mutating func number() throws(EditError.Fault) -> ElementSelector.Test {
        let state = try name().lowercased()
        guard state == "nth-child" || state == "nth-of-type" else {
            throw fault("\":\(state)\" is not known, only :nth-child(n) and :nth-of-type(n)")
        }
        guard next == "(" else { throw fault("\":\(state)\" needs a number in brackets") }
        position += 1
        skipSpaces()
        let start = position
        while let digit = next, ("0"..."9").contains(digit) { position += 1 }
        let number = Int(String(String.UnicodeScalarView(text[start..<position])))
        skipSpaces()
        guard let number, number >= 1, next == ")" else { throw fault("the n of :\(state)(n) is a number from 1 on") }
        position += 1
        return state == "nth-child" ? .childNumber(number) : .typeNumber(number)
    }

    // A name, with what is escaped in it as plain characters.
    private mutating func name() throws(EditError.Fault) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = next {
            if scalar == "\\" {
                name.append(try escaped())
            } else if Self.isNamePart(scalar) {
                name.append(scalar)
                position += 1
            } else {
                break
            }
        }
        guard !name.isEmpty else {
            throw fault(next.map { "a name is missing before \"\($0)\"" } ?? "a name is missing")
        }
        return String(name)
    }

    private mutating func quoted() throws(EditError.Fault) -> String {
        let quote = text[position]
        var value = String.UnicodeScalarView()
        position += 1
        while let scalar = next, scalar != quote {
            if scalar == "\\" {
                value.append(try escaped())
            } else {
                value.append(scalar)
                position += 1
            }
        }
        guard next == quote else { throw fault("a quotation is not closed") }
        position += 1
        return String(value)
    }

    // At a backslash: up to six hexadecimal digits and a space that ends them, or any other character itself.
    private mutating func escaped() throws(EditError.Fault) -> Unicode.Scalar {
        position += 1
        guard let first = next else { throw fault("a backslash ends the selector") }
        var digits = ""
        while let digit = next, digits.count < 6, Character(digit).isHexDigit, digit.isASCII {
            digits.unicodeScalars.append(digit)
            position += 1
        }
        guard !digits.isEmpty else {
            position += 1
            return first
        }
        if let space = next, Self.isSpace(space) { position += 1 }
        let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
        return scalar == "\0" ? "\u{FFFD}" : scalar ?? "\u{FFFD}"
    }

    @discardableResult
    private mutating func skipSpaces() -> Bool {
        let start = position
        while let scalar = next, Self.isSpace(scalar) { position += 1 }
        return position > start
    }

    private func fault(_ reason: String) -> EditError.Fault { .selectorInvalid(reason) }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && HTMLText.isSpace(UInt8(scalar.value))
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.isASCII || scalar == "-" || scalar == "_" || ("0"..."9").contains(scalar)
            || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}
