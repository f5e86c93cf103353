// The form that brings a file to be referred to: one `file`, and the `purpose` it is for, in either order. The file goes to
// disk while it comes, bounded by what its first bytes say it is; when it is whole, it is held against its purpose.
// Everything here blocks and belongs on the thread pool; pieces come one after the other, never two at once.
import CoreMetrics
import Foundation
import Jobs
import Media
import NIOCore

/// What a file may be for.
enum MediaPurpose: String, CaseIterable {
    /// A picture, a video, or either of them in OpenAI's words.
    case image, video, vision, userData = "user_data"
}

/// Takes the form of `POST /v1/files`.
final class MediaForm: @unchecked Sendable {
    private let store: JobStore
    private let limits: UploadLimits
    private var parser: MultipartParser
    private var upload: Upload?
    private var fileName = ""
    /// The values of the plain fields by name.
    private var fields: [String: [UInt8]] = [:]
    /// The field that is being read; nil while the file is.
    private var field: String?

    init(_ contentType: String, store: JobStore, limits: UploadLimits) throws(Problem) {
        do { parser = try MultipartParser(contentType: contentType, limits: limits) } catch { throw Problem(error) }
        self.store = store
        self.limits = limits
    }

    /// Takes the next piece of the body.
    ///
    /// - Throws: `Problem`, or what stops the store. Then nothing of the form is kept.
    func take(_ piece: ByteBuffer) throws {
        try orDiscard { try piece.withUnsafeReadableBytes { bytes in try parser.push(bytes) { try hear($0) } } }
    }

    /// Takes the end: the file is checked, and its bytes are through to the disk.
    ///
    /// - Throws: `invalid_parameter` for what is missing or of no use, `unsupported_media`, `corrupt_media`,
    ///   `image_too_large`, `video_too_large`. Then nothing of the form is kept.
    func end() throws -> MediaDraft { try orDiscard { try draft() } }

    // What is refused is gone before its sender hears of it, not when the last reference to the form is.
    private func orDiscard<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            upload?.discard()
            throw (error as? MultipartError).map { Problem($0) } ?? error
        }
    }

    private func draft() throws -> MediaDraft {
        try parser.finish()
        let purpose = try purpose()
        guard let upload else { throw Problem(.invalidParameter, "file is missing", param: "file") }
        guard upload.byteCount > 0 else { throw Problem(.corruptMedia, "\(shownName) is empty", param: "file") }
        let (kind, mediaType) = try check(upload, for: purpose)
        Counter(label: "bottega_upload_bytes_total").increment(by: upload.byteCount)
        return MediaDraft(
            name: shownName, purpose: purpose.rawValue, kind: kind, mediaType: mediaType, upload: try upload.finish())
    }

    // MARK: Parts

    private func hear(_ event: MultipartParser.Event) throws {
        switch event {
        case .began(let part): try begin(part)
        case .bytes(let bytes):
            if let field { fields[field, default: []] += bytes } else { try append(bytes) }
        case .ended: field = nil
        }
    }

    private func begin(_ part: MultipartPart) throws {
        switch part.name {
        case "file":
            guard upload == nil else {
                throw Problem(.tooManyFiles, "one file a request", param: "file")
            }
            fileName = part.fileName ?? ""
            upload = try store.beginUpload()
        case "purpose":
            guard !part.isFile else {
                throw Problem(.invalidParameter, "purpose is a word, not a file", param: part.name)
            }
            guard fields.updateValue([], forKey: part.name) == nil else {
                throw Problem(.invalidParameter, "\(part.name) is given twice", param: part.name)
            }
            field = part.name
        default:
            throw Problem(
                .invalidParameter, "there is no parameter \(part.name.quotedBriefly); known: file, purpose",
                param: String(part.name.prefix(100)))
        }
    }

    // A picture may not be as large as a video, and what it is shows before it is too large.
    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let upload else { return }
        let opening = upload.opening.isEmpty ? Array(bytes.prefix(64)) : upload.opening
        let size = upload.byteCount + bytes.count
        if size > limits.imageBytes { try requireVideo(opening) }
        guard size <= max(limits.imageBytes, limits.videoBytes) else { throw tooLarge(.video) }
        try upload.append(bytes)
    }

    private func requireVideo(_ opening: [UInt8]) throws(Problem) {
        guard VideoContainer.detect(opening) != nil else { throw tooLarge(.image) }
    }

    // MARK: Checks

    private func purpose() throws(Problem) -> MediaPurpose {
        let known = "known: " + MediaPurpose.allCases.map(\.rawValue).joined(separator: ", ")
        guard let bytes = fields["purpose"] else {
            throw Problem(.invalidParameter, "purpose is missing; \(known)", param: "purpose")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let purpose = MediaPurpose(rawValue: text) else {
            throw Problem(
                .invalidParameter, "there is no purpose \(text.quotedBriefly) here; \(known)", param: "purpose")
        }
        return purpose
    }

    private func check(_ upload: Upload, for purpose: MediaPurpose) throws(Problem) -> (MediaFile.Kind, String) {
        let video = VideoContainer.detect(upload.opening)
        if let video, purpose == .video || (purpose != .image && ImageFormat.detect(upload.opening) == nil) {
            guard upload.byteCount <= limits.videoBytes else { throw tooLarge(.video) }
            return (.video, video.mediaType)
        }
        guard purpose != .video else {
            throw Problem(.unsupportedMedia, "\(shownName) is no video that is read here", param: "file")
        }
        guard upload.byteCount <= limits.imageBytes else { throw tooLarge(.image) }
        let imageLimits = ImageLimits(maxSide: limits.imageSide, maxPixels: limits.imagePixels)
        do {
            let probe = try Image.probe(path: upload.path, limits: imageLimits)
            return (.image, "image/\(probe.format.rawValue)")
        } catch {
            var problem = Problem(error, shown: shownName, path: upload.path)
            problem.param = "file"
            throw problem
        }
    }

    private func tooLarge(_ kind: MediaFile.Kind) -> Problem {
        switch kind {
        case .image:
            Problem(.imageTooLarge, "\(shownName) is larger than \(limits.imageBytes) bytes", param: "file")
        case .video:
            Problem(.videoTooLarge, "\(shownName) is larger than \(limits.videoBytes) bytes", param: "file")
        }
    }

    /// The file's name without folders and control characters, at most 200 characters; `file` when nothing is left.
    private var shownName: String {
        let last = fileName.replacing("\\", with: "/").split(separator: "/").last ?? ""
        let scalars = last.unicodeScalars.filter { $0.properties.generalCategory != .control }
        let name = String(String(String.UnicodeScalarView(scalars)).prefix(200))
        return name.isEmpty ? "file" : name
    }
}
