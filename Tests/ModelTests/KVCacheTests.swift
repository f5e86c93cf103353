// One sequence, fed in different ways: at once, in chunks, token by token, cut back and continued.

import Support
import Testing

@testable import Model

@Suite struct KVCacheTests {
    static let checkpoints = LanguageParityTests.checkpoints

    /// The prompt's stretches cut into pieces of at most `size` tokens.
    static func pieces(_ inputs: [InputSpan], of size: Int) -> [InputSpan] {
        inputs.flatMap { span -> [InputSpan] in
            guard case .tokens(let ids) = span else { return [span] }
            return stride(from: 0, to: ids.count, by: size).map { .tokens(Array(ids[$0..<min($0 + size, ids.count)])) }
        }
    }

    @Test(arguments: checkpoints, [1, 3])
    func aSequenceFedInPiecesEqualsOneFedAtOnce(checkpoint: String, size: Int) throws {
        let tiny = try TinyModel.named(checkpoint)
        let inputs = try tiny.prompt(.exact)
        let cache = tiny.exact.makeCache()
        var logits: [Float] = []
        for piece in Self.pieces(inputs, of: size) { logits += tiny.exact.forwardAll([piece], cache: cache) }
        let distance = Distance(logits, tiny.logits(inputs))
        #expect(distance.greatest <= Tolerances.reordered, "\(distance)")
        #expect(cache.count == logits.count / tiny.exact.config.language.vocabularySize)
    }

    @Test(arguments: LanguageParityTests.stretched)
    func aLongTextTokenByTokenMatchesTransformers(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let cache = tiny.exact.makeCache()
        let logits = try tiny.goldens.ints("long/ids").flatMap { tiny.exact.forward([.tokens([$0])], cache: cache) }
        let distance = Distance(
            tiny.rows(try tiny.goldens.ints("long/rows"), of: logits), try tiny.goldens.floats("long/logits"))
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
    }

    @Test(arguments: checkpoints, [0, 1, 6])
    func aSequenceCutBackAndContinuedEqualsAFreshOne(checkpoint: String, kept: Int) throws {
        let tiny = try TinyModel.named(checkpoint)
        let ids = try tiny.goldens.ints("text/ids")
        let cache = tiny.exact.makeCache()
        _ = tiny.exact.forward([.tokens(Array(ids[..<6]) + [Int](repeating: 9, count: 20))], cache: cache)
        cache.truncate(to: kept)
        #expect(cache.count == kept)
        let continued = tiny.exact.forwardAll([.tokens(Array(ids[kept...]))], cache: cache)
        let expected = tiny.rows(Array(kept..<ids.count), of: try tiny.goldens.floats("text/logits"))
        let distance = Distance(continued, expected)
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
        #expect(cache.count == ids.count)
    }

    @Test(arguments: [ComputePrecision.exact, .fast])
    func aSequenceCutToNothingIsLikeNew(precision: ComputePrecision) throws {
        let model = try TinyModel.named("k25").model(precision)
        let cache = model.makeCache()
        _ = model.forward([.tokens([7, 8, 9, 250])], cache: cache)
        cache.truncate(to: 0)
        let again = model.forwardAll([.tokens([3, 5])], cache: cache)
        #expect(again == model.forwardAll([.tokens([3, 5])], cache: model.makeCache()))
    }

    @Test(arguments: checkpoints)
    func forwardGivesTheLastRowOfAll(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let inputs = try tiny.prompt(.exact)
        let all = tiny.logits(inputs)
        let last = tiny.exact.forward(inputs, cache: tiny.exact.makeCache())
        let distance = Distance(last, Array(all.suffix(tiny.exact.config.language.vocabularySize)))
        #expect(distance.greatest <= Tolerances.reordered, "\(distance)")
    }

    @Test func aPromptOfSeveralInternalChunksEqualsTheSameInTwoCalls() throws {
        let model = try TinyModel.named("moonlight").exact
        let ids = (0..<LanguageModel.chunkTokens + 90).map { $0 * 31 % 256 }
        let once = model.forward([.tokens(ids)], cache: model.makeCache())
        let cache = model.makeCache()
        _ = model.forward([.tokens(Array(ids[..<300]))], cache: cache)
        let twice = model.forward([.tokens(Array(ids[300...]))], cache: cache)
        #expect(cache.count == ids.count)
        let distance = Distance(twice, once)
        #expect(distance.greatest <= Tolerances.reordered, "\(distance)")
    }

    @Test func twoSequencesOfOneModelDoNotMix() throws {
        let model = try TinyModel.named("k25").exact
        let first = model.makeCache(), second = model.makeCache()
        let alone = model.makeCache()
        _ = model.forward([.tokens([1, 2, 3])], cache: first)
        _ = model.forward([.tokens([200, 100])], cache: second)
        _ = model.forward([.tokens([1, 2, 3])], cache: alone)
        #expect(model.forward([.tokens([4])], cache: first) == model.forward([.tokens([4])], cache: alone))
    }

    @Test(arguments: [ComputePrecision.exact, .fast])
    func aCacheTakesTheMemoryOfItsRows(precision: ComputePrecision) throws {
        let model = try TinyModel.named("k25").model(precision)
        let config = model.config.language
        let valueBytes = precision == .exact ? 4 : 2
        let cache = model.makeCache()
        #expect(cache.bytes == 0)
        _ = model.forward([.tokens([1, 2, 3])], cache: cache)
        #expect(cache.bytes == 3 * config.layers * config.cacheWidth * valueBytes)
        cache.appendNoise(9000)
        #expect(cache.bytes == 9003 * config.layers * config.cacheWidth * valueBytes)
        cache.truncate(to: 3)
        #expect(cache.bytes == 3 * config.layers * config.cacheWidth * valueBytes, "what is cut far back is given back")
    }

    @Test(arguments: [ComputePrecision.exact, .fast], [10, 8000])
    func whatIsKeptOutlivesTheMemoryThatIsGivenBack(precision: ComputePrecision, cut: Int) throws {
        let model = try TinyModel.named("moonlight").model(precision)
        let ids = (0..<40).map { $0 * 13 % 50 }
        let (cache, fresh) = (model.makeCache(), model.makeCache())
        for cache in [cache, fresh] { _ = model.forward([.tokens(ids)], cache: cache) }
        cache.appendNoise(cut)
        cache.truncate(to: 40)
        for id in [3, 9, 7] {
            #expect(model.forward([.tokens([id])], cache: cache) == model.forward([.tokens([id])], cache: fresh))
        }
    }

    @Test(arguments: [ComputePrecision.exact, .fast], [1, 37, 3000])
    func aCopyGoesOnAsItsOriginal(precision: ComputePrecision, length: Int) throws {
        let model = try TinyModel.named("k25").model(precision)
        let (original, copy, other) = (model.makeCache(), model.makeCache(), model.makeCache())
        _ = model.forward([.tokens((0..<40).map { $0 * 7 % 50 })], cache: original)
        original.appendNoise(3000)
        copy.appendNoise(5)
        for copy in [copy, other] { copy.copyRows(from: original, count: length) }
        original.truncate(to: length)
        let expected = model.forward([.tokens([4])], cache: original)
        #expect(model.forward([.tokens([4])], cache: copy) == expected)
        original.truncate(to: 0)
        original.appendNoise(3000)
        #expect(model.forward([.tokens([4])], cache: other) == expected, "the original is not needed")
    }

    @Test func aCacheHasAddressesForTheWholeContext() throws {
        let model = try TinyModel.named("k25").fast
        let cache = model.makeCache()
        cache.appendNoise(262_143)
        let logits = model.forward([.tokens([4])], cache: cache)
        #expect(cache.count == 262_144)
        #expect(logits.allSatisfy { $0.isFinite })
    }
}
