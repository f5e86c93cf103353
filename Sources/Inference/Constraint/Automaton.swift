// A deterministic automaton over Unicode scalars: one regular language, or several at once whose accepting states say
// which of them a text belongs to. Every state lies on a way to an accepting one, so whoever has a next state is never
// stuck. `AutomatonBuilder` makes them.

/// A regular language, ready to be walked scalar by scalar.
struct Automaton: Sendable {
    /// Where every text begins.
    static let start = 0

    /// One way out of a state.
    struct Edge: Sendable {
        var scalars: ClosedRange<UInt32>
        var target: Int
    }

    /// One state.
    struct State: Sendable {
        /// Ways out, by rising scalars, which do not overlap.
        var edges: [Edge]
        /// What an accepted text is; nil where a text may not end.
        var label: Int?
        /// How many texts lead on from here to an accepting state, this one included; `.max` for endless.
        var textCount = 0
        /// Whether every text whatever leads on from here, although it may not end everywhere.
        var isOpen = false
    }

    let states: [State]

    /// Whether no text at all is accepted.
    var isEmpty: Bool { states.isEmpty }

    /// How many texts are accepted; `.max` for endless.
    var textCount: Int { states.first?.textCount ?? 0 }

    /// The label of a whole text.
    func label(of scalars: some Sequence<UInt32>) -> Int? {
        guard !isEmpty else { return nil }
        var state = Self.start
        for scalar in scalars {
            guard let next = target(of: state, scalar) else { return nil }
            state = next
        }
        return states[state].label
    }

    /// The state behind a scalar; nil when no accepted text goes on with it.
    func target(of state: Int, _ scalar: UInt32) -> Int? {
        let edges = states[state].edges
        var low = 0
        var high = edges.count
        while low < high {
            let middle = (low + high) / 2
            if edges[middle].scalars.upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < edges.count, edges[low].scalars.lowerBound <= scalar else { return nil }
        return edges[low].target
    }

    /// Whether a text goes on from a state with a scalar of a range.
    func hasEdge(from state: Int, through range: ClosedRange<UInt32>) -> Bool {
        states[state].edges.contains { $0.scalars.overlaps(range) }
    }

    /// How many texts go on from a state with a scalar of a range; `.max` for endless.
    func textCount(from state: Int, through range: ClosedRange<UInt32>) -> Int {
        var total = 0
        for edge in states[state].edges where edge.scalars.overlaps(range) {
            let width = Int(edge.scalars.clamped(to: range).count)
            total = total.adding(width.multiplied(by: states[edge.target].textCount))
        }
        return total
    }
}

// MARK: - Making

extension Automaton {
    /// Keeps what leads from the first state to a label, joins edges, counts texts.
    ///
    /// - Parameter relabel: a label's new name; nil to accept no more what had it.
    init(trimming raw: [State], relabel: (Int) -> Int? = { $0 }) {
        let labels = raw.map { $0.label.flatMap(relabel) }
        let kept = Self.useful(raw, labels)
        var numbers = [Int?](repeating: nil, count: raw.count)
        for (number, state) in kept.enumerated() { numbers[state] = number }
        var states = kept.map { state in
            var edges: [Edge] = []
            for edge in raw[state].edges {
                guard let target = numbers[edge.target] else { continue }
                if let last = edges.last, last.target == target,
                    last.scalars.upperBound + 1 == edge.scalars.lowerBound
                {
                    edges[edges.count - 1].scalars = last.scalars.lowerBound...edge.scalars.upperBound
                } else {
                    edges.append(Edge(scalars: edge.scalars, target: target))
                }
            }
            return State(edges: edges, label: labels[state])
        }
        for (number, count) in Self.textCounts(states).enumerated() {
            states[number].textCount = count
        }
        for (number, isOpen) in Self.areOpen(states).enumerated() { states[number].isOpen = isOpen }
        self.states = states
    }

    /// The same language without the texts of some labels.
    func relabelled(_ relabel: (Int) -> Int?) -> Automaton { Automaton(trimming: states, relabel: relabel) }

    /// The states on a way from the first to a label, the first in front.
    private static func useful(_ states: [State], _ labels: [Int?]) -> [Int] {
        guard !states.isEmpty else { return [] }
        let sources = sources(states)
        let living = reached(from: states.indices.filter { labels[$0] != nil }, count: states.count) { sources[$0] }
        guard living[start] else { return [] }
        let reachable = reached(from: [start], count: states.count) { state in
            states[state].edges.map(\.target).filter { living[$0] }
        }
        return states.indices.filter { reachable[$0] && living[$0] }
    }

    /// The states that lead to each, once for every edge.
    private static func sources(_ states: [State]) -> [[Int]] {
        var sources = [[Int]](repeating: [], count: states.count)
        for (source, state) in states.enumerated() {
            for edge in state.edges { sources[edge.target].append(source) }
        }
        return sources
    }

    /// The states from which no text leads to one that lacks a scalar.
    private static func areOpen(_ states: [State]) -> [Bool] {
        let sources = sources(states)
        let lacking = states.indices.filter { number in
            states[number].edges.reduce(0) { $0 + $1.scalars.count } < CharacterPattern.everyScalar.count
        }
        return reached(from: lacking, count: states.count) { sources[$0] }.map { !$0 }
    }

    private static func reached(from seeds: [Int], count: Int, next: (Int) -> [Int]) -> [Bool] {
        var isReached = [Bool](repeating: false, count: count)
        var queue = seeds
        for seed in seeds { isReached[seed] = true }
        while let state = queue.popLast() {
            for target in next(state) where !isReached[target] {
                isReached[target] = true
                queue.append(target)
            }
        }
        return isReached
    }

    /// Counts from the ends backwards; what no end ever settles lies on a circle or before one.
    private static func textCounts(_ states: [State]) -> [Int] {
        let sources = sources(states)
        var waiting = states.map(\.edges.count)
        var counts = [Int](repeating: .max, count: states.count)
        var settled = states.indices.filter { waiting[$0] == 0 }
        while let state = settled.popLast() {
            var count = states[state].label == nil ? 0 : 1
            for edge in states[state].edges {
                count = count.adding(edge.scalars.count.multiplied(by: counts[edge.target]))
            }
            counts[state] = count
            for source in sources[state] {
                waiting[source] -= 1
                if waiting[source] == 0 { settled.append(source) }
            }
        }
        return counts
    }
}

extension Int {
    /// The sum, `.max` where it is too large.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }

    /// The product, `.max` where it is too large.
    fileprivate func multiplied(by other: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? .max : product
    }
}
