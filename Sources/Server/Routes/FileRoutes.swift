// What a conversion holds, by address: its generated files, the pictures it was made from, the receipts, the archive and
// the report.
// Only paths of the revision's own list are served; no part of an address ever becomes a path of this machine.
// The bytes themselves leave through `FileAnswers`.
import HTTPTypes
import Hummingbird
import Jobs
import UIToCode

/// `/v1/conversions/{id}/files`, `/designs`, `/receipts`, `/archive.zip` and `/report`.
struct FileRoutes: Sendable {
    let store: JobStore
    let reader: ConversionReader
    let files: FileAnswers

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .get("files", use: list)
            .get("files/**", use: file)
            .get("designs/:index", use: design)
            .get("receipts/:design/:file", use: receipt)
            .get("archive.zip", use: archive)
            .get("report", use: report)
    }

    @Sendable private func list(request: Request, context: BottegaRequestContext) async throws -> Response {
        let (revision, conversion) = try await revision(request, context)
        // Of a batch or a workflow, the text of all files may be more than fits.
        let files = try await store.representations(of: revision, withText: conversion.kind == .conversion)
        return try Wire.answer(Listing(data: files))
    }

    @Sendable private func file(request: Request, context: BottegaRequestContext) async throws -> Response {
        let (revision, _) = try await revision(request, context)
        return try await files.answer(try context.pathRest(), in: revision, context: context, request: request)
    }

    @Sendable private func design(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let conversion = try await context.conversion(in: store)
        let text = try context.pathPart("index")
        guard let index = Int(text), conversion.designs.indices.contains(index), String(index) == text else {
            let count = conversion.designs.count
            throw Problem(.notFound, "\(conversion.id) has \(count) designs, counted from 0, and no \"\(text)\"")
        }
        return try await files.answer(conversion.designs[index], request: request, context: context)
    }

    @Sendable private func archive(request: Request, context: BottegaRequestContext) async throws -> Response {
        let (revision, conversion) = try await revision(request, context)
        return try files.archive(of: revision, named: conversion.name)
    }

    @Sendable private func receipt(request: Request, context: BottegaRequestContext) async throws -> Response {
        let (design, name) = (try context.pathPart("design"), try context.pathPart("file"))
        let (revision, _) = try await revision(request, context)
        guard let number = Int(design), String(number) == design, let name = ReceiptFiles.Name(rawValue: name) else {
            throw Problem(.notFound, "there is no file \"\(name)\" of a receipt \"\(design)\"")
        }
        return try await files.answer(name, ofDesign: number, in: revision, context: context, request: request)
    }

    @Sendable private func report(request: Request, context: BottegaRequestContext) async throws -> Response {
        let query = try Query(request, known: ["revision", "design"])
        let design = try query.integer("design", in: 0...Int.max)
        let shape = try Accept(request.headers).required(among: [AnswerShape.json, .page])
        let conversion = try await context.conversion(in: store)
        let revision = try await reader.revision(try query.revision, of: conversion)
        guard shape == .json else {
            return try await files.answer(
                .page, ofDesign: design ?? 0, in: revision, context: context, request: request)
        }
        return try Wire.answer(RevisionReport(revision), headers: revision.scoreHeader)
    }

    /// The revision that the query asks for, and whose it is.
    private func revision(_ request: Request, _ context: BottegaRequestContext) async throws -> (Revision, Conversion) {
        let number = try Query(request, known: ["revision"]).revision
        let conversion = try await context.conversion(in: store)
        return (try await reader.revision(number, of: conversion), conversion)
    }
}
