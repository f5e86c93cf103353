// One layer of the language core: attention, then a dense feed-forward or the experts, each around the residual.

import Kernels

/// One decoder layer.
struct DecoderLayer: Sendable {
    let attentionNorm: RMSNorm  // input_layernorm [hidden]
    let attention: LatentAttention  // self_attn
    let mixerNorm: RMSNorm  // post_attention_layernorm [hidden]
    let mixer: Mixer  // mlp

    /// What follows attention.
    enum Mixer: Sendable {
        case dense(FeedForward)
        case experts(Experts)
    }

    /// The layer's experts; nil for a dense one.
    var experts: Experts? { if case .experts(let experts) = mixer { experts } else { nil } }

    init(
        _ weights: WeightReader, _ config: LanguageConfig, _ rotary: RotaryEmbedding, isDense: Bool
    ) throws(CheckpointError) {
        attentionNorm = try RMSNorm(weights.scoped("input_layernorm"), config.hidden, config.normEpsilon)
        attention = try LatentAttention(weights.scoped("self_attn"), config, rotary)
        mixerNorm = try RMSNorm(weights.scoped("post_attention_layernorm"), config.hidden, config.normEpsilon)
        if isDense {
            mixer = .dense(
                try FeedForward(
                    weights.scoped("mlp"), hidden: config.hidden, inner: config.denseInner,
                    expecting: config.unroutedQuantization))
        } else {
            mixer = .experts(try Experts(weights.scoped("mlp"), config))
        }
    }

    /// Updates `residual`, `[batch.count, hidden]`, in place.
    ///
    /// - Parameter layer: its number, for the caches.
    func forward(
        _ residual: UnsafeMutablePointer<Float>, _ batch: TokenBatch, layer: Int, _ workspace: Workspace,
        _ compute: Compute
    ) {
        let count = batch.count
        let values = count * attentionNorm.weight.count
        let normed = workspace.floats(.normed, values)
        let sublayer = workspace.floats(.sublayer, values)
        attentionNorm.apply(residual, count: count, into: normed, compute)
        attention.forward(normed, batch, layer: layer, into: sublayer, workspace, compute)
        compute.add(sublayer, to: residual, count: values)
        mixerNorm.apply(residual, count: count, into: normed, compute)
        switch mixer {
        case .dense(let feedForward): feedForward.forward(normed, count: count, into: sublayer, workspace, compute)
        case .experts(let experts): experts.forward(normed, count: count, into: sublayer, workspace, compute)
        }
        compute.add(sublayer, to: residual, count: values)
    }
}
