// Answers conversations with a language core: renders the prompt, says how the answer is kept to what was asked, and
// leaves the rest to a scheduler that makes several answers at a time. All work runs on one thread of the engine's own
// queue.
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
    private let arrivals = Mutex<[Order]>([])
    private let scheduler: Mutex<Scheduler<Core>>

    /// Makes an engine.
    ///
    /// - Parameters:
    ///   - form: how the model wants its conversations written.
    ///   - endTokens: ids that end an answer, besides `<|im_end|>` and `[EOS]`; those of no token mean nothing.
    ///   - disk: where the work on prompts outlives the engine; nil for nowhere.
    ///   - idleBytes: what sequences may take that no answer uses at present; the usual when nil.
    ///   - guesses: whether tokens are guessed from what stands earlier, which changes nothing but the time taken.
    package init(
        _ core: Core, _ tokenizer: Tokenizer, form: ChatForm = .kimiK25, abilities: Abilities, endTokens: [Int],
        disk: DiskShelf<Core>? = nil, idleBytes: Int? = nil, guesses: Bool = true
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
        scheduler = Mutex(
            Scheduler(core, disk, idleBytes: idleBytes ?? TimelineShelf<Core>.usualLimit, guesses: guesses))
    }

    package func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        AsyncThrowingStream { continuation in
            let cancellation = Cancellation()
            continuation.onTermination = { reason in
                if case .cancelled = reason { cancellation.cancel() }
            }
            let order = Order(request: request, cancellation: cancellation, continuation: continuation)
            arrivals.withLock { $0.append(order) }
            line.async { self.work() }
        }
    }

    /// Works until nothing is left to do.
    private func work() {
        scheduler.withLock { scheduler in
            repeat {
                scheduler.round(takeArrivals()) { (request) throws(EngineError) in try prepare(request) }
            } while !scheduler.isIdle
        }
    }

    private func takeArrivals() -> [Order] {
        arrivals.withLock { arrivals in
            defer { arrivals = [] }
            return arrivals
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

    /// What is to be read for a request, and how its answer is written.
    private func prepare(_ request: GenerationRequest) throws(EngineError) -> (PromptLayout, Decoding) {
        try abilities.check(request)
        let thinking = request.thinking && abilities.followsInstructions
        let rendered = try template.render(
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
        let prompt = PromptLayout(rendered, tokenCount: counter)
        guard prompt.count < abilities.contextTokens else {
            throw .contextExceeded(promptTokens: prompt.count, contextTokens: abilities.contextTokens)
        }
        var decoding = Decoding(
            sampler: sampler, writer: AnswerWriter(parser, stop: request.stop),
            terms: terms(of: request, promptTokens: prompt.count))
        decoding.guide = guide
        return (prompt, decoding)
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
