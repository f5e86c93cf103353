// Bodies as browsers write them, and archives taken apart again.
import Archive
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Support

@testable import Server

/// A multipart form.
struct Form: Sendable {
    static let boundary = "boundary-7d1f"
    private(set) var bytes: [UInt8] = []

    /// With one more picture or archive.
    func file(
        _ fileName: String, _ content: [UInt8], field: String = "images", type: String = "image/png"
    ) -> Form {
        part("name=\"\(field)\"; filename=\"\(fileName)\"", "Content-Type: \(type)\r\n", content)
    }

    /// With one more field.
    func field(_ name: String, _ value: String) -> Form { part("name=\"\(name)\"", "", Array(value.utf8)) }

    private func part(_ disposition: String, _ headers: String, _ content: [UInt8]) -> Form {
        var form = self
        form.bytes += Array(
            "--\(Self.boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n\(headers)\r\n".utf8)
        form.bytes += content + Array("\r\n".utf8)
        return form
    }

    /// The whole body.
    var body: ByteBuffer { ByteBuffer(bytes: bytes + Array("--\(Self.boundary)--\r\n".utf8)) }
}

extension TestService {
    /// Sends a form.
    @discardableResult
    func post(_ uri: String, form: Form, headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "multipart/form-data; boundary=\(Form.boundary)"
        return try await send(.post, uri, headers: headers, body: form.body)
    }
}

/// An archive that was answered.
struct Unzipped {
    private(set) var paths: [String] = []
    private var texts: [String: String] = [:]

    init(_ answer: TestResponse) throws {
        let directory = try TemporaryDirectory()
        try directory.write(Data(answer.body.readableBytesView), to: "answer.zip")
        let zip = try ZipReader(directory.file("answer.zip"), name: "answer.zip")
        while let entry = try zip.next() {
            var bytes: [UInt8] = []
            try zip.read { bytes += Array($0) }
            paths.append(entry.path)
            texts[entry.path] = String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The text of an entry; nil when there is none.
    subscript(path: String) -> String? { texts[path] }
}

/// Archives to send.
enum Zip {
    /// A zip of these files.
    static func of(_ files: [(path: String, bytes: [UInt8])]) throws -> [UInt8] {
        let collected = Collected()
        let writer = try ZipWriter { collected.bytes += Array($0) }
        for file in files { try writer.add(file.bytes, at: file.path) }
        try writer.finish()
        return collected.bytes
    }

    private final class Collected {
        var bytes: [UInt8] = []
    }
}
