// Tokens that are decoded together are, to the last bit, what each is alone.

import Support
import Testing

@testable import Model

@Suite struct DecodeTests {
    /// Three sequences of different lengths, and what comes behind each.
    static let steps: [[Int]] = [[5], [9, 3, 7, 1], [2, 8]]

    @Test(arguments: LanguageParityTests.checkpoints, [ComputePrecision.exact, .fast])
    func togetherEqualsAlone(checkpoint: String, precision: ComputePrecision) throws {
        let tiny = try TinyModel.named(checkpoint)
        let model = tiny.model(precision)
        let alone = Self.sequences(model)
        let together = Self.sequences(model)
        let expected = zip(Self.steps, alone).flatMap { tokens, cache in
            tokens.map { model.forward([.tokens([$0])], cache: cache) }
        }
        let found = model.decode(zip(Self.steps, together).map { ($0, $1) })
        #expect(found.map { $0.map(\.bitPattern) } == expected.map { $0.map(\.bitPattern) })
        #expect(together.map(\.count) == alone.map(\.count))
    }

    @Test(arguments: LanguageParityTests.checkpoints, [ComputePrecision.exact, .fast])
    func togetherEqualsAloneBehindALongContext(checkpoint: String, precision: ComputePrecision) throws {
        // Attention cuts 1,024 keys off as a range of their own: the second sequence's tokens see one range or two.
        let model = try TinyModel.named(checkpoint).model(precision)
        let (alone, together) = (Self.sequences(model), Self.sequences(model))
        for caches in [alone, together] {
            for (cache, length) in zip(caches, [2100, 1022, 30]) { cache.appendNoise(length - cache.count) }
        }
        let expected = zip(Self.steps, alone).flatMap { tokens, cache in
            tokens.map { model.forward([.tokens([$0])], cache: cache) }
        }
        let found = model.decode(zip(Self.steps, together).map { ($0, $1) })
        #expect(found.map { $0.map(\.bitPattern) } == expected.map { $0.map(\.bitPattern) })
    }

    @Test func moreTokensThanOnePassTakesAreDecodedInOrder() throws {
        let model = try TinyModel.named("moonlight").fast
        let tokens = (0..<2 * TokenBatch.fewTokens + 3).map { $0 * 7 % 50 }
        let (one, other) = (model.makeCache(), model.makeCache())
        let expected = tokens.map { model.forward([.tokens([$0])], cache: one) }
        #expect(model.decode([(tokens, other)]) == expected)
        #expect(other.count == tokens.count)
    }

    @Test func whatIsDecodedTogetherGoesOnAlone() throws {
        let model = try TinyModel.named("moonlight").fast
        let (alone, together) = (Self.sequences(model), Self.sequences(model))
        for (tokens, cache) in zip(Self.steps, alone) {
            for id in tokens { _ = model.forward([.tokens([id])], cache: cache) }
        }
        _ = model.decode(zip(Self.steps, together).map { ($0, $1) })
        for (one, other) in zip(alone, together) {
            #expect(model.forward([.tokens([4])], cache: one) == model.forward([.tokens([4])], cache: other))
        }
    }

    private static func sequences(_ model: KimiModel) -> [KVCache] {
        [1, 6, 21].map { count in
            let cache = model.makeCache()
            _ = model.forward([.tokens((0..<count).map { ($0 * 11 + count) % 50 })], cache: cache)
            return cache
        }
    }
}
