// What quantising a checkpoint has cost, tensor by tensor. Written beside the result as `quantization-report.json`.

import Foundation

/// What was made of what, and how near it is.
public struct QuantizationReport: Sendable, Equatable, Codable {
    /// The settings and the source; a run that was interrupted goes on only with the same.
    public let job: QuantizationJob
    /// Bytes of the source's tensors.
    public let sourceBytes: Int
    /// Bytes of the result's tensors.
    public let resultBytes: Int
    /// Shards of the result.
    public let shardCount: Int
    /// Every tensor whose values are not exactly the source's, in the order of the forward pass.
    public let tensors: [TensorError]

    /// A tensor that was rounded.
    public struct TensorError: Sendable, Equatable, Codable {
        /// Its name in the source.
        public let name: String
        /// What it became: `INT4` or `BF16`.
        public let storedAs: String
        /// √(Σ (weight − stored)² / Σ weight²); 0 for a tensor of zeros.
        public let relativeError: Double
        /// Greatest |weight − stored|.
        public let largestError: Double
        /// Σ weight².
        public let weightSquares: Double

        init(name: String, storedAs: String, _ error: RoundingError) {
            self.name = name
            self.storedAs = storedAs
            relativeError = error.weightSquares > 0 ? (error.squares / error.weightSquares).squareRoot() : 0
            largestError = Double(error.largest)
            weightSquares = error.weightSquares
        }
    }

    /// The tensors that became INT4.
    public var quantised: [TensorError] { tensors.filter { $0.storedAs == "INT4" } }

    /// `relativeError` of all INT4 tensors taken as one.
    public var relativeError: Double {
        let squares = quantised.reduce(0) { $0 + $1.relativeError * $1.relativeError * $1.weightSquares }
        let weights = quantised.reduce(0) { $0 + $1.weightSquares }
        return weights > 0 ? (squares / weights).squareRoot() : 0
    }

    /// The tensors with the greatest relative errors, the greatest first.
    public func worst(_ count: Int) -> [TensorError] {
        Array(tensors.sorted { ($0.relativeError, $1.name) > ($1.relativeError, $0.name) }.prefix(count))
    }
}

/// What identifies a run: were any of it another, the bytes would be others.
public struct QuantizationJob: Sendable, Equatable, Codable {
    /// How scales are chosen, an `Int4Scales`.
    public let scales: String
    /// Most bytes of tensors in a shard.
    public let shardBytes: Int
    /// The source's configuration and shards.
    public let source: [SourceFile]

    /// A file as it was found.
    public struct SourceFile: Sendable, Equatable, Codable {
        /// Its name in the source's directory.
        public let name: String
        /// Its bytes.
        public let bytes: Int
        /// When it was last written, in nanoseconds since 1970.
        public let modified: Int
    }
}
