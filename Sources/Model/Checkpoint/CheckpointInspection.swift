// What a checkpoint holds and what it would take to run it, without running it.
// The expected tensors are those that the model's own code asks for: nothing is listed twice.

import Kernels

/// The account of a checkpoint directory.
public struct CheckpointInspection: Sendable, Equatable {
    /// What the checkpoint says of itself.
    public let config: ModelConfig
    /// Weights the configuration asks for; INT4 packs count their logical elements.
    public let totalParameters: Int
    /// Of those, the weights that one token visits.
    public let activeParameters: Int
    /// Of the total, the weights of the vision tower and projector.
    public let visionParameters: Int
    /// Tensors and bytes in the files, by element type as published (`BF16`, `I32`…).
    public let storage: [Storage]
    /// Bytes of every tensor in the files: what is mapped.
    public let weightBytes: Int
    /// Bytes that one token of a sequence needs in the cache, in fast precision.
    public let cacheBytesPerToken: Int
    /// Tensors asked for and not there, sorted.
    public let missing: [String]
    /// Tensors there and not asked for, sorted.
    public let leftover: [String]

    /// Share of one element type.
    public struct Storage: Sendable, Equatable {
        /// Type as published.
        public let elementType: String
        /// Tensors of that type.
        public let tensorCount: Int
        /// Their bytes.
        public let byteCount: Int
    }

    /// Bytes to run the checkpoint with a sequence of some length: mapped weights and cache.
    public func memoryBytes(contextTokens: Int) -> Int { weightBytes + contextTokens * cacheBytesPerToken }

    /// Reads a checkpoint directory. Missing and left-over tensors are part of the account; a tensor of a wrong shape
    /// or type, or a file that cannot be read, is thrown.
    public static func read(_ directory: String) throws(CheckpointError) -> CheckpointInspection {
        let config = try ModelConfig.read(directory)
        let checkpoint = try Checkpoint(directory)
        let ledger = WeightLedger(checkpoint, isSurvey: true)
        _ = try KimiModel(config, ledger, Compute(threads: 1, precision: .exact))

        let language = config.language
        let total = ledger.requested.reduce(0) { $0 + $1.parameters }
        let routed = ledger.requested.filter(\.isRouted).reduce(0) { $0 + $1.parameters }
        let types = Dictionary(grouping: checkpoint.tensors.values, by: \.elementType)
        let storage = types.map { type, tensors in
            Storage(
                elementType: type.rawValue, tensorCount: tensors.count,
                byteCount: tensors.reduce(0) { $0 + $1.bytes.count })
        }
        return CheckpointInspection(
            config: config, totalParameters: total,
            activeParameters: total - routed + routed * language.chosenExperts / language.experts,
            visionParameters: ledger.requested.filter { [.vision, .projector].contains(CheckpointPart(of: $0)) }
                .reduce(0) { $0 + $1.parameters },
            storage: storage.sorted { $0.byteCount > $1.byteCount },
            weightBytes: checkpoint.tensors.values.reduce(0) { $0 + $1.bytes.count },
            cacheBytesPerToken: language.layers * language.cacheWidth * KVCache.Element.bfloat16.bytes,
            missing: ledger.missing.sorted(), leftover: ledger.leftovers)
    }
}
