// Takes out of a grammar what no text ever fits: values that would have to hold themselves, keys whose values do not
// exist, alternatives without a text. Afterwards whoever stands anywhere in the grammar can come to an end, and every
// rule and shape knows how flat its flattest value is, so that none is begun where its depth has no room.

/// Prunes one grammar.
struct GrammarPruner {
    private var parts: JSONGrammar.Parts
    private let isLenient: Bool
    /// Whether any text fits, by rule and by shape.
    private var isLiving: [Bool]
    private var isPossible: [Bool]

    private static let endless = Int.max / 2

    init(_ parts: JSONGrammar.Parts, isLenient: Bool) {
        self.parts = parts
        self.isLenient = isLenient
        isLiving = [Bool](repeating: false, count: parts.rules.count)
        isPossible = [Bool](repeating: false, count: parts.shapes.count)
    }

    /// - Throws: when nothing fits the first rule, or only what nests too deep.
    consuming func prune() throws(EngineError) -> JSONGrammar.Parts {
        findLiving()
        guard isLiving[0] else {
            throw .unsupported("the JSON schema at #: no value fits it")
        }
        removeTheDead()
        measure()
        if isLenient, parts.rules[0].depth > JSONGrammar.depthLimit {
            dropLeastCounts()
            measure()
        }
        guard parts.rules[0].depth <= JSONGrammar.depthLimit else {
            throw .unsupported("the JSON schema at #: every value nests deeper than \(JSONGrammar.depthLimit) levels")
        }
        return parts
    }

    // MARK: What exists

    /// Begins with nothing and adds what can be made of what is there, until nothing is added.
    private mutating func findLiving() {
        var isChanged = true
        while isChanged {
            isChanged = false
            for index in parts.shapes.indices where !isPossible[index] && hasText(parts.shapes[index]) {
                isPossible[index] = true
                isChanged = true
            }
            for index in parts.rules.indices where !isLiving[index] {
                isLiving[index] = parts.rules[index].shapes.contains { isPossible[$0] }
                isChanged = isChanged || isLiving[index]
            }
        }
    }

    private func hasText(_ shape: JSONGrammar.Shape) -> Bool {
        switch shape {
        case .word: return true
        case .number(let automaton): return !parts.automata[automaton].isEmpty
        case .string(let string): return !parts.automata[string.automaton].isEmpty
        case .array(let array):
            return (0..<min(array.least, array.first.count + 1)).allSatisfy { index in
                array.rule(at: index).map { isLiving[$0] } ?? false
            }
        case .object(let object):
            let keys = parts.automata[object.keys]
            guard object.required.allSatisfy({ keys.label(of: $0).map { isLiving[$0] } ?? false }) else { return false }
            guard object.least > object.required.count else { return true }
            return keys.relabelled { isLiving[$0] ? $0 : nil }.textCount >= object.least
        }
    }

    private mutating func removeTheDead() {
        for index in parts.rules.indices { parts.rules[index].shapes.removeAll { !isPossible[$0] } }
        var isPruned = [Bool](repeating: false, count: parts.automata.count)
        for index in parts.shapes.indices where isPossible[index] {
            switch parts.shapes[index] {
            case .array(var array):
                let rules = array.first.map(Optional.some) + [array.rest]
                if let end = rules.firstIndex(where: { $0.map { !isLiving[$0] } ?? true }) {
                    array.most = min(array.most ?? .max, end)
                    if end == array.first.count { array.rest = nil }
                }
                parts.shapes[index] = .array(array)
            case .object(let object) where !isPruned[object.keys]:
                isPruned[object.keys] = true
                parts.automata[object.keys] = parts.automata[object.keys].relabelled { isLiving[$0] ? $0 : nil }
            default: break
            }
        }
    }

    // MARK: Depth

    /// Finds the depth of the flattest values: begins with endless ones and lowers them until nothing changes.
    private mutating func measure() {
        for index in parts.rules.indices { parts.rules[index].depth = Self.endless }
        var isChanged = true
        while isChanged {
            isChanged = false
            for index in parts.rules.indices {
                let depth = parts.rules[index].shapes.map { self.depth(parts.shapes[$0]) }.min() ?? Self.endless
                isChanged = isChanged || depth < parts.rules[index].depth
                parts.rules[index].depth = min(depth, parts.rules[index].depth)
            }
        }
        for index in parts.shapes.indices where isPossible[index] {
            let depth = self.depth(parts.shapes[index])
            switch parts.shapes[index] {
            case .array(var array):
                array.depth = depth
                parts.shapes[index] = .array(array)
            case .object(var object):
                object.depth = depth
                object.deepestValue = valueDepths(object).max() ?? 0
                parts.shapes[index] = .object(object)
            default: break
            }
        }
    }

    private func depth(_ shape: JSONGrammar.Shape) -> Int {
        switch shape {
        case .word, .number, .string: return 0
        case .array(let array):
            let items = (0..<min(array.least, array.first.count + 1)).compactMap { index in
                array.rule(at: index).map { parts.rules[$0].depth }
            }
            return min(Self.endless, 1 + (items.max() ?? 0))
        case .object(let object):
            let keys = parts.automata[object.keys]
            // Where keys must stand that have no name, they may be any.
            let values =
                object.least > object.required.count
                ? valueDepths(object)
                : object.required.compactMap { keys.label(of: $0).map { parts.rules[$0].depth } }
            return min(Self.endless, 1 + (values.max() ?? 0))
        }
    }

    private func valueDepths(_ object: JSONGrammar.ObjectShape) -> [Int] {
        Set(parts.automata[object.keys].states.compactMap(\.label)).map { parts.rules[$0].depth }
    }

    /// Lets objects be smaller than they must, where this is what makes them endless.
    private mutating func dropLeastCounts() {
        for index in parts.shapes.indices {
            guard case .object(var object) = parts.shapes[index], depth(parts.shapes[index]) >= Self.endless else {
                continue
            }
            object.least = object.required.count
            parts.shapes[index] = .object(object)
        }
    }
}
