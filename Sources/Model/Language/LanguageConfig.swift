// The language core's shapes, as config.json publishes them (K2.5, K2, K2-Thinking, Moonlight, Kimi-VL).
// What this engine cannot run is refused here, before a weight is touched.

/// Shapes and constants of the language core.
public struct LanguageConfig: Sendable, Equatable {
    /// Entries of the embedding table, control tokens included.
    public let vocabularySize: Int
    /// Width of the residual stream.
    public let hidden: Int
    /// Decoder layers.
    public let layers: Int
    /// Attention heads.
    public let heads: Int
    /// Inner width of a dense layer's feed-forward.
    public let denseInner: Int
    /// Inner width of one expert.
    public let expertInner: Int
    /// Routed experts in a layer.
    public let experts: Int
    /// Routed experts that a token visits.
    public let chosenExperts: Int
    /// Shared experts, as multiples of `expertInner`; 0 for none.
    public let sharedExperts: Int
    /// Groups the experts are divided into.
    public let expertGroups: Int
    /// Groups whose experts a token may visit.
    public let chosenGroups: Int
    /// The first layers have one dense feed-forward in place of experts.
    public let denseLayers: Int
    /// Whether the chosen experts' weights are divided by their sum.
    public let normalisesWeights: Bool
    /// Factor on the routed experts' weights.
    public let routedScale: Float
    /// Rank of the query's down-projection; nil when queries are projected in one step.
    public let queryRank: Int?
    /// Rank of the compressed keys and values.
    public let latentRank: Int
    /// Dimensions of a head's key that carry no position.
    public let nopeDim: Int
    /// Dimensions of a key that carry the position, shared by all heads; even.
    public let ropeDim: Int
    /// Dimensions of a head's value.
    public let valueDim: Int
    /// Epsilon of the layer and final norms.
    public let normEpsilon: Float
    /// Rotary embedding.
    public let rope: RotaryConfig
    /// Tokens that positions were trained for.
    public let contextTokens: Int
    /// Whether the output head is the embedding table.
    public let tiesHead: Bool
    /// How linear weights may be stored, beyond plain ones.
    public let quantization: Quantization

    /// Storage of quantised weights. What a tensor really is, its presence in the files decides.
    public enum Quantization: String, Sendable, Equatable {
        case none
        /// compressed-tensors `pack-quantized`: INT4, symmetric, group 32 (routed experts).
        case int4Group32
        /// FP8 e4m3 in 128×128 blocks (all linear weights of a layer but the router).
        case float8Block128
    }

    /// Epsilon of the norms inside latent attention. transformers builds them with its default, whatever the config
    /// says; with weights as published the difference from `normEpsilon` is below 1e-4 of a logit.
    public static let latentNormEpsilon: Float = 1e-6

    /// How linear weights outside the routed experts may be stored: INT4 is for routed experts alone, FP8 for all.
    var unroutedQuantization: Quantization { quantization == .float8Block128 ? .float8Block128 : .none }

    /// Dimensions of one head's query and key.
    public var queryHeadDim: Int { nopeDim + ropeDim }

    /// Values kept per token and layer: the compressed latent and the shared rotated key.
    public var cacheWidth: Int { latentRank + ropeDim }

    /// Reads the text part of a config.
    ///
    /// - Parameters:
    ///   - text: `text_config`, or the root of a text-only model.
    ///   - root: the file's root, where some checkpoints keep `quantization_config` and `tie_word_embeddings`.
    init(_ text: JSONFields, root: JSONFields) throws(CheckpointError) {
        vocabularySize = try text.int("vocab_size")
        hidden = try text.int("hidden_size")
        layers = try text.int("num_hidden_layers")
        heads = try text.int("num_attention_heads")
        denseInner = try text.int("intermediate_size")
        expertInner = try text.int("moe_intermediate_size")
        experts = try text.int("n_routed_experts")
        chosenExperts = try text.int("num_experts_per_tok")
        sharedExperts = try text.int("n_shared_experts", in: 0...1024, or: 0)
        expertGroups = try text.int("n_group", or: 1)
        chosenGroups = try text.int("topk_group", or: 1)
        denseLayers = try text.int("first_k_dense_replace", in: 0...4096, or: 0)
        normalisesWeights = try text.bool("norm_topk_prob", or: true)
        routedScale = Float(try text.float("routed_scaling_factor", or: 1))
        queryRank = text.has("q_lora_rank") ? try text.int("q_lora_rank") : nil
        latentRank = try text.int("kv_lora_rank")
        nopeDim = try text.int("qk_nope_head_dim")
        ropeDim = try text.int("qk_rope_head_dim")
        valueDim = try text.int("v_head_dim")
        normEpsilon = Float(try text.float("rms_norm_eps", or: 1e-5))
        rope = try RotaryConfig(text)
        contextTokens = try text.int("max_position_embeddings")
        // A text-only file says it at its root, which `text` then is; the default of the published code is untied.
        tiesHead = try text.bool("tie_word_embeddings", or: try root.bool("tie_word_embeddings", or: false))
        let inText = try text.objectIfPresent("quantization_config")
        let inRoot = try root.objectIfPresent("quantization_config")
        quantization = try Self.quantization(inText ?? inRoot)

        try require(text, "scoring_func", is: "sigmoid")
        try require(text, "topk_method", is: "noaux_tc")
        try require(text, "hidden_act", is: "silu")
        guard try text.int("moe_layer_freq", or: 1) == 1 else { throw text.mismatch("moe_layer_freq", "1") }
        guard try text.bool("attention_bias", or: false) == false else {
            throw text.mismatch("attention_bias", "false")
        }
        guard ropeDim % 2 == 0 else { throw text.mismatch("qk_rope_head_dim", "an even number") }
        guard chosenExperts <= experts else { throw text.mismatch("num_experts_per_tok", "at most \(experts)") }
        guard experts % expertGroups == 0 else { throw text.mismatch("n_group", "a divisor of \(experts)") }
        guard chosenGroups <= expertGroups, chosenExperts <= chosenGroups * (experts / expertGroups) else {
            throw text.mismatch("topk_group", "enough groups for \(chosenExperts) experts, at most \(expertGroups)")
        }
    }

    private func require(_ fields: JSONFields, _ name: String, is only: String) throws(CheckpointError) {
        guard try fields.string(name, or: only) == only else { throw fields.mismatch(name, only) }
    }

    private static func quantization(_ fields: JSONFields?) throws(CheckpointError) -> Quantization {
        guard let fields else { return .none }
        switch try fields.string("quant_method") {
        case "fp8":
            guard try fields.floats("weight_block_size", count: 2) == [128, 128] else {
                throw fields.mismatch("weight_block_size", "[128, 128]")
            }
            return .float8Block128
        case "compressed-tensors":
            guard try fields.string("format") == "pack-quantized" else {
                throw fields.mismatch("format", "pack-quantized")
            }
            let groups = try fields.object("config_groups")
            for name in groups.names {
                let weights = try groups.object(name).object("weights")
                guard try weights.int("num_bits") == 4 else { throw weights.mismatch("num_bits", "4") }
                guard try weights.int("group_size") == 32 else { throw weights.mismatch("group_size", "32") }
                guard try weights.bool("symmetric", or: true) else { throw weights.mismatch("symmetric", "true") }
            }
            return .int4Group32
        default: throw fields.mismatch("quant_method", "compressed-tensors or fp8")
        }
    }
}
