// config.json and its neighbours: what is read, and each missing or impossible field by name.

import Foundation
import Support
import Testing

@testable import Model

@Suite struct ModelConfigTests {
    /// The error of reading a configuration after a change to one field; a path like `text_config.n_group`.
    static func failure(_ checkpoint: String, set path: String, to value: Any?) throws -> CheckpointError? {
        let directory = try TemporaryDirectory(checkpoint: checkpoint)
        try directory.editJSON("config.json") {
            Self.set(path.split(separator: ".").map(String.init)[...], to: value, in: &$0)
        }
        do throws(CheckpointError) {
            _ = try ModelConfig.read(directory.path)
            return nil
        } catch { return error }
    }

    static func set(_ path: ArraySlice<String>, to value: Any?, in object: inout [String: Any]) {
        guard let name = path.first else { return }
        if path.count == 1 {
            object[name] = value
        } else {
            var inner = object[name] as? [String: Any] ?? [:]
            set(path.dropFirst(), to: value, in: &inner)
            object[name] = inner
        }
    }

    @Test(arguments: [
        "model_type", "media_placeholder_token_id", "text_config.vocab_size", "text_config.hidden_size",
        "text_config.num_hidden_layers", "text_config.num_attention_heads", "text_config.intermediate_size",
        "text_config.moe_intermediate_size", "text_config.n_routed_experts", "text_config.num_experts_per_tok",
        "text_config.kv_lora_rank", "text_config.qk_nope_head_dim", "text_config.qk_rope_head_dim",
        "text_config.v_head_dim", "text_config.max_position_embeddings", "text_config.rope_scaling.factor",
        "text_config.rope_scaling.original_max_position_embeddings", "vision_config.vt_hidden_size",
        "vision_config.vt_num_hidden_layers", "vision_config.vt_num_attention_heads",
        "vision_config.vt_intermediate_size", "vision_config.init_pos_emb_height",
        "vision_config.init_pos_emb_width",
    ])
    func aMissingFieldIsNamed(path: String) throws {
        let error = try Self.failure("k25", set: path, to: nil)
        guard case .field(let file, let name, _, let found)? = error else {
            return unexpected(error)
        }
        #expect(file.hasSuffix("/config.json"))
        let last = try #require(path.split(separator: ".").last)
        #expect(name.hasSuffix(last))
        #expect(found == "nothing")
    }

    @Test(arguments: [
        ("model_type", "llama"), ("text_config.hidden_size", "wide"), ("text_config.scoring_func", "softmax"),
        ("text_config.topk_method", "greedy"), ("text_config.hidden_act", "gelu"),
        ("text_config.rope_scaling.type", "linear"), ("vision_config.merge_type", "mean"),
        ("text_config.quantization_config.quant_method", "gptq"),
        ("text_config.quantization_config.format", "marlin-24"),
    ])
    func aWordThatIsNotRunIsAnError(path: String, value: String) throws {
        let error = try Self.failure("k25", set: path, to: value)
        guard case .field(_, let name, _, let found)? = error else {
            return unexpected(error)
        }
        let last = try #require(path.split(separator: ".").last)
        #expect(name.hasSuffix(last))
        #expect(found == value)
    }

    @Test(arguments: [
        ("text_config.num_experts_per_tok", 9), ("text_config.n_group", 3), ("text_config.topk_group", 2),
        ("text_config.hidden_size", 0), ("text_config.hidden_size", -8), ("text_config.qk_rope_head_dim", 15),
        ("text_config.moe_layer_freq", 2), ("vision_config.vt_num_attention_heads", 5),
        ("media_placeholder_token_id", 296),
        ("text_config.quantization_config.config_groups.group_0.weights.num_bits", 8),
        ("text_config.quantization_config.config_groups.group_0.weights.group_size", 128),
    ])
    func aNumberThatCannotBeIsAnError(path: String, value: Int) throws {
        let error = try Self.failure("k25", set: path, to: value)
        guard case .field(_, let name, _, let found)? = error else {
            return unexpected(error)
        }
        let last = try #require(path.split(separator: ".").last)
        #expect(name.hasSuffix(last))
        #expect(found == "\(value)")
    }

    @Test func aFractionIsNoCount() throws {
        #expect(try Self.failure("moonlight", set: "hidden_size", to: 72.5) != nil)
        #expect(try Self.failure("k2-fp8", set: "quantization_config.weight_block_size", to: [64, 64]) != nil)
        #expect(try Self.failure("k25", set: "vision_config.merge_kernel_size", to: [3, 2]) != nil)
    }

    @Test(arguments: ["config.json", "generation_config.json", "preprocessor_config.json"])
    func brokenJSONIsNamed(file: String) throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        try directory.write(Data("{\"a\": ".utf8), to: file)
        let error = #expect(throws: CheckpointError.self) { try ModelConfig.read(directory.path) }
        #expect("\(try #require(error))".contains("/" + file))
    }

    @Test func aDirectoryWithoutConfigurationIsUnreadable() throws {
        let directory = try TemporaryDirectory()
        let error = #expect(throws: CheckpointError.self) { try ModelConfig.read(directory.path) }
        #expect("\(try #require(error))".contains("/config.json"))
    }

    @Test func k25sFieldsAreRead() throws {
        let config = try ModelConfig.read(Fixtures.checkpoint("k25"))
        #expect(config.modelType == "kimi_k25" && config.mediaPadTokenID == 277 && config.endTokenIDs == [257, 258])
        let language = config.language
        #expect(language.vocabularySize == 296 && language.hidden == 96 && language.layers == 3 && language.heads == 3)
        #expect(language.denseInner == 60 && language.expertInner == 32 && language.experts == 8)
        #expect(language.chosenExperts == 2 && language.sharedExperts == 1 && language.denseLayers == 1)
        #expect(
            language.latentRank == 20 && language.nopeDim == 12 && language.ropeDim == 16 && language.valueDim == 10)
        #expect(language.queryRank == 36 && language.normEpsilon == 1e-5 && language.routedScale == 2.827)
        #expect(language.quantization == .int4Group32 && !language.tiesHead && language.contextTokens == 262_144)
        #expect(language.rope.theta == 1000 && language.rope.yarn?.mscaleAllDim == 0.6)
        let vision = try #require(config.vision)
        #expect(vision.hidden == 36 && vision.layers == 2 && vision.heads == 3 && vision.inner == 52)
        #expect(
            vision.layout == .moonViT3D && vision.maxFrames == 4 && vision.tableHeight == 8 && vision.tableWidth == 8)
    }

    @Test func theOtherLayoutsAreRead() throws {
        let moonlight = try ModelConfig.read(Fixtures.checkpoint("moonlight"))
        #expect(moonlight.vision == nil && moonlight.mediaPadTokenID == nil && moonlight.language.queryRank == nil)
        #expect(moonlight.language.rope.yarn == nil && moonlight.language.sharedExperts == 2)
        #expect(try ModelConfig.read(Fixtures.checkpoint("moonlight-tied")).language.tiesHead)
        let float8 = try ModelConfig.read(Fixtures.checkpoint("k2-fp8")).language
        #expect(float8.quantization == .float8Block128 && float8.normEpsilon == 1e-6)
        let thinking = try ModelConfig.read(Fixtures.checkpoint("k2-thinking"))
        #expect(thinking.modelType == "kimi_k2" && thinking.vision == nil)
        #expect(thinking.language.quantization == .int4Group32 && thinking.language.rope.yarn?.betaFast == 1)
        let kimiVL = try ModelConfig.read(Fixtures.checkpoint("kimi-vl"))
        #expect(kimiVL.vision?.layout == .moonViT && kimiVL.vision?.maxFrames == 1)
    }

    @Test func quantizationMayStandAtTheRoot() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        try directory.editJSON("config.json") { root in
            var text = root["text_config"] as? [String: Any] ?? [:]
            root["quantization_config"] = text.removeValue(forKey: "quantization_config")
            root["text_config"] = text
        }
        #expect(try ModelConfig.read(directory.path).language.quantization == .int4Group32)
    }
}
