// Figures to compare with: one layer's experts alone, as other engines are measured, and the forward pass as it would be
// without any effort.
import Foundation
import Model

extension Bench {
    /// Tokens that a layer is measured with.
    private static let layerTokens = [1, 32, 128, 512]
    /// Tokens of the naive pass, which reads each of them again for every token that follows.
    private static let naivePrompt = 4, naiveTokens = 2

    func measureLayer(_ tell: (Measurement) -> Void) {
        guard let layer = ExpertLayer(model) else { return }
        for count in Self.layerTokens {
            let batches = (0...tries).map { _ in layer.batch(of: count) }
            layer.run(batches[0])
            let times = batches.dropFirst().map { batch in self.seconds { layer.run(batch) } }.sorted()
            let seconds = times[tries / 2]
            tell(
                Measurement(
                    work: "layer", size: "\(count), \(layer.chosenCount) of \(layer.expertCount) experts",
                    value: seconds * 1000, unit: "ms", seconds: seconds, tries: tries))
        }
    }

    func measureNaive(_ tell: (Measurement) -> Void) {
        let ids = ids(Self.naivePrompt + Self.naiveTokens)
        let prompt = Array(ids.prefix(Self.naivePrompt))
        let naive = NaiveModel(model)
        let cache = model.makeCache()
        func both(_ work: String, _ count: Int, _ slow: () -> Void, _ fast: () -> Void) {
            for (name, time) in [("naive", seconds(slow)), ("ours", seconds(fast))] {
                tell(
                    Measurement(
                        work: name, size: "\(work) \(count)", value: Double(count) / time, unit: "tokens/s",
                        seconds: time, tries: 1))
            }
        }
        _ = model.forward([.tokens(prompt)], cache: model.makeCache())
        both(
            "prefill", Self.naivePrompt, { _ = naive.logits(behind: prompt) },
            { _ = model.forward([.tokens(prompt)], cache: cache) })
        both("decode", Self.naiveTokens) {
            for count in Self.naivePrompt + 1...ids.count { _ = naive.logits(behind: Array(ids.prefix(count))) }
        } _: {
            for id in ids.dropFirst(Self.naivePrompt) { _ = model.forward([.tokens([id])], cache: cache) }
        }
    }
}
