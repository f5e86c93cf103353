// What JSON may be written: compiled once from a schema, then only read. A rule is what may stand at one place, as
// alternatives; a shape is one of them: a word, a number, a string, an array or an object. `SchemaCompiler` makes them
// and documents what of JSON Schema is understood; `JSONMatcher` walks them.

/// JSON that may be written, compiled from a schema and shared by answers.
package final class JSONGrammar: Sendable {
    /// What may stand at each place. The first is the whole text.
    let rules: [Rule]
    let shapes: [Shape]
    /// The languages of strings, keys and numbers.
    let automata: [Automaton]
    /// The shortest text of each rule.
    let shortTexts: ShortTexts

    /// How deep arrays and objects may nest: as deep as `JSONValue` reads.
    static let depthLimit = JSONValue.depthLimit

    /// Any JSON object, as `response_format` `json_object` wants it.
    package static let anyObject = JSONGrammar(leniently: .object([.init("type", .string("object"))]))

    /// Compiles a JSON Schema; see `SchemaCompiler` for what is understood, and how.
    ///
    /// - Throws: `.unsupported` with the place in the schema and what is not supported there, or when no value fits.
    package convenience init(schema: JSONValue) throws(EngineError) {
        var compiler = SchemaCompiler(schema, isLenient: false)
        self.init(try compiler.compile())
    }

    /// Compiles a JSON Schema for tools: what the grammar cannot express is left out, so that every valid value passes
    /// (in the layout and within the bounds that `JSONMatcher` documents), and with it perhaps some that are not.
    package convenience init(leniently schema: JSONValue) {
        var compiler = SchemaCompiler(schema, isLenient: true)
        if let parts = try? compiler.compile() {
            self.init(parts)
        } else {
            self.init(.anything)
        }
    }

    private init(_ parts: Parts) {
        rules = parts.rules
        shapes = parts.shapes
        automata = parts.automata
        shortTexts = ShortTexts(parts)
    }

    /// What a grammar consists of.
    struct Parts {
        var rules: [Rule] = []
        var shapes: [Shape] = []
        var automata: [Automaton] = []
    }

    /// What may stand at one place.
    struct Rule: Sendable {
        /// Alternatives.
        var shapes: [Int] = []
        /// How many levels of arrays and objects the flattest value has.
        var depth = 0
    }

    /// One kind of value; automata are given by number.
    enum Shape: Sendable {
        case word(Word)
        case number(automaton: Int)
        case string(StringShape)
        case array(ArrayShape)
        case object(ObjectShape)
    }

    /// A word of JSON.
    enum Word: String, Sendable {
        case null, `true`, `false`

        var letters: StaticString {
            switch self {
            case .null: "null"
            case .true: "true"
            case .false: "false"
            }
        }
    }

    /// Strings of a language. Limits of their length stand here only when the language has every string.
    struct StringShape: Sendable {
        var automaton: Int
        /// Scalars, at least and at most; nil is without limit.
        var least = 0
        var most: Int?
    }

    /// Arrays: the rules of the first items, and of all others.
    struct ArrayShape: Sendable {
        var first: [Int]
        /// Nil when there are no others.
        var rest: Int?
        var least: Int
        var most: Int?
        /// Levels of the flattest such array, itself included.
        var depth = 1

        /// The rule of the item at a place.
        func rule(at index: Int) -> Int? { index < first.count ? first[index] : rest }

        /// From here on one item more makes no difference.
        var countThatMatters: Int { max(least, most ?? 0, first.count) }
    }

    /// Objects: their keys' automaton is labelled with the rules of the values.
    struct ObjectShape: Sendable {
        var keys: Int
        /// Keys that must stand, sorted.
        var required: [[UInt32]]
        var least: Int
        var most: Int?
        /// Levels of the flattest such object, itself included.
        var depth = 1
        /// Levels of the flattest value of the key whose values are deepest.
        var deepestValue = 0
    }
}

extension JSONGrammar.Parts {
    /// Any JSON.
    fileprivate static var anything: Self {
        var compiler = SchemaCompiler(.bool(true), isLenient: true)
        guard let parts = try? compiler.compile() else { preconditionFailure("the schema `true` compiles") }
        return parts
    }
}
