// Whole checkpoints to INT4: what they hold, that they run, and that no interruption shows in them.

import Foundation
import Support
import Testing

@testable import Model

@Suite struct CheckpointQuantizationTests {
    static let layouts = ["moonlight", "kimi-vl", "k2-fp8"]

    private let target: TemporaryDirectory

    init() throws { target = try TemporaryDirectory() }

    private func work(_ source: String, into target: String? = nil, shardBytes: Int = 60_000) -> CheckpointQuantization
    {
        var work = CheckpointQuantization(source: source, target: target ?? self.target.path)
        work.shardBytes = shardBytes
        work.threads = 2
        return work
    }

    private func error(_ work: CheckpointQuantization) -> CheckpointError? {
        do throws(CheckpointError) {
            _ = try work.run()
            return nil
        } catch { return error }
    }

    /// Every file below a folder with its content.
    private func content(_ folder: String) throws -> [String: Data] {
        var content: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            content[name] = FileManager.default.contents(atPath: folder + "/" + name)
        }
        return content
    }

    private func logits(_ directory: String) throws -> [Float] {
        let model = try KimiModel.open(directory, threads: 2, precision: .exact)
        return model.forward([.tokens([3, 141, 59, 26, 53, 58])], cache: model.makeCache())
    }

    @Test(arguments: layouts)
    func theResultIsAPublishedLayoutThatRuns(layout: String) throws {
        let source = try TemporaryDirectory(like: layout)
        let report = try work(source.path).run()
        let inspection = try CheckpointInspection.read(target.path)
        #expect(inspection.missing.isEmpty && inspection.leftover.isEmpty)
        #expect(inspection.config.language.quantization == .int4Group32)

        let planned = try CheckpointPlan.read(target.path).tensors
        let held = try Checkpoint(target.path).tensors
        #expect(held.count == planned.count)
        for tensor in planned { #expect(held[tensor.name]?.elementType == tensor.type) }
        #expect(!held.values.contains { $0.elementType == .float8 })
        #expect(report.quantised.count == planned.count { $0.name.hasSuffix(".weight_packed") })

        let (before, after) = (try logits(source.path), try logits(target.path))
        let change = zip(before, after).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let size = before.reduce(Float(0)) { $0 + $1 * $1 }
        #expect(change > 0 && change < 0.05 * size)
    }

    @Test func picturesAreSeenAsBefore() throws {
        let source = try TemporaryDirectory(like: "kimi-vl")
        _ = try work(source.path).run()
        let features = try [source.path, target.path].map { path in
            try KimiModel.open(path, threads: 2, precision: .exact)
                .encode(.image(.noise(width: 60, height: 45, seed: 3)))
        }
        #expect(features[0] == features[1] && features[0].tokenCount > 0)
    }

    // The twin's experts are INT4 values written out: only bfloat16's rounding is left to lose.
    @Test func whatWasInt4OnceComesBack() throws {
        let report = try work(Fixtures.checkpoint("k25-dequantized")).run()
        #expect(report.quantised.count == 48)
        for tensor in report.quantised { #expect(tensor.relativeError < 0.003) }
        let before = try Checkpoint(Fixtures.checkpoint("k25")).tensors
        let after = try Checkpoint(target.path).tensors
        for (name, tensor) in before where name.hasSuffix(".weight_packed") {
            #expect(try Array(#require(after[name]).bytes) == Array(tensor.bytes))
        }
    }

    @Test func tensorsThatStayAreCopiedBitForBit() throws {
        let source = try TemporaryDirectory(like: "moonlight")
        let report = try work(source.path).run()
        let (before, after) = (try Checkpoint(source.path).tensors, try Checkpoint(target.path).tensors)
        for (name, tensor) in before where !name.contains(".experts.") {
            #expect(try Array(#require(after[name]).bytes) == Array(tensor.bytes))
        }
        #expect(report.tensors.count == report.quantised.count)
    }

    @Test func float8OutsideTheExpertsBecomesBfloat16() throws {
        let source = try TemporaryDirectory(like: "k2-fp8")
        let report = try work(source.path).run()
        let plain = report.tensors.filter { $0.storedAs == "BF16" }
        #expect(plain.contains { $0.name == "model.layers.0.self_attn.o_proj.weight" })
        #expect(plain.allSatisfy { $0.relativeError > 0 && $0.relativeError < 0.004 })
    }

    @Test func smallFilesComeAlong() throws {
        let source = try TemporaryDirectory(checkpoint: "k25-dequantized")
        try source.write(Data("licence".utf8), to: "LICENSE")
        let report = try work(source.path).run()
        for name in ["tiktoken.model", "tokenizer_config.json", "generation_config.json", "LICENSE"] {
            #expect(try target.read(name) == source.read(name))
        }
        let written = try JSONDecoder().decode(QuantizationReport.self, from: target.read("quantization-report.json"))
        #expect(written == report && report.worst(10).count == 10)
        let index = try JSONFile(target.file("model.safetensors.index.json")).root
        #expect(try index.object("metadata").int("total_size") == report.resultBytes)
        #expect(try index.object("weight_map").names == Checkpoint(target.path).tensors.keys.sorted())
        #expect(!FileManager.default.fileExists(atPath: target.file(".quantize")))
    }

    // A run that is killed leaves the folder as it is at that moment; here the folder is copied at many moments.
    @Test func aRunGoesOnFromWhereItWasKilledWithTheSameBytes() throws {
        let source = try TemporaryDirectory(like: "moonlight")
        let copies = try TemporaryDirectory()
        var moments: [(copy: String, shards: Int)] = []
        var calls = 0
        _ = try work(source.path).run { state in
            calls += 1
            guard calls % 9 == 1 else { return }
            let copy = copies.file("\(calls)")
            try? FileManager.default.copyItem(atPath: target.path, toPath: copy)
            moments.append((copy, state.shardCount))
        }
        let whole = try content(target.path)
        #expect(moments.count > 8 && moments.contains { $0.shards > 2 })
        for (copy, shards) in moments {
            #expect(!FileManager.default.fileExists(atPath: copy + "/model.safetensors.index.json"))
            var kept = -1
            _ = try work(source.path, into: copy).run { kept = $0.keptShards }
            #expect(kept == shards || shards == whole.keys.count { $0.hasSuffix(".safetensors") })
            #expect(try content(copy) == whole)
        }
    }

    @Test(arguments: ["truncated", "header", "errors", "gone"])
    func aShardThatIsNotWholeIsMadeAgain(damage: String) throws {
        let source = try TemporaryDirectory(like: "moonlight")
        let copy = try TemporaryDirectory()
        try copy.removeFolder()
        _ = try work(source.path).run { state in
            guard state.shardCount == 3, !FileManager.default.fileExists(atPath: copy.path) else { return }
            try? FileManager.default.copyItem(atPath: target.path, toPath: copy.path)
        }
        let name = try #require(try copy.names().first { $0.hasPrefix("model-00002") })
        var shard = try copy.read(name)
        switch damage {
        case "truncated": try copy.write(shard.dropLast(), to: name)
        case "header":
            shard[20] ^= 1
            try copy.write(shard, to: name)
        case "errors": try copy.write(Data("{".utf8), to: ".quantize/" + name + ".json")
        default: try copy.remove(name)
        }
        var kept = -1
        _ = try work(source.path, into: copy.path).run { kept = $0.keptShards }
        #expect(kept == 2)
        #expect(try content(copy.path) == content(target.path))
    }

    @Test func aFinishedRunIsNotRunAgain() throws {
        let source = try TemporaryDirectory(like: "moonlight")
        let first = try work(source.path).run()
        let before = try FileManager.default.attributesOfItem(atPath: target.file("config.json"))[.modificationDate]
        var calls = 0
        let second = try work(source.path).run { _ in calls += 1 }
        let after = try FileManager.default.attributesOfItem(atPath: target.file("config.json"))[.modificationDate]
        #expect(first == second && calls == 0 && before as? Date == after as? Date)
    }

    @Test func threadsDoNotShow() throws {
        let source = try TemporaryDirectory(like: "kimi-vl")
        let other = try TemporaryDirectory()
        _ = try work(source.path).run()
        var alone = work(source.path, into: other.path)
        alone.threads = 1
        _ = try alone.run()
        #expect(try content(target.path) == content(other.path))
    }

    @Test func aTargetWithSomethingElseIsLeftAlone() throws {
        let source = try TemporaryDirectory(like: "moonlight")
        try target.write(Data("mine".utf8), to: "notes")
        guard case .unwritable(let file, _)? = error(work(source.path)) else { return unexpected(nil) }
        #expect(try file == target.path && target.names() == ["notes"])
        for path in [target.file("notes"), "/proc/nothing/there", source.path] {
            guard case .unwritable? = error(work(source.path, into: path)) else { return unexpected(nil) }
        }
    }

    @Test func anotherRunsBeginningIsLeftAlone() throws {
        let source = try TemporaryDirectory(like: "moonlight")
        let copy = try TemporaryDirectory()
        try copy.removeFolder()
        _ = try work(source.path).run { state in
            guard state.shardCount == 1, !FileManager.default.fileExists(atPath: copy.path) else { return }
            try? FileManager.default.copyItem(atPath: target.path, toPath: copy.path)
        }
        var other = work(source.path, into: copy.path)
        other.scales = .minmax
        guard case .unwritable(let file, _)? = error(other) else { return unexpected(nil) }
        #expect(file == copy.path)
        guard case .unwritable? = error(work(source.path, into: copy.path, shardBytes: 70_000)) else {
            return unexpected(nil)
        }
    }

    @Test func aFullDiskIsSaidBeforeAnythingIsWritten() throws {
        let error = #expect(throws: CheckpointError.self) { try QuantizationTarget(target.path).checkSpace(.max) }
        #expect("\(try #require(error))".contains("are free"))
    }

    @Test func int4IsRefused() throws {
        guard case .unsupported(let file, let reason)? = error(work(Fixtures.checkpoint("k25"))) else {
            return unexpected(nil)
        }
        #expect(file == Fixtures.checkpoint("k25") && reason.contains("INT4 already"))
        #expect(try target.names().isEmpty)
    }

    @Test(arguments: ["moonlight", "kimi-vl", "k2-fp8"])
    func rowsThatAreNoWholeGroupsAreRefused(checkpoint: String) throws {
        guard case .unsupported(_, let reason)? = error(work(Fixtures.checkpoint(checkpoint))) else {
            return unexpected(nil)
        }
        #expect(reason.contains("experts.0.gate_proj") && reason.contains("32"))
        #expect(try target.names().isEmpty)
    }

    @Test func aWeightThatIsNoNumberIsNamed() throws {
        let source = try TemporaryDirectory(like: "moonlight")
        let name = "model.layers.1.mlp.experts.2.up_proj.weight"
        for shard in try source.names() where shard.hasSuffix(".safetensors") {
            var draft = try SafetensorsDraft(source.read(shard))
            guard draft.header[name] != nil else { continue }
            let place = draft.range(of: name).lowerBound + 100
            draft.data[place..<place + 2] = Data([0xC0, 0x7F])
            try source.write(try draft.encoded(), to: shard)
        }
        guard case .unsupported(_, let reason)? = error(work(source.path)) else { return unexpected(nil) }
        #expect(reason.contains(name))
    }

    @Test func aSourceWithoutATensorIsRefused() throws {
        let source = try TemporaryDirectory(like: "moonlight")
        try source.editJSON("config.json") { $0["num_hidden_layers"] = 3 }
        guard case .missingTensors? = error(work(source.path)) else { return unexpected(nil) }
        try source.editJSON("config.json") { $0["num_hidden_layers"] = 1 }
        guard case .leftoverTensors? = error(work(source.path)) else { return unexpected(nil) }
    }
}

@Suite struct ShardLayoutTests {
    @Test func shardsKeepTheirLimitAndTheirTriples() throws {
        let tensors = try CheckpointPlan.read("kimi-k2-thinking").tensors
        let shards = ShardLayout.shards(of: tensors, limit: 10_000_000_000)
        #expect(shards.count > 50 && shards.flatMap(\.tensors) == tensors)
        #expect(shards.first?.name == String(format: "model-00001-of-%06d.safetensors", shards.count))
        for shard in shards {
            #expect(shard.byteCount - shard.header.count <= 10_000_000_000)
            for tensor in shard.tensors {
                #expect(try #require(shard.offsets[tensor.name]) % tensor.type.byteCount == 0)
                guard tensor.name.hasSuffix(".weight_packed") else { continue }
                let stem = tensor.name.dropLast("_packed".count)
                #expect(shard.offsets[stem + "_scale"] != nil && shard.offsets[stem + "_shape"] != nil)
            }
        }
    }

    @Test func whatIsLargerThanAShardHasItsOwn() throws {
        let tensors = try CheckpointPlan.read(Fixtures.checkpoint("k25")).tensors
        let shards = ShardLayout.shards(of: tensors, limit: 1)
        #expect(shards.count == tensors.count - 2 * 48)
    }
}
