// Which of the tokens that a server scores belong to the text. Servers score whatever the model writes: thoughts, marks,
// calls and the end mark too; what is told is the text.

/// The scored tokens of one answer.
struct TextTokens {
    /// How many of the likeliest are told beside each; nil when nobody asks.
    private let alternatives: Int?
    private var hasTokens = false
    /// Tokens behind the last text: the beginning of a character, or a mark.
    private var held: [ScoredToken] = []

    /// Begins with an answer.
    init(_ request: GenerationRequest) { alternatives = request.scoredAlternatives }

    /// The tokens that spell the text of a piece, those held back from before included.
    ///
    /// Where none do to the letter, because a server leaves white space out, all of them count.
    ///
    /// - Throws: `.refused` when text comes and no token ever did.
    mutating func push(_ chunk: ChatChunk) throws(RemoteFault) -> [ScoredToken] {
        guard let alternatives else { return [] }
        hasTokens = hasTokens || !chunk.tokens.isEmpty
        guard hasTokens || chunk.text.isEmpty else {
            throw RemoteFault(.refused, "tells no probabilities of its tokens")
        }
        held += chunk.tokens
        guard !chunk.text.isEmpty else {
            if !chunk.reasoning.isEmpty || !chunk.calls.isEmpty { held = [] }
            return []
        }
        let run = Self.run(in: held, spelling: Array(chunk.text.utf8))
        defer { held.removeFirst(run.upperBound) }
        return held[run].map { token in
            let likeliest = token.likeliest.sorted { $0.logProbability > $1.logProbability }.prefix(alternatives)
            return ScoredToken(token.chosen, likeliest: Array(likeliest))
        }
    }

    /// The first run of tokens that spells a text; all of them when none does.
    private static func run(in tokens: [ScoredToken], spelling text: [UInt8]) -> Range<Int> {
        for start in tokens.indices {
            var spelled: [UInt8] = []
            for end in tokens.indices[start...] {
                spelled += tokens[end].chosen.bytes
                if spelled == text { return start..<end + 1 }
                if !text.starts(with: spelled) { break }
            }
        }
        return tokens.indices
    }
}
