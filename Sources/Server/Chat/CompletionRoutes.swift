// Chat completions, in OpenAI's protocol: `POST /v1/chat/completions`, and Moonshot's count of a prompt's tokens.
import HTTPTypes
import Hummingbird
import Inference
import Jobs

/// `/v1/chat/completions` and `/v1/tokenizers/estimate-token-count`.
struct CompletionRoutes: Sendable {
    let chat: ChatEngine
    let store: JobStore
    let limits: UploadLimits

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .post("chat/completions", use: complete)
            .post("tokenizers/estimate-token-count", use: count)
    }

    @Sendable private func complete(request: Request, context: BottegaRequestContext) async throws -> Response {
        let place = try chat.enter()
        let order = try await order(request, context)
        let head = CompletionHead(model: chat.abilities.modelName)
        if order.isStreamed {
            return try await chat.stream(order, as: CompletionFrames(head, order: order), in: place, context)
        }
        let answer = try await chat.answer(order, in: place, context)
        return answer.completion(head, tellsTokens: order.request.scoredAlternatives != nil).response()
    }

    @Sendable private func count(request: Request, context: BottegaRequestContext) async throws -> Response {
        let place = try chat.enter()
        defer { place.leave() }
        let tokens = try await chat.promptTokens(try await order(request, context))
        let data = JSONValue.object([.init("total_tokens", .number("\(tokens)"))])
        return JSONValue.object([.init("data", data)]).response()
    }

    private func order(_ request: Request, _ context: BottegaRequestContext) async throws -> ChatOrder {
        let body = try await RequestPlace.read(request, limits: limits)
        let media = ChatMedia(store: store, limits: limits, abilities: chat.abilities, keyID: context.caller.keyID)
        return try await context.whileAttended { try await CompletionBody(media: media).order(body) }
    }
}

extension RequestPlace {
    /// Reads the JSON body of a chat.
    static func read(_ request: Request, limits: UploadLimits) async throws -> RequestPlace {
        _ = try Query(request, known: ["beta"])
        let type = request.headers.mediaType
        guard type == "application/json" else {
            throw Problem(
                .unsupportedMedia, "a chat is application/json, not \"\(type.prefix(100))\"", param: "Content-Type")
        }
        let body = try await request.wholeBody(upTo: limits.chatBytes)
        return try await PixelThreads.run { try RequestPlace(body: body) }
    }
}

extension JSONValue {
    /// An answer that carries the value.
    func response(status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text(.compact))))
    }
}
