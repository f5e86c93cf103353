// A generated file on the wire. Text comes inline, so that one answer is enough for most uses; everything else, and text
// of more than 1 MiB, is named by its address alone.
import Foundation
import Jobs
import NIOPosix

/// The file object.
struct FileRepresentation: Encodable, Sendable {
    /// The most bytes of a file that is put inline.
    static let inlineLimit = 1 << 20

    let path: String
    let mediaType: String
    let bytes: Int
    let sha256: String
    let url: String
    var text: String?

    /// - Parameter text: the content; nil for a file that is not put inline.
    init(_ file: StoredFile, of revision: Revision, text: String?) {
        path = file.path
        mediaType = file.mediaType
        bytes = file.byteCount
        sha256 = file.digest
        url = Links.file(file.path, of: revision.conversionID, revision: revision.number)
        self.text = text
    }
}

extension StoredFile {
    /// Whether the content may be put inline; that it is UTF-8 shows only when it is read.
    var isInlineText: Bool {
        guard byteCount <= FileRepresentation.inlineLimit else { return false }
        let type = mediaType.prefix { $0 != ";" }
        return type.hasPrefix("text/")
            || ["application/json", "application/javascript", "application/xml", "image/svg+xml"].contains(type)
    }
}

extension JobStore {
    /// The content of a small text file; nil when it is binary, large, or not UTF-8.
    func inlineText(of file: StoredFile, in revision: Revision) async throws -> String? {
        guard file.isInlineText, let path = filePath(file.path, of: revision) else { return nil }
        let bytes = try await NIOThreadPool.singleton.runIfActive { try Data(contentsOf: URL(filePath: path)) }
        return String(data: bytes, encoding: .utf8)
    }

    /// The files of a revision, in its order.
    ///
    /// - Parameter withText: whether small text files come inline.
    func representations(of revision: Revision, withText: Bool) async throws -> [FileRepresentation] {
        var representations: [FileRepresentation] = []
        for file in revision.files {
            let text = withText ? try await inlineText(of: file, in: revision) : nil
            representations.append(FileRepresentation(file, of: revision, text: text))
        }
        return representations
    }
}
