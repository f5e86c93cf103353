// The two small pieces every layer is made of: the RMS norm and the gated feed-forward.

import Kernels

/// `x · rsqrt(mean(x²) + ε) · weight`, over the last axis.
struct RMSNorm: Sendable {
    let weight: FloatBuffer  // weight [width]
    let epsilon: Float

    init(_ weights: WeightReader, _ width: Int, _ epsilon: Float) throws(CheckpointError) {
        weight = try weights.vector("weight", width)
        self.epsilon = epsilon
    }

    /// Norms `[count, width]`; `input` may be `output`.
    func apply(
        _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>, _ compute: Compute
    ) {
        compute.rmsNorm(
            input, count: count, width: weight.count, weight: weight.pointer, epsilon: epsilon, into: output)
    }
}

/// `down(silu(gate · x) ⊙ (up · x))`: a dense layer, a shared expert, or one routed expert.
struct FeedForward: Sendable {
    let gate: Matrix  // gate_proj [inner, hidden]
    let up: Matrix  // up_proj [inner, hidden]
    let down: Matrix  // down_proj [hidden, inner]

    init(
        _ weights: WeightReader, hidden: Int, inner: Int, expecting quantization: LanguageConfig.Quantization
    ) throws(CheckpointError) {
        gate = try weights.linear("gate_proj", inner, hidden, expecting: quantization)
        up = try weights.linear("up_proj", inner, hidden, expecting: quantization)
        down = try weights.linear("down_proj", hidden, inner, expecting: quantization)
    }

    /// `[count, hidden]` to `[count, hidden]`.
    func forward(
        _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>, _ workspace: Workspace,
        _ compute: Compute
    ) {
        let gated = workspace.floats(.gate, count * gate.rows)
        let raised = workspace.floats(.up, count * up.rows)
        compute.multiply([
            Product(input: input, count: count, matrix: gate, output: gated),
            Product(input: input, count: count, matrix: up, output: raised),
        ])
        compute.siluMultiply(gate: gated, up: raised, count: count * gate.rows, into: gated)
        compute.multiply(gated, count: count, by: down, into: output)
    }
}
