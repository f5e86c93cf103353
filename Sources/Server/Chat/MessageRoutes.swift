// Messages, in Anthropic's protocol: `POST /v1/messages`, and the count of a prompt's tokens.
import HTTPTypes
import Hummingbird
import Inference
import Jobs

/// `/v1/messages`.
struct MessageRoutes: Sendable {
    let chat: ChatEngine
    let store: JobStore
    let limits: UploadLimits

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .post(use: answer)
            .post("count_tokens", use: count)
    }

    @Sendable private func answer(request: Request, context: BottegaRequestContext) async throws -> Response {
        let place = try chat.enter()
        let order = try await order(request, context)
        let head = MessageHead(model: chat.abilities.modelName)
        if order.isStreamed { return try await chat.stream(order, as: MessageFrames(head), in: place, context) }
        return try await chat.answer(order, in: place, context).message(head).response()
    }

    @Sendable private func count(request: Request, context: BottegaRequestContext) async throws -> Response {
        let place = try chat.enter()
        defer { place.leave() }
        let tokens = try await chat.promptTokens(try await order(request, context, counts: true))
        return JSONValue.object([.init("input_tokens", .number("\(tokens)"))]).response()
    }

    private func order(
        _ request: Request, _ context: BottegaRequestContext, counts: Bool = false
    ) async throws -> ChatOrder {
        let body = try await RequestPlace.read(request, limits: limits)
        let media = ChatMedia(store: store, limits: limits, abilities: chat.abilities, keyID: context.caller.keyID)
        return try await context.whileAttended { try await MessageBody(media: media).order(body, counts: counts) }
    }
}
