// The event stream of a conversion's job: of the latest, or of the one that is named. Where a client was cut off comes
// as a header from browsers and as a parameter from those that cannot set one; anything that is no such place is refused.
// What is told, and how long, is in `Events/`.
import HTTPTypes
import Hummingbird
import Jobs

/// `/v1/conversions/{id}/events`, and the same of batches and workflows.
struct EventRoutes: Sendable {
    let store: JobStore
    let events: EventAnswers
    /// Nil for any.
    var kind: Conversion.Kind?

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).get("events", use: follow)
    }

    @Sendable private func follow(request: Request, context: BottegaRequestContext) async throws -> Response {
        let query = try Query(request, known: ["job", "last_event_id"])
        _ = try Accept(request.headers).required(among: [AnswerShape.events])
        let id = try lastEvent(request, query)
        let conversion = try await context.conversion(in: store, kind)
        let job = try await store.job(query["job"] ?? conversion.latestJobID, key: context.caller.keyID)
        guard job.conversionID == conversion.id else {
            throw Problem(.notFound, "\(job.id) is no job of \(conversion.id)", param: "job")
        }
        return try await events.answer(job, after: id, context: context)
    }

    /// Where the client was cut off; the header counts before the parameter, which is for clients that cannot set it.
    private func lastEvent(_ request: Request, _ query: Query) throws(Problem) -> JobEvent.ID? {
        let header = request.headers[.lastEventID]
        guard let text = header ?? query["last_event_id"], !text.isEmpty else { return nil }
        guard let id = JobEvent.ID(parsing: text) else {
            let param = header == nil ? "last_event_id" : "Last-Event-ID"
            throw Problem(
                .invalidParameter, "\(param) is an id of this stream, like 1-17, not \"\(text)\"", param: param)
        }
        return id
    }
}
