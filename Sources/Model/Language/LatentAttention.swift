// Multi-head latent attention (MLA): keys and values of all heads are read from one small latent per token.
//
// Two forms of the same sum. *Absorbed*: the key's up-projection is applied to the query instead, so that scores and
// sums run on the latents as cached; cheapest for few queries. *Expanded*: keys and values are rebuilt for every head;
// cheapest for many queries. `absorbedLimit` is where their operation counts meet.
// Source: DeepSeek-V2 (arXiv 2405.04434) section 2.1. Proof: LanguageParityTests, `absorbedEqualsExpanded`.

import Kernels

/// One layer's attention.
struct LatentAttention: Sendable {
    let config: LanguageConfig
    let queryDown: Matrix?  // q_a_proj [queryRank, hidden]
    let queryNorm: RMSNorm?  // q_a_layernorm [queryRank]
    let queryUp: Matrix  // q_b_proj or q_proj [heads * queryHeadDim, queryRank or hidden]
    let latentDown: Matrix  // kv_a_proj_with_mqa [latentRank + ropeDim, hidden]
    let latentNorm: RMSNorm  // kv_a_layernorm [latentRank]
    let latentUp: Matrix  // kv_b_proj [heads * (nopeDim + valueDim), latentRank]
    let keyUp: TransposedKeys  // from kv_b_proj [heads * latentRank, nopeDim]
    let output: Matrix  // o_proj [hidden, heads * valueDim]
    let scale: Float

    init(_ weights: WeightReader, _ config: LanguageConfig, _ rotary: RotaryEmbedding) throws(CheckpointError) {
        self.config = config
        func linear(_ name: String, _ rows: Int, _ columns: Int) throws(CheckpointError) -> Matrix {
            try weights.linear(name, rows, columns, expecting: config.unroutedQuantization)
        }
        let queryRows = config.heads * config.queryHeadDim
        if let rank = config.queryRank {
            queryDown = try linear("q_a_proj", rank, config.hidden)
            queryNorm = try RMSNorm(weights.scoped("q_a_layernorm"), rank, LanguageConfig.latentNormEpsilon)
            queryUp = try linear("q_b_proj", queryRows, rank)
        } else {
            queryDown = nil
            queryNorm = nil
            queryUp = try linear("q_proj", queryRows, config.hidden)
        }
        latentDown = try linear("kv_a_proj_with_mqa", config.cacheWidth, config.hidden)
        latentNorm = try RMSNorm(
            weights.scoped("kv_a_layernorm"), config.latentRank, LanguageConfig.latentNormEpsilon)
        // Both forms are rounded from what is stored, neither from the other.
        let stored = try weights.stored(
            "kv_b_proj", config.heads * (config.nopeDim + config.valueDim), config.latentRank,
            expecting: config.unroutedQuantization)
        output = try linear("o_proj", config.hidden, config.heads * config.valueDim)
        let sliceable = weights.ledger.isSurvey ? stored : stored.sliceable()
        latentUp = try weights.dense(sliceable, "kv_b_proj")
        keyUp = TransposedKeys(sliceable, config)
        if let compute = weights.ledger.roundsDense, !weights.ledger.isSurvey {
            keyUp.replace(by: try weights.dense(keyUp.transposed(compute), "kv_b_proj"))
        }
        scale = rotary.scoreFactor / Float(config.queryHeadDim).squareRoot()
    }

    /// From how many new tokens on, with `total` tokens held, the expanded form takes fewer operations.
    ///
    /// Absorbed costs `2 · latent + rope` per query, key and head, plus both up-projections per query; expanded costs
    /// `nope + rope + value`, plus both up-projections per key.
    static func absorbedLimit(_ config: LanguageConfig, total: Int) -> Int {
        let saved = 2 * config.latentRank - config.nopeDim - config.valueDim
        guard saved > 0 else { return .max }
        let upProjection = config.latentRank * (config.nopeDim + config.valueDim)
        return max(1, total * upProjection / (total * saved + upProjection))
    }

    /// Attends from new tokens to everything up to them in their sequences, and remembers them.
    ///
    /// - Parameters:
    ///   - input: `[batch.count, hidden]`, after the layer's first norm.
    ///   - layer: whose cache rows are written.
    ///   - result: `[batch.count, hidden]`.
    ///   - form: absorbed for few tokens, and otherwise the one with fewer operations, when nil.
    func forward(
        _ input: UnsafePointer<Float>, _ batch: TokenBatch, layer: Int, into result: UnsafeMutablePointer<Float>,
        _ workspace: Workspace, _ compute: Compute, form: Form? = nil
    ) {
        let query = project(input, batch, layer, workspace, compute)
        let context = workspace.floats(.context, batch.count * config.heads * config.valueDim)
        var absorbed: [TokenBatch.Stretch] = []
        for stretch in batch.stretches {
            let limit = batch.isFew ? Int.max : Self.absorbedLimit(config, total: stretch.start + stretch.count)
            switch form ?? (stretch.count <= limit ? .absorbed : .expanded) {
            case .absorbed: absorbed.append(stretch)
            case .expanded: attendExpanded(query, stretch, layer, context, workspace, compute)
            }
        }
        if !absorbed.isEmpty { attendAbsorbed(query, absorbed, layer, batch.count, context, workspace, compute) }
        compute.multiply(context, count: batch.count, by: output, into: result)
    }

    /// Which of the two equal forms to take.
    enum Form { case absorbed, expanded }

    /// Queries `[batch.count, heads, queryHeadDim]`, rotated; writes the new tokens' cache rows: normed latent, then
    /// rotated shared key.
    private func project(
        _ input: UnsafePointer<Float>, _ batch: TokenBatch, _ layer: Int, _ workspace: Workspace, _ compute: Compute
    ) -> UnsafeMutablePointer<Float> {
        let width = config.heads * config.queryHeadDim, pairs = config.ropeDim / 2
        let query = workspace.floats(.query, batch.count * width)
        let down = workspace.floats(.queryDown, batch.count * (queryDown?.rows ?? 0))
        let first =
            queryDown.map { Product(input: input, count: batch.count, matrix: $0, output: down) }
            ?? Product(input: input, count: batch.count, matrix: queryUp, output: query)
        let latents = workspace.floats(.latents, batch.count * config.cacheWidth)
        compute.multiply([first, Product(input: input, count: batch.count, matrix: latentDown, output: latents)])
        if let queryNorm {
            queryNorm.apply(down, count: batch.count, into: down, compute)
            compute.multiply(down, count: batch.count, by: queryUp, into: query)
        }
        compute.forEachRow(batch.count) { token in
            let cosines = batch.angles.cosines + token * pairs, sines = batch.angles.sines + token * pairs
            for head in 0..<config.heads {
                compute.rotatePairs(
                    query + token * width + head * config.queryHeadDim + config.nopeDim, cosines: cosines,
                    sines: sines, pairs: pairs)
            }
            let row = latents + token * config.cacheWidth
            latentNorm.apply(row, count: 1, into: row, compute)
            compute.rotatePairs(row + config.latentRank, cosines: cosines, sines: sines, pairs: pairs)
        }
        for stretch in batch.stretches {
            stretch.cache.write(
                latents + stretch.first * config.cacheWidth, count: stretch.count, layer: layer, at: stretch.start)
        }
        return query
    }

    private func attendAbsorbed(
        _ query: UnsafePointer<Float>, _ stretches: [TokenBatch.Stretch], _ layer: Int, _ count: Int,
        _ context: UnsafeMutablePointer<Float>, _ workspace: Workspace, _ compute: Compute
    ) {
        let heads = config.heads, rank = config.latentRank, width = config.cacheWidth
        let keyUpTransposed = keyUp.transposed(compute)
        let latentQuery = workspace.floats(.latentQuery, count * heads * width)
        let latentContext = workspace.floats(.latentContext, count * heads * rank)
        var products: [Product] = []
        products.reserveCapacity(count * heads)
        // Head by head: rows that share weights stand side by side.
        for head in 0..<heads {
            let matrix = keyUpTransposed.rows(head * rank..<(head + 1) * rank)
            for token in stretches.lazy.flatMap({ $0.first..<$0.first + $0.count }) {
                let row = token * heads + head
                products.append(
                    Product(input: query + row * config.queryHeadDim, matrix: matrix, output: latentQuery + row * width)
                )
                (latentQuery + row * width + rank).update(
                    from: query + row * config.queryHeadDim + config.nopeDim, count: config.ropeDim)
            }
        }
        compute.multiply(products)
        compute.attention(
            stretches.map { stretch in
                let rows = stretch.cache.keyValues(layer)
                return Attention(
                    query: latentQuery + stretch.first * heads * width, queryStride: heads * width,
                    queryHeadStride: width, key: rows, keyStride: width, keyHeadStride: 0, value: rows,
                    valueStride: width, valueHeadStride: 0, output: latentContext + stretch.first * heads * rank,
                    outputStride: heads * rank, outputHeadStride: rank, heads: heads, queryCount: stretch.count,
                    keyCount: stretch.start + stretch.count, keyDimension: width, valueDimension: rank, scale: scale,
                    causalOffset: stretch.start)
            })
        products.removeAll(keepingCapacity: true)
        for head in 0..<heads {
            let start = head * (config.nopeDim + config.valueDim) + config.nopeDim
            let matrix = latentUp.rows(start..<start + config.valueDim)
            for token in stretches.lazy.flatMap({ $0.first..<$0.first + $0.count }) {
                let row = token * heads + head
                products.append(
                    Product(
                        input: latentContext + row * rank, matrix: matrix, output: context + row * config.valueDim))
            }
        }
        compute.multiply(products)
    }

    /// Keys that are rebuilt at a time: bounds the memory of a long context.
    private static let expandedKeys = 2048

    private func attendExpanded(
        _ queries: UnsafePointer<Float>, _ stretch: TokenBatch.Stretch, _ layer: Int,
        _ contexts: UnsafeMutablePointer<Float>, _ workspace: Workspace, _ compute: Compute
    ) {
        let heads = config.heads, keyDim = config.queryHeadDim, upWidth = config.nopeDim + config.valueDim
        let total = stretch.start + stretch.count
        let parts = workspace.floats(.parts, stretch.count * heads * (config.valueDim + 2))
        for first in stride(from: 0, to: total, by: Self.expandedKeys) {
            let count = min(Self.expandedKeys, total - first)
            let (keys, expanded) = expand(stretch.cache, first..<first + count, layer, workspace, compute)
            compute.attention(
                Attention(
                    query: queries + stretch.first * heads * keyDim, queryStride: heads * keyDim,
                    queryHeadStride: keyDim, key: .float32(keys), keyStride: heads * keyDim, keyHeadStride: keyDim,
                    value: .float32(expanded + config.nopeDim), valueStride: heads * upWidth, valueHeadStride: upWidth,
                    output: contexts + stretch.first * heads * config.valueDim, outputStride: heads * config.valueDim,
                    outputHeadStride: config.valueDim, heads: heads, queryCount: stretch.count, keyCount: count,
                    keyDimension: keyDim, valueDimension: config.valueDim, scale: scale,
                    causalOffset: stretch.start - first,
                    stretch: KeyStretch(parts: parts, isFirst: first == 0, isLast: first + count == total)))
        }
    }

    /// Rebuilds what every head sees of some tokens.
    ///
    /// - Returns: keys `[token, heads, queryHeadDim]`; the up-projection `[token, heads, nopeDim + valueDim]`, which
    ///   holds the values.
    private func expand(
        _ cache: KVCache, _ tokens: Range<Int>, _ layer: Int, _ workspace: Workspace, _ compute: Compute
    ) -> (keys: UnsafeMutablePointer<Float>, expanded: UnsafeMutablePointer<Float>) {
        let heads = config.heads, rank = config.latentRank, keyDim = config.queryHeadDim
        let upWidth = config.nopeDim + config.valueDim
        let latents = workspace.floats(.values, tokens.count * rank)
        compute.forEachRow(tokens.count) {
            cache.read(0..<rank, of: tokens.lowerBound + $0, layer: layer, into: latents + $0 * rank)
        }
        let expanded = workspace.floats(.expanded, tokens.count * heads * upWidth)
        compute.multiply(latents, count: tokens.count, by: latentUp, into: expanded)
        let keys = workspace.floats(.keys, tokens.count * heads * keyDim)
        compute.forEachRow(tokens.count) { token in
            for row in token * heads..<(token + 1) * heads {
                (keys + row * keyDim).update(from: expanded + row * upWidth, count: config.nopeDim)
                cache.read(
                    rank..<config.cacheWidth, of: tokens.lowerBound + token, layer: layer,
                    into: keys + row * keyDim + config.nopeDim)
            }
        }
        return (keys, expanded)
    }
}

extension Matrix {
    /// The same weights in a form whose rows can be viewed from anywhere: FP8 blocks are expanded to float32.
    fileprivate func sliceable() -> Matrix {
        guard case .float8 = storage else { return self }
        let buffer = FloatBuffer(count: rows * columns)
        for row in 0..<rows { expand(row: row, into: buffer.pointer + row * columns) }
        return Matrix(rows: rows, columns: columns, storage: .float32(buffer.pointer), owner: buffer)
    }
}
