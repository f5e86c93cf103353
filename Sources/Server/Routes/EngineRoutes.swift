// What the engine can do, and what the service accepts. Both are fixed when the service starts; clients read them here
// instead of guessing, and nothing in the service asks for a model's name to decide anything.
// Reads: endpoints · read.
import Hummingbird
import Inference

/// `/v1/engine`.
struct EngineRoutes: Sendable {
    private struct Representation: Encodable, Sendable {
        struct Limits: Encodable, Sendable {
            let images, imageBytes, imageSide, imagePixels, archiveEntries, archiveBytes, jsonBytes, measuredPixels,
                videoBytes, keptFiles, keptFileBytes, chatBytes, queue: Int
        }

        var object = "engine"
        let name: String
        let contextTokens: Int
        let readsImages: Bool
        let followsInstructions: Bool
        let measures: Bool
        let limits: Limits
    }

    let abilities: Abilities
    /// Whether there is a browser, so that pages are shown and scored.
    let measures: Bool
    let limits: UploadLimits
    let queueLimit: Int

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).get(use: read)
    }

    @Sendable private func read(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        return try Wire.answer(
            Representation(
                name: abilities.modelName, contextTokens: abilities.contextTokens, readsImages: abilities.readsImages,
                followsInstructions: abilities.followsInstructions, measures: measures,
                limits: Representation.Limits(
                    images: limits.images, imageBytes: limits.imageBytes, imageSide: limits.imageSide,
                    imagePixels: limits.imagePixels, archiveEntries: limits.archiveEntries,
                    archiveBytes: limits.archiveBytes, jsonBytes: limits.jsonBytes,
                    measuredPixels: limits.measuredPixels, videoBytes: limits.videoBytes, keptFiles: limits.keptFiles,
                    keptFileBytes: limits.keptFileBytes, chatBytes: limits.chatBytes, queue: queueLimit)))
    }
}
