// From a request's body to pictures on disk and a digest of what is wanted. The body is taken piece by piece, as fast as
// the disk takes it: each piece goes to the thread pool, is parsed and written there, and only then the next one is asked
// for, so that an upload of any size needs the memory of one piece. What a limit forbids is refused before it is kept.
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Inference
import Jobs
import NIOCore
import NIOPosix
import UIToCode

/// Reads the bodies of conversions.
struct UploadReader: Sendable {
    /// What a request brought.
    struct Intake: Sendable {
        let draft: ConversionDraft
        /// SHA-256 over everything that was asked for, in hexadecimal digits.
        let digest: String
    }

    /// The ways a body can be written.
    private enum Form {
        case multipart(String), picture, json
    }

    let store: JobStore
    let limits: UploadLimits
    let abilities: Abilities

    /// Reads a request to its end.
    ///
    /// - Throws: `Problem`, or what stops the connection or the store. Then nothing of the request is kept.
    func read(_ request: Request, context: BottegaRequestContext) async throws -> Intake {
        guard abilities.readsImages else {
            throw Problem(.engineNoVision, "\(abilities.modelName) cannot see pictures")
        }
        let query = try Query(request, known: Set(ConvertOptionsBody.names)).all.map { (name: $0.key, value: $0.value) }
        let form = try form(of: request)
        let limit = if case .json = form { limits.jsonBytes } else { limits.bodyBytes }
        let taker = try taker(form, query: query)
        try await request.takeBody(upTo: limit, within: nil) { piece in
            try await NIOThreadPool.singleton.runIfActive { try taker.take(piece) }
        }
        let (wanted, designs) = try await NIOThreadPool.singleton.runIfActive { try taker.end() }
        return try intake(wanted, designs)
    }

    private func form(of request: Request) throws(Problem) -> Form {
        let type = request.headers.mediaType
        switch type {
        case "multipart/form-data": return .multipart(request.headers[.contentType] ?? "")
        case "application/json": return .json
        case "image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/avif", "application/zip",
            "application/octet-stream":
            return .picture
        case "image/svg+xml":
            throw Problem(.unsupportedMedia, "SVG is drawn by browsers; send a PNG of it", param: "Content-Type")
        default:
            throw Problem(
                .unsupportedMedia,
                "a conversion is multipart/form-data, application/json, a picture or a zip, not \"\(type.prefix(100))\"",
                param: "Content-Type")
        }
    }

    private func taker(_ form: Form, query: [(name: String, value: String)]) throws(Problem) -> BodyTaker {
        let pictures = PictureIntake(store: store, limits: limits)
        let body: any UploadBody
        switch form {
        case .picture: body = PictureBody(pictures, query)
        case .json:
            if let option = query.first {
                throw Problem(.invalidParameter, "\(option.name) belongs into the JSON body", param: option.name)
            }
            body = JSONBody(pictures, limits)
        case .multipart(let header):
            do { body = FormBody(try MultipartParser(contentType: header, limits: limits), pictures, query) } catch {
                throw Problem(error)
            }
        }
        return BodyTaker(body, pictures)
    }

    private func intake(_ options: ConvertOptionsBody, _ designs: [StoredDesign]) throws -> Intake {
        guard !designs.isEmpty else {
            throw Problem(.missingImage, "there is no picture in the request", param: "image")
        }
        let draft = ConversionDraft(options, designs: designs)
        return Intake(draft: draft, digest: try Self.digest(of: draft))
    }

    static func digest(of draft: ConversionDraft) throws -> String {
        struct Canonical: Encodable {
            let name: String
            let request: ConversionRequest
            let designs: [[String]]
        }
        let designs = draft.designs.map { [$0.name, $0.digest] }
        let canonical = Canonical(name: draft.name, request: draft.request, designs: designs)
        return SHA256.hash(data: Data(try Wire.json(canonical).readableBytesView)).hexadecimal
    }
}

extension ConversionDraft {
    /// What was asked for, of pictures in the store, of which there is at least one.
    init(_ options: ConvertOptionsBody, designs: [StoredDesign]) {
        var designs = designs
        // A single picture without a name of its own goes by the conversion's.
        if let name = options.name, designs.count == 1, designs[0].name == PictureIntake.name(of: "") {
            designs[0].name = PictureIntake.name(of: name + ".")
        }
        self.init(
            name: options.name ?? designs[0].name, request: options.request, designs: designs)
    }
}

/// Takes a body on the thread pool. Pieces come one after the other, never two at once.
private final class BodyTaker: @unchecked Sendable {
    private var body: any UploadBody
    private let pictures: PictureIntake

    init(_ body: any UploadBody, _ pictures: PictureIntake) {
        self.body = body
        self.pictures = pictures
    }

    func take(_ piece: ByteBuffer) throws {
        try piece.withUnsafeReadableBytes { bytes in try body.take(bytes) }
    }

    func end() throws -> (ConvertOptionsBody, [StoredDesign]) { (try body.end(), pictures.designs) }
}
