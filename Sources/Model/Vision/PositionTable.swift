// Where a patch stands: the learned table stretched to the picture's grid, the fixed time term of a chunk's frames,
// and the two-dimensional rotary angles.
// Source: MoonViT (Kimi-VL, arXiv 2504.07491) and MoonViT-3D (Kimi-K2.5). Proof: PositionTableTests.

import Foundation
import Kernels

/// The learned position table, `[tableHeight, tableWidth, hidden]` float32.
struct PositionTable: Sendable {
    let config: VisionConfig
    let values: FloatBuffer  // patch_embed.pos_emb.weight [tableHeight, tableWidth, hidden]

    init(_ weights: WeightReader, _ config: VisionConfig) throws(CheckpointError) {
        self.config = config
        values = try weights.vector(
            "weight", config.tableHeight * config.tableWidth * config.hidden,
            shape: [config.tableHeight, config.tableWidth, config.hidden])
    }

    /// Four table positions and their weights for one output position.
    struct Taps: Equatable {
        var positions: [Int]
        var weights: [Float]
    }

    /// Bicubic taps along one axis (Keys kernel, a = −0.75, borders repeated, corners not aligned): what
    /// `torch.nn.functional.interpolate(mode: "bicubic")` does. The own size gives the identity.
    static func taps(_ index: Int, size: Int, tableSize: Int) -> Taps {
        let source = (Float(index) + 0.5) * (Float(tableSize) / Float(size)) - 0.5
        let first = source.rounded(.down)
        let a: Float = -0.75
        var taps = Taps(positions: [], weights: [])
        for offset in -1...2 {
            let distance = abs(source - (first + Float(offset)))
            let weight =
                distance <= 1
                ? ((a + 2) * distance - (a + 3)) * distance * distance + 1
                : ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
            taps.positions.append(min(max(Int(first) + offset, 0), tableSize - 1))
            taps.weights.append(weight)
        }
        return taps
    }

    /// Adds the table at a grid's size to patches `[rows · columns, hidden]`.
    func add(to patches: UnsafeMutablePointer<Float>, rows: Int, columns: Int, _ compute: Compute) {
        let hidden = config.hidden
        let across = (0..<columns).map { Self.taps($0, size: columns, tableSize: config.tableWidth) }
        nonisolated(unsafe) let patches = patches
        compute.parallel(rows) { row in
            let down = Self.taps(row, size: rows, tableSize: config.tableHeight)
            for column in 0..<columns {
                let target = patches + (row * columns + column) * hidden
                for (tableRow, rowWeight) in zip(down.positions, down.weights) where rowWeight != 0 {
                    for (tableColumn, columnWeight) in zip(across[column].positions, across[column].weights)
                    where columnWeight != 0 {
                        let source = values.pointer + (tableRow * config.tableWidth + tableColumn) * hidden
                        compute.addScaled(source, scale: rowWeight * columnWeight, to: target, count: hidden)
                    }
                }
            }
        }
    }

    /// The time term of one frame of a chunk of several: `[sin(frame · ω) ‖ cos(frame · ω)]`, `[hidden]`.
    func timeTerm(frame: Int) -> [Float] {
        let half = config.hidden / 2
        let angles = (0..<half).map { Float(frame) * Float(pow(10_000, -Double($0) / Double(half))) }
        return angles.map { sin($0) } + angles.map { cos($0) }
    }

    /// Cosines and sines, each `[rows · columns, headDim / 2]`: pair 2i turns with the column, pair 2i + 1 with the row.
    func angles(rows: Int, columns: Int) -> (cosines: [Float], sines: [Float]) {
        let frequencies = (0..<config.headDim / 4).map {
            Float(pow(Double(config.ropeTheta), -4 * Double($0) / Double(config.headDim)))
        }
        var cosines: [Float] = []
        var sines: [Float] = []
        cosines.reserveCapacity(rows * columns * config.headDim / 2)
        sines.reserveCapacity(rows * columns * config.headDim / 2)
        for row in 0..<rows {
            for column in 0..<columns {
                for frequency in frequencies {
                    for angle in [Float(column) * frequency, Float(row) * frequency] {
                        cosines.append(cos(angle))
                        sines.append(sin(angle))
                    }
                }
            }
        }
        return (cosines, sines)
    }
}
