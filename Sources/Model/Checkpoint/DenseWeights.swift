// How the weights that every token is multiplied with are held: where they lie, or rounded to int8 when a model is
// opened, so that a decoded token reads half the bytes. Routed experts, the router, norms, the embedding table and the
// vision tower are always used as they are.

import Kernels

/// How attention, dense feed-forwards, shared experts and the output head are held in memory.
public enum DenseWeights: String, Sendable, Equatable, CaseIterable {
    /// As published, where they lie in the mapped files.
    case bfloat16 = "bf16"
    /// Eight bits and one bfloat16 scale per 32 columns, in memory of their own: 1.0625 bytes a weight. A matrix whose
    /// columns are no whole groups of 32 stays as published; no published checkpoint has one.
    case int8
}

extension WeightReader {
    /// A matrix that every token is multiplied with, in the form that the model is opened with.
    ///
    /// - Parameter name: where it comes from, for errors.
    /// - Throws: `malformed` when a weight that should be rounded is not finite.
    func dense(_ matrix: Matrix, _ name: String) throws(CheckpointError) -> Matrix {
        guard let compute = ledger.roundsDense, !ledger.isSurvey, matrix.columns % 32 == 0 else { return matrix }
        guard let rounded = compute.roundedToInt8(matrix) else {
            throw .malformed(
                file: ledger.checkpoint.directory, reason: "\(path + name) holds a weight that is not finite")
        }
        return rounded
    }
}
