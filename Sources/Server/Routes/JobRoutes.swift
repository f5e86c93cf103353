// Jobs: listed, read, cancelled. They are made by the routes of what they work on. Cancelling a job that has ended
// leaves it as it is and answers with it, so that doing it twice is the same as doing it once.
// Reads: endpoints · list · read · cancel.
import Hummingbird
import Jobs

/// `/v1/jobs`.
struct JobRoutes: Sendable {
    let store: JobStore
    let reader: ConversionReader
    let submissions: Submissions

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .get(use: list)
            .get(":job", use: read)
            .delete(":job", use: cancel)
    }

    @Sendable private func list(request: Request, context: BottegaRequestContext) async throws -> Response {
        let query = try Query(request, known: PageRequest.parameters.union(["status"]))
        let page = try PageRequest(query)
        let state = query["status"].flatMap { Job.State(rawValue: $0) }
        if let text = query["status"], state == nil {
            let known = Job.State.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.invalidParameter, "status is one of \(known), not \"\(text)\"", param: "status")
        }
        let jobs = try await store.jobs(
            key: context.caller.keyID, state: state, limit: page.limit, cursor: page.cursor)
        var objects: [JobRepresentation] = []
        for job in jobs.items { objects.append(try await reader.representation(of: job)) }
        return try Wire.answer(PagedListing(data: objects, nextCursor: jobs.nextCursor))
    }

    @Sendable private func read(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let job = try await store.job(try context.pathPart("job"), key: context.caller.keyID)
        return try Wire.answer(try await reader.representation(of: job))
    }

    @Sendable private func cancel(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let job = try await submissions.cancel(try context.pathPart("job"), caller: context.caller)
        return try Wire.answer(try await reader.representation(of: job))
    }
}
