// What rounding dense weights to int8 costs: logits beside those of the weights as published, and the tokens that follow.

import Foundation
import Kernels
import Media
import Support
import Testing

@testable import Model

@Suite struct DenseWeightsTests {
    /// Logits of random weights, which use no bit of a weight better than another; the tokens' median, because a token
    /// whose experts are chosen by a hair visits others. These two have columns in groups of 32.
    @Test(arguments: ["k25", "k2-thinking"], [ComputePrecision.exact, .fast])
    func logitsOfATinyModelStayNear(checkpoint: String, precision: ComputePrecision) throws {
        let tiny = try TinyModel.named(checkpoint)
        let inputs = try tiny.spans("text/ids")
        let rounded = try KimiModel.open(
            Fixtures.checkpoint(checkpoint), threads: 2, precision: precision, denseWeights: .int8)
        let found = rounded.forwardAll(inputs, cache: rounded.makeCache())
        let expected = try tiny.goldens.floats("text/logits")
        let tokens = expected.count / tiny.exact.config.language.vocabularySize
        let shares = (0..<tokens).map { token in
            let row = tiny.rows([token], of: expected)
            return Distance(tiny.rows([token], of: found), row).rootMeanSquare / Self.rootMeanSquare(row)
        }.sorted()
        #expect(shares[tokens / 2] <= Tolerances.int8RandomLogits, "\(shares)")
        #expect(shares[0] > 1e-4, "nothing was rounded")
    }

    /// The model that is built in writes a page; int8 weights would have taken the same token at nearly every place.
    @Test func theEmbeddedModelChoosesTheSameTokens() throws {
        let directory = Fixtures.path("model")
        let published = try KimiModel.open(directory, threads: 2)
        let rounded = try KimiModel.open(directory, threads: 2, denseWeights: .int8)
        let picture = try Image.read(path: Fixtures.path("designs/sign-in.png"))
        let (cache, roundedCache) = (published.makeCache(), rounded.makeCache())
        var logits = published.forward(prompt(published.encode(.image(picture))), cache: cache)
        var found = rounded.forward(prompt(rounded.encode(.image(picture))), cache: roundedCache)
        var (tokens, same, squares, scale) = (0, 0, 0.0, 0.0)
        while tokens < 400 {
            let token = greatest(logits)
            tokens += 1
            if greatest(found) == token { same += 1 }
            squares += Double(Distance(found, logits).rootMeanSquare)
            scale += Double(Self.rootMeanSquare(logits))
            if published.config.endTokenIDs.contains(token) { break }
            logits = published.forward([.tokens([token])], cache: cache)
            found = rounded.forward([.tokens([token])], cache: roundedCache)
        }
        #expect(tokens > 100)
        #expect(Double(same) >= 0.99 * Double(tokens), "\(same) of \(tokens)")
        #expect(squares / scale <= Double(Tolerances.int8Logits), "\(squares / scale)")
    }

    @Test func whatIsNotDenseStaysAsItIs() throws {
        let directory = Fixtures.path("model")
        let published = try KimiModel.open(directory, threads: 2).language
        let opened = try KimiModel.open(directory, threads: 2, denseWeights: .int8)
        let rounded = opened.language
        #expect(rounded.head.isInt8 && !rounded.embedding.isInt8)
        for (layer, original) in zip(rounded.layers, published.layers) {
            let attention = layer.attention
            let matrices = [
                attention.queryUp, attention.latentDown, attention.latentUp,
                attention.keyUp.transposed(opened.compute), attention.output,
            ]
            #expect(matrices.allSatisfy { $0.isInt8 == ($0.columns % 32 == 0) })
            switch (layer.mixer, original.mixer) {
            case (.dense(let feedForward), _):
                #expect(feedForward.gate.isInt8 && feedForward.up.isInt8 && feedForward.down.isInt8)
            case (.experts(let experts), .experts(let originals)):
                #expect(!experts.router.gate.isInt8)
                #expect(experts.shared.map { $0.gate.isInt8 && $0.up.isInt8 && $0.down.isInt8 } ?? true)
                for (expert, other) in zip(experts.routed, originals.routed) {
                    #expect(!expert.gate.isInt8 && expert.gate.byteCount == other.gate.byteCount)
                }
            case (.experts, .dense): Issue.record("another mixer")
            }
        }
    }

    @Test func aWeightThatIsNotFiniteIsNamed() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        let name = "language_model.model.layers.0.self_attn.q_a_proj.weight"
        for shard in try FileManager.default.contentsOfDirectory(atPath: directory.path)
        where shard.hasSuffix(".safetensors") {
            var draft = try SafetensorsDraft(directory.read(shard))
            guard draft.header[name] != nil else { continue }
            let first = draft.range(of: name).lowerBound
            draft.data[first] = 0xC0
            draft.data[first + 1] = 0x7F
            try directory.write(draft.encoded(), to: shard)
        }
        _ = try KimiModel.open(directory.path, threads: 1)
        let error = #expect(throws: CheckpointError.self) {
            try KimiModel.open(directory.path, threads: 1, denseWeights: .int8)
        }
        #expect("\(try #require(error))".contains("layers.0.self_attn.q_a_proj holds a weight that is not finite"))
    }

    /// The prompt of one picture without instructions, as the layout of K2.5 has it, in the embedded model's ids.
    private func prompt(_ picture: MediaFeatures) -> [InputSpan] {
        [
            .tokens([688, 256, 702, 703, 258, 704]), .media(picture),
            .tokens([705, 687, 689, 257, 702, 707, 708]),
        ]
    }

    private static func rootMeanSquare(_ values: [Float]) -> Float {
        (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
    }
}

extension Matrix {
    fileprivate var isInt8: Bool { if case .int8 = storage { true } else { false } }
}
