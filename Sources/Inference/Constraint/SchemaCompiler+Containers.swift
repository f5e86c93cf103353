// Arrays and objects of a schema.

extension SchemaCompiler {
    /// The arrays that fit some places; nil when there are none.
    mutating func array(_ branch: [SchemaPlace]) throws(EngineError) -> JSONGrammar.ArrayShape? {
        let least = try least(branch, "minItems")
        var most = try most(branch, "maxItems")
        var tuples: [(first: [SchemaPlace], rest: SchemaPlace?)] = []
        for place in branch {
            if place["uniqueItems"] == .bool(true), most ?? .max > 1 { try refuse(place.pointer, "uniqueItems") }
            // Before draft 2020-12, `items` was what `prefixItems` is now.
            let isOld = if case .array? = place["items"] { true } else { false }
            let first = (place.places(isOld ? "items" : "prefixItems") ?? []).map(\.place)
            let rest = place.place(isOld ? "additionalItems" : "items")
            if rest?.schema == .bool(false) { most = min(most ?? .max, first.count) }
            if !first.isEmpty || rest != nil { tuples.append((first, rest)) }
        }
        guard least <= most ?? .max else { return nil }
        let firstCount = min(tuples.map(\.first.count).max() ?? 0, most ?? .max)
        var rules: [Int] = []
        for index in 0..<firstCount {
            rules.append(try rule(for: tuples.compactMap { index < $0.first.count ? $0.first[index] : $0.rest }))
        }
        let hasRest = most.map { $0 > firstCount } ?? true
        let rest = hasRest ? try rule(for: tuples.compactMap(\.rest)) : nil
        return JSONGrammar.ArrayShape(first: rules, rest: rest, least: least, most: most)
    }

    /// The objects that fit some places; nil when there are none.
    mutating func object(_ branch: [SchemaPlace]) throws(EngineError) -> JSONGrammar.ObjectShape? {
        var required: Set<[UInt32]> = []
        for place in branch {
            switch place["required"] {
            case nil: break
            case .array(let names)?:
                for case .string(let name) in names { required.insert(name.unicodeScalars.map(\.value)) }
            case let other?: try refuse(place.pointer, "\(other.kindName) as required")
            }
        }
        let least = try least(branch, "minProperties")
        let most = try most(branch, "maxProperties")
        guard max(least, required.count) <= most ?? .max else { return nil }
        return JSONGrammar.ObjectShape(
            keys: try keys(branch), required: required.sorted { $0.lexicographicallyPrecedes($1) }, least: least,
            most: most)
    }

    /// The automaton of an object's keys, labelled with the rules of their values.
    private mutating func keys(_ branch: [SchemaPlace]) throws(EngineError) -> Int {
        let speaking = branch.filter { place in
            ["properties", "patternProperties", "additionalProperties"].contains { place[$0] != nil }
        }
        let name = "keys \(speaking.map(\.pointer).sorted())"
        if let known = automatonNumbers[name] { return known }
        var builder = AutomatonBuilder()
        var described: [(speaker: Int, value: SchemaPlace)] = []
        for (speaker, place) in speaking.enumerated() {
            for (key, value) in place.places("properties") ?? [] {
                builder.add(.literal(key), as: described.count)
                described.append((speaker, value))
            }
            for (expression, value) in place.places("patternProperties") ?? [] {
                do throws(CharacterPatternError) {
                    builder.add(try CharacterPattern(searching: expression), as: described.count)
                    described.append((speaker, value))
                } catch {
                    try refuse(place.pointer, "\(error.reason) in the pattern \(expression)")
                    return try anyKeys(name)
                }
            }
        }
        let pointer = speaking.first?.pointer ?? "#"
        do throws(EngineError) {
            let automaton = try builder.build(tooLarge: refusal(pointer, "so large a set of properties")) {
                matched throws(EngineError) in
                try rule(matched.map { described[$0] }, speaking)
            }
            return try self.automaton(named: name) { automaton }
        } catch {
            guard isLenient else { throw error }
            return try anyKeys(name)
        }
    }

    /// The rule of a key's value by what describes it; nil when there is no such key.
    private mutating func rule(
        _ described: [(speaker: Int, value: SchemaPlace)], _ speaking: [SchemaPlace]
    ) throws(EngineError) -> Int? {
        var places: [SchemaPlace] = []
        for (speaker, place) in speaking.enumerated() {
            let own = described.filter { $0.speaker == speaker }.map(\.value)
            places += own.isEmpty ? [place.place("additionalProperties")].compactMap(\.self) : own
        }
        return places.contains { $0.schema == .bool(false) } ? nil : try rule(for: places)
    }

    /// Keys of any name with values of any kind.
    private mutating func anyKeys(_ name: String) throws(EngineError) -> Int {
        let anything = try rule(for: [])
        return try automaton(named: name) {
            let everywhere = Automaton.Edge(scalars: CharacterPattern.everyScalar, target: 0)
            return Automaton(trimming: [Automaton.State(edges: [everywhere], label: anything)])
        }
    }
}
