// The projector: frames of a chunk are averaged, each 2×2 cell of patches becomes one token of the language core.
// Source: `sd2_tpool` merge and PatchMerger of Kimi-K2.5; Kimi-VL's projector is the same with one frame.
// Proof: VisionParityTests.

import Kernels

/// Patch features to token embeddings.
struct PatchMerger: Sendable {
    let config: VisionConfig
    let norm: LayerNorm  // pre_norm [hidden]
    let rise: Linear  // proj.0 or linear_1 [mergedWidth, mergedWidth]
    let fall: Linear  // proj.2 or linear_2 [language hidden, mergedWidth]

    init(_ weights: WeightReader, _ config: VisionConfig, languageHidden: Int) throws(CheckpointError) {
        self.config = config
        let isStacked = config.layout == .moonViT3D
        let projector = weights.scoped(isStacked ? "mm_projector" : "multi_modal_projector")
        norm = try LayerNorm(projector.scoped("pre_norm"), config.hidden, config.projectorNormEpsilon)
        let (first, second) =
            isStacked
            ? (projector.scoped("proj").scoped("0"), projector.scoped("proj").scoped("2"))
            : (projector.scoped("linear_1"), projector.scoped("linear_2"))
        rise = try Linear(first, config.mergedWidth, config.mergedWidth)
        fall = try Linear(second, languageHidden, config.mergedWidth)
    }

    /// - Parameter features: `[frames · rows · columns, hidden]`, as the tower leaves them.
    /// - Returns: `[rows/2 · columns/2, language hidden]`, cells in raster order; within a cell top-left, top-right,
    ///   bottom-left, bottom-right.
    func forward(
        _ features: UnsafePointer<Float>, frames: Int, rows: Int, columns: Int, _ workspace: Workspace,
        _ compute: Compute
    ) -> [Float] {
        let hidden = config.hidden, side = config.mergeSide, width = config.mergedWidth
        let cells = rows / side * (columns / side)
        let merged = workspace.floats(.patches, cells * width)
        merged.update(repeating: 0, count: cells * width)
        for frame in 0..<frames {
            for row in 0..<rows {
                for column in 0..<columns {
                    let cell = row / side * (columns / side) + column / side
                    let corner = row % side * side + column % side
                    compute.addScaled(
                        features + ((frame * rows + row) * columns + column) * hidden, scale: 1 / Float(frames),
                        to: merged + cell * width + corner * hidden, count: hidden)
                }
            }
        }
        norm.apply(merged, count: cells * side * side, into: merged, compute)
        let inner = workspace.floats(.patchHidden, cells * width)
        rise.apply(merged, count: cells, then: .gelu, into: inner, compute)
        let languageHidden = fall.weight.rows
        let projected = workspace.floats(.patchProjected, cells * languageHidden)
        fall.apply(inner, count: cells, into: projected, compute)
        return Array(UnsafeBufferPointer(start: projected, count: cells * languageHidden))
    }
}
