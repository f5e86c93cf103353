// What the guides of an engine have in common, made when it is first needed: most answers never need any of it.
import Synchronization

/// The vocabulary as a tree, and schemas that were compiled before.
final class GuideShelf: Sendable {
    /// Schemas kept.
    private static let limit = 256

    private let tokenizer: Tokenizer
    private struct State {
        var trie: TokenTrie?
        var tools: [String: JSONGrammar] = [:]
        var formats: [String: JSONGrammar] = [:]
    }
    private let state = Mutex(State())

    init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    /// The vocabulary.
    var trie: TokenTrie {
        state.withLock { state in
            if let trie = state.trie { return trie }
            let trie = TokenTrie(tokenizer)
            state.trie = trie
            return trie
        }
    }

    /// What the arguments of a tool may be.
    func grammar(of tool: Tool) throws(EngineError) -> JSONGrammar {
        if let known = state.withLock({ $0.tools[tool.parameters] }) { return known }
        let schema: JSONValue
        do { schema = try JSONValue(parsing: tool.parameters) } catch {
            throw .unsupported("the parameters of the tool \(tool.name) are not JSON: \(error)")
        }
        // Arguments are an object, whatever a schema leaves open.
        let isObject = schema["type"] != nil || schema["$ref"] != nil || schema["anyOf"] != nil
        let grammar = isObject ? JSONGrammar(leniently: schema) : JSONGrammar(leniently: schema.asObjectSchema)
        state.withLock { $0.tools.keep(grammar, for: tool.parameters, atMost: Self.limit) }
        return grammar
    }

    /// What the text of a format may be; nil for anything.
    func grammar(of format: AnswerFormat) throws(EngineError) -> JSONGrammar? {
        switch format {
        case .text: return nil
        case .jsonObject: return .anyObject
        case .jsonSchema(_, let text):
            if let known = state.withLock({ $0.formats[text] }) { return known }
            let schema: JSONValue
            do { schema = try JSONValue(parsing: text) } catch {
                throw .unsupported("the schema of the answer is not JSON: \(error)")
            }
            let grammar = try JSONGrammar(schema: schema)
            state.withLock { $0.formats.keep(grammar, for: text, atMost: Self.limit) }
            return grammar
        }
    }
}

extension JSONValue {
    /// The schema with the type of an object.
    fileprivate var asObjectSchema: JSONValue {
        guard case .object(let members) = self else { return .object([.init("type", .string("object"))]) }
        return .object(members + [.init("type", .string("object"))])
    }
}

extension Dictionary where Key == String, Value == JSONGrammar {
    fileprivate mutating func keep(_ grammar: JSONGrammar, for text: String, atMost limit: Int) {
        if count >= limit { removeAll() }
        self[text] = grammar
    }
}
