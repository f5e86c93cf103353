// From patterns to a deterministic automaton: each pattern becomes states with free moves (Thompson's construction),
// then sets of states become one (subset construction). Which patterns a text matches is known at once for all of
// them, so unions, intersections and complements of patterns are only a question of how sets of patterns are labelled.

/// Patterns on their way into one automaton.
struct AutomatonBuilder {
    /// More states than this, before or after, are refused.
    static let stateLimit = 40_000
    /// More states than this in all sets together and ways out of them are refused, since so much work lies in making
    /// them, and more steps than this for the ways out of one set.
    static let memberLimit = 2_000_000
    /// More ranges of scalars than this, before, are refused.
    static let rangeLimit = 1_000_000
    /// More steps than this for the ways out of all sets are refused: ranges that overlap multiply.
    static let stepLimit = 200_000_000

    private var edges: [[Automaton.Edge]] = []
    private var rangeCount = 0
    private var freeMoves: [[Int]] = []
    /// The pattern that a state ends.
    private var ended: [Int: Int] = [:]
    private var starts: [Int] = []
    private var isTooLarge = false

    /// Adds a pattern under a number of its own.
    mutating func add(_ pattern: CharacterPattern, as number: Int) {
        let start = newState()
        starts.append(start)
        ended[append(pattern, behind: start)] = number
    }

    /// Adds a pattern that is given as states: the first is where it begins, a label says that it may end there.
    mutating func add(states: [Automaton.State], as number: Int) {
        let offset = edges.count
        starts.append(offset)
        for state in states {
            let new = newState()
            edges[new] = state.edges.map { Automaton.Edge(scalars: $0.scalars, target: $0.target + offset) }
            if state.label != nil { ended[new] = number }
        }
    }

    /// Makes the automaton.
    ///
    /// - Parameter label: what a text is that matches exactly these patterns, by rising numbers; nil to refuse it.
    ///   It is asked once for every set, and also about the empty one.
    /// - Throws: when it would have too many states.
    func build<Failure: Error>(
        tooLarge: @autoclosure () -> Failure, label: ([Int]) throws(Failure) -> Int?
    ) throws(Failure) -> Automaton {
        guard !isTooLarge else { throw tooLarge() }
        var numbers: [[Int]: Int] = [:]
        var sets: [[Int]] = []
        var states: [Automaton.State] = []
        var labels: [[Int]: Int?] = [:]
        func number(of set: [Int]) -> Int {
            if let known = numbers[set] { return known }
            numbers[set] = sets.count
            sets.append(set)
            return sets.count - 1
        }
        _ = number(of: closure(of: starts))
        var memberCount = 0
        var steps = 0
        while states.count < sets.count {
            let set = sets[states.count]
            memberCount += set.count
            guard sets.count <= Self.stateLimit, memberCount <= Self.memberLimit else { throw tooLarge() }
            let matched = Set(set.compactMap { ended[$0] }).sorted()
            let itsLabel: Int?
            if let known = labels[matched] {
                itsLabel = known
            } else {
                itsLabel = try label(matched)
                labels[matched] = .some(itsLabel)
            }
            guard let ways = moves(from: set, &steps) else { throw tooLarge() }
            memberCount += ways.count
            let moves = ways.map { Automaton.Edge(scalars: $0.scalars, target: number(of: $0.set)) }
            states.append(Automaton.State(edges: moves, label: itsLabel))
        }
        return Automaton(trimming: states)
    }

    // MARK: States with free moves

    private mutating func newState() -> Int {
        edges.append([])
        freeMoves.append([])
        return edges.count - 1
    }

    /// Appends a pattern and returns the state behind it.
    private mutating func append(_ pattern: CharacterPattern, behind start: Int) -> Int {
        guard edges.count <= Self.stateLimit, rangeCount <= Self.rangeLimit else {
            isTooLarge = true
            return start
        }
        switch pattern {
        case .scalar(let ranges):
            let end = newState()
            rangeCount += ranges.count
            edges[start] += ranges.map { Automaton.Edge(scalars: $0, target: end) }
            return end
        case .sequence(let parts): return parts.reduce(start) { append($1, behind: $0) }
        case .choice(let alternatives):
            let end = newState()
            for alternative in alternatives {
                let first = newState()
                freeMoves[start].append(first)
                freeMoves[append(alternative, behind: first)].append(end)
            }
            return end
        case .repeated(let part, let least, let most):
            return appendRepeated(part, least, most, behind: start)
        }
    }

    private mutating func appendRepeated(
        _ part: CharacterPattern, _ least: Int, _ most: Int?, behind start: Int
    ) -> Int {
        var state = start
        var count = 0
        while count < least, !isTooLarge {
            let stateCount = edges.count
            state = append(part, behind: state)
            if edges.count == stateCount { return state }  // the empty text, however often
            count += 1
        }
        let end = newState()
        if let most {
            while count < most, !isTooLarge {
                let stateCount = edges.count
                freeMoves[state].append(end)
                state = append(part, behind: state)
                if edges.count == stateCount { break }
                count += 1
            }
        } else {
            let loop = newState()
            freeMoves[state].append(loop)
            freeMoves[append(part, behind: loop)].append(loop)
            state = loop
        }
        freeMoves[state].append(end)
        return end
    }

    // MARK: Sets of states

    /// The states that free moves lead to, those that matter, sorted.
    private func closure(of seeds: [Int]) -> [Int] {
        var seen = Set(seeds)
        var queue = seeds
        while let state = queue.popLast() {
            for target in freeMoves[state] where seen.insert(target).inserted { queue.append(target) }
        }
        return seen.filter { !edges[$0].isEmpty || ended[$0] != nil }.sorted()
    }

    /// Where a set leads, for ranges that cover every scalar, by rising scalars; nil when that takes too many steps.
    private func moves(from set: [Int], _ steps: inout Int) -> [(scalars: ClosedRange<UInt32>, set: [Int])]? {
        let mostSteps = min(steps + Self.memberLimit, Self.stepLimit)
        let all = set.flatMap { edges[$0] }
        var borders: Set<UInt32> = [0]
        for edge in all {
            borders.insert(edge.scalars.lowerBound)
            borders.insert(edge.scalars.upperBound + 1)
        }
        let cuts = borders.filter { $0 <= CharacterPattern.everyScalar.upperBound }.sorted()
        var active = [[Int]](repeating: [], count: cuts.count)
        let place = Dictionary(uniqueKeysWithValues: cuts.enumerated().map { ($1, $0) })
        for edge in all {
            var index = place[edge.scalars.lowerBound] ?? 0
            while index < cuts.count, cuts[index] <= edge.scalars.upperBound {
                active[index].append(edge.target)
                index += 1
                steps += 1
            }
            guard steps <= mostSteps else { return nil }
        }
        var closures: [[Int]: [Int]] = [:]
        var moves: [(scalars: ClosedRange<UInt32>, set: [Int])] = []
        for index in cuts.indices {
            let upper = index + 1 < cuts.count ? cuts[index + 1] - 1 : CharacterPattern.everyScalar.upperBound
            let targets = Set(active[index]).sorted()
            let set = closures[targets] ?? closure(of: targets)
            if closures.updateValue(set, forKey: targets) == nil { steps += set.count }
            guard steps <= mostSteps else { return nil }
            moves.append((cuts[index]...upper, set))
        }
        return moves
    }
}
