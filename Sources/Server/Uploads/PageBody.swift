// Pages to be shown, from bodies: a page alone, a project in a zip, or JSON; and the address of a page to be captured.
// All are held in memory; what a zip unpacks to is bounded far below what an archive of pictures may.
import Archive
import Foundation
import HTTPTypes
import Hummingbird
import Render

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A page that is to be shown.
struct PageOrder: Sendable {
    let page: PageFiles
    let view: ViewOptions

    /// Reads a request.
    ///
    /// - Throws: `Problem`, or what stops the connection.
    static func read(_ request: Request, limits: UploadLimits) async throws -> PageOrder {
        let type = request.headers.mediaType
        switch type {
        case "text/html":
            let query = try Query(request, known: Set(ViewOptions.names))
            let view = try query.view(limits: limits)
            return try PageOrder(html: await request.wholeBody(upTo: limits.jsonBytes), view: view)
        case "application/zip":
            let query = try Query(request, known: Set(ViewOptions.names + ["entry"]))
            let (view, entry) = (try query.view(limits: limits), query["entry"] ?? "index.html")
            let body = try await request.wholeBody(upTo: ProjectArchive.byteLimit)
            let files = try await PixelThreads.run { try ProjectArchive.files(of: body, limits: limits) }
            guard files[entry] != nil else {
                throw Problem(.invalidParameter, "the zip has no file \(entry.quotedBriefly)", param: "entry")
            }
            return PageOrder(page: PageFiles(entry: entry, files: files), view: view)
        case "application/json":
            _ = try Query(request)
            let body = try await request.wholeBody(upTo: limits.jsonBytes)
            let members = try JSONMembers(body, known: ["html"] + ViewOptions.names)
            return PageOrder(
                page: PageFiles(html: try members.requiredString("html")), view: try members.view(limits: limits))
        default:
            throw Problem(
                .unsupportedMedia,
                "a page is text/html, application/json or a project as application/zip, not \"\(type.prefix(100))\"",
                param: "Content-Type")
        }
    }

    private init(page: PageFiles, view: ViewOptions) {
        self.page = page
        self.view = view
    }

    private init(html: [UInt8], view: ViewOptions) throws(Problem) {
        guard let text = String(validating: html, as: UTF8.self) else {
            throw Problem(.invalidRequest, "the page is not UTF-8")
        }
        self.init(page: PageFiles(html: text), view: view)
    }
}

/// A page of the web that is to be captured.
struct CaptureOrder: Sendable {
    /// As the client wrote it.
    let address: String
    let view: ViewOptions

    /// The most bytes of a body: an address, and two options.
    private static let bodyLimit = 64 << 10

    /// Reads a request.
    ///
    /// - Throws: `Problem`, or what stops the connection.
    static func read(_ request: Request, limits: UploadLimits) async throws -> CaptureOrder {
        let type = request.headers.mediaType
        guard type == "application/json" else {
            throw Problem(
                .unsupportedMedia, "a capture is application/json, not \"\(type.prefix(100))\"", param: "Content-Type")
        }
        let body = try await request.wholeBody(upTo: bodyLimit)
        let members = try JSONMembers(body, known: ["url"] + ViewOptions.names)
        return CaptureOrder(address: try members.requiredString("url"), view: try members.view(limits: limits))
    }
}

extension Query {
    /// How it is to be looked at.
    fileprivate func view(limits: UploadLimits) throws(Problem) -> ViewOptions {
        try ViewOptions(viewport: self["viewport"], scale: self["scale"], limits: limits)
    }
}

/// A project in a zip, unpacked into memory.
enum ProjectArchive {
    /// Bytes of the zip, and of its files together.
    static let byteLimit = 50_000_000

    /// Unpacks a zip. It blocks.
    ///
    /// - Returns: contents by path.
    /// - Throws: what is wrong with the archive; `storage_full` when there is no room for it while it is read.
    static func files(of archive: [UInt8], limits: UploadLimits) throws -> [String: [UInt8]] {
        do {
            let zip = try reader(
                of: archive,
                limits: ZipLimits(
                    entries: limits.archiveEntries, unpackedBytes: min(byteLimit, limits.archiveBytes)))
            var files: [String: [UInt8]] = [:]
            while let entry = try zip.next() {
                var bytes: [UInt8] = []
                try zip.read { bytes += $0 }
                files[entry.path] = bytes
            }
            return files
        } catch let error as ArchiveError {
            throw Problem(error)
        }
    }

    // Zip archives are read from files: this one is gone as soon as it is open, and nobody else may read it before.
    private static func reader(of archive: [UInt8], limits: ZipLimits) throws -> ZipReader {
        var path = Array((FileManager.default.temporaryDirectory.path + "/bottega-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw errno == ENOSPC ? Problem.noRoom : Problem.unforeseen }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(name) }
        do { try file.write(contentsOf: Data(archive)) } catch let error as CocoaError {
            throw error.code == .fileWriteOutOfSpace ? Problem.noRoom : Problem.unforeseen
        }
        return try ZipReader(name, name: "the project", limits: limits)
    }
}

extension Problem {
    fileprivate static var noRoom: Problem { Problem(.storageFull, "there is no room left on the service's disk") }
}
