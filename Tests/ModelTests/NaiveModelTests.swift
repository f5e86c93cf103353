// The slow path and the fast one say the same.

import Kernels
import Support
import Testing

@testable import Model

@Suite struct NaiveModelTests {
    /// Every published layout, from INT4 and FP8 to groups of experts, dense layers and YaRN.
    @Test(arguments: LanguageParityTests.checkpoints)
    func logitsAreThoseOfTheEngine(checkpoint: String) throws {
        let model = try TinyModel.named(checkpoint).exact
        let naive = NaiveModel(model)
        let ids = (0..<21).map { ($0 * 11 + 5) % 50 }
        let cache = model.makeCache()
        let read = model.forward([.tokens(Array(ids.prefix(20)))], cache: cache)
        #expect(distance(naive.logits(behind: Array(ids.prefix(20))), read) <= Tolerances.logits)
        let decoded = model.forward([.tokens([ids[20]])], cache: cache)
        #expect(distance(naive.logits(behind: ids), decoded) <= Tolerances.logits)
    }

    /// What the layer measured alone computes, expert by expert.
    @Test func anExpertLayerAloneIsTheSumOfItsExperts() throws {
        let model = try TinyModel.named("k25").exact
        let layer = try #require(ExpertLayer(model))
        for count in [1, 40] {
            let batch = layer.batch(of: count)
            #expect(batch.choice.experts.count == count * layer.chosenCount)
            let naive = NaiveModel(model).mix(batch)
            let found = layer.run(batch)
            #expect(distance(naive, (0..<naive.count).map { found[$0] }) <= Tolerances.hiddenStates)
        }
    }

    private func distance(_ one: [Float], _ other: [Float]) -> Float {
        #expect(one.count == other.count && one.contains { $0 != 0 })
        return zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
}
