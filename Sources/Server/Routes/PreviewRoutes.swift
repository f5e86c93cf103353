// Generated pages to be looked at in a frame. The address is the permission; the page runs in a sandbox without an origin
// of its own, so that its scripts reach neither the service nor what the browser keeps for it. On request a script of
// ours tells the surrounding page which element was pointed at.
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import NIOCore
import NIOPosix

/// `/preview/{token}/{path}`.
struct PreviewRoutes: Sendable {
    private static let policy =
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'self'; style-src 'unsafe-inline' 'self'; "
        + "img-src 'self' data:; font-src 'self' data:; connect-src 'none'; form-action 'none'; base-uri 'none'; "
        + "frame-ancestors 'self'"

    let store: JobStore
    let files: FileAnswers
    let signer: PreviewSigner
    /// What is put into a page whose elements are to be pointed at.
    let selectScript: String

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).get("preview/:token/**", use: show)
    }

    @Sendable private func show(request: Request, context: BottegaRequestContext) async throws -> Response {
        // Pages may add queries of their own to the addresses of their files, so unknown parameters are no error here.
        let selects = request.uri.queryParameters["select"] == "1"
        guard let grant = signer.grant(try context.pathPart("token")) else {
            throw Problem(.notFound, "this preview's address is not valid any more; ask the conversion for a new one")
        }
        let revision = try await store.revision(grant.revision, of: grant.conversion)
        let path = try context.pathRest()
        let headers: HTTPFields = [
            .contentSecurityPolicy: Self.policy,
            // A page without an origin counts as foreign even to its own pictures.
            .crossOriginResourcePolicy: "cross-origin",
        ]
        if selects, let page = try await selectablePage(path, revision) {
            var headers = headers
            headers[.contentType] = "text/html; charset=utf-8"
            headers[.cacheControl] = "no-store"
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        }
        return try await files.answer(path, in: revision, context: context, headers: headers, request: request)
    }

    /// The page with the script at its end; nil for a file that is no page.
    private func selectablePage(_ path: String, _ revision: Revision) async throws -> String? {
        guard let file = revision.files.first(where: { $0.path == path }), file.mediaType.hasPrefix("text/html"),
            let page = try await store.inlineText(of: file, in: revision)
        else { return nil }
        let script = "<script>\(selectScript)</script>"
        guard let end = page.range(of: "</body>", options: [.caseInsensitive, .backwards]) else { return page + script }
        return page.replacingCharacters(in: end, with: script + page[end])
    }
}
