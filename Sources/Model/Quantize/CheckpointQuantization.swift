// A checkpoint's routed experts to INT4, as Kimi-K2-Thinking and K2.5 are published: the rest in bfloat16, the router's
// bias in float32, the same small files beside it. A few megabytes of weights are in memory at a time, whatever the size.
//
//     survey source ─▶ plan result ─▶ lay out shards ─▶ shard by shard ─▶ small files ─▶ report ─▶ index
//
// What the result holds is what the model asks for with the new configuration (`CheckpointPlan`); where each of its
// tensors comes from follows from its name. A run may be killed at any point and started again (`QuantizationTarget`).

import Foundation
import Kernels

/// How far a quantisation has come.
public struct QuantizationProgress: Sendable, Equatable {
    /// Bytes of the result that are written, those of an earlier run included.
    public var byteCount: Int
    /// Bytes of the whole result.
    public let totalBytes: Int
    /// Shards that are in their place.
    public var shardCount: Int
    /// Of those, the ones that an earlier run left.
    public let keptShards: Int
    /// Shards of the whole result.
    public let totalShards: Int
}

/// Quantises one checkpoint.
public struct CheckpointQuantization {
    /// The source's directory, as `KimiModel.open` takes it: bfloat16, float32, or FP8 in 128 × 128 blocks.
    public let source: String
    /// The directory of the result: not there, empty, or with what an interrupted run of the same left.
    public let target: String
    /// How scales are chosen.
    public var scales = Int4Scales.leastSquares
    /// Most bytes of tensors in a shard.
    public var shardBytes = 5_000_000_000
    /// Threads that work, at least 1.
    public var threads = 1

    /// Names source and target; nothing is read.
    public init(source: String, target: String) {
        self.source = source
        self.target = target
    }

    /// Does it, or what is left of it.
    ///
    /// Shards appear under their names when they are whole, the index when everything is. The result's bytes follow from
    /// the source and the settings alone: they depend neither on the number of threads nor on interruptions.
    ///
    /// - Parameter progress: is told now and then, on the calling thread.
    /// - Returns: what it has cost; of a run that was finished before, what it had cost.
    /// - Throws: `unsupported` for experts that are INT4 already or whose rows are no whole groups of 32;
    ///   `unwritable` for a target that holds something else, or when the disk is full; what is wrong with the source.
    ///   What is whole of the result stays for the next run.
    public func run(
        progress: (QuantizationProgress) -> Void = { _ in }
    ) throws(CheckpointError) -> QuantizationReport {
        let checkpoint = try surveyedSource()
        let configuration = try QuantizedConfiguration(source)
        let tensors = try CheckpointPlan.tensors(of: configuration.config, name: source)
        let shards = ShardLayout.shards(of: tensors, limit: shardBytes)
        let job = QuantizationJob(
            scales: scales.rawValue, shardBytes: shardBytes, source: try QuantizationTarget.sourceFiles(source))
        let target = QuantizationTarget(target)
        if let report = try target.begin(job) { return report }

        let kept = shards.map(target.errors(ofFinished:))
        try target.checkSpace(zip(shards, kept).reduce(0) { $0 + ($1.1 == nil ? $1.0.byteCount : 0) })
        let rounding = ShardRounding(
            checkpoint, scales: scales, longestRow: tensors.map(\.weightColumns).max() ?? 1,
            compute: Compute(threads: threads, precision: .exact))
        var state = QuantizationProgress(
            byteCount: 0, totalBytes: shards.reduce(0) { $0 + $1.byteCount }, shardCount: 0,
            keptShards: kept.count { $0 != nil }, totalShards: shards.count)
        var errors: [QuantizationReport.TensorError] = []
        for (shard, kept) in zip(shards, kept) {
            let start = state.byteCount
            if let kept {
                errors += kept
            } else {
                let found = try rounding.write(shard, to: try target.begin(shard)) { written in
                    state.byteCount = start + written
                    progress(state)
                }
                try target.finish(found.file, shard, found.errors)
                errors += found.errors
            }
            state.byteCount = start + shard.byteCount
            state.shardCount += 1
            progress(state)
        }
        let report = QuantizationReport(
            job: job, sourceBytes: checkpoint.tensors.values.reduce(0) { $0 + $1.bytes.count },
            resultBytes: tensors.reduce(0) { $0 + $1.byteCount }, shardCount: shards.count, tensors: errors)
        try target.finish(report, configuration.content, shards, source: source)
        return report
    }

    /// The source, when it holds what its configuration asks for and is not quantised yet.
    private func surveyedSource() throws(CheckpointError) -> Checkpoint {
        let config = try ModelConfig.read(source)
        let checkpoint = try Checkpoint(source)
        let isInt4 = checkpoint.tensors.keys.contains { $0.hasSuffix(".weight_packed") }
        guard !isInt4, config.language.quantization != .int4Group32 else {
            throw .unsupported(file: source, reason: "its experts are INT4 already")
        }
        let ledger = WeightLedger(checkpoint, isSurvey: true)
        _ = try KimiModel(config, ledger, Compute(threads: 1, precision: .exact))
        guard ledger.missing.isEmpty else {
            throw .missingTensors(directory: source, names: ledger.missing.sorted())
        }
        guard ledger.leftovers.isEmpty else { throw .leftoverTensors(directory: source, names: ledger.leftovers) }
        return checkpoint
    }
}

/// The result's `config.json`: the source's with the quantisation that Kimi-K2-Thinking is published with.
struct QuantizedConfiguration {
    let content: Data
    let config: ModelConfig

    /// Reads a source's configuration and changes it.
    init(_ source: String) throws(CheckpointError) {
        let path = source + "/config.json"
        try self.init(try JSONFile(path).root.fields, name: path)
    }

    /// Changes the fields of a configuration; `name` is what errors call it.
    init(_ fields: [String: Any], name: String) throws(CheckpointError) {
        var root = fields
        guard let published = PublishedCheckpoint.all.first(where: { $0.name == "kimi-k2-thinking" }) else {
            preconditionFailure("K2-Thinking's configuration is built in")
        }
        var quantization = try JSONFile(published.configuration, name: published.name).root
            .object("quantization_config").fields
        root["quantization_config"] = nil
        if var text = root["text_config"] as? [String: Any] {
            // The vision tower and the projector stay as they are; K2.5's own list leaves that to the reader.
            let ignored = quantization["ignore"] as? [String] ?? []
            quantization["ignore"] =
                ignored + ["re:.*vision_tower.*", "re:.*mm_projector.*", "re:.*multi_modal_projector.*"]
            text["quantization_config"] = quantization
            root["text_config"] = text
        } else {
            root["quantization_config"] = quantization
        }
        content = JSONFile.text(root, isPretty: true)
        config = try ModelConfig(try JSONFile(content, name: name))
    }
}
