// What a session needs of a model: pictures to features, inputs to logits, a cache that can be cut back and copied.
// The one seam between Inference and Model, so that sessions can be proved without weights.
package import Model

/// A stretch of input for a language core.
package enum CoreInput<Features: Sendable>: Sendable {
    case tokens([Int])
    /// Some of a picture's vision tokens.
    case media(Features, Range<Int>)
}

/// Something that reads tokens and features and says what comes next.
package protocol LanguageCore: Sendable {
    /// A picture as vision tokens.
    associatedtype Features: Sendable
    /// One sequence's memory.
    associatedtype Cache: Sendable

    /// Turns a picture or video chunk into vision tokens.
    func encode(_ media: MediaItem) -> Features

    /// How many vision tokens a picture became; at least 1.
    func tokenCount(of features: Features) -> Int

    /// How many vision tokens a picture becomes, without looking at it; at least 1, as many as its features have.
    func tokenCount(of media: MediaItem) -> Int

    /// An empty memory.
    func makeCache() -> Cache

    /// Forgets everything from position `count` on.
    func truncate(_ cache: Cache, to count: Int)

    /// Lets one memory hold the first `count` positions of another, in place of what it held.
    func copy(_ count: Int, from source: Cache, to target: Cache)

    /// Bytes that a memory takes.
    func bytes(of cache: Cache) -> Int

    /// Appends inputs, at least one token, to a memory.
    ///
    /// - Returns: the logits behind the last position, `[vocabulary]` float32.
    func append(_ inputs: [CoreInput<Features>], to cache: Cache) -> [Float]

    /// Appends a few tokens to each of several memories, all of them different, at once.
    ///
    /// - Returns: the logits behind each token, step by step, each `[vocabulary]` float32: those of one token alone, to
    ///   the last bit, whatever else is decoded with it.
    func decode(_ steps: [DecodeStep<Cache>]) -> [[Float]]

    /// Features as bytes, to be read again by this core or one like it.
    func bytes(of features: Features) -> [UInt8]

    /// The features that were made these bytes; nil when the bytes are no features of this core.
    func features(of bytes: UnsafeRawBufferPointer) -> Features?

    /// What a memory holds of some positions as bytes, to be read again by this core or one like it.
    func bytes(of positions: Range<Int>, in cache: Cache) -> [UInt8]

    /// Appends what a memory held of `count` positions, as if they had been run.
    ///
    /// - Returns: false, and nothing is appended, when the bytes are not so many positions of this core.
    func append(_ bytes: UnsafeRawBufferPointer, count: Int, to cache: Cache) -> Bool
}

/// Tokens behind what a memory holds: the next of an answer, or some that may turn out to be.
package struct DecodeStep<Cache: Sendable>: Sendable {
    /// At least one.
    package var tokens: [Int]
    package var cache: Cache

    package init(tokens: [Int], cache: Cache) {
        self.tokens = tokens
        self.cache = cache
    }
}

extension LanguageCore {
    /// One token after the other: what every faster way gives too.
    package func decode(_ steps: [DecodeStep<Cache>]) -> [[Float]] {
        steps.flatMap { step in step.tokens.map { append([.tokens([$0])], to: step.cache) } }
    }
}

extension KimiModel: LanguageCore {
    package func tokenCount(of features: MediaFeatures) -> Int { features.tokenCount }

    package func truncate(_ cache: KVCache, to count: Int) { cache.truncate(to: count) }

    package func copy(_ count: Int, from source: KVCache, to target: KVCache) {
        target.copyRows(from: source, count: count)
    }

    package func bytes(of cache: KVCache) -> Int { cache.bytes }

    package func append(_ inputs: [CoreInput<MediaFeatures>], to cache: KVCache) -> [Float] {
        let spans = inputs.map { input -> InputSpan in
            switch input {
            case .tokens(let ids): .tokens(ids)
            case .media(let features, let range): .media(features.tokens(range))
            }
        }
        return forward(spans, cache: cache)
    }

    package func decode(_ steps: [DecodeStep<KVCache>]) -> [[Float]] { decode(steps.map { ($0.tokens, $0.cache) }) }

    package func bytes(of positions: Range<Int>, in cache: KVCache) -> [UInt8] { cache.bytes(of: positions) }

    package func append(_ bytes: UnsafeRawBufferPointer, count: Int, to cache: KVCache) -> Bool {
        cache.append(bytes, count: count)
    }
}
