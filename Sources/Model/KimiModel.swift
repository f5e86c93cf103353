// The door of Model: open a checkpoint, encode pictures, run tokens, read logits.
// Sequences live in `KVCache`s; a model has no state of its own and may serve several sequences, one call at a time
// on the processor (calls from several threads wait for each other inside `Compute`).

import Kernels
public import Media

/// How numbers are multiplied.
public enum ComputePrecision: String, Sendable, Equatable {
    /// float32 throughout: what parity with the reference implementation is proved with.
    case exact
    /// Activations rounded to bfloat16 at each product, sums in float32: as the models were trained.
    case fast
}

/// One thing to look at.
public enum MediaItem: Sendable, Equatable {
    /// A still picture.
    case image(Image)
    /// Consecutive frames of a video, all of one size; at least one, at most `VisionConfig.maxFrames`.
    case chunk([Image])
}

/// A picture or chunk as the language core takes it: one embedding per vision token.
public struct MediaFeatures: Sendable, Equatable {
    /// Vision tokens.
    public let tokenCount: Int
    /// `[tokenCount, hidden]` float32.
    package let values: [Float]

    /// Some of the vision tokens, copied.
    package func tokens(_ range: Range<Int>) -> MediaFeatures {
        guard range != 0..<tokenCount else { return self }
        let hidden = values.count / tokenCount
        return MediaFeatures(
            tokenCount: range.count, values: Array(values[range.lowerBound * hidden..<range.upperBound * hidden]))
    }
}

/// A stretch of a prompt.
public enum InputSpan: Sendable, Equatable {
    /// Token ids, each below the vocabulary's size.
    case tokens([Int])
    /// Vision tokens, in place of as many media pads.
    case media(MediaFeatures)
}

/// A model of the Kimi family, opened from a checkpoint directory as published.
public final class KimiModel: Sendable {
    /// What the checkpoint says of itself.
    public let config: ModelConfig

    let vision: VisionEncoder?
    let merger: PatchMerger?
    let imageProcessor: ImageProcessor?
    let language: LanguageModel
    let compute: Compute
    /// How the weights that every token is multiplied with are held.
    let denseWeights: DenseWeights
    private let workspaces = WorkspacePool()

    /// Opens a checkpoint: maps its shards, checks every name, shape and type.
    ///
    /// Weights are used where they lie in the mapped files, and hardly any are read: the key half of each layer's
    /// up-projection is copied when it is first needed. Dense weights that are to be int8 are read once, rounded on all
    /// threads and kept in memory.
    ///
    /// - Parameters:
    ///   - directory: holds `config.json` and safetensors, as published for K2.5, K2, K2-Thinking, Moonlight, Kimi-VL.
    ///   - threads: threads that multiply, at least 1.
    ///   - denseWeights: how the weights that every token is multiplied with are held.
    public static func open(
        _ directory: String, threads: Int, precision: ComputePrecision = .fast,
        denseWeights: DenseWeights = .bfloat16
    ) throws(CheckpointError) -> KimiModel {
        let config = try ModelConfig.read(directory)
        let compute = Compute(threads: threads, precision: precision == .exact ? .exact : .fast)
        let checkpoint = try Checkpoint(directory)
        let ledger = WeightLedger(checkpoint, roundsDense: denseWeights == .int8 ? compute : nil)
        // Norms and the shapes of packs lie all over the files: with their neighbours everything would be read.
        checkpoint.touches(alone: denseWeights == .bfloat16 && config.language.quantization != .float8Block128)
        defer { checkpoint.touches(alone: false) }
        let model = try KimiModel(config, ledger, compute)
        guard ledger.leftovers.isEmpty else { throw .leftoverTensors(directory: directory, names: ledger.leftovers) }
        return model
    }

    /// Reads the weights in the order of the forward pass.
    init(_ config: ModelConfig, _ ledger: WeightLedger, _ compute: Compute) throws(CheckpointError) {
        self.config = config
        self.compute = compute
        denseWeights = ledger.roundsDense == nil ? .bfloat16 : .int8
        let root = WeightReader(ledger: ledger, path: "")
        if let visionConfig = config.vision, let processorConfig = config.imageProcessor {
            vision = try VisionEncoder(root.scoped("vision_tower"), visionConfig)
            merger = try PatchMerger(root, visionConfig, languageHidden: config.language.hidden)
            imageProcessor = ImageProcessor(processorConfig, vision: visionConfig)
        } else {
            vision = nil
            merger = nil
            imageProcessor = nil
        }
        // Models with vision keep their language core one name further down.
        let core = config.vision == nil ? root : root.scoped("language_model")
        language = try LanguageModel(core.scoped("model"), head: core, config.language)
    }

    /// Whether the model takes pictures.
    public var hasVision: Bool { vision != nil }

    /// Vision tokens that a still picture of some size becomes.
    public func mediaTokenCount(width: Int, height: Int) -> Int {
        guard let imageProcessor else { return 0 }
        return imageProcessor.grid(width: width, height: height, limit: imageProcessor.config.patchLimit).tokenCount
    }

    /// Vision tokens that a picture or chunk becomes. The model must have vision.
    public func tokenCount(of media: MediaItem) -> Int {
        guard let imageProcessor else { preconditionFailure("this model has no vision tower") }
        return imageProcessor.grid(of: media).tokenCount
    }

    /// Looks at a picture or chunk. The model must have vision.
    public func encode(_ media: MediaItem) -> MediaFeatures {
        guard let imageProcessor else { preconditionFailure("this model has no vision tower") }
        let grid = imageProcessor.grid(of: media)
        let frames = if case .chunk(let frames) = media { frames.count } else { 1 }
        let encoded = encodePatches(
            imageProcessor.patches(of: media), frames: frames, rows: grid.rows, columns: grid.columns)
        return MediaFeatures(tokenCount: grid.tokenCount, values: encoded.projected)
    }

    /// Runs patches through tower and projector.
    ///
    /// - Parameter patches: `[frames · rows · columns, patchValues]` float32.
    /// - Returns: `tower`, `[frames · rows · columns, vision hidden]` after the final norm, and `projected`,
    ///   `[rows/2 · columns/2, language hidden]`.
    package func encodePatches(
        _ patches: [Float], frames: Int, rows: Int, columns: Int
    ) -> (tower: [Float], projected: [Float]) {
        guard let vision, let merger else { preconditionFailure("this model has no vision tower") }
        precondition(1...vision.config.maxFrames ~= frames, "a chunk holds 1…\(vision.config.maxFrames) frames")
        precondition(patches.count == frames * rows * columns * vision.config.patchValues, "patches fill the grid")
        return workspaces.lend { workspace in
            let tower = vision.forward(patches, frames: frames, rows: rows, columns: columns, workspace, compute)
            let count = frames * rows * columns * vision.config.hidden
            let copy = Array(UnsafeBufferPointer(start: tower, count: count))
            let projected = merger.forward(tower, frames: frames, rows: rows, columns: columns, workspace, compute)
            return (copy, projected)
        }
    }

    /// An empty sequence.
    public func makeCache() -> KVCache {
        KVCache(
            KVCache.Shape(
                layers: config.language.layers, width: config.language.cacheWidth, element: cacheElement,
                capacity: max(config.language.contextTokens, KVCache.leastCapacity)))
    }

    /// How caches store their values.
    var cacheElement: KVCache.Element { compute.precision == .exact ? .float32 : .bfloat16 }

    /// Appends inputs to a sequence.
    ///
    /// - Returns: logits of the last position, `[vocabularySize]` float32.
    public func forward(_ inputs: [InputSpan], cache: KVCache) -> [Float] {
        let vocabulary = config.language.vocabularySize
        var last: [Float] = []
        run(inputs, cache, position: nil, observe: nil) { residual, count, isLast, workspace in
            guard isLast else { return }
            let logits = workspace.floats(.logits, vocabulary)
            language.logits(
                residual + (count - 1) * config.language.hidden, count: 1, into: logits, workspace, compute)
            last = Array(UnsafeBufferPointer(start: logits, count: vocabulary))
        }
        return last
    }

    /// Appends inputs to a sequence and shows everything: what parity is proved on.
    ///
    /// - Parameters:
    ///   - position: rotary position of the first input; the cache's length when nil.
    ///   - observe: sees `[token, hidden]` per layer, 0 being the embeddings, once per chunk of tokens.
    /// - Returns: logits of every position, `[token, vocabularySize]`.
    package func forwardAll(
        _ inputs: [InputSpan], cache: KVCache, position: Int? = nil,
        observe: ((_ layer: Int, _ hidden: UnsafeBufferPointer<Float>) -> Void)? = nil
    ) -> [Float] {
        let vocabulary = config.language.vocabularySize
        var all: [Float] = []
        run(inputs, cache, position: position, observe: observe) { residual, count, _, workspace in
            let logits = workspace.floats(.logits, count * vocabulary)
            language.logits(residual, count: count, into: logits, workspace, compute)
            all += UnsafeBufferPointer(start: logits, count: count * vocabulary)
        }
        return all
    }

    /// Runs inputs chunk by chunk; `finish` sees each chunk as it left the last layer.
    private func run(
        _ inputs: [InputSpan], _ cache: KVCache, position: Int?,
        observe: ((_ layer: Int, _ hidden: UnsafeBufferPointer<Float>) -> Void)?,
        finish: (_ residual: UnsafeMutablePointer<Float>, _ count: Int, _ isLast: Bool, _ workspace: Workspace) -> Void
    ) {
        let hidden = config.language.hidden
        let total = inputs.reduce(0) { $0 + $1.count }
        precondition(total > 0, "a forward pass needs at least one token")
        var position = position ?? cache.count
        var pending = EmbeddingCursor(inputs, language.embedding)
        var done = 0
        workspaces.lend { workspace in
            while done < total {
                let count = min(LanguageModel.chunkTokens, total - done)
                let residual = workspace.floats(.residual, count * hidden)
                for token in 0..<count { pending.writeNext(into: residual + token * hidden) }
                let batch = TokenBatch([(cache, count)], position: position, language.rotary, workspace)
                language.forward(residual, batch, workspace, compute, observe: observe)
                done += count
                position += count
                finish(residual, count, done == total, workspace)
            }
        }
    }

    /// Appends a few tokens to each of several sequences, up to `TokenBatch.fewTokens` of all in one pass.
    ///
    /// - Parameter steps: different caches, each with at least one token.
    /// - Returns: logits behind each token, step by step, each `[vocabularySize]` float32: to the last bit those of
    ///   `forward` with that token alone.
    package func decode(_ steps: [(tokens: [Int], cache: KVCache)]) -> [[Float]] {
        var logits: [[Float]] = []
        var pass: [(tokens: [Int], cache: KVCache)] = []
        var room = TokenBatch.fewTokens
        for (tokens, cache) in steps {
            precondition(!tokens.isEmpty, "a step has at least one token")
            var rest = tokens[...]
            while !rest.isEmpty {
                pass.append((Array(rest.prefix(room)), cache))
                room -= pass[pass.count - 1].tokens.count
                rest = rest.dropFirst(pass[pass.count - 1].tokens.count)
                if room == 0 {
                    logits += decodeTogether(pass)
                    pass = []
                    room = TokenBatch.fewTokens
                }
            }
        }
        return pass.isEmpty ? logits : logits + decodeTogether(pass)
    }

    private func decodeTogether(_ steps: [(tokens: [Int], cache: KVCache)]) -> [[Float]] {
        let hidden = config.language.hidden, vocabulary = config.language.vocabularySize
        let ids = steps.flatMap(\.tokens)
        return workspaces.lend { workspace in
            let residual = workspace.floats(.residual, ids.count * hidden)
            var cursor = EmbeddingCursor([.tokens(ids)], language.embedding)
            for token in ids.indices { cursor.writeNext(into: residual + token * hidden) }
            let batch = TokenBatch(steps.map { ($0.cache, $0.tokens.count) }, language.rotary, workspace)
            language.forward(residual, batch, workspace, compute)
            let logits = workspace.floats(.logits, ids.count * vocabulary)
            language.logits(residual, count: ids.count, into: logits, workspace, compute)
            return ids.indices.map { Array(UnsafeBufferPointer(start: logits + $0 * vocabulary, count: vocabulary)) }
        }
    }
}

extension InputSpan {
    /// Tokens of the stretch.
    var count: Int {
        switch self {
        case .tokens(let ids): ids.count
        case .media(let features): features.tokenCount
        }
    }
}

/// Walks over inputs, embedding by embedding.
private struct EmbeddingCursor {
    let inputs: [InputSpan]
    let table: Matrix
    var span = 0
    var offset = 0

    init(_ inputs: [InputSpan], _ table: Matrix) {
        self.inputs = inputs
        self.table = table
    }

    mutating func writeNext(into row: UnsafeMutablePointer<Float>) {
        while offset == inputs[span].count {
            span += 1
            offset = 0
        }
        switch inputs[span] {
        case .tokens(let ids):
            precondition(0..<table.rows ~= ids[offset], "token \(ids[offset]) is not in the vocabulary")
            table.expand(row: ids[offset], into: row)
        case .media(let features):
            precondition(features.values.count == features.tokenCount * table.columns, "features of another model")
            features.values.withUnsafeBufferPointer {
                row.update(from: $0.baseAddress! + offset * table.columns, count: table.columns)
            }
        }
        offset += 1
    }
}
