// Pictures and videos that are sent once and referred to by `ms://ID` later: kept, listed, read back, deleted. A file is
// its key's alone, and goes when it is as old as a conversion may be.
import HTTPTypes
import Hummingbird
import Jobs
import NIOPosix

/// `/v1/files`.
struct MediaFileRoutes: Sendable {
    let store: JobStore
    let files: FileAnswers
    let limits: UploadLimits

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .post(use: keep)
            .get(use: list)
            .get(":file", use: read)
            .delete(":file", use: delete)
            .get(":file/content", use: content)
    }

    private var retentionSeconds: Double? { store.options.retentionSeconds }
    private var bounds: MediaLimits { MediaLimits(files: limits.keptFiles, bytes: limits.keptFileBytes) }

    @Sendable private func keep(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let type = request.headers.mediaType
        guard type == "multipart/form-data" else {
            throw Problem(
                .unsupportedMedia, "a file comes as multipart/form-data, not \"\(type.prefix(100))\"",
                param: "Content-Type")
        }
        try await store.requireRoomForMedia(key: context.caller.keyID, limits: bounds)
        let form = try MediaForm(request.headers[.contentType] ?? "", store: store, limits: limits)
        try await request.takeBody(upTo: limits.fileBodyBytes, within: nil) { piece in
            try await NIOThreadPool.singleton.runIfActive { try form.take(piece) }
        }
        let draft = try await NIOThreadPool.singleton.runIfActive { try form.end() }
        let file = try await store.keep(draft, key: context.caller.keyID, limits: bounds)
        return try Wire.answer(MediaFileRepresentation(file, retentionSeconds: retentionSeconds))
    }

    @Sendable private func list(request: Request, context: BottegaRequestContext) async throws -> Response {
        let query = try Query(request, known: ["after", "limit", "order", "purpose"])
        let last = query["after"]
        if let last, !MediaFile.isID(last) {
            throw Problem(.invalidParameter, "after is the id of a file, not \(last.quotedBriefly)", param: "after")
        }
        let order = query["order"] ?? "desc"
        guard ["asc", "desc"].contains(order) else {
            throw Problem(.invalidParameter, "order is asc or desc, not \(order.quotedBriefly)", param: "order")
        }
        let page = try await store.media(
            key: context.caller.keyID, purpose: query["purpose"],
            limit: try query.integer("limit", in: 1...10_000) ?? 10_000, after: last, oldestFirst: order == "asc")
        return try Wire.answer(MediaFileListing(page, retentionSeconds: retentionSeconds))
    }

    @Sendable private func read(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let file = try await store.media(try context.pathPart("file"), key: context.caller.keyID)
        return try Wire.answer(MediaFileRepresentation(file, retentionSeconds: retentionSeconds))
    }

    @Sendable private func content(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let file = try await store.media(try context.pathPart("file"), key: context.caller.keyID)
        return try await files.answer(file, request: request, context: context)
    }

    @Sendable private func delete(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let id = try context.pathPart("file")
        try await store.delete(media: id, key: context.caller.keyID)
        return try Wire.answer(MediaFileDeletion(id: id))
    }
}
