// Text to token ids and back, from a checkpoint directory's `tiktoken.model` and `tokenizer_config.json`.
// Ids below the number of ranks are byte strings; the 256 ids behind them are special tokens, which structure a
// prompt and which no text ever becomes: `encode` spells "<|im_end|>" out like any other word. Only code that
// builds prompts may place them, by asking for `specialID`.
import Foundation

/// A tokenizer of the Kimi family.
package struct Tokenizer: Sendable {
    private let vocabulary: Vocabulary
    private let preTokenizer: PreTokenizer
    private let specialNames: [String]
    private let specialIDs: [String: Int]
    /// Behind the last id that is a rank or has a name in `tokenizer_config.json`.
    package let namedEnd: Int

    /// How many ids follow the ranks, named or not.
    package static let specialCount = 256

    /// All ids: `0..<count`.
    package var count: Int { vocabulary.count + Self.specialCount }

    /// The ids that are no text.
    package var specialRange: Range<Int> { vocabulary.count..<count }

    /// Opens the tokenizer of a checkpoint directory.
    ///
    /// `tokenizer_config.json` names special tokens in `added_tokens_decoder`; those that it does not name are
    /// called `<|reserved_token_ID|>`. Its optional `pre_tokenizer_pattern` replaces Kimi K2's pattern.
    package init(directory: String) throws(TokenizerError) {
        vocabulary = try Vocabulary(contentsOf: directory + "/tiktoken.model")
        let file = directory + "/tokenizer_config.json"
        let config = try Self.readJSON(file)
        let pattern: String
        switch config["pre_tokenizer_pattern"] {
        case nil, .null?: pattern = PreTokenizer.kimiPattern
        case .string(let own)?: pattern = own
        case let other?:
            throw .malformed(
                file: file, place: "pre_tokenizer_pattern", expected: "a string", found: other.kindName)
        }
        guard let preTokenizer = PreTokenizer(pattern: pattern) else {
            throw .malformed(
                file: file, place: "pre_tokenizer_pattern", expected: "a regular expression", found: "“\(pattern)”")
        }
        self.preTokenizer = preTokenizer
        let base = vocabulary.count
        let named = try Self.specialNames(config, base: base, file: file)
        specialNames = (0..<Self.specialCount).map { named[$0] ?? "<|reserved_token_\(base + $0)|>" }
        namedEnd = base + (named.keys.max().map { $0 + 1 } ?? 0)
        var ids: [String: Int] = [:]
        for (offset, name) in specialNames.enumerated() {
            let id = base + offset
            if let earlier = ids.updateValue(id, forKey: name) {
                throw .malformed(
                    file: file, place: "added_tokens_decoder.\(id)", expected: "a name of its own",
                    found: "\(name), which \(earlier) has")
            }
        }
        specialIDs = ids
    }

    /// The ids of a text. None of them is special, whatever the text spells.
    ///
    /// Complexity: n log n at worst in the length of a piece, linear over pieces.
    package func encode(_ text: String) -> [Int] {
        var ids: [Int] = []
        var merger = BytePairMerger(vocabulary)
        let bytes = Array(text.utf8)
        let all = bytes.span
        for piece in preTokenizer.pieces(of: text) { merger.encode(all.extracting(piece), into: &ids) }
        return ids
    }

    /// The id of a special token by its name, such as `<|im_end|>`.
    package func specialID(_ name: String) -> Int? { specialIDs[name] }

    /// The bytes that an id stands for; a special token's are its name. Requires an id below `count`.
    package func bytes(of id: Int) -> [UInt8] {
        precondition((0..<count).contains(id), "\(id) is a token id, below \(count)")
        guard id < vocabulary.count else { return Array(specialNames[id - vocabulary.count].utf8) }
        return Array(vocabulary.bytes(of: id))
    }

    /// The id of a single byte; every vocabulary has all of them.
    package func token(of byte: UInt8) -> Int {
        guard let rank = vocabulary.rank(of: [byte].span) else { preconditionFailure("a vocabulary has every byte") }
        return Int(rank)
    }

    /// The text of ids, special tokens spelled out; bytes that are no UTF-8 become U+FFFD.
    package func decode(_ ids: [Int]) -> String {
        String(decoding: ids.flatMap { bytes(of: $0) }, as: UTF8.self)
    }
}

// MARK: - tokenizer_config.json

extension Tokenizer {
    static func readJSON(_ file: String) throws(TokenizerError) -> JSONValue {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: file))
        } catch {
            throw .unreadable(file: file, reason: "cannot be read")
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: [UInt8](data))
        } catch {
            throw .malformed(
                file: file, place: "byte \(error.offset)", expected: error.expected, found: error.found)
        }
        guard case .object = value else {
            throw .malformed(file: file, place: "the whole file", expected: "an object", found: value.kindName)
        }
        return value
    }

    /// The names that the file gives to special ids, by their distance from the last rank.
    private static func specialNames(
        _ config: JSONValue, base: Int, file: String
    ) throws(TokenizerError) -> [Int: String] {
        var names: [Int: String] = [:]
        guard case .object(let members)? = config["added_tokens_decoder"] else {
            throw .malformed(
                file: file, place: "added_tokens_decoder", expected: "an object of special tokens by id",
                found: config["added_tokens_decoder"]?.kindName ?? "nothing")
        }
        for member in members {
            guard let id = Int(member.key), (base..<base + specialCount).contains(id) else {
                throw .malformed(
                    file: file, place: "added_tokens_decoder",
                    expected: "ids from \(base) to \(base + specialCount - 1)",
                    found: "“\(member.key)”")
            }
            guard case .string(let name)? = member.value["content"], !name.isEmpty else {
                throw .malformed(
                    file: file, place: "added_tokens_decoder.\(id).content", expected: "the token's name",
                    found: member.value["content"]?.kindName ?? "nothing")
            }
            names[id - base] = name
        }
        return names
    }
}
