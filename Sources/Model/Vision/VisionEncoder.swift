// MoonViT and MoonViT-3D: patches of a picture, or of a chunk of up to four frames, to one feature per patch.
// Pre-norm transformer; every patch sees every patch of its item, frames of a chunk see each other.
// Source: Kimi-VL (arXiv 2504.07491), Kimi-K2.5 (arXiv 2602.02276). Proof: VisionParityTests.

import Kernels

/// `(x − mean) / √(variance + ε) · weight + bias`, over the last axis.
struct LayerNorm: Sendable {
    let weight: FloatBuffer  // weight [width]
    let bias: FloatBuffer  // bias [width]
    let epsilon: Float

    init(_ weights: WeightReader, _ width: Int, _ epsilon: Float) throws(CheckpointError) {
        weight = try weights.vector("weight", width)
        bias = try weights.vector("bias", width)
        self.epsilon = epsilon
    }

    /// Norms `[count, width]`; `input` may be `output`.
    func apply(
        _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>, _ compute: Compute
    ) {
        compute.layerNorm(
            input, count: count, width: weight.count, weight: weight.pointer, bias: bias.pointer, epsilon: epsilon,
            into: output)
    }
}

/// `x · weightᵀ + bias`.
struct Linear: Sendable {
    let weight: Matrix  // weight [rows, columns]
    let bias: FloatBuffer  // bias [rows]

    /// - Parameter shape: the shape in the file, where it is not `[rows, columns]`.
    init(_ weights: WeightReader, _ rows: Int, _ columns: Int, shape: [Int]? = nil) throws(CheckpointError) {
        weight = try weights.matrix("weight", rows, columns, shape: shape)
        bias = try weights.vector("bias", rows)
    }

    func apply(
        _ input: UnsafePointer<Float>, count: Int, then: Product.Activation = .none,
        into output: UnsafeMutablePointer<Float>, _ compute: Compute
    ) {
        compute.multiply(input, count: count, by: weight, bias: bias.pointer, then: then, into: output)
    }
}

/// One block of the tower.
struct VisionBlock: Sendable {
    let attentionNorm: LayerNorm  // norm0 [hidden]
    let queryKeyValue: Linear  // wqkv [3 * hidden, hidden]
    let output: Linear  // wo [hidden, hidden]
    let feedForwardNorm: LayerNorm  // norm1 [hidden]
    let rise: Linear  // mlp.fc0 [inner, hidden]
    let fall: Linear  // mlp.fc1 [hidden, inner]

    init(_ weights: WeightReader, _ config: VisionConfig) throws(CheckpointError) {
        attentionNorm = try LayerNorm(weights.scoped("norm0"), config.hidden, config.normEpsilon)
        queryKeyValue = try Linear(weights.scoped("wqkv"), 3 * config.hidden, config.hidden)
        output = try Linear(weights.scoped("wo"), config.hidden, config.hidden)
        feedForwardNorm = try LayerNorm(weights.scoped("norm1"), config.hidden, config.normEpsilon)
        rise = try Linear(weights.scoped("mlp").scoped("fc0"), config.inner, config.hidden)
        fall = try Linear(weights.scoped("mlp").scoped("fc1"), config.hidden, config.inner)
    }

    /// Updates `residual`, `[count, hidden]`, in place.
    ///
    /// - Parameter angles: of one frame, each `[gridCount, headDim / 2]`; frames share them.
    func forward(
        _ residual: UnsafeMutablePointer<Float>, count: Int, gridCount: Int,
        angles: (cosines: [Float], sines: [Float]), _ config: VisionConfig, _ workspace: Workspace, _ compute: Compute
    ) {
        let hidden = config.hidden, width = 3 * hidden, headDim = config.headDim
        let normed = workspace.floats(.normed, count * hidden)
        let sublayer = workspace.floats(.sublayer, count * hidden)
        let stacked = workspace.floats(.query, count * width)
        let context = workspace.floats(.context, count * hidden)

        attentionNorm.apply(residual, count: count, into: normed, compute)
        queryKeyValue.apply(normed, count: count, into: stacked, compute)
        rotate(stacked, count, gridCount, angles, config, compute)
        compute.attention(
            Attention(
                query: stacked, queryStride: width, queryHeadStride: headDim,
                key: .float32(stacked + hidden), keyStride: width, keyHeadStride: headDim,
                value: .float32(stacked + 2 * hidden), valueStride: width, valueHeadStride: headDim,
                output: context, outputStride: hidden, outputHeadStride: headDim,
                heads: config.heads, queryCount: count, keyCount: count, keyDimension: headDim,
                valueDimension: headDim, scale: 1 / Float(headDim).squareRoot(), causalOffset: nil))
        output.apply(context, count: count, into: sublayer, compute)
        compute.add(sublayer, to: residual, count: count * hidden)

        feedForwardNorm.apply(residual, count: count, into: normed, compute)
        let inner = workspace.floats(.inner, count * config.inner)
        rise.apply(normed, count: count, then: .geluTanh, into: inner, compute)
        fall.apply(inner, count: count, into: sublayer, compute)
        compute.add(sublayer, to: residual, count: count * hidden)
    }

    /// Turns queries and keys `[count, 3, heads, headDim]` by their patch's column and row.
    private func rotate(
        _ stacked: UnsafeMutablePointer<Float>, _ count: Int, _ gridCount: Int,
        _ angles: (cosines: [Float], sines: [Float]), _ config: VisionConfig, _ compute: Compute
    ) {
        let pairs = config.headDim / 2
        angles.cosines.withUnsafeBufferPointer { cosines in
            angles.sines.withUnsafeBufferPointer { sines in
                compute.forEachRow(count) { patch in
                    let place = patch % gridCount * pairs
                    for head in 0..<2 * config.heads {
                        compute.rotatePairs(
                            stacked + patch * 3 * config.hidden + head * config.headDim,
                            cosines: cosines.baseAddress! + place, sines: sines.baseAddress! + place, pairs: pairs)
                    }
                }
            }
        }
    }
}

/// The vision tower.
struct VisionEncoder: Sendable {
    let config: VisionConfig
    let patchEmbedding: Linear  // patch_embed.proj [hidden, 3 * patchSize²]
    let positions: PositionTable  // patch_embed.pos_emb [tableHeight, tableWidth, hidden]
    let blocks: [VisionBlock]  // encoder.blocks.B
    let finalNorm: LayerNorm  // encoder.final_layernorm [hidden]

    init(_ weights: WeightReader, _ config: VisionConfig) throws(CheckpointError) {
        self.config = config
        let embed = weights.scoped("patch_embed")
        patchEmbedding = try Linear(
            embed.scoped("proj"), config.hidden, config.patchValues,
            shape: [config.hidden, 3, config.patchSize, config.patchSize])
        positions = try PositionTable(embed.scoped("pos_emb"), config)
        let encoder = weights.scoped("encoder")
        var blocks: [VisionBlock] = []
        for block in 0..<config.layers {
            blocks.append(try VisionBlock(encoder.scoped("blocks").scoped("\(block)"), config))
        }
        self.blocks = blocks
        finalNorm = try LayerNorm(encoder.scoped("final_layernorm"), config.hidden, config.normEpsilon)
    }

    /// Encodes one picture or chunk.
    ///
    /// - Parameters:
    ///   - patches: `[frames · rows · columns, patchValues]`, frame by frame in raster order.
    ///   - frames: 1 for a picture or a chunk with one frame left, which carry no time term.
    /// - Returns: `[frames · rows · columns, hidden]`, after the final norm; valid until the workspace is used again.
    func forward(
        _ patches: UnsafePointer<Float>, frames: Int, rows: Int, columns: Int, _ workspace: Workspace,
        _ compute: Compute
    ) -> UnsafeMutablePointer<Float> {
        let gridCount = rows * columns, count = frames * gridCount, hidden = config.hidden
        let residual = workspace.floats(.residual, count * hidden)
        patchEmbedding.apply(patches, count: count, into: residual, compute)
        for frame in 0..<frames {
            let place = residual + frame * gridCount * hidden
            positions.add(to: place, rows: rows, columns: columns, compute)
            guard frames > 1 else { continue }
            let time = positions.timeTerm(frame: frame)
            for patch in 0..<gridCount { compute.add(time, to: place + patch * hidden, count: hidden) }
        }
        let angles = positions.angles(rows: rows, columns: columns)
        for block in blocks {
            block.forward(residual, count: count, gridCount: gridCount, angles: angles, config, workspace, compute)
        }
        finalNorm.apply(residual, count: count, into: residual, compute)
        return residual
    }
}
