// What the work of a model comes to, from its shapes alone: bytes that a decoded token reads, multiplications of a prompt or
// a picture. Measurements are held against them; a multiply-add counts as two operations.

package import Kernels

extension KimiModel {
    /// The machine's limits with the model's own threads.
    package func ceilings() -> Ceilings { compute.ceilings() }

    /// Bytes of weights and cache that one token reads when it is decoded behind `context` others.
    package func decodeBytes(context: Int) -> Int {
        let config = config.language
        let layers = language.layers.reduce(0) { $0 + $1.decodeBytes }
        return layers + language.head.byteCount + config.layers * context * config.cacheWidth * cacheElement.bytes
    }

    /// Bytes that this process has read from disks so far; what was in the page cache does not count.
    package static var bytesRead: Int { DiskAccount.bytesRead }

    /// Lets experts be read ahead, as they are from the beginning, or not. All layers have one reader.
    package func readAhead(_ isOn: Bool) {
        language.layers.lazy.compactMap(\.experts).first?.readAhead.turn(on: isOn)
    }

    /// Operations of a prompt of `tokens` that begins a sequence: every layer, and the head once.
    package func prefillOperations(tokens: Int) -> Double {
        let config = config.language
        let weights = language.layers.reduce(0) { $0 + $1.weightsPerToken }
        // Every query meets half of the keys.
        let attention = tokens * tokens / 2 * config.heads * (config.queryHeadDim + config.valueDim) * config.layers
        return 2 * Double(tokens * weights + attention + config.hidden * config.vocabularySize)
    }

    /// Operations of a picture of `patches`, projected.
    package func encodeOperations(patches: Int) -> Double {
        guard let vision = config.vision else { return 0 }
        let block = 4 * vision.hidden * vision.hidden + 2 * vision.hidden * vision.inner
        let attention = 2 * patches * vision.hidden
        let tokens = patches / (vision.mergeSide * vision.mergeSide)
        let projector = vision.mergedWidth * (vision.mergedWidth + config.language.hidden)
        return 2
            * Double(
                patches * (vision.layers * (block + attention) + vision.patchValues * vision.hidden)
                    + tokens * projector)
    }
}

extension DecoderLayer {
    /// Bytes of weights that one token reads.
    fileprivate var decodeBytes: Int {
        attention.matrices.reduce(0) { $0 + $1.byteCount } + mixerMatrices.reduce(0) { $0 + $1.byteCount }
    }

    /// Weights that one token of a prompt is multiplied with.
    fileprivate var weightsPerToken: Int {
        (attention.matrices + mixerMatrices).reduce(0) { $0 + $1.rows * $1.columns }
    }

    private var mixerMatrices: [Matrix] {
        switch mixer {
        case .dense(let feedForward): feedForward.matrices
        case .experts(let experts):
            [experts.router.gate] + (experts.shared?.matrices ?? [])
                + experts.routed.prefix(experts.config.chosenExperts).flatMap(\.matrices)
        }
    }
}

extension LatentAttention {
    /// What a token is multiplied with; the up-projection in one of its two forms.
    fileprivate var matrices: [Matrix] { [queryDown, queryUp, latentDown, latentUp, output].compactMap { $0 } }
}

extension FeedForward {
    fileprivate var matrices: [Matrix] { [gate, up, down] }
}
