// The key half of latent attention's up-projection, turned so that a query can be multiplied with it. It is made when it
// is first asked for: a model opens without reading weights, and one that only reads long prompts never needs it.

import Kernels
import Synchronization

/// Each head's key rows of `kv_b_proj`, transposed: `[heads * latentRank, nopeDim]`.
final class TransposedKeys: Sendable {
    private let up: Matrix
    private let config: LanguageConfig
    private let made = Mutex<Matrix?>(nil)

    /// - Parameter up: `[heads * (nopeDim + valueDim), latentRank]`; any rows of it can be viewed.
    init(_ up: Matrix, _ config: LanguageConfig) {
        self.up = up
        self.config = config
    }

    /// The matrix, in bfloat16 when the up-projection is, so that nothing is lost or gained, else in float32.
    func transposed(_ compute: Compute) -> Matrix {
        made.withLock { made in
            if let made { return made }
            let matrix = transpose(compute)
            made = matrix
            return matrix
        }
    }

    /// Takes another form of the same weights.
    func replace(by matrix: Matrix) { made.withLock { $0 = matrix } }

    private func transpose(_ compute: Compute) -> Matrix {
        let rows = config.heads * config.latentRank, columns = config.nopeDim
        if case .bfloat16(let source) = up.storage {
            let buffer = FloatBuffer(count: (rows * columns + 1) / 2)
            let target = UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: UInt16.self)
            transpose(source, into: target, compute)
            return Matrix(rows: rows, columns: columns, storage: .bfloat16(target), owner: buffer)
        }
        let expanded = FloatBuffer(count: up.rows * up.columns), buffer = FloatBuffer(count: rows * columns)
        for row in 0..<up.rows { up.expand(row: row, into: expanded.pointer + row * up.columns) }
        transpose(expanded.pointer, into: buffer.pointer, compute)
        return Matrix(rows: rows, columns: columns, storage: .float32(buffer.pointer), owner: buffer)
    }

    /// Head by head, and within it in squares that stay in the first-level cache.
    private func transpose<Element: BitwiseCopyable>(
        _ source: UnsafePointer<Element>, into target: UnsafeMutablePointer<Element>, _ compute: Compute
    ) {
        let rank = config.latentRank, nope = config.nopeDim, side = 32
        compute.parallel(config.heads) { head in
            let source = source + head * (nope + config.valueDim) * rank, target = target + head * rank * nope
            for firstLatent in stride(from: 0, to: rank, by: side) {
                for firstDim in stride(from: 0, to: nope, by: side) {
                    for latent in firstLatent..<min(firstLatent + side, rank) {
                        for dim in firstDim..<min(firstDim + side, nope) {
                            target[latent * nope + dim] = source[dim * rank + latent]
                        }
                    }
                }
            }
        }
    }
}
