// Whole checkpoints with something wrong: each is one error that names the tensor, field or file.

import Foundation
import Support
import Testing

@testable import Model

@Suite struct CheckpointTests {
    static let shards = ["k25": "model-00001-of-000002.safetensors", "k2-fp8": "model-1-of-2.safetensors"]
    static let layer = "language_model.model.layers."

    /// The error of opening a tiny checkpoint after `edit`.
    static func failure(
        _ checkpoint: String = "k25", _ edit: (TemporaryDirectory) throws -> Void
    ) throws -> CheckpointError? {
        let directory = try TemporaryDirectory(checkpoint: checkpoint)
        try edit(directory)
        return failure(of: directory)
    }

    static func failure(of directory: TemporaryDirectory) -> CheckpointError? {
        do throws(CheckpointError) {
            _ = try KimiModel.open(directory.path, threads: 1, precision: .exact)
            return nil
        } catch { return error }
    }

    /// Changes the header of a shard; `index` also renames or removes tensors in the index.
    static func edit(
        _ directory: TemporaryDirectory, _ shard: String, _ change: (inout SafetensorsDraft) -> Void
    ) throws {
        var draft = try SafetensorsDraft(directory.read(shard))
        change(&draft)
        try directory.write(try draft.encoded(), to: shard)
    }

    static func editIndex(_ directory: TemporaryDirectory, _ change: (inout [String: Any]) -> Void) throws {
        try directory.editJSON("model.safetensors.index.json") { root in
            var map = root["weight_map"] as? [String: Any] ?? [:]
            change(&map)
            root["weight_map"] = map
        }
    }

    @Test(arguments: ["k25", "k25-dequantized", "moonlight", "moonlight-tied", "kimi-vl", "k2-fp8", "k2-thinking"])
    func everyTinyCheckpointOpens(checkpoint: String) throws {
        let error = try Self.failure(checkpoint) { _ in }
        #expect(error == nil)
    }

    @Test(arguments: [
        "language_model.lm_head.weight", "language_model.model.norm.weight",
        layer + "0.self_attn.q_a_layernorm.weight", layer + "1.mlp.gate.e_score_correction_bias",
        layer + "2.mlp.experts.7.down_proj.weight_scale", layer + "2.mlp.experts.0.gate_proj.weight_packed",
        layer + "1.mlp.experts.3.up_proj.weight_shape", "vision_tower.patch_embed.pos_emb.weight",
        "vision_tower.encoder.blocks.1.wqkv.bias", "mm_projector.proj.2.bias", "mm_projector.pre_norm.weight",
    ])
    func aMissingTensorIsNamed(tensor: String) throws {
        let error = try Self.failure { directory in
            for shard in ["model-00001-of-000002.safetensors", "model-00002-of-000002.safetensors"] {
                try Self.edit(directory, shard) { $0.header[tensor] = nil }
            }
            try Self.editIndex(directory) { $0[tensor] = nil }
        }
        guard case .missingTensors(_, let names)? = error else { return unexpected(error) }
        #expect(names == [tensor])
        #expect("\(try #require(error))".contains(tensor))
    }

    @Test func aLeftOverTensorIsNamed() throws {
        let error = try Self.failure { directory in
            try Self.edit(directory, "model-00001-of-000002.safetensors") { draft in
                let fields: [String: Any] = [
                    "dtype": "F32", "shape": [0], "data_offsets": [draft.data.count, draft.data.count],
                ]
                draft.header["vision_tower.encoder.blocks.2.wo.bias"] = fields
            }
        }
        guard case .leftoverTensors(_, let names)? = error else { return unexpected(error) }
        #expect(names == ["vision_tower.encoder.blocks.2.wo.bias"])
    }

    @Test func anUntiedHeadIsLeftOverWhenTheConfigurationTiesIt() throws {
        let error = try Self.failure("moonlight") {
            try $0.editJSON("config.json") { $0["tie_word_embeddings"] = true }
        }
        guard case .leftoverTensors(_, let names)? = error else { return unexpected(error) }
        #expect(names == ["lm_head.weight"])
    }

    @Test(arguments: [
        ("language_model.model.embed_tokens.weight", [96, 296]), (layer + "0.self_attn.kv_b_proj.weight", [20, 66]),
        ("vision_tower.patch_embed.proj.weight", [36, 588]), ("vision_tower.patch_embed.pos_emb.weight", [64, 36]),
        (layer + "1.mlp.gate.weight", [96, 8]),
    ])
    func aWrongShapeNamesBoth(tensor: String, shape: [Int]) throws {
        let error = try Self.failure {
            try Self.edit($0, "model-00001-of-000002.safetensors") { $0.set("shape", of: tensor, to: shape) }
        }
        guard case .shape(let file, let name, let expected, let found)? = error else {
            return unexpected(error)
        }
        #expect(name == tensor && found == shape && expected != shape)
        #expect(expected.reduce(1, *) == shape.reduce(1, *))
        #expect(file.hasSuffix("model-00001-of-000002.safetensors"))
    }

    @Test func anInt4ShapeTensorThatDisagreesIsAnError() throws {
        let tensor = Self.layer + "1.mlp.experts.2.up_proj.weight_shape"
        let error = try Self.failure {
            try Self.edit($0, "model-00002-of-000002.safetensors") { draft in
                draft.data[draft.range(of: tensor).lowerBound] = 31
            }
        }
        guard case .shape(_, let name, let expected, let found)? = error else {
            return unexpected(error)
        }
        #expect(tensor.hasPrefix(name) && expected == [32, 96] && found == [31, 96])
    }

    @Test func aTypeThatItsPlaceCannotTakeIsAnError() throws {
        let tensor = Self.layer + "0.self_attn.o_proj.weight"
        let error = try Self.failure {
            try Self.edit($0, "model-00001-of-000002.safetensors") { $0.set("dtype", of: tensor, to: "F16") }
        }
        guard case .elementType(_, let name, _, let found)? = error else {
            return unexpected(error)
        }
        #expect(name == tensor && found == "F16")
    }

    @Test func aMissingShardIsNamed() throws {
        let error = try Self.failure { try $0.remove("model-00002-of-000002.safetensors") }
        guard case .unreadable(let file, _)? = error else { return unexpected(error) }
        #expect(file.hasSuffix("model-00002-of-000002.safetensors"))
    }

    @Test func aTensorThatTheIndexPromisesAndItsShardLacksIsNamed() throws {
        let error = try Self.failure {
            try Self.editIndex($0) { $0["language_model.model.layers.9.ghost"] = "model-00001-of-000002.safetensors" }
        }
        guard case .missingTensors(let place, let names)? = error else {
            return unexpected(error)
        }
        #expect(names == ["language_model.model.layers.9.ghost"])
        #expect(place.hasSuffix("model-00001-of-000002.safetensors"))
    }

    @Test func anIndexThatPointsOutsideTheDirectoryIsRefused() throws {
        let error = try Self.failure {
            try Self.editIndex($0) { $0["language_model.lm_head.weight"] = "../other/model.safetensors" }
        }
        guard case .malformed(let file, _)? = error else { return unexpected(error) }
        #expect(file.hasSuffix("model.safetensors.index.json"))
    }

    @Test(arguments: ["{", "[]", "{}", "{\"weight_map\": 3}", "{\"weight_map\": {\"a\": 3}}"])
    func aBrokenIndexIsNamed(content: String) throws {
        let error = try Self.failure { try $0.write(Data(content.utf8), to: "model.safetensors.index.json") }
        #expect("\(try #require(error))".contains("model.safetensors.index.json"))
    }

    @Test func aDirectoryThatIsNotThereIsNamed() throws {
        let error = #expect(throws: CheckpointError.self) { try KimiModel.open("/nowhere/at/all", threads: 1) }
        #expect("\(try #require(error))".contains("/nowhere/at/all"))
    }

    @Test func withoutAnIndexTheShardsThatAreThereCount() throws {
        let whole = try Self.failure { try $0.remove("model.safetensors.index.json") }
        #expect(whole == nil)
        let error = try Self.failure { directory in
            try directory.remove("model.safetensors.index.json")
            try directory.remove("model-00001-of-000002.safetensors")
            try directory.remove("model-00002-of-000002.safetensors")
        }
        guard case .unreadable? = error else { return unexpected(error) }
    }

    /// Published files do not promise alignment: every tensor may begin at an odd byte.
    @Test(arguments: ["k25", "k2-fp8"], [1, 3])
    func tensorsOffTheirAlignmentMeanTheSame(checkpoint: String, padding: Int) throws {
        let directory = try TemporaryDirectory(checkpoint: checkpoint)
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) where name.contains("-of-") {
            let whole = try SafetensorsDraft(directory.read(name)).encoded()
            let header = whole.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            let moved = try SafetensorsDraft(whole).encoded(padding: 4 - header % 4 + padding)
            try directory.write(moved, to: name)
        }
        let tiny = try TinyModel.named(checkpoint)
        let model = try KimiModel.open(directory.path, threads: 2, precision: .exact)
        let inputs = try tiny.spans("text/ids")
        #expect(model.forwardAll(inputs, cache: model.makeCache()) == tiny.logits(inputs))
    }
}
