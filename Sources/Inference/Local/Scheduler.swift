// Makes several answers at a time on one thread, in rounds: those that nobody wants any more leave, those that wait join,
// one prompt is read a step further, and all answers that are being written take their next token together.
import Model

/// Makes answers.
///
/// Between two tokens of the answers that are being written, one prompt has one turn: a picture is looked at, or at most
/// `PromptLayout.stretchTokens` tokens are run, so that no answer that has begun stands still for longer. Among the prompts
/// the one with the fewest tokens left goes first, but at most `mostOvertakings` stretches of later ones come before the
/// next of an earlier one. At most `mostInFlight` requests are in flight; others wait in the order in which they came.
///
/// An answer is token for token what it would be alone behind the same beginning, and what goes wrong with one ends that
/// one only.
struct Scheduler<Core: LanguageCore> {
    /// Tokens of one step of all answers at most, guesses among them: so many cost the language core little more than
    /// one.
    static var stepTokens: Int { 16 }

    /// Requests in flight at most: each writes at least one token in a step.
    static var mostInFlight: Int { stepTokens }

    /// Stretches of later prompts that may come before the next of an earlier one: a long prompt then takes at most
    /// five times as long as alone, and a short one waits for a stretch or two.
    static var mostOvertakings: Int { 4 }

    private let core: Core
    private let disk: DiskShelf<Core>?
    private let guesses: Bool
    private var features = FeatureShelf<Core.Features>(tokenLimit: FeatureShelf<Core.Features>.usualLimit)
    private var idle: TimelineShelf<Core>
    /// In the order in which they came.
    private var answers: [Answer<Core>] = []
    private var line: [Order] = []

    /// Begins with nothing to do.
    ///
    /// - Parameters:
    ///   - disk: where the work on prompts outlives the scheduler; nil for nowhere.
    ///   - idleBytes: what sequences may take that no answer uses.
    ///   - guesses: whether answers guess tokens (`Lookup`).
    init(_ core: Core, _ disk: DiskShelf<Core>?, idleBytes: Int, guesses: Bool) {
        self.core = core
        self.disk = disk
        self.guesses = guesses
        idle = TimelineShelf(byteLimit: idleBytes)
    }

    /// Whether nothing is left to do.
    var isIdle: Bool { answers.isEmpty && line.isEmpty }

    /// Does one round.
    ///
    /// - Parameters:
    ///   - orders: what came since the last one.
    ///   - prepare: lays out the prompt of a request and says how it is to be answered.
    mutating func round(
        _ orders: [Order], prepare: (GenerationRequest) throws(EngineError) -> (PromptLayout, Decoding)
    ) {
        line += orders
        dismiss()
        join(prepare)
        readOn()
        leave()
        writeOn()
        leave()
    }

    // MARK: Coming and going

    /// Those that nobody wants any more leave.
    private mutating func dismiss() {
        line.removeAll { order in
            guard order.cancellation.isCancelled else { return false }
            order.finish(.nothing)
            return true
        }
        for index in answers.indices where answers[index].order.cancellation.isCancelled { answers[index].cancel() }
        leave()
    }

    /// Those for which there is room join.
    private mutating func join(_ prepare: (GenerationRequest) throws(EngineError) -> (PromptLayout, Decoding)) {
        while answers.count < Self.mostInFlight, !line.isEmpty {
            let order = line.removeFirst()
            do throws(EngineError) {
                let (prompt, decoding) = try prepare(order.request)
                let held = max(idle.longest(with: prompt), longestInUse(with: prompt)?.count ?? 0)
                answers.append(Answer(order, prompt, decoding, held: held, guesses: guesses))
            } catch {
                order.continuation.finish(throwing: error)
            }
        }
    }

    /// What has ended gives its sequence back.
    private mutating func leave() {
        for answer in answers where answer.hasEnded {
            if let timeline = answer.timeline { idle.put(timeline, core) }
        }
        answers.removeAll(where: \.hasEnded)
    }

    // MARK: Reading

    /// One prompt is read a step further.
    private mutating func readOn() {
        guard let index = nextToRead() else { return }
        if answers[index].timeline == nil { answers[index].begin(on: timeline(for: answers[index].prompt)) }
        do throws(EngineError) { try answers[index].read(core, &features, disk) } catch { answers[index].fail(error) }
    }

    private mutating func nextToRead() -> Int? {
        let reading = answers.indices.filter { answers[$0].isReading }
        let overdue = reading.first { answers[$0].overtaken >= Self.mostOvertakings }
        guard let next = overdue ?? reading.min(by: { answers[$0].unread < answers[$1].unread }) else { return nil }
        for earlier in reading where earlier < next { answers[earlier].overtaken += 1 }
        answers[next].overtaken = 0
        return next
    }

    /// A sequence that holds as much as possible of the beginning of a prompt, and nothing else: what memory has, and
    /// what the disk has beyond.
    private mutating func timeline(for prompt: PromptLayout) -> Timeline<Core> {
        var timeline = timelineInMemory(for: prompt)
        if let disk { timeline.restore(prompt, from: disk) }
        return timeline
    }

    /// One that is in use is copied.
    private mutating func timelineInMemory(for prompt: PromptLayout) -> Timeline<Core> {
        let held = prompt.reusable(of: idle.longest(with: prompt))
        if let used = longestInUse(with: prompt), prompt.reusable(of: used.count) > held {
            return Timeline(core, first: prompt.reusable(of: used.count), of: used.timeline)
        }
        return held > 0 ? idle.take(held, with: prompt, core) : Timeline(core)
    }

    private func longestInUse(with prompt: PromptLayout) -> (timeline: Timeline<Core>, count: Int)? {
        answers.compactMap(\.timeline).map { ($0, $0.commonCount(with: prompt)) }.max { $0.1 < $1.1 }
    }

    // MARK: Writing

    /// All that are being written take their next token, and the guesses behind it that came.
    private mutating func writeOn() {
        let writing = answers.indices.filter { answers[$0].isWriting }
        guard !writing.isEmpty else { return }
        var room = Self.stepTokens - writing.count
        for (count, index) in writing.enumerated() {
            room -= answers[index].guess(most: room / (writing.count - count))
        }
        let steps = writing.compactMap { index in
            answers[index].timeline.map { DecodeStep(tokens: answers[index].next, cache: $0.cache) }
        }
        var logits = core.decode(steps)[...]
        for (index, step) in zip(writing, steps) {
            let own = logits.prefix(step.tokens.count)
            logits = logits.dropFirst(step.tokens.count)
            do throws(EngineError) { try answers[index].wrote(own, core) } catch { answers[index].fail(error) }
        }
    }
}
