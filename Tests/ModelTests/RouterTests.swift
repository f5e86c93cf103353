// The router's choice and weights against transformers, and its tie-break.

import Kernels
import Support
import Testing

@testable import Model

@Suite struct RouterTests {
    static let layers = LanguageParityTests.checkpoints.flatMap { checkpoint in
        (checkpoint == "k25" ? [0, 1] : [0]).map { (checkpoint, $0) }
    }

    @Test(arguments: layers)
    func choosesAndWeighsAsTransformers(checkpoint: String, mixture: Int) throws {
        let tiny = try TinyModel.named(checkpoint)
        for model in [tiny.exact, tiny.fast] { try Self.compare(model, tiny.goldens, "router/\(mixture)", mixture) }
    }

    @Test func choosesWithinTheBestGroupsAsTransformers() throws {
        try Self.compare(
            try LanguageParityTests.grouped(), try TinyModel.named("moonlight").goldens, "router/grouped", 0)
    }

    @Test func theBiasAloneChoosesBetweenExpertsThatScoreAlike() throws {
        let tiny = try TinyModel.named("k25")
        let router = try Self.router(tiny.exact, 0)
        let bias = (router.correctionBias.pointer[1], router.correctionBias.pointer[3])
        #expect(bias.0 != bias.1)
        let better = bias.0 > bias.1 ? 1 : 3
        // Equal gate rows give equal scores; all others score least.
        let scores = (0..<8).map { [1, 3].contains($0) ? Float(0.75) : 0 }
        var choice = Router.Choice(experts: [], weights: [])
        scores.withUnsafeBufferPointer { router.choose($0, into: &choice) }
        #expect(choice.experts == [better, 4 - better])
        let scale = tiny.exact.config.language.routedScale
        #expect(choice.weights.allSatisfy { abs($0 - scale / 2) < 1e-6 })
    }

    @Test func tiesGoToTheLowerIndex() throws {
        let directory = try TemporaryDirectory(checkpoint: "moonlight")
        var draft = try SafetensorsDraft(directory.read("model-1-of-2.safetensors"))
        let range = draft.range(of: "model.layers.1.mlp.gate.e_score_correction_bias")
        draft.data.replaceSubrange(range, with: repeatElement(0, count: range.count))
        try directory.write(try draft.encoded(), to: "model-1-of-2.safetensors")
        let router = try Self.router(
            try KimiModel.open(directory.path, threads: 1, precision: .exact), 0)
        var choice = Router.Choice(experts: [], weights: [])
        [0.5, 0.25, 0.5, 0.5, 0.5, 0.25, 0.75, 0.5].withUnsafeBufferPointer { router.choose($0, into: &choice) }
        #expect(choice.experts == [6, 0, 2])
    }

    private static func router(_ model: KimiModel, _ mixture: Int) throws -> Router {
        let layer = model.language.layers[model.config.language.denseLayers + mixture]
        let router: Router? = if case .experts(let experts) = layer.mixer { experts.router } else { nil }
        return try #require(router)
    }

    private static func compare(_ model: KimiModel, _ goldens: Goldens, _ name: String, _ mixture: Int) throws {
        let input = try goldens.floats(name + "/input")
        let count = input.count / model.config.language.hidden
        let router = try router(model, mixture)
        let choice = input.withUnsafeBufferPointer {
            router.choose($0.baseAddress!, count: count, Workspace(), model.compute)
        }
        #expect(choice.experts == (try goldens.ints(name + "/experts")))
        let weights = Distance(choice.weights, try goldens.floats(name + "/weights"))
        #expect(weights.relative <= Tolerances.features, "\(weights)")
    }
}
