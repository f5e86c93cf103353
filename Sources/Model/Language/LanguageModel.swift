// The language core: embedding table, decoder layers, final norm, output head.

import Kernels

/// Embeddings to logits.
struct LanguageModel: Sendable {
    let config: LanguageConfig
    let rotary: RotaryEmbedding
    let embedding: Matrix  // model.embed_tokens [vocabularySize, hidden]
    let layers: [DecoderLayer]  // model.layers.L
    let norm: RMSNorm  // model.norm [hidden]
    let head: Matrix  // lm_head [vocabularySize, hidden]

    /// Tokens run through the layers at once; bounds the memory of a long prompt.
    static let chunkTokens = 512

    init(_ weights: WeightReader, head headWeights: WeightReader, _ config: LanguageConfig) throws(CheckpointError) {
        self.config = config
        rotary = RotaryEmbedding(config.rope, dim: config.ropeDim)
        embedding = try weights.matrix("embed_tokens.weight", config.vocabularySize, config.hidden)
        var layers: [DecoderLayer] = []
        layers.reserveCapacity(config.layers)
        for layer in 0..<config.layers {
            layers.append(
                try DecoderLayer(
                    weights.scoped("layers").scoped("\(layer)"), config, rotary, isDense: layer < config.denseLayers))
        }
        self.layers = layers
        norm = try RMSNorm(weights.scoped("norm"), config.hidden, config.normEpsilon)
        head =
            config.tiesHead
            ? try weights.dense(embedding, "embed_tokens")
            : try headWeights.linear("lm_head", config.vocabularySize, config.hidden)
    }

    /// Runs embedded tokens through the layers and remembers them.
    ///
    /// - Parameters:
    ///   - residual: `[batch.count, hidden]`, embeddings; holds the last layer's output afterwards, before the final
    ///     norm.
    ///   - observe: sees `[batch.count, hidden]` after the embedding (layer 0) and after each layer (1…).
    func forward(
        _ residual: UnsafeMutablePointer<Float>, _ batch: TokenBatch, _ workspace: Workspace, _ compute: Compute,
        observe: ((_ layer: Int, _ hidden: UnsafeBufferPointer<Float>) -> Void)? = nil
    ) {
        let values = batch.count * config.hidden
        observe?(0, UnsafeBufferPointer(start: residual, count: values))
        for (index, layer) in layers.enumerated() {
            layer.forward(residual, batch, layer: index, workspace, compute)
            observe?(index + 1, UnsafeBufferPointer(start: residual, count: values))
        }
        batch.commit()
    }

    /// Logits `[count, vocabularySize]` of rows that left the last layer.
    func logits(
        _ residual: UnsafePointer<Float>, count: Int, into logits: UnsafeMutablePointer<Float>, _ workspace: Workspace,
        _ compute: Compute
    ) {
        let normed = workspace.floats(.normed, count * config.hidden)
        norm.apply(residual, count: count, into: normed, compute)
        compute.multiply(normed, count: count, by: head, into: logits)
    }
}
