// A file to be referred to on the wire, in the shape that OpenAI's and Moonshot's clients know: times are whole seconds
// since 1970, and a list says whether there is more.
import Foundation
import Jobs

/// The file object of `/v1/files`.
struct MediaFileRepresentation: Encodable, Sendable {
    var object = "file"
    let id: String
    let bytes: Int
    let createdAt: Int
    @Nullable var expiresAt: Int?
    let filename: String
    let purpose: String
    var status = "processed"

    /// - Parameter retentionSeconds: how long files are kept; nil for ever.
    init(_ file: MediaFile, retentionSeconds: Double?) {
        id = file.id
        bytes = file.byteCount
        createdAt = Int(file.createdAt.timeIntervalSince1970)
        expiresAt = retentionSeconds.map { Int(file.createdAt.timeIntervalSince1970 + $0) }
        filename = file.name
        purpose = file.purpose
    }
}

/// A part of a list of files.
struct MediaFileListing: Encodable, Sendable {
    var object = "list"
    let data: [MediaFileRepresentation]
    @Nullable var firstId: String?
    @Nullable var lastId: String?
    let hasMore: Bool

    init(_ page: MediaPage, retentionSeconds: Double?) {
        data = page.files.map { MediaFileRepresentation($0, retentionSeconds: retentionSeconds) }
        firstId = data.first?.id
        lastId = data.last?.id
        hasMore = page.hasMore
    }
}

/// What is said of a file that is gone.
struct MediaFileDeletion: Encodable, Sendable {
    var object = "file"
    let id: String
    var deleted = true
}
