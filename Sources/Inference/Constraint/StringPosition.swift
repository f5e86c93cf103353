// A place inside a string or a key: what the bytes so far say, where its automaton stands, how many scalars may follow.

/// A place inside a string.
struct StringPosition: Hashable, Sendable {
    var automaton: Int
    var state = Automaton.start
    var reader = ScalarReader()
    /// Scalars that must follow, and that may.
    var least = 0
    var most = Int.max
    /// The key so far and which keys may come of it; nil in a string that is no key.
    var key: Key?

    /// What only keys have.
    struct Key: Hashable, Sendable {
        var text: [UInt32] = []
        var filter: KeyFilter
    }

    /// Takes a byte. When it is refused, the position is of no more use.
    ///
    /// - Returns: `.quote` when the string ended; its label is that of `state`.
    mutating func push(_ byte: UInt8, _ automata: [Automaton]) -> ScalarReader.Step {
        let step = reader.push(byte)
        switch step {
        case .refused: return .refused
        case .quote: return mayEnd(automata) ? .quote : .refused
        case .partial: return mayBecome(reader.possible, automata) ? .partial : .refused
        case .scalar(let scalar):
            guard most > 0, let target = automata[automaton].target(of: state, scalar) else { return .refused }
            state = target
            if most != .max { most -= 1 }
            if least > 0 { least -= 1 }
            guard key != nil else { return step }
            return takeKeyScalar(scalar, automata) ? step : .refused
        }
    }

    private mutating func takeKeyScalar(_ scalar: UInt32, _ automata: [Automaton]) -> Bool {
        guard var own = key else { return true }
        key = nil  // so that its text is not copied
        own.text.append(scalar)
        own.filter = own.filter.advanced(by: scalar)
        defer { key = own }
        return switch own.filter {
        case .all: true
        case .excluding(let keys): automata[automaton].states[state].textCount > keys.count
        case .only(let keys): !keys.isEmpty
        }
    }

    private func mayEnd(_ automata: [Automaton]) -> Bool {
        automata[automaton].states[state].label != nil && least == 0 && key?.filter.mayEnd ?? true
    }

    /// Whether some text goes on with one of these scalars.
    private func mayBecome(_ ranges: [ClosedRange<UInt32>], _ automata: [Automaton]) -> Bool {
        guard most > 0 else { return false }
        func isInside(_ key: ArraySlice<UInt32>) -> Bool {
            key.first.map { scalar in ranges.contains { $0.contains(scalar) } } ?? false
        }
        let language = automata[automaton]
        switch key?.filter {
        case nil, .all?: return ranges.contains { language.hasEdge(from: state, through: $0) }
        case .excluding(let keys)?:
            let excluded = keys.count(where: isInside)
            return ranges.reduce(0) { count, range in
                let more = language.textCount(from: state, through: range)
                return more > Int.max - count ? .max : count + more
            } > excluded
        case .only(let keys)?: return keys.contains(where: isInside)
        }
    }

    /// How many scalars may follow, whatever they are; nil when it depends on what they are.
    func openCount(_ automata: [Automaton]) -> Int? {
        guard reader.isAtRest, automata[automaton].states[state].isOpen else { return nil }
        if case .only? = key?.filter { return nil }
        return most
    }
}
