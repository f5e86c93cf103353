// Edits: what is to change is read strictly and refused before it becomes a job, as far as that can be known without
// doing the work; whether a selector finds its element shows in the job.
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Inference
import Jobs
import NIOCore
import UIToCode

/// `/v1/conversions/{id}/edits`.
struct EditRoutes: Sendable {
    /// The most bytes of an edit's description.
    static let bodyLimit = 1 << 20

    let store: JobStore
    let reader: ConversionReader
    let submissions: Submissions
    let abilities: Abilities

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).post("edits", use: edit)
    }

    @Sendable private func edit(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let terms = try AnswerTerms(request)
        try submissions.requireOpen()
        let id = try context.pathPart("conversion")
        return try await submissions.underWay.exclusively(terms.idempotencyKey, caller: context.caller) {
            let order = try await EditOrder.read(request)
            let conversion = try await store.conversion(id, key: context.caller.keyID)
            try await order.check(conversion, reader: reader, abilities: abilities)
            let submission = try await store.createEdit(
                order.edit, of: conversion.id, parent: order.revision, file: order.file, key: context.caller.keyID,
                activeJobLimit: context.caller.activeJobs ?? submissions.activeJobs,
                idempotency: submissions.idempotency(terms, digest: try order.digest(conversion: conversion.id)))
            return try await submissions.answer(submission, terms: terms, context: context)
        }
    }
}

/// What somebody wants changed.
struct EditOrder: Sendable {
    private struct Target: Decodable {
        let file: String?
        let revision: Int?
    }

    private struct Canonical: Encodable {
        let conversion: String
        let edit: Edit
        let file: String?
        let revision: Int?
    }

    let edit: Edit
    /// The file to change; nil for the entry page.
    let file: String?
    /// The revision to start from; nil for the latest.
    let revision: Int?

    /// Reads a request's body.
    ///
    /// - Throws: `unsupported_media`, `body_too_large`, `invalid_json`, `edit_invalid` or `invalid_parameter`.
    static func read(_ request: Request) async throws -> EditOrder {
        let type = request.headers.mediaType
        guard type == "application/json" else {
            throw Problem(.unsupportedMedia, "an edit is application/json, not \"\(type)\"", param: "Content-Type")
        }
        let body = try await request.body.collect(upTo: EditRoutes.bodyLimit)
        return try EditOrder(Data(body.readableBytesView))
    }

    init(_ body: Data) throws(Problem) {
        do { _ = try JSONValue(parsing: Array(body)) } catch {
            throw Problem(.invalidJSON, "the body is not JSON: \(error)")
        }
        do {
            edit = try JSONDecoder().decode(Edit.self, from: body)
            let target = try JSONDecoder().decode(Target.self, from: body)
            file = target.file
            revision = target.revision
        } catch let error as DecodingError { throw Problem(.editInvalid, error) } catch {
            throw Problem(.editInvalid, "the edit cannot be read: \(error)")
        }
        if let revision, revision < 1 {
            throw Problem(.invalidParameter, "revision is 1 or more, not \(revision)", param: "revision")
        }
    }

    /// Refuses what cannot succeed.
    func check(_ conversion: Conversion, reader: ConversionReader, abilities: Abilities) async throws {
        guard conversion.kind == .conversion else {
            throw Problem(.editInvalid, "\(conversion.id) is a \(conversion.kind); only conversions are edited")
        }
        let revision = try await reader.revision(revision, of: conversion)
        if let file, !revision.files.contains(where: { $0.path == file }) {
            throw Problem(.editInvalid, "revision \(revision.number) has no file \"\(file)\"", param: "file")
        }
        if case .instruction = edit, !abilities.followsInstructions {
            throw Problem(
                .engineNoInstructions,
                "\(abilities.modelName) does not follow instructions; send operations, which need no model",
                param: "instruction")
        }
    }

    /// A digest of everything that was asked for.
    func digest(conversion: String) throws -> String {
        let canonical = Canonical(conversion: conversion, edit: edit, file: file, revision: revision)
        return SHA256.hash(data: Data(try Wire.json(canonical).readableBytesView)).hexadecimal
    }
}

extension Problem {
    /// A body whose fields are not what they should be; names the field.
    init(_ code: Code, _ error: DecodingError) {
        let (context, missing): (DecodingError.Context, (any CodingKey)?) =
            switch error {
            case .keyNotFound(let key, let context): (context, key)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, nil)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: "it cannot be read"), nil)
            }
        let path = (context.codingPath + (missing.map { [$0] } ?? [])).reduce(into: "") { path, key in
            path += key.intValue.map { "[\($0)]" } ?? (path.isEmpty ? key.stringValue : "." + key.stringValue)
        }
        let reason = missing == nil ? context.debugDescription : "it is missing"
        self.init(code, path.isEmpty ? reason : "\(path): \(reason)", param: path.isEmpty ? nil : path)
    }
}
