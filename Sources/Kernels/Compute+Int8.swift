// Weights of any storage rounded to int8, in memory of their own: what a model does to weights that are read more often
// than they are precise.

import KernelsPortable
import Synchronization

extension Compute {
    /// A matrix with its weights rounded to int8, half the bytes of bfloat16; nil when a weight is not finite.
    ///
    /// Each group of 32 columns takes the bfloat16 scale nearest to its greatest magnitude over 127; a weight is off by
    /// half a scale at most. `matrix.columns` is a multiple of 32. The result owns its bytes.
    package func roundedToInt8(_ matrix: Matrix) -> Matrix? {
        let (rows, columns) = (matrix.rows, matrix.columns)
        precondition(columns % 32 == 0, "an int8 matrix has whole groups of 32 columns")
        let memory = FloatBuffer(count: (rows * columns + rows * columns / 16 + 3) / 4)
        let bytes = UnsafeMutableRawPointer(memory.pointer)
        let codes = bytes.assumingMemoryBound(to: Int8.self)
        let scales = (bytes + rows * columns).assumingMemoryBound(to: UInt16.self)
        let isFinite = Atomic<Bool>(true)
        let chunkRows = max(1, Self.roundedWeights / columns)
        parallel((rows + chunkRows - 1) / chunkRows) { chunk in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { buffer in
                let row = buffer.baseAddress!
                for index in chunk * chunkRows..<min((chunk + 1) * chunkRows, rows) {
                    matrix.expand(row: index, into: row)
                    let start = index * columns
                    if !roundInt8(row, columns, codes + start, scales + start / 32) {
                        isFinite.store(false, ordering: .relaxed)
                    }
                }
            }
        }
        guard isFinite.load(ordering: .relaxed) else { return nil }
        return Matrix(rows: rows, columns: columns, storage: .int8(codes: codes, scales: scales), owner: memory)
    }

    /// Weights that are rounded before the next chunk is asked for.
    private static let roundedWeights = 1 << 18
}
