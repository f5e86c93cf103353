// The models that chats may name, as OpenAI's clients list them: the one that the service was started with. A chat may
// name any model; the one there is answers, and its answer says which.
import Foundation
import Hummingbird
import Inference

/// `/v1/models`.
struct ModelRoutes: Sendable {
    let abilities: Abilities
    private let created = Int(Date().timeIntervalSince1970)

    init(abilities: Abilities) { self.abilities = abilities }

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .get(use: list)
            .get("**", use: read)  // names may have slashes: moonshotai/Kimi-K2.5
    }

    @Sendable private func list(request: Request, context: BottegaRequestContext) async throws -> Response {
        // Anthropic's clients page through their listing.
        _ = try Query(request, known: ["limit", "after_id", "before_id"])
        return JSONValue.object([
            .init("object", .string("list")), .init("data", .array([model])), .init("has_more", .bool(false)),
            .init("first_id", .string(abilities.modelName)), .init("last_id", .string(abilities.modelName)),
        ]).response()
    }

    @Sendable private func read(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let name = try context.pathRest()
        guard name == abilities.modelName else {
            throw Problem(
                .notFound, "there is no model \(name.quotedBriefly), but \(abilities.modelName)", param: "model")
        }
        return model.response()
    }

    // Both protocols' members side by side; `max_model_len` is what vLLM and SGLang say.
    private var model: JSONValue {
        let created = Date(timeIntervalSince1970: Double(created))
        return .object([
            .init("id", .string(abilities.modelName)), .init("object", .string("model")),
            .init("created", .number("\(self.created)")), .init("owned_by", .string("bottega")),
            .init("type", .string("model")), .init("display_name", .string(abilities.modelName)),
            .init("created_at", .string(created.formatted(.iso8601))),
            .init("max_model_len", .number("\(abilities.contextTokens)")),
            .init("supports_image_in", .bool(abilities.readsImages)),
            .init("supports_video_in", .bool(abilities.readsVideo)),
            .init("supports_tools", .bool(abilities.callsTools)),
        ])
    }
}
