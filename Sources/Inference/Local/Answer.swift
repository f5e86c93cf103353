// One answer on its way: its prompt is read into a timeline step by step, then it is written token by token.
//
//     joined ──begin──▶ reading ──read, the last time──▶ writing ──wrote, the last time──▶ ended
//
// From every state it ends when it fails or nobody wants it any more.
import Synchronization

/// What a caller asked for, and the ear that waits for it.
struct Order: Sendable {
    let request: GenerationRequest
    let cancellation: Cancellation
    let continuation: AsyncThrowingStream<GenerationEvent, any Error>.Continuation

    func emit(_ event: GenerationEvent) { continuation.yield(event) }

    /// The last event.
    func finish(_ summary: GenerationSummary) {
        emit(.finished(summary))
        continuation.finish()
    }
}

extension GenerationSummary {
    /// That of an answer nothing was done for yet.
    static let nothing = GenerationSummary(
        reason: .cancelled, promptTokens: 0, cachedTokens: 0, completionTokens: 0, decodeSeconds: 0)
}

/// A request in flight.
struct Answer<Core: LanguageCore> {
    let order: Order
    let prompt: PromptLayout
    private var decoding: Decoding
    /// Reads the prompt; nil before and after that.
    private var prefill: Prefill<Core>?
    /// The sequence it is written on; nil until the prompt is read.
    private var written: Timeline<Core>?
    /// What is to be run next: the token that was written last, then guesses at those behind it. Empty until the prompt
    /// is read.
    private(set) var next: [Int] = []
    /// Guesses tokens, once the prompt is read; nil where none are to be guessed.
    private var lookup: Lookup?
    private let guesses: Bool
    /// Whether it is over.
    private(set) var hasEnded = false
    /// Tokens of the prompt that are still to be read, as far as is known.
    private(set) var unread: Int
    /// Stretches of later prompts that were read since the last of this one.
    var overtaken = 0
    private var summary = GenerationSummary.nothing
    private var readSeconds = 0.0

    /// Joins those in flight.
    ///
    /// - Parameters:
    ///   - held: positions of the prompt that are at hand already.
    ///   - guesses: whether tokens are guessed, so that several may come of one step.
    init(_ order: Order, _ prompt: PromptLayout, _ decoding: Decoding, held: Int, guesses: Bool) {
        self.guesses = guesses
        self.order = order
        self.prompt = prompt
        self.decoding = decoding
        unread = prompt.count - prompt.reusable(of: held)
    }

    /// The sequence it is made on; nil until it is begun.
    var timeline: Timeline<Core>? { written ?? prefill?.timeline }

    var isReading: Bool { !hasEnded && written == nil }

    var isWriting: Bool { !hasEnded && written != nil }

    /// Takes the sequence that it is made on, which holds a beginning of the prompt and nothing else.
    mutating func begin(on timeline: Timeline<Core>) { prefill = Prefill(prompt, on: timeline) }

    /// Does one step of reading, and writes the first token after the last.
    ///
    /// The disk keeps the prompt before anybody hears that it was read: a program may end with the answer.
    mutating func read(
        _ core: Core, _ shelf: inout FeatureShelf<Core.Features>, _ disk: DiskShelf<Core>?
    ) throws(EngineError) {
        let clock = ContinuousClock()
        let start = clock.now
        var lookingSeconds = 0.0
        let order = order
        let logits = prefill?.step(core, &shelf, disk) { picture in
            lookingSeconds += picture.seconds
            order.emit(.encoded(tokens: picture.tokenCount, seconds: picture.seconds, reused: picture.isReused))
        }
        readSeconds += (clock.now - start).inSeconds - lookingSeconds
        unread = prefill?.unread ?? 0
        guard let logits, let read = prefill else { return }
        prefill = nil
        written = read.timeline
        summary.promptTokens = prompt.count
        summary.cachedTokens = read.reused
        if !logits.contains(where: \.isNaN) { disk?.keep(prompt, in: read.timeline.cache) }
        order.emit(.prefilled(tokens: prompt.count, reused: read.reused, seconds: readSeconds))
        if guesses { lookup = Lookup(prompt.positions) }
        _ = try take([logits], guess: [])
    }

    /// Guesses tokens behind the next one, at most so many, and returns how many.
    mutating func guess(most: Int) -> Int {
        let guess = lookup?.guess(most: min(most, decoding.remaining - 1)) ?? []
        next = next.prefix(1) + guess
        return guess.count
    }

    /// What was next was run. The sequence keeps what turns out to belong to the answer.
    ///
    /// - Parameter logits: behind each token.
    mutating func wrote(_ logits: ArraySlice<[Float]>, _ core: Core) throws(EngineError) {
        let guess = next.dropFirst()
        let start = written?.count ?? 0
        written?.decoded(next)
        var right = 0
        defer { written?.truncate(to: start + 1 + right, core) }
        right = try take(logits, guess: guess)
        if !guess.isEmpty { lookup?.learn(guessed: guess.count, right: right) }
    }

    /// Writes tokens for as long as they are those that were guessed, and one behind them.
    ///
    /// The tokens, and what is drawn for them, are those of an answer without guesses: logits behind a guess are looked
    /// at only when the guess came.
    ///
    /// - Parameter logits: behind what was written, then behind each token of the guess.
    /// - Returns: tokens of the guess that came.
    private mutating func take(_ logits: ArraySlice<[Float]>, guess: ArraySlice<Int>) throws(EngineError) -> Int {
        var guess = guess
        var right = 0
        for logits in logits {
            guard !order.cancellation.isCancelled else {
                cancel()
                break
            }
            guard let token = try decoding.take(logits, order.emit) else {
                finish()
                break
            }
            next = [token]
            lookup?.push(token)
            guard guess.popFirst() == token else { break }
            right += 1
        }
        return right
    }

    /// Leaves, because nobody wants more of it.
    mutating func cancel() {
        decoding.cancel(order.emit)
        finish()
    }

    /// Leaves, because it cannot go on.
    mutating func fail(_ error: EngineError) {
        hasEnded = true
        order.continuation.finish(throwing: error)
    }

    private mutating func finish() {
        hasEnded = true
        summary.reason = decoding.reason
        summary.stopString = decoding.stopString
        summary.completionTokens = decoding.tokenCount
        summary.decodeSeconds = decoding.seconds
        order.finish(summary)
    }
}

/// Whether anyone still wants an answer.
final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether `cancel` was called.
    var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Asks the work to stop before its next token.
    func cancel() { flag.store(true, ordering: .relaxed) }
}
