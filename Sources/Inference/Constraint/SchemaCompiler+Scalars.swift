// Strings, numbers and constants of a schema.

extension SchemaCompiler {
    /// The strings that fit some places; nil when there are none.
    mutating func string(_ branch: [SchemaPlace]) throws(EngineError) -> JSONGrammar.StringShape? {
        let least = try least(branch, "minLength")
        let most = try most(branch, "maxLength")
        guard least <= most ?? .max else { return nil }
        var expressions: [String] = []
        var patterns: [CharacterPattern] = []
        for place in branch {
            for expression in try self.expressions(place) where !expressions.contains(expression) {
                do throws(CharacterPatternError) {
                    patterns.append(try CharacterPattern(searching: expression))
                    expressions.append(expression)
                } catch {
                    try refuse(place.pointer, "\(error.reason) in the pattern \(expression)")
                }
            }
        }
        let free = JSONGrammar.StringShape(automaton: try freeString(), least: least, most: most)
        if patterns.isEmpty { return free }
        if least > 0 || most != nil { patterns.append(.repeated(.any, least: least, most: most)) }
        let pointer = branch.first { $0["pattern"] != nil }?.pointer ?? "#"
        let tooLarge = refusal(pointer, "so large a pattern (with its limits of length)")
        do throws(EngineError) {
            let name = "string \(expressions) \(least) \(most ?? -1)"
            return .init(
                automaton: try automaton(named: name) { () throws(EngineError) in
                    var builder = AutomatonBuilder()
                    for (index, pattern) in patterns.enumerated() { builder.add(pattern, as: index) }
                    return try builder.build(tooLarge: tooLarge) { (matched) throws(EngineError) in
                        matched.count == patterns.count ? 0 : nil
                    }
                })
        } catch {
            guard isLenient else { throw error }
            return free
        }
    }

    /// The automaton of all strings.
    mutating func freeString() throws(EngineError) -> Int {
        try automaton(named: "string") {
            let everywhere = Automaton.Edge(scalars: CharacterPattern.everyScalar, target: 0)
            return Automaton(trimming: [Automaton.State(edges: [everywhere], label: 0)])
        }
    }

    private func expressions(_ place: SchemaPlace) throws(EngineError) -> [String] {
        var expressions: [String] = []
        if let value = place["pattern"] {
            if case .string(let expression) = value {
                expressions.append(expression)
            } else {
                try refuse(place.pointer, "\(value.kindName) as pattern")
            }
        }
        if !isLenient, case .string(let name)? = place["format"], let format = StringFormat(rawValue: name) {
            expressions.append(format.expression)
        }
        return expressions
    }

    // MARK: Numbers

    /// The automaton of the numbers that fit some places.
    mutating func number(_ branch: [SchemaPlace], isInteger: Bool) throws(EngineError) -> Int {
        var limits = NumberLimits(isInteger: isInteger, allowsUncheckedExponents: isLenient)
        var name = "number \(isInteger)"
        var pointer = "#"
        for place in branch {
            for keyword in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] {
                guard let value = try number(place, keyword) else { continue }
                limits.bounds.append(
                    .init(
                        value: value, isLower: keyword.hasSuffix("inimum"), isExclusive: keyword.hasPrefix("exclusive"))
                )
                name += " \(keyword) \(value.text)"
                pointer = place.pointer
            }
            guard let value = try number(place, "multipleOf") else { continue }
            guard let step = NumberLimits.Step(value) else {
                try refuse(place.pointer, "multipleOf \(value.text)")
                continue
            }
            limits.steps.append(step)
            name += " multipleOf \(value.text)"
            pointer = place.pointer
        }
        let tooLarge = refusal(pointer, "so many limits of one number")
        do throws(EngineError) {
            return try automaton(named: name) { () throws(EngineError) in
                try limits.automaton(tooLarge: tooLarge)
            }
        } catch {
            guard isLenient else { throw error }
            return try automaton(named: "number \(isInteger)") { () throws(EngineError) in
                try NumberLimits(isInteger: isInteger).automaton(tooLarge: tooLarge)
            }
        }
    }

    // MARK: Constants

    /// The values that `enum` and `const` leave, if any of some places has them.
    mutating func constants(_ branch: [SchemaPlace], _ kinds: JSONKinds) throws(EngineError) -> [JSONValue]? {
        var constants: [JSONValue]?
        for place in branch {
            if let value = place["const"] { constants = Self.common(constants, [value]) }
            guard let value = place["enum"] else { continue }
            if case .array(let values) = value {
                constants = Self.common(constants, values)
            } else {
                try refuse(place.pointer, "\(value.kindName) as enum")
            }
        }
        guard let constants else { return nil }
        var fitting: [JSONValue] = []
        for value in constants where kinds.isSuperset(of: JSONKinds(of: value)) {
            if try fits(value, branch) { fitting.append(value) }
        }
        return fitting
    }

    private static func common(_ some: [JSONValue]?, _ others: [JSONValue]) -> [JSONValue] {
        guard let some else { return others }
        let known = others.map(\.comparable)
        return some.filter { known.contains($0.comparable) }
    }

    /// Whether a constant fits what else some places say.
    private mutating func fits(_ value: JSONValue, _ branch: [SchemaPlace]) throws(EngineError) -> Bool {
        switch value {
        case .null, .bool: return true
        case .string(let text):
            guard let shape = try string(branch) else { return false }
            let scalars = text.unicodeScalars.map(\.value)
            return (shape.least...(shape.most ?? .max)).contains(scalars.count)
                && parts.automata[shape.automaton].label(of: scalars) != nil
        case .number(let text):
            guard let number = DecimalNumber(text) else { return true }
            let shape = try self.number(branch, isInteger: number.fraction.isEmpty)
            return parts.automata[shape].label(of: number.text.unicodeScalars.map(\.value)) != nil
        case .array, .object:
            let limiting = branch.first { place in Self.containerKeywords.contains { place[$0] != nil } }
            if let limiting { try refuse(limiting.pointer, "limits beside an array or object in enum or const") }
            return true
        }
    }

    private static let containerKeywords = [
        "properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
        "items", "prefixItems", "minItems", "maxItems",
    ]

    /// The shapes of constants.
    mutating func shapes(of constants: [JSONValue]) throws(EngineError) -> [Int] {
        var shapes: [JSONGrammar.Shape] = []
        var strings: [String] = []
        var numbers: [String] = []
        for value in constants {
            switch value {
            case .null: shapes.append(.word(.null))
            case .bool(let isTrue): shapes.append(.word(isTrue ? .true : .false))
            case .string(let text): strings.append(text)
            case .number(let text): numbers += [text, JSONValue.pythonNumber(text)]
            case .array, .object:
                let place = SchemaPlace(pointer: "=" + value.comparable.text(.compact), schema: Self.schema(of: value))
                if case .array = value, let array = try array([place]) { shapes.append(.array(array)) }
                if case .object = value, let object = try object([place]) { shapes.append(.object(object)) }
            }
        }
        if !strings.isEmpty { shapes.append(.string(.init(automaton: try texts(strings)))) }
        if !numbers.isEmpty { shapes.append(.number(automaton: try texts(numbers))) }
        return add(shapes)
    }

    private mutating func texts(_ texts: [String]) throws(EngineError) -> Int {
        let tooLarge = refusal("#", "so large an enum")
        return try automaton(named: "texts \(texts)") { () throws(EngineError) in
            var builder = AutomatonBuilder()
            for text in texts { builder.add(.literal(text), as: 0) }
            return try builder.build(tooLarge: tooLarge) { (matched) throws(EngineError) in matched.isEmpty ? nil : 0 }
        }
    }

    /// A schema that only one array or object fits.
    private static func schema(of value: JSONValue) -> JSONValue {
        func constant(_ value: JSONValue) -> JSONValue { .object([.init("const", value)]) }
        switch value {
        case .array(let items):
            return .object([
                .init("prefixItems", .array(items.map(constant))), .init("items", .bool(false)),
                .init("minItems", .number("\(items.count)")),
            ])
        case .object(let members):
            return .object([
                .init("properties", .object(members.map { .init($0.key, constant($0.value)) })),
                .init("required", .array(members.map { .string($0.key) })),
                .init("additionalProperties", .bool(false)),
            ])
        default: return constant(value)
        }
    }
}

extension JSONValue {
    /// The value in a form that is the same for values that JSON Schema holds equal.
    fileprivate var comparable: JSONValue {
        switch self {
        case .number(let text): .number(DecimalNumber(text)?.text ?? text)
        case .array(let items): .array(items.map(\.comparable))
        case .object(let members):
            JSONValue.object(members.map { .init($0.key, $0.value.comparable) }).sortedByKey
        default: self
        }
    }
}
