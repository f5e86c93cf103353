// Conversions: made from pictures, listed, read, deleted. Making one reads the whole request onto disk first; from then
// on it is a job like any other, and what the client hears of it is `Submissions`' part.
import HTTPTypes
import Hummingbird
import Jobs

/// `/v1/convert` and `/v1/conversions`.
struct ConversionRoutes: Sendable {
    let store: JobStore
    let reader: ConversionReader
    let submissions: Submissions
    let uploads: UploadReader

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .post("convert", use: convert)
            .get("conversions", use: list)
            .get("conversions/:conversion", use: read)
            .delete("conversions/:conversion", use: delete)
            .get("conversions/:conversion/revisions", use: revisions)
    }

    @Sendable private func convert(request: Request, context: BottegaRequestContext) async throws -> Response {
        let terms = try AnswerTerms(request)
        try submissions.requireOpen()
        return try await submissions.underWay.exclusively(terms.idempotencyKey, caller: context.caller) {
            let upload = try await uploads.read(request, context: context)
            let submission = try await store.create(
                upload.draft, key: context.caller.keyID,
                activeJobLimit: context.caller.activeJobs ?? submissions.activeJobs,
                idempotency: submissions.idempotency(terms, digest: upload.digest))
            return try await submissions.answer(submission, terms: terms, context: context)
        }
    }

    @Sendable private func list(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await submissions.list(.conversion, request, context: context)
    }

    @Sendable private func read(request: Request, context: BottegaRequestContext) async throws -> Response {
        let query = try Query(request, known: ["revision", "text"])
        let accept = Accept(request.headers)
        let shapes: [AnswerShape] = [.json, .archive, .page]
        _ = try accept.required(among: shapes)
        let revision = try query.revision
        let withText = try query.truth("text") ?? true
        let conversion = try await context.conversion(in: store)
        return try await submissions.answer(
            conversion, job: nil, revision: revision, accept: accept, withText: withText, context: context)
    }

    @Sendable private func delete(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        return try await submissions.delete(try await context.conversion(in: store))
    }

    @Sendable private func revisions(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let conversion = try await context.conversion(in: store)
        let revisions = try await store.revisions(of: conversion.id)
        return try Wire.answer(Listing(data: revisions.map { RevisionRepresentation($0) }))
    }
}
