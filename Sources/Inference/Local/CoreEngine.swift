// Answers conversations with a language core: render, sync the session, sample token by token, stream events.
// One answer is made at a time; others wait in the order in which they were asked for. The work runs on a thread of
// its own queue and looks at every token whether anyone still listens.
import Dispatch
import Model
import Synchronization

/// An engine around one language core.
package final class CoreEngine<Core: LanguageCore>: Engine {
    package let abilities: Abilities
    private let tokenizer: Tokenizer
    private let form: ChatForm
    private let template: ChatTemplate
    private let control: ControlTokens
    private let guides: GuideShelf
    private let endTokens: Set<Int>
    private let counter: @Sendable (MediaItem) -> Int
    private let line = DispatchQueue(label: "bottega.inference")
    private let session: Mutex<Session<Core>>

    /// Makes an engine.
    ///
    /// - Parameters:
    ///   - form: how the model wants its conversations written.
    ///   - endTokens: ids that end an answer, besides `<|im_end|>` and `[EOS]`; those of no token mean nothing.
    package init(
        _ core: Core, _ tokenizer: Tokenizer, form: ChatForm = .kimiK25, abilities: Abilities, endTokens: [Int]
    ) throws(EngineError) {
        self.abilities = abilities
        self.tokenizer = tokenizer
        self.form = form
        template = try ChatTemplate(tokenizer, form)
        control = try ControlTokens(tokenizer)
        guides = GuideShelf(tokenizer)
        counter = { core.tokenCount(of: $0) }
        let known = endTokens.filter { (0..<tokenizer.count).contains($0) }
        self.endTokens = Set(known + [control.end] + (control.endOfText.map { [$0] } ?? []))
        session = Mutex(Session(core, contextTokens: abilities.contextTokens))
    }

    package func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        AsyncThrowingStream { continuation in
            let cancellation = Cancellation()
            continuation.onTermination = { reason in
                if case .cancelled = reason { cancellation.cancel() }
            }
            line.async {
                do throws(EngineError) {
                    let summary = try self.answer(request, cancellation) { continuation.yield($0) }
                    continuation.yield(.finished(summary))
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }

    package func promptTokens(of request: GenerationRequest) async throws -> Int {
        try abilities.check(request)
        let prompt = try template.render(
            request.conversation, thinking: request.thinking && abilities.followsInstructions,
            continuesLastMessage: request.continuesLastMessage)
        return prompt.reduce(0) { sum, piece in
            switch piece {
            case .tokens(let ids): sum + ids.count
            case .media(let item): sum + counter(item)
            }
        }
    }

    private func answer(
        _ request: GenerationRequest, _ cancellation: Cancellation, _ emit: (GenerationEvent) -> Void
    ) throws(EngineError) -> GenerationSummary {
        try abilities.check(request)
        let thinking = request.thinking && abilities.followsInstructions
        let prompt = try template.render(
            request.conversation, thinking: thinking, continuesLastMessage: request.continuesLastMessage)
        let last = request.conversation.messages.last
        let beginsThinking =
            request.continuesLastMessage
            ? template.continuesThoughts(last, thinking: thinking) : template.opensThoughts(thinking: thinking)
        let parser = try ToolCallParser(
            tokenizer, form, thinking: beginsThinking, tools: request.conversation.tools,
            firstCallIndex: ToolCallIDs.nextIndex(after: request.conversation))
        let guide = try guide(of: request, isThinking: beginsThinking)
        let sampler = try Sampler(request.sampling)
        let writer = AnswerWriter(parser, stop: request.stop)
        return try session.withLock { session throws(EngineError) in
            var summary = GenerationSummary(
                reason: .cancelled, promptTokens: 0, cachedTokens: 0, completionTokens: 0, decodeSeconds: 0)
            let clock = ContinuousClock()
            let start = clock.now
            var lookingSeconds = 0.0
            let synced = try session.sync(to: prompt, isCancelled: { cancellation.isCancelled }) { picture in
                lookingSeconds += picture.seconds
                emit(.encoded(tokens: picture.tokenCount, seconds: picture.seconds, reused: picture.isReused))
            }
            guard let synced else { return summary }
            summary.promptTokens = synced.promptTokens
            summary.cachedTokens = synced.reusedTokens
            emit(
                .prefilled(
                    tokens: synced.promptTokens, reused: synced.reusedTokens,
                    seconds: (clock.now - start).inSeconds - lookingSeconds))
            var decoding = Decoding(
                sampler: sampler, writer: writer, terms: terms(of: request, promptTokens: synced.promptTokens))
            decoding.guide = guide
            try decoding.run(&session, synced.logits, cancellation, emit)
            summary.reason = decoding.reason
            summary.stopString = decoding.stopString
            summary.completionTokens = decoding.tokenCount
            summary.decodeSeconds = decoding.seconds
            return summary
        }
    }

    /// What keeps an answer to what was asked of it; nil when nothing was.
    private func guide(of request: GenerationRequest, isThinking: Bool) throws(EngineError) -> AnswerGuide? {
        let tools = request.conversation.tools
        guard request.format != .text || !tools.isEmpty else { return nil }
        var guided: [AnswerGuide.GuidedTool] = []
        for tool in tools { guided.append(.init(name: tool.name, grammar: try guides.grammar(of: tool))) }
        let terms = AnswerGuide.Terms(
            grammar: try guides.grammar(of: request.format), tools: guided, choice: request.toolChoice,
            callsInParallel: request.callsInParallel,
            firstCallIndex: ToolCallIDs.nextIndex(after: request.conversation))
        return AnswerGuide(
            terms, tokenizer: tokenizer, control: control, endTokens: endTokens, trie: guides.trie,
            isThinking: isThinking,
            mayThink: request.thinking && form.thoughts.map { $0.areTokens && !$0.areOpenedByPrompt } ?? false)
    }

    private func terms(of request: GenerationRequest, promptTokens: Int) -> Decoding.Terms {
        var terms = Decoding.Terms(
            endTokens: endTokens, limit: min(request.maxTokens, abilities.contextTokens - promptTokens))
        if let limit = request.thinkingTokens, let end = control.thoughts?.end { terms.thoughts = (limit, end) }
        terms.scorer = request.scoredAlternatives.map { TokenScorer(tokenizer: tokenizer, alternatives: $0) }
        return terms
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
