// Rotary positions of the language core: plain, or stretched by YaRN.
// A pair (2i, 2i+1) of the rotary dimensions turns by position · inverseFrequency[i].
// Source: YaRN (arXiv 2309.00071) as DeepSeek-V3 applies it; numbers in float32 as transformers forms them.
// Proof: RotaryEmbeddingTests.

import Foundation

/// How positions become angles.
public struct RotaryConfig: Sendable, Equatable {
    /// Base of the frequencies.
    public let theta: Double
    /// Stretching, or nil for plain positions.
    public let yarn: YaRN?

    /// Constants of YaRN's frequency interpolation.
    public struct YaRN: Sendable, Equatable {
        /// How many times longer the context became.
        public let factor: Double
        /// Context length before stretching.
        public let originalTokens: Int
        /// Turns over the original context above which a frequency stays as it was.
        public let betaFast: Double
        /// Turns below which a frequency is divided by `factor`.
        public let betaSlow: Double
        /// Scale of the magnitude of cosines and sines; 0 when the file gives none.
        public let mscale: Double
        /// Scale of the attention scores; 0 when the file gives none.
        public let mscaleAllDim: Double
    }

    /// Reads `rope_parameters`, or `rope_theta` with `rope_scaling`; `type` and `rope_type` mean the same.
    init(_ text: JSONFields) throws(CheckpointError) {
        let newer = try text.objectIfPresent("rope_parameters")
        theta = try (newer ?? text).float("rope_theta", or: try text.float("rope_theta", or: 10_000))
        let older = try text.objectIfPresent("rope_scaling")
        guard let scaling = newer ?? older else {
            yarn = nil
            return
        }
        let kind = scaling.has("rope_type") ? "rope_type" : "type"
        switch try scaling.string(kind, or: "default") {
        case "default": yarn = nil
        case "yarn":
            yarn = YaRN(
                factor: try scaling.float("factor"),
                originalTokens: try scaling.int("original_max_position_embeddings"),
                betaFast: try scaling.float("beta_fast", or: 32), betaSlow: try scaling.float("beta_slow", or: 1),
                mscale: try scaling.float("mscale", or: 0), mscaleAllDim: try scaling.float("mscale_all_dim", or: 0))
        default: throw scaling.mismatch(kind, "default or yarn")
        }
    }
}

/// Positions to angles.
struct RotaryEmbedding: Sendable {
    /// Radians per position of each pair, `[ropeDim / 2]`.
    let inverseFrequencies: [Float]
    /// Factor on every cosine and sine.
    let magnitude: Float
    /// Factor on attention scores, beside `queryHeadDim^-0.5`.
    let scoreFactor: Float

    /// - Parameter dim: rotary dimensions of a head; even.
    init(_ config: RotaryConfig, dim: Int) {
        // In the float32 steps of the reference: at position 20,000 one rounding more moves a logit by 1e-4.
        let periods = (0..<dim / 2).map { pow(Float(config.theta), Float(2 * $0) / Float(dim)) }
        guard let yarn = config.yarn else {
            inverseFrequencies = periods.map { 1 / $0 }
            magnitude = 1
            scoreFactor = 1
            return
        }
        func correction(_ beta: Double) -> Double {
            Double(dim) * log(Double(yarn.originalTokens) / (2 * .pi * beta)) / (2 * log(config.theta))
        }
        func stretch(_ scale: Double) -> Double { yarn.factor > 1 ? 0.1 * scale * log(yarn.factor) + 1 : 1 }
        let low = max(correction(yarn.betaFast).rounded(.down), 0)
        var high = min(correction(yarn.betaSlow).rounded(.up), Double(dim - 1))
        if low == high { high += 0.001 }
        inverseFrequencies = periods.enumerated().map { pair, period in
            let kept = 1 - Float(min(max((Double(pair) - low) / (high - low), 0), 1))
            return 1 / (Float(yarn.factor) * period) * (1 - kept) + 1 / period * kept
        }
        // Without both scales the reference takes the magnitude from the factor alone.
        let hasBoth = yarn.mscale != 0 && yarn.mscaleAllDim != 0
        magnitude = Float(hasBoth ? stretch(yarn.mscale) / stretch(yarn.mscaleAllDim) : stretch(1))
        scoreFactor = Float(stretch(yarn.mscaleAllDim) * stretch(yarn.mscaleAllDim))
    }

    /// The angles of consecutive positions, kept in the workspace.
    func angles(from position: Int, count: Int, _ workspace: Workspace) -> RotaryAngles {
        angles(workspace, count: count) { write in for token in 0..<count { write(token, position + token) } }
    }

    /// The angles of some tokens, kept in the workspace.
    ///
    /// - Parameter positions: calls `write` with each token and its position.
    func angles(
        _ workspace: Workspace, count: Int, positions: (_ write: (_ token: Int, _ position: Int) -> Void) -> Void
    ) -> RotaryAngles {
        let pairs = inverseFrequencies.count
        let cosines = workspace.floats(.cosines, count * pairs)
        let sines = workspace.floats(.sines, count * pairs)
        positions { token, position in
            for pair in 0..<pairs {
                let angle = Float(position) * inverseFrequencies[pair]
                cosines[token * pairs + pair] = cos(angle) * magnitude
                sines[token * pairs + pair] = sin(angle) * magnitude
            }
        }
        return RotaryAngles(cosines: cosines, sines: sines)
    }
}

/// Cosines and sines of some tokens, each `[token, ropeDim / 2]` float32.
struct RotaryAngles {
    let cosines: UnsafePointer<Float>
    let sines: UnsafePointer<Float>
}
