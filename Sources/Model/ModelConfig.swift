// What config.json and its neighbours say about a checkpoint, read once and checked.

import Foundation

/// A checkpoint's whole configuration.
public struct ModelConfig: Sendable, Equatable {
    /// `model_type` as published: `kimi_k25`, `kimi_vl`, `kimi_k2`, `deepseek_v3`.
    public let modelType: String
    /// The language core.
    public let language: LanguageConfig
    /// The vision tower; nil for text-only models.
    public let vision: VisionConfig?
    /// How pictures become patches; nil for text-only models.
    public let imageProcessor: ImageProcessorConfig?
    /// The token whose embedding a vision token replaces; nil for text-only models.
    public let mediaPadTokenID: Int?
    /// Tokens that end an answer, from config.json and generation_config.json.
    public let endTokenIDs: [Int]

    /// Reads a checkpoint directory's `config.json`, `generation_config.json` and `preprocessor_config.json`.
    public static func read(_ directory: String) throws(CheckpointError) -> ModelConfig {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw .unreadable(file: directory, reason: "no such model directory")
        }
        return try ModelConfig(
            try JSONFile(directory + "/config.json"),
            generation: try JSONFile.ifPresent(directory + "/generation_config.json"),
            preprocessor: try JSONFile.ifPresent(directory + "/preprocessor_config.json"))
    }

    /// Reads the content of `config.json` and of those of its neighbours that there are.
    init(
        _ config: JSONFile, generation: JSONFile? = nil, preprocessor: JSONFile? = nil
    ) throws(CheckpointError) {
        let root = config.root
        modelType = try root.string("model_type")
        guard ["kimi_k25", "kimi_vl", "kimi_k2", "deepseek_v3"].contains(modelType) else {
            throw root.mismatch("model_type", "kimi_k25, kimi_vl, kimi_k2 or deepseek_v3")
        }
        let text = try root.objectIfPresent("text_config") ?? root
        language = try LanguageConfig(text, root: root)
        var ends = try root.ints("eos_token_id") + text.ints("eos_token_id")
        if let generation { ends += try generation.root.ints("eos_token_id") }
        endTokenIDs = Set(ends).sorted()

        guard let fields = try root.objectIfPresent("vision_config") else {
            vision = nil
            imageProcessor = nil
            mediaPadTokenID = nil
            return
        }
        let vision = try VisionConfig(fields)
        self.vision = vision
        imageProcessor = try ImageProcessorConfig(preprocessor?.root, vision: vision)
        mediaPadTokenID = try root.int(
            "media_placeholder_token_id", "image_token_id", in: 0...language.vocabularySize - 1)
    }
}
