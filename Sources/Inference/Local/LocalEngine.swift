// The local model as an engine: opens a checkpoint directory and says what the model in it can do.
import Foundation
public import Model

/// Answers with a model of the Kimi family on this machine.
///
///     let engine = try LocalEngine.open("/models/kimi-k2.5", threads: 16)
///     for try await event in engine.generate(GenerationRequest(conversation)) { … }
public struct LocalEngine: Engine {
    private let engine: any Engine

    /// What the model can do.
    public var abilities: Abilities { engine.abilities }

    /// Opens a checkpoint directory as published: configuration, weights, tokenizer, chat template.
    ///
    /// Any published model of the family: K2.5, K2-Thinking, K2-Instruct, Moonlight, Kimi-VL. How conversations are
    /// written is chosen from the directory's own files (`ChatForm`).
    ///
    /// A directory with a `stylesheet.css` holds a model that writes pages in the classes of that stylesheet and
    /// understands no instructions.
    ///
    /// - Parameters:
    ///   - name: what to call the model; the directory's name when nil.
    ///   - threads: threads that compute, at least 1.
    ///   - denseWeights: how the weights that every token is multiplied with are held.
    ///   - guesses: whether tokens are guessed from what stands earlier, which changes nothing but the time taken.
    ///   - prefixes: where the work on prompts outlives the engine; nil for nowhere. A folder that cannot be used is
    ///     said to be so, and then nothing is kept.
    /// - Throws: `.unavailable` with what is wrong in which file.
    public static func open(
        _ directory: String, name: String? = nil, threads: Int, precision: ComputePrecision = .fast,
        denseWeights: DenseWeights = .bfloat16, guesses: Bool = true, prefixes: PrefixCache? = nil
    ) throws(EngineError) -> LocalEngine {
        let model: KimiModel
        do {
            model = try KimiModel.open(
                directory, threads: threads, precision: precision, denseWeights: denseWeights)
        } catch {
            throw .unavailable(error.description)
        }
        let tokenizer: Tokenizer
        do {
            tokenizer = try Tokenizer(directory: directory)
        } catch {
            throw .unavailable(error.description)
        }
        let vocabulary = model.config.language.vocabularySize
        guard tokenizer.namedEnd <= vocabulary, vocabulary <= tokenizer.count else {
            throw .unavailable(
                "\(directory): the tokenizer has \(tokenizer.namedEnd) to \(tokenizer.count) tokens, "
                    + "the model \(vocabulary)")
        }
        let form = try ChatForm(directory: directory, modelType: model.config.modelType, tokenizer)
        let dialect = try dialect(of: directory)
        let comfortable = model.config.imageProcessor?.comfortableSize ?? []
        let abilities = Abilities(
            modelName: name ?? URL(fileURLWithPath: directory).lastPathComponent,
            contextTokens: model.config.language.contextTokens, readsImages: model.hasVision,
            readsVideo: (model.config.vision?.maxFrames ?? 1) > 1,
            callsTools: dialect == nil && form.tools != nil
                && tokenizer.specialID("<|tool_calls_section_begin|>") != nil,
            followsInstructions: dialect == nil, dialect: dialect,
            comfortableSize: comfortable.isEmpty ? nil : PixelSize(width: comfortable[0], height: comfortable[1]),
            lineHeight: model.config.imageProcessor.flatMap { $0.lineHeight > 0 ? $0.lineHeight : nil },
            videoFramesPerSecond: model.config.imageProcessor?.framesPerSecond ?? 2)
        return LocalEngine(
            engine: try CoreEngine(
                model, tokenizer, form: form, abilities: abilities, endTokens: model.config.endTokenIDs,
                disk: prefixes.flatMap { disk($0, model, directory) }, guesses: guesses))
    }

    /// Answers a conversation. Answers asked for at the same time are made at the same time (`Scheduler`).
    public func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        engine.generate(request)
    }

    /// How many tokens the prompt of a request has, pictures included.
    public func promptTokens(of request: GenerationRequest) async throws -> Int {
        try await engine.promptTokens(of: request)
    }

    private static func disk(_ prefixes: PrefixCache, _ model: KimiModel, _ directory: String) -> DiskShelf<KimiModel>?
    {
        do {
            return DiskShelf(model, try PrefixFolder(prefixes), identity: try model.identity(in: directory))
        } catch {
            prefixes.complain("\(error)")
            return nil
        }
    }

    private static func dialect(of directory: String) throws(EngineError) -> Dialect? {
        let file = directory + "/stylesheet.css"
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        return try Dialect(contentsOf: file)
    }
}
