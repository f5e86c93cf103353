// One timeline on one cache. Callers always hand over the whole prompt; the session works out how much of it the
// cache holds already, looks at pictures that are new, and runs the rest.
//
// Invariants: (1) `timeline` names, position by position, exactly what the cache holds. (2) A picture is held as a
// whole or not at all: its tokens are appended in one batch, and prompts differ at a picture's first token or behind
// its last, because the same pixels give the same tokens. (3) At least the last token of a prompt is run, since
// its logits are not kept.
import Model

/// A sequence of tokens and pictures, extended and cut back as prompts demand. It owns its cache, so it has no copies.
package struct Session<Core: LanguageCore>: ~Copyable, Sendable {
    private let core: Core
    private let contextTokens: Int
    private let cache: Core.Cache
    private var timeline: [Position] = []
    private var shelf: FeatureShelf<Core.Features>

    /// What stands at one position of the sequence.
    private enum Position: Equatable, Sendable {
        case token(Int32)
        /// A vision token: which picture, and which of its tokens.
        case picture(PictureDigest, Int32)
    }

    /// Vision tokens whose features are kept for a next prompt.
    package static var shelfTokens: Int { 8192 }

    /// Tokens run between two looks at whether the caller still wants the answer.
    package static var batchTokens: Int { 2048 }

    /// A picture or chunk that was looked at.
    package struct SeenPicture: Sendable, Equatable {
        package var tokenCount: Int
        package var seconds: Double
        /// Whether its features, or its tokens in the cache, were at hand.
        package var isReused: Bool
    }

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
    /// - Parameter contextTokens: prompt and answer together.
    package init(_ core: Core, contextTokens: Int, shelfTokens: Int = Session.shelfTokens) {
        self.core = core
        self.contextTokens = contextTokens
        cache = core.makeCache()
        shelf = FeatureShelf(tokenLimit: shelfTokens)
    }

    /// Makes the sequence equal to a prompt, keeping the longest common beginning.
    ///
    /// - Parameters:
    ///   - prompt: ends with at least one token.
    ///   - isCancelled: asked before every picture and every batch.
    ///   - onPicture: called for every picture, in order.
    /// - Returns: nil when cancelled; the sequence then holds what it held before, or some beginning of the prompt.
    /// - Throws: `.contextExceeded` when no room is left for an answer; the sequence is then unchanged.
    package mutating func sync(
        to prompt: [PromptPiece], isCancelled: () -> Bool = { false }, onPicture: (SeenPicture) -> Void = { _ in }
    ) throws(EngineError) -> Synced? {
        var target = Target()
        for piece in prompt {
            switch piece {
            case .tokens(let ids): target.append(ids, timeline)
            case .media(let item):
                if isCancelled() { return nil }
                onPicture(append(item, to: &target))
            }
        }
        let total = target.positions.count
        guard case .token? = target.positions.last else { preconditionFailure("a prompt ends with a token") }
        guard total < contextTokens else {
            throw .contextExceeded(promptTokens: total, contextTokens: contextTokens)
        }
        let kept = min(target.matched, total - 1)
        core.truncate(cache, to: kept)
        timeline.removeSubrange(kept...)
        guard let logits = run(target, from: kept, isCancelled: isCancelled) else { return nil }
        return Synced(logits: logits, promptTokens: total, reusedTokens: kept)
    }

    /// Appends one token of the answer.
    ///
    /// - Returns: the logits behind it, `[vocabulary]` float32.
    package mutating func append(_ token: Int) -> [Float] {
        let logits = core.append([.tokens([token])], to: cache)
        timeline.append(.token(Int32(token)))
        return logits
    }

    // MARK: The prompt as positions

    /// A prompt on its way into the cache.
    private struct Target {
        var positions: [Position] = []
        /// How many of `positions`, from the beginning, the cache holds.
        var matched = 0
        var stretches: [Stretch] = []

        mutating func append(_ ids: [Int], _ timeline: [Position]) {
            stretches.append(Stretch(start: positions.count, input: .tokens(ids)))
            positions += ids.map { .token(Int32($0)) }
            match(timeline)
        }

        mutating func append(_ digest: PictureDigest, count: Int, _ features: Core.Features?, _ timeline: [Position]) {
            stretches.append(Stretch(start: positions.count, input: features.map { .media($0) }))
            positions += (0..<count).map { .picture(digest, Int32($0)) }
            match(timeline)
        }

        private mutating func match(_ timeline: [Position]) {
            let end = min(positions.count, timeline.count)
            while matched < end, positions[matched] == timeline[matched] { matched += 1 }
        }
    }

    /// Input that begins at a position; nil for a picture that the cache holds.
    private struct Stretch {
        var start: Int
        var input: CoreInput<Core.Features>?
    }

    /// Appends a picture, from the cache or the shelf if it is there, looking at it if not.
    private mutating func append(_ item: MediaItem, to target: inout Target) -> SeenPicture {
        let clock = ContinuousClock()
        let start = clock.now
        let digest = PictureDigest(of: item)
        var entry: FeatureShelf<Core.Features>.Entry?
        var isReused = true
        var count = target.matched == target.positions.count ? heldTokens(of: digest, at: target.matched) : 0
        if count == 0 {
            entry = shelf.take(digest)
            if entry == nil {
                isReused = false
                let features = core.encode(item)
                let made = FeatureShelf.Entry(
                    digest: digest, features: features, tokenCount: core.tokenCount(of: features))
                shelf.put(made)
                entry = made
            }
            count = entry?.tokenCount ?? 0
        }
        target.append(digest, count: count, entry?.features, timeline)
        return SeenPicture(tokenCount: count, seconds: (clock.now - start).inSeconds, isReused: isReused)
    }

    /// How many tokens of a picture the cache holds at a position: all of them or 0.
    private func heldTokens(of digest: PictureDigest, at position: Int) -> Int {
        var count = 0
        while position + count < timeline.count, timeline[position + count] == .picture(digest, Int32(count)) {
            count += 1
        }
        return count
    }

    // MARK: Running

    /// Runs what lies behind `kept`, batch by batch; nil when cancelled.
    private mutating func run(_ target: Target, from kept: Int, isCancelled: () -> Bool) -> [Float]? {
        var batch: [CoreInput<Core.Features>] = []
        var end = kept
        for (index, stretch) in target.stretches.enumerated() {
            let next = index + 1 < target.stretches.count ? target.stretches[index + 1].start : target.positions.count
            guard next > kept, let input = stretch.input else { continue }
            switch input {
            case .media:
                batch.append(input)
                end = next
            case .tokens(let ids):
                while end < next {
                    if end - timeline.count >= Self.batchTokens {
                        if isCancelled() { return nil }
                        _ = run(batch, of: target, upTo: end)
                        batch = []
                    }
                    let upTo = min(next, max(end + 1, timeline.count + Self.batchTokens))
                    batch.append(.tokens(Array(ids[end - stretch.start..<upTo - stretch.start])))
                    end = upTo
                }
            }
        }
        return isCancelled() ? nil : run(batch, of: target, upTo: end)
    }

    private mutating func run(_ batch: [CoreInput<Core.Features>], of target: Target, upTo end: Int) -> [Float] {
        let logits = core.append(batch, to: cache)
        timeline += target.positions[timeline.count..<end]
        return logits
    }
}

extension Duration {
    /// The duration as a number of seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
