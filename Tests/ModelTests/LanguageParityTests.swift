// The language core against transformers: hidden states layer by layer, logits near and far, greedy answers, and the
// pairs of forms that must agree with each other.

import Kernels
import Support
import Testing

@testable import Model

@Suite struct LanguageParityTests {
    static let checkpoints = ["k25", "moonlight", "kimi-vl", "k2-fp8", "k2-thinking"]
    static let stretched = ["k25", "k2-fp8", "k2-thinking"]

    @Test(arguments: checkpoints)
    func everyLayersOutputMatchesTransformers(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let expected = try tiny.goldens.floats("text/hidden")
        let size = try tiny.goldens.shape("text/hidden").dropFirst().reduce(1, *)
        var layers = 0
        _ = tiny.exact.forwardAll(try tiny.spans("text/ids"), cache: tiny.exact.makeCache()) { layer, hidden in
            let distance = Distance(Array(hidden), Array(expected[layer * size..<(layer + 1) * size]))
            #expect(distance.relative <= Tolerances.hiddenStates, "layer \(layer): \(distance)")
            layers += 1
        }
        #expect(layers == expected.count / size)
    }

    @Test(arguments: checkpoints + ["moonlight-tied"])
    func logitsOfAShortTextMatchTransformers(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let found = tiny.logits(try tiny.spans("text/ids"))
        let distance = Distance(found, try tiny.goldens.floats("text/logits"))
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
    }

    @Test(arguments: stretched)
    func logitsBeyondTheOriginalContextMatchTransformers(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let logits = tiny.logits(try tiny.spans("long/ids"))
        let found = tiny.rows(try tiny.goldens.ints("long/rows"), of: logits)
        let distance = Distance(found, try tiny.goldens.floats("long/logits"))
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
    }

    @Test(arguments: stretched)
    func logitsFarFromPositionZeroMatchTransformers(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let position = try tiny.goldens.ints("far/position")[0]
        let found = tiny.logits(try tiny.spans("text/ids"), position: position)
        let distance = Distance(found, try tiny.goldens.floats("far/logits"))
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
    }

    @Test(arguments: checkpoints)
    func logitsOfAPromptMatchTransformers(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let distance = Distance(tiny.logits(try tiny.prompt(.exact)), try tiny.goldens.floats("prompt/logits"))
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
    }

    @Test func aPictureAndAClipInOnePromptMatchTransformers() throws {
        let tiny = try TinyModel.named("k25")
        let inputs = try tiny.spans("mixed/ids", [try tiny.medium("tall"), try tiny.medium("clip")])
        let found = tiny.exact.forward(inputs, cache: tiny.exact.makeCache())
        let distance = Distance(found, try tiny.goldens.floats("mixed/logits"))
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
    }

    @Test(arguments: checkpoints, [ComputePrecision.exact, .fast])
    func theGreedyAnswerIsTransformers(checkpoint: String, precision: ComputePrecision) throws {
        let tiny = try TinyModel.named(checkpoint)
        let model = tiny.model(precision)
        let expected = try tiny.goldens.ints("greedy/ids")
        let cache = model.makeCache()
        var answer = [greatest(model.forward(try tiny.prompt(precision), cache: cache))]
        while answer.count < expected.count {
            answer.append(greatest(model.forward([.tokens([answer[answer.count - 1]])], cache: cache)))
        }
        #expect(answer == expected)
    }

    @Test(arguments: checkpoints)
    func fastLogitsStrayNoFurtherThanBfloat16Products(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let distance = Distance(
            tiny.logits(try tiny.spans("text/ids"), .fast), try tiny.goldens.floats("text/logits"))
        let drift = try tiny.goldens.floats("drift/text/logits")[0]
        #expect(distance.rootMeanSquare <= Tolerances.fastDrifts * drift, "\(distance), drift \(drift)")
    }

    @Test(arguments: stretched)
    func fastLogitsOfALongTextStrayNoFurtherThanBfloat16Products(checkpoint: String) throws {
        let tiny = try TinyModel.named(checkpoint)
        let logits = tiny.logits(try tiny.spans("long/ids"), .fast)
        let distance = Distance(
            tiny.rows(try tiny.goldens.ints("long/rows"), of: logits), try tiny.goldens.floats("long/logits"))
        let drift = try tiny.goldens.floats("drift/long/logits")[0]
        #expect(distance.rootMeanSquare <= Tolerances.fastDrifts * drift, "\(distance), drift \(drift)")
    }

    @Test func int4ExpertsEqualTheirDequantisedTwin() throws {
        let tiny = try TinyModel.named("k25")
        let twin = try KimiModel.open(Fixtures.checkpoint("k25-dequantized"), threads: 2, precision: .exact)
        for inputs in [try tiny.prompt(.exact), [.tokens([7])]] {
            let found = Distance(tiny.logits(inputs), twin.forwardAll(inputs, cache: twin.makeCache()))
            #expect(found.greatest <= Tolerances.reordered, "\(found)")
        }
    }

    @Test func groupLimitedRoutingMatchesTransformers() throws {
        let tiny = try TinyModel.named("moonlight")
        let model = try Self.grouped()
        let found = model.forwardAll(try tiny.spans("grouped/ids"), cache: model.makeCache())
        let distance = Distance(found, try tiny.goldens.floats("grouped/logits"))
        #expect(distance.greatest <= Tolerances.logits, "\(distance)")
    }

    @Test(arguments: checkpoints)
    func absorbedEqualsExpanded(checkpoint: String) throws {
        let model = try TinyModel.named(checkpoint).exact
        let config = model.config.language
        let held = 5, count = 4
        let input = FloatBuffer(count: (held + count) * config.hidden)
        for index in 0..<(held + count) * config.hidden { input.pointer[index] = Float((index * 37) % 101) / 50 - 1 }
        for layer in model.language.layers {
            let outputs = [LatentAttention.Form.absorbed, .expanded].map { form in
                let cache = model.makeCache()
                let output = FloatBuffer(count: (held + count) * config.hidden)
                let workspace = Workspace()
                for (start, tokens) in [(0, held), (held, count)] {
                    let batch = TokenBatch([(cache, tokens)], model.language.rotary, workspace)
                    layer.attention.forward(
                        input.pointer + start * config.hidden, batch, layer: 0,
                        into: output.pointer + start * config.hidden, workspace, model.compute, form: form)
                    batch.commit()
                }
                return Array(UnsafeBufferPointer(start: output.pointer, count: (held + count) * config.hidden))
            }
            let distance = Distance(outputs[0], outputs[1])
            #expect(distance.relative <= Tolerances.features, "\(distance)")
            #expect(distance.scale > 0.1)
        }
    }

    @Test(arguments: ["k25", "moonlight"], [3, 40])
    func absorbedEqualsExpandedBehindMoreKeysThanAreExpandedAtOnce(checkpoint: String, count: Int) throws {
        let model = try TinyModel.named(checkpoint).exact
        let hidden = model.config.language.hidden
        let input = FloatBuffer(count: count * hidden)
        for index in 0..<count * hidden { input.pointer[index] = Float((index * 37) % 101) / 50 - 1 }
        let outputs = [LatentAttention.Form.absorbed, .expanded].map { form in
            let cache = model.makeCache()
            cache.appendNoise(8_190)
            let output = FloatBuffer(count: count * hidden)
            let workspace = Workspace()
            let batch = TokenBatch([(cache, count)], model.language.rotary, workspace)
            model.language.layers[0].attention.forward(
                input.pointer, batch, layer: 0, into: output.pointer, workspace, model.compute, form: form)
            return Array(UnsafeBufferPointer(start: output.pointer, count: count * hidden))
        }
        let distance = Distance(outputs[0], outputs[1])
        #expect(distance.relative <= Tolerances.hiddenStates, "\(distance)")
        #expect(distance.scale > 0.01)
    }

    /// Moonlight with its experts in two groups, of which a token visits one.
    static func grouped() throws -> KimiModel {
        let directory = try TemporaryDirectory(checkpoint: "moonlight")
        try directory.editJSON("config.json") {
            $0["n_group"] = 2
            $0["topk_group"] = 1
        }
        return try KimiModel.open(directory.path, threads: 2, precision: .exact)
    }
}
