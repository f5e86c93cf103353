// How JSON numbers are spelled, and the spellings of numbers in a range and of multiples of a number, compared digit by
// digit. Spellings are bounded: so many digits, no exponent beyond what float64 holds.

/// Limits on a number.
struct NumberLimits {
    var isInteger = false
    var bounds: [Bound] = []
    /// The number is a multiple of each: `digits` / 10^`places`, `digits` > 0.
    var steps: [Step] = []
    /// Whether spellings with an exponent, whose value is not looked at, pass all limits.
    var allowsUncheckedExponents = false

    /// One end of a range.
    struct Bound {
        var value: DecimalNumber
        /// Whether values lie above it, or below.
        var isLower: Bool
        /// Whether it lies outside itself.
        var isExclusive: Bool
    }

    /// A number that others are multiples of.
    struct Step {
        var digits: Int
        var places: Int

        /// The largest `digits`.
        static let limit = 1000

        /// Nil when it is not positive or has too many digits.
        init?(_ number: DecimalNumber) {
            places = number.fraction.count
            guard !number.isNegative, !number.isZero,
                let digits = Int(String(decoding: (number.whole + number.fraction).map { $0 + 0x30 }, as: UTF8.self)),
                digits <= Self.limit
            else { return nil }
            self.digits = digits
        }
    }
}

extension NumberLimits {
    /// Digits in front of the point, if no bound has more; behind it; of each, at most.
    private static let wholeDigits = 20
    private static let fractionDigits = 24

    /// The automaton of all spellings within the limits, labelled 0.
    ///
    /// - Throws: when it has too many states.
    func automaton<Failure: Error>(tooLarge: @autoclosure () -> Failure) throws(Failure) -> Automaton {
        var builder = AutomatonBuilder()
        builder.add(shape, as: 0)
        for (index, bound) in bounds.enumerated() { builder.add(Self.pattern(bound), as: 2 + index) }
        for (index, step) in steps.enumerated() { builder.add(states: step.states, as: 2 + bounds.count + index) }
        if !isInteger, allowsUncheckedExponents || (bounds.isEmpty && steps.isEmpty) {
            builder.add(exponentShape, as: 1)
        }
        let all = bounds.count + steps.count
        return try builder.build(tooLarge: tooLarge()) { matched throws(Failure) in
            if matched.contains(1) { return 0 }
            return matched.first == 0 && matched.count == 1 + all ? 0 : nil
        }
    }

    private typealias Pattern = CharacterPattern

    private var wholeShape: CharacterPattern {
        let digits = max(Self.wholeDigits, (bounds.map { $0.value.whole.count }.max() ?? 0) + 1)
        let more = Pattern.repeated(.digit, least: 0, most: digits - 1)
        return .choice([.literal("0"), .sequence([.scalar([0x31...0x39]), more])])
    }

    /// Spellings without an exponent.
    private var shape: CharacterPattern {
        guard !isInteger else {
            // “-0” is an integer that nobody writes.
            guard case .choice(let zeroOrMore) = wholeShape else { return wholeShape }
            return .choice([zeroOrMore[0], .sequence([.optional(.literal("-")), zeroOrMore[1]])])
        }
        let digits = max(Self.fractionDigits, (bounds.map { $0.value.fraction.count }.max() ?? 0) + 1)
        return .sequence([
            .optional(.literal("-")), wholeShape,
            .optional(.sequence([.literal("."), .repeated(.digit, least: 1, most: digits)])),
        ])
    }

    private var exponentShape: CharacterPattern {
        let upToTwo = Pattern.repeated(.digit, least: 1, most: 2)
        let three = Pattern.choice([
            .sequence([.scalar([0x30...0x31]), .digit, .digit]),
            .sequence([.literal("2"), .scalar([0x30...0x37]), .digit]),
        ])
        return .sequence([
            .optional(.literal("-")), wholeShape,
            .optional(.sequence([.literal("."), .repeated(.digit, least: 1, most: Self.fractionDigits)])),
            .scalar([0x45...0x45, 0x65...0x65]), .optional(.scalar([0x2b...0x2b, 0x2d...0x2d])),
            .choice([upToTwo, three]),
        ])
    }

    // MARK: Ranges

    /// Spellings, of whatever length, on the right side of a bound.
    private static func pattern(_ bound: Bound) -> CharacterPattern {
        let isNegative = bound.value.isNegative
        let size = Magnitude(bound.value)
        let minus = Pattern.literal("-")
        let anySize = Pattern.anything
        // -x lies above a bound when x lies below its mirror image.
        switch (bound.isLower, isNegative) {
        case (true, false):
            let above = size.above(orEqual: !bound.isExclusive)
            guard bound.value.isZero, !bound.isExclusive else { return above }
            return .choice([above, .sequence([minus, size.below(orEqual: true)])])
        case (true, true):
            return .choice([size.unsigned, .sequence([minus, size.below(orEqual: !bound.isExclusive)])])
        case (false, true): return .sequence([minus, size.above(orEqual: !bound.isExclusive)])
        case (false, false):
            let below = size.below(orEqual: !bound.isExclusive)
            // Minus zero is not below zero.
            let negative =
                bound.value.isZero && bound.isExclusive ? size.above(orEqual: false) : anySize
            return .choice([below, .sequence([minus, negative])])
        }
    }

    /// The spellings of numbers without a sign that are larger or smaller than a number.
    private struct Magnitude {
        let whole: [UInt8]
        let fraction: [UInt8]

        init(_ value: DecimalNumber) {
            whole = value.whole.isEmpty ? [0] : value.whole
            fraction = value.fraction
        }

        var unsigned: CharacterPattern { .sequence([.digit, .anything]) }

        func above(orEqual: Bool) -> CharacterPattern {
            let largerWhole = Pattern.choice(
                [.sequence([digits(1...9), .repeated(.digit, least: whole.count, most: nil)])]
                    + differing(whole, isWhole: true) { $0 < 9 ? digits($0 + 1...9) : nil })
            var behind: [CharacterPattern] = differing(fraction, isWhole: false) { $0 < 9 ? digits($0 + 1...9) : nil }
            if fraction.isEmpty, orEqual {
                return .choice([.sequence([largerWhole, tail]), .sequence([exactly(whole), tail])])
            }
            let last: CharacterPattern =
                orEqual
                ? someDigits : .sequence([someDigits, digits(1...9), someDigits])
            behind.append(.sequence([exactly(fraction), last]))
            return .choice([
                .sequence([largerWhole, tail]), .sequence([exactly(whole), .literal("."), .choice(behind)]),
            ])
        }

        func below(orEqual: Bool) -> CharacterPattern {
            var smallerWhole = differing(whole, isWhole: true) { $0 > 0 ? digits(0...$0 - 1) : nil }
            if whole.count > 1 { smallerWhole.append(.repeated(.digit, least: 1, most: whole.count - 1)) }
            var same: [CharacterPattern] = []
            if orEqual || !fraction.isEmpty {
                same.append(.empty)
                var behind: [CharacterPattern] = differing(fraction, isWhole: false) {
                    $0 > 0 ? digits(0...$0 - 1) : nil
                }
                for length in 1..<max(1, fraction.count) { behind.append(exactly(Array(fraction.prefix(length)))) }
                if orEqual {
                    let zeros = Pattern.repeated(.literal("0"), least: fraction.isEmpty ? 1 : 0, most: nil)
                    behind.append(.sequence([exactly(fraction), zeros]))
                }
                same.append(.sequence([.literal("."), .choice(behind)]))
            }
            return .choice([
                .sequence([.choice(smallerWhole), tail]), .sequence([exactly(whole), .choice(same)]),
            ])
        }

        /// Digits that are equal up to some place and differ there as asked; what follows is free.
        private func differing(
            _ own: [UInt8], isWhole: Bool, at place: (UInt8) -> CharacterPattern?
        ) -> [CharacterPattern] {
            own.indices.compactMap { index in
                place(own[index]).map { differs in
                    let restCount = own.count - index - 1
                    let rest = isWhole ? .repeated(.digit, least: restCount, most: restCount) : someDigits
                    return .sequence([exactly(Array(own.prefix(index))), differs, rest])
                }
            }
        }

        private var someDigits: CharacterPattern { .repeated(.digit, least: 0, most: nil) }
        private var tail: CharacterPattern { .optional(.sequence([.literal("."), someDigits])) }

        private func digits(_ range: ClosedRange<UInt8>) -> CharacterPattern {
            .scalar([UInt32(range.lowerBound) + 0x30...UInt32(range.upperBound) + 0x30])
        }

        private func exactly(_ own: [UInt8]) -> CharacterPattern { .sequence(own.map { digits($0...$0) }) }
    }
}

// MARK: - Multiples

extension NumberLimits.Step {
    /// The automaton of all multiples, by what remains of the digits read so far.
    ///
    /// State 0 is in front of everything; 1 is behind a sign; behind `count` decimals with remainder `rest` is state
    /// 2 + `count`' * `digits` + `rest`, where `count`' is 0 in front of the point and 1 + decimals behind it.
    fileprivate var states: [Automaton.State] {
        func number(_ rest: Int, _ place: Int) -> Int { 2 + place * digits + rest }
        func edge(_ digit: Int, _ target: Int) -> Automaton.Edge {
            Automaton.Edge(scalars: UInt32(0x30 + digit)...UInt32(0x30 + digit), target: target)
        }
        let begin = (0...9).map { edge($0, number($0 % digits, 0)) }
        var states = [
            Automaton.State(edges: [Automaton.Edge(scalars: 0x2d...0x2d, target: 1)] + begin, label: nil),
            Automaton.State(edges: begin, label: nil),
        ]
        for place in 0...places + 1 {
            let missing = places - max(0, place - 1)
            let scale = (0..<missing).reduce(1) { scale, _ in scale * 10 % digits }
            for rest in 0..<digits {
                let isMultiple = rest * scale % digits == 0
                var edges: [Automaton.Edge] = []
                if place == 0 {
                    edges = (0...9).map { edge($0, number((rest * 10 + $0) % digits, 0)) }
                    edges.append(Automaton.Edge(scalars: 0x2e...0x2e, target: number(rest, 1)))
                } else if missing > 0 {
                    edges = (0...9).map { edge($0, number((rest * 10 + $0) % digits, place + 1)) }
                } else {
                    edges = [edge(0, number(rest, place))]
                }
                states.append(Automaton.State(edges: edges, label: isMultiple ? 0 : nil))
            }
        }
        return states
    }
}
