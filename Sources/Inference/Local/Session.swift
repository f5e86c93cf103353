// One timeline without an engine around it: for whoever follows a single sequence step by step, as measurements and
// proofs do. Callers always hand over the whole prompt; the session works out how much of it is held already.

/// A sequence that is made equal to one prompt after the other. It owns its cache, so it has no copies.
package struct Session<Core: LanguageCore>: ~Copyable, Sendable {
    private let core: Core
    private let contextTokens: Int
    private var timeline: Timeline<Core>
    private var shelf: FeatureShelf<Core.Features>

    /// Tokens run between two looks at whether the caller still wants the answer.
    package static var stretchTokens: Int { PromptLayout.stretchTokens }

    /// A prompt that was read to its end.
    package struct Synced: Sendable, Equatable {
        /// Behind the last token, `[vocabulary]` float32.
        package var logits: [Float]
        package var promptTokens: Int
        /// Tokens that the cache held already.
        package var reusedTokens: Int
    }

    /// Begins with nothing in the cache.
    ///
    /// - Parameters:
    ///   - contextTokens: prompt and answer together.
    ///   - shelfTokens: vision tokens whose features are kept for a next prompt.
    package init(_ core: Core, contextTokens: Int, shelfTokens: Int? = nil) {
        self.core = core
        self.contextTokens = contextTokens
        timeline = Timeline(core)
        shelf = FeatureShelf(tokenLimit: shelfTokens ?? FeatureShelf<Core.Features>.usualLimit)
    }

    /// Makes the sequence equal to a prompt, keeping the longest common beginning.
    ///
    /// - Parameters:
    ///   - prompt: ends with at least one token.
    ///   - isCancelled: asked before every picture and every stretch of tokens.
    ///   - onPicture: called for every picture, in order.
    /// - Returns: nil when cancelled; the sequence then holds some beginning of the prompt.
    /// - Throws: `.contextExceeded` when no room is left for an answer; the sequence is then unchanged.
    package mutating func sync(
        to prompt: [PromptPiece], isCancelled: () -> Bool = { false }, onPicture: (SeenPicture) -> Void = { _ in }
    ) throws(EngineError) -> Synced? {
        let layout = PromptLayout(prompt) { core.tokenCount(of: $0) }
        guard layout.count < contextTokens else {
            throw .contextExceeded(promptTokens: layout.count, contextTokens: contextTokens)
        }
        let kept = layout.reusable(of: timeline.commonCount(with: layout))
        timeline.truncate(to: kept, core)
        var prefill = Prefill(layout, on: timeline)
        defer { timeline = prefill.timeline }
        while !isCancelled() {
            if let logits = prefill.step(core, &shelf, onPicture: onPicture) {
                return Synced(logits: logits, promptTokens: layout.count, reusedTokens: kept)
            }
        }
        return nil
    }

    /// Appends one token of the answer.
    ///
    /// - Returns: the logits behind it, `[vocabulary]` float32.
    package mutating func append(_ token: Int) -> [Float] {
        let logits = core.decode([DecodeStep(tokens: [token], cache: timeline.cache)])
        timeline.decoded([token])
        return logits[0]
    }
}
