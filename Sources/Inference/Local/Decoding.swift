// The loop that writes an answer: sample, look whether it ends, pass on what is complete, run the token.

/// One answer being written.
struct Decoding {
    private var sampler: Sampler
    private var writer: AnswerWriter
    private let endTokens: Set<Int>
    private let limit: Int
    /// Tokens written so far, the end mark included.
    private(set) var tokenCount = 0
    /// From the first to the last written token.
    private(set) var seconds = 0.0
    /// Why the answer ended.
    private(set) var reason = GenerationSummary.FinishReason.cancelled

    /// Prepares an answer of at most `limit` tokens, at least 1.
    init(sampler: Sampler, writer: AnswerWriter, endTokens: Set<Int>, limit: Int) {
        self.sampler = sampler
        self.writer = writer
        self.endTokens = endTokens
        self.limit = limit
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
            let token = try sampler.next(from: logits)
            tokenCount += 1
            let start = first ?? clock.now
            first = start
            seconds = (clock.now - start).inSeconds
            if endTokens.contains(token) {
                ending = .stop
            } else {
                writer.push(token).forEach(emit)
                if writer.isStopped { ending = .stop } else if tokenCount == limit { ending = .length }
            }
            if ending == nil { logits = session.append(token) }
        }
        writer.finish().forEach(emit)
        reason = ending == .cancelled ? .cancelled : writer.callCount > 0 ? .toolCalls : ending ?? .stop
    }
}
