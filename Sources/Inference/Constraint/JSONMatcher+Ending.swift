// A short way to the end of a text, for answers that run out of room: what is begun is finished, what must still stand is
// written in its shortest form, what is open is closed.

/// The shortest texts of a grammar's rules, found once.
struct ShortTexts: Sendable {
    /// Longer texts count as none: no answer has room for them, and they would multiply from level to level.
    static let byteLimit = 16_384
    /// The most members that are looked for beside those that must stand.
    private static let memberLimit = 1000
    /// By rule; nil where none was found.
    private(set) var ofRule: [[UInt8]?]

    /// Finds them: rules whose parts are known give texts, until no text gets shorter.
    init(_ parts: JSONGrammar.Parts) {
        ofRule = Array(repeating: nil, count: parts.rules.count)
        var isShorter = true
        while isShorter {
            isShorter = false
            for (number, rule) in parts.rules.enumerated() {
                let texts = rule.shapes.compactMap { text(of: parts.shapes[$0], parts.automata) }
                guard let text = texts.min(by: { $0.count < $1.count }), text.count <= Self.byteLimit else { continue }
                if let known = ofRule[number], known.count <= text.count { continue }
                ofRule[number] = text
                isShorter = true
            }
        }
    }

    private func text(of shape: JSONGrammar.Shape, _ automata: [Automaton]) -> [UInt8]? {
        switch shape {
        case .word(let word): return Array(word.rawValue.utf8)
        case .number(let automaton): return automata[automaton].shortestText().map { $0.map { UInt8($0) } }
        case .string(let string):
            let text = automata[string.automaton].shortestText() ?? []
            guard max(text.count, string.least) <= Self.byteLimit else { return nil }
            // Where the length is bounded here, every character may stand.
            let filling = [UInt32](repeating: UInt32(UInt8(ascii: "a")), count: max(0, string.least - text.count))
            return JSONEnding.quoted(text + filling)
        case .array(let array): return items(of: array, from: 0).map { [UInt8(ascii: "[")] + $0 + [UInt8(ascii: "]")] }
        case .object(let object):
            return members(of: object, having: [], automata).map { [UInt8(ascii: "{")] + $0 + [UInt8(ascii: "}")] }
        }
    }

    /// The items that an array needs behind so many, with commas between and, but for the first, in front.
    func items(of array: JSONGrammar.ArrayShape, from count: Int) -> [UInt8]? {
        var text: [UInt8] = []
        for index in stride(from: count, to: array.least, by: 1) {
            guard let rule = array.rule(at: index), let item = ofRule[rule], text.count <= Self.byteLimit else {
                return nil
            }
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += item
        }
        return text
    }

    /// The members that an object needs beside those it has, with commas between and, but for the first, in front.
    func members(
        of object: JSONGrammar.ObjectShape, having keys: [[UInt32]], _ automata: [Automaton]
    ) -> [UInt8]? {
        var missing = object.required.filter { !keys.contains($0) }
        if keys.count + missing.count < object.least {
            guard object.least <= Self.memberLimit else { return nil }
            // Other keys that the object may have.
            let more = automata[object.keys].shortTexts(atLeast: object.least + keys.count + missing.count).filter {
                !keys.contains($0) && !missing.contains($0)
            }
            missing += more.prefix(object.least - keys.count - missing.count)
            guard keys.count + missing.count >= object.least else { return nil }
        }
        var text: [UInt8] = []
        var count = keys.count
        for key in missing {
            guard let rule = automata[object.keys].label(of: key), let value = ofRule[rule],
                text.count <= Self.byteLimit
            else { return nil }
            if count > 0 { text.append(UInt8(ascii: ",")) }
            text += JSONEnding.quoted(key) + [UInt8(ascii: ":")] + value
            count += 1
        }
        return text
    }
}

extension JSONMatcher {
    /// A short way to the end of the text: empty when it is complete, nil where none was found.
    package var ending: [UInt8]? {
        if isComplete { return [] }
        let endings = readings.compactMap { JSONEnding(grammar).bytes(behind: $0) }
        return endings.sorted { $0.count < $1.count }.first { ending in
            // The reading that it ends may be pushed out on the way (`readingLimit`).
            var matcher = self
            return ending.allSatisfy { matcher.push($0) } && matcher.isComplete
        }
    }
}

/// Finishes readings.
struct JSONEnding {
    private let grammar: JSONGrammar

    init(_ grammar: JSONGrammar) { self.grammar = grammar }

    /// What completes a reading.
    func bytes(behind reading: Reading) -> [UInt8]? {
        switch reading.place {
        case .between(let expected, _): return bytes(behind: expected, reading.frame)
        case .word(let word, let count):
            return closing(reading.frame).map { Array(word.rawValue.utf8.dropFirst(count)) + $0 }
        case .number(let automaton, let state):
            guard let rest = grammar.automata[automaton].shortestText(from: state), let end = closing(reading.frame)
            else { return nil }
            return rest.map { UInt8($0) } + end
        case .string(let string): return bytes(behind: string, reading.frame)
        }
    }

    private func bytes(behind expected: Reading.Expected, _ frame: Frame?) -> [UInt8]? {
        switch expected {
        case .value(let rule): return join(grammar.shortTexts.ofRule[rule], closing(frame))
        case .colon(let rule): return join([UInt8(ascii: ":")], join(grammar.shortTexts.ofRule[rule], closing(frame)))
        case .firstItem, .firstKey, .behindValue: return closing(frame)
        case .key:
            // Behind a comma something must stand: what is missing, or any member.
            guard let frame, case .object(let object) = grammar.shapes[frame.shape] else { return nil }
            var needed = object
            needed.least = max(object.least, frame.keys.count + 1)
            guard let members = grammar.shortTexts.members(of: needed, having: frame.keys, grammar.automata),
                let first = members.first
            else { return nil }
            let list = first == UInt8(ascii: ",") ? Array(members.dropFirst()) : members
            return join(list, join([UInt8(ascii: "}")], closing(frame.parent)))
        case .end: return []
        }
    }

    /// What closes an array or object behind a value in it, or its bracket; and then all around it.
    private func closing(_ frame: Frame?) -> [UInt8]? {
        var text: [UInt8] = []
        var open = frame
        while let frame = open {
            switch grammar.shapes[frame.shape] {
            case .array(let array):
                guard let items = grammar.shortTexts.items(of: array, from: frame.count) else { return nil }
                text += items + [UInt8(ascii: "]")]
            case .object(let object):
                guard let members = grammar.shortTexts.members(of: object, having: frame.keys, grammar.automata)
                else { return nil }
                text += members + [UInt8(ascii: "}")]
            default: return nil
            }
            open = frame.parent
        }
        return text
    }

    /// Finishes a string; a key is followed by its value.
    private func bytes(behind string: StringPosition, _ frame: Frame?) -> [UInt8]? {
        guard let (rest, end) = finished(string) else { return nil }
        guard let key = end.key else { return join(rest, closing(frame)) }
        guard let frame, case .object(let object) = grammar.shapes[frame.shape],
            let rule = grammar.automata[end.automaton].states[end.state].label,
            let value = grammar.shortTexts.ofRule[rule]
        else { return nil }
        let inside = frame.adding(key.text, isRequired: object.required.contains(key.text))
        return join(rest + [UInt8(ascii: ":")] + value, closing(inside))
    }

    // The nearest place at which the string may end, character by character; places that are alike count once. What
    // stands around the string plays no part here, so there are few.
    private func finished(_ string: StringPosition) -> ([UInt8], StringPosition)? {
        guard let (opening, start) = atRest(string) else { return nil }
        var seen: Set<StringPosition> = [start]
        var ways = Ways<[UInt8]>()
        var places = [(position: start, way: ways.add(opening, behind: -1))]
        var next = 0
        while next < places.count, places.count < Self.mostPlaces {
            let place = places[next]
            next += 1
            var end = place.position
            if case .quote = end.push(UInt8(ascii: "\""), grammar.automata) {
                return (Array(ways[place.way].joined()) + [UInt8(ascii: "\"")], place.position)
            }
            for scalar in scalars(after: place.position) {
                let bytes = Array(Self.quoted([scalar]).dropFirst().dropLast())
                guard let position = pushed(bytes, place.position), seen.insert(position).inserted else { continue }
                places.append((position, ways.add(bytes, behind: place.way)))
            }
        }
        return nil
    }

    /// A character that has begun, finished in any way that leads on.
    private func atRest(_ string: StringPosition) -> ([UInt8], StringPosition)? {
        var bytes: [UInt8] = []
        var position = string
        while !position.reader.isAtRest {
            guard let byte = (UInt8(0x20)...0xff).first(where: { pushed([$0], position) != nil }),
                let next = pushed([byte], position)
            else { return nil }
            bytes.append(byte)
            position = next
        }
        return (bytes, position)
    }

    private func pushed(_ bytes: some Sequence<UInt8>, _ position: StringPosition) -> StringPosition? {
        var position = position
        for byte in bytes {
            switch position.push(byte, grammar.automata) {
            case .refused, .quote: return nil
            case .partial, .scalar: break
            }
        }
        return position
    }

    // One character for each way on, a letter where it can be one, and those of the keys that must stand.
    private func scalars(after position: StringPosition) -> [UInt32] {
        let letter = UInt32(UInt8(ascii: "a"))
        let ways = grammar.automata[position.automaton].states[position.state].edges.map { edge in
            edge.scalars.contains(letter) ? letter : max(edge.scalars.lowerBound, min(edge.scalars.upperBound, 0x20))
        }
        guard case .only(let keys)? = position.key?.filter else { return ways }
        return ways + keys.compactMap(\.first)
    }

    private static let mostPlaces = 20_000

    private func join(_ one: [UInt8]?, _ other: [UInt8]?) -> [UInt8]? {
        guard let one, let other else { return nil }
        return one + other
    }

    /// A JSON string of scalars.
    static func quoted(_ scalars: [UInt32]) -> [UInt8] {
        var text = ""
        for scalar in scalars { if let scalar = Unicode.Scalar(scalar) { text.unicodeScalars.append(scalar) } }
        return Array(JSONValue.string(text).text(.compact).utf8)
    }
}

extension Automaton {
    /// The shortest text that leads from a state to an accepting one, of the lowest scalars of each edge.
    func shortestText(from state: Int = Automaton.start) -> [UInt32]? {
        guard states.indices.contains(state) else { return nil }
        var seen: Set<Int> = [state]
        var ways = Ways<UInt32>()
        var places = [(state: state, way: -1)]
        var next = 0
        while next < places.count {
            let place = places[next]
            next += 1
            if states[place.state].label != nil { return ways[place.way] }
            for edge in states[place.state].edges where seen.insert(edge.target).inserted {
                places.append((edge.target, ways.add(edge.scalars.lowerBound, behind: place.way)))
            }
        }
        return nil
    }

    /// Some of the texts it accepts, short ones first: so many, where there are as many within reach.
    func shortTexts(atLeast count: Int) -> [[UInt32]] {
        var texts: [[UInt32]] = []
        var ways = Ways<UInt32>()
        var places: [(state: Int, way: Int)] = isEmpty ? [] : [(Self.start, -1)]
        var next = 0
        while next < places.count, texts.count < count, places.count < 10_000 {
            let place = places[next]
            next += 1
            if states[place.state].label != nil { texts.append(ways[place.way]) }
            for edge in states[place.state].edges {
                let letter = UInt32(UInt8(ascii: "a"))
                let first =
                    edge.scalars.contains(letter)
                    ? letter : max(edge.scalars.lowerBound, min(edge.scalars.upperBound, 0x20))
                places.append((edge.target, ways.add(first, behind: place.way)))
            }
        }
        return texts
    }
}

/// Ways that share their beginnings, so that many long ones fit into memory.
private struct Ways<Step> {
    private var steps: [(last: Step, before: Int)] = []

    /// Adds a way: one that is there, or the empty one (-1), and a step more.
    mutating func add(_ step: Step, behind before: Int) -> Int {
        steps.append((step, before))
        return steps.count - 1
    }

    /// The steps of a way.
    subscript(way: Int) -> [Step] {
        var backwards: [Step] = []
        var place = way
        while place >= 0 {
            backwards.append(steps[place].last)
            place = steps[place].before
        }
        return backwards.reversed()
    }
}
