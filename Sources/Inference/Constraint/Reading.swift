// One way to read the text so far: a place between or inside the parts of JSON, and the arrays and objects around it.
// A schema with alternatives may allow several at once; `JSONMatcher` holds them. Every reading can be completed: a
// byte is refused as soon as no text goes on with it.
//
//     value --"--> string --"--> behind          [ --> first item --value--> behind --,--> value
//     value --digit--> number --other--> behind  { --> first key --"--> key --"--> colon --:--> value
//     behind --, ] }-->, in the array or object around it; with none around it the text is complete

/// One way to read a text.
struct Reading: Hashable, Sendable {
    var place: Place
    var frame: Frame?

    /// Where the text stands.
    enum Place: Hashable, Sendable {
        case between(Expected, Gap)
        /// Inside a word, behind so many letters.
        case word(JSONGrammar.Word, Int)
        case number(automaton: Int, state: Int)
        case string(StringPosition)
    }

    /// What stands next, perhaps behind white space.
    enum Expected: Hashable, Sendable {
        case value(rule: Int)
        /// An item or the end of an array that was just opened.
        case firstItem
        /// A key or the end of an object that was just opened.
        case firstKey
        case key
        /// A colon, and then a value; no white space in front of it.
        case colon(rule: Int)
        /// A comma or the end of what is open; white space only in front of the end.
        case behindValue
        /// Nothing: the text is complete.
        case end
    }

    /// White space between two parts: one space, or a line end and some spaces.
    struct Gap: Hashable, Sendable {
        private var state = 0

        /// The most spaces that a line begins with.
        static let indentLimit = 32

        /// Whether none was read.
        var isEmpty: Bool { state == 0 }

        /// Takes a byte if it is white space that may stand here.
        mutating func take(_ byte: UInt8) -> Bool {
            switch (state, byte) {
            case (0, UInt8(ascii: " ")): state = 1
            case (0, UInt8(ascii: "\n")): state = 2
            case (2..<2 + Self.indentLimit, UInt8(ascii: " ")): state += 1
            default: return false
            }
            return true
        }
    }

    /// Stands in front of a whole text.
    static let beginning = Reading(place: .between(.value(rule: 0), Gap()), frame: nil)

    /// Whether the text may end here.
    func isComplete(_ grammar: JSONGrammar) -> Bool {
        switch place {
        case .between(.end, _): true
        case .number(let automaton, let state):
            frame == nil && grammar.automata[automaton].states[state].label != nil
        default: false
        }
    }
}

// MARK: - Bytes

extension Reading {
    /// Takes a byte.
    ///
    /// - Parameter others: gets further ways to read it.
    /// - Returns: false when it is refused; the reading is then of no more use.
    mutating func push(_ byte: UInt8, _ grammar: JSONGrammar, others: inout [Reading]) -> Bool {
        switch place {
        case .string(var string):
            place = .word(.null, 0)  // so that the string's key is not copied
            switch string.push(byte, grammar.automata) {
            case .refused: return false
            case .partial, .scalar: place = .string(string)
            case .quote: endString(string, grammar)
            }
            return true
        case .number(let automaton, let state):
            if let next = grammar.automata[automaton].target(of: state, UInt32(byte)) {
                place = .number(automaton: automaton, state: next)
                return true
            }
            guard grammar.automata[automaton].states[state].label != nil else { return false }
            endValue()
            return push(byte, grammar, others: &others)
        case .word(let word, let count): return take(byte, word, count)
        case .between(let expected, var gap):
            if mayHaveGap(expected, grammar), gap.take(byte) {
                place = .between(expected, gap)
                return true
            }
            return take(byte, expected, behindGap: !gap.isEmpty, grammar, others: &others)
        }
    }

    private mutating func take(_ byte: UInt8, _ word: JSONGrammar.Word, _ count: Int) -> Bool {
        let letters = word.letters
        guard letters.utf8Start[count] == byte else { return false }
        if count + 1 == letters.utf8CodeUnitCount { endValue() } else { place = .word(word, count + 1) }
        return true
    }

    private func mayHaveGap(_ expected: Expected, _ grammar: JSONGrammar) -> Bool {
        switch expected {
        case .value, .firstItem, .firstKey, .key, .end: true
        case .colon: false
        case .behindValue: mayClose(grammar)
        }
    }

    private mutating func take(
        _ byte: UInt8, _ expected: Expected, behindGap: Bool, _ grammar: JSONGrammar, others: inout [Reading]
    ) -> Bool {
        switch expected {
        case .value(let rule): return beginValue(rule, byte, grammar, others: &others)
        case .firstItem:
            if close(byte, grammar) { return true }
            guard let rule = nextItem(grammar) else { return false }
            return beginValue(rule, byte, grammar, others: &others)
        case .firstKey: return close(byte, grammar) || beginKey(byte, grammar)
        case .key: return beginKey(byte, grammar)
        case .colon(let rule):
            guard byte == UInt8(ascii: ":") else { return false }
            place = .between(.value(rule: rule), Gap())
            return true
        case .behindValue:
            if close(byte, grammar) { return true }
            return byte == UInt8(ascii: ",") && !behindGap && goOn(grammar)
        case .end: return false
        }
    }

    // MARK: Values

    private mutating func beginValue(
        _ rule: Int, _ byte: UInt8, _ grammar: JSONGrammar, others: inout [Reading]
    ) -> Bool {
        var isFirst = true
        let outside = frame
        for shape in grammar.rules[rule].shapes {
            guard let reading = Self.begin(shape, byte, grammar, inside: outside) else { continue }
            if isFirst { self = reading } else { others.append(reading) }
            isFirst = false
        }
        return !isFirst
    }

    /// The reading behind the first byte of a value; nil when it does not begin so.
    private static func begin(
        _ number: Int, _ byte: UInt8, _ grammar: JSONGrammar, inside frame: Frame?
    ) -> Reading? {
        let depth = frame?.depth ?? 0
        switch grammar.shapes[number] {
        case .word(let word):
            guard word.letters.utf8Start[0] == byte else { return nil }
            return Reading(place: .word(word, 1), frame: frame)
        case .number(let automaton):
            return grammar.automata[automaton].target(of: Automaton.start, UInt32(byte)).map {
                Reading(place: .number(automaton: automaton, state: $0), frame: frame)
            }
        case .string(let string):
            guard byte == UInt8(ascii: "\"") else { return nil }
            let position = StringPosition(
                automaton: string.automaton, least: string.least, most: string.most ?? .max)
            return Reading(place: .string(position), frame: frame)
        case .array(let array):
            guard byte == UInt8(ascii: "["), depth + array.depth <= JSONGrammar.depthLimit else { return nil }
            let frame = Frame(opening: number, missingCount: 0, inside: frame)
            return Reading(place: .between(.firstItem, Gap()), frame: frame)
        case .object(let object):
            guard byte == UInt8(ascii: "{"), depth + object.depth <= JSONGrammar.depthLimit else { return nil }
            let frame = Frame(opening: number, missingCount: object.required.count, inside: frame)
            return Reading(place: .between(.firstKey, Gap()), frame: frame)
        }
    }

    private mutating func endValue() { place = .between(frame == nil ? .end : .behindValue, Gap()) }

    private mutating func endString(_ string: StringPosition, _ grammar: JSONGrammar) {
        guard let key = string.key, let frame, case .object(let object) = grammar.shapes[frame.shape] else {
            endValue()
            return
        }
        self.frame = frame.adding(key.text, isRequired: object.required.contains(key.text))
        place = .between(.colon(rule: grammar.automata[string.automaton].states[string.state].label ?? 0), Gap())
    }

    // MARK: Arrays and objects

    private func mayClose(_ grammar: JSONGrammar) -> Bool {
        guard let frame else { return false }
        return switch grammar.shapes[frame.shape] {
        case .array(let array): frame.count >= array.least
        case .object(let object): frame.mayClose(object)
        default: false
        }
    }

    /// Closes what is open, if the byte is its bracket.
    private mutating func close(_ byte: UInt8, _ grammar: JSONGrammar) -> Bool {
        guard byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}"), let frame, mayClose(grammar) else { return false }
        if case .array = grammar.shapes[frame.shape] {
            guard byte == UInt8(ascii: "]") else { return false }
        } else {
            guard byte == UInt8(ascii: "}") else { return false }
        }
        self.frame = frame.parent
        endValue()
        return true
    }

    /// The rule of the item that begins now, which is counted; nil when there may be none.
    private mutating func nextItem(_ grammar: JSONGrammar) -> Int? {
        guard let frame, case .array(let array) = grammar.shapes[frame.shape],
            let rule = frame.nextItem(array, grammar)
        else { return nil }
        self.frame = frame.addingItem(upTo: array.countThatMatters)
        return rule
    }

    /// Goes on behind a comma.
    private mutating func goOn(_ grammar: JSONGrammar) -> Bool {
        guard let frame else { return false }
        if case .object(let object) = grammar.shapes[frame.shape] {
            guard frame.nextKeys(object, grammar) != nil else { return false }
            place = .between(.key, Gap())
        } else {
            guard let rule = nextItem(grammar) else { return false }
            place = .between(.value(rule: rule), Gap())
        }
        return true
    }

    private mutating func beginKey(_ byte: UInt8, _ grammar: JSONGrammar) -> Bool {
        guard byte == UInt8(ascii: "\""), let frame, case .object(let object) = grammar.shapes[frame.shape],
            let filter = frame.nextKeys(object, grammar)
        else { return false }
        place = .string(StringPosition(automaton: object.keys, key: StringPosition.Key(filter: filter)))
        return true
    }
}
