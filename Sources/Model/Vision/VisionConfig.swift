// The vision tower's shapes, as config.json publishes them: K2.5's MoonViT-3D (`vt_…` names) and Kimi-VL's MoonViT.

/// Shapes of the vision tower and its projector.
public struct VisionConfig: Sendable, Equatable {
    /// Which published layout the tower and projector are stored in.
    public enum Layout: String, Sendable, Equatable {
        /// Images and video chunks of up to four frames; `mm_projector.proj.0/2`.
        case moonViT3D
        /// Images only; `multi_modal_projector.linear_1/2`.
        case moonViT
    }

    /// Which layout.
    public let layout: Layout
    /// Width of the tower.
    public let hidden: Int
    /// Blocks.
    public let layers: Int
    /// Attention heads; `hidden / heads` is a multiple of 4.
    public let heads: Int
    /// Inner width of a block's feed-forward.
    public let inner: Int
    /// Side of a patch in pixels.
    public let patchSize: Int
    /// Side of the square of patches merged into one token.
    public let mergeSide: Int
    /// Rows of the learned position table.
    public let tableHeight: Int
    /// Columns of the learned position table.
    public let tableWidth: Int
    /// Frames a chunk may hold; 1 for images only.
    public let maxFrames: Int
    /// Epsilon of every layer norm in the tower. Not in any config: the published code hard-codes it.
    public let normEpsilon: Float = 1e-5
    /// Epsilon of the projector's norm.
    public let projectorNormEpsilon: Float
    /// Base of the two-dimensional rotary embedding.
    public let ropeTheta: Float = 10_000

    /// Dimensions of one head.
    public var headDim: Int { hidden / heads }
    /// Values of one patch: channels × rows × columns.
    public var patchValues: Int { 3 * patchSize * patchSize }
    /// Width of a merged cell before projection.
    public var mergedWidth: Int { hidden * mergeSide * mergeSide }

    /// Reads `vision_config`. The published `vt_…` and `init_pos_emb_…` names win over transformers' aliases.
    init(_ vision: JSONFields) throws(CheckpointError) {
        layout = try vision.string("model_type", or: "kimi_k25_vision") == "moonvit" ? .moonViT : .moonViT3D
        hidden = try vision.int("vt_hidden_size", "hidden_size")
        layers = try vision.int("vt_num_hidden_layers", "num_hidden_layers")
        heads = try vision.int("vt_num_attention_heads", "num_attention_heads")
        inner = try vision.int("vt_intermediate_size", "intermediate_size")
        patchSize = try vision.int("patch_size", or: 14)
        tableHeight = try vision.int("init_pos_emb_height", "pos_emb_height")
        tableWidth = try vision.int("init_pos_emb_width", "pos_emb_width")
        maxFrames = layout == .moonViT ? 1 : try vision.int("init_pos_emb_time", "pos_emb_time", or: 4)
        projectorNormEpsilon = Float(try vision.float("projector_ln_eps", or: 1e-5))
        let merge = try vision.floats("merge_kernel_size", count: 2, or: [2, 2])
        guard merge == [2, 2] else { throw vision.mismatch("merge_kernel_size", "[2, 2]") }
        mergeSide = 2
        guard hidden % heads == 0, (hidden / heads) % 4 == 0 else {
            throw vision.mismatch("vt_num_attention_heads", "a divisor of \(hidden) that leaves a multiple of 4")
        }
        guard try vision.string("merge_type", or: "sd2_tpool") == "sd2_tpool" else {
            throw vision.mismatch("merge_type", "sd2_tpool")
        }
    }
}
