// The web page and what it loads, and what the documentation loads beside it. Everything is held in memory from the start
// on and found by its bare name, so that no address can lead anywhere else.
// Reads: init · endpoints · page · asset.
import Foundation
import HTTPTypes
import Hummingbird

/// `/` and `/assets`.
struct PageRoutes: Sendable {
    private let page: WebFile
    private let assets: [String: WebFile]

    /// - Parameters:
    ///   - page: the folder of the page: `index.html`, `select.js`, which belongs to previews, and assets.
    ///   - documentation: the folder of another page, for its assets.
    init(page: URL, documentation: URL) throws {
        self.page = try WebFile(page.appending(path: "index.html"))
        let all = try WebFile.all(in: page).merging(WebFile.all(in: documentation)) { first, _ in first }
        assets = all.filter { $0.key != "index.html" && $0.key != "select.js" }
    }

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .get("/", use: page)
            .get("assets/:file", use: asset)
    }

    @Sendable private func page(request: Request, context: BottegaRequestContext) async throws -> Response {
        page.answer(request, headers: .ownPage)
    }

    @Sendable private func asset(request: Request, context: BottegaRequestContext) async throws -> Response {
        guard let file = assets[try context.pathPart("file")] else { throw Problem.nothingHere }
        return file.answer(request, headers: .ownPage)
    }
}
