// The loop that writes an answer: sample, look whether it ends, pass on what is complete, run the token.

/// One answer being written.
struct Decoding {
    /// What bounds an answer, and what is told of it.
    struct Terms {
        /// Ids that end it.
        var endTokens: Set<Int>
        /// The most tokens, at least 1.
        var limit: Int
        /// The most tokens of thoughts, and the token that ends them; nil for no bound of their own.
        var thoughts: (limit: Int, end: Int)?
        /// Scores the tokens of the text; nil when nobody asks.
        var scorer: TokenScorer?
    }

    /// Keeps the answer to what was asked of it; nil when it is free.
    var guide: AnswerGuide?

    private var sampler: Sampler
    private var writer: AnswerWriter
    private let terms: Terms
    private var thoughtCount = 0
    /// Tokens written so far, the end mark included.
    private(set) var tokenCount = 0
    /// From the first to the last written token.
    private(set) var seconds = 0.0
    /// Why the answer ended.
    private(set) var reason = GenerationSummary.FinishReason.cancelled
    /// The stop string that ended it, if one did.
    var stopString: String? { writer.stopString }

    /// Prepares an answer.
    init(sampler: Sampler, writer: AnswerWriter, terms: Terms) {
        self.sampler = sampler
        self.writer = writer
        self.terms = terms
    }

    /// Writes until an end token, a stop string, the limit or a cancellation.
    mutating func run<Core: LanguageCore>(
        _ session: inout Session<Core>, _ promptLogits: [Float], _ cancellation: Cancellation,
        _ emit: (GenerationEvent) -> Void
    ) throws(EngineError) {
        var logits = promptLogits
        let clock = ContinuousClock()
        var first: ContinuousClock.Instant?
        var ending: GenerationSummary.FinishReason?
        while ending == nil {
            if cancellation.isCancelled {
                ending = .cancelled
                break
            }
            let token = try next(from: logits)
            tokenCount += 1
            let start = first ?? clock.now
            first = start
            seconds = (clock.now - start).inSeconds
            if terms.endTokens.contains(token) {
                ending = .stop
            } else {
                if writer.isInText, let scored = terms.scorer?.score(token, logits) { emit(.token(scored)) }
                writer.push(token).forEach(emit)
                if writer.isStopped { ending = .stop } else if tokenCount == terms.limit { ending = .length }
            }
            if ending == nil { logits = session.append(token) }
        }
        writer.finish().forEach(emit)
        reason = ending == .cancelled ? .cancelled : writer.callCount > 0 ? .toolCalls : ending ?? .stop
    }

    /// The next token: the model's choice among those that may come, except that thoughts come to their end.
    private mutating func next(from logits: [Float]) throws(EngineError) -> Int {
        if writer.isInThoughts { thoughtCount += 1 }
        var forced: Int?
        if let thoughts = terms.thoughts, writer.isInThoughts, thoughtCount > thoughts.limit { forced = thoughts.end }
        guard var guide else {
            if let forced { return forced }
            return try sampler.next(from: logits)
        }
        defer { self.guide = guide }
        return try guide.next(remaining: terms.limit - tokenCount) { (mask) throws(EngineError) -> Int in
            if let forced { return forced }
            guard let mask else { return try sampler.next(from: logits) }
            var logits = logits
            mask.apply(to: &logits)
            return try sampler.next(from: logits)
        }
    }
}
