// The tiny checkpoints, opened once for all tests, with what transformers says about them.

import Media
import Support
import Synchronization
import Testing

@testable import Model

/// A tiny checkpoint, its goldens, and its models in both precisions.
struct TinyModel: Sendable {
    let name: String
    let goldens: Goldens
    let exact: KimiModel
    let fast: KimiModel

    private static let opened = Mutex<[String: TinyModel]>([:])

    /// Opens a checkpoint on two threads, or gives the one that is open.
    static func named(_ name: String) throws -> TinyModel {
        try opened.withLock { opened in
            if let model = opened[name] { return model }
            let model = try TinyModel(name)
            opened[name] = model
            return model
        }
    }

    private init(_ name: String) throws {
        self.name = name
        goldens = try Goldens(name)
        exact = try KimiModel.open(Fixtures.checkpoint(name), threads: 2, precision: .exact)
        fast = try KimiModel.open(Fixtures.checkpoint(name), threads: 2, precision: .fast)
    }

    /// The model in one precision.
    func model(_ precision: ComputePrecision) -> KimiModel { precision == .exact ? exact : fast }

    /// A recorded picture or clip as a caller would hand it over.
    func medium(_ name: String) throws -> MediaItem {
        let frames = try goldens.ints("\(name)/frames")
        let images = stride(from: 0, to: frames.count, by: 3).map {
            Image.noise(width: frames[$0], height: frames[$0 + 1], seed: frames[$0 + 2])
        }
        return images.count == 1 && name != "frame" ? .image(images[0]) : .chunk(images)
    }

    /// Features, and the states before projection, of a recorded picture or clip.
    func encoded(_ name: String, _ precision: ComputePrecision) throws -> (tower: [Float], projected: [Float]) {
        let model = model(precision)
        let grid = try goldens.ints("\(name)/grid")
        let medium = try medium(name)
        guard let processor = model.imageProcessor else { return ([], []) }
        return model.encodePatches(processor.patches(of: medium), frames: grid[0], rows: grid[1], columns: grid[2])
    }

    /// The recorded prompt with its media, if it has any, in place.
    func prompt(_ precision: ComputePrecision) throws -> [InputSpan] {
        let media = exact.hasVision ? [try medium("wide")] : []
        return try spans("prompt/ids", media, precision)
    }

    /// Recorded ids as inputs: runs of media pads become the features of `media`, in order.
    func spans(_ name: String, _ media: [MediaItem] = [], _ precision: ComputePrecision = .exact) throws -> [InputSpan]
    {
        let ids = try goldens.ints(name)
        var waiting = media[...]
        var spans: [InputSpan] = []
        var index = 0
        while index < ids.count {
            if ids[index] == exact.config.mediaPadTokenID, let item = waiting.popFirst() {
                let features = model(precision).encode(item)
                spans.append(.media(features))
                index += features.tokenCount
            } else {
                let end = ids[index...].dropFirst().firstIndex { $0 == exact.config.mediaPadTokenID } ?? ids.count
                spans.append(.tokens(Array(ids[index..<end])))
                index = end
            }
        }
        return spans
    }

    /// Logits of every position of some inputs, in a fresh sequence.
    func logits(_ inputs: [InputSpan], _ precision: ComputePrecision = .exact, position: Int? = nil) -> [Float] {
        let model = model(precision)
        return model.forwardAll(inputs, cache: model.makeCache(), position: position)
    }

    /// Some rows of `[row, vocabulary]` logits.
    func rows(_ rows: [Int], of logits: [Float]) -> [Float] {
        let vocabulary = exact.config.language.vocabularySize
        return rows.flatMap { logits[$0 * vocabulary..<($0 + 1) * vocabulary] }
    }
}

/// Elements spread evenly over an output, as the recording script takes them.
func sampled(_ output: [Float]) -> [Float] {
    stride(from: 0, to: output.count, by: (output.count + 255) / 256).map { output[$0] }
}

/// The index of the greatest logit; the first of equals.
func greatest(_ logits: [Float]) -> Int {
    logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
}

/// Records that an error is not of the kind a test demands.
func unexpected(_ error: CheckpointError?) { Issue.record("\(String(describing: error))") }
