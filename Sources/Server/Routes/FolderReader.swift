// From the bodies of `POST /v1/batches` and `POST /v1/workflows` to files on disk and a digest of what is wanted. Bodies are
// taken as `UploadReader` takes those of conversions: piece by piece, written before the next one is asked for.
import Foundation
import HTTPTypes
import Hummingbird
import Inference
import Jobs
import NIOPosix
import UIToCode

/// Reads the bodies of batches and workflows.
struct FolderReader: Sendable {
    let store: JobStore
    let limits: UploadLimits
    let abilities: Abilities

    /// Reads a batch.
    ///
    /// - Throws: `Problem`, or what stops the connection or the store. Then nothing of the request is kept.
    func batch(_ request: Request) async throws -> UploadReader.Intake {
        try requireSight()
        let query = try Query(request, known: Set(BatchOptionsBody.names)).all.map { (name: $0.key, value: $0.value) }
        let intake = FolderIntake(store: store, limits: limits)
        let fields = try await take(
            request, into: intake, query, upTo: limits.folderBodyBytes,
            raw: ["application/zip", "application/x-zip-compressed", "application/octet-stream"],
            expected: "a batch is a zip, or multipart/form-data")
        let options = try BatchOptionsBody(fields: fields)
        return try Self.intake(try Self.draft(options, designs: intake.designs, name: intake.name))
    }

    /// A batch that is asked for, of designs in the store.
    ///
    /// - Throws: `missing_image` when there is none.
    static func draft(
        _ options: BatchOptionsBody, designs: [StoredDesign], name: String?
    ) throws(Problem) -> ConversionDraft {
        guard !designs.isEmpty else {
            throw Problem(.missingImage, "there is no picture in the request", param: "images")
        }
        var request = options.convert.request
        request.batch = options.terms
        return ConversionDraft(
            name: options.convert.name ?? name.map { String($0.prefix(100)) } ?? "batch", request: request,
            designs: designs)
    }

    /// Reads a workflow.
    ///
    /// - Throws: as `batch`.
    func workflow(_ request: Request, caller: Caller) async throws -> UploadReader.Intake {
        let known = Set(WorkflowOptionsBody.names)
        let query = try Query(request, known: known).all.map { (name: $0.key, value: $0.value) }
        if request.headers.mediaType == "application/json" {
            if let option = query.first {
                throw Problem(.invalidParameter, "\(option.name) belongs into the JSON body", param: option.name)
            }
            let members = try JSONMembers(
                try await request.wholeBody(upTo: limits.jsonBytes), known: WorkflowOptionsBody.names)
            let fields = try members.members(named: WorkflowOptionsBody.names).fields()
            return try Self.intake(try await draft(try WorkflowOptionsBody(fields: fields), recording: nil, caller))
        }
        let intake = VideoIntake(store: store, limits: limits)
        let fields = try await take(
            request, into: intake, query, upTo: limits.fileBodyBytes,
            raw: Set(VideoContainer.allCases.map(\.mediaType) + ["application/octet-stream"]),
            expected: "a workflow is a video, multipart/form-data, or application/json that names an uploaded file")
        let options = try WorkflowOptionsBody(fields: fields)
        return try Self.intake(try await draft(options, recording: intake.recording, caller))
    }

    /// A workflow that is asked for.
    ///
    /// - Parameter recording: nil when `options` name one.
    /// - Throws: `invalid_parameter` when there is none, or two; `not_found`, `unsupported_media`, `engine_no_vision`.
    func draft(
        _ options: WorkflowOptionsBody, recording: StoredDesign?, _ caller: Caller
    ) async throws -> ConversionDraft {
        if options.terms.prototype { try requireSight() }
        guard (recording == nil) != (options.video == nil) else {
            let words = recording == nil ? "video is missing" : "one video is needed, not two"
            throw Problem(.invalidParameter, words, param: "video")
        }
        var request = options.convert.request
        request.workflow = options.terms
        var draft = ConversionDraft(name: options.convert.name ?? "", request: request, designs: [])
        if let recording {
            draft.designs = [recording]
        } else if let video = options.video {
            draft.designs = [try await kept(video, caller)]
            draft.isOfKeptFiles = true
        }
        if draft.name.isEmpty { draft.name = draft.designs[0].name }
        return draft
    }

    /// A video that was sent before.
    private func kept(_ address: String, _ caller: Caller) async throws -> StoredDesign {
        guard let id = address.wholeMatch(of: /ms:\/\/(.+)/)?.1 else {
            throw Problem(
                .invalidParameter, "video is a file, or ms:// and the id of an uploaded one", param: "video")
        }
        let file = try await store.media(String(id), key: caller.keyID)
        guard file.kind == .video || file.mediaType == VideoContainer.gif.mediaType else {
            throw Problem(.unsupportedMedia, "\(file.id) is no video", param: "video")
        }
        return StoredDesign(
            name: PictureIntake.name(of: file.name), mediaType: file.mediaType, digest: file.digest,
            byteCount: file.byteCount, width: 0, height: 0)
    }

    /// Takes a body to its end, its files into an intake.
    ///
    /// - Returns: the options as they were named.
    private func take(
        _ request: Request, into files: some FileIntake, _ query: [(name: String, value: String)], upTo limit: Int,
        raw: Set<String>, expected: String
    ) async throws -> [(name: String, value: String)] {
        let type = request.headers.mediaType
        let body: any FieldBody
        if type == "multipart/form-data" {
            do {
                let parser = try MultipartParser(
                    contentType: request.headers[.contentType] ?? "", limits: limits.ofFolders)
                body = FormBody(parser, files, query)
            } catch { throw Problem(error) }
        } else if raw.contains(type) {
            body = PictureBody(files, query)
        } else {
            throw Problem(.unsupportedMedia, "\(expected), not \"\(type.prefix(100))\"", param: "Content-Type")
        }
        let taker = FieldBodyTaker(body)
        try await request.takeBody(upTo: limit, within: nil) { piece in
            try await NIOThreadPool.singleton.runIfActive { try taker.take(piece) }
        }
        return try await NIOThreadPool.singleton.runIfActive { try taker.end() }
    }

    private func requireSight() throws(Problem) {
        guard abilities.readsImages else {
            throw Problem(.engineNoVision, "\(abilities.modelName) cannot see pictures")
        }
    }

    private static func intake(_ draft: ConversionDraft) throws -> UploadReader.Intake {
        UploadReader.Intake(draft: draft, digest: try UploadReader.digest(of: draft))
    }
}
