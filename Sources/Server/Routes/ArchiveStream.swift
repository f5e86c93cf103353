// A revision as a zip archive, made while it is sent: files are read and packed on the thread pool in steps of 64 KiB,
// and the next step is taken when the client has taken the last one. Neither the archive nor a file of it is ever held,
// and a slow client holds no thread.
import Archive
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import NIOCore
import NIOPosix
import UIToCode

extension FileAnswers {
    /// All files of a revision and the reports of its pages, as `NAME.zip`.
    func archive(of revision: Revision, named name: String) throws -> Response {
        let files = try revision.files.map { file in
            guard let location = store.filePath(file.path, of: revision) else {
                throw StoreError.corrupt("\(file.path) of \(revision.conversionID) has no place")
            }
            return PackedFile(path: file.path, location: location)
        }
        let reports = revision.receipts.flatMap { receipt in
            [(ReceiptFiles.Name.page, ".html"), (.json, ".json")].compactMap { name, ending in
                guard let path = receipt.measure?.archiveName, let location = store.path(name, of: receipt) else {
                    return nil as PackedFile?
                }
                return PackedFile(path: path + ending, location: location)
            }
        }
        var headers: HTTPFields = [
            .contentType: "application/zip", .contentDisposition: Self.attachment(name + ".zip"),
            .cacheControl: "private, no-cache", .contentSecurityPolicy: Self.inertPolicy,
        ]
        headers[.fidelityScore] = revision.scoreHeader[.fidelityScore]
        let body = ResponseBody { writer in
            let packing = try Packing(files + reports)
            while let pieces = try await NIOThreadPool.singleton.runIfActive({ try packing.step() }) {
                try await writer.write(contentsOf: pieces)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// `Content-Disposition` for a name in any script (RFC 6266): ASCII for old clients, UTF-8 for all others.
    static func attachment(_ name: String) -> String {
        let kept = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
        let plain = String(name.map { kept.contains($0) ? $0 : Character("_") })
        guard plain != name else { return "attachment; filename=\"\(plain)\"" }
        let allowed = CharacterSet(charactersIn: String(kept))
        let encoded = name.addingPercentEncoding(withAllowedCharacters: allowed) ?? plain
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }
}

/// A file on its way into an archive.
private struct PackedFile: Sendable {
    let path: String
    /// Where it lies on this machine.
    let location: String
}

/// Packs files step by step. Steps are taken one after the other, on whatever thread; never two at once.
private final class Packing: @unchecked Sendable {
    private let output = Pieces()
    private let zip: ZipWriter
    private var waiting: ArraySlice<PackedFile>
    private var current: FileHandle?
    private var isFinished = false

    init(_ files: [PackedFile]) throws {
        waiting = files[...]
        zip = try ZipWriter { [output] in output.take($0) }
    }

    /// Packs up to 64 KiB.
    ///
    /// - Returns: what the archive grew by, possibly nothing; nil after its end.
    func step() throws -> [ByteBuffer]? {
        guard !isFinished else { return nil }
        if let current {
            if let bytes = try current.read(upToCount: ZipWriter.chunkBytes), !bytes.isEmpty {
                try bytes.withUnsafeBytes { try zip.append($0) }
            } else {
                self.current = nil
            }
        } else if let next = waiting.popFirst() {
            let file = try FileHandle(forReadingFrom: URL(filePath: next.location))
            try zip.begin(next.path, byteCount: Int(try file.seekToEnd()))
            try file.seek(toOffset: 0)
            current = file
        } else {
            try zip.finish()
            isFinished = true
        }
        return output.give()
    }
}

/// What the archive's writer has put out and nobody has sent yet.
private final class Pieces {
    private var buffers: [ByteBuffer] = []

    func take(_ bytes: UnsafeRawBufferPointer) { buffers.append(ByteBuffer(bytes: bytes)) }

    func give() -> [ByteBuffer] {
        defer { buffers = [] }
        return buffers
    }
}
