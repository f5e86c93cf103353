// Files as answers: streamed from disk, never held; with an entity tag that is the content's digest, and a policy under
// which nothing in them runs. Designs, generated files and archives all leave through here.
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import NIOCore
import NIOPosix
import UIToCode

/// Serves stored content.
struct FileAnswers: Sendable {
    /// Lets a generated page be looked at, but run nothing and reach nothing.
    static let inertPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; sandbox"

    /// Lets the report of a receipt do what its own policy, which is stricter, allows, without an origin.
    static let reportPolicy =
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

    let store: JobStore

    /// One file of a revision.
    ///
    /// - Throws: `not_found` for a path that is not in the revision.
    func answer(
        _ path: String, in revision: Revision, context: BottegaRequestContext, headers: HTTPFields = [:],
        request: Request? = nil
    ) async throws -> Response {
        guard let file = revision.files.first(where: { $0.path == path }),
            let location = store.filePath(path, of: revision)
        else {
            throw Problem(.notFound, "revision \(revision.number) has no file \"\(path)\"", param: "path")
        }
        var headers = headers
        headers[.contentType] = file.mediaType
        if headers[.contentSecurityPolicy] == nil { headers[.contentSecurityPolicy] = Self.inertPolicy }
        return try await stream(location, tag: file.digest, headers: headers, context: context, request: request)
    }

    /// A file of the receipt of a design's page.
    ///
    /// - Throws: `not_found` for a page that was not measured, saying why.
    func answer(
        _ name: ReceiptFiles.Name, ofDesign design: Int, in revision: Revision, context: BottegaRequestContext,
        request: Request
    ) async throws -> Response {
        guard let receipt = revision.receipts.first(where: { $0.design == design }) else {
            throw Problem(.notFound, "revision \(revision.number) has no receipt of a design \(design)")
        }
        guard let location = store.path(name, of: receipt) else {
            let reason = receipt.unmeasured ?? "the page is the draft as it was written"
            throw Problem(.notFound, "there is no \(name.rawValue) of design \(design): \(reason)")
        }
        var headers: HTTPFields = [.contentType: name.mediaType, .contentSecurityPolicy: Self.inertPolicy]
        if name == .page { headers[.contentSecurityPolicy] = Self.reportPolicy }
        let tag = "\(revision.conversionID)-\(revision.number)-\(design)-\(name.rawValue)"
        return try await stream(location, tag: tag, headers: headers, context: context, request: request)
    }

    /// An uploaded picture.
    func answer(_ design: StoredDesign, request: Request, context: BottegaRequestContext) async throws -> Response {
        try await stream(
            store.uploadPath(design.digest), tag: design.digest,
            headers: [.contentType: design.mediaType, .contentSecurityPolicy: Self.inertPolicy], context: context,
            request: request)
    }

    /// A file that was sent to be referred to.
    func answer(_ file: MediaFile, request: Request, context: BottegaRequestContext) async throws -> Response {
        try await stream(
            file.path, tag: file.digest,
            headers: [
                .contentType: file.mediaType, .contentDisposition: Self.attachment(file.name),
                .contentSecurityPolicy: Self.inertPolicy,
            ], context: context, request: request)
    }

    private func stream(
        _ location: String, tag: String, headers: HTTPFields, context: BottegaRequestContext, request: Request?
    ) async throws -> Response {
        var headers = headers
        headers[.eTag] = "\"\(tag)\""
        headers[.cacheControl] = "private, no-cache"
        if let request, request.headers.holdsTag(tag) { return Response(status: .notModified, headers: headers) }
        let body = try await FileIO().loadFile(path: location, context: context, chunkLength: 64 << 10)
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension HTTPFields {
    /// Whether `If-None-Match` names this tag; weak and strong tags are the same here.
    func holdsTag(_ tag: String) -> Bool {
        let forms: Set<String> = ["*", "\"\(tag)\"", "W/\"\(tag)\""]
        let members = self[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
        return members.contains { forms.contains(String($0.trimmedOfSpace)) }
    }
}
