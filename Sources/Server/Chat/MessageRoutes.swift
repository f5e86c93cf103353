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
        let order = try await body(context).order(try await RequestPlace.read(request, limits: limits))
        let head = MessageHead(model: chat.abilities.modelName)
        if order.isStreamed { return try await chat.stream(order, as: MessageFrames(head), context) }
        return try await chat.answer(order, context).message(head).response()
    }

    @Sendable private func count(request: Request, context: BottegaRequestContext) async throws -> Response {
        let order = try await body(context).order(try await RequestPlace.read(request, limits: limits), counts: true)
        let tokens = try await chat.promptTokens(order)
        return JSONValue.object([.init("input_tokens", .number("\(tokens)"))]).response()
    }

    private func body(_ context: BottegaRequestContext) -> MessageBody {
        MessageBody(
            media: ChatMedia(store: store, limits: limits, abilities: chat.abilities, keyID: context.caller.keyID))
    }
}
