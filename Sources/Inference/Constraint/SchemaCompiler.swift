// From a JSON Schema (draft 2020-12) to a grammar. A rule is the conjunction of the places that speak about one value:
// `allOf`, `$ref` and what stands beside them are joined, `anyOf` and `oneOf` make branches, and a property that several
// places describe is held to all of them.
//
// Understood: `type`, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `$ref` inside of the document; `properties`, `required`,
// `additionalProperties`, `patternProperties`, `minProperties`, `maxProperties`; `items`, `prefixItems`, `minItems`,
// `maxItems`; `minLength`, `maxLength`, `pattern`; `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`,
// `multipleOf` (up to 1000 units of its last decimal).
//
// - `oneOf` is read as `anyOf`: a value that fits two of its branches passes.
// - `format` is held to for the names in `StringFormat`, but not leniently; other names say nothing.
// - Numbers with limits are written without an exponent; leniently, one with an exponent passes unchecked.
// - Properties come in any order.
// - Refused, or leniently left out: `not`, `if`, `dependent…`, `propertyNames`, `contains`, `unevaluated…`, `uniqueItems`,
//   references out of the document, regular expressions that `CharacterPatternParser` refuses, arrays and objects in
//   `enum` or `const` beside limits of arrays and objects, and what would grow too large.
// - Unknown keywords say nothing, as the standard wants it.

/// Compiles one schema.
struct SchemaCompiler {
    let root: JSONValue
    /// Leaves out what cannot be expressed, instead of refusing the schema.
    let isLenient: Bool
    var parts = JSONGrammar.Parts()
    var automatonNumbers: [String: Int] = [:]
    private var ruleNumbers: [[String]: Int] = [:]
    private var waiting: [(rule: Int, places: [SchemaPlace])] = []
    private var visitCount = 0
    private var automatonSize = 0

    /// More rules than this are refused.
    static let ruleLimit = 4096
    /// More branches at one place than this are refused.
    static let branchLimit = 256
    /// More looks at subschemas than this are refused: references to references multiply.
    static let visitLimit = 50_000
    /// More subschemas than this, each reached through the one before, are refused.
    static let nestingLimit = 128
    /// More states and edges of all automata than this are refused.
    static let sizeLimit = 2_000_000

    init(_ root: JSONValue, isLenient: Bool) {
        self.root = root
        self.isLenient = isLenient
    }

    /// Compiles the whole schema.
    mutating func compile() throws(EngineError) -> JSONGrammar.Parts {
        _ = try rule(for: [SchemaPlace(pointer: "#", schema: root)])
        while let next = waiting.popLast() {
            for branch in try branches(of: next.places) {
                let shapes = try shapes(of: branch)
                parts.rules[next.rule].shapes += shapes
            }
        }
        return try GrammarPruner(parts, isLenient: isLenient).prune()
    }

    /// The rule of values that fit all of some places. It is compiled later.
    mutating func rule(for places: [SchemaPlace]) throws(EngineError) -> Int {
        var byPointer: [String: SchemaPlace] = [:]
        for place in places where !place.isAnything { byPointer[place.pointer] = place }
        let pointers = byPointer.keys.sorted()
        if let known = ruleNumbers[pointers] { return known }
        guard parts.rules.count < Self.ruleLimit else {
            throw refusal("#", "more than \(Self.ruleLimit) different places")
        }
        parts.rules.append(JSONGrammar.Rule())
        ruleNumbers[pointers] = parts.rules.count - 1
        waiting.append((parts.rules.count - 1, pointers.compactMap { byPointer[$0] }))
        return parts.rules.count - 1
    }

    // MARK: Branches

    /// Every way to fit all of some places: each a list of places, of which only what they say themselves counts.
    private mutating func branches(of places: [SchemaPlace]) throws(EngineError) -> [[SchemaPlace]] {
        var all: [[SchemaPlace]] = [[]]
        for place in places {
            let own = try branches(of: place, behind: [])
            all = try joined(all, own, at: place.pointer)
        }
        return all
    }

    private mutating func branches(
        of place: SchemaPlace, behind outer: Set<String>
    ) throws(EngineError) -> [[SchemaPlace]] {
        switch place.schema {
        case .bool(true): return [[]]
        case .bool(false): return []
        case .object: break
        default:
            try refuse(place.pointer, "\(place.schema.kindName) as a schema")
            return [[]]
        }
        guard !outer.contains(place.pointer) else {
            try refuse(place.pointer, "it refers to itself")
            return [[]]
        }
        visitCount += 1
        guard visitCount <= Self.visitLimit, outer.count < Self.nestingLimit else {
            try refuse(place.pointer, "so many references")
            return [[]]
        }
        let path = outer.union([place.pointer])
        var all = [[place]]
        if let reference = place["$ref"] {
            if case .string(let name) = reference, let target = SchemaPlace.find(name, in: root) {
                let own = try branches(of: target, behind: path)
                all = try joined(all, own, at: place.pointer)
            } else {
                try refuse(place.pointer, "$ref to \(reference.text(.compact)), which is not in the schema")
            }
        }
        for (_, part) in try list(place, "allOf") {
            let own = try branches(of: part, behind: path)
            all = try joined(all, own, at: part.pointer)
        }
        for keyword in ["anyOf", "oneOf"] where place[keyword] != nil {
            var alternatives: [[SchemaPlace]] = []
            for (_, part) in try list(place, keyword) { alternatives += try branches(of: part, behind: path) }
            all = try joined(all, alternatives, at: place.pointer)
        }
        return all
    }

    private func joined(
        _ some: [[SchemaPlace]], _ others: [[SchemaPlace]], at pointer: String
    ) throws(EngineError) -> [[SchemaPlace]] {
        guard some.count * others.count <= Self.branchLimit else {
            try refuse(pointer, "more than \(Self.branchLimit) combinations of alternatives")
            return some
        }
        return some.flatMap { one in others.map { one + $0 } }
    }

    private func list(
        _ place: SchemaPlace, _ keyword: String
    ) throws(EngineError) -> [(key: String, place: SchemaPlace)] {
        guard let value = place[keyword] else { return [] }
        if case .array = value { return place.places(keyword) ?? [] }
        try refuse(place.pointer, "\(value.kindName) as \(keyword)")
        return keyword == "allOf" ? [] : [("", SchemaPlace(pointer: "#true", schema: .bool(true)))]
    }

    // MARK: Shapes

    private static let refusedKeywords = [
        "not", "if", "dependentRequired", "dependentSchemas", "dependencies", "propertyNames", "contains",
        "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef",
    ]

    /// The shapes of values that fit what some places say themselves.
    private mutating func shapes(of branch: [SchemaPlace]) throws(EngineError) -> [Int] {
        var kinds = JSONKinds.all
        for place in branch {
            for keyword in Self.refusedKeywords where place[keyword] != nil { try refuse(place.pointer, keyword) }
            kinds.formIntersection(try self.kinds(place))
        }
        if let constants = try constants(branch, kinds) { return try shapes(of: constants) }
        var shapes: [JSONGrammar.Shape] = []
        if kinds.contains(.null) { shapes.append(.word(.null)) }
        if kinds.contains(.boolean) { shapes += [.word(.true), .word(.false)] }
        if kinds.contains(.string), let string = try string(branch) { shapes.append(.string(string)) }
        if !kinds.isDisjoint(with: [.integer, .fraction]) {
            shapes.append(.number(automaton: try number(branch, isInteger: !kinds.contains(.fraction))))
        }
        if kinds.contains(.array), let array = try array(branch) { shapes.append(.array(array)) }
        if kinds.contains(.object), let object = try object(branch) { shapes.append(.object(object)) }
        return add(shapes)
    }

    /// Numbers new shapes.
    mutating func add(_ shapes: [JSONGrammar.Shape]) -> [Int] {
        parts.shapes += shapes
        return Array(parts.shapes.count - shapes.count..<parts.shapes.count)
    }

    /// Numbers an automaton, made once for every name.
    mutating func automaton(
        named name: String, _ make: () throws(EngineError) -> Automaton
    ) throws(EngineError) -> Int {
        if let known = automatonNumbers[name] { return known }
        let automaton = try make()
        let size = automaton.states.reduce(0) { $0 + 1 + $1.edges.count }
        guard automatonSize + size <= Self.sizeLimit else { throw refusal("#", "so many large patterns and limits") }
        automatonSize += size
        parts.automata.append(automaton)
        automatonNumbers[name] = parts.automata.count - 1
        return parts.automata.count - 1
    }

    private func kinds(_ place: SchemaPlace) throws(EngineError) -> JSONKinds {
        let names: [JSONValue]
        switch place["type"] {
        case nil: return .all
        case .array(let several)?: names = several
        case let one?: names = [one]
        }
        var kinds: JSONKinds = []
        for name in names {
            guard case .string(let text) = name, let kind = JSONKinds(name: text) else {
                try refuse(place.pointer, "type \(name.text(.compact))")
                return .all
            }
            kinds.formUnion(kind)
        }
        return kinds
    }
}

// MARK: - Keywords

extension SchemaCompiler {
    /// Refuses what cannot be expressed; does nothing when that is left out.
    func refuse(_ pointer: String, _ what: String) throws(EngineError) {
        if !isLenient { throw refusal(pointer, what) }
    }

    /// The error that names a place.
    func refusal(_ pointer: String, _ what: String) -> EngineError {
        .unsupported("the JSON schema at \(pointer): \(what) is not supported")
    }

    /// A keyword that counts something.
    func count(_ place: SchemaPlace, _ keyword: String) throws(EngineError) -> Int? {
        guard let value = place[keyword] else { return nil }
        if case .number(let text) = value, let number = DecimalNumber(text), !number.isNegative,
            number.fraction.isEmpty,
            let count = Int(number.text)
        {
            return count
        }
        try refuse(place.pointer, "\(keyword) \(value.text(.compact))")
        return nil
    }

    /// The largest of a keyword that counts at least, 0 without any.
    func least(_ branch: [SchemaPlace], _ keyword: String) throws(EngineError) -> Int {
        var least = 0
        for place in branch { least = max(least, try count(place, keyword) ?? 0) }
        return least
    }

    /// The smallest of a keyword that counts at most, nil without any.
    func most(_ branch: [SchemaPlace], _ keyword: String) throws(EngineError) -> Int? {
        var most: Int?
        for place in branch {
            if let own = try count(place, keyword) { most = min(most ?? own, own) }
        }
        return most
    }

    /// A keyword that is a number.
    func number(_ place: SchemaPlace, _ keyword: String) throws(EngineError) -> DecimalNumber? {
        guard let value = place[keyword] else { return nil }
        if case .number(let text) = value, let number = DecimalNumber(text) { return number }
        try refuse(place.pointer, "\(keyword) \(value.text(.compact))")
        return nil
    }
}
