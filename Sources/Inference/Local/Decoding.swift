// One answer, token by token: chooses the next from the logits, looks whether the answer ends, passes on what is
// complete. Who runs the tokens, `Scheduler` decides.

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
    /// When the first token was written.
    private var first: ContinuousClock.Instant?
    /// Tokens written so far, the end mark included.
    private(set) var tokenCount = 0
    /// From the first to the last written token.
    private(set) var seconds = 0.0
    /// Tokens that may still be written.
    var remaining: Int { terms.limit - tokenCount }
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

    /// Chooses the next token and passes on what it completes.
    ///
    /// - Parameter logits: behind all that was written.
    /// - Returns: the token, which is to be run; nil when the answer has come to its end.
    mutating func take(_ logits: [Float], _ emit: (GenerationEvent) -> Void) throws(EngineError) -> Int? {
        let token = try next(from: logits)
        tokenCount += 1
        let now = ContinuousClock.now
        let start = first ?? now
        first = start
        seconds = (now - start).inSeconds
        guard !terms.endTokens.contains(token) else {
            end(.stop, emit)
            return nil
        }
        if writer.isInText, let scored = terms.scorer?.score(token, logits) { emit(.token(scored)) }
        writer.push(token).forEach(emit)
        guard !writer.isStopped, tokenCount < terms.limit else {
            end(writer.isStopped ? .stop : .length, emit)
            return nil
        }
        return token
    }

    /// Ends the answer where it stands, because nobody wants more of it.
    mutating func cancel(_ emit: (GenerationEvent) -> Void) { end(.cancelled, emit) }

    private mutating func end(_ ending: GenerationSummary.FinishReason, _ emit: (GenerationEvent) -> Void) {
        writer.finish().forEach(emit)
        reason = ending != .cancelled && writer.callCount > 0 ? .toolCalls : ending
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
        return try guide.next(remaining: remaining) { (mask) throws(EngineError) -> Int in
            if let forced { return forced }
            guard let mask else { return try sampler.next(from: logits) }
            var logits = logits
            mask.apply(to: &logits)
            return try sampler.next(from: logits)
        }
    }
}
