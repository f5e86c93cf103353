// A checkpoint's account for machines.
import Model

struct InspectionJSON: Encodable {
    struct Language: Encodable {
        let layers, hidden, heads, vocabulary, contextTokens: Int
        let experts, chosenExperts, sharedExperts, expertInner, denseLayers: Int
        let latentRank, ropeDim: Int
        let queryRank: Int?
        let quantization: String
    }

    struct Vision: Encodable {
        let layers, hidden, heads, patchSize, maxFrames: Int
    }

    struct Parameters: Encodable {
        let total, active, vision: Int
    }

    struct Storage: Encodable {
        let elementType: String
        let tensors, bytes: Int
    }

    struct Memory: Encodable {
        let weightBytes, cacheBytesPerToken, bytesAtFullContext: Int
    }

    let model: String
    let language: Language
    let vision: Vision?
    let parameters: Parameters
    let storage: [Storage]
    let memory: Memory
    let missing, leftover: [String]

    init(_ inspection: CheckpointInspection) {
        let core = inspection.config.language
        model = inspection.config.modelType
        language = Language(
            layers: core.layers, hidden: core.hidden, heads: core.heads, vocabulary: core.vocabularySize,
            contextTokens: core.contextTokens, experts: core.experts, chosenExperts: core.chosenExperts,
            sharedExperts: core.sharedExperts, expertInner: core.expertInner, denseLayers: core.denseLayers,
            latentRank: core.latentRank, ropeDim: core.ropeDim, queryRank: core.queryRank,
            quantization: core.quantization.rawValue)
        vision = inspection.config.vision.map {
            Vision(
                layers: $0.layers, hidden: $0.hidden, heads: $0.heads, patchSize: $0.patchSize, maxFrames: $0.maxFrames)
        }
        parameters = Parameters(
            total: inspection.totalParameters, active: inspection.activeParameters, vision: inspection.visionParameters)
        storage = inspection.storage.map {
            Storage(elementType: $0.elementType, tensors: $0.tensorCount, bytes: $0.byteCount)
        }
        memory = Memory(
            weightBytes: inspection.weightBytes, cacheBytesPerToken: inspection.cacheBytesPerToken,
            bytesAtFullContext: inspection.memoryBytes(contextTokens: core.contextTokens))
        missing = inspection.missing
        leftover = inspection.leftover
    }
}
