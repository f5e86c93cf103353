// A folder of designs on its way from a request into the store: as a zip, as many files, or as both. Whatever is in it, it
// keeps what a batch takes for a design (what begins like a picture, or claims by its name to be one), under its path in
// the folder; a damaged picture is kept, too, since it is the batch that tells of each design what became of it.
import Archive
import CoreMetrics
import Foundation
import Jobs
import Media
import UIToCode

/// Takes the designs of one batch.
final class FolderIntake: FileIntake {
    /// A file that is being written.
    private struct Current {
        let upload: Upload
        let fileName: String
        /// It can be no design, and its bytes are passed over.
        var isPassedOver = false
    }

    /// Bytes that tell a picture, or an archive, from anything else.
    private static let openingBytes = 64

    private let store: JobStore
    private let limits: UploadLimits
    private var current: Current?
    private var byteCount = 0
    private var archiveName: String?
    /// By their whole path.
    private var kept: [StoredDesign] = []
    private var paths: Set<String> = []

    init(store: JobStore, limits: UploadLimits) {
        self.store = store
        self.limits = limits
    }

    /// What was sent, in natural order, without the folder that everything is in.
    var designs: [StoredDesign] {
        let root = self.root.map { $0.utf8.count + 1 } ?? 0
        return kept.map { design in
            var design = design
            design.name = String(decoding: Array(design.name.utf8.dropFirst(root)), as: UTF8.self)
            return design
        }.sorted { $0.name.compare($1.name, options: [.numeric, .caseInsensitive]) == .orderedAscending }
    }

    /// What the folder is called: by itself, or as its archive is; nil when nobody said.
    var name: String? { root ?? archiveName }

    // The folder that everything is in.
    private var root: String? {
        let tops = Set(kept.map { $0.name.split(separator: "/", maxSplits: 1) }.map { $0.count > 1 ? $0[0] : "" })
        guard tops.count == 1, let top = tops.first, !top.isEmpty else { return nil }
        return String(top)
    }

    /// - Throws: `too_many_files`, or what keeps the store from taking more.
    func begin(_ fileName: String) throws {
        precondition(current == nil, "one file at a time")
        current = Current(upload: try store.beginUpload(), fileName: fileName)
    }

    /// - Throws: `image_too_large`, `archive_too_large`.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let current, !bytes.isEmpty, !current.isPassedOver else { return }
        let size = current.upload.byteCount + bytes.count
        let opening = current.upload.opening + bytes.prefix(Self.openingBytes)
        if Opening.isArchive(opening) {
            guard size <= limits.archiveBytes else {
                throw Problem(
                    .archiveTooLarge, "\(shown(current.fileName)) is larger than \(limits.archiveBytes) bytes")
            }
        } else if size > limits.imageBytes {
            guard isDesign(current.fileName, opening) else {
                self.current?.isPassedOver = true
                return
            }
            throw tooManyBytes(current.fileName)
        }
        try current.upload.append(bytes)
    }

    /// A design is kept, an archive is unpacked, anything else is passed over.
    ///
    /// - Throws: `too_many_files`, `unsafe_path`, or what is wrong with the archive.
    func end() throws {
        guard let current else { return }
        self.current = nil
        let upload = current.upload
        if upload.byteCount > 0, !current.isPassedOver {
            if Opening.isArchive(upload.opening) {
                archiveName = archiveName ?? (current.fileName.isEmpty ? nil : PictureIntake.name(of: current.fileName))
                return try unpack(try upload.finish(), current.fileName)
            }
            if isDesign(current.fileName, upload.opening), let path = try Self.path(current.fileName) {
                return try keep(upload, path)
            }
        }
        upload.discard()
    }

    // MARK: Designs

    private func keep(_ upload: Upload, _ path: String) throws {
        guard kept.count < limits.archiveEntries else {
            throw Problem(.tooManyFiles, "more than \(limits.archiveEntries) designs")
        }
        byteCount += upload.byteCount
        guard byteCount <= limits.archiveBytes else {
            throw Problem(.archiveTooLarge, "the designs have more than \(limits.archiveBytes) bytes")
        }
        let stored = try upload.finish()
        Counter(label: "bottega_upload_bytes_total").increment(by: stored.byteCount)
        // What cannot be read shows when its turn comes.
        let imageLimits = ImageLimits(maxSide: limits.imageSide, maxPixels: limits.imagePixels)
        let probe = try? Image.probe(path: stored.path, limits: imageLimits)
        kept.append(
            StoredDesign(
                name: unique(path),
                mediaType: probe.map { "image/\($0.format.rawValue)" } ?? "application/octet-stream",
                digest: stored.digest, byteCount: stored.byteCount, width: probe?.width ?? 0,
                height: probe?.height ?? 0))
    }

    private func isDesign(_ fileName: String, _ opening: [UInt8]) -> Bool {
        ImageFormat.detect(opening) != nil || ImageFormat.isClaimed(by: fileName)
    }

    private func tooManyBytes(_ fileName: String) -> Problem {
        Problem(.imageTooLarge, "\(shown(fileName)) is larger than \(limits.imageBytes) bytes")
    }

    // MARK: Archives

    private func unpack(_ stored: StoredUpload, _ fileName: String) throws {
        Counter(label: "bottega_upload_bytes_total").increment(by: stored.byteCount)
        do {
            let zip = try ZipReader(
                stored.path, name: shown(fileName),
                limits: ZipLimits(entries: limits.archiveEntries, unpackedBytes: limits.archiveBytes))
            while let entry = try zip.next() {
                try begin(entry.path)
                try zip.read { try appendEntry($0) }
                try endEntry()
            }
        } catch let error as ArchiveError {
            current = nil
            throw Problem(error)
        }
    }

    // An archive in an archive is none of the designs.
    private func appendEntry(_ bytes: UnsafeRawBufferPointer) throws {
        guard let current, !current.isPassedOver else { return }
        let isFirst = current.upload.byteCount == 0
        if isFirst, !isDesign(current.fileName, Array(bytes.prefix(Self.openingBytes))) {
            self.current?.isPassedOver = true
            return
        }
        guard current.upload.byteCount + bytes.count <= limits.imageBytes else { throw tooManyBytes(current.fileName) }
        try current.upload.append(bytes)
    }

    private func endEntry() throws {
        guard let current else { return }
        self.current = nil
        guard !current.isPassedOver, let path = try Self.path(current.fileName) else {
            return current.upload.discard()
        }
        try keep(current.upload, path)
    }

    // MARK: Paths

    /// The path of a design in its folder, with `/`; nil for what is hidden.
    ///
    /// - Throws: `unsafe_path` for one that leads out of the folder, or is no portable file name.
    static func path(_ fileName: String) throws(Problem) -> String? {
        let fileName = fileName.replacing("\\", with: "/")
        let parts = fileName.split(separator: "/").filter { $0 != "." }
        let isSafe =
            !fileName.hasPrefix("/") && fileName.utf8.count <= 1024
            && fileName.prefixMatch(of: /[A-Za-z]:/) == nil
            && parts.allSatisfy { part in
                part != ".." && part.utf8.count <= 255
                    && part.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            }
        guard isSafe else {
            throw Problem(.unsafePath, "\(fileName.quotedBriefly) is no path inside a folder")
        }
        guard !parts.contains(where: { $0.hasPrefix(".") || $0 == "__MACOSX" }) else { return nil }
        return parts.isEmpty ? "design" : parts.joined(separator: "/")
    }

    /// The path, numbered before its extension when it is taken.
    private func unique(_ path: String) -> String {
        var candidate = path
        var number = 1
        while !paths.insert(candidate.lowercased()).inserted {
            number += 1
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            let dot = path.lastIndex(of: ".").flatMap { $0 > slash ? $0 : nil } ?? path.endIndex
            candidate = "\(path[..<dot])-\(number)\(path[dot...])"
        }
        return candidate
    }

    /// How an error calls a file.
    private func shown(_ fileName: String) -> String {
        fileName.isEmpty ? "the archive" : fileName.quotedBriefly
    }
}
