// The service's own files for browsers: read once when it starts, held as they are, served with the digest of their
// content as entity tag. Nothing here comes from outside.
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import NIOCore
import UIToCode

/// A file that ships with the service.
struct WebFile: Sendable {
    let content: ByteBuffer
    let mediaType: String
    /// SHA-256, in hexadecimal digits.
    let digest: String

    init(_ bytes: Data, mediaType: String) {
        content = ByteBuffer(bytes: bytes)
        self.mediaType = mediaType
        digest = SHA256.hash(data: bytes).hexadecimal
    }

    /// Reads a file of the service.
    init(_ location: URL) throws {
        self.init(try Data(contentsOf: location), mediaType: Project.mediaType(of: location.lastPathComponent))
    }

    /// Everything in a folder by its name, without the folders in it.
    static func all(in folder: URL) throws -> [String: WebFile] {
        let locations = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        var files: [String: WebFile] = [:]
        for location in locations where try location.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true
        {
            files[location.lastPathComponent] = try WebFile(location)
        }
        return files
    }

    /// The file, or 304 for a client that has it.
    func answer(_ request: Request, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = mediaType
        headers[.eTag] = "\"\(digest)\""
        headers[.cacheControl] = "no-cache"
        if request.headers.holdsTag(digest) { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: content))
    }
}

extension HTTPFields {
    /// What the service's own pages may do: run and show what comes from this origin, and nothing else.
    static let ownPage: HTTPFields = [
        .contentSecurityPolicy: "default-src 'self'; img-src 'self' blob: data:; frame-src 'self'; style-src 'self'; "
            + "script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ]
}
