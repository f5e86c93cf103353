// What the routes of batches and workflows share, and those of conversions in part: made, listed, read, cancelled, deleted.
import HTTPTypes
import Hummingbird
import Jobs

extension Submissions {
    /// Makes a batch or a workflow. Who does not say how long to wait is answered at once: these take minutes.
    func create(
        _ request: Request, context: BottegaRequestContext,
        reading body: @Sendable () async throws -> UploadReader.Intake
    ) async throws -> Response {
        let terms = try AnswerTerms(request, among: AnswerShape.ofFolders)
        try requireOpen()
        return try await underWay.exclusively(terms.idempotencyKey, caller: context.caller) {
            let upload = try await body()
            let submission = try await store.create(
                upload.draft, key: context.caller.keyID, activeJobLimit: context.caller.activeJobs ?? activeJobs,
                idempotency: idempotency(terms, digest: upload.digest))
            return try await answer(submission, terms: terms, waitSeconds: 0, context: context)
        }
    }

    /// What batches and workflows have in common: `/`, `/{id}`, `/{id}/archive.zip`, `/{id}/cancel`.
    func endpoints(of kind: Conversion.Kind) -> RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .get { try await list(kind, $0, context: $1) }
            .get(":conversion") { try await read(kind, $0, context: $1) }
            .delete(":conversion") { request, context in
                _ = try Query(request)
                return try await delete(try await context.conversion(in: store, kind))
            }
            .get(":conversion/archive.zip") { try await archive(kind, $0, context: $1) }
            .post(":conversion/cancel") { try await cancelLatest(kind, $0, context: $1) }
    }

    /// A page of the caller's conversions of a kind, without the text of their files.
    func list(_ kind: Conversion.Kind, _ request: Request, context: BottegaRequestContext) async throws -> Response {
        let page = try PageRequest(Query(request, known: PageRequest.parameters))
        let found = try await store.conversions(
            key: context.caller.keyID, kind: kind, limit: page.limit, cursor: page.cursor)
        var objects: [ConversionObject] = []
        for conversion in found.items {
            objects.append(try await reader.object(of: conversion, withText: false))
        }
        return try Wire.answer(PagedListing(data: objects, nextCursor: found.nextCursor))
    }

    /// A batch or a workflow as JSON or as its archive.
    private func read(_ kind: Conversion.Kind, _ request: Request, context: BottegaRequestContext) async throws
        -> Response
    {
        let revision = try Query(request, known: ["revision"]).revision
        let accept = Accept(request.headers)
        _ = try accept.required(among: [AnswerShape.json, .archive])
        let conversion = try await context.conversion(in: store, kind)
        return try await answer(conversion, job: nil, revision: revision, accept: accept, context: context)
    }

    private func archive(_ kind: Conversion.Kind, _ request: Request, context: BottegaRequestContext) async throws
        -> Response
    {
        let number = try Query(request, known: ["revision"]).revision
        let conversion = try await context.conversion(in: store, kind)
        return try files.archive(of: try await reader.revision(number, of: conversion), named: conversion.name)
    }

    /// Cancels the latest job; one that has ended is left as it is.
    private func cancelLatest(
        _ kind: Conversion.Kind, _ request: Request, context: BottegaRequestContext
    ) async throws -> Response {
        _ = try Query(request)
        let conversion = try await context.conversion(in: store, kind)
        let job = try await cancel(conversion.latestJobID, caller: context.caller)
        return try Wire.answer(try await reader.object(of: conversion, job: job))
    }

    /// Deletes a conversion of any kind with its jobs, and tells those who follow them.
    func delete(_ conversion: Conversion) async throws -> Response {
        let unfinished = try await unfinishedJobs(of: conversion)
        try await store.delete(conversion: conversion.id, key: conversion.keyID)
        // Those who follow its jobs hear of their end from here: there is nothing left that a worker could tell of.
        for job in unfinished { hub.publish(.cancelled, job: job.id, attempt: job.claims) }
        return Response(status: .noContent)
    }

    private func unfinishedJobs(of conversion: Conversion) async throws -> [Job] {
        var jobs: [Job] = []
        for state in [Job.State.queued, .running] {
            let page = try await store.jobs(key: conversion.keyID, state: state, limit: 1000)
            jobs += page.items.filter { $0.conversionID == conversion.id }
        }
        return jobs
    }
}

extension AnswerShape {
    /// The shapes a batch and a workflow can be answered in.
    static let ofFolders: [AnswerShape] = [.json, .archive, .events]
}
